//! A list's own columns, brought back to the members that its rows name.
//!
//! The list is read once, before a row is written. Of its rows only those are kept that name a member, in a private file
//! without a name when they are many; memory grows by eight bytes a member.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::column::{Field, Shape};
use super::shelf::Shelf;
use super::{Layout, Members};
use crate::contacts::{Block, ColumnRef, ContactsError, List, REJECTS_COLUMNS, RecordWriter, Row, Scratch};
use crate::numbers::{Msisdn, Normalizer, Reason, Region, Rejection, RowRegion, Verdict, calling_code, describe};
use crate::output::OutputError;

/// How a list is joined.
pub struct JoinSettings<'a> {
    /// Reads the cells.
    pub normalizer: &'a Normalizer,
    /// The region of rows that name none.
    pub region: Option<Region>,
    /// The columns that are wanted; all of them when none is named.
    pub columns: &'a [ColumnRef],
    /// Whether no cell may show a member's number.
    pub private: bool,
    /// Set from elsewhere when nobody wants the answer any more.
    pub stop: &'a AtomicBool,
}

/// A list's columns for the members that its rows name.
pub struct Joined {
    names: Vec<String>,
    /// For each group and member where its row is kept, from 1; 0 for none. Of a member of several groups the first
    /// counts.
    places: Vec<Vec<u64>>,
    shelf: Shelf,
    figures: JoinFigures,
}

/// What became of the list's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JoinFigures {
    /// All rows.
    pub rows: u64,
    /// Rows that name a member nobody had named before.
    pub matched: u64,
    /// Rows that name only members who had a row already: the first counts.
    pub repeated: u64,
    /// Rows whose numbers are no members.
    pub unmatched: u64,
    /// Rows without a number that can be read.
    pub rejected: u64,
}

/// Why a list cannot be joined.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the messages show")]
pub enum JoinError {
    /// The list itself.
    #[error(transparent)]
    Contacts(#[from] ContactsError),
    /// The rows without a member cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The rows that were found cannot be kept.
    #[error("cannot keep the joined rows")]
    Shelf(#[source] io::Error),
    /// A cell shows a number that is to stay hidden.
    #[error("the column `{column}` of {file} shows the number of a member on line {line}")]
    Reveals { column: String, file: String, line: u64 },
    /// Someone asked to stop.
    #[error("stopped while the list was read; nothing was written")]
    Interrupted,
}

impl JoinError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Contacts(error) => error.hint(),
            Self::Output(error) => error.hint(),
            Self::Shelf(_) => {
                Some("free some space in the folder for temporary files, or name another with TMPDIR".to_owned())
            }
            Self::Reveals { .. } => Some("name the columns to bring with --join-columns, without this one".to_owned()),
            Self::Interrupted => None,
        }
    }
}

/// The reason of a row whose numbers are no members.
const NOT_A_MEMBER: &str = "not_a_member";

impl Joined {
    /// Reads a list to its end for the members of groups. Rows that match no member are written to `rest` as rejects are:
    /// with their own columns, so that they can be mended or imported.
    ///
    /// # Errors
    /// When the list or the rest fails, when a column does not exist, or when a number would be shown that must not be.
    pub fn read(
        mut list: List,
        groups: &[Members],
        layout: &Layout,
        settings: &JoinSettings<'_>,
        rest: Option<Rest<'_>>,
    ) -> Result<Self, JoinError> {
        let wanted = wanted(&list, settings.columns)?;
        let header: Vec<String> =
            wanted.iter().filter_map(|place| list.header().get(*place)).map(|name| text(name)).collect();
        let mut desk = Desk {
            groups,
            settings,
            files: list.files().to_vec(),
            shown: wanted.iter().map(|place| list.shown_column(*place)).collect(),
            rest: rest.map(|rest| rest.begin(&list)).transpose()?,
            joined: Self {
                names: distinct(&header, layout),
                places: groups.iter().map(|group| vec![0; group.numbers.len()]).collect(),
                shelf: Shelf::default(),
                figures: JoinFigures::default(),
            },
            wanted,
            verdicts: Vec::new(),
            meant: Vec::new(),
        };
        let (mut block, mut scratch) = (Block::default(), Scratch::default());
        while list.next_block(&mut block)? {
            if settings.stop.load(Ordering::Relaxed) {
                return Err(JoinError::Interrupted);
            }
            let mut rows = block.rows(&mut scratch);
            while let Some(row) = rows.next_row() {
                desk.row(&row)?;
            }
        }
        Ok(desk.joined)
    }

    /// What became of the rows.
    #[must_use]
    pub fn figures(&self) -> JoinFigures {
        self.figures
    }

