//! The brakes that look at the rows of lists.

use super::limit::percent;
use super::{BrakeVerdict, Limit};
use crate::audience::Tally;
use crate::plan::Mode;

/// Where the brakes that look at the rows of a list trip.
#[derive(Debug, Clone, Copy, Default)]
pub struct RowLimits {
    /// `--max-rejects`; 20%, or 5% where the list says who is *not* to be a member.
    pub max_rejects: Option<Limit>,
    /// `--min-rows`; 1.
    pub min_rows: Option<u64>,
    /// `--max-suppress-rejects`; 0.
    pub max_suppress_rejects: u64,
    /// Whether a column without plus signs was judged by itself (`--plus-less auto`).
    pub plus_less_auto: bool,
}

/// Judges the rows of a list. `suppress_rejects` are rows of suppression lists that mean no number.
#[must_use]
pub fn judge_rows(tally: &Tally, mode: Mode, suppress_rejects: u64, limits: &RowLimits) -> Vec<BrakeVerdict> {
    let usual = Limit::Percent(if mode.is_whole() { 5.0 } else { 20.0 });
    let mut verdicts = vec![
        rejects(tally, limits.max_rejects.unwrap_or(usual)),
        min_rows(tally, limits.min_rows.unwrap_or(1)),
        unreadable_suppressions(suppress_rejects, limits.max_suppress_rejects),
    ];
    if limits.plus_less_auto {
        verdicts.push(plus_stripped(tally));
    }
    verdicts
}

fn rejects(tally: &Tally, limit: Limit) -> BrakeVerdict {
    let (rejected, read) = (tally.rows.rejected, tally.rows.read);
    let share = percent(rejected, read);
    BrakeVerdict {
        name: "rejects",
        group: None,
        value: rejected,
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
        group: None,
        value: read,
        limit: Limit::Count(least),
        tripped: read < least,
        message: format!("the list has {read} rows, fewer than {least}"),
        flag: "--min-rows",
    }
}

/// Judges suppression lists: of these, so many rows mean no number, and somebody whom nobody can read is to be left
/// alone.
#[must_use]
pub fn unreadable_suppressions(unreadable: u64, most: u64) -> BrakeVerdict {
    BrakeVerdict {
        name: "suppress_rejects",
        group: None,
        value: unreadable,
        limit: Limit::Count(most),
        tripped: unreadable > most,
        message: format!(
            "{unreadable} rows of the suppression lists mean no number, more than {most}: someone asked not to be \
             written to, and we cannot read who"
        ),
        flag: "--max-suppress-rejects",
    }
}

/// A column in which many numbers are valid only with a `+` has lost its plus signs somewhere: then those that happen
/// to be valid without it are not to be trusted either. Measured: of 1,944 mobile numbers written without their `+`,
/// 22% became a different valid number.
fn plus_stripped(tally: &Tally) -> BrakeVerdict {
    const SHARE: Limit = Limit::Percent(5.0);
    const LEAST: u64 = 10;
    let (stripped, all) = (tally.plus_stripped, tally.plus_less);
    BrakeVerdict {
        name: "plus_stripped",
        group: None,
        value: stripped,
        limit: SHARE,
        tripped: stripped >= LEAST && percent(stripped, all) >= 5.0,
        message: format!(
            "{stripped} of {all} numbers without `+` are valid only, or just as well, with one: the column seems to \
             have lost its plus signs; say what they are with --plus-less national, international or refuse"
        ),
        flag: "--plus-less",
    }
}

#[cfg(test)]
mod tests {
    use super::super::tripped;
    use super::*;
    use crate::audience::RowCounts;

    fn tally(read: u64, rejected: u64) -> Tally {
        let rows = RowCounts { read, rejected, accepted: read - rejected, ..RowCounts::default() };
        Tally { rows, ..Tally::default() }
    }

    fn rows(tally: &Tally, mode: Mode, limits: &RowLimits) -> Vec<&'static str> {
        tripped(&judge_rows(tally, mode, 0, limits))
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn rejects_trip_past_the_limit_and_not_at_it() {
        let usual = RowLimits::default();
        assert_eq!(rows(&tally(10, 2), Mode::Add, &usual), NONE);
        assert_eq!(rows(&tally(10, 3), Mode::Add, &usual), ["rejects"]);
        assert_eq!(rows(&tally(100, 5), Mode::Sync, &usual), NONE);
        assert_eq!(rows(&tally(100, 6), Mode::Sync, &usual), ["rejects"]);
        let counted = RowLimits { max_rejects: Some(Limit::Count(2)), ..usual };
        assert_eq!(rows(&tally(1_000, 2), Mode::Add, &counted), NONE);
        assert_eq!(rows(&tally(1_000, 3), Mode::Add, &counted), ["rejects"]);
    }

    #[test]
    fn an_empty_list_trips_min_rows() {
        assert_eq!(rows(&tally(0, 0), Mode::Add, &RowLimits::default()), ["min_rows"]);
        assert_eq!(rows(&tally(1, 0), Mode::Add, &RowLimits::default()), NONE);
    }

    #[test]
    fn a_suppression_that_nobody_can_read_trips() {
        let limits = RowLimits { max_suppress_rejects: 1, ..RowLimits::default() };
        assert_eq!(tripped(&judge_rows(&tally(1, 0), Mode::Add, 1, &limits)), NONE);
        assert_eq!(tripped(&judge_rows(&tally(1, 0), Mode::Add, 2, &limits)), ["suppress_rejects"]);
    }

    #[test]
    fn a_column_without_its_plus_signs_trips_at_five_percent_and_ten_cells() {
        let limits = RowLimits { plus_less_auto: true, ..RowLimits::default() };
        let column = |stripped, all| Tally { plus_stripped: stripped, plus_less: all, ..tally(1_000, 0) };
        assert_eq!(rows(&column(10, 200), Mode::Add, &limits), ["plus_stripped"]);
        assert_eq!(rows(&column(9, 9), Mode::Add, &limits), NONE);
        assert_eq!(rows(&column(10, 201), Mode::Add, &limits), NONE);
        let told = RowLimits { plus_less_auto: false, ..limits };
        assert_eq!(rows(&column(10, 10), Mode::Add, &told), NONE);
    }
}
