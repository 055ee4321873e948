//! What one worker makes of one block: every row's verdicts, before anybody asks what came earlier in the list.

use std::ops::Range;

use super::papers::Wanted;
use super::reading::Settings;
use super::routing;
use super::tally::Outcome;
use crate::contacts::{Block, Row, Scratch, write_record};
use crate::numbers::{Reason, Rejection, RowRegion, Verdict};

/// One block and what its rows mean. All buffers are reused from block to block: a row allocates nothing.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) block: Block,
    scratch: Scratch,
    pub(super) rows: Vec<JudgedRow>,
    pub(super) numbers: Vec<JudgedNumber>,
    texts: Vec<u8>,
    verdicts: Vec<Verdict>,
}

/// A row of the block.
pub(super) struct JudgedRow {
    pub(super) line: u64,
    pub(super) file: usize,
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
    /// In the texts, written anew.
    InTexts(Range<usize>),
}

impl Judged {
    /// Judges the block that has just been filled.
    pub(super) fn judge(&mut self, settings: &Settings<'_>, wanted: &Wanted) {
        self.rows.clear();
        self.numbers.clear();
        self.texts.clear();
        let mut rows = self.block.rows(&mut self.scratch);
        while let Some(row) = rows.next_row() {
            let first = self.numbers.len();
            judge_row(&row, settings, wanted, &mut self.verdicts, &mut self.texts, &mut self.numbers);
            let route = push(&mut self.texts, row.group().unwrap_or_default());
            let rejected = self.numbers.get(first..).is_some_and(|all| all.iter().all(|one| one.verdict.is_err()));
            let record = if wanted.record(rejected) {
                match row.verbatim() {
                    Some(range) if !rejected => Record::InBlock(range),
                    _ => {
                        let start = self.texts.len();
                        write_record(&mut self.texts, row.union_cells(), wanted.delimiter);
                        Record::InTexts(start..self.texts.len())
                    }
                }
            } else {
                Record::InTexts(0..0)
            };
            self.rows.push(JudgedRow {
                line: row.line(),
                file: row.file(),
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
            Record::InBlock(range) => self.block.bytes().get(range.clone()),
            Record::InTexts(range) => self.texts.get(range.clone()),
        }
        .unwrap_or_default()
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
        refuse(Rejection { reason: Reason::MalformedRow, detail: damage.into(), suggestion: None }, texts);
        return;
    }
    if settings.routed() && !routing::names_any(row.group().unwrap_or_default()) {
        let detail = "the group column is empty".into();
        refuse(Rejection { reason: Reason::MalformedRow, detail, suggestion: None }, texts);
        return;
    }
    let region = match row.region() {
        Some(cell) => RowRegion::from_cell(cell, settings.region),
        None => settings.region.map_or(RowRegion::None, RowRegion::Known),
    };
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

fn push(texts: &mut Vec<u8>, text: &[u8]) -> Range<usize> {
    let start = texts.len();
    texts.extend_from_slice(text);
    start..texts.len()
}
