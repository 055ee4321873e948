//! Contact lists are read as people really have them, and a damaged record costs at most itself.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod damage;
mod exports;
mod grammar;
mod limits;
mod lists;

use std::io::Write;

use rollcall::contacts::{Block, ContactsError, Input, List, ReadOptions, Scratch};

/// A row as a test compares it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    file: usize,
    line: u64,
    cells: Vec<Vec<u8>>,
    phones: Vec<Vec<u8>>,
    damaged: bool,
}

/// What counts as a phone number in these tests: a plus and seven digits or more, and nothing else.
fn judge(cell: &[u8], _region: &[u8]) -> bool {
    cell.len() >= 8 && cell.strip_prefix(b"+").is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
}

/// A list in memory, as a file.
fn file(text: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text).unwrap();
    file
}

fn rows(list: &mut List) -> Vec<Seen> {
    let (mut block, mut scratch) = (Block::default(), Scratch::default());
    let mut seen = Vec::new();
    while list.next_block(&mut block).unwrap() {
        let mut rows = block.rows(&mut scratch);
        while let Some(row) = rows.next_row() {
            seen.push(Seen {
                file: row.file(),
                line: row.line(),
                cells: row.cells().map(<[u8]>::to_vec).collect(),
                phones: row.phones().map(<[u8]>::to_vec).collect(),
                damaged: row.damage().is_some(),
            });
        }
    }
    seen
}

/// A list over a file of that text, which is removed with it.
struct Opened {
    list: List,
    _file: tempfile::TempPath,
}

fn open(text: &[u8], options: &ReadOptions, block_bytes: usize) -> Result<Opened, ContactsError> {
    let file = file(text).into_temp_path();
    let list = List::open_in_blocks(&[Input::Path(file.to_path_buf())], options, &judge, block_bytes)?;
    Ok(Opened { list, _file: file })
}

/// Comma-separated, the first column holds the numbers.
fn pinned() -> ReadOptions {
    ReadOptions { phone_columns: vec!["1".parse().unwrap()], delimiter: Some(b','), ..ReadOptions::default() }
}

fn read(text: &[u8], options: &ReadOptions) -> Vec<Seen> {
    rows(&mut open(text, options, 1 << 18).unwrap().list)
}

/// Lines and cells, for short expectations.
fn told(seen: &[Seen]) -> Vec<(u64, Vec<String>)> {
    let text = |cells: &[Vec<u8>]| cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
    seen.iter().map(|row| (row.line, text(&row.cells))).collect()
}
