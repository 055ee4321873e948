//! What is written down of a list: verdicts, clean list, rejects.

use std::io::Write;
use std::path::Path;

use super::judging::{Judged, JudgedRow};
use super::tally::Outcome;
use crate::contacts::{List, write_cell, write_record};
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

/// A paper that could not be written.
pub type PaperError = OutputError;

/// Which papers are wanted, and in what shape.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) verdicts: bool,
    clean: bool,
    rejects: bool,
    pub(super) delimiter: u8,
    every_number: bool,
    files: Vec<String>,
}

impl Wanted {
    pub(super) fn new(papers: &Papers, list: &List, every_number: bool) -> Self {
        Self {
            verdicts: papers.verdicts.is_some(),
            clean: papers.clean.is_some(),
            rejects: papers.rejects.is_some(),
            delimiter: list.delimiter(),
            every_number,
            files: list.files().to_vec(),
        }
    }

    /// Whether some paper wants the record of such a row.
    pub(super) fn record(&self, rejected: bool) -> bool {
        if rejected { self.rejects } else { self.clean }
    }

    /// Whether anything is wanted at all.
    pub(super) fn anything(&self) -> bool {
        self.verdicts || self.clean || self.rejects
    }

    fn file(&self, row: &JudgedRow) -> &str {
        self.files.get(row.file).map_or("", String::as_str)
    }
}

/// The lines of one block, for each paper.
#[derive(Default)]
pub(super) struct Lines {
    verdicts: Vec<u8>,
    clean: Vec<u8>,
    rejects: Vec<u8>,
}

impl Lines {
    /// Writes down what became of the block's rows.
    pub(super) fn compose(&mut self, judged: &Judged, wanted: &Wanted) {
        self.verdicts.clear();
        self.clean.clear();
        self.rejects.clear();
        for row in &judged.rows {
            if wanted.verdicts {
                self.compose_verdicts(judged, row, wanted);
            }
            if wanted.clean && row.outcome == Outcome::Accepted {
                self.compose_clean(judged, row, wanted.delimiter);
            }
            if wanted.rejects && row.outcome == Outcome::Rejected {
                self.compose_reject(judged, row, wanted);
            }
        }
    }

    fn compose_verdicts(&mut self, judged: &Judged, row: &JudgedRow, wanted: &Wanted) {
        let numbers = judged.numbers_of(row);
        let best = numbers.iter().find(|number| number.outcome == row.outcome);
        let shown = if wanted.every_number { numbers } else { best.map(std::slice::from_ref).unwrap_or_default() };
        let out = &mut self.verdicts;
        for number in shown {
            put(out, format_args!("{},", row.line));
            write_cell(out, judged.input(number), b',');
            put(out, format_args!(",{},", number.outcome.as_str()));
            match &number.verdict {
                Ok(reading) => {
                    put(out, format_args!("{},{},{},,{},", reading.msisdn, reading.region, reading.kind, reading.marks))
                }
                Err(rejection) => put(out, format_args!(",,,{},,", rejection.reason)),
            }
            write_cell(out, wanted.file(row).as_bytes(), b',');
            out.push(b'\n');
        }
    }

    fn compose_clean(&mut self, judged: &Judged, row: &JudgedRow, delimiter: u8) {
        let out = &mut self.clean;
        for number in judged.numbers_of(row) {
            if let (Outcome::Accepted, Ok(reading)) = (number.outcome, &number.verdict) {
                out.extend_from_slice(judged.record(row));
                out.push(delimiter);
                put_msisdn(out, reading.msisdn);
                out.push(delimiter);
                out.extend_from_slice(reading.region.as_str().as_bytes());
                out.push(delimiter);
                out.extend_from_slice(reading.kind.as_str().as_bytes());
                out.push(b'\n');
            }
        }
    }

    fn compose_reject(&mut self, judged: &Judged, row: &JudgedRow, wanted: &Wanted) {
        let out = &mut self.rejects;
        let delimiter = wanted.delimiter;
        let rejection = judged.numbers_of(row).iter().find_map(|number| number.verdict.as_ref().err());
        let Some(rejection) = rejection else { return };
        out.extend_from_slice(judged.record(row));
        out.push(delimiter);
        write_cell(out, wanted.file(row).as_bytes(), delimiter);
        out.push(delimiter);
        put(out, format_args!("{}", row.line));
        out.push(delimiter);
        out.extend_from_slice(rejection.reason.as_str().as_bytes());
        out.push(delimiter);
        write_cell(out, rejection.detail.as_bytes(), delimiter);
        out.push(delimiter);
        if let Some(suggestion) = rejection.suggestion {
            put_msisdn(out, suggestion);
        }
        out.push(b'\n');
    }
}

/// `+` and the digits, without the machinery of formatting: this is done for every accepted row.
fn put_msisdn(out: &mut Vec<u8>, number: crate::numbers::Msisdn) {
    let mut digits = [0_u8; 16];
    let mut rest = number.value();
    let mut start = digits.len();
    for place in digits.iter_mut().rev() {
        if rest == 0 {
            break;
        }
        *place = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        start -= 1;
    }
    out.push(b'+');
    out.extend_from_slice(digits.get(start..).unwrap_or_default());
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing into a vector cannot fail.
    let _ = out.write_fmt(text);
}

impl Papers {
    /// Writes the header lines.
    pub(super) fn begin(&mut self, list: &List) -> Result<(), PaperError> {
        let own = |extra: &[&str]| {
            let mut line = Vec::new();
            let columns = list.header().iter().map(Vec::as_slice).chain(extra.iter().map(|name| name.as_bytes()));
            write_record(&mut line, columns, list.delimiter());
            line.push(b'\n');
            line
        };
        append(&mut self.verdicts, "verdicts", b"line,input,outcome,e164,region,type,reason,repairs,file\n")?;
        append(&mut self.clean, "clean list", &own(&["_e164", "_region", "_type"]))?;
        append(&mut self.rejects, "rejects", &own(&["_file", "_line", "_reason", "_detail", "_suggestion"]))
    }

    /// Writes the lines of one block.
    pub(super) fn append(&mut self, lines: &Lines) -> Result<(), PaperError> {
        append(&mut self.verdicts, "verdicts", &lines.verdicts)?;
        append(&mut self.clean, "clean list", &lines.clean)?;
        append(&mut self.rejects, "rejects", &lines.rejects)
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

fn append(paper: &mut Option<Output>, name: &str, bytes: &[u8]) -> Result<(), PaperError> {
    match paper {
        Some(output) => {
            output.write_all(bytes).map_err(|source| PaperError { path: Path::new(name).to_owned(), source })
        }
        None => Ok(()),
    }
}
