//! What one worker makes of one block: every row's verdicts, before anybody asks what came earlier in the list.

use std::borrow::Cow;
use std::ops::Range;

use super::action::{Action, UNDERSTOOD};
use super::papers::Wanted;
use super::routing;
use super::settings::Settings;
use super::tally::Outcome;
use crate::contacts::{Block, Records, Row, Scratch};
use crate::numbers::{Msisdn, Reason, Rejection, RowRegion, Verdict};

/// One block and what its rows mean. All buffers are reused from block to block: a row allocates nothing.
pub(super) struct Judged {
    pub(super) block: Block,
    scratch: Scratch,
    pub(super) rows: Vec<JudgedRow>,
    pub(super) numbers: Vec<JudgedNumber>,
    /// Everyone whom a rejected cell may have meant, when somebody wants to know.
    pub(super) possible: Vec<Msisdn>,
    /// The groups of the rows, when a verdict has to wait for what later rows ask of them.
    pub(super) groups: Vec<u32>,
    /// Cells that are needed after parsing.
    texts: Vec<u8>,
    /// Records that cannot be copied from the block.
    records: Records,
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
    pub(super) action: Action,
    /// Its groups, in [`Judged::groups`], once it has been counted.
    pub(super) groups: Range<usize>,
    pub(super) outcome: Outcome,
}

/// A number of a row.
pub(super) struct JudgedNumber {
    pub(super) verdict: Verdict,
    /// Before counting: accepted, unless nothing that came earlier can make it so.
    pub(super) outcome: Outcome,
    /// The cell as it stood in the list, in the texts, when the verdicts are wanted.
    input: Range<usize>,
}

