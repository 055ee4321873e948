//! Whether the file is still what was written: a glance at every opening, and a thorough look for whoever asks.

use std::path::Path;

use rusqlite::Connection;

use super::cells::{Count, Number};
use super::error::{Fault, LedgerError};
use super::sets::{Role, unpacked};
use super::{Ledger, RunFilter, StateError};

impl Ledger {
    /// Looks whether everything is there that was written, and fits: pages, indices, references, sets of
    /// numbers and the runs.
    /// Reads the whole file: some seconds for each gigabyte.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] with the first thing that is wrong; when the file cannot be read.
    pub fn check(&self) -> Result<(), LedgerError> {
        self.read(|connection| {
            let wrong = match tables(connection)? {
                None => sets(connection)?,
                first => first,
            };
            wrong.map_or(Ok(()), |detail| Err(self.damaged(detail)))
        })?;
        for run in self.runs(RunFilter::default())? {
            for plan in self.plans(&run.id)? {
                self.chunks(plan.id)?;
            }
        }
        Ok(())
    }

    fn damaged(&self, detail: String) -> Fault {
        LedgerError::Damaged { path: self.path().to_owned(), detail }.into()
    }
}

/// Refuses a file whose end was cut off within a page: the database would take what is missing for zeros, and rows would
/// be gone without a word. Whole pages that are missing it notices itself.
pub(super) fn ends_whole(connection: &Connection, path: &Path) -> Result<(), Fault> {
    let Count(page) = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let torn = || {
        let there = std::fs::metadata(path).map_err(|source| StateError { path: path.to_owned(), source })?;
        Ok::<_, Fault>(there.len() % page.max(1) != 0)
    };
    if torn()? && carried_over(connection)? && torn()? {
        return Err(LedgerError::Damaged { path: path.to_owned(), detail: "its end is missing".to_owned() }.into());
    }
    Ok(())
}

/// Carries the log over into the file: one who was killed while doing so may have left the end half written, and the
/// whole of it in the log. False when another process is in the way.
fn carried_over(connection: &Connection) -> Result<bool, Fault> {
    Ok(connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        let (busy, there, carried): (bool, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(!busy && there == carried)
    })?)
}

/// What the database finds wrong with its pages, rows, indices and references.
fn tables(connection: &Connection) -> Result<Option<String>, Fault> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Ok(Some(found));
    }
    let mut select = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = select.query([])?;
    let orphan = rows.next()?.map(|row| row.get::<_, String>(0)).transpose()?;
    Ok(orphan.map(|table| format!("a row of {table} belongs to nothing")))
}

/// What is wrong with the sets of numbers: the database knows nothing of what is in them.
fn sets(connection: &Connection) -> Result<Option<String>, Fault> {
    let mut select = connection.prepare("SELECT role, count, first, last, body FROM numbers")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        row.get::<_, Role>(0)?;
        let (Count(count), Number(first), Number(last)) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let set = unpacked(row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?)?;
        let numbers = set.as_slice();
        let fits = u64::try_from(numbers.len()).is_ok_and(|len| len == count)
            && numbers.first() == Some(&first)
            && numbers.last() == Some(&last);
        if !fits {
            return Ok(Some("a set of numbers is not as its row says".to_owned()));
        }
    }
    Ok(None)
}
