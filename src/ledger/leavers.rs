//! Leavers: someone of ours who was gone from the group when we next looked, and whom we did not remove.
//!
//! They belong to an audience by its name, so that they outlive the group, its id and the runs that saw them go.

use jiff::Timestamp;
use rusqlite::Connection;

use super::audiences::{Audience, audience_row, find_audience};
use super::cells::{Count, Instant, Number, words};
use super::error::Fault;
use super::runs::RunId;
use super::{Ledger, LedgerError};
use crate::numbers::{Msisdn, NumberSet};

words! {
    /// How a leaver came to be known.
    pub enum How ("way of leaving") {
        /// A run has missed them.
        Observed = "observed",
        /// The user has said so, or brought them from elsewhere.
        Imported = "imported",
    }
}

/// Someone who has left an audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaver {
    /// Who.
    pub number: Msisdn,
    /// When they were first missed.
    pub since: Timestamp,
    /// The run that first missed them, when it was one of this machine's.
    pub run: Option<RunId>,
    /// How it came to be known.
    pub how: How,
}

/// A leaver who is known already stays one since the earlier time.
pub(super) fn put_leaver(connection: &Connection, audience: i64, leaver: &Leaver) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO leavers (audience, number, since, run, how) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET since = excluded.since, run = excluded.run, how = excluded.how
             WHERE excluded.since < leavers.since",
        )?
        .execute((audience, Number(leaver.number), Instant(leaver.since), &leaver.run, leaver.how))?;
    Ok(())
}

/// Who has left an audience.
pub(super) fn leaver_numbers(connection: &Connection, audience: i64) -> Result<NumberSet, Fault> {
    let mut select = connection.prepare_cached("SELECT number FROM leavers WHERE audience = ?1")?;
    let numbers = select.query_map([audience], |row| row.get::<_, Number>(0).map(|number| number.0))?;
    Ok(NumberSet::from_unsorted(numbers.collect::<Result<_, _>>()?))
}

impl Ledger {
    /// An audience's leavers, in ascending order of their numbers.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn leavers(&self, audience: &Audience) -> Result<Vec<Leaver>, LedgerError> {
        self.read(|connection| {
            let Some(id) = find_audience(connection, audience)? else { return Ok(Vec::new()) };
            let mut select = connection
                .prepare_cached("SELECT number, since, run, how FROM leavers WHERE audience = ?1 ORDER BY number")?;
            let leavers = select.query_map([id], |row| {
                Ok(Leaver {
                    number: row.get::<_, Number>(0)?.0,
                    since: row.get::<_, Instant>(1)?.0,
                    run: row.get(2)?,
                    how: row.get(3)?,
                })
            })?;
            Ok(leavers.collect::<Result<_, _>>()?)
        })
    }

    /// Adds leavers, as when they are imported, restored, or seen before anything is sent. Who is known already stays
    /// a leaver since the earlier time. Yields how many were not known.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn add_leavers(&self, audience: &Audience, leavers: &[Leaver]) -> Result<u64, LedgerError> {
        self.write(|connection| {
            let id = audience_row(connection, &audience.account, &audience.name)?;
            let before = count(connection, id)?;
            for leaver in leavers {
                put_leaver(connection, id, leaver)?;
            }
            Ok(count(connection, id)? - before)
        })
    }

    /// Forgets that these have left an audience: they may be added again. Yields how many were leavers.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn forget_leavers(&self, audience: &Audience, numbers: &NumberSet) -> Result<u64, LedgerError> {
        self.write(|connection| {
            let Some(id) = find_audience(connection, audience)? else { return Ok(0) };
            let mut delete = connection.prepare_cached("DELETE FROM leavers WHERE audience = ?1 AND number = ?2")?;
            let mut forgotten = 0;
            for number in numbers.iter() {
                forgotten += u64::try_from(delete.execute((id, Number(number)))?).unwrap_or_default();
            }
            Ok(forgotten)
        })
    }
}

fn count(connection: &Connection, audience: i64) -> Result<u64, Fault> {
    let count: Count = connection
        .prepare_cached("SELECT count(*) FROM leavers WHERE audience = ?1")?
        .query_row([audience], |row| row.get(0))?;
    Ok(count.0)
}
