//! One line a row: CSV, TSV, and JSON.

use std::fmt::{Display, Write as _};
use std::io::{self, Write};

use super::column::Field;
use super::rows::Value;
use super::spreadsheet::{self, Cell};
use crate::contacts::RecordWriter;

/// CSV and TSV.
pub(super) struct Separated<W> {
    records: RecordWriter<W>,
    /// For a spreadsheet, which takes cells for what they look like.
    excel: bool,
    /// A cell while it is put together.
    text: String,
}

impl<W: Write> Separated<W> {
    pub(super) fn begin(mut out: W, delimiter: u8, excel: bool, fields: &[Field]) -> io::Result<Self> {
        if excel {
            // Without it, Excel takes UTF-8 for the encoding of the computer's country.
            out.write_all("\u{feff}".as_bytes())?;
        }
        let mut rows = Self { records: RecordWriter::new(out, delimiter), excel, text: String::new() };
        for field in fields {
            rows.push(Value::Text(&field.name));
        }
        rows.end_row()?;
        Ok(rows)
    }

    pub(super) fn push(&mut self, value: Value<'_>) {
        match value {
            Value::Missing => self.records.push_cell(b""),
            Value::Phone(text) if self.excel => self.push_excel(Cell::phone(text)),
            Value::Text(text) if self.excel => self.push_excel(spreadsheet::cell(text)),
            Value::Phone(text) | Value::Text(text) => self.records.push_cell(text.as_bytes()),
            Value::Whole(number) => self.push_shown(&number),
            Value::Time(instant) => self.push_shown(&instant),
        }
    }

    fn push_shown(&mut self, value: &impl Display) {
        self.text.clear();
        // Writing into a string cannot fail.
        let _ = write!(self.text, "{value}");
        self.records.push_cell(self.text.as_bytes());
    }

    fn push_excel(&mut self, cell: Cell<'_>) {
        self.text.clear();
        match cell {
            Cell::Plain(text) => self.records.push_cell(text.as_bytes()),
            // Its quotes stand inside of the cell, where a quote is a character like any other.
            Cell::Literal(text) => {
                let _ = write!(self.text, "=\"{text}\"");
                self.records.push_verbatim(self.text.as_bytes());
            }
            Cell::Guarded(text) => {
                spreadsheet::guard(text, &mut self.text);
                self.records.push_cell(self.text.as_bytes());
            }
        }
    }

    pub(super) fn end_row(&mut self) -> io::Result<()> {
        self.records.end_record()
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.records.into_inner().flush()
    }
}

/// One JSON object a line.
pub(super) struct Ndjson<W> {
    out: W,
    /// What stands before each cell: `{"msisdn":`, `,"region":`, ….
    keys: Vec<Vec<u8>>,
    line: Vec<u8>,
    cells: usize,
}

impl<W: Write> Ndjson<W> {
    pub(super) fn begin(out: W, fields: &[Field]) -> Self {
        let key = |(place, field): (usize, &Field)| {
            let mut key = vec![if place == 0 { b'{' } else { b',' }];
            push_string(&mut key, &field.name);
            key.push(b':');
            key
        };
        Self { out, keys: fields.iter().enumerate().map(key).collect(), line: Vec::new(), cells: 0 }
    }

    pub(super) fn push(&mut self, value: Value<'_>) {
        self.line.extend_from_slice(self.keys.get(self.cells).map(Vec::as_slice).unwrap_or_default());
        self.cells += 1;
        match value {
            Value::Missing => self.line.extend_from_slice(b"null"),
            Value::Phone(text) | Value::Text(text) => push_string(&mut self.line, text),
            // Writing into memory cannot fail.
            Value::Whole(number) => drop(write!(self.line, "{number}")),
            Value::Time(instant) => drop(write!(self.line, "\"{instant}\"")),
        }
    }

    pub(super) fn end_row(&mut self) -> io::Result<()> {
        self.line.extend_from_slice(b"}\n");
        let written = self.out.write_all(&self.line);
        self.line.clear();
        self.cells = 0;
        written
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn push_string(line: &mut Vec<u8>, text: &str) {
    // A string is JSON, and writing into memory cannot fail.
    let _ = serde_json::to_writer(line, text);
}
