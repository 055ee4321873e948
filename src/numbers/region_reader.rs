//! Reads the cell of a region column.
//!
//! Receives the bytes of a cell; yields a [`Region`] whose national numbers the library can read, or nothing.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::region_names::{REGIONS, TWO_LETTER_ALIASES};
use super::tables::Tables;
use super::{Region, RowRegion};

impl Region {
    /// Reads what people write for a region: a two- or three-letter code of ISO 3166-1, an English name, a calling
    /// code (`44`, `+44`, `0044`; a shared one means its main region: US for 1, RU for 7) or a usual alias such as
    /// `UK`. Any case; blanks and punctuation do not matter. `None` for anything else, and for regions without a
    /// numbering plan of their own.
    #[must_use]
    pub fn read(cell: &[u8]) -> Option<Self> {
        let cell = cell.trim_ascii();
        if let [a, b] = cell
            && a.is_ascii_alphabetic()
            && b.is_ascii_alphabetic()
        {
            return of_two_letters([a.to_ascii_uppercase(), b.to_ascii_uppercase()]);
        }
        let mut key = Key::default();
        let text = std::str::from_utf8(cell).ok()?;
        if text.bytes().any(|byte| byte.is_ascii_digit()) {
            return of_calling_code(text);
        }
        key.fill(text)?;
        NAMES.get(key.as_bytes()).or_else(|| NAMES.get(key.without_title())).copied().or_else(|| {
            match *key.as_bytes() {
                // `n/a` and `n.a.` are an answer not given; Namibia is `NA`.
                [b'n', b'a'] => None,
                [a, b] => of_two_letters([a.to_ascii_uppercase(), b.to_ascii_uppercase()]),
                _ => None,
            }
        })
    }
}

impl RowRegion {
    /// The region of a row from its cell: an empty cell means the list's default, an unreadable one [`Self::Unknown`].
    #[must_use]
    pub fn of_cell(cell: &[u8], default: Self) -> Self {
        // As nearly every cell is written.
        if let [first, second] = *cell
            && let Some(region) = supported([first, second])
        {
            return Self::Known(region);
        }
        if cell.trim_ascii().is_empty() {
            return default;
        }
        match Region::read(cell) {
            Some(region) => Self::Known(region),
            // No-break spaces and the like.
            None if std::str::from_utf8(cell).is_ok_and(|text| text.trim().is_empty()) => default,
            None => Self::Unknown,
        }
    }
}

fn of_two_letters(letters: [u8; 2]) -> Option<Region> {
    // No alias is the code of another region: a test holds that.
    supported(letters).or_else(|| {
        let (_, code) = TWO_LETTER_ALIASES.iter().find(|(alias, _)| **alias == letters)?;
        Region::from_iso2(*code)
    })
}

/// The region of two capital letters.
#[inline]
fn supported(letters: [u8; 2]) -> Option<Region> {
    let [row, column] = letters.map(|letter| letter.wrapping_sub(b'A'));
    let row = SUPPORTED.get(usize::from(row))?;
    (row.checked_shr(column.into())? & 1 == 1).then_some(Region::of_letters(letters))
}

/// One row of bits for each first letter.
static SUPPORTED: [u32; 26] = rows_of_bits();

#[expect(clippy::indexing_slicing, clippy::as_conversions, reason = "evaluated by the compiler, which checks both")]
const fn rows_of_bits() -> [u32; 26] {
    let mut rows = [0; 26];
    let mut at = 0;
    while at < REGIONS.len() {
        let letters = REGIONS[at].0.as_bytes();
        rows[(letters[0] - b'A') as usize] |= 1 << (letters[1] - b'A');
        at += 1;
    }
    rows
}

static NAMES: LazyLock<HashMap<Vec<u8>, Region>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for (code, three_letters, all_names) in REGIONS {
        let Some(region) = Region::from_iso2(code.as_bytes()) else { continue };
        for name in all_names.iter().chain([&three_letters]).filter(|name| !name.is_empty()) {
            let mut key = Key::default();
            if key.fill(name).is_some() {
                names.insert(key.as_bytes().to_vec(), region);
            }
        }
    }
    names
});

fn of_calling_code(text: &str) -> Option<Region> {
    // A column of numbers that went through a spreadsheet or a data frame has `.0` behind each.
    let text = text.strip_suffix(".0").unwrap_or(text);
    let mut code: u16 = 0;
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => code = code.checked_mul(10)?.checked_add(u16::from(byte - b'0'))?,
            b'+' | b' ' | b'(' | b')' => {}
            _ => return None,
        }
    }
    // `0044` and `+44` are the same by now, as no calling code begins with 0.
    // `001` is no country that a row could be of.
    Tables::get().main_region(code).filter(|region| *region != Region::NON_GEOGRAPHIC)
}

/// A name reduced to its small letters without accents, in place: `Côte d'Ivoire` and `COTE DIVOIRE` are one.
#[derive(Debug)]
struct Key {
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl Default for Key {
    fn default() -> Self {
        Self { bytes: [0; Self::LONGEST], length: 0 }
    }
}

impl Key {
    const LONGEST: usize = 64;

    /// Takes a name; `None` when it holds something that no name holds, or is too long.
    fn fill(&mut self, name: &str) -> Option<()> {
        let mut word_start = true;
        let mut rest = name;
        while let Some(character) = rest.chars().next() {
            let behind = rest.get(character.len_utf8()..)?;
            if word_start && let Some(spelled) = spelled_out(rest) {
                spelled.long.bytes().try_for_each(|byte| self.push(byte))?;
                rest = rest.get(spelled.short..)?;
                continue;
            }
            word_start = !character.is_alphabetic();
            match plain_letter(character) {
                Some(letter) => self.push(letter)?,
                None if character.is_alphabetic() => return None,
                None => {}
            }
            rest = behind;
        }
        Some(())
    }