    /// The names of the columns in the table.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = Field> + '_ {
        self.names.iter().map(|name| Field { name: name.clone(), shape: Shape::Text, optional: true })
    }

    /// Whether a row names the member, of whose groups this is the first.
    pub(super) fn has(&self, groups: &[Members], first: usize, number: Msisdn) -> bool {
        self.place(groups, first, number) > 0
    }

    /// Fetches the cells of a member's row for [`Self::cells`]; `false` when it has none.
    pub(super) fn fetch(&mut self, groups: &[Members], first: usize, number: Msisdn) -> io::Result<bool> {
        match self.place(groups, first, number).checked_sub(1) {
            Some(place) => self.shelf.fetch(place).map(|()| true),
            None => Ok(false),
        }
    }

    /// The cells that were fetched last, in the order of the columns.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        self.shelf.cells()
    }

    fn place(&self, groups: &[Members], first: usize, number: Msisdn) -> u64 {
        let slot = slot(groups.get(first), number);
        slot.and_then(|slot| self.places.get(first)?.get(slot).copied()).unwrap_or_default()
    }
}

fn slot(group: Option<&Members>, number: Msisdn) -> Option<usize> {
    group?.numbers.as_slice().binary_search(&number).ok()
}

/// The list while it is read.
struct Desk<'a, 'r> {
    groups: &'a [Members],
    settings: &'a JoinSettings<'a>,
    files: Vec<String>,
    /// The columns' names as messages may show them.
    shown: Vec<String>,
    /// The places of the wanted columns in the list's header.
    wanted: Vec<usize>,
    rest: Option<OpenRest<'r>>,
    joined: Joined,
    verdicts: Vec<Verdict>,
    meant: Vec<Msisdn>,
}

/// How a row stands to the members, the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    /// It is the first that names some member.
    First,
    /// It names only members who had a row already.
    Again,
    /// Its numbers are no members.
    Stranger,
    /// It has no number that can be read.
    Unreadable,
}

impl Desk<'_, '_> {
    fn row(&mut self, row: &Row<'_>) -> Result<(), JoinError> {
        let region = self.read(row);
        let found = self.keep(row).map_err(JoinError::Shelf)?;
        let figures = &mut self.joined.figures;
        figures.rows += 1;
        match found {
            Match::First => figures.matched += 1,
            Match::Again => figures.repeated += 1,
            Match::Stranger => figures.unmatched += 1,
            Match::Unreadable => figures.rejected += 1,
        }
        if matches!(found, Match::First | Match::Again) {
            return if self.settings.private { self.look_for_numbers(row, region) } else { Ok(()) };
        }
        let Some(rest) = &mut self.rest else { return Ok(()) };
        let why = self.verdicts.iter().find_map(|verdict| verdict.as_ref().err());
        let why = why.filter(|_| found == Match::Unreadable);
        let file = self.files.get(row.file()).map(String::as_str).unwrap_or_default();
        Ok(rest.write(row, file, why)?)
    }

    /// Keeps the row for the members that it is the first to name.
    fn keep(&mut self, row: &Row<'_>) -> io::Result<Match> {
        let (mut found, mut kept) = (Match::Unreadable, None);
        for number in self.verdicts.iter().flatten().map(|reading| reading.msisdn) {
            let mut groups = self.groups.iter().zip(&mut self.joined.places);
            let holder = groups.find_map(|(group, places)| places.get_mut(slot(Some(group), number)?));
            match holder {
                None => found = found.min(Match::Stranger),
                Some(place) if *place > 0 => found = found.min(Match::Again),
                Some(place) => {
                    let at = match kept {
                        Some(at) => at,
                        None => self.joined.shelf.put(cells(row, &self.wanted))?,
                    };
                    (kept, found) = (Some(at), Match::First);
                    *place = at + 1;
                }
            }
        }
        Ok(found)
    }

    /// Reads the phone cells of a row; a damaged row has none that can be trusted.
    fn read(&mut self, row: &Row<'_>) -> RowRegion {
        let given = self.settings.region.map_or(RowRegion::None, RowRegion::Known);
        let region = row.region().map_or(given, |cell| RowRegion::of_cell(cell, given));
        self.verdicts.clear();
        if let Some(damage) = row.damage() {
            self.verdicts.push(Err(Rejection::new(Reason::MalformedRow, damage)));
            return region;
        }
        let filled = row.phones().any(|cell| !cell.trim_ascii().is_empty());
        for cell in row.phones() {
            if !filled || !cell.trim_ascii().is_empty() {
                self.settings.normalizer.read(cell, region, |verdict| self.verdicts.push(verdict));
            }
        }
        region
    }

