//! What is written down of a list: verdicts, clean list, rejects.

use std::io::Write;
use std::path::Path;

use super::AudienceError;
use super::explaining::{Explain, Explanation, explain};
use super::judging::{Judged, JudgedNumber, JudgedRow};
use super::routing::Routes;
use super::settings::Settings;
use super::tally::Outcome;
use super::waiting::{Asked, Waiting, encode};
use crate::contacts::{CLEAN_COLUMNS, List, REJECTS_COLUMNS, Records};
use crate::numbers::{Mark, Msisdn};
use crate::output::{Output, OutputError};

/// The papers that a reading fills, each only if asked for.
#[derive(Default)]
pub struct Papers {
    /// `line,input,outcome,e164,region,type,reason,repairs,file`: one line a row, in order.
    pub verdicts: Option<Output>,
    /// The accepted rows' own columns, then `_e164,_region,_type`.
    pub clean: Option<Output>,
    /// The rejected rows' own columns, then `_file,_line,_reason,_detail,_suggestion`.
    pub rejects: Option<Output>,
}

/// The mark of a row that a later one has overruled.
const SUPERSEDED: &str = "superseded";

/// A paper that could not be written.
pub type PaperError = OutputError;

/// Which papers are wanted, and in what shape.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) verdicts: bool,
    /// A verdict depends on rows that are still to come.
    pub(super) verdicts_wait: bool,
    /// The cells that numbers were read from are shown somewhere.
    pub(super) inputs: bool,
    clean: bool,
    rejects: bool,
    explanations: bool,
    pub(super) delimiter: u8,
    every_number: bool,
    files: Vec<String>,
}

impl Wanted {
    pub(super) fn new(papers: &Papers, list: &List, settings: &Settings<'_>) -> Self {
        Self {
            verdicts: papers.verdicts.is_some(),
            verdicts_wait: papers.verdicts.is_some() && settings.actions,
            inputs: papers.verdicts.is_some() || settings.explain != Explain::Nothing,
            clean: papers.clean.is_some(),
            rejects: papers.rejects.is_some(),
            explanations: settings.explain != Explain::Nothing,
            delimiter: list.delimiter(),
            every_number: settings.every_number,
            files: list.files().to_vec(),
        }
    }

    /// Whether some paper wants the record of such a row.
    pub(super) fn record(&self, rejected: bool) -> bool {
        if rejected { self.rejects } else { self.clean }
    }

    /// Whether anything is wanted at all.
    pub(super) fn anything(&self) -> bool {
        self.verdicts || self.clean || self.rejects || self.explanations
    }
}

/// The lines of one block, for each paper.
pub(super) struct Lines {
    verdicts: Records,
    /// Verdicts that wait, as entries.
    waiting: Vec<u8>,
    clean: Records,
    rejects: Records,
    explained: Vec<Explanation>,
    /// A figure on its way into a cell.
    figure: Figure,
    /// The marks of a number on their way into a cell.
    marks: Vec<u8>,
}

impl Lines {
    pub(super) fn new(wanted: &Wanted) -> Self {
        Self {
            verdicts: Records::new(b','),
            waiting: Vec::new(),
            clean: Records::new(wanted.delimiter),
            rejects: Records::new(wanted.delimiter),
            explained: Vec::new(),
            figure: [0; FIGURE],
            marks: Vec::new(),
        }
    }

    /// Writes down what became of the block's rows. `turn` counts the blocks before it.
    pub(super) fn compose(&mut self, judged: &Judged, turn: u64, wanted: &Wanted, settings: &Settings<'_>) {
        for paper in [&mut self.verdicts, &mut self.clean, &mut self.rejects] {
            paper.clear();
        }
        self.waiting.clear();
        let file = wanted.files.get(judged.block.file()).map_or("", String::as_str);
        self.explained = explain(judged, turn, file, settings);
        for row in &judged.rows {
            if wanted.verdicts {
                self.compose_verdicts(judged, row, file, wanted);
            }
            if wanted.clean && row.outcome == Outcome::Accepted {
                self.compose_clean(judged, row);
            }
            if wanted.rejects && row.outcome == Outcome::Rejected {
                self.compose_reject(judged, row, file);
            }
        }
    }

    fn compose_verdicts(&mut self, judged: &Judged, row: &JudgedRow, file: &str, wanted: &Wanted) {
        let numbers = judged.numbers_of(row);
        let best = numbers.iter().find(|number| number.outcome == row.outcome);
        let shown = if wanted.every_number { numbers } else { best.map(std::slice::from_ref).unwrap_or_default() };
        for number in shown {
            if wanted.verdicts_wait {
                self.compose_waiting(judged, row, number, file);
            } else {
                self.compose_verdict(judged, row, number, file, None);
            }
        }
    }

