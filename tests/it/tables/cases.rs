//! Texts that ask hard questions: numbers that the metadata's own patterns make, put together, taken apart and
//! written as people write them.

use fastrand::Rng;
use regex_syntax::hir::{Class, Hir, HirKind};
use rlibphonenumber::PHONE_NUMBER_UTIL;
use rlibphonenumber::interfaces::AsOriginal as _;
use rollcall::numbers::Region;

/// One region's patterns, ready to make digits of.
struct Home {
    /// `None` for the networks of no country.
    region: Option<Region>,
    calling_code: String,
    /// General, then all types that there are.
    numbers: Vec<Hir>,
    idd: Option<Hir>,
    national_prefix: Option<Hir>,
}

/// An endless supply of cases, the same for the same seed.
pub(crate) struct Cases {
    rng: Rng,
    homes: Vec<Home>,
}

impl Cases {
    pub(crate) fn new(seed: u64) -> Self {
        let library = PHONE_NUMBER_UTIL.as_original();
        let mut codes: Vec<i32> = PHONE_NUMBER_UTIL.get_supported_calling_codes().collect();
        codes.sort_unstable();
        let mut homes = Vec::new();
        for code in codes {
            for region in PHONE_NUMBER_UTIL.get_regions_for_country_calling_code(code).expect("a known code") {
                let metadata = library.get_metadata_for_region_or_calling_code(code, region).expect("a known region");
                let numbers = [
                    &metadata.general_desc,
                    &metadata.fixed_line,
                    &metadata.mobile,
                    &metadata.toll_free,
                    &metadata.premium_rate,
                    &metadata.shared_cost,
                    &metadata.personal_number,
                    &metadata.voip,
                    &metadata.pager,
                    &metadata.uan,
                    &metadata.voicemail,
                ]
                .iter()
                .filter_map(|desc| parsed(desc.national_number_pattern().pattern_base.as_ref()))
                .collect();
                homes.push(Home {
                    region: Region::from_iso2(region.as_region_str().as_bytes()),
                    calling_code: code.to_string(),
                    numbers,
                    idd: parsed(metadata.international_prefix().pattern_base.as_ref()),
                    national_prefix: parsed(metadata.national_prefix_for_parsing().pattern_base.as_ref()),
                });
            }
        }
        Self { rng: Rng::with_seed(seed), homes }
    }

    /// A text and the region to read it in.
    pub(crate) fn next(&mut self) -> (String, Option<Region>) {
        let Self { rng, homes } = self;
        let (from, at) = (&homes[rng.usize(..homes.len())], &homes[rng.usize(..homes.len())]);
        let at = if rng.u8(..) < 150 { from } else { at };
        let mut digits = String::new();
        let shape = rng.u8(..16);
        if matches!(shape, 0 | 1) {
            sample_optional(at.idd.as_ref(), rng, &mut digits);
        }
        if matches!(shape, 0..=6) {
            digits += &from.calling_code;
        }
        if matches!(shape, 0 | 2 | 3 | 7..=10) {
            sample_optional(if rng.bool() { at } else { from }.national_prefix.as_ref(), rng, &mut digits);
        }
        if shape == 15 {
            digits += &(0..rng.usize(..20)).map(|_| rng.digit(10)).collect::<String>();
        } else if let Some(pattern) = rng.choice(&from.numbers) {
            sample(pattern, rng, &mut digits);
        }
        if rng.u8(..) < 80 {
            mutate(rng, &mut digits);
        }
        let plus = if matches!(shape, 2..=5) { rng.u8(..) < 200 } else { rng.u8(..) < 10 };
        let text = written(rng, plus, &digits);
        let region = match rng.u8(..) {
            0..=8 => None,
            9..=11 => Region::from_iso2(b"AQ"),
            12..=13 => Some(Region::NON_GEOGRAPHIC),
            _ => at.region,
        };
        (text, region)
    }
}

fn parsed(pattern: Option<&String>) -> Option<Hir> {
    let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern?);
    Some(hir.expect("the library compiles the same pattern"))
}

fn sample_optional(pattern: Option<&Hir>, rng: &mut Rng, digits: &mut String) {
    if let Some(pattern) = pattern {
        sample(pattern, rng, digits);
    }
}

/// Appends a string that the pattern matches.
fn sample(pattern: &Hir, rng: &mut Rng, digits: &mut String) {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => digits.extend(literal.0.iter().map(|byte| char::from(*byte))),
        HirKind::Class(Class::Bytes(class)) => {
            let choices: Vec<u8> = class.iter().flat_map(|range| range.start()..=range.end()).collect();
            digits.extend(rng.choice(&choices).map(|byte| char::from(*byte)));
        }
        HirKind::Class(Class::Unicode(class)) => {
            let choices: Vec<char> = class.iter().flat_map(|range| range.start()..=range.end()).collect();
            digits.extend(rng.choice(&choices));
        }
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min + 3);
            for _ in 0..rng.u32(repetition.min..=most) {
                sample(&repetition.sub, rng, digits);
            }
        }
        HirKind::Capture(capture) => sample(&capture.sub, rng, digits),
        HirKind::Concat(parts) => parts.iter().for_each(|part| sample(part, rng, digits)),
        HirKind::Alternation(choices) => {
            if let Some(choice) = rng.choice(choices) {
                sample(choice, rng, digits);
            }
        }
    }
}

/// A digit too many, too few, another one, or two that have changed places.
fn mutate(rng: &mut Rng, digits: &mut String) {
    let mut bytes: Vec<char> = digits.chars().collect();
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(..=bytes.len());
        match rng.u8(..4) {
            0 => bytes.insert(at, rng.digit(10)),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 if at < bytes.len() => bytes[at] = rng.digit(10),
            3 if at + 1 < bytes.len() => bytes.swap(at, at + 1),
            _ => {}
        }
    }
    *digits = bytes.into_iter().collect();
}

/// The digits as somebody may have typed them.
fn written(rng: &mut Rng, plus: bool, digits: &str) -> String {
    let often = match rng.u8(..4) {
        0 | 1 => 0,
        2 => 12,
        _ => 70,
    };
    let mut text = String::new();
    let sprinkle = |rng: &mut Rng, text: &mut String| {
        while rng.u8(..) < often {
            text.extend(rng.choice([' ', ' ', ' ', '-', '-', '.', '.', '(', ')', '/']));
        }
    };
    sprinkle(rng, &mut text);
    if plus {
        text.push('+');
    }
    for digit in digits.chars() {
        sprinkle(rng, &mut text);
        text.push(digit);
    }
    sprinkle(rng, &mut text);
    if rng.u8(..) == 0 {
        let odd = ['+', 'x', '#', ';', ',', '[', '~', '*', '\n', '\t', 'a', '\u{A0}', '٣'];
        let at = rng.usize(..=text.chars().count());
        let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
        text.insert(at, odd[rng.usize(..odd.len())]);
    }
    text
}
