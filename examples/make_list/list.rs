//! A contact list as people have them, as long as anybody wants.
//!
//! Measured shares: 22 % `+E.164`, the rest national, international, with dashes, dots, brackets, slashes, IDD
//! prefixes, `(0)`; 7.5 % of the rows repeat an earlier number, mostly written in another way; 5.6 % hold none, most
//! of them through a digit too many or too few. Row N of a seed is always the same, and needs no row before it.

use fastrand::Rng;
use rlibphonenumber::interfaces::AsOriginal as _;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region};

use super::sampler::Sampler;

/// How many of a thousand rows come from where.
const COUNTRIES: [(&str, u64); 44] = [
    ("US", 140),
    ("DE", 95),
    ("GB", 90),
    ("FR", 65),
    ("IN", 60),
    ("BR", 50),
    ("IT", 42),
    ("ES", 40),
    ("MX", 32),
    ("NL", 28),
    ("CA", 28),
    ("PL", 26),
    ("AU", 24),
    ("TR", 20),
    ("JP", 18),
    ("ZA", 16),
    ("SE", 15),
    ("BE", 15),
    ("AT", 14),
    ("CH", 14),
    ("PT", 12),
    ("AR", 12),
    ("CO", 12),
    ("NG", 11),
    ("KE", 10),
    ("EG", 10),
    ("ID", 10),
    ("PH", 10),
    ("TH", 8),
    ("VN", 8),
    ("MY", 7),
    ("SG", 6),
    ("KR", 6),
    ("CN", 6),
    ("AE", 6),
    ("SA", 6),
    ("IL", 5),
    ("GR", 5),
    ("CZ", 5),
    ("HU", 5),
    ("RO", 4),
    ("DK", 4),
    ("NO", 4),
    ("IE", 3),
];

/// How many of a thousand rows have their number written how.
const STYLES: [(Style, u64); 14] = [
    (Style::E164, 220),
    (Style::National, 300),
    (Style::Spaced, 150),
    (Style::Dashes, 70),
    (Style::Dots, 35),
    (Style::Brackets, 40),
    (Style::Slash, 20),
    (Style::International, 70),
    (Style::TrunkZero, 15),
    (Style::Idd, 24),
    (Style::NoPlus, 9),
    (Style::WrongDigits, 41),
    (Style::Nothing, 3),
    (Style::Extension, 3),
];

#[derive(Clone, Copy)]
enum Style {
    E164,
    National,
    Spaced,
    Dashes,
    Dots,
    Brackets,
    Slash,
    International,
    TrunkZero,
    Idd,
    NoPlus,
    WrongDigits,
    Nothing,
    Extension,
}

struct Country {
    name: &'static str,
    calling_code: String,
    /// What people put in front of a mobile number at home.
    trunk: String,
    idd: &'static str,
    mobile: Sampler,
    fixed_line: Sampler,
}

/// An endless list.
pub(crate) struct List {
    seed: u64,
    countries: Vec<(Country, u64)>,
}

/// One subscriber.
struct Number<'a> {
    country: &'a Country,
    digits: String,
}

impl List {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, countries: COUNTRIES.map(|(name, share)| (Country::new(name), share)).into() }
    }

    /// Appends a row and its line end: name, email, phone, country, note. Only the note may be quoted.
    pub(crate) fn append_row(&self, index: u64, row: &mut String) {
        let mut rng = self.rng(index, 1);
        let (first, last) = (word(&mut rng), word(&mut rng));
        let number = self.number_of_row(index, &mut rng);
        row.extend([&first, " ", &last, ",", &first.to_lowercase(), ".", &last.to_lowercase()]);
        row.push_str(&rng.u32(10..99_999).to_string());
        row.push_str("@mail.example,");
        append_phone(&number, &mut rng, row);
        row.push(',');
        row.push_str(number.country.name);
        row.push_str(match rng.u8(..8) {
            0 => ",\"asked, call back\"\n",
            1 => ",\n",
            2 => ",newsletter only\n",
            3..=5 => ",spring campaign\n",
            _ => ",from the old list\n",
        });
    }

    fn rng(&self, index: u64, purpose: u64) -> Rng {
        Rng::with_seed(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ index.wrapping_mul(2) ^ purpose)
    }

    /// A number of its own, or that of an earlier row.
    fn number_of_row(&self, index: u64, rng: &mut Rng) -> Number<'_> {
        let from = if index > 0 && rng.u32(..1000) < 75 { rng.u64(..index) } else { index };
        let mut rng = self.rng(from, 0);
        let country = drawn(&self.countries, &mut rng);
        let mut digits = String::new();
        let pattern = if rng.u8(..10) < 8 { &country.mobile } else { &country.fixed_line };
        pattern.append(&mut rng, &mut digits);
        Number { country, digits }
    }
}

