//! When the members of an audience were seen in it, as far as it is still known.

use jiff::Timestamp;
use rusqlite::OptionalExtension;

use super::audiences::{Audience, find_audience};
use super::cells::Instant;
use super::chunks::ChunkState;
use super::sets::{self, Owner, Role};
use super::{Ledger, LedgerError};
use crate::numbers::NumberSet;

impl Ledger {
    /// Calls back with all that tells when somebody was a member of an audience: for each run whose numbers are still
    /// kept, when it began and whom it found there or left there, in parts; last of all the baseline. A number comes
    /// as often as it was seen.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn sightings(
        &self,
        audience: &Audience,
        mut saw: impl FnMut(Timestamp, &NumberSet),
    ) -> Result<(), LedgerError> {
        self.read(|connection| {
            let Some(id) = find_audience(connection, audience)? else { return Ok(()) };
            let mut plans = connection.prepare(
                "SELECT plans.id, runs.seq, started FROM plans JOIN runs ON runs.seq = plans.run
                 WHERE audience = ?1 ORDER BY plans.id",
            )?;
            let mut applied =
                connection.prepare("SELECT number FROM chunks WHERE plan = ?1 AND state = ?2 ORDER BY number")?;
            let mut rows = plans.query([id])?;
            while let Some(row) = rows.next()? {
                let (plan, run, at): (i64, i64, Instant) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let noted = Owner::Run(run, Some(plan));
                saw(at.0, &sets::get(connection, noted, Role::Listed)?);
                let astray = sets::get(connection, noted, Role::Astray)?;
                let mut chunks = applied.query((plan, ChunkState::Applied))?;
                while let Some(chunk) = chunks.next()? {
                    let chunk = Owner::Chunk(plan, chunk.get(0)?);
                    // Idle are adds that were members already, and removals that were none.
                    saw(at.0, &sets::get(connection, chunk, Role::Add)?.difference(&astray));
                    let gone = sets::get(connection, chunk, Role::Idle)?;
                    saw(at.0, &sets::get(connection, chunk, Role::Remove)?.difference(&gone));
                }
            }
            let taken = connection
                .query_row("SELECT taken FROM baselines WHERE audience = ?1", [id], |row| row.get::<_, Instant>(0))
                .optional()?;
            if let Some(taken) = taken {
                for role in [Role::Ours, Role::Joined] {
                    saw(taken.0, &sets::get(connection, Owner::Audience(id), role)?);
                }
            }
            Ok(())
        })
    }
}