    /// One line as it is, and as it is when a later row asks for the opposite.
    fn compose_waiting(&mut self, judged: &Judged, row: &JudgedRow, number: &JudgedNumber, file: &str) {
        self.verdicts.clear();
        self.compose_verdict(judged, row, number, file, None);
        let plain = self.verdicts.as_bytes().len();
        let asked = match (&number.verdict, number.outcome) {
            (Ok(reading), Outcome::Accepted | Outcome::Duplicate) => {
                self.compose_verdict(judged, row, number, file, Some(SUPERSEDED));
                let groups = judged.groups.get(row.groups.clone()).unwrap_or_default();
                Some(Asked { number: reading.msisdn, action: row.action, groups })
            }
            (Ok(_), Outcome::Suppressed | Outcome::Rejected) | (Err(_), _) => None,
        };
        let (plain, superseded) = self.verdicts.as_bytes().split_at(plain);
        encode(&mut self.waiting, asked, plain, superseded);
        self.verdicts.clear();
    }

    fn compose_verdict(
        &mut self,
        judged: &Judged,
        row: &JudgedRow,
        number: &JudgedNumber,
        file: &str,
        remark: Option<&'static str>,
    ) {
        let out = &mut self.verdicts;
        out.push_word(decimal(&mut self.figure, row.line));
        out.push_cell(judged.input(number));
        out.push_word(number.outcome.as_str().as_bytes());
        match &number.verdict {
            Ok(reading) => {
                out.push_word(plus_digits(&mut self.figure, reading.msisdn));
                out.push_word(reading.region.as_bytes());
                out.push_word(reading.kind.as_str().as_bytes());
                out.push_word(b"");
                self.marks.clear();
                for (index, mark) in reading.marks.iter().map(Mark::as_str).chain(remark).enumerate() {
                    self.marks.extend_from_slice(if index > 0 { b"+" } else { b"" });
                    self.marks.extend_from_slice(mark.as_bytes());
                }
                out.push_word(&self.marks);
            }
            Err(rejection) => {
                for _ in 0..3 {
                    out.push_word(b"");
                }
                out.push_word(rejection.reason.as_str().as_bytes());
                out.push_word(b"");
            }
        }
        out.push_cell(file.as_bytes());
        out.end_record();
    }

    fn compose_clean(&mut self, judged: &Judged, row: &JudgedRow) {
        for number in judged.numbers_of(row) {
            if let (Outcome::Accepted, Ok(reading)) = (number.outcome, &number.verdict) {
                let out = &mut self.clean;
                out.push_verbatim(judged.record(row));
                out.push_word(plus_digits(&mut self.figure, reading.msisdn));
                out.push_word(reading.region.as_bytes());
                out.push_word(reading.kind.as_str().as_bytes());
                out.end_record();
            }
        }
    }

    fn compose_reject(&mut self, judged: &Judged, row: &JudgedRow, file: &str) {
        let rejection = judged.numbers_of(row).iter().find_map(|number| number.verdict.as_ref().err());
        let Some(rejection) = rejection else { return };
        let out = &mut self.rejects;
        out.push_verbatim(judged.record(row));
        out.push_cell(file.as_bytes());
        out.push_word(decimal(&mut self.figure, row.line));
        out.push_word(rejection.reason.as_str().as_bytes());
        out.push_cell(rejection.detail.as_bytes());
        match rejection.suggestion {
            Some(suggestion) => out.push_word(plus_digits(&mut self.figure, suggestion)),
            None => out.push_word(b""),
        }
        out.end_record();
    }
}

/// Room for the longest figure and a `+`.
type Figure = [u8; FIGURE];
const FIGURE: usize = 21;

/// `+` and the digits. Written by hand, because the machinery of formatting costs more than the rest of the row.
fn plus_digits(figure: &mut Figure, number: Msisdn) -> &[u8] {
    let start = write_digits(figure, number.value()).saturating_sub(1);
    let text = figure.get_mut(start..).unwrap_or_default();
    if let Some(plus) = text.first_mut() {
        *plus = b'+';
    }
    text
}

/// The digits of a figure.
fn decimal(figure: &mut Figure, value: u64) -> &[u8] {
    let start = write_digits(figure, value);
    figure.get(start..).unwrap_or_default()
}