impl Country {
    fn new(name: &'static str) -> Self {
        let region = Region::from_code(name).expect("two letters");
        let library = PHONE_NUMBER_UTIL.as_original();
        let metadata = library.get_metadata_for_region(region).expect("a known region");
        let pattern = |pattern: Option<&str>| Sampler::new(pattern.expect("every country has such numbers"));
        let example = PHONE_NUMBER_UTIL
            .get_example_number_for_type_and_region(region, PhoneNumberType::Mobile)
            .expect("an example for each country");
        let written = PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::National);
        let prefix = metadata.original.national_prefix();
        let has_trunk = !prefix.is_empty()
            && written.trim_start_matches('(').starts_with(prefix)
            && !prefix.starts_with(&metadata.original.country_code().to_string());
        let idd = metadata.international_prefix().pattern_base.as_deref().unwrap_or_default();
        Self {
            name,
            calling_code: metadata.original.country_code().to_string(),
            trunk: if has_trunk { prefix.to_owned() } else { String::new() },
            idd: if idd.contains("011") && !idd.contains("0011") {
                "011"
            } else if name == "AU" {
                "0011"
            } else {
                "00"
            },
            mobile: pattern(metadata.mobile.national_number_pattern().pattern_base.as_deref()),
            fixed_line: pattern(metadata.fixed_line.national_number_pattern().pattern_base.as_deref()),
        }
    }
}

fn drawn<'a, T>(shares: &'a [(T, u64)], rng: &mut Rng) -> &'a T {
    let mut left = rng.u64(..shares.iter().map(|(_, share)| share).sum::<u64>());
    for (choice, share) in shares {
        match left.checked_sub(*share) {
            Some(rest) => left = rest,
            None => return choice,
        }
    }
    unreachable!("the shares add up")
}

/// A word that is nobody's name.
fn word(rng: &mut Rng) -> String {
    const SYLLABLES: [&str; 24] = [
        "ba", "ki", "lo", "mé", "nu", "ra", "shi", "to", "va", "zé", "dor", "lin", "mar", "ño", "pel", "sun", "tov",
        "wen", "yara", "ö", "fi", "gu", "hal", "jo",
    ];
    let mut word = String::new();
    for _ in 0..rng.u8(2..=3) {
        word.extend(rng.choice(SYLLABLES));
    }
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn append_phone(Number { country, digits }: &Number<'_>, rng: &mut Rng, cell: &mut String) {
    let Country { calling_code, trunk, idd, .. } = country;
    let (calling_code, trunk, digits) = (calling_code.as_str(), trunk.as_str(), digits.as_str());
    match drawn(&STYLES, rng) {
        Style::E164 => cell.extend(["+", calling_code, digits]),
        Style::National => cell.extend([trunk, digits]),
        Style::Spaced => append_groups(&[trunk, digits].concat(), " ", rng, cell),
        Style::Dashes => append_groups(&[trunk, digits].concat(), "-", rng, cell),
        Style::Dots => append_groups(&[trunk, digits].concat(), ".", rng, cell),
        Style::Slash => append_area(&[trunk, digits].concat(), "", "/", rng, cell),
        Style::Brackets => append_area(&[trunk, digits].concat(), "(", ") ", rng, cell),
        Style::International => {
            cell.extend(["+", calling_code, " "]);
            append_groups(digits, " ", rng, cell);
        }
        Style::TrunkZero => {
            cell.extend(["+", calling_code, if trunk == "0" { " (0)" } else { " " }]);
            append_groups(digits, " ", rng, cell);
        }
        Style::Idd => {
            cell.extend([idd, calling_code]);
            append_groups(digits, " ", rng, cell);
        }
        Style::NoPlus => cell.extend([calling_code, digits]),
        Style::WrongDigits => {
            let mut digits = [trunk, digits].concat();
            match rng.u8(..4) {
                0 => digits.truncate(rng.usize(3..6)),
                1 => digits.insert_str(1, &rng.u32(10_000..99_999).to_string()),
                2 => digits.insert_str(0, "000"),
                _ => digits = ["+999", digits.as_str()].concat(),
            }
            append_groups(&digits, " ", rng, cell);
        }
        Style::Nothing => cell.extend(rng.choice(["n/a", "-", "unknown", "", "see note", "no phone", "0"])),
        Style::Extension => {
            append_groups(&[trunk, digits].concat(), " ", rng, cell);
            cell.extend([" ext. ", &rng.u16(10..999).to_string()]);
        }
    }
}

/// The digits in groups of two to four.
fn append_groups(digits: &str, between: &str, rng: &mut Rng, cell: &mut String) {
    let size = rng.usize(2..=4);
    for (index, digit) in digits.chars().enumerate() {
        if index > 1 && index % size == 0 && index + 1 < digits.len() {
            cell.push_str(between);
        }
        cell.push(digit);
    }
}

/// The first digits set off from the rest.
fn append_area(digits: &str, before: &str, behind: &str, rng: &mut Rng, cell: &mut String) {
    let (area, rest) = digits.split_at(rng.usize(2..5).min(digits.len()));
    cell.extend([before, area, behind]);
    append_groups(rest, " ", rng, cell);
}
