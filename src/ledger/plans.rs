//! The plans of a run: stored whole before the first request, so that what is left of them can be sent by anyone.

use std::borrow::Cow;

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::audiences::{Audience, audience_row};
use super::cells::{Count, unknown, words};
use super::chunks::{ChunkState, Phase};
use super::error::Fault;
use super::homes::add_home;
use super::inputs::{Input, put_inputs};
use super::runs::{RunId, RunState, kept_seq, seq};
use super::sets::{self, Owner, Role};
use super::{Ledger, LedgerError};
use crate::groups::GroupId;
use crate::numbers::NumberSet;
use crate::plan::{Chunk, Digest, GroupRef, Mode, Plan};

/// A stored plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlanId(pub(super) i64);

/// A chunk of a stored plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChunkId {
    pub(super) plan: PlanId,
    pub(super) number: i64,
}

impl PlanId {
    /// The plan's chunk of that number.
    #[must_use]
    pub fn chunk(self, number: usize) -> ChunkId {
        ChunkId { plan: self, number: i64::try_from(number).unwrap_or(i64::MAX) }
    }
}

impl ChunkId {
    /// The plan that the chunk is of.
    #[must_use]
    pub fn plan(self) -> PlanId {
        self.plan
    }
}

words! {
    /// What is known of the making of a plan's group.
    pub enum Creation ("way of making a group") {
        /// The group was there.
        Needless = "needless",
        /// The group is to be made.
        Wanted = "wanted",
        /// The provider was asked to make it, and nobody knows whether it did: look for it before asking again.
        Asked = "asked",
        /// This run made it.
        Made = "made",
        /// Somebody else made it meanwhile.
        Found = "found",
    }
}

/// A plan to be stored.
pub struct NewPlan<'a> {
    /// The name of the audience that the group belongs to.
    pub audience: &'a str,
    /// What is to be changed.
    pub plan: &'a Plan,
    /// Rows of the list that were meant for this group, for the brake `shrink`.
    pub rows: Option<u64>,
    /// Members whom the plan's list names: they are ours once the plan is carried out, whoever does it.
    pub listed: Cow<'a, NumberSet>,
    /// Members, there or to be added, who joined by themselves where they come from: they are remembered as if they had
    /// done so here, and are the plan's to take back all the same.
    pub guests: NumberSet,
    /// The plan's chunks: all of them, each with its phase.
    pub chunks: Box<dyn Iterator<Item = (Phase, Chunk)> + 'a>,
}

impl std::fmt::Debug for NewPlan<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPlan").field("audience", &self.audience).field("plan", &self.plan).finish_non_exhaustive()
    }
}

/// A plan as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPlan {
    /// Its name here.
    pub id: PlanId,
    /// The audience that the group belongs to.
    pub audience: Audience,
    /// The group's id, once it is known.
    pub group: Option<GroupId>,
    /// The group's name, when it has one.
    pub name: Option<String>,
    /// What is known of the making of the group.
    pub creation: Creation,
    /// How the list related to the members.
    pub mode: Mode,
    /// The digest of the plan as it was made: what was set aside or forgotten since is still in it.
    pub digest: Digest,
    /// Members before the change.
    pub before: u64,
    /// Numbers of the list for which nothing had to be done.
    pub already: u64,
    /// Numbers of the list that were not to be added because they had left.
    pub left: u64,
    /// Members whom no list had named and who were to be kept.
    pub joined: u64,
    /// Members who were to be kept because a rejected row may have meant them.
    pub held: u64,
    /// Whether nothing was remembered of the group, so that list and members were simply compared.
    pub two_way: bool,
    /// Numbers to add, as the plan was made.
    pub adds: u64,
    /// Numbers to remove, as the plan was made.
    pub removes: u64,
    /// Rows of the list that were meant for this group.
    pub rows: Option<u64>,
}

