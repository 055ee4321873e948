//! Texts that ask hard questions: numbers that the metadata's own patterns make, put together, taken apart and
//! written as people write them.

#![expect(clippy::indexing_slicing, reason = "indices are drawn from the lengths")]

use fastrand::Rng;
use rlibphonenumber::PHONE_NUMBER_UTIL;
use rlibphonenumber::interfaces::AsOriginal as _;
use rollcall::numbers::Region;

use super::sampler::Sampler;

/// One region's patterns, ready to make digits of.
struct Home {
    /// `None` for the networks of no country.
    region: Option<Region>,
    calling_code: String,
    /// General, then all types that there are.
    numbers: Vec<Sampler>,
    idd: Option<Sampler>,
    national_prefix: Option<Sampler>,
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
                .filter_map(|desc| desc.national_number_pattern().pattern_base.as_deref().map(Sampler::new))
                .collect();
                homes.push(Home {
                    region: Region::from_iso2(region.as_region_str().as_bytes()),
                    calling_code: code.to_string(),
                    numbers,
                    idd: metadata.international_prefix().pattern_base.as_deref().map(Sampler::new),
                    national_prefix: metadata.national_prefix_for_parsing().pattern_base.as_deref().map(Sampler::new),
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
            at.idd.iter().for_each(|idd| idd.append(rng, &mut digits));
        }
        if matches!(shape, 0..=6) {
            digits += &from.calling_code;
        }
        if matches!(shape, 0 | 2 | 3 | 7..=10) {
            let home = if rng.bool() { at } else { from };
            home.national_prefix.iter().for_each(|prefix| prefix.append(rng, &mut digits));
        }
        if shape == 15 {
            digits += &(0..rng.usize(..20)).map(|_| rng.digit(10)).collect::<String>();
        } else if let Some(pattern) = rng.choice(&from.numbers) {
            pattern.append(rng, &mut digits);
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