    fn push(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.length)? = byte;
        self.length += 1;
        Some(())
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// The key behind `the`, `Republic of`, and what else states call themselves.
    fn without_title(&self) -> &[u8] {
        const TITLES: [&[u8]; 8] = [
            b"the",
            b"federaldemocraticrepublicof",
            b"federalrepublicof",
            b"federativerepublicof",
            b"republicof",
            b"kingdomof",
            b"stateof",
            b"commonwealthof",
        ];
        let mut key = self.as_bytes();
        for title in TITLES {
            key = key.strip_prefix(title).unwrap_or(key);
        }
        key.strip_prefix(b"the").unwrap_or(key)
    }
}

/// A short form at the start of a text and what it stands for.
struct Spelled {
    short: usize,
    long: &'static str,
}

fn spelled_out(text: &str) -> Option<Spelled> {
    const FORMS: [(&str, &str); 4] = [("&", "and"), ("st.", "saint"), ("st ", "saint"), ("is.", "islands")];
    FORMS.into_iter().find_map(|(short, long)| {
        let head = text.get(..short.len())?;
        head.eq_ignore_ascii_case(short).then_some(Spelled { short: short.len(), long })
    })
}

/// The small ASCII letter of a character, without its accent.
fn plain_letter(character: char) -> Option<u8> {
    let plain = match character {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' => 'a',
        'ç' | 'Ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' => 'i',
        'ñ' | 'Ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' | 'Ù' | 'Ú' | 'Û' | 'Ü' => 'u',
        other => other.to_ascii_lowercase(),
    };
    plain.is_ascii_lowercase().then(|| u8::try_from(plain).ok()).flatten()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::super::library;
    use super::*;
    use proptest::prelude::*;

    fn read(cell: &str) -> Option<String> {
        Region::read(cell.as_bytes()).map(|region| region.to_string())
    }

    #[test]
    fn the_list_holds_exactly_the_regions_of_the_library() {
        let mut ours: Vec<Region> =
            REGIONS.iter().map(|(code, _, _)| Region::from_iso2(code.as_bytes()).unwrap()).collect();
        let mut theirs = library::supported_regions();
        ours.sort_unstable();
        theirs.sort_unstable();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn no_alias_is_a_code() {
        assert!(
            TWO_LETTER_ALIASES.iter().all(|(alias, code)| supported(**alias).is_none() && supported(**code).is_some())
        );
    }

    #[test]
    fn every_code_and_name_reads_as_its_region() {
        for (code, three_letters, names) in REGIONS {
            for written in names.iter().chain([&code, &three_letters]).filter(|name| !name.is_empty()) {
                for written in [(*written).to_owned(), written.to_lowercase(), format!("  {} ", written.to_uppercase())]
                {
                    assert_eq!(read(&written).as_deref(), Some(code), "{written}");
                }
            }
        }
    }

    #[test]
    fn the_usual_ways_of_writing_a_region_are_understood() {
        for (cell, region) in [
            ("UK", "GB"),
            ("uk", "GB"),
            ("U.K.", "GB"),
            ("USA", "US"),
            ("U.S.A.", "US"),
            ("the Netherlands", "NL"),
            ("Republic of Ireland", "IE"),
            ("Federal Republic of Germany", "DE"),
            ("The Republic of the Gambia", "GM"),
            ("St. Lucia", "LC"),
            ("St Kitts & Nevis", "KN"),
            ("COTE DIVOIRE", "CI"),
            ("44", "GB"),
            ("+44", "GB"),
            ("0044", "GB"),
            (" (+44) ", "GB"),
            ("49.0", "DE"),
            ("1", "US"),
            ("+1", "US"),
            ("7", "RU"),
            ("39", "IT"),
            ("599", "CW"),
        ] {
            assert_eq!(read(cell).as_deref(), Some(region), "{cell}");
        }
    }

    #[test]
    fn what_is_no_region_is_not_guessed() {
        for cell in [
            "",
            " ",
            "ZZ",
            "XX",
            "AQ",
            "Korea",
            "Narnia",
            "800",
            "0",
            "999",
            "44x",
            "4 4 4 4 4 4",
            "-",
            "Россия",
            "EU",
            "n/a",
            "N/A",
            "N.A.",
            "n.a",
        ] {
            assert_eq!(read(cell), None, "{cell}");
        }
        assert_eq!(Region::read(b"\xff\xfe"), None);
    }

    #[test]
    fn an_empty_cell_is_the_default_and_an_unreadable_one_is_unknown() {
        let default = RowRegion::Known(Region::from_iso2(b"DE").unwrap());
        assert_eq!(RowRegion::of_cell(b" ", default), default);
        assert_eq!(RowRegion::of_cell(b"", RowRegion::None), RowRegion::None);
        assert_eq!(RowRegion::of_cell("\u{A0} \u{3000}".as_bytes(), default), default);
        assert_eq!(RowRegion::of_cell(b"Narnia", default), RowRegion::Unknown);
        assert_eq!(RowRegion::of_cell(b"fr", default), RowRegion::Known(Region::from_iso2(b"FR").unwrap()));
    }

    proptest! {
        #[test]
        fn no_cell_panics_and_only_supported_regions_come_out(cell in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some(region) = Region::read(&cell) {
                prop_assert!(Tables::get().calling_code(region).is_some());
            }
        }
    }
}
