//! Chunks on their way: intent before a request leaves, outcome before anything relies on it.
//!
//! ```text
//!            intend            settle
//!  pending ---------> sent ---------------> applied    the end
//!     ^                |  \---------------> refused    the end
//!     |   set_aside,   |  \---------------> failed     not applied; may be sent again
//!     +---- split -----+  \---------------> unknown    may have been applied
//! ```
//!
//! `failed`, `unknown` and `sent` go back to `sent` when they are sent again. A chunk that is `sent` in a run that no
//! process works on any more was under way when the process ended: it is as `unknown` as if its answer had been lost.
//! Both may be settled without being sent again, once the members were read.

use rusqlite::{Connection, OptionalExtension};

use super::cells::{Count, Instant, Number, words};
use super::error::Fault;
use super::plans::{ChunkId, PlanId, run_of};
use super::runs::RunState;
use super::sets::{self, Owner, Role};
use super::{Ledger, LedgerError};
use crate::numbers::{Msisdn, NumberSet};
use crate::plan::Chunk;

words! {
    /// When a chunk may be sent.
    pub enum Phase ("phase") {
        /// Before all others of its plan: removals that make room.
        Room = "room",
        /// When all that make room are applied.
        Main = "main",
    }
}

words! {
    /// What is known of a chunk.
    pub enum ChunkState ("chunk state") {
        /// Not sent, or known to have had no effect and changed since.
        Pending = "pending",
        /// A request was about to leave, and there is no word of its outcome.
        Sent = "sent",
        /// It took effect.
        Applied = "applied",
        /// The provider will not have it.
        Refused = "refused",
        /// It had no effect, and may be sent again.
        Failed = "failed",
        /// Its answer was lost.
        Unknown = "unknown",
    }
}

/// What became of a chunk that was sent.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// It took effect.
    Applied {
        /// Those of its numbers that were as wanted before: adds that were members, removals that were none. Usually
        /// empty; others than the chunk's are ignored.
        idle: &'a NumberSet,
    },
    /// The provider will not have it, now or later.
    Refused {
        /// Why, without numbers.
        words: &'a str,
    },
    /// It had no effect; it may be sent again.
    Failed {
        /// Why, without numbers.
        words: &'a str,
    },
    /// Nobody knows; the members have to be read before it is sent again.
    Unknown {
        /// Why, without numbers.
        words: &'a str,
    },
}

/// A number that the provider will not have.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The number.
    pub number: Msisdn,
    /// The provider's words, which may hold the number.
    pub words: String,
}

impl std::fmt::Debug for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refusal").field("number", &self.number).finish_non_exhaustive()
    }
}

/// A chunk as it is remembered, without its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChunk {
    /// Its name here.
    pub id: ChunkId,
    /// When it may be sent.
    pub phase: Phase,
    /// What is known of it.
    pub state: ChunkState,
    /// How often it was sent.
    pub attempts: u64,
    /// Why it was refused, failed or is unknown.
    pub words: Option<String>,
    /// Numbers to add.
    pub adds: u64,
    /// Numbers to remove.
    pub removes: u64,
}

fn state(connection: &Connection, chunk: ChunkId) -> Result<(ChunkState, Phase), Fault> {
    let found = connection
        .prepare_cached("SELECT state, phase FROM chunks WHERE plan = ?1 AND number = ?2")?
        .query_row((chunk.plan.0, chunk.number), |row| Ok((row.get(0)?, row.get(1)?)));
    found.optional()?.ok_or_else(|| LedgerError::OutOfOrder("there is no such chunk").into())
}

fn set_state(connection: &Connection, chunk: ChunkId, state: ChunkState, words: Option<&str>) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE chunks SET state = ?3, words = ?4, turn = (SELECT max(turn) + 1 FROM chunks)
             WHERE plan = ?1 AND number = ?2",
        )?
        .execute((chunk.plan.0, chunk.number, state, words))?;
    Ok(())
}

/// A chunk's numbers.
fn load(connection: &Connection, chunk: ChunkId) -> Result<(NumberSet, NumberSet), Fault> {
    let owner = Owner::Chunk(chunk.plan.0, chunk.number);
    Ok((sets::get(connection, owner, Role::Add)?, sets::get(connection, owner, Role::Remove)?))
}

fn store(connection: &Connection, chunk: ChunkId, add: &NumberSet, remove: &NumberSet) -> Result<(), Fault> {
    let owner = Owner::Chunk(chunk.plan.0, chunk.number);
    for (role, set) in [(Role::Add, add), (Role::Remove, remove)] {
        sets::clear(connection, owner, role)?;
        sets::put(connection, owner, role, set)?;
    }
    Ok(())
}

/// Only a chunk that is not on its way, or whose request is known to have had no effect, may be changed.
fn changeable(connection: &Connection, chunk: ChunkId) -> Result<Phase, Fault> {
    match state(connection, chunk)? {
        (ChunkState::Pending | ChunkState::Sent | ChunkState::Failed, phase) => Ok(phase),
        (ChunkState::Applied | ChunkState::Refused | ChunkState::Unknown, _) => {
            Err(LedgerError::OutOfOrder("a chunk that may have taken effect was to be changed").into())
        }
    }
}

