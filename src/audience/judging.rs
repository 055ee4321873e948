//! What one worker makes of one block: every row's verdicts, before anybody asks what came earlier in the list.

use std::ops::Range;

use super::papers::Wanted;
use super::reading::Settings;
use super::routing;
use super::tally::Outcome;
use crate::contacts::{Block, RecordWriter, Row, Scratch};
use crate::numbers::{Reason, Rejection, RowRegion, Verdict};

/// One block and what its rows mean. All buffers are reused from block to block: a row allocates nothing.
pub(super) struct Judged {
    pub(super) block: Block,
    scratch: Scratch,
    pub(super) rows: Vec<JudgedRow>,
    pub(super) numbers: Vec<JudgedNumber>,
    /// Cells that are needed after parsing.
    texts: Vec<u8>,
    /// Records that cannot be copied from the block.
    records: RecordWriter<Vec<u8>>,
    verdicts: Vec<Verdict>,
}

/// A row of the block.
pub(super) struct JudgedRow {
    pub(super) line: u64,
    /// Its numbers, in [`Judged::numbers`]: at least one.
    pub(super) numbers: Range<usize>,
    /// Its record, ready to be written again, when a paper may want it.
    record: Record,
    /// Its group cell, in the texts.
    route: Range<usize>,
    pub(super) outcome: Outcome,
}

/// A number of a row.
pub(super) struct JudgedNumber {
    pub(super) verdict: Verdict,
    pub(super) outcome: Outcome,
    /// The cell as it stood in the list, in the texts, when the verdicts are wanted.
    input: Range<usize>,
}

/// Where a row's record stands.
enum Record {
    /// In the block, as it was in the list.
    InBlock(Range<usize>),
    /// Among the records, written anew.
    Anew(Range<usize>),
}

impl Judged {
    /// Empty buffers for one worker.
    pub(super) fn new(wanted: &Wanted) -> Self {
        Self {
            block: Block::default(),
            scratch: Scratch::default(),
            rows: Vec::new(),
            numbers: Vec::new(),
            texts: Vec::new(),
            records: RecordWriter::new(Vec::new(), wanted.delimiter),
            verdicts: Vec::new(),
        }
    }

    /// Judges the block that has just been filled.
    pub(super) fn judge(&mut self, settings: &Settings<'_>, wanted: &Wanted) {
        self.rows.clear();
        self.numbers.clear();
        self.texts.clear();
        self.records.get_mut().clear();
        let mut rows = self.block.rows(&mut self.scratch);
        while let Some(row) = rows.next_row() {
            let first = self.numbers.len();
            judge_row(&row, settings, wanted, &mut self.verdicts, &mut self.texts, &mut self.numbers);
            let route = push(&mut self.texts, row.group().unwrap_or_default());
            let rejected = self.numbers.get(first..).is_some_and(|all| all.iter().all(|one| one.verdict.is_err()));
            let record = match row.verbatim(wanted.delimiter) {
                _ if !wanted.record(rejected) => Record::Anew(0..0),
                Some(_) => Record::InBlock(row.place()),
                None => write_anew(&row, &mut self.records),
            };
            self.rows.push(JudgedRow {
                line: row.line(),
                numbers: first..self.numbers.len(),
                record,
                route,
                outcome: Outcome::Rejected,
            });
        }
    }

    /// The group cell of a row.
    pub(super) fn route(&self, row: &JudgedRow) -> &[u8] {
        self.texts.get(row.route.clone()).unwrap_or_default()
    }

    /// A row's record as CSV without its line end, in the papers' delimiter.
    pub(super) fn record(&self, row: &JudgedRow) -> &[u8] {
        match &row.record {
            Record::InBlock(place) => self.block.text(place.clone()),
            Record::Anew(place) => self.records.get_ref().get(place.clone()).unwrap_or_default(),
        }
    }

    /// The cell that a number was read from.
    pub(super) fn input(&self, number: &JudgedNumber) -> &[u8] {
        self.texts.get(number.input.clone()).unwrap_or_default()
    }

    /// The numbers of a row.
    pub(super) fn numbers_of(&self, row: &JudgedRow) -> &[JudgedNumber] {
        self.numbers.get(row.numbers.clone()).unwrap_or_default()
    }
}

/// Reads the phone cells of one row. Empty cells count only when no other cell holds anything.
fn judge_row(
    row: &Row<'_>,
    settings: &Settings<'_>,
    wanted: &Wanted,
    verdicts: &mut Vec<Verdict>,
    texts: &mut Vec<u8>,
    numbers: &mut Vec<JudgedNumber>,
) {
    let mut refuse = |rejection, texts: &mut Vec<u8>| {
        let input = if wanted.verdicts { push(texts, row.phones().next().unwrap_or_default()) } else { 0..0 };
        numbers.push(JudgedNumber { verdict: Err(rejection), outcome: Outcome::Rejected, input });
    };
    if let Some(damage) = row.damage() {
        refuse(Rejection::new(Reason::MalformedRow, damage), texts);
        return;
    }
    if settings.routed() && !routing::names_any(row.group().unwrap_or_default()) {
        refuse(Rejection::new(Reason::MalformedRow, "the group column is empty"), texts);
        return;
    }
    let given = settings.region.map_or(RowRegion::None, RowRegion::Known);
    let region = row.region().map_or(given, |cell| RowRegion::of_cell(cell, given));
    let filled = row.phones().any(|cell| !cell.trim_ascii().is_empty());
    for cell in row.phones() {
        if filled && cell.trim_ascii().is_empty() {
            continue;
        }
        let input = if wanted.verdicts { push(texts, cell) } else { 0..0 };
        verdicts.clear();
        settings.normalizer.read(cell, region, verdicts);
        for verdict in verdicts.drain(..) {
            numbers.push(JudgedNumber { verdict, outcome: Outcome::Rejected, input: input.clone() });
        }
        if !filled {
            return;
        }
    }
}

/// Writes a row's cells in the order of the papers' columns, without the line end.
fn write_anew(row: &Row<'_>, records: &mut RecordWriter<Vec<u8>>) -> Record {
    let start = records.get_ref().len();
    // Writing into a vector cannot fail.
    let _ = records.write_record(row.union_cells());
    Record::Anew(start..records.get_ref().len().saturating_sub(1).max(start))
}

fn push(texts: &mut Vec<u8>, text: &[u8]) -> Range<usize> {
    let start = texts.len();
    texts.extend_from_slice(text);
    start..texts.len()
}
