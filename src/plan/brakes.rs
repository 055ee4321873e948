//! Brakes: figures that stop a run before its first change.
//!
//! Every brake is judged, whatever the others say, so that a person sees all of them at once. A brake that trips names
//! itself, the figures, and the flag that moves it.

mod change;
mod limit;
mod rows;

pub use change::{ChangeLimits, GroupFacts, Judged, judge_change};
pub use limit::{Limit, LimitError};
pub use rows::{RowLimits, judge_rows, min_rows, unreadable_suppressions};

/// What one brake says.
#[derive(Debug, Clone, PartialEq)]
pub struct BrakeVerdict {
    /// The brake's stable name.
    pub name: &'static str,
    /// The group that it looked at; none for a brake that looks at the whole list.
    pub group: Option<String>,
    /// The figure it looked at.
    pub value: u64,
    /// Where it trips.
    pub limit: Limit,
    /// Whether it trips.
    pub tripped: bool,
    /// What a person reads when it trips: one fragment with the figures.
    pub message: String,
    /// The flag that moves it.
    pub flag: &'static str,
}

/// The names of the brakes that have tripped.
#[cfg(test)]
fn tripped(verdicts: &[BrakeVerdict]) -> Vec<&'static str> {
    verdicts.iter().filter(|brake| brake.tripped).map(|brake| brake.name).collect()
}
