//! Several numbers in one cell.
//!
//! Receives an unwrapped text; yields its parts. Decides which of them could be numbers, not which are wanted.

use super::candidates::{Way, candidates};
use super::engine::Number;
use super::outline::{Outline, is_separator};
use super::single::pieces_without_letters;
use super::{Region, RowRegion};

/// The parts of a text that stand between separators: `; , | /`, line breaks, the word `or`, and in front of every
/// further `+`. Empty parts are left out.
pub(super) fn parts(text: &str) -> Vec<&str> {
    text.split(is_separator)
        .flat_map(split_at_or)
        .flat_map(split_before_plus)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

/// Splits at the word `or`, any case, with a blank on either side.
fn split_at_or(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let next = |rest: &str| rest.as_bytes().windows(4).position(|window| window.eq_ignore_ascii_case(b" or "));
    while let Some((before, behind)) = next(rest).and_then(|at| rest.split_at_checked(at)) {
        pieces.push(before);
        rest = behind.get(4..).unwrap_or_default();
    }
    pieces.push(rest);
    pieces
}

/// Splits in front of each `+` that stands behind a digit of the same piece. No calling code begins with a zero, so the
/// `+` of `0151 … + 0152 …` is an "and", and left out.
fn split_before_plus(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut digits) = (0, false);
    for (at, character) in text.char_indices() {
        if character == '+' && digits {
            pieces.extend(text.get(start..at));
            let behind = text.get(at + 1..).unwrap_or_default().trim_start();
            let is_and = behind.starts_with('0') && !behind.starts_with("00");
            (start, digits) = (if is_and { at + 1 } else { at }, false);
        }
        digits |= character.is_ascii_digit();
    }
    pieces.extend(text.get(start..));
    pieces
}

/// Whether a part could be a number by itself: valid on any reading, or of a possible length where it says itself
/// which calling code it has, or the region does.
pub(super) fn could_be_number(part: &str, region: RowRegion) -> bool {
    let mut pieces = pieces_without_letters(part);
    pieces.any(|piece| is_number_like(piece, region.known()))
}

/// Whether a part is a number by itself: valid, without a `+` that it lacks.
pub(super) fn is_number(part: &str, region: RowRegion) -> bool {
    let found = candidates(part, &Outline::of(part), region.known());
    found.iter().any(|candidate| candidate.way != Way::AddedPlus && candidate.valid().is_some())
}

fn is_number_like(text: &str, region: Option<Region>) -> bool {
    let outline = Outline::of(text);
    candidates(text, &outline, region).iter().any(|candidate| match candidate.way {
        Way::AddedPlus => candidate.valid().is_some(),
        Way::Plus | Way::National | Way::Prefix => {
            candidate.number().is_some_and(|number| number.is_valid() || Number::is_possible(&number))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_between_separators() {
        for (text, expected) in [
            ("07911123456; 07911123457", &["07911123456", "07911123457"][..]),
            ("07911123456,07911123457|1/2", &["07911123456", "07911123457", "1", "2"]),
            ("07911123456\r\n07911123457", &["07911123456", "07911123457"]),
            ("07911123456 or 07911123457 OR 5", &["07911123456", "07911123457", "5"]),
            ("+447911123456+447911123457", &["+447911123456", "+447911123457"]),
            ("(+44) 7911 123456 + 447911123457", &["(+44) 7911 123456", "+ 447911123457"]),
            ("0151 12345678 + 0152 12345678", &["0151 12345678", "0152 12345678"]),
            ("+447911123456 +0044 7911123457", &["+447911123456", "+0044 7911123457"]),
            ("+0151 12345678", &["+0151 12345678"]),
            ("07911123456\u{B}07911123457\u{2028}5", &["07911123456", "07911123457", "5"]),
            ("Doctor 5", &["Doctor 5"]),
            (" ; ;", &[]),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }
}
