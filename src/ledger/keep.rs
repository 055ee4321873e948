//! How much is kept, and for how long.

use rusqlite::{Connection, named_params};

use super::chunks::ChunkState;
use super::error::Fault;
use super::runs::{RunId, RunState};
use super::{Ledger, LedgerError};

/// Runs whose numbers are kept unless told otherwise.
pub const DEFAULT_KEEP: u32 = 200;

impl Ledger {
    /// Keeps the numbers of the newest runs, and lets those of all others go with their inputs, reports and folders;
    /// what stays of those is a line: what they were, when, how many numbers, and how they ended. Yields the runs that
    /// were trimmed.
    ///
    /// Whatever their age, these keep everything: runs that can be resumed, the newest applied run of each audience,
    /// and runs whose changes are not in a baseline yet. Baselines and leavers are no run's and are not touched.
    ///
    /// As many backups of deleted groups are kept, the newest; and of the folders of runs that were never begun, those
    /// that are among the newest of all. What killed processes have left half written goes.
    ///
    /// # Errors
    /// When the ledger cannot be written, or a run's folder cannot be removed.
    pub fn keep_newest(&self, keep: u32) -> Result<Vec<RunId>, LedgerError> {
        let trimmed = self.write(|connection| {
            let old = too_old(connection, keep)?;
            for (seq, run) in &old {
                // The folder first: should the process end here, the run is still on the list.
                self.state().run(run).remove()?;
                trim(connection, *seq)?;
            }
            Ok(old.into_iter().map(|(_, run)| run).collect::<Vec<_>>())
        })?;
        if !trimmed.is_empty() {
            match self.bare(shrink) {
                // Whoever else is at work leaves the room for next time.
                Ok(()) | Err(LedgerError::Busy { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.let_strays_go(keep)?;
        self.state().keep_deleted(keep)?;
        for left in self.state().half_written()? {
            if !left.is_fresh() {
                left.remove()?;
            }
        }
        Ok(trimmed)
    }

    /// Removes old folders of runs that have come to nothing but a file: a brake has stopped them, or they were killed
    /// before they had planned anything.
    fn let_strays_go(&self, keep: u32) -> Result<(), LedgerError> {
        let mut folders = self.state().runs()?;
        // Those of the newest may have only just begun, whatever `keep` says.
        let newest = usize::try_from(keep.max(DEFAULT_KEEP)).unwrap_or(usize::MAX);
        folders.truncate(folders.len().saturating_sub(newest));
        for folder in folders {
            if let Err(LedgerError::NoRun(_)) = self.find_run(folder.id()) {
                folder.remove()?;
            }
        }
        Ok(())
    }
}

fn too_old(connection: &Connection, keep: u32) -> Result<Vec<(i64, RunId)>, Fault> {
    let mut select = connection.prepare(
        "SELECT seq, id FROM runs
         WHERE NOT trimmed
           AND seq NOT IN (SELECT seq FROM runs ORDER BY seq DESC LIMIT :keep)
           AND state NOT IN (:planned, :applying, :incomplete)
           AND seq NOT IN (
               SELECT max(plans.run) FROM plans JOIN runs AS done ON done.seq = plans.run
               WHERE done.state IN (:applied, :verified, :differs) GROUP BY plans.audience)
           AND seq NOT IN (
               SELECT plans.run FROM chunks JOIN plans ON plans.id = chunks.plan
               WHERE absorbed = 0 AND chunks.state IN (:took, :sent, :unknown))
         ORDER BY seq",
    )?;
    let old = select.query_map(
        named_params! {
            ":keep": keep,
            ":planned": RunState::Planned,
            ":applying": RunState::Applying,
            ":incomplete": RunState::Incomplete,
            ":applied": RunState::Applied,
            ":verified": RunState::Verified,
            ":differs": RunState::Differs,
            ":took": ChunkState::Applied,
            ":sent": ChunkState::Sent,
            ":unknown": ChunkState::Unknown,
        },
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(old.collect::<Result<_, _>>()?)
}

fn trim(connection: &Connection, run: i64) -> Result<(), Fault> {
    for sql in [
        "DELETE FROM numbers WHERE run = ?1",
        "DELETE FROM numbers WHERE plan IN (SELECT id FROM plans WHERE run = ?1)",
        "DELETE FROM refusals WHERE plan IN (SELECT id FROM plans WHERE run = ?1)",
        "DELETE FROM chunks WHERE plan IN (SELECT id FROM plans WHERE run = ?1)",
        "DELETE FROM inputs WHERE run = ?1",
        "UPDATE runs SET trimmed = 1, report = NULL WHERE seq = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([run])?;
    }
    Ok(())
}

/// Gives the room of what was deleted back to the disk.
fn shrink(connection: &Connection) -> Result<(), Fault> {
    let mut pragma = connection.prepare("PRAGMA incremental_vacuum")?;
    let mut rows = pragma.query([])?;
    // Each step gives a page back.
    while rows.next()?.is_some() {}
    Ok(())
}
