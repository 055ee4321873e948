//! Members as rows.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use super::merge::merged;
use crate::numbers::{self, Msisdn, NumberSet};

/// A column of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// `+` and the digits.
    Msisdn,
    /// The region that the number belongs to.
    Region,
    /// The number's type.
    Type,
    /// The group's name, or its id where it has none; several are joined by `;`.
    Group,
}

/// A column that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no column `{0}`; there are msisdn, region, type, group")]
pub struct UnknownColumn(String);

impl Column {
    /// All columns, in their usual order.
    pub const ALL: [Self; 4] = [Self::Msisdn, Self::Region, Self::Type, Self::Group];

    /// The column's name in the header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Msisdn => "msisdn",
            Self::Region => "region",
            Self::Type => "type",
            Self::Group => "group",
        }
    }
}

impl FromStr for Column {
    type Err = UnknownColumn;

    fn from_str(name: &str) -> Result<Self, UnknownColumn> {
        Self::ALL.into_iter().find(|column| column.as_str() == name).ok_or_else(|| UnknownColumn(name.to_owned()))
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The form of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Separated by commas.
    #[default]
    Csv,
    /// Separated by tabs.
    Tsv,
}

/// What an export looks like.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The form of the rows.
    pub format: Format,
    /// One row per number and group, instead of one per number with its groups joined.
    pub per_group: bool,
}

/// Writes the members of groups, one row per number in ascending order (per number and group, if so laid out).
/// Returns the number of rows.
///
/// # Errors
/// What the writer says.
pub fn write(groups: &[(String, NumberSet)], layout: &Layout, out: impl Write) -> io::Result<u64> {
    let delimiter = match layout.format {
        Format::Csv => b',',
        Format::Tsv => b'\t',
    };
    let mut rows = csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
    rows.write_record(layout.columns.iter().map(|column| column.as_str()))?;
    let mut walk = merged(groups.iter().map(|(_, members)| members));
    let mut written = 0;
    let mut cell = String::new();
    while let Some((number, holders)) = walk.next_number() {
        let mut names = holders.iter().filter_map(|index| groups.get(*index).map(|(name, _)| name.as_str()));
        if layout.per_group {
            for name in names {
                write_row(&mut rows, layout, number, name)?;
                written += 1;
            }
        } else {
            cell.clear();
            cell.extend(names.next());
            for name in names {
                cell.push(';');
                cell.push_str(name);
            }
            write_row(&mut rows, layout, number, &cell)?;
            written += 1;
        }
    }
    rows.flush()?;
    Ok(written)
}

fn write_row<W: Write>(rows: &mut csv::Writer<W>, layout: &Layout, number: Msisdn, group: &str) -> io::Result<()> {
    let (region, kind) = numbers::describe(number);
    for column in &layout.columns {
        match column {
            Column::Msisdn => rows.write_field(number.to_string())?,
            Column::Region => rows.write_field(region.as_str())?,
            Column::Type => rows.write_field(kind.as_str())?,
            Column::Group => rows.write_field(group)?,
        }
    }
    rows.write_record(None::<&[u8]>)?;
    Ok(())
}
