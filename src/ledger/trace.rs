//! Everything that is remembered of one number.

use jiff::Timestamp;
use rusqlite::{Connection, Row};

use super::audiences::Audience;
use super::cells::{Instant, Number, words};
use super::chunks::ChunkState;
use super::error::Fault;
use super::leavers::Leaver;
use super::plans::PlanId;
use super::runs::RunId;
use super::sets::{self, Owner, Role, unpacked};
use super::{Ledger, LedgerError};
use crate::numbers::Msisdn;

words! {
    /// What a run did with a number, or knew of it.
    pub enum Deed ("deed") {
        /// It was added.
        Added = "added",
        /// It was removed.
        Removed = "removed",
        /// Its addition was sent, and nobody knows the outcome.
        PerhapsAdded = "perhaps_added",
        /// Its removal was sent, and nobody knows the outcome.
        PerhapsRemoved = "perhaps_removed",
        /// It is yet to be added.
        ToAdd = "to_add",
        /// It is yet to be removed.
        ToRemove = "to_remove",
        /// It was to be added, and was a member.
        AlreadyMember = "already_member",
        /// It was to be removed, and was no member.
        AlreadyGone = "already_gone",
        /// It was added, and was no member when the members were read back.
        NotKept = "not_kept",
        /// It was removed, and was a member when the members were read back.
        NotGone = "not_gone",
        /// The provider refused it.
        Refused = "refused",
        /// It was on a suppression list.
        Suppressed = "suppressed",
        /// A rejected row could have meant it.
        Rejected = "rejected",
        /// It was kept from removal because a rejected row could have meant it.
        Held = "held",
    }
}

words! {
    /// How a member came to be one.
    pub enum Origin ("origin") {
        /// A list has named it.
        Ours = "ours",
        /// No list has named it.
        Joined = "joined",
    }
}

/// A number in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The run.
    pub run: RunId,
    /// Its command.
    pub command: String,
    /// When the run began.
    pub started: Timestamp,
    /// The run's account.
    pub account: String,
    /// The group's name or id, when it was about a group.
    pub group: Option<String>,
    /// What the run did.
    pub deed: Deed,
}

/// A number in a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Where.
    pub audience: Audience,
    /// How it came to be a member.
    pub origin: Origin,
    /// The run that looked.
    pub run: RunId,
    /// When.
    pub taken: Timestamp,
}

/// Everything that is remembered of one number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// Runs, oldest first.
    pub runs: Vec<Mention>,
    /// Baselines that hold it, by account and audience.
    pub baselines: Vec<Sighting>,
    /// Audiences that it has left, by account and audience.
    pub leavers: Vec<(Audience, Leaver)>,
}

impl Ledger {
    /// Everything that is remembered of a number.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn trace(&self, number: Msisdn) -> Result<Trace, LedgerError> {
        self.read(|connection| {
            let mut runs = mentions(connection, number)?;
            runs.extend(refused(connection, number)?);
            // Stable: within a run, what was noted comes before what was done.
            runs.sort_by_key(|(seq, _)| *seq);
            Ok(Trace {
                runs: runs.into_iter().map(|(_, mention)| mention).collect(),
                baselines: sightings(connection, number)?,
                leavers: left(connection, number)?,
            })
        })
    }
}

/// Run, command, start, account and group, as every query here begins.
fn mention_of(row: &Row<'_>, deed: Deed) -> rusqlite::Result<(i64, Mention)> {
    let mention = Mention {
        run: row.get(1)?,
        command: row.get(2)?,
        started: row.get::<_, Instant>(3)?.0,
        account: row.get(4)?,
        group: row.get(5)?,
        deed,
    };
    Ok((row.get(0)?, mention))
}

fn mentions(connection: &Connection, number: Msisdn) -> Result<Vec<(i64, Mention)>, Fault> {
    let mut select = connection.prepare(
        "SELECT runs.seq, runs.id, command, started, account, coalesce(group_name, group_id),
                role, body, plans.id, chunk, chunks.state
         FROM numbers LEFT JOIN plans ON plans.id = numbers.plan
         LEFT JOIN chunks ON chunks.plan = numbers.plan AND chunks.number = numbers.chunk
         JOIN runs ON runs.seq = coalesce(numbers.run, plans.run)
         WHERE first <= ?1 AND last >= ?1 AND numbers.audience IS NULL ORDER BY numbers.id",
    )?;
    let mut rows = select.query([Number(number)])?;
    let mut mentions = Vec::new();
    while let Some(row) = rows.next()? {
        if !unpacked(row.get_ref(7)?.as_blob().map_err(rusqlite::Error::from)?)?.contains(number) {
            continue;
        }
        let place = match (row.get(8)?, row.get(9)?, row.get(10)?) {
            (Some(plan), Some(chunk), Some(state)) => Some(Place { plan, chunk, state }),
            _ => None,
        };
        if let Some(deed) = deed(connection, row.get(6)?, place.as_ref(), number)? {
            mentions.push(mention_of(row, deed)?);
        }
    }
    Ok(mentions)
}

