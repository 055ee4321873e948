//! Members as rows.

use std::fmt::Write as _;
use std::io::{self, Write};

use jiff::Timestamp;

use super::column::Column;
use super::history::{History, Known};
use super::join::Joined;
use super::merge::merged;
use super::pseudonym::Key;
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
#[derive(Debug, Clone)]
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

impl Default for Layout {
    fn default() -> Self {
        Self { columns: Column::USUAL.to_vec(), format: Format::default(), excel: false, per_group: false }
    }
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

impl Members {
    /// Members of whom no history is known.
    #[must_use]
    pub fn new(name: impl Into<String>, numbers: NumberSet) -> Self {
        Self { name: name.into(), numbers, history: None }
    }
}

/// The members of groups as a table: one row per number in ascending order (per number and group, if so laid out).
/// Under a key, pseudonyms stand in the place of numbers, and in ascending order: the order of the numbers would tell
/// something of them.
pub struct Table<'a> {
    /// The groups.
    pub groups: &'a [Members],
    /// What the table looks like.
    pub layout: &'a Layout,
    /// Columns that a list brings, read for these very groups.
    pub joined: Option<&'a mut Joined>,
    /// The key of the pseudonyms.
    pub key: Option<&'a Key>,
}

/// What a table has become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Its rows.
    pub rows: u64,
    /// Its numbers.
    pub members: u64,
    /// The numbers that no row of a joined list names.
    pub unjoined: u64,
}

impl<'a> Table<'a> {
    /// A table of nothing but the members.
    #[must_use]
    pub fn new(groups: &'a [Members], layout: &'a Layout) -> Self {
        Self { groups, layout, joined: None, key: None }
    }

    /// Writes the table. Memory does not grow with the rows, but under a key by sixteen bytes a member.
    ///
    /// # Errors
    /// What the writer says, and when joined rows cannot be fetched.
    pub fn write(self, out: impl Write + Send) -> io::Result<Written> {
        let Self { groups, layout, mut joined, key } = self;
        let mut pen = Pen::begin(out, layout, joined.as_deref(), key)?;
        let mut written = Written::default();
        each_number(groups, key, |number, places| {
            let first = places.first().copied().unwrap_or_default();
            let row = match joined.as_deref_mut() {
                Some(joined) => joined.fetch(groups, first, number)?.then_some(&*joined),
                None => None,
            };
            written.members += 1;
            written.unjoined += u64::from(row.is_none());
            pen.write_number(number, groups, places, row)
        })?;
        written.rows = pen.finish()?;
        Ok(written)
    }

    /// Writes only the members that no row of the joined list names, without its columns.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_unjoined(self, out: impl Write + Send) -> io::Result<u64> {
        let Self { groups, layout, joined, key } = self;
        let mut pen = Pen::begin(out, layout, None, key)?;
        each_number(groups, key, |number, places| {
            let first = places.first().copied().unwrap_or_default();
            if joined.as_deref().is_some_and(|joined| joined.has(groups, first, number)) {
                return Ok(());
            }
            pen.write_number(number, groups, places, None)
        })?;
        pen.finish()
    }
}

/// Calls back for each number, in the order of the rows, with the places of the groups that hold it.
fn each_number(
    groups: &[Members],
    key: Option<&Key>,
    mut each: impl FnMut(Msisdn, &[usize]) -> io::Result<()>,
) -> io::Result<()> {
    let mut walk = merged(groups.iter().map(|group| &group.numbers));
    let Some(key) = key else {
        while let Some((number, places)) = walk.next_number() {
            each(number, places)?;
        }
        return Ok(());
    };
    let mut order = Vec::with_capacity(groups.iter().map(|group| group.numbers.len()).sum());
    while let Some((number, _)) = walk.next_number() {
        order.push((key.pseudonym(number).rank(), number));
    }
    order.sort_unstable();
    let mut places = Vec::new();
    for (_, number) in order {
        let holders = groups.iter().enumerate().filter(|(_, group)| group.numbers.contains(number));
        places.clear();
        places.extend(holders.map(|(place, _)| place));
        each(number, &places)?;
    }
    Ok(())
}

/// Writes rows. Its texts are reused, so that a row allocates nothing.
struct Pen<'a, W: Write + Send> {
    rows: Rows<W>,
    layout: &'a Layout,
    key: Option<&'a Key>,
    /// How many columns come from a list.
    brought: usize,
    written: u64,
    /// The number as text, or what stands for it.
    number: String,
    /// The names of the number's groups.
    names: String,
}

impl<'a, W: Write + Send> Pen<'a, W> {
    fn begin(out: W, layout: &'a Layout, joined: Option<&Joined>, key: Option<&'a Key>) -> io::Result<Self> {
        let own = layout.columns.iter().map(|column| column.field());
        let brought = joined.into_iter().flat_map(Joined::fields);
        let fields: Vec<_> = own.chain(brought).collect();
        Ok(Self {
            rows: Rows::begin(out, &fields, layout)?,
            layout,
            key,
            brought: fields.len() - layout.columns.len(),
            written: 0,
            number: String::new(),
            names: String::new(),
        })
    }

    /// Writes the row of a number, or its rows.
    fn write_number(
        &mut self,
        number: Msisdn,
        groups: &[Members],
        places: &[usize],
        row: Option<&Joined>,
    ) -> io::Result<()> {
        self.number.clear();
        match self.key {
            Some(key) => key.pseudonym(number).write(&mut self.number),
            // Writing into a string cannot fail.
            None => drop(write!(self.number, "{number}")),
        }
        let holders = places.iter().filter_map(|place| groups.get(*place));
        if self.layout.per_group {
            for holder in holders {
                self.write_row(number, std::iter::once(holder), row)?;
            }
            return Ok(());
        }
        self.write_row(number, holders, row)
    }

    fn write_row<'m>(
        &mut self,
        number: Msisdn,
        holders: impl Iterator<Item = &'m Members>,
        row: Option<&Joined>,
    ) -> io::Result<()> {
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
        let mut cells = row.into_iter().flat_map(Joined::cells);
        for _ in 0..self.brought {
            self.rows.push(cells.next().map_or(Value::Missing, Value::Text));
        }
        self.written += 1;
        self.rows.end_row()
    }

    /// Ends the table; yields how many rows it has.
    fn finish(self) -> io::Result<u64> {
        self.rows.finish()?;
        Ok(self.written)
    }
}

fn time(instant: Option<Timestamp>) -> Value<'static> {
    instant.map_or(Value::Missing, Value::Time)
}
