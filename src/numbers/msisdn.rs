//! The subscriber number: fifteen digits in eight bytes.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

/// One subscriber number, held as the digits of its E.164 form (ITU-T E.164: at most 15 digits, no leading zero).
///
/// [`fmt::Display`] gives `+` and the digits; [`fmt::Debug`] hides the middle, so that a number that slips into a
/// log or a panic tells nothing. Ordering is numeric.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Msisdn(NonZeroU64);

/// Why a text is not an E.164 number. Says nothing of the text itself, which may be somebody's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MsisdnError {
    /// No digit at all.
    #[error("no digits")]
    Empty,
    /// A character that is neither a digit nor the leading `+`.
    #[error("not only digits")]
    NotDigits,
    /// No calling code begins with 0.
    #[error("a leading zero")]
    LeadingZero,
    /// More digits than E.164 allows.
    #[error("more than 15 digits")]
    TooLong,
}

impl Msisdn {
    /// The largest value: fifteen nines.
    pub const MAX: u64 = 999_999_999_999_999;

    /// A number from the value of its digits, 1 ..= [`Msisdn::MAX`].
    #[must_use]
    pub fn from_value(value: u64) -> Option<Self> {
        if value > Self::MAX {
            return None;
        }
        NonZeroU64::new(value).map(Self)
    }

    /// The value of the digits, 1 ..= [`Msisdn::MAX`].
    #[must_use]
    pub fn value(self) -> u64 {
        self.0.get()
    }

    /// A number from ASCII digits with or without a leading `+`: the two forms in which numbers travel to and
    /// from the provider.
    ///
    /// # Errors
    /// When the bytes are anything but 1 to 15 digits that do not begin with 0.
    pub fn from_digits(text: &[u8]) -> Result<Self, MsisdnError> {
        let digits = text.strip_prefix(b"+").unwrap_or(text);
        let first = digits.first().ok_or(MsisdnError::Empty)?;
        if *first == b'0' {
            return Err(MsisdnError::LeadingZero);
        }
        let mut value: u64 = 0;
        for (index, byte) in digits.iter().enumerate() {
            if !byte.is_ascii_digit() {
                return Err(MsisdnError::NotDigits);
            }
            if index >= 15 {
                return Err(MsisdnError::TooLong);
            }
            value = value * 10 + u64::from(byte - b'0');
        }
        NonZeroU64::new(value).map(Self).ok_or(MsisdnError::Empty)
    }
}

impl FromStr for Msisdn {
    type Err = MsisdnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_digits(text.as_bytes())
    }
}

impl fmt::Display for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

impl fmt::Debug for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let (head, tail) = (digits.get(..2), digits.len().checked_sub(2).and_then(|at| digits.get(at..)));
        match (head, tail) {
            (Some(head), Some(tail)) if digits.len() > 6 => write!(f, "+{head}…{tail}"),
            _ => f.write_str("+…"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_survives_the_way_through_text(value in 1..=Msisdn::MAX) {
            let number = Msisdn::from_value(value).expect("in range");
            prop_assert_eq!(number.to_string().parse::<Msisdn>(), Ok(number));
            prop_assert_eq!(Msisdn::from_digits(value.to_string().as_bytes()), Ok(number));
        }

        #[test]
        fn no_text_panics_and_only_digits_pass(text in proptest::collection::vec(any::<u8>(), 0..24)) {
            if let Ok(number) = Msisdn::from_digits(&text) {
                let shown = number.to_string();
                let digits = text.strip_prefix(b"+").unwrap_or(&text);
                prop_assert_eq!(shown.as_bytes().strip_prefix(b"+"), Some(digits));
            }
        }

        #[test]
        fn debug_shows_at_most_four_digits(value in 1..=Msisdn::MAX) {
            let shown = format!("{:?}", Msisdn::from_value(value).expect("in range"));
            prop_assert!(shown.chars().filter(char::is_ascii_digit).count() <= 4, "{}", shown);
        }
    }

    #[test]
    fn the_edges_are_named() {
        assert_eq!(Msisdn::from_digits(b""), Err(MsisdnError::Empty));
        assert_eq!(Msisdn::from_digits(b"+"), Err(MsisdnError::Empty));
        assert_eq!(Msisdn::from_digits(b"0123"), Err(MsisdnError::LeadingZero));
        assert_eq!(Msisdn::from_digits(b"1234567890123456"), Err(MsisdnError::TooLong));
        assert_eq!(Msisdn::from_digits(b"12 34"), Err(MsisdnError::NotDigits));
        assert_eq!(Msisdn::from_value(0), None);
        assert_eq!(Msisdn::from_value(Msisdn::MAX + 1), None);
        assert_eq!(std::mem::size_of::<Option<Msisdn>>(), 8);
    }
}
