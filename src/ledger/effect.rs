//! What runs have changed: of one plan, to take it back; of an audience since it was last read, to tell those who left
//! from those whom we removed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rusqlite::{Connection, Row};

use super::audiences::{Audience, find_audience};
use super::chunks::ChunkState;
use super::error::Fault;
use super::leavers::leaver_numbers;
use super::plans::{PlanId, run_of};
use super::sets::{self, Owner, Role};
use super::{Ledger, LedgerError};
use crate::numbers::{Msisdn, NumberSet};
use crate::plan::Memory;

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

/// The effect of chunks given in the order in which they last changed. Members, when they are given, tell the outcome of
/// chunks of which nobody knows it.
fn effect(connection: &Connection, chunks: &[Done], live: Option<&NumberSet>) -> Result<Effect, Fault> {
    let mut astray: BTreeMap<i64, NumberSet> = BTreeMap::new();
    // Within one plan a number is in one chunk only, and which touch was the latest is no question.
    let one_plan = chunks.windows(2).all(|pair| matches!(pair, [a, b] if a.plan == b.plan));
    let (mut piles, mut touches) = (Piles::default(), Vec::new());
    let mut touch = |number, touch| {
        if one_plan { piles.put(number, touch) } else { touches.push((number, touch)) }
    };
    for chunk in chunks {
        let doubtful = match chunk.state {
            ChunkState::Applied => false,
            ChunkState::Sent | ChunkState::Unknown => true,
            ChunkState::Pending | ChunkState::Refused | ChunkState::Failed => continue,
        };
        let astray = match astray.entry(chunk.plan) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => {
                let owner = Owner::Run(run_of(connection, PlanId(chunk.plan))?, Some(chunk.plan));
                place.insert(sets::get(connection, owner, Role::Astray)?)
            }
        };
        let owner = Owner::Chunk(chunk.plan, chunk.number);
        let vain = sets::get(connection, owner, Role::Idle)?.union(astray);
        let side = |role| sets::get(connection, owner, role).map(|set| set.difference(&vain));
        let (add, remove) = (side(Role::Add)?, side(Role::Remove)?);
        let (add, remove, known) = match live.filter(|_| doubtful) {
            Some(live) => {
                let (add, remove) = told_by(live, add, remove);
                (add, remove, true)
            }
            None => (add, remove, !doubtful),
        };
        let (added, removed) =
            if known { (Touch::Added, Touch::Removed) } else { (Touch::PerhapsAdded, Touch::PerhapsRemoved) };
        for number in add.iter() {
            touch(number, added);
        }
        for number in remove.iter() {
            touch(number, removed);
        }
    }
    Ok(if one_plan { piles.into() } else { Effect::of(touches) })
}

/// Numbers by what happened to them.
#[derive(Default)]
struct Piles {
    added: Vec<Msisdn>,
    removed: Vec<Msisdn>,
    perhaps_added: Vec<Msisdn>,
    perhaps_removed: Vec<Msisdn>,
}

impl Piles {
    fn put(&mut self, number: Msisdn, touch: Touch) {
        match touch {
            Touch::Added => self.added.push(number),
            Touch::Removed => self.removed.push(number),
            Touch::PerhapsAdded => self.perhaps_added.push(number),
            Touch::PerhapsRemoved => self.perhaps_removed.push(number),
        }
    }
}

impl From<Piles> for Effect {
    fn from(piles: Piles) -> Self {
        // Those of all groups of a run are held at once: the room that a pile has grown for is given back.
        let dense = |mut pile: Vec<Msisdn>| {
            pile.shrink_to_fit();
            NumberSet::from_unsorted(pile)
        };
        Self {
            added: dense(piles.added),
            removed: dense(piles.removed),
            perhaps_added: dense(piles.perhaps_added),
            perhaps_removed: dense(piles.perhaps_removed),
        }
    }
}

/// What a chunk of unknown outcome has done, by the members: if some of its adds are there it was applied as a whole,
/// and those of it who are missing have left since; if none is, it was not applied. A chunk of removals alone has
/// removed whoever is not there.
fn told_by(live: &NumberSet, add: NumberSet, remove: NumberSet) -> (NumberSet, NumberSet) {
    if add.is_empty() {
        let gone = remove.difference(live);
        return (add, gone);
    }
    if add.iter().any(|number| live.contains(number)) { (add, remove) } else { (NumberSet::new(), NumberSet::new()) }
}

impl Effect {
    fn of(mut touches: Vec<(Msisdn, Touch)>) -> Self {
        // Stable, so that the last of a number's touches is the latest.
        touches.sort_by_key(|(number, _)| *number);
        let mut piles = Piles::default();
        for touched in touches.chunk_by(|(a, _), (b, _)| a == b) {
            if let Some((number, touch)) = touched.last() {
                piles.put(*number, *touch);
            }
        }
        piles.into()
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
            effect(connection, &chunks, None)
        })
    }

    /// What our runs have changed in an audience since its baseline was taken (all that they ever changed and that is
    /// still kept, when there is no baseline).
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn changes_since_baseline(&self, audience: &Audience) -> Result<Effect, LedgerError> {
        self.read(|connection| match find_audience(connection, audience)? {
            Some(audience) => since_baseline(connection, audience, None),
            None => Ok(Effect::default()),
        })
    }

    /// What is remembered of an audience, for the planner, given its members as they are now: the baseline's `ours`
    /// corrected by what our runs have changed since (with no baseline, only that), and the leavers. Where a run has
    /// ended without knowing the outcome of a chunk, the members tell it. Whom a run has brought with the word that they
    /// joined by themselves is not ours.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn memory(&self, audience: &Audience, live: &NumberSet) -> Result<Memory, LedgerError> {
        self.read(|connection| {
            let Some(audience) = find_audience(connection, audience)? else { return Ok(Memory::default()) };
            let baseline = connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM baselines WHERE audience = ?1)",
                [audience],
                |row| row.get(0),
            )?;
            let changes = since_baseline(connection, audience, Some(live))?;
            let mut added = changes.added;
            added.remove_all(&guests_since_baseline(connection, audience)?);
            let mut ours = sets::get(connection, Owner::Audience(audience), Role::Ours)?;
            ours.insert_all(&added);
            ours.remove_all(&changes.removed);
            Ok(Memory { baseline, ours, leavers: leaver_numbers(connection, audience)? })
        })
    }
}

/// Those whom runs since the baseline have brought, and who joined by themselves where they come from.
fn guests_since_baseline(connection: &Connection, audience: i64) -> Result<NumberSet, Fault> {
    let mut select = connection.prepare_cached(
        "SELECT DISTINCT plans.run, plans.id FROM chunks JOIN plans ON plans.id = chunks.plan
         WHERE plans.audience = ?1 AND absorbed = 0",
    )?;
    let plans = select.query_map([audience], |row| Ok(Owner::Run(row.get(0)?, Some(row.get(1)?))))?;
    let guests = plans.map(|plan| sets::get(connection, plan?, Role::Guest));
    Ok(NumberSet::union_all(&guests.collect::<Result<Vec<_>, Fault>>()?))
}

fn since_baseline(connection: &Connection, audience: i64, live: Option<&NumberSet>) -> Result<Effect, Fault> {
    let mut select = connection.prepare(
        "SELECT plan, number, state FROM chunks JOIN plans ON plans.id = chunks.plan
         WHERE plans.audience = ?1 AND absorbed = 0 ORDER BY turn",
    )?;
    let chunks = select.query_map([audience], done_of)?.collect::<Result<Vec<Done>, _>>()?;
    effect(connection, &chunks, live)
}