impl StoredPlan {
    /// The group as the planner and the applier know it.
    #[must_use]
    pub fn group_ref(&self) -> GroupRef {
        match &self.group {
            Some(id) => GroupRef::Existing { id: id.clone(), name: self.name.clone() },
            None => GroupRef::New { name: self.name.clone().unwrap_or_default() },
        }
    }
}

words! {
    /// What a run notes of numbers that it does not change.
    pub enum Note ("note") {
        /// On a suppression list.
        Suppressed = "suppressed",
        /// What a rejected row could mean.
        Rejected = "rejected",
        /// Kept from removal because a rejected row could mean it.
        Held = "held",
    }
}

impl Note {
    fn role(self) -> Role {
        match self {
            Self::Suppressed => Role::Suppressed,
            Self::Rejected => Role::Rejected,
            Self::Held => Role::Held,
        }
    }
}

fn plan_of(row: &Row<'_>) -> rusqlite::Result<StoredPlan> {
    let group: Option<String> = row.get(3)?;
    let digest: String = row.get(7)?;
    let mode: String = row.get(6)?;
    Ok(StoredPlan {
        id: PlanId(row.get(0)?),
        audience: Audience { account: row.get(1)?, name: row.get(2)? },
        group: group.map(GroupId::new),
        name: row.get(4)?,
        creation: row.get(5)?,
        mode: Mode::from_name(&mode).ok_or_else(|| rusqlite::Error::from(unknown("mode")))?,
        digest: digest.parse().map_err(|_| rusqlite::Error::from(unknown("digest")))?,
        before: row.get::<_, Count>(8)?.0,
        already: row.get::<_, Count>(9)?.0,
        adds: row.get::<_, Count>(10)?.0,
        removes: row.get::<_, Count>(11)?.0,
        rows: row.get::<_, Option<Count>>(12)?.map(|rows| rows.0),
        left: row.get::<_, Count>(13)?.0,
        joined: row.get::<_, Count>(14)?.0,
        held: row.get::<_, Count>(15)?.0,
        two_way: row.get(16)?,
    })
}

/// Stores one plan and its chunks.
fn put_plan(connection: &Connection, run: i64, new: NewPlan<'_>) -> Result<PlanId, Fault> {
    let plan = new.plan;
    let audience = audience_row(connection, &plan.account, new.audience)?;
    let (group, name, creation) = match &plan.group {
        GroupRef::Existing { id, name } => (Some(id.as_str()), name.as_deref(), Creation::Needless),
        GroupRef::New { name } => (None, Some(name.as_str()), Creation::Wanted),
    };
    connection
        .prepare_cached(
            "INSERT INTO plans (run, audience, group_id, group_name, creation, mode, digest, members_before, already,
                                adds, removes, rows, gone, joined, held, two_way)
             VALUES (:run, :audience, :group, :name, :creation, :mode, :digest, :before, :already,
                     :adds, :removes, :rows, :gone, :joined, :held, :two_way)",
        )?
        .execute(named_params! {
            ":run": run,
            ":audience": audience,
            ":group": group,
            ":name": name,
            ":creation": creation,
            ":mode": plan.mode.as_str(),
            ":digest": plan.digest().to_string(),
            ":before": Count(plan.before),
            ":already": Count(plan.already),
            ":adds": count(plan.add.len()),
            ":removes": count(plan.remove.len()),
            ":rows": new.rows.map(Count),
            ":gone": Count(plan.left),
            ":joined": Count(plan.joined),
            ":held": count(plan.held.len()),
            ":two_way": plan.two_way,
        })?;
    let id = PlanId(connection.last_insert_rowid());
    let mut insert =
        connection.prepare_cached("INSERT INTO chunks (plan, number, phase, state) VALUES (?1, ?2, ?3, ?4)")?;
    let (mut adds, mut removes) = (0, 0);
    for (phase, chunk) in new.chunks {
        let key = id.chunk(chunk.number);
        insert.execute((key.plan.0, key.number, phase, ChunkState::Pending))?;
        adds += chunk.add.len();
        removes += chunk.remove.len();
        let owner = Owner::Chunk(key.plan.0, key.number);
        sets::put(connection, owner, Role::Add, &NumberSet::from_unsorted(chunk.add))?;
        sets::put(connection, owner, Role::Remove, &NumberSet::from_unsorted(chunk.remove))?;
    }
    if (adds, removes) != (plan.add.len(), plan.remove.len()) {
        return Err(LedgerError::OutOfOrder("the chunks are not the plan").into());
    }
    sets::put(connection, Owner::Run(run, Some(id.0)), Role::Listed, &new.listed)?;
    sets::put(connection, Owner::Run(run, Some(id.0)), Role::Guest, &new.guests)?;
    Ok(id)
}

