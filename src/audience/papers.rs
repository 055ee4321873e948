//! What is written down of a list: verdicts, clean list, rejects.

use std::io::Write;
use std::path::Path;

use super::judging::{Judged, JudgedRow};
use super::tally::Outcome;
use crate::contacts::{List, RecordWriter};
use crate::numbers::Msisdn;
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
}

/// The lines of one block, for each paper.
pub(super) struct Lines {
    verdicts: RecordWriter<Vec<u8>>,
    clean: RecordWriter<Vec<u8>>,
    rejects: RecordWriter<Vec<u8>>,
    /// A figure on its way into a cell.
    figure: Vec<u8>,
}

impl Lines {
    pub(super) fn new(wanted: &Wanted) -> Self {
        let writer = |delimiter| RecordWriter::new(Vec::new(), delimiter);
        Self {
            verdicts: writer(b','),
            clean: writer(wanted.delimiter),
            rejects: writer(wanted.delimiter),
            figure: Vec::new(),
        }
    }

    /// Writes down what became of the block's rows.
    pub(super) fn compose(&mut self, judged: &Judged, wanted: &Wanted) {
        for paper in [&mut self.verdicts, &mut self.clean, &mut self.rejects] {
            paper.get_mut().clear();
        }
        let file = wanted.files.get(judged.block.file()).map_or("", String::as_str);
        for row in &judged.rows {
            if wanted.verdicts {
                self.compose_verdicts(judged, row, file, wanted.every_number);
            }
            if wanted.clean && row.outcome == Outcome::Accepted {
                self.compose_clean(judged, row);
            }
            if wanted.rejects && row.outcome == Outcome::Rejected {
                self.compose_reject(judged, row, file);
            }
        }
    }

    fn compose_verdicts(&mut self, judged: &Judged, row: &JudgedRow, file: &str, every_number: bool) {
        let numbers = judged.numbers_of(row);
        let best = numbers.iter().find(|number| number.outcome == row.outcome);
        let shown = if every_number { numbers } else { best.map(std::slice::from_ref).unwrap_or_default() };
        for number in shown {
            let out = &mut self.verdicts;
            out.push_cell(decimal(&mut self.figure, row.line));
            out.push_cell(judged.input(number));
            out.push_cell(number.outcome.as_str().as_bytes());
            match &number.verdict {
                Ok(reading) => {
                    out.push_cell(plus_digits(&mut self.figure, reading.msisdn));
                    out.push_cell(reading.region.as_str().as_bytes());
                    out.push_cell(reading.kind.as_str().as_bytes());
                    out.push_cell(b"");
                    self.figure.clear();
                    for (index, mark) in reading.marks.iter().enumerate() {
                        self.figure.extend_from_slice(if index > 0 { b"+" } else { b"" });
                        self.figure.extend_from_slice(mark.as_str().as_bytes());
                    }
                    out.push_cell(&self.figure);
                }
                Err(rejection) => {
                    for _ in 0..3 {
                        out.push_cell(b"");
                    }
                    out.push_cell(rejection.reason.as_str().as_bytes());
                    out.push_cell(b"");
                }
            }
            out.push_cell(file.as_bytes());
            end(out);
        }
    }

    fn compose_clean(&mut self, judged: &Judged, row: &JudgedRow) {
        for number in judged.numbers_of(row) {
            if let (Outcome::Accepted, Ok(reading)) = (number.outcome, &number.verdict) {
                let out = &mut self.clean;
                out.push_verbatim(judged.record(row));
                out.push_cell(plus_digits(&mut self.figure, reading.msisdn));
                out.push_cell(reading.region.as_str().as_bytes());
                out.push_cell(reading.kind.as_str().as_bytes());
                end(out);
            }
        }
    }

    fn compose_reject(&mut self, judged: &Judged, row: &JudgedRow, file: &str) {
        let rejection = judged.numbers_of(row).iter().find_map(|number| number.verdict.as_ref().err());
        let Some(rejection) = rejection else { return };
        let out = &mut self.rejects;
        out.push_verbatim(judged.record(row));
        out.push_cell(file.as_bytes());
        out.push_cell(decimal(&mut self.figure, row.line));
        out.push_cell(rejection.reason.as_str().as_bytes());
        out.push_cell(rejection.detail.as_bytes());
        match rejection.suggestion {
            Some(suggestion) => out.push_cell(plus_digits(&mut self.figure, suggestion)),
            None => out.push_cell(b""),
        }
        end(out);
    }
}

fn end(out: &mut RecordWriter<Vec<u8>>) {
    // Writing into a vector cannot fail.
    let _ = out.end_record();
}

/// `+` and the digits. Written by hand, because the machinery of formatting costs more than the rest of the row.
fn plus_digits(figure: &mut Vec<u8>, number: Msisdn) -> &[u8] {
    decimal(figure, number.value());
    figure.insert(0, b'+');
    figure
}

/// The digits of a figure.
fn decimal(figure: &mut Vec<u8>, mut value: u64) -> &[u8] {
    figure.clear();
    loop {
        figure.push(b'0' + u8::try_from(value % 10).unwrap_or_default());
        value /= 10;
        if value == 0 {
            break;
        }
    }
    figure.reverse();
    figure
}

impl Papers {
    /// Writes the header lines.
    pub(super) fn begin(&mut self, list: &List) -> Result<(), PaperError> {
        let own = |extra: &[&str]| {
            let mut line = RecordWriter::new(Vec::new(), list.delimiter());
            for column in list.header().iter().map(Vec::as_slice).chain(extra.iter().map(|name| name.as_bytes())) {
                line.push_cell(column);
            }
            end(&mut line);
            line.into_inner()
        };
        append(&mut self.verdicts, "verdicts", b"line,input,outcome,e164,region,type,reason,repairs,file\n")?;
        append(&mut self.clean, "clean list", &own(&["_e164", "_region", "_type"]))?;
        append(&mut self.rejects, "rejects", &own(&["_file", "_line", "_reason", "_detail", "_suggestion"]))
    }

    /// Writes the lines of one block.
    pub(super) fn append(&mut self, lines: &Lines) -> Result<(), PaperError> {
        append(&mut self.verdicts, "verdicts", lines.verdicts.get_ref())?;
        append(&mut self.clean, "clean list", lines.clean.get_ref())?;
        append(&mut self.rejects, "rejects", lines.rejects.get_ref())
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
