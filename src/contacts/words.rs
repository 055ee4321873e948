//! What people call the columns that matter, in the languages lists come in.

/// How well a column's name says what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    No,
    /// A word that is used for other things too.
    Perhaps,
    Surely,
}

/// Parts of words: no other usual word has them.
const PHONE_STEMS: [&str; 33] = [
    "phone",
    "telef",
    "télé",
    "mobil",
    "msisdn",
    "cellul",
    "celular",
    "whatsapp",
    "handynum",
    "rufnum",
    "puhelin",
    "phonenumber",
    "móvil",
    "telemóvel",
    "komórk",
    "телефон",
    "мобил",
    "τηλέφωνο",
    "κινητό",
    "电话",
    "電話",
    "手机",
    "手機",
    "携帯",
    "전화",
    "휴대폰",
    "핸드폰",
    "هاتف",
    "جوال",
    "טלפון",
    "điện thoại",
    "โทรศัพท์",
    "मोबाइल",
];

/// Whole words.
const PHONE_WORDS: [&str; 24] = [
    "tel",
    "tél",
    "tlf",
    "telf",
    "cell",
    "cel",
    "mob",
    "gsm",
    "sms",
    "handy",
    "portable",
    "movil",
    "telemovel",
    "natel",
    "komorka",
    "matkapuhelin",
    "kännykkä",
    "cep",
    "tfno",
    "fon",
    "ponsel",
    "тел",
    "נייד",
    "行動",
];

/// Whole words that may mean a phone number.
const PHONE_HINTS: [&str; 16] = [
    "number",
    "numbers",
    "numero",
    "número",
    "numéro",
    "nummer",
    "num",
    "no",
    "nr",
    "contact",
    "recipient",
    "to",
    "номер",
    "号码",
    "番号",
    "e164",
];

const REGION_STEMS: [&str; 14] = [
    "country",
    "länder",
    "laender",
    "страна",
    "країна",
    "国家",
    "國家",
    "국가",
    "nazione",
    "ülke",
    "دولة",
    "χώρα",
    "quốc gia",
    "ประเทศ",
];

const REGION_WORDS: [&str; 19] = [
    "land", "pays", "país", "pais", "paese", "kraj", "ország", "orszag", "země", "zeme", "maa", "ulke", "negara",
    "iso", "iso2", "iso3", "nation", "国", "nat",
];

const REGION_HINTS: [&str; 7] = ["region", "région", "región", "regione", "região", "cc", "market"];

/// Whether a column is called what phone columns are called.
pub(super) fn phone(name: &str) -> Named {
    named(name, &PHONE_STEMS, &PHONE_WORDS, &PHONE_HINTS)
}

/// Whether a column is called what region columns are called.
pub(super) fn region(name: &str) -> Named {
    named(name, &REGION_STEMS, &REGION_WORDS, &REGION_HINTS)
}

fn named(name: &str, stems: &[&str], words: &[&str], hints: &[&str]) -> Named {
    let parts = parts(name);
    let any = |list: &[&str]| parts.iter().any(|part| list.contains(&part.as_str()));
    let name = name.to_lowercase();
    if stems.iter().any(|stem| name.contains(stem)) || any(words) {
        Named::Surely
    } else if any(hints) {
        Named::Perhaps
    } else {
        Named::No
    }
}

/// The words of a name, in lower case: `homeTel_2` is `home`, `tel` and `2`.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars() {
        let fresh = !letter.is_alphanumeric()
            || (letter.is_uppercase() && before.is_lowercase())
            || (letter.is_numeric() && before.is_alphabetic() && !matches!(before, 'e' | 'E' | 'o' | 'O'));
        if fresh && parts.last().is_some_and(|part| !part.is_empty()) {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut().filter(|_| letter.is_alphanumeric()) {
            part.extend(letter.to_lowercase());
        }
        before = letter;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_columns_are_known_in_many_languages() {
        for name in [
            "phone",
            "Phone Number",
            "MOBILE",
            "Handynummer",
            "Mobilfunk",
            "Telefonnr.",
            "tel1",
            "homeTel",
            "Móvil",
            "N° de téléphone",
            "Portable",
            "手机号码",
            "電話番号",
            "携帯",
            "Телефон",
            "msisdn",
            "Cell",
            "GSM-nummer",
        ] {
            assert_eq!(phone(name), Named::Surely, "{name}");
        }
        for name in ["number", "E164", "Nr.", "Contact"] {
            assert_eq!(phone(name), Named::Perhaps, "{name}");
        }
        for name in ["name", "email", "hotel", "candy", "notes", "id", "cancelled", ""] {
            assert_eq!(phone(name), Named::No, "{name}");
        }
    }

    #[test]
    fn region_columns_are_known_in_many_languages() {
        for name in ["country", "Country Code", "Land", "Pays", "país", "ISO2", "国家", "Länderkürzel"] {
            assert_eq!(region(name), Named::Surely, "{name}");
        }
        assert_eq!(region("Region"), Named::Perhaps);
        for name in ["island", "landline", "name", "county"] {
            assert_eq!(region(name), Named::No, "{name}");
        }
    }
}
