//! The short way of an ordinary cell: digits, blanks and brackets that are one valid number whichever rule is asked.
//!
//! Receives the bytes of a cell, trimmed; yields its reading, or `None` for every cell that needs a second look: then
//! the long way decides, which is the only place where anything is refused, and where everything but a `00` is
//! repaired. Most rows of most lists come this way, so that a cell is looked over once, and its digits are walked
//! through the tables at once.

use super::candidates::is_prefixed;
use super::engine::{Number, Parsed, Source};
use super::single::reading;
use super::tables::{Digits, Tables};
use super::{Mark, Marks, PlusLess, Policy, Reading, RowRegion};

/// The reading that the long way would give, when that is plain to see.
pub(super) fn read(policy: &Policy, text: &[u8], region: RowRegion) -> Option<Reading> {
    let digits = Digits::scan(text)?;
    if digits.has_groups() && may_need_repair(text) {
        return None;
    }
    let (mut marks, mut plus_less) = (Marks::NONE, !digits.has_plus());
    let number = if digits.has_double_zero() {
        if digits.has_plus() || !policy.allows(Mark::DoubleZero) {
            return None;
        }
        (marks, plus_less) = (marks.with(Mark::DoubleZero), false);
        behind_double_zero(&digits, region)?
    } else if plus_less {
        if policy.plus_less != PlusLess::Auto {
            return None;
        }
        let (national, international) = Tables::get().parse_both_ways(&digits, region.known()?.into())?;
        let number = valid(national)?;
        // Another subscriber behind a `+`: the rules must choose.
        if valid(international).is_some_and(|other| other.msisdn != number.msisdn) {
            return None;
        }
        number
    } else {
        valid(Tables::get().parse_digits(&digits, region.known())?)?
    };
    let wanted = policy.types.is_empty() || policy.types.contains(&number.kind);
    wanted.then(|| reading(&number, marks, plus_less))
}

/// The number behind a `00`, when nothing else can be meant: neither a national number that begins with it, nor
/// another number behind the region's own international prefix.
fn behind_double_zero(digits: &Digits, region: RowRegion) -> Option<Number> {
    let tables = Tables::get();
    let number = valid(tables.parse_behind(digits, 2)?)?;
    let Some(region) = region.known() else { return Some(number) };
    let dialled = tables.parse_digits(digits, Some(region))?;
    let national = if is_prefixed(&dialled) { tables.parse_inside(digits, region)? } else { dialled };
    let elsewhere = matches!(dialled, Parsed::Number(other) if other.is_valid() && other.msisdn != number.msisdn);
    (valid(national).is_none() && !elsewhere).then_some(number)
}

/// A valid number that has no international prefix.
fn valid(parsed: Parsed) -> Option<Number> {
    match parsed {
        Parsed::Number(number) if number.is_valid() && number.source != Source::InternationalPrefix => Some(number),
        Parsed::Number(_) | Parsed::Refused(_) => None,
    }
}

/// Whether there is a bracketed trunk zero, or the `.0` of a spreadsheet.
fn may_need_repair(text: &[u8]) -> bool {
    text.ends_with(b".0") || text.ends_with(b".00") || text.windows(3).any(|window| window == b"(0)")
}
