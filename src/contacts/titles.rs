//! What stands above a header: a title, a date, the name of whoever has exported the list. Spreadsheets are fond of it.

use super::block::{Block, Scratch};
use super::guess::{PhoneJudge, looks_like_phone, worth_asking};
use super::words::{self, Named};
use super::{ColumnRef, ReadOptions};

/// Records above a header, at most.
const MOST: usize = 5;

/// Rows behind a header that are looked at: one of them must have a number where the header promises one.
const ROWS: usize = 20;

/// Text above a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Above {
    /// Records.
    pub(super) records: usize,
    /// Bytes of text.
    pub(super) bytes: usize,
    /// Lines.
    pub(super) lines: u64,
}

type Record = Vec<Vec<u8>>;

/// Finds the titles above a header, where nothing else can be meant: each has a cell or two, the header below them names
/// a phone column, as the user or everybody does, and a row below that has a number there.
pub(super) fn titles(block: &Block, width: usize, options: &ReadOptions, judge: PhoneJudge<'_>) -> Option<Above> {
    let mut scratch = Scratch::default();
    let mut rows = block.rows(&mut scratch);
    let mut above = Above { records: 0, bytes: 0, lines: 0 };
    let header = loop {
        let row = rows.next_row().filter(|row| row.damage().is_none())?;
        let record: Record = row.cells().map(<[u8]>::to_vec).collect();
        let names = phone_names(&record, width, options, judge);
        if !names.is_empty() {
            break names;
        }
        if above.records == MOST || !is_title(&record, width, judge) {
            return None;
        }
        let (bytes, line) = rows.position();
        above = Above { records: above.records + 1, bytes, lines: line - 1 };
    };
    let mut below = 0;
    while let Some(row) = rows.next_row().filter(|_| below < ROWS) {
        below += 1;
        let cell = |place: usize| row.cells().nth(place).unwrap_or_default();
        if above.records > 0 && header.iter().any(|place| is_phone(cell(*place), judge)) {
            return Some(above);
        }
    }
    None
}

/// What stands above a line of the file; none when no record begins there.
pub(super) fn above_line(block: &Block, line: u64) -> Option<Above> {
    let mut scratch = Scratch::default();
    let mut rows = block.rows(&mut scratch);
    let mut above = Above { records: 0, bytes: 0, lines: 0 };
    loop {
        match rows.next_row()?.line() {
            found if found < line => {}
            found => return (found == line).then_some(above),
        }
        let (bytes, next) = rows.position();
        above = Above { records: above.records + 1, bytes, lines: next - 1 };
    }
}

fn filled(record: &Record) -> usize {
    record.iter().filter(|cell| !cell.trim_ascii().is_empty()).count()
}

fn is_phone(cell: &[u8], judge: PhoneJudge<'_>) -> bool {
    looks_like_phone(cell) || (worth_asking(cell) && judge(cell, b""))
}

/// The phone columns that a record names, if it can be a header: most of its cells hold a name, and none a number.
fn phone_names(record: &Record, width: usize, options: &ReadOptions, judge: PhoneJudge<'_>) -> Vec<usize> {
    let digits = |cell: &[u8]| cell.iter().filter(|byte| byte.is_ascii_digit()).count();
    if filled(record) * 2 <= width || record.iter().any(|cell| digits(cell) >= 5 || is_phone(cell, judge)) {
        return Vec::new();
    }
    let is_named = |cell: &[u8]| {
        let name = String::from_utf8_lossy(cell);
        let asked = |column: &ColumnRef| matches!(column, ColumnRef::Name(wanted) if wanted.trim().to_lowercase() == name.trim().to_lowercase());
        // In a list of one column anything may be a title, and so a header has to be one for sure.
        let by_word = if width > 1 { words::phone(&name) != Named::No } else { words::phone(&name) == Named::Surely };
        by_word || options.phone_columns.iter().any(asked)
    };
    record.iter().enumerate().filter(|(_, cell)| is_named(cell)).map(|(place, _)| place).collect()
}

/// Whether a record has so few cells that it can be no contact, and no number.
fn is_title(record: &Record, width: usize, judge: PhoneJudge<'_>) -> bool {
    filled(record) * 2 <= width.max(2) && !record.iter().any(|cell| is_phone(cell, judge))
}
