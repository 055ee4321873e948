//! Rows on their way into a file, in whichever form.

use std::io::{self, Write};

use jiff::Timestamp;

use super::column::Field;
use super::columnar::Columnar;
use super::lines::{Ndjson, Separated};
use super::{Format, Layout};

/// One cell, before a format has written it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// Nothing is known.
    Missing,
    /// A number, or what stands for it: text that no spreadsheet may take for an amount.
    Phone(&'a str),
    /// Any other text.
    Text(&'a str),
    /// A small whole number.
    Whole(u16),
    /// An instant.
    Time(Timestamp),
}

/// A table that is being written. Memory does not grow with the rows.
pub(super) enum Rows<W: Write + Send> {
    Separated(Separated<W>),
    Ndjson(Ndjson<W>),
    Columnar(Box<Columnar<W>>),
}

impl<W: Write + Send> Rows<W> {
    /// Begins a table with these columns.
    pub(super) fn begin(out: W, fields: &[Field], layout: &Layout) -> io::Result<Self> {
        Ok(match layout.format {
            Format::Csv => Self::Separated(Separated::begin(out, b',', layout.excel, fields)?),
            Format::Tsv => Self::Separated(Separated::begin(out, b'\t', layout.excel, fields)?),
            Format::Ndjson => Self::Ndjson(Ndjson::begin(out, fields)),
            Format::Parquet => Self::Columnar(Box::new(Columnar::begin(out, fields)?)),
        })
    }

    /// Adds the row's next cell. There are as many as columns, in their order, and each has its column's shape.
    pub(super) fn push(&mut self, value: Value<'_>) {
        match self {
            Self::Separated(rows) => rows.push(value),
            Self::Ndjson(rows) => rows.push(value),
            Self::Columnar(rows) => rows.push(value),
        }
    }

    /// Ends the row.
    pub(super) fn end_row(&mut self) -> io::Result<()> {
        match self {
            Self::Separated(rows) => rows.end_row(),
            Self::Ndjson(rows) => rows.end_row(),
            Self::Columnar(rows) => rows.end_row(),
        }
    }

    /// Ends the table.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Separated(rows) => rows.finish(),
            Self::Ndjson(rows) => rows.finish(),
            Self::Columnar(rows) => rows.finish(),
        }
    }
}
