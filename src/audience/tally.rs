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

/// What one worker counts: in arrays, as searching a tree for every row costs more than the counting.
pub(super) struct Counts {
    rows: RowCounts,
    reasons: [u64; Reason::ALL.len()],
    marks: [u64; Mark::ALL.len()],
    types: [u64; NumberType::ALL.len()],
    /// By the two letters; regions that have none are rare, and kept apart.
    regions: [u64; LETTERS * LETTERS],
    other_regions: BTreeMap<Region, u64>,
    plus_less: u64,
    plus_stripped: u64,
}

const LETTERS: usize = 26;

impl Default for Counts {
    fn default() -> Self {
        Self {
            rows: RowCounts::default(),
            reasons: [0; Reason::ALL.len()],
            marks: [0; Mark::ALL.len()],
            types: [0; NumberType::ALL.len()],
            regions: [0; LETTERS * LETTERS],
            other_regions: BTreeMap::new(),
            plus_less: 0,
            plus_stripped: 0,
        }
    }
}

#[expect(clippy::as_conversions, reason = "the place of a variant without fields")]
impl Counts {
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
    pub(super) fn reason(&mut self, reason: Reason) {
        bump(&mut self.reasons, reason as usize);
    }

    /// Counts a number that could not be read.
    pub(super) fn rejection(&mut self, rejection: &Rejection) {
        self.plus_less += u64::from(rejection.plus_less);
        self.plus_stripped += u64::from(rejection.blames_missing_plus());
    }

    /// Counts a number that could be read.
    pub(super) fn reading(&mut self, reading: &Reading, outcome: Outcome) {
        self.plus_less += u64::from(reading.plus_less);
        if !reading.marks.is_empty() {
            for mark in reading.marks.iter() {
                bump(&mut self.marks, mark as usize);
            }
        }
        if outcome == Outcome::Accepted {
            bump(&mut self.types, reading.kind as usize);
            match place_of(reading.region) {
                Some(place) => bump(&mut self.regions, place),
                None => *self.other_regions.entry(reading.region).or_default() += 1,
            }
        }
    }

    /// Adds to a tally what one worker has counted.
    pub(super) fn add_to(&self, tally: &mut Tally) {
        let (rows, more) = (&mut tally.rows, &self.rows);
        rows.read += more.read;
        rows.accepted += more.accepted;
        rows.duplicate += more.duplicate;
        rows.suppressed += more.suppressed;
        rows.rejected += more.rejected;
        add_all(&mut tally.reasons, Reason::ALL.into_iter().map(|reason| (reason, self.reasons.get(reason as usize))));
        add_all(&mut tally.marks, Mark::ALL.into_iter().map(|mark| (mark, self.marks.get(mark as usize))));
        add_all(&mut tally.types, NumberType::ALL.into_iter().map(|kind| (kind, self.types.get(kind as usize))));
        let letters = || b'A'..=b'Z';
        let regions = letters().flat_map(|first| letters().map(move |second| [first, second]));
        let regions = regions.filter_map(|letters| Region::from_iso2(&letters));
        add_all(
            &mut tally.regions,
            regions.map(|region| (region, place_of(region).and_then(|at| self.regions.get(at)))),
        );
        add_all(&mut tally.regions, self.other_regions.iter().map(|(region, count)| (*region, Some(count))));
        tally.plus_less += self.plus_less;
        tally.plus_stripped += self.plus_stripped;
    }
}

fn bump(counts: &mut [u64], place: usize) {
    if let Some(count) = counts.get_mut(place) {
        *count += 1;
    }
}

/// Where a region of two letters is counted.
fn place_of(region: Region) -> Option<usize> {
    match region.as_bytes() {
        [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] => {
            Some(usize::from(first - b'A') * LETTERS + usize::from(second - b'A'))
        }
        _ => None,
    }
}

fn add_all<'a, K: Ord>(counts: &mut BTreeMap<K, u64>, more: impl Iterator<Item = (K, Option<&'a u64>)>) {
    for (key, count) in more {
        if let Some(count) = count.filter(|count| **count > 0) {
            *counts.entry(key).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::{Marks, Msisdn};
    use proptest::prelude::*;

    fn reading(region: Region, kind: NumberType, marks: Marks) -> Reading {
        Reading { msisdn: Msisdn::from_value(1).expect("in range"), region, kind, marks, plus_less: true }
    }

    proptest! {
        #[test]
        fn every_region_type_mark_and_reason_is_counted_under_its_own_name(
            regions in proptest::collection::vec("[A-Z]{2}|001", 1..20),
            kinds in proptest::collection::vec(proptest::sample::select(NumberType::ALL.to_vec()), 20),
            marks in proptest::collection::vec(proptest::sample::select(Mark::ALL.to_vec()), 20),
            reasons in proptest::collection::vec(proptest::sample::select(Reason::ALL.to_vec()), 20),
        ) {
            let (mut counts, mut tally, mut model) = (Counts::default(), Tally::default(), Tally::default());
            for (((region, kind), mark), reason) in regions.iter().zip(kinds).zip(marks).zip(reasons) {
                let region = Region::from_iso2(region.as_bytes()).unwrap_or(Region::NON_GEOGRAPHIC);
                counts.reading(&reading(region, kind, Marks::NONE.with(mark)), Outcome::Accepted);
                counts.reading(&reading(region, kind, Marks::NONE), Outcome::Duplicate);
                counts.reason(reason);
                *model.regions.entry(region).or_default() += 1;
                *model.types.entry(kind).or_default() += 1;
                *model.marks.entry(mark).or_default() += 1;
                *model.reasons.entry(reason).or_default() += 1;
            }
            counts.add_to(&mut tally);
            prop_assert_eq!(&tally.regions, &model.regions);
            prop_assert_eq!(&tally.types, &model.types);
            prop_assert_eq!(&tally.marks, &model.marks);
            prop_assert_eq!(&tally.reasons, &model.reasons);
        }
    }
}