    /// Refuses a cell that could be read as the number of any member, by the row's region or by that of its own number,
    /// or that holds the digits of its own number in whatever form.
    fn look_for_numbers(&mut self, row: &Row<'_>, region: RowRegion) -> Result<(), JoinError> {
        let own: Vec<Msisdn> = self.verdicts.iter().flatten().map(|reading| reading.msisdn).collect();
        for (column, cell) in cells(row, &self.wanted).enumerate() {
            self.meant.clear();
            self.settings.normalizer.likenesses(cell, region, &mut self.meant);
            for number in &own {
                let home = RowRegion::Known(describe(*number).0);
                self.settings.normalizer.likenesses(cell, home, &mut self.meant);
            }
            let is_member = |number: &Msisdn| self.groups.iter().any(|group| group.numbers.contains(*number));
            if self.meant.iter().any(is_member) || own.iter().any(|number| holds_digits(cell, *number)) {
                return Err(JoinError::Reveals {
                    column: self.shown.get(column).cloned().unwrap_or_default(),
                    file: self.files.get(row.file()).cloned().unwrap_or_default(),
                    line: row.line(),
                });
            }
        }
        Ok(())
    }
}

/// Whether the digits of a cell, one after the other, have those of a national number among them.
fn holds_digits(cell: &[u8], number: Msisdn) -> bool {
    let code = calling_code(number).map(|code| code.to_string()).unwrap_or_default();
    let all = number.value().to_string();
    let national = all.strip_prefix(&code).unwrap_or(&all).as_bytes();
    let digits: Vec<u8> = cell.iter().copied().filter(u8::is_ascii_digit).collect();
    !national.is_empty() && digits.windows(national.len()).any(|window| window == national)
}

/// Where the rows go that match no member.
pub struct Rest<'a> {
    /// The open file.
    pub out: &'a mut (dyn Write + 'a),
    /// What it is called.
    pub path: &'a Path,
}

impl<'a> Rest<'a> {
    fn begin(self, list: &List) -> Result<OpenRest<'a>, OutputError> {
        let mut rest = OpenRest { records: RecordWriter::new(self.out, list.delimiter()), path: self.path };
        let own = list.header().iter().map(Vec::as_slice);
        let written = rest.records.write_record(own.chain(REJECTS_COLUMNS.iter().map(|name| name.as_bytes())));
        written.map_err(|source| rest.failed(source))?;
        Ok(rest)
    }
}

/// The same, with its header written.
struct OpenRest<'a> {
    records: RecordWriter<&'a mut (dyn Write + 'a)>,
    path: &'a Path,
}

impl OpenRest<'_> {
    fn write(&mut self, row: &Row<'_>, file: &str, why: Option<&Rejection>) -> Result<(), OutputError> {
        for cell in row.union_cells() {
            self.records.push_cell(cell);
        }
        let suggestion = why.and_then(|why| why.suggestion).map(|number| number.to_string()).unwrap_or_default();
        let reason = why.map_or(NOT_A_MEMBER, |why| why.reason.as_str());
        let detail = why.map_or("no member has this number", |why| &*why.detail);
        for cell in [file, &row.line().to_string(), reason, detail, &suggestion] {
            self.records.push_cell(cell.as_bytes());
        }
        self.records.end_record().map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> OutputError {
        OutputError { path: self.path.to_owned(), source }
    }
}

/// A row's cells in the wanted columns.
fn cells<'a>(row: &Row<'a>, wanted: &[usize]) -> impl Iterator<Item = &'a [u8]> {
    wanted.iter().map(|place| row.union_cell(*place))
}

/// The places of the wanted columns in the list's header.
fn wanted(list: &List, columns: &[ColumnRef]) -> Result<Vec<usize>, ContactsError> {
    if columns.is_empty() {
        return Ok((0..list.header().len()).collect());
    }
    columns.iter().map(|column| list.column(column)).collect()
}

/// Names that none of the table's columns has, and none of the others: a second `name` is `name_2`, and what the export
/// itself calls `region` is `joined_region`.
fn distinct(header: &[String], layout: &Layout) -> Vec<String> {
    let mut taken: BTreeSet<String> = layout.columns.iter().map(|column| column.as_str().to_owned()).collect();
    let mut names = Vec::new();
    for name in header {
        let name = if layout.columns.iter().any(|column| column.as_str() == name) {
            format!("joined_{name}")
        } else {
            name.clone()
        };
        let numbered = (2..).map(|count: u32| format!("{name}_{count}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(name);
        taken.insert(free.clone());
        names.push(free);
    }
    names
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
