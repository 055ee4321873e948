//! What became of the rows, counted.

use std::collections::BTreeMap;

use crate::numbers::{Mark, NumberType, Reading, Reason, Region, Rejection};

/// What became of a number of a row, and so of the row: the best of its numbers. Best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// New to at least one group that the row names.
    Accepted,
    /// Named by an earlier row already.
    Duplicate,
    /// On a suppression list.
    Suppressed,
    /// No number that could be used.
    Rejected,
}

impl Outcome {
    /// The stable name that files and reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Suppressed => "suppressed",
            Self::Rejected => "rejected",
        }
    }
}

/// Rows by outcome. `read` is always the sum of the other four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowCounts {
    /// Rows in all.
    pub read: u64,
    /// Rows whose best number was new.
    pub accepted: u64,
    /// Rows whose numbers had all come before.
    pub duplicate: u64,
    /// Rows whose best number is suppressed.
    pub suppressed: u64,
    /// Rows without a usable number.
    pub rejected: u64,
}

/// Everything that is counted while a list is read.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Rows by outcome.
    pub rows: RowCounts,
    /// Rejected rows by the reason of their first cell.
    pub reasons: BTreeMap<Reason, u64>,
    /// Repairs and marks on numbers that were not rejected.
    pub marks: BTreeMap<Mark, u64>,
    /// Accepted numbers by region.
    pub regions: BTreeMap<Region, u64>,
    /// Accepted numbers by type.
    pub types: BTreeMap<NumberType, u64>,
    /// Cells written without `+` or an international prefix.
    pub plus_less: u64,
    /// Those of them that were refused because a `+` seems to be missing, or could be.
    pub plus_stripped: u64,
    /// Numbers in groups that some rows ask to add and others to remove. The last of those rows has won.
    pub superseded: u64,
}

impl Tally {
    /// Counts one row.
    pub(super) fn row(&mut self, outcome: Outcome) {
        self.rows.read += 1;
        *match outcome {
            Outcome::Accepted => &mut self.rows.accepted,
            Outcome::Duplicate => &mut self.rows.duplicate,
            Outcome::Suppressed => &mut self.rows.suppressed,
            Outcome::Rejected => &mut self.rows.rejected,
        } += 1;
    }

    /// Counts a row's reason to be rejected.
    pub(super) fn rejection(&mut self, rejection: &Rejection) {
        *self.reasons.entry(rejection.reason).or_default() += 1;
    }

    /// Counts a number that could be read.
    pub(super) fn reading(&mut self, reading: &Reading, outcome: Outcome) {
        for mark in reading.marks.iter() {
            *self.marks.entry(mark).or_default() += 1;
        }
        if outcome == Outcome::Accepted {
            *self.regions.entry(reading.region).or_default() += 1;
            *self.types.entry(reading.kind).or_default() += 1;
        }
    }

    /// Adds what another worker counted.
    pub(super) fn merge(&mut self, other: &Self) {
        let (rows, more) = (&mut self.rows, &other.rows);
        rows.read += more.read;
        rows.accepted += more.accepted;
        rows.duplicate += more.duplicate;
        rows.suppressed += more.suppressed;
        rows.rejected += more.rejected;
        add_all(&mut self.reasons, &other.reasons);
        add_all(&mut self.marks, &other.marks);
        add_all(&mut self.regions, &other.regions);
        add_all(&mut self.types, &other.types);
        self.plus_less += other.plus_less;
        self.plus_stripped += other.plus_stripped;
        self.superseded += other.superseded;
    }
}

fn add_all<K: Ord + Copy>(counts: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (key, count) in more {
        *counts.entry(*key).or_default() += count;
    }
}
