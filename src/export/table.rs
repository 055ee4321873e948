//! Members as rows.

use std::fmt::Write as _;
use std::io::{self, Write};

use jiff::Timestamp;

use super::column::Column;
use super::history::{History, Known};
use super::merge::merged;
use super::rows::{Rows, Value};
use crate::numbers::{self, Msisdn, NumberSet};

/// The form of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Separated by commas.
    #[default]
    Csv,
    /// Separated by tabs.
    Tsv,
    /// One JSON object a line.
    Ndjson,
    /// Typed columns, compressed with zstd.
    Parquet,
}

/// What an export looks like.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// The columns, in order, none of them twice.
    pub columns: Vec<Column>,
    /// The form of the rows.
    pub format: Format,
    /// CSV and TSV for a spreadsheet: a byte order mark, numbers that stay as they are, no formulas.
    pub excel: bool,
    /// One row per number and group, instead of one per number with its groups joined.
    pub per_group: bool,
}

/// The members of one group.
#[derive(Debug)]
pub struct Members {
    /// The group's name, or its id where it has none.
    pub name: String,
    /// Who.
    pub numbers: NumberSet,
    /// What the ledger knows of them, when a column asks for it.
    pub history: Option<History>,
}

/// Writes the members of groups, one row per number in ascending order (per number and group, if so laid out).
/// Returns the number of rows. Memory does not grow with the rows.
///
/// # Errors
/// What the writer says.
pub fn write(groups: &[Members], layout: &Layout, out: impl Write + Send) -> io::Result<u64> {
    let fields: Vec<_> = layout.columns.iter().map(|column| column.field()).collect();
    let mut pen = Pen {
        rows: Rows::begin(out, &fields, layout)?,
        layout,
        written: 0,
        number: String::new(),
        names: String::new(),
    };
    let mut walk = merged(groups.iter().map(|group| &group.numbers));
    while let Some((number, places)) = walk.next_number() {
        let holders = places.iter().filter_map(|place| groups.get(*place));
        if layout.per_group {
            for holder in holders {
                pen.write(number, std::iter::once(holder))?;
            }
        } else {
            pen.write(number, holders)?;
        }
    }
    pen.rows.finish()?;
    Ok(pen.written)
}

/// Writes rows. Its texts are reused, so that a row allocates nothing.
struct Pen<'a, W: Write + Send> {
    rows: Rows<W>,
    layout: &'a Layout,
    written: u64,
    /// The number as text.
    number: String,
    /// The names of the number's groups.
    names: String,
}

impl<W: Write + Send> Pen<'_, W> {
    fn write<'a>(&mut self, number: Msisdn, holders: impl Iterator<Item = &'a Members>) -> io::Result<()> {
        let mut known = Known::default();
        self.names.clear();
        for (place, holder) in holders.enumerate() {
            if place > 0 {
                self.names.push(';');
            }
            self.names.push_str(&holder.name);
            if let Some(history) = &holder.history {
                known = known.and(history.of(&holder.numbers, number));
            }
        }
        self.number.clear();
        // Writing into a string cannot fail.
        let _ = write!(self.number, "{number}");
        let (region, kind) = numbers::describe(number);
        for column in &self.layout.columns {
            let formatted;
            let value = match column {
                Column::Msisdn => Value::Phone(&self.number),
                Column::Region => Value::Text(region.as_str()),
                Column::Type => Value::Text(kind.as_str()),
                Column::Group => Value::Text(&self.names),
                Column::National => {
                    formatted = numbers::national_format(number);
                    Value::Phone(&formatted)
                }
                Column::International => {
                    formatted = numbers::international_format(number);
                    Value::Phone(&formatted)
                }
                Column::CallingCode => numbers::calling_code(number).map_or(Value::Missing, Value::Whole),
                Column::FirstSeen => time(known.first_seen),
                Column::LastSeen => time(known.last_seen),
                Column::LeftAt => time(known.left_at),
            };
            self.rows.push(value);
        }
        self.written += 1;
        self.rows.end_row()
    }
}

fn time(instant: Option<Timestamp>) -> Value<'static> {
    instant.map_or(Value::Missing, Value::Time)
}
