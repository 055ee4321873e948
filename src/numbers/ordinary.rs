//! The short way of an ordinary cell: digits, blanks and brackets that are one valid number whichever rule is asked.
//!
//! Receives the bytes of a cell, trimmed; yields its reading, or `None` for every cell that needs a second look: then
//! the long way decides, which is the only place where anything is refused or repaired. Most rows of most lists come
//! this way, so that a cell is looked over once, and its digits are walked through the tables at once.

use super::engine::{Number, Parsed, Source};
use super::single::reading;
use super::tables::{Digits, Tables};
use super::{Marks, PlusLess, Policy, Reading, RowRegion};

/// The reading that the long way would give, when that is plain to see.
pub(super) fn read(policy: &Policy, text: &[u8], region: RowRegion) -> Option<Reading> {
    let digits = Digits::scan(text)?;
    if digits.has_double_zero() || (digits.has_groups() && may_need_repair(text)) {
        return None;
    }
    let plus_less = !digits.has_plus();
    let number = if plus_less {
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
    wanted.then(|| reading(&number, Marks::NONE, plus_less))
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