/// The chunk that a number stands in.
struct Place {
    plan: i64,
    chunk: i64,
    state: ChunkState,
}

impl Place {
    /// What became of a number in it; the deeds are those of the number's side.
    fn became(&self, connection: &Connection, number: Msisdn, deeds: &Side) -> Result<Option<Deed>, Fault> {
        let has = |owner, role| sets::get(connection, owner, role).map(|set| set.contains(number));
        Ok(match self.state {
            ChunkState::Applied if has(Owner::Chunk(self.plan, self.chunk), Role::Idle)? => Some(deeds.idle),
            ChunkState::Applied => {
                let run = super::plans::run_of(connection, PlanId(self.plan))?;
                let astray = has(Owner::Run(run, Some(self.plan)), Role::Astray)?;
                Some(if astray { deeds.astray } else { deeds.done })
            }
            ChunkState::Sent | ChunkState::Unknown => Some(deeds.perhaps),
            ChunkState::Pending | ChunkState::Failed => Some(deeds.ahead),
            ChunkState::Refused => Some(Deed::Refused),
        })
    }
}

/// The deeds of one side of a plan.
struct Side {
    done: Deed,
    idle: Deed,
    astray: Deed,
    perhaps: Deed,
    ahead: Deed,
}

const ADD: Side = Side {
    done: Deed::Added,
    idle: Deed::AlreadyMember,
    astray: Deed::NotKept,
    perhaps: Deed::PerhapsAdded,
    ahead: Deed::ToAdd,
};

const REMOVE: Side = Side {
    done: Deed::Removed,
    idle: Deed::AlreadyGone,
    astray: Deed::NotGone,
    perhaps: Deed::PerhapsRemoved,
    ahead: Deed::ToRemove,
};

/// What a set says of its number; none, when another set says it already.
fn deed(connection: &Connection, role: Role, place: Option<&Place>, number: Msisdn) -> Result<Option<Deed>, Fault> {
    match role {
        Role::Add => place.map_or(Ok(None), |place| place.became(connection, number, &ADD)),
        Role::Remove => place.map_or(Ok(None), |place| place.became(connection, number, &REMOVE)),
        Role::Suppressed => Ok(Some(Deed::Suppressed)),
        Role::Rejected => Ok(Some(Deed::Rejected)),
        Role::Held => Ok(Some(Deed::Held)),
        Role::Idle | Role::Astray | Role::Listed | Role::Guest | Role::Ours | Role::Joined => Ok(None),
    }
}

fn refused(connection: &Connection, number: Msisdn) -> Result<Vec<(i64, Mention)>, Fault> {
    let mut select = connection.prepare(
        "SELECT runs.seq, runs.id, command, started, account, coalesce(group_name, group_id)
         FROM refusals JOIN plans ON plans.id = refusals.plan JOIN runs ON runs.seq = plans.run
         WHERE refusals.number = ?1 ORDER BY plans.id",
    )?;
    let mentions = select.query_map([Number(number)], |row| mention_of(row, Deed::Refused))?;
    Ok(mentions.collect::<Result<_, _>>()?)
}

fn sightings(connection: &Connection, number: Msisdn) -> Result<Vec<Sighting>, Fault> {
    let mut select = connection.prepare(
        "SELECT account, name, role, baselines.run, taken, body
         FROM numbers JOIN audiences ON audiences.id = numbers.audience
         JOIN baselines ON baselines.audience = numbers.audience
         WHERE first <= ?1 AND last >= ?1 ORDER BY account, name",
    )?;
    let mut rows = select.query([Number(number)])?;
    let mut sightings = Vec::new();
    while let Some(row) = rows.next()? {
        if unpacked(row.get_ref(5)?.as_blob().map_err(rusqlite::Error::from)?)?.contains(number) {
            sightings.push(Sighting {
                audience: Audience { account: row.get(0)?, name: row.get(1)? },
                origin: row.get(2)?,
                run: row.get(3)?,
                taken: row.get::<_, Instant>(4)?.0,
            });
        }
    }
    Ok(sightings)
}

fn left(connection: &Connection, number: Msisdn) -> Result<Vec<(Audience, Leaver)>, Fault> {
    let mut select = connection.prepare(
        "SELECT account, name, since, run, how FROM leavers JOIN audiences ON audiences.id = audience
         WHERE number = ?1 ORDER BY account, name",
    )?;
    let left = select.query_map([Number(number)], |row| {
        let audience = Audience { account: row.get(0)?, name: row.get(1)? };
        let leaver = Leaver { number, since: row.get::<_, Instant>(2)?.0, run: row.get(3)?, how: row.get(4)? };
        Ok((audience, leaver))
    })?;
    Ok(left.collect::<Result<_, _>>()?)
}
