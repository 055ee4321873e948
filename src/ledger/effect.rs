//! What runs have changed: of one plan, to take it back; of an audience since it was last read, to tell those who left
//! from those whom we removed.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row};

use super::audiences::{Audience, find_audience};
use super::chunks::ChunkState;
use super::error::Fault;
use super::plans::{PlanId, run_of};
use super::sets::{self, Owner, Role};
use super::{Ledger, LedgerError};
use crate::numbers::{Msisdn, NumberSet};

/// What took effect. A number is in at most one of the four sets: where several changes touched it, the latest counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effect {
    /// Added, and not a member before.
    pub added: NumberSet,
    /// Removed, and a member before.
    pub removed: NumberSet,
    /// Of chunks whose outcome nobody knows: added, or not.
    pub perhaps_added: NumberSet,
    /// Of chunks whose outcome nobody knows: removed, or not.
    pub perhaps_removed: NumberSet,
}

/// What happened to one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Touch {
    Added,
    Removed,
    PerhapsAdded,
    PerhapsRemoved,
}

/// A chunk that may have taken effect.
struct Done {
    plan: i64,
    number: i64,
    state: ChunkState,
}

fn done_of(row: &Row<'_>) -> rusqlite::Result<Done> {
    Ok(Done { plan: row.get(0)?, number: row.get(1)?, state: row.get(2)? })
}

/// The effect of chunks given in the order in which they were last under way.
fn effect(connection: &Connection, chunks: &[Done]) -> Result<Effect, Fault> {
    let mut astray: BTreeMap<i64, NumberSet> = BTreeMap::new();
    let mut touches: Vec<(Msisdn, Touch)> = Vec::new();
    for chunk in chunks {
        let (added, removed) = match chunk.state {
            ChunkState::Applied => (Touch::Added, Touch::Removed),
            ChunkState::Sent | ChunkState::Unknown => (Touch::PerhapsAdded, Touch::PerhapsRemoved),
            ChunkState::Pending | ChunkState::Refused | ChunkState::Failed => continue,
        };
        if !astray.contains_key(&chunk.plan) {
            let owner = Owner::Run(run_of(connection, PlanId(chunk.plan))?, Some(chunk.plan));
            astray.insert(chunk.plan, sets::get(connection, owner, Role::Astray)?);
        }
        let owner = Owner::Chunk(chunk.plan, chunk.number);
        let idle = sets::get(connection, owner, Role::Idle)?;
        let vain = astray.get(&chunk.plan).map_or_else(|| idle.clone(), |astray| idle.union(astray));
        for (role, touch) in [(Role::Add, added), (Role::Remove, removed)] {
            let set = sets::get(connection, owner, role)?;
            touches.extend(set.difference(&vain).iter().map(|number| (number, touch)));
        }
    }
    Ok(Effect::of(touches))
}

impl Effect {
    fn of(mut touches: Vec<(Msisdn, Touch)>) -> Self {
        // Stable, so that the last of a number's touches is the latest.
        touches.sort_by_key(|(number, _)| *number);
        let mut sets = [const { Vec::new() }; 4];
        let [added, removed, perhaps_added, perhaps_removed] = &mut sets;
        for touched in touches.chunk_by(|(a, _), (b, _)| a == b) {
            let Some((number, touch)) = touched.last() else { continue };
            match touch {
                Touch::Added => added.push(*number),
                Touch::Removed => removed.push(*number),
                Touch::PerhapsAdded => perhaps_added.push(*number),
                Touch::PerhapsRemoved => perhaps_removed.push(*number),
            }
        }
        let [added, removed, perhaps_added, perhaps_removed] = sets.map(NumberSet::from_unsorted);
        Self { added, removed, perhaps_added, perhaps_removed }
    }

    /// Whether nothing took effect, for all that is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.added, &self.removed, &self.perhaps_added, &self.perhaps_removed].iter().all(|set| set.is_empty())
    }
}

impl Ledger {
    /// What took effect of a plan: adds that were really new, removals that were really there, without those that were
    /// astray when the members were read back.
    ///
    /// # Errors
    /// When the ledger cannot be read, knows no such plan, or has let its numbers go.
    pub fn took_effect(&self, plan: PlanId) -> Result<Effect, LedgerError> {
        self.read(|connection| {
            let (run, trimmed): (String, bool) = connection.query_row(
                "SELECT id, trimmed FROM runs WHERE seq = ?1",
                [run_of(connection, plan)?],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            if trimmed {
                return Err(LedgerError::Trimmed(run).into());
            }
            let mut select =
                connection.prepare("SELECT plan, number, state FROM chunks WHERE plan = ?1 ORDER BY turn")?;
            let chunks = select.query_map([plan.0], done_of)?.collect::<Result<Vec<Done>, _>>()?;
            effect(connection, &chunks)
        })
    }

    /// What our runs have changed in an audience since its baseline was taken (all that they ever changed and that is
    /// still kept, when there is no baseline).
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn changes_since_baseline(&self, audience: &Audience) -> Result<Effect, LedgerError> {
        self.read(|connection| {
            let Some(audience) = find_audience(connection, audience)? else { return Ok(Effect::default()) };
            let mut select = connection.prepare(
                "SELECT plan, number, state FROM chunks JOIN plans ON plans.id = chunks.plan
                 WHERE plans.audience = ?1 AND absorbed = 0 ORDER BY turn",
            )?;
            let chunks = select.query_map([audience], done_of)?.collect::<Result<Vec<Done>, _>>()?;
            effect(connection, &chunks)
        })
    }
}