/// Writes digits up to the end; returns where they start.
fn write_digits(figure: &mut Figure, value: u64) -> usize {
    const EIGHT: u64 = 100_000_000;
    let (Ok(high), Ok(low)) = (u32::try_from(value / EIGHT), u32::try_from(value % EIGHT)) else {
        return write_long_digits(figure, value);
    };
    let Some(room) = figure.last_chunk_mut::<16>().filter(|_| u64::from(high) < EIGHT) else {
        return write_long_digits(figure, value);
    };
    let digits = u128::from(eight_digits(high)) | u128::from(eight_digits(low)) << 64;
    *room = (digits | u128::from_le_bytes([b'0'; 16])).to_le_bytes();
    // The last digit is written even when it is the only zero.
    let zeros = usize::try_from((digits | 1 << 120).trailing_zeros() / 8).unwrap_or_default();
    FIGURE - 16 + zeros
}

/// The eight digits of a value below 100,000,000, a byte each, the first one lowest. All are divided at once: into two
/// times four, four times two, eight times one.
fn eight_digits(value: u32) -> u64 {
    let fours = u64::from(value / 10_000) | u64::from(value % 10_000) << 32;
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = hundreds | (fours - hundreds * 100) << 16;
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | (twos - tens * 10) << 8
}

/// [`write_digits`], for figures of more than sixteen digits.
fn write_long_digits(figure: &mut Figure, mut value: u64) -> usize {
    for (place, slot) in figure.iter_mut().enumerate().rev() {
        *slot = b'0' + u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
        if value == 0 {
            return place;
        }
    }
    0
}

impl Papers {
    /// Writes the header lines.
    pub(super) fn begin(&mut self, list: &List) -> Result<(), PaperError> {
        let own = |extra: &[&str]| {
            let mut line = Records::new(list.delimiter());
            line.push_record(list.header().iter().map(Vec::as_slice).chain(extra.iter().map(|name| name.as_bytes())));
            line.take()
        };
        append(&mut self.verdicts, "verdicts", b"line,input,outcome,e164,region,type,reason,repairs,file\n")?;
        append(&mut self.clean, "clean list", &own(&CLEAN_COLUMNS))?;
        append(&mut self.rejects, "rejects", &own(&REJECTS_COLUMNS))
    }

    /// Puts the papers in their places.
    ///
    /// # Errors
    /// When the disk is full; what stood there before is then untouched.
    pub fn finish(self) -> Result<(), PaperError> {
        for paper in [self.verdicts, self.clean, self.rejects].into_iter().flatten() {
            paper.finish()?;
        }
        Ok(())
    }
}

/// Where the lines of all blocks come together, in order.
pub(super) struct Desk<'a> {
    papers: &'a mut Papers,
    waiting: Option<Waiting>,
    explained: Vec<Explanation>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(papers: &'a mut Papers, wanted: &Wanted) -> Result<Self, AudienceError> {
        let waiting = if wanted.verdicts_wait { Some(Waiting::new()?) } else { None };
        Ok(Self { papers, waiting, explained: Vec::new() })
    }

    /// Writes the lines of one block.
    pub(super) fn append(&mut self, lines: &mut Lines) -> Result<(), AudienceError> {
        self.explained.append(&mut lines.explained);
        if let Some(waiting) = &mut self.waiting {
            waiting.append(&lines.waiting)?;
        }
        append(&mut self.papers.verdicts, "verdicts", lines.verdicts.as_bytes())?;
        append(&mut self.papers.clean, "clean list", lines.clean.as_bytes())?;
        append(&mut self.papers.rejects, "rejects", lines.rejects.as_bytes())?;
        Ok(())
    }

    /// Writes the verdicts that have waited for the end of the list; gives back the explanations.
    pub(super) fn settle(self, routes: &Routes) -> Result<Vec<Explanation>, AudienceError> {
        if let Some(waiting) = self.waiting {
            waiting
                .settle(routes, |line| Ok::<_, AudienceError>(append(&mut self.papers.verdicts, "verdicts", line)?))?;
        }
        Ok(self.explained)
    }
}

fn append(paper: &mut Option<Output>, name: &str, bytes: &[u8]) -> Result<(), PaperError> {
    match paper {
        Some(output) => {
            output.write_all(bytes).map_err(|source| PaperError { path: Path::new(name).to_owned(), source })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn figures_are_written_as_formatting_writes_them(
            value in any::<u64>(),
            digits in 0..64,
            number in 1..=Msisdn::MAX,
        ) {
            let mut figure = [0; FIGURE];
            for value in [value, value >> digits, 0, 9, 10, 99_999_999, 100_000_000, 9_999_999_999_999_999] {
                prop_assert_eq!(decimal(&mut figure, value).to_vec(), value.to_string().into_bytes());
            }
            let number = Msisdn::from_value(number).expect("in range");
            prop_assert_eq!(plus_digits(&mut figure, number).to_vec(), number.to_string().into_bytes());
        }
    }
}
