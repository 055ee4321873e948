//! How much is too much.

use std::fmt;
use std::str::FromStr;

/// How much is too much: a count, or a share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// At most so many.
    Count(u64),
    /// At most so many in a hundred, 0 to 100.
    Percent(f64),
}

/// A text that is no limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a count such as 50, or a share such as 2.5%")]
pub struct LimitError;

impl Limit {
    /// Whether a part of a whole passes the limit.
    #[must_use]
    pub fn exceeded(self, part: u64, whole: u64) -> bool {
        match self {
            Self::Count(most) => part > most,
            Self::Percent(most) => percent(part, whole) > most,
        }
    }
}

impl FromStr for Limit {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        match text.trim().strip_suffix('%') {
            Some(share) => match share.trim().parse::<f64>() {
                Ok(share) if (0.0..=100.0).contains(&share) => Ok(Self::Percent(share)),
                _ => Err(LimitError),
            },
            None => text.trim().parse().map(Self::Count).map_err(|_| LimitError),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(most) => write!(f, "{most}"),
            Self::Percent(most) => write!(f, "{most}%"),
        }
    }
}

/// So many in a hundred; a part of nothing is all of it.
#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "a share of rows needs no 53rd bit")]
pub(super) fn percent(part: u64, whole: u64) -> f64 {
    if part == 0 { 0.0 } else { part as f64 * 100.0 / whole.max(part) as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_people_write_them() {
        assert_eq!("20%".parse(), Ok(Limit::Percent(20.0)));
        assert_eq!(" 2.5 %".parse(), Ok(Limit::Percent(2.5)));
        assert_eq!("7".parse(), Ok(Limit::Count(7)));
        for wrong in ["", "%", "-1", "101%", "NaN%", "a few"] {
            assert_eq!(wrong.parse::<Limit>(), Err(LimitError), "{wrong}");
        }
    }
}
