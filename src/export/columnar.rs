//! Parquet: typed columns in row groups of bounded size.
//!
//! A row group is kept in memory until it is written, column by column, as that is how it lies in the file. Its size is
//! bounded in rows and in bytes, so that memory does not grow with the table.

use std::io::{self, Write};
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{ColumnPath, Type};

use super::column::{Field, Shape};
use super::rows::Value;

/// Rows of a row group, at most: a multiple of what `DuckDB` reads at once.
const GROUP_ROWS: usize = 122_880;
/// Bytes of text in a row group, at most, give or take one row.
const GROUP_BYTES: usize = 16 << 20;

/// A Parquet file that is being written.
pub(super) struct Columnar<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Pile>,
    /// The column of the next cell.
    next: usize,
    rows: usize,
    bytes: usize,
}

/// The cells of one column in the row group that is being filled.
struct Pile {
    cells: Cells,
    /// Whether each row has a cell, where one may be missing: 1 or 0, as Parquet's definition levels have it.
    present: Option<Vec<i16>>,
}

enum Cells {
    /// All texts, and where each ends.
    Texts(Vec<u8>, Vec<usize>),
    Wholes(Vec<i32>),
    /// Milliseconds since 1970.
    Times(Vec<i64>),
}

impl<W: Write + Send> Columnar<W> {
    pub(super) fn begin(out: W, fields: &[Field]) -> io::Result<Self> {
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("rollcall ", env!("CARGO_PKG_VERSION")).to_owned());
        let mut types = Vec::new();
        for field in fields {
            types.push(Arc::new(column_type(field).map_err(as_io)?));
            // Hardly any number is there twice: a dictionary of them is a second copy.
            let repeats = field.shape != Shape::Phone;
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(field.name.as_str()), repeats);
        }
        let schema = Type::group_type_builder("members").with_fields(types).build().map_err(as_io)?;
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties.build())).map_err(as_io)?;
        Ok(Self { file, columns: fields.iter().map(Pile::of).collect(), next: 0, rows: 0, bytes: 0 })
    }

    pub(super) fn push(&mut self, value: Value<'_>) {
        if let Some(pile) = self.columns.get_mut(self.next) {
            self.bytes += pile.push(value);
        }
        self.next += 1;
    }

    pub(super) fn end_row(&mut self) -> io::Result<()> {
        self.next = 0;
        self.rows += 1;
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
            self.write_group().map_err(as_io)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        if self.rows > 0 {
            self.write_group().map_err(as_io)?;
        }
        self.file.finish().map_err(as_io)?;
        self.file.inner_mut().flush()
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for pile in &mut self.columns {
            if let Some(mut column) = group.next_column()? {
                pile.write(&mut column)?;
                column.close()?;
            }
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

impl Pile {
    fn of(field: &Field) -> Self {
        let cells = match field.shape {
            Shape::Phone | Shape::Text => Cells::Texts(Vec::new(), Vec::new()),
            Shape::Whole => Cells::Wholes(Vec::new()),
            Shape::Time => Cells::Times(Vec::new()),
        };
        Self { cells, present: field.optional.then(Vec::new) }
    }

    /// Adds a cell; yields how many bytes of text it has. A cell of another shape than its column's is missing.
    fn push(&mut self, value: Value<'_>) -> usize {
        let (known, bytes) = match (&mut self.cells, value) {
            (Cells::Texts(texts, ends), Value::Phone(text) | Value::Text(text)) => {
                texts.extend_from_slice(text.as_bytes());
                ends.push(texts.len());
                (true, text.len())
            }
            (Cells::Wholes(wholes), Value::Whole(number)) => {
                wholes.push(i32::from(number));
                (true, 0)
            }
            (Cells::Times(times), Value::Time(instant)) => {
                times.push(instant.as_millisecond());
                (true, 0)
            }
            _ => (false, 0),
        };
        if let Some(present) = &mut self.present {
            present.push(i16::from(known));
        }
        bytes
    }

    /// Writes the cells and forgets them.
    fn write(&mut self, column: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let present = self.present.as_deref();
        match &mut self.cells {
            Cells::Texts(texts, ends) => {
                let texts = Bytes::from(std::mem::take(texts));
                let mut from = 0;
                let values: Vec<ByteArray> =
                    ends.drain(..).map(|end| texts.slice(std::mem::replace(&mut from, end)..end).into()).collect();
                column.typed::<ByteArrayType>().write_batch(&values, present, None)?;
            }
            Cells::Wholes(wholes) => {
                column.typed::<Int32Type>().write_batch(wholes, present, None)?;
                wholes.clear();
            }
            Cells::Times(times) => {
                column.typed::<Int64Type>().write_batch(times, present, None)?;
                times.clear();
            }
        }
        if let Some(present) = &mut self.present {
            present.clear();
        }
        Ok(())
    }
}

fn column_type(field: &Field) -> Result<Type, ParquetError> {
    let (physical, logical) = match field.shape {
        Shape::Phone | Shape::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Shape::Whole => (Physical::INT32, None),
        Shape::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
    };
    let repetition = if field.optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    Type::primitive_type_builder(&field.name, physical).with_logical_type(logical).with_repetition(repetition).build()
}

/// What the system said, where it was the system: a pipe that has gone is told from a disk that is full.
fn as_io(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(source) => io::Error::other(source),
        },
        other => io::Error::other(other),
    }
}
