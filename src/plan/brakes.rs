//! Brakes: figures that stop a run before its first change.
//!
//! Every brake is judged, whatever the others say, so that a person sees all of them at once. A brake that trips names
//! itself, the figures, and the flag that moves it.

use std::fmt;
use std::str::FromStr;

use crate::audience::Tally;

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
fn percent(part: u64, whole: u64) -> f64 {
    if part == 0 { 0.0 } else { part as f64 * 100.0 / whole.max(part) as f64 }
}

/// What one brake says.
#[derive(Debug, Clone, PartialEq)]
pub struct BrakeVerdict {
    /// The brake's stable name.
    pub name: &'static str,
    /// The figure it looked at.
    pub value: u64,
    /// The whole that the figure is a part of, for brakes that know shares.
    pub whole: Option<u64>,
    /// Where it trips.
    pub limit: Limit,
    /// Whether it trips.
    pub tripped: bool,
    /// What a person reads when it trips: one fragment with the figures.
    pub message: String,
    /// The flag that moves it.
    pub flag: &'static str,
}

/// Where the brakes that look at the rows trip.
#[derive(Debug, Clone, Copy)]
pub struct RowLimits {
    /// `--max-rejects`.
    pub max_rejects: Limit,
    /// `--min-rows`.
    pub min_rows: u64,
}

impl Default for RowLimits {
    fn default() -> Self {
        Self { max_rejects: Limit::Percent(20.0), min_rows: 1 }
    }
}

/// Judges the rows of a list.
#[must_use]
pub fn judge_rows(tally: &Tally, limits: &RowLimits) -> Vec<BrakeVerdict> {
    vec![rejects(tally, limits.max_rejects), min_rows(tally, limits.min_rows)]
}

fn rejects(tally: &Tally, limit: Limit) -> BrakeVerdict {
    let (rejected, read) = (tally.rows.rejected, tally.rows.read);
    let share = percent(rejected, read);
    BrakeVerdict {
        name: "rejects",
        value: rejected,
        whole: Some(read),
        limit,
        tripped: limit.exceeded(rejected, read),
        message: format!("{rejected} of {read} rows were rejected ({share:.1}%), more than {limit}"),
        flag: "--max-rejects",
    }
}

/// Judges how many rows a list has: a list without rows is more likely an accident than a wish.
#[must_use]
pub fn min_rows(tally: &Tally, least: u64) -> BrakeVerdict {
    let read = tally.rows.read;
    BrakeVerdict {
        name: "min_rows",
        value: read,
        whole: None,
        limit: Limit::Count(least),
        tripped: read < least,
        message: format!("the list has {read} rows, fewer than {least}"),
        flag: "--min-rows",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::RowCounts;

    fn tally(read: u64, rejected: u64) -> Tally {
        let rows = RowCounts { read, rejected, accepted: read - rejected, ..RowCounts::default() };
        Tally { rows, ..Tally::default() }
    }

    fn tripped(tally: &Tally, limits: &RowLimits) -> Vec<&'static str> {
        judge_rows(tally, limits).into_iter().filter(|brake| brake.tripped).map(|brake| brake.name).collect()
    }

    #[test]
    fn rejects_trip_past_the_limit_and_not_at_it() {
        let limits = RowLimits::default();
        assert_eq!(tripped(&tally(10, 2), &limits), [""; 0]);
        assert_eq!(tripped(&tally(10, 3), &limits), ["rejects"]);
        let counted = RowLimits { max_rejects: Limit::Count(2), ..limits };
        assert_eq!(tripped(&tally(1_000, 2), &counted), [""; 0]);
        assert_eq!(tripped(&tally(1_000, 3), &counted), ["rejects"]);
    }

    #[test]
    fn an_empty_list_trips_min_rows() {
        assert_eq!(tripped(&tally(0, 0), &RowLimits::default()), ["min_rows"]);
        assert_eq!(tripped(&tally(1, 0), &RowLimits::default()), [""; 0]);
    }

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
