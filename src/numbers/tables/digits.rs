//! Takes the digits out of a cell that holds nothing unusual.

use super::super::Msisdn;

/// How many digits are looked at: more than in any number with any prefix.
const CAPACITY: usize = 32;

/// The digits of a cell, as values 0 to 9, and whether a `+` stood in front of them.
#[derive(Clone, Copy)]
pub(in crate::numbers) struct Digits {
    values: [u8; CAPACITY],
    length: usize,
    plus: bool,
    /// A `(` or a `.` is among them.
    grouped: bool,
}

const BLANK: u8 = 16;
const PLUS: u8 = 32;
const OTHER: u8 = 64;
/// A blank that may mean more than a blank: of `(0)`, of `….0`.
const GROUPING: u8 = 128 | BLANK;

/// The value of each digit, or the class of any other byte.
static CLASSES: [u8; 256] = classes();

#[expect(clippy::indexing_slicing, clippy::as_conversions, reason = "evaluated by the compiler, which checks both")]
const fn classes() -> [u8; 256] {
    let mut classes = [OTHER; 256];
    let mut digit = 0;
    while digit < 10 {
        classes[(b'0' + digit) as usize] = digit;
        digit += 1;
    }
    let blanks = b" -)/";
    let mut index = 0;
    while index < blanks.len() {
        classes[blanks[index] as usize] = BLANK;
        index += 1;
    }
    classes[b'(' as usize] = GROUPING;
    classes[b'.' as usize] = GROUPING;
    classes[b'+' as usize] = PLUS;
    classes
}

fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(OTHER)
}

impl Digits {
    /// The digits of a text of ASCII digits, blanks and `-`, `.`, `(`, `)`, `/`, with at most one `+`, in front of
    /// all digits. `None` for every other text, and for fewer than three digits, which the library judges by how
    /// they are written: only two side by side may be read.
    #[inline]
    pub(in crate::numbers) fn scan(mut text: &[u8]) -> Option<Self> {
        let mut plus = false;
        let mut met = 0;
        // What stands in front of the first digit or `+` is no part of the number.
        while let Some((first, rest)) = text.split_first() {
            match class(*first) {
                BLANK => text = rest,
                GROUPING => {
                    met = GROUPING;
                    text = rest;
                }
                PLUS => {
                    plus = true;
                    text = rest;
                    break;
                }
                OTHER => return None,
                _ => break,
            }
        }
        if text.len() > CAPACITY {
            return None;
        }
        let mut digits = Self { values: [0; CAPACITY], length: 0, plus, grouped: false };
        // No branch depends on what a byte is: where people put their blanks cannot be predicted.
        for byte in text {
            let class = class(*byte);
            // As there are no more bytes than places, the remainder is the place itself; it spares asking.
            if let Some(slot) = digits.values.get_mut(digits.length % CAPACITY) {
                *slot = class;
            }
            digits.length += usize::from(class < 10);
            met |= class;
        }
        digits.grouped = met & GROUPING == GROUPING;
        let side_by_side = || !plus && text.get(..2).is_some_and(|text| text.iter().all(u8::is_ascii_digit));
        let enough = digits.length >= 3 || (digits.length == 2 && side_by_side());
        (met & (PLUS | OTHER) == 0 && enough).then_some(digits)
    }

    /// The digits of a number, its calling code in front.
    pub(super) fn of(number: Msisdn) -> Self {
        let mut digits = Self { values: [0; CAPACITY], length: 0, plus: true, grouped: false };
        let mut value = number.value();
        while value > 0 {
            if let Some(slot) = digits.values.get_mut(digits.length) {
                *slot = u8::try_from(value % 10).unwrap_or(0);
            }
            value /= 10;
            digits.length += 1;
        }
        if let Some(values) = digits.values.get_mut(..digits.length) {
            values.reverse();
        }
        digits
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.values.get(..self.length).unwrap_or_default()
    }

    pub(in crate::numbers) fn has_plus(&self) -> bool {
        self.plus
    }

    /// Whether a `(` or a `.` is among them.
    pub(in crate::numbers) fn has_groups(&self) -> bool {
        self.grouped
    }

    /// Whether they begin with the commonest international prefix.
    pub(in crate::numbers) fn has_double_zero(&self) -> bool {
        self.values.starts_with(&[0, 0])
    }
}