fn count(len: usize) -> Count {
    Count(u64::try_from(len).unwrap_or(u64::MAX))
}

impl Ledger {
    /// Stores what a run has read and what it is to do: all of it, or nothing. Yields the plans' ids in the order given.
    ///
    /// # Errors
    /// When the ledger cannot be written, knows no such run, or has plans of it already; when chunks are not their
    /// plan.
    pub fn plan_run(&self, run: &RunId, inputs: &[Input], plans: Vec<NewPlan<'_>>) -> Result<Vec<PlanId>, LedgerError> {
        self.write(|connection| {
            let seq = seq(connection, run)?;
            let begun = connection.execute(
                "UPDATE runs SET state = ?2 WHERE seq = ?1 AND state = ?3",
                (seq, RunState::Planned, RunState::Begun),
            )?;
            if begun == 0 {
                return Err(LedgerError::OutOfOrder("a run was planned twice").into());
            }
            put_inputs(connection, seq, inputs)?;
            plans.into_iter().map(|plan| put_plan(connection, seq, plan)).collect()
        })
    }

    /// The plans of a run, in the order in which they were stored.
    ///
    /// # Errors
    /// When the ledger cannot be read, or knows no such run.
    pub fn plans(&self, run: &RunId) -> Result<Vec<StoredPlan>, LedgerError> {
        self.read(|connection| {
            let seq = seq(connection, run)?;
            let mut select = connection.prepare_cached(
                "SELECT plans.id, account, audiences.name, group_id, group_name, creation, mode, digest,
                        members_before, already, adds, removes, rows, gone, joined, held, two_way
                 FROM plans JOIN audiences ON audiences.id = plans.audience WHERE run = ?1 ORDER BY plans.id",
            )?;
            let plans = select.query_map([seq], plan_of)?;
            Ok(plans.collect::<Result<_, _>>()?)
        })
    }

    /// Remembers that the provider is about to be asked for the plan's group. Creating is not idempotent: this has to
    /// be known before the request leaves.
    ///
    /// # Errors
    /// When the ledger cannot be written; when the group is there already.
    pub fn intend_creation(&self, plan: PlanId) -> Result<(), LedgerError> {
        self.write(|connection| {
            let changed = connection.execute(
                "UPDATE plans SET creation = ?2 WHERE id = ?1 AND creation IN (?2, ?3)",
                (plan.0, Creation::Asked, Creation::Wanted),
            )?;
            if changed == 1 { Ok(()) } else { Err(LedgerError::OutOfOrder("a group was to be made twice").into()) }
        })
    }

    /// Remembers that the plan's group was not asked for after all: the request is known not to have been applied.
    ///
    /// # Errors
    /// When the ledger cannot be written; when the group was not about to be asked for.
    pub fn withdraw_creation(&self, plan: PlanId) -> Result<(), LedgerError> {
        self.write(|connection| {
            let changed = connection.execute(
                "UPDATE plans SET creation = ?2 WHERE id = ?1 AND creation = ?3",
                (plan.0, Creation::Wanted, Creation::Asked),
            )?;
            if changed == 1 { Ok(()) } else { Err(LedgerError::OutOfOrder("a group was not to be made").into()) }
        })
    }

