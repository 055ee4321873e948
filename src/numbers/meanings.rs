//! Everyone whom a cell could mean, for those who must not be reached by mistake.
//!
//! Receives a cell; yields numbers. Suppression lists fail closed: where [`Normalizer::read`] would refuse to choose,
//! all readings count here. No policy but the level is asked.

use super::candidates::candidates;
use super::cell;
use super::engine::{self, Number, Parsed};
use super::hidden::hides_digits;
use super::outline::Outline;
use super::parts::{parts, split_at_slashes, split_between_numbers};
use super::rules::CONTEXT;
use super::single::{pieces_without_letters, without_trunk_zero};
use super::{Level, Marks, Msisdn, Normalizer, RowRegion};

impl Normalizer {
    /// Appends every number that the cell could mean: all valid readings (national, international, behind a prefix,
    /// with and without a bracketed zero, by the keypad and without the words) of every number in it, extensions
    /// dropped. Under [`Level::Possible`] the possible ones too, as such numbers can be on the other list. None
    /// twice in one call. A number some of whose digits are hidden is nobody's. A suppression row that yields nothing
    /// could not be read.
    pub fn meanings(&self, cell: &[u8], region: RowRegion, numbers: &mut Vec<Msisdn>) {
        let from = numbers.len();
        let accepts =
            |number: &Number| number.is_valid() || (self.policy.level == Level::Possible && number.is_possible());
        each_reading(cell, region, &mut |number, hidden| {
            if accepts(number) && !hidden {
                add(numbers, from, number.msisdn);
            }
        });
    }

    /// Appends what [`Self::meanings`] does, and every number with the digits of a reading or of the cell itself,
    /// valid or not: a live member with one of them may be whom a rejected row meant, and is better not removed.
    pub fn likenesses(&self, cell: &[u8], region: RowRegion, numbers: &mut Vec<Msisdn>) {
        let from = numbers.len();
        let mut add_long = |number: Msisdn| {
            // Shorter ones are house numbers and dates rather than subscribers.
            if number.value() >= 100_000 {
                add(numbers, from, number);
            }
        };
        each_reading(cell, region, &mut |number, _| add_long(number.msisdn));
        each_text(cell, region, &mut |text, _| {
            let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
            let significant = digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len());
            if let Some(Ok(number)) = digits.get(significant..).map(Msisdn::from_digits) {
                add_long(number);
            }
        });
    }
}

/// Adds a number unless this cell has named it already.
fn add(numbers: &mut Vec<Msisdn>, from: usize, number: Msisdn) {
    if !numbers.get(from..).unwrap_or_default().contains(&number) {
        numbers.push(number);
    }
}

/// Calls back for every reading of every text that the cell may stand for, and tells whether digits of it are hidden.
fn each_reading(cell: &[u8], region: RowRegion, found: &mut impl FnMut(&Number, bool)) {
    each_text(cell, region, &mut |text, hidden| {
        // Its calling code stands behind the number (RFC 3966), where no candidate looks for it.
        if text.contains(CONTEXT)
            && let Parsed::Number(number) = engine::parse(text, region.known())
        {
            found(&number, hidden);
        }
        for candidate in candidates(text, &Outline::of(text), region.known()).iter() {
            if let Some(number) = candidate.number() {
                found(&number, hidden);
            }
        }
    });
}

/// Calls back for every text in the cell that may be one number, and tells whether digits of it are hidden.
fn each_text(cell: &[u8], region: RowRegion, found: &mut impl FnMut(&str, bool)) {
    let cell = String::from_utf8_lossy(cell);
    let unwrapped = cell::unwrap(&cell);
    let mut marks = Marks::NONE;
    let Some(restored) = cell::restore(&unwrapped.text, &mut marks) else { return };
    each_shape(&restored, found);
    // Slashes within numbers, between numbers, or both.
    for parts in [
        parts(&restored, |piece| vec![piece]),
        parts(&restored, |piece| split_between_numbers(piece, region)),
        parts(&restored, split_at_slashes),
    ] {
        if parts.len() > 1 {
            for part in parts {
                if let Some(part) = cell::restore(&cell::peel(part, &mut marks), &mut marks) {
                    each_shape(&part, found);
                }
            }
        }
    }
}

/// Calls back for a text, and for what it is without its bracketed zero and without its words.
fn each_shape(text: &str, found: &mut impl FnMut(&str, bool)) {
    let hidden = hides_digits(text);
    found(text, hidden);
    if let Some(text) = without_trunk_zero(text) {
        found(&text, hidden);
    }
    if text.contains(char::is_alphabetic) {
        for piece in pieces_without_letters(text) {
            found(piece, hidden);
            if let Some(piece) = without_trunk_zero(piece) {
                found(&piece, hidden);
            }
        }
    }
}
