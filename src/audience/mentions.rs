//! The rows of a kept table that could mean one number: found, or taken out.
//!
//! Receives a rejects file as [`super::Papers`] writes it, or another table of ours, and a number; yields the rows, or
//! the file without them.
//! Errs on the side of the number's owner: a row counts when any of its cells could stand for the number, read as the
//! number's own region would read it, or when the number's digits stand anywhere in it.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use super::AudienceError;
use crate::contacts::{Block, ColumnRef, Input, List, ReadOptions, Row, Scratch};
use crate::numbers::{Msisdn, Normalizer, Policy, RowRegion, describe};
use crate::output::{Output, OutputError};

/// A rejected row that could mean the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// The list that it stood in.
    pub file: String,
    /// Its line there.
    pub line: u64,
    /// The reason's stable code.
    pub reason: String,
}

/// The rows of a rejects file that could mean a number, in order.
///
/// # Errors
/// When the file cannot be read.
pub fn rejected_rows(path: &Path, number: Msisdn) -> Result<Vec<RejectedRow>, AudienceError> {
    let mut found = Vec::new();
    each_row(path, |row, meant| {
        if meant(number) {
            found.push(rejected_row(row));
        }
        Ok(())
    })?;
    Ok(found)
}

/// Takes the rows that could mean a number out of a table; a file without rows goes. Yields how many were taken
/// out.
///
/// # Errors
/// When the file cannot be read or written; it is then as it was.
pub fn forget_rows(path: &Path, number: Msisdn) -> Result<u64, AudienceError> {
    let taken = u64::try_from(rejected_rows(path, number)?.len()).unwrap_or(u64::MAX);
    if taken == 0 {
        return Ok(0);
    }
    let failed = |source| OutputError { path: path.to_owned(), source };
    let (mut begun, mut kept) = (false, false);
    let mut output = Output::create(path)?;
    each_row(path, |row, meant| {
        if !std::mem::replace(&mut begun, true) {
            copy_header(path, row.line(), &mut output)?;
        }
        if meant(number) {
            return Ok(());
        }
        kept = true;
        Ok(output.write_all(row.raw()).and_then(|()| output.write_all(b"\n")).map_err(failed)?)
    })?;
    if kept {
        output.finish()?;
    } else {
        std::fs::remove_file(path).map_err(failed)?;
    }
    Ok(taken)
}

/// Calls back for every row, with a judge of whom it could mean.
fn each_row(
    path: &Path,
    mut each: impl FnMut(&Row<'_>, &dyn Fn(Msisdn) -> bool) -> Result<(), AudienceError>,
) -> Result<(), AudienceError> {
    // Which column held the phone does not matter, as all cells count: naming one spares the search for it.
    let options = ReadOptions {
        phone_columns: vec![ColumnRef::Number(1)],
        encoding: Some("utf-8".to_owned()),
        ..ReadOptions::default()
    };
    // A path, whatever signs it has: nothing to be expanded.
    let input = Input::Known { path: path.to_owned(), name: path.display().to_string() };
    let mut list = List::open(&[input], &options, &|_, _| false)?;
    let normalizer = Normalizer::new(Policy::default());
    let (mut block, mut scratch) = (Block::default(), Scratch::default());
    while list.next_block(&mut block)? {
        let mut rows = block.rows(&mut scratch);
        while let Some(row) = rows.next_row() {
            each(&row, &|number| could_mean(&row, number, &normalizer))?;
        }
    }
    Ok(())
}

fn could_mean(row: &Row<'_>, number: Msisdn, normalizer: &Normalizer) -> bool {
    let region = RowRegion::Known(describe(number).0);
    let digits = number.value().to_string();
    let mut meant = Vec::new();
    let says = |cell: &[u8]| cell.windows(digits.len()).any(|window| window == digits.as_bytes());
    says(row.raw())
        || row.cells().any(|cell| {
            meant.clear();
            normalizer.likenesses(cell, region, &mut meant);
            says(cell) || meant.contains(&number)
        })
}

/// The last five cells are those that the rejects file has added.
fn rejected_row(row: &Row<'_>) -> RejectedRow {
    let cells: Vec<&[u8]> = row.cells().collect();
    let added = |place: usize| {
        let cell = cells.len().checked_sub(place).and_then(|place| cells.get(place)).copied();
        String::from_utf8_lossy(cell.unwrap_or_default()).into_owned()
    };
    RejectedRow { file: added(5), line: added(4).parse().unwrap_or_default(), reason: added(3) }
}

/// What stands before the first row.
fn copy_header(path: &Path, first_row: u64, output: &mut Output) -> Result<(), OutputError> {
    let failed = |source| OutputError { path: path.to_owned(), source };
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    let mut line = Vec::new();
    for _ in 1..first_row {
        line.clear();
        file.read_until(b'\n', &mut line).map_err(failed)?;
        output.write_all(&line).map_err(failed)?;
    }
    Ok(())
}