impl Ledger {
    /// The chunks of a plan, without their numbers, in order.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn chunks(&self, plan: PlanId) -> Result<Vec<StoredChunk>, LedgerError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT number, phase, state, attempts, words,
                        (SELECT coalesce(sum(count), 0) FROM numbers
                         WHERE plan = chunks.plan AND chunk = chunks.number AND role = ?2),
                        (SELECT coalesce(sum(count), 0) FROM numbers
                         WHERE plan = chunks.plan AND chunk = chunks.number AND role = ?3)
                 FROM chunks WHERE plan = ?1 ORDER BY number",
            )?;
            let chunks = select.query_map((plan.0, Role::Add, Role::Remove), |row| {
                Ok(StoredChunk {
                    id: ChunkId { plan, number: row.get(0)? },
                    phase: row.get(1)?,
                    state: row.get(2)?,
                    attempts: row.get::<_, Count>(3)?.0,
                    words: row.get(4)?,
                    adds: row.get::<_, Count>(5)?.0,
                    removes: row.get::<_, Count>(6)?.0,
                })
            })?;
            Ok(chunks.collect::<Result<_, _>>()?)
        })
    }

    /// A chunk with its numbers, without those that were set aside.
    ///
    /// # Errors
    /// When the ledger cannot be read, or knows no such chunk.
    pub fn chunk(&self, chunk: ChunkId) -> Result<Chunk, LedgerError> {
        self.read(|connection| {
            state(connection, chunk)?;
            let (add, remove) = load(connection, chunk)?;
            Ok(as_planned(chunk, &add, &remove))
        })
    }

    /// Remembers that a chunk is about to be sent. Has to return before the request leaves.
    ///
    /// # Errors
    /// When the ledger cannot be written; when the chunk has come to its end, or others have to be applied before it.
    pub fn intend(&self, chunk: ChunkId) -> Result<(), LedgerError> {
        self.write(|connection| {
            let (state, phase) = state(connection, chunk)?;
            match state {
                ChunkState::Pending | ChunkState::Sent | ChunkState::Failed | ChunkState::Unknown => {}
                ChunkState::Applied | ChunkState::Refused => {
                    return Err(LedgerError::OutOfOrder("a chunk that has come to its end was to be sent").into());
                }
            }
            if phase == Phase::Main {
                let waiting: bool = connection
                    .prepare_cached(
                        "SELECT EXISTS (SELECT 1 FROM chunks
                                        WHERE plan = ?1 AND phase = ?2 AND state NOT IN (?3, ?4))",
                    )?
                    .query_row((chunk.plan.0, Phase::Room, ChunkState::Applied, ChunkState::Refused), |row| {
                        row.get(0)
                    })?;
                if waiting {
                    return Err(LedgerError::OutOfOrder("room was to be made first").into());
                }
            }
            connection
                .prepare_cached(
                    "UPDATE chunks SET state = ?3, attempts = attempts + 1, absorbed = 0,
                                       turn = (SELECT max(turn) + 1 FROM chunks)
                     WHERE plan = ?1 AND number = ?2",
                )?
                .execute((chunk.plan.0, chunk.number, ChunkState::Sent))?;
            connection
                .prepare_cached("UPDATE runs SET state = ?2 WHERE seq = ?1 AND state <> ?2")?
                .execute((run_of(connection, chunk.plan)?, RunState::Applying))?;
            Ok(())
        })
    }

    /// Remembers what became of a chunk. Has to return before anything relies on it.
    ///
    /// # Errors
    /// When the ledger cannot be written; when the chunk was not sent.
    pub fn settle(&self, chunk: ChunkId, outcome: Outcome<'_>) -> Result<(), LedgerError> {
        self.write(|connection| {
            match state(connection, chunk)?.0 {
                ChunkState::Sent | ChunkState::Unknown => {}
                ChunkState::Pending | ChunkState::Failed | ChunkState::Applied | ChunkState::Refused => {
                    return Err(LedgerError::OutOfOrder("a chunk that is not under way was settled").into());
                }
            }
            match outcome {
                Outcome::Applied { idle } => {
                    if !idle.is_empty() {
                        let (add, remove) = load(connection, chunk)?;
                        let owner = Owner::Chunk(chunk.plan.0, chunk.number);
                        sets::put(connection, owner, Role::Idle, &idle.intersection(&add.union(&remove)))?;
                    }
                    set_state(connection, chunk, ChunkState::Applied, None)
                }
                Outcome::Refused { words } => set_state(connection, chunk, ChunkState::Refused, Some(words)),
                Outcome::Failed { words } => set_state(connection, chunk, ChunkState::Failed, Some(words)),
                Outcome::Unknown { words } => set_state(connection, chunk, ChunkState::Unknown, Some(words)),
            }
        })
    }

    /// Takes numbers that the provider will not have out of a chunk, whose request had no effect; the rest is pending.
    /// Yields the rest: when it is empty, the chunk has come to its end.
    ///
    /// # Errors
    /// When the ledger cannot be written; when the chunk may have taken effect.
    pub fn set_aside(&self, chunk: ChunkId, refusals: &[Refusal]) -> Result<Chunk, LedgerError> {
        self.write(|connection| {
            changeable(connection, chunk)?;
            let (add, remove) = load(connection, chunk)?;
            let mut insert = connection.prepare_cached(
                "INSERT OR REPLACE INTO refusals (plan, number, side, words, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for refusal in refusals {
                let side = match (add.contains(refusal.number), remove.contains(refusal.number)) {
                    (true, _) => Role::Add,
                    (false, true) => Role::Remove,
                    (false, false) => continue,
                };
                insert.execute((chunk.plan.0, Number(refusal.number), side, &refusal.words, Instant::now()))?;
            }
            let refused: NumberSet = refusals.iter().map(|refusal| refusal.number).collect();
            let (add, remove) = (add.difference(&refused), remove.difference(&refused));
            store(connection, chunk, &add, &remove)?;
            let rest = as_planned(chunk, &add, &remove);
            let state = if rest.is_empty() { ChunkState::Refused } else { ChunkState::Pending };
            set_state(connection, chunk, state, None)?;
            Ok(rest)
        })
    }

    /// Takes numbers that are not to be added any more, because they have left since the plan was made, out of a chunk
    /// that has had no effect. Yields how many they were. A chunk with nothing left has come to its end.
    ///
    /// # Errors
    /// When the ledger cannot be written; when the chunk may have taken effect.
    pub fn leave_out(&self, chunk: ChunkId, numbers: &NumberSet) -> Result<u64, LedgerError> {
        self.write(|connection| {
            changeable(connection, chunk)?;
            let (add, remove) = load(connection, chunk)?;
            let kept = add.difference(numbers);
            let left_out = add.len() - kept.len();
            if left_out == 0 {
                return Ok(0);
            }
            store(connection, chunk, &kept, &remove)?;
            if kept.is_empty() && remove.is_empty() {
                set_state(connection, chunk, ChunkState::Applied, None)?;
            }
            let left_out = u64::try_from(left_out).unwrap_or(u64::MAX);
            connection.execute("UPDATE plans SET gone = gone + ?2 WHERE id = ?1", (chunk.plan.0, Count(left_out)))?;
            Ok(left_out)
        })
    }

    /// Halves a chunk, whose request had no effect: both halves are pending, the first under the chunk's own name.
    ///
    /// # Errors
    /// When the ledger cannot be written; when the chunk may have taken effect, or holds fewer than two numbers.
    pub fn split(&self, chunk: ChunkId) -> Result<[Chunk; 2], LedgerError> {
        self.write(|connection| {
            let phase = changeable(connection, chunk)?;
            let (add, remove) = load(connection, chunk)?;
            let all = add.len() + remove.len();
            if all < 2 {
                return Err(LedgerError::OutOfOrder("a single number was to be halved").into());
            }
            // Adds first: the half that ends within them leaves the removals to the other.
            let adds_kept = add.len().min(all / 2);
            let (add, add_rest) = add.as_slice().split_at(adds_kept);
            let (remove, remove_rest) = remove.as_slice().split_at(all / 2 - adds_kept);
            let next: i64 =
                connection.query_row("SELECT max(number) + 1 FROM chunks WHERE plan = ?1", [chunk.plan.0], |row| {
                    row.get(0)
                })?;
            let other = ChunkId { plan: chunk.plan, number: next };
            connection.execute(
                "INSERT INTO chunks (plan, number, phase, state) VALUES (?1, ?2, ?3, ?4)",
                (other.plan.0, other.number, phase, ChunkState::Pending),
            )?;
            set_state(connection, chunk, ChunkState::Pending, None)?;
            let set = |numbers: &[Msisdn]| NumberSet::from_unsorted(numbers.to_vec());
            let halves = [(chunk, set(add), set(remove)), (other, set(add_rest), set(remove_rest))];
            for (id, add, remove) in &halves {
                store(connection, *id, add, remove)?;
            }
            Ok(halves.map(|(id, add, remove)| as_planned(id, &add, &remove)))
        })
    }

    /// The numbers of a plan that the provider would not have, with its words, in ascending order.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn refusals(&self, plan: PlanId) -> Result<Vec<Refusal>, LedgerError> {
        self.read(|connection| {
            let mut select =
                connection.prepare_cached("SELECT number, words FROM refusals WHERE plan = ?1 ORDER BY number")?;
            let refusals = select
                .query_map([plan.0], |row| Ok(Refusal { number: row.get::<_, Number>(0)?.0, words: row.get(1)? }))?;
            Ok(refusals.collect::<Result<_, _>>()?)
        })
    }
}

fn as_planned(id: ChunkId, add: &NumberSet, remove: &NumberSet) -> Chunk {
    Chunk {
        number: usize::try_from(id.number).unwrap_or(usize::MAX),
        add: add.iter().collect(),
        remove: remove.iter().collect(),
    }
}
