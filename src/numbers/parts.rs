//! Several numbers in one cell.
//!
//! Receives an unwrapped text; yields its parts. Decides which of them could be numbers, not which are wanted.

use super::candidates::{Way, candidates};
use super::engine::{MAX_TEXT, Number};
use super::outline::{Outline, is_separator};
use super::single::pieces_without_letters;
use super::{Marks, Region, RowRegion, cell};

/// The parts of a text that stand between separators: `; , |`, line breaks, the word `or`, and in front of every further
/// `+`. Slashes also stand within numbers: `at_slashes` says what a piece is split into that may have some. Empty parts
/// are left out.
pub(super) fn parts<'a>(text: &'a str, at_slashes: impl Fn(&'a str) -> Vec<&'a str>) -> Vec<&'a str> {
    text.split(|character| is_separator(character) && !is_slash(character))
        .flat_map(split_at_or)
        .flat_map(split_before_plus)
        .flat_map(at_slashes)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

/// Splits at every slash.
pub(super) fn split_at_slashes(piece: &str) -> Vec<&str> {
    piece.split(is_slash).collect()
}

/// Into how many pieces slashes may divide one number. Bounded, as a cell may be one of thousands of slashes.
const MOST_PIECES: usize = 8;

/// Splits at the slashes that stand between numbers rather than within them, if there are any:
/// `030/4567890 / 030/4567891`. Without this care 4567890 would be taken, a number of another town.
pub(super) fn split_between_numbers(piece: &str, region: RowRegion) -> Vec<&str> {
    if is_one(piece, region) {
        return vec![piece];
    }
    let mut ends: Vec<usize> = piece.char_indices().filter(|(_, sign)| is_slash(*sign)).map(|(at, _)| at).collect();
    ends.push(piece.len());
    let mut found = Vec::new();
    let mut rest = ends.as_slice();
    let mut start = 0;
    while let Some(nearest) = rest.first() {
        // The fewest pieces that are a number together, or else one.
        let valid = |end: &&usize| piece.get(start..**end).is_some_and(|text| is_valid_part(text, region));
        let mut near = rest.iter().take(MOST_PIECES).take_while(|end| **end - start <= MAX_TEXT);
        let end = *near.find(valid).unwrap_or(nearest);
        found.extend(piece.get(start..end).map(|text| text.trim_start_matches(is_slash)));
        start = end;
        rest = rest.get(rest.partition_point(|at| *at <= end)..).unwrap_or_default();
    }
    if found.iter().all(|part| could_be_number(part, region)) { found } else { vec![piece] }
}

/// Whether the `+` at a place is that of `4.474E+11`.
fn is_exponent(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|before| before.strip_suffix(['e', 'E']));
    before.is_some_and(|mantissa| mantissa.ends_with(|last: char| last.is_ascii_digit()))
}

fn is_slash(character: char) -> bool {
    matches!(character, '/' | '／')
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
        if character == '+' && digits && !is_exponent(text, at) {
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
    let mut marks = Marks::NONE;
    cell::restore(part, &mut marks)
        .is_some_and(|part| pieces_without_letters(&part).any(|piece| is_number_like(piece, region.known())))
}

/// Whether the slashes of a piece stand within one number: `0221/4567890 (home)`, but not `0221 4567890 / 0221 4567891`.
fn is_one(piece: &str, region: RowRegion) -> bool {
    let slashes = |text: &str| text.chars().filter(|character| is_slash(*character)).count();
    let all = slashes(piece);
    if all == 0 {
        return true;
    }
    let several = || piece.split(is_slash).filter(|part| is_number(part, region)).count() > 1;
    pieces_without_letters(piece).any(|text| {
        let text = text.trim_matches(|character: char| is_slash(character) || character == ' ');
        slashes(text) == all && (is_number(text, region) || (is_valid_on_any_way(text, region) && !several()))
    })
}

/// Whether a part is a number by itself: valid, without a `+` that it lacks.
pub(super) fn is_number(part: &str, region: RowRegion) -> bool {
    let found = candidates(part, &Outline::of(part), region.known());
    found.iter().any(|candidate| candidate.way != Way::AddedPlus && candidate.valid().is_some())
}

fn is_valid_part(part: &str, region: RowRegion) -> bool {
    let part = part.trim_start_matches(is_slash);
    pieces_without_letters(part).any(|piece| is_valid_on_any_way(piece, region))
}

fn is_valid_on_any_way(part: &str, region: RowRegion) -> bool {
    candidates(part, &Outline::of(part), region.known()).iter().any(|candidate| candidate.valid().is_some())
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
    fn slashes_within_numbers_do_not_part_them() {
        let germany = RowRegion::Known(Region::from_iso2(b"DE").expect("two letters"));
        for (piece, expected) in [
            ("030/4567890", &["030/4567890"][..]),
            ("030/4567890 (home)", &["030/4567890 (home)"]),
            ("030 4567890 / 030 4567891", &["030 4567890 ", " 030 4567891"]),
            ("030/4567890 / 030/4567891", &["030/4567890 ", " 030/4567891"]),
            ("030/4567890/030/4567891", &["030/4567890", "030/4567891"]),
            ("home 030 4567890 / work 030/4567891", &["home 030 4567890 ", " work 030/4567891"]),
            ("030/4567890/x", &["030/4567890/x"]),
            ("/", &["/"]),
            ("", &[""]),
        ] {
            assert_eq!(split_between_numbers(piece, germany), expected, "{piece}");
        }
    }

    #[test]
    fn thousands_of_slashes_are_split_in_linear_time() {
        let germany = RowRegion::Known(Region::from_iso2(b"DE").expect("two letters"));
        for piece in ["999", "9", "9x", "00", ""] {
            let text = vec![piece; 10_000].join("/");
            let pieces = split_between_numbers(&text, germany);
            let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
            assert_eq!(pieces.iter().map(|piece| digits(piece)).sum::<usize>(), digits(&text), "{piece:?}");
        }
    }

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
            ("4.47911E+11;4.47911e+11", &["4.47911E+11", "4.47911e+11"]),
            ("Doctor 5", &["Doctor 5"]),
            (" ; ;", &[]),
        ] {
            assert_eq!(parts(text, split_at_slashes), expected, "{text}");
        }
    }
}