    /// Remembers the id of a group that had to be made, and whether it was this run that made it.
    ///
    /// # Errors
    /// When the ledger cannot be written; when the group was known already.
    pub fn settle_creation(&self, plan: PlanId, group: &GroupId, made: bool) -> Result<(), LedgerError> {
        let creation = if made { Creation::Made } else { Creation::Found };
        self.write(|connection| {
            let changed = connection.execute(
                "UPDATE plans SET creation = ?2, group_id = ?3 WHERE id = ?1 AND creation IN (?4, ?5)",
                (plan.0, creation, group.as_str(), Creation::Asked, Creation::Wanted),
            )?;
            if changed != 1 {
                return Err(LedgerError::OutOfOrder("a group was made twice").into());
            }
            let audience =
                connection.query_row("SELECT audience FROM plans WHERE id = ?1", [plan.0], |row| row.get(0))?;
            add_home(connection, audience, group)
        })
    }

    /// The groups that runs have made under this name, the newest first, whatever they are called now.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn made_under(&self, account: &str, name: &str) -> Result<Vec<GroupId>, LedgerError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT group_id FROM plans JOIN runs ON runs.seq = plans.run
                 WHERE account = ?1 AND group_name = ?2 AND creation IN (?3, ?4) AND group_id IS NOT NULL
                 ORDER BY plans.id DESC",
            )?;
            let made = (account, name, Creation::Made, Creation::Found);
            let ids = select.query_map(made, |row| row.get::<_, String>(0).map(GroupId::new))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
    }

    /// Remembers numbers that a run met without changing them; what was noted before is replaced.
    ///
    /// # Errors
    /// When the ledger cannot be written, or knows no such run.
    pub fn note(&self, run: &RunId, note: Note, numbers: &NumberSet) -> Result<(), LedgerError> {
        self.write(|connection| {
            let owner = Owner::Run(kept_seq(connection, run)?, None);
            sets::clear(connection, owner, note.role())?;
            sets::put(connection, owner, note.role(), numbers)
        })
    }

    /// The numbers that a run noted.
    ///
    /// # Errors
    /// When the ledger cannot be read, or knows no such run, or has let its numbers go.
    pub fn noted(&self, run: &RunId, note: Note) -> Result<NumberSet, LedgerError> {
        self.read(|connection| sets::get(connection, Owner::Run(kept_seq(connection, run)?, None), note.role()))
    }

    /// The members whom the plan's list named.
    ///
    /// # Errors
    /// When the ledger cannot be read, or knows no such plan.
    pub fn listed(&self, plan: PlanId) -> Result<NumberSet, LedgerError> {
        self.read(|connection| sets::get(connection, Owner::Run(run_of(connection, plan)?, Some(plan.0)), Role::Listed))
    }

    /// Members of the plan's group who are remembered as having joined by themselves: see [`NewPlan::guests`].
    ///
    /// # Errors
    /// When the ledger cannot be read, or knows no such plan.
    pub fn guests(&self, plan: PlanId) -> Result<NumberSet, LedgerError> {
        self.read(|connection| sets::get(connection, Owner::Run(run_of(connection, plan)?, Some(plan.0)), Role::Guest))
    }

    /// Remembers the numbers of a plan that were not found as planned when the members were read back: adds that are
    /// missing, removals that are still there. What an earlier look has found is replaced.
    ///
    /// # Errors
    /// When the ledger cannot be written, or knows no such plan.
    pub fn note_astray(&self, plan: PlanId, numbers: &NumberSet) -> Result<(), LedgerError> {
        self.write(|connection| {
            let owner = Owner::Run(run_of(connection, plan)?, Some(plan.0));
            sets::clear(connection, owner, Role::Astray)?;
            sets::put(connection, owner, Role::Astray, numbers)
        })
    }
}

/// The run that a plan is of.
pub(super) fn run_of(connection: &Connection, plan: PlanId) -> Result<i64, Fault> {
    let found = connection.prepare_cached("SELECT run FROM plans WHERE id = ?1")?.query_row([plan.0], |row| row.get(0));
    found.optional()?.ok_or_else(|| LedgerError::OutOfOrder("there is no such plan").into())
}
