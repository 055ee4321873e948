//! What runs have read: which files, as they were then, and how many rows.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::Connection;

use super::audiences::Audience;
use super::cells::{Count, words};
use super::error::Fault;
use super::runs::{RunId, RunState, seq};
use super::{Ledger, LedgerError};
use crate::plan::Mode;

words! {
    /// What an input was read for.
    pub enum InputRole ("input role") {
        /// It is a part of the list.
        List = "list",
        /// It is a suppression list.
        Suppression = "suppression",
    }
}

/// What an input was when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// What it was read for.
    pub role: InputRole,
    /// Where it lies.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// When it was last changed, where the system knows.
    pub modified: Option<Timestamp>,
    /// The SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Data rows.
    pub rows: u64,
}

pub(super) fn put_inputs(connection: &Connection, seq: i64, inputs: &[Input]) -> Result<(), Fault> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO inputs (run, position, role, path, size, modified, sha256, rows)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (position, input) in (0_i64..).zip(inputs) {
        // A time out of the range of 64 bits of nanoseconds (1677 to 2262) is as good as unknown.
        let modified = input.modified.and_then(|at| i64::try_from(at.as_nanosecond()).ok());
        let path = input.path.as_os_str().as_bytes();
        insert.execute((
            seq,
            position,
            input.role,
            path,
            Count(input.size),
            modified,
            input.sha256,
            Count(input.rows),
        ))?;
    }
    Ok(())
}

impl Ledger {
    /// What the inputs of a run were when it read them, in order.
    ///
    /// # Errors
    /// When the ledger cannot be read, or knows no such run.
    pub fn inputs(&self, run: &RunId) -> Result<Vec<Input>, LedgerError> {
        self.read(|connection| {
            let seq = seq(connection, run)?;
            let mut select = connection.prepare(
                "SELECT role, path, size, modified, sha256, rows FROM inputs WHERE run = ?1 ORDER BY position",
            )?;
            let inputs = select.query_map([seq], |row| {
                let modified = row.get::<_, Option<i64>>(3)?;
                Ok(Input {
                    role: row.get(0)?,
                    path: OsString::from_vec(row.get(1)?).into(),
                    size: row.get::<_, Count>(2)?.0,
                    modified: modified.and_then(|at| Timestamp::from_nanosecond(at.into()).ok()),
                    sha256: row.get(4)?,
                    rows: row.get::<_, Count>(5)?.0,
                })
            })?;
            Ok(inputs.collect::<Result<_, _>>()?)
        })
    }

    /// The rows of the audience's last applied run in one of the modes.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn last_rows(&self, audience: &Audience, modes: &[Mode]) -> Result<Option<(RunId, u64)>, LedgerError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT runs.id, plans.mode, plans.rows, runs.state FROM plans
                 JOIN runs ON runs.seq = plans.run JOIN audiences ON audiences.id = plans.audience
                 WHERE audiences.account = ?1 AND audiences.name = ?2 AND plans.rows IS NOT NULL
                 ORDER BY runs.seq DESC, plans.rows DESC",
            )?;
            let mut rows = select.query((&audience.account, &audience.name))?;
            while let Some(row) = rows.next()? {
                let (mode, state): (String, RunState) = (row.get(1)?, row.get(3)?);
                if state.is_applied() && modes.iter().any(|wanted| wanted.as_str() == mode) {
                    return Ok(Some((row.get(0)?, row.get::<_, Count>(2)?.0)));
                }
            }
            Ok(None)
        })
    }
}