impl JudgedNumber {
    /// The provider has refused the number, with these words.
    pub(super) fn refuse(&mut self, words: Option<&String>) {
        let words = words.cloned().unwrap_or_default();
        self.verdict = Err(Rejection::new(Reason::ProviderRefused, words));
        self.outcome = Outcome::Rejected;
    }
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
            possible: Vec::new(),
            groups: Vec::new(),
            texts: Vec::new(),
            records: Records::new(wanted.delimiter),
        }
    }

    /// Judges the block that has just been filled.
    pub(super) fn judge(&mut self, settings: &Settings<'_>, wanted: &Wanted) {
        self.rows.clear();
        self.numbers.clear();
        self.possible.clear();
        self.groups.clear();
        self.texts.clear();
        self.records.clear();
        let mut rows = self.block.rows(&mut self.scratch);
        while let Some(row) = rows.next_row() {
            let first = self.numbers.len();
            let mut pen = Pen {
                settings,
                wanted,
                texts: &mut self.texts,
                numbers: &mut self.numbers,
                possible: &mut self.possible,
            };
            let action = pen.judge_row(&row);
            let route = push(&mut self.texts, row.group().unwrap_or_default());
            let judged = self.numbers.get(first..).unwrap_or_default();
            let rejected = judged.iter().all(|one| one.verdict.is_err());
            let refused = |one: &JudgedNumber| one.verdict.as_ref().is_ok_and(|read| settings.refuses(read.msisdn));
            let wanted_record = wanted.record(rejected) || (wanted.record(true) && judged.iter().any(refused));
            let record = match row.verbatim(wanted.delimiter) {
                _ if !wanted_record => Record::Anew(0..0),
                Some(_) => Record::InBlock(row.place()),
                None => write_anew(&row, rejected, wanted.delimiter, &mut self.records),
            };
            self.rows.push(JudgedRow {
                line: row.line(),
                numbers: first..self.numbers.len(),
                record,
                route,
                action,
                groups: 0..0,
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
            Record::Anew(place) => self.records.as_bytes().get(place.clone()).unwrap_or_default(),
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

/// Writes down what one row means.
struct Pen<'a> {
    settings: &'a Settings<'a>,
    wanted: &'a Wanted,
    texts: &'a mut Vec<u8>,
    numbers: &'a mut Vec<JudgedNumber>,
    possible: &'a mut Vec<Msisdn>,
}

impl Pen<'_> {
    /// Reads the phone cells of one row; says what the row asks for its numbers. Empty cells count only when no other
    /// cell holds anything.
    fn judge_row(&mut self, row: &Row<'_>) -> Action {
        let settings = self.settings;
        let given = settings.region.map_or(RowRegion::None, RowRegion::Known);
        let region = row.region().map_or(given, |cell| RowRegion::of_cell(cell, given));
        let action = match (settings.actions, row.action()) {
            (true, Some(cell)) => Action::read(cell),
            (true, None) | (false, _) => Some(Action::Add),
        };
        if let Some(damage) = row.damage() {
            self.refuse(row, damage.into(), region);
            return Action::Add;
        }
        if settings.routed() && !routing::names_any(row.group().unwrap_or_default()) {
            self.refuse(row, "the group column is empty".into(), region);
            return Action::Add;
        }
        let Some(action) = action else {
            self.refuse(row, format!("the action column holds none of: {UNDERSTOOD}").into(), region);
            return Action::Add;
        };
        let mut filled = false;
        for cell in row.phones().filter(|cell| !cell.trim_ascii().is_empty()) {
            filled = true;
            self.judge_cell(cell, region, action);
        }
        if !filled {
            self.judge_cell(row.phones().next().unwrap_or_default(), region, action);
        }
        action
    }

    fn judge_cell(&mut self, cell: &[u8], region: RowRegion, action: Action) {
        let settings = self.settings;
        let input = self.input(cell);
        let mut rejected = false;
        settings.normalizer.read(cell, region, |verdict| {
            let outcome = match &verdict {
                Err(_) => Outcome::Rejected,
                // Whoever is not to be written to may well be removed.
                Ok(reading) if action == Action::Add && settings.suppressed.contains(reading.msisdn) => {
                    Outcome::Suppressed
                }
                Ok(_) => Outcome::Accepted,
            };
            rejected |= outcome == Outcome::Rejected;
            self.numbers.push(JudgedNumber { verdict, outcome, input: input.clone() });
        });
        if rejected && settings.possible {
            settings.normalizer.likenesses(cell, region, self.possible);
        }
    }

    /// Refuses a row as a whole.
    fn refuse(&mut self, row: &Row<'_>, why: Cow<'static, str>, region: RowRegion) {
        let input = self.input(row.phones().next().unwrap_or_default());
        let verdict = Err(Rejection::new(Reason::MalformedRow, why));
        self.numbers.push(JudgedNumber { verdict, outcome: Outcome::Rejected, input });
        if self.settings.possible {
            let mut note = |cell: &[u8]| self.settings.normalizer.likenesses(cell, region, self.possible);
            // Which cell of a damaged row is which, nobody knows.
            match row.damage() {
                Some(_) => row.cells().for_each(&mut note),
                None => row.phones().for_each(&mut note),
            }
        }
    }

    fn input(&mut self, cell: &[u8]) -> Range<usize> {
        if self.wanted.inputs { push(self.texts, cell) } else { 0..0 }
    }
}

/// Writes a row's cells in the order of the papers' columns, without the line end. What a rejected row has behind its
/// last column goes with that column's cell, so that nothing is lost that somebody may want to mend.
fn write_anew(row: &Row<'_>, rejected: bool, delimiter: u8, records: &mut Records) -> Record {
    let start = records.as_bytes().len();
    let mut cells = row.union_cells().peekable();
    while let Some(cell) = cells.next() {
        if rejected && cells.peek().is_none() && row.extra_cells().any(|extra| !extra.is_empty()) {
            let joined = [cell].into_iter().chain(row.extra_cells()).collect::<Vec<_>>().join(&delimiter);
            records.push_cell(&joined);
        } else {
            records.push_cell(cell);
        }
    }
    records.end_record();
    Record::Anew(start..records.as_bytes().len().saturating_sub(1).max(start))
}

fn push(texts: &mut Vec<u8>, text: &[u8]) -> Range<usize> {
    let start = texts.len();
    texts.extend_from_slice(text);
    start..texts.len()
}
