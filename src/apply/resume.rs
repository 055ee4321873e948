//! What an earlier process has left without an answer.

use super::ApplyError;
use super::send::{missing, took_effect};
use crate::ledger::{ChunkState, Ledger, Outcome, StoredPlan};
use crate::numbers::NumberSet;

/// Finds out, by the group's members now, what became of the chunks that were under way when an earlier process ended,
/// and writes it down. Yields the numbers of applied chunks who are missing by now: they have left.
///
/// # Errors
/// When the ledger cannot be read or written.
pub fn look_up(ledger: &Ledger, plan: &StoredPlan, live: &NumberSet) -> Result<NumberSet, ApplyError> {
    let mut gone = NumberSet::new();
    for chunk in ledger.chunks(plan.id)? {
        match chunk.state {
            ChunkState::Sent | ChunkState::Unknown => {}
            ChunkState::Pending | ChunkState::Applied | ChunkState::Refused | ChunkState::Failed => continue,
        }
        let numbers = ledger.chunk(chunk.id)?;
        if took_effect(live, &numbers) {
            gone.insert_all(&missing(live, &numbers));
            ledger.settle(chunk.id, Outcome::Applied { idle: &NumberSet::new() })?;
        } else {
            ledger.settle(chunk.id, Outcome::Failed { words: "not applied when its process ended" })?;
        }
    }
    Ok(gone)
}
