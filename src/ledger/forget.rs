//! Letting one number go, and every trace of it in the file.

use rusqlite::Connection;

use super::cells::Number;
use super::error::Fault;
use super::sets::{replace_row, unpacked};
use super::{Ledger, LedgerError};
use crate::numbers::{Msisdn, NumberSet};

/// What was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Sets of numbers that held it: those of plans, of baselines, and of what runs noted.
    pub sets: u64,
    /// Audiences that it had left.
    pub leavers: u64,
    /// Plans in which the provider refused it.
    pub refusals: u64,
}

impl Forgotten {
    /// Whether the number was unknown.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Ledger {
    /// Takes a number out of everything that is remembered, and wipes the file: when this returns, no byte of the file
    /// or of those beside it tells the number. A plan that was not carried out to its end loses the number too; its
    /// digest stays that of the plan as it was made.
    ///
    /// The files in the folders of runs are not the ledger's: see [`super::StateFolder::runs`].
    ///
    /// # Errors
    /// When the ledger cannot be read or written. [`LedgerError::Traces`] when the number is forgotten, but another
    /// process was reading and kept the file from being wiped: calling again wipes it.
    pub fn forget(&self, number: Msisdn) -> Result<Forgotten, LedgerError> {
        let forgotten = self.write(|connection| {
            let forgotten = Forgotten {
                sets: from_sets(connection, number)?,
                leavers: rows(connection.execute("DELETE FROM leavers WHERE number = ?1", [Number(number)])?),
                refusals: rows(connection.execute("DELETE FROM refusals WHERE number = ?1", [Number(number)])?),
            };
            from_words(connection, number)?;
            Ok(forgotten)
        })?;
        // Deleting zeroes what is deleted, but nobody promises that of what was moved from page to page before, and the
        // log has older pages still: everything is written anew, and the log emptied.
        match self.bare(wipe) {
            Ok(true) => Ok(forgotten),
            Ok(false) | Err(LedgerError::Busy { .. }) => Err(LedgerError::Traces { path: self.path().to_owned() }),
            Err(error) => Err(error),
        }
    }
}

fn rows(changed: usize) -> u64 {
    u64::try_from(changed).unwrap_or(u64::MAX)
}

fn from_sets(connection: &Connection, number: Msisdn) -> Result<u64, Fault> {
    let mut select = connection.prepare("SELECT id, body FROM numbers WHERE first <= ?1 AND last >= ?1")?;
    let mut found = Vec::new();
    let mut rows = select.query([Number(number)])?;
    while let Some(row) = rows.next()? {
        let set = unpacked(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?)?;
        if set.contains(number) {
            found.push((row.get::<_, i64>(0)?, set));
        }
    }
    let only: NumberSet = [number].into_iter().collect();
    for (id, set) in &found {
        replace_row(connection, *id, &set.difference(&only))?;
    }
    Ok(u64::try_from(found.len()).unwrap_or(u64::MAX))
}

/// The provider's words are masked before they come here, except those that stand beside the number they are about.
/// Should they tell the number all the same, they are dropped.
fn from_words(connection: &Connection, number: Msisdn) -> Result<(), Fault> {
    let digits = number.value().to_string();
    connection.execute("UPDATE chunks SET words = NULL WHERE instr(words, ?1)", [&digits])?;
    connection.execute("UPDATE refusals SET words = '' WHERE instr(words, ?1)", [&digits])?;
    Ok(())
}

/// Writes the file anew and empties the log; false when somebody else's look has kept the log from being emptied.
fn wipe(connection: &Connection) -> Result<bool, Fault> {
    connection.execute_batch("VACUUM")?;
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(!busy)
}
