//! Takes the digits out of a cell that holds nothing unusual.

use super::super::Msisdn;

/// How many digits are looked at: more than in any number with any prefix.
const CAPACITY: usize = 32;

/// Where the digits of a cell are put. They stay there: to move bytes that were written one by one makes the processor
/// wait until all of them have arrived.
pub(in crate::numbers) type Room = [u8; CAPACITY];

/// The digits of a cell, as values 0 to 9, and whether a `+` stood in front of them.
#[derive(Clone, Copy)]
pub(in crate::numbers) struct Digits<'a> {
    values: &'a [u8],
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

impl<'a> Digits<'a> {
    /// The digits of a text of ASCII digits, blanks and `-`, `.`, `(`, `)`, `/`, with at most one `+`, in front of
    /// all digits. `None` for every other text, and for fewer than three digits, which the library judges by how
    /// they are written: only two side by side may be read.
    #[inline]
    pub(in crate::numbers) fn scan(mut text: &[u8], room: &'a mut Room) -> Option<Self> {
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
        let mut length = 0;
        // No branch depends on what a byte is: where people put their blanks cannot be predicted.
        for byte in text {
            let class = class(*byte);
            // As there are no more bytes than places, the remainder is the place itself; it spares asking.
            if let Some(slot) = room.get_mut(length % CAPACITY) {
                *slot = class;
            }
            length += usize::from(class < 10);
            met |= class;
        }
        let values = room.get(..length)?;
        let side_by_side = || !plus && text.get(..2).is_some_and(|text| text.iter().all(u8::is_ascii_digit));
        let enough = length >= 3 || (length == 2 && side_by_side());
        let ordinary = met & (PLUS | OTHER) == 0 && enough;
        ordinary.then_some(Self { values, plus, grouped: met & GROUPING == GROUPING })
    }

    /// The digits of a number, its calling code in front.
    pub(super) fn of(number: Msisdn, room: &'a mut Room) -> Self {
        let mut value = number.value();
        let mut start = CAPACITY;
        while value > 0 && start > 0 {
            start -= 1;
            if let Some(slot) = room.get_mut(start) {
                *slot = u8::try_from(value % 10).unwrap_or(0);
            }
            value /= 10;
        }
        Self { values: room.get(start..).unwrap_or_default(), plus: true, grouped: false }
    }

    pub(super) fn as_slice(&self) -> &'a [u8] {
        self.values
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
