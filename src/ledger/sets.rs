//! Sets of numbers in the one table that holds them all.

use rusqlite::{Connection, named_params};

use super::cells::{Count, Number, Unknown, words};
use super::error::Fault;
use crate::numbers::packing;
use crate::numbers::{Msisdn, NumberSet};

/// How many numbers a row holds at most: few enough that finding and forgetting one touches little.
const PART: usize = 10_000;

words! {
    /// What a set of numbers is to its owner.
    pub(super) enum Role ("role") {
        /// A chunk's, to be added.
        Add = "add",
        /// A chunk's, to be removed.
        Remove = "remove",
        /// A chunk's that already was as wanted when the chunk was applied.
        Idle = "idle",
        /// A baseline's, named by a list.
        Ours = "ours",
        /// A baseline's, there without a list naming it.
        Joined = "joined",
        /// A run's: on a suppression list.
        Suppressed = "suppressed",
        /// A run's: what a rejected row could mean.
        Rejected = "rejected",
        /// A run's: kept from removal because a rejected row could mean it.
        Held = "held",
        /// A plan's: not found as planned when the members were read back.
        Astray = "astray",
        /// A plan's: named by the list, and a member already.
        Listed = "listed",
        /// A plan's: members, there or to be added, who are remembered as having joined by themselves.
        Guest = "guest",
    }
}

/// Whose a set is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Owner {
    /// What a run noted, for one of its plans or for all of it.
    Run(i64, Option<i64>),
    /// A chunk of a plan.
    Chunk(i64, i64),
    /// The baseline of an audience.
    Audience(i64),
}

impl Owner {
    /// Run, plan, chunk, audience.
    fn columns(self) -> (Option<i64>, Option<i64>, Option<i64>, Option<i64>) {
        match self {
            Self::Run(run, plan) => (Some(run), plan, None, None),
            Self::Chunk(plan, chunk) => (None, Some(plan), Some(chunk), None),
            Self::Audience(audience) => (None, None, None, Some(audience)),
        }
    }
}

/// Adds a set to what the owner has in that role; the empty set leaves no trace.
pub(super) fn put(connection: &Connection, owner: Owner, role: Role, set: &NumberSet) -> Result<(), Fault> {
    let (run, plan, chunk, audience) = owner.columns();
    let mut insert = connection.prepare_cached(
        "INSERT INTO numbers (run, plan, chunk, audience, role, count, first, last, body)
         VALUES (:run, :plan, :chunk, :audience, :role, :count, :first, :last, :body)",
    )?;
    for part in set.as_slice().chunks(PART) {
        let Some(edges) = Edges::of(part) else { continue };
        insert.execute(named_params! {
            ":run": run,
            ":plan": plan,
            ":chunk": chunk,
            ":audience": audience,
            ":role": role,
            ":count": edges.count,
            ":first": edges.first,
            ":last": edges.last,
            ":body": packing::pack(part),
        })?;
    }
    Ok(())
}

/// What the owner has in that role. Whose a row is stands in the row and in the index that finds it; where the two
/// differ the file is damaged, and the numbers may be anybody's.
pub(super) fn get(connection: &Connection, owner: Owner, role: Role) -> Result<NumberSet, Fault> {
    let (run, plan, chunk, audience) = owner.columns();
    let mut select = connection.prepare_cached(&format!(
        "SELECT kept.body,
                kept.run IS :run AND kept.plan IS :plan AND kept.chunk IS :chunk AND kept.audience IS :audience
         FROM (SELECT id FROM numbers WHERE {}) AS found LEFT JOIN numbers AS kept NOT INDEXED ON kept.id = found.id",
        filter(owner)
    ))?;
    let mut rows = select
        .query(named_params! { ":run": run, ":plan": plan, ":chunk": chunk, ":audience": audience, ":role": role })?;
    let mut numbers = Vec::new();
    while let Some(row) = rows.next()? {
        if !row.get::<_, bool>(1)? {
            return Err(damaged(Unknown("owner of numbers")));
        }
        numbers.extend_from_slice(unpacked(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?.as_slice());
    }
    Ok(NumberSet::from_unsorted(numbers))
}

/// Takes everything from the owner that it has in that role.
pub(super) fn clear(connection: &Connection, owner: Owner, role: Role) -> Result<(), Fault> {
    let (run, plan, chunk, audience) = owner.columns();
    connection
        .prepare_cached(&format!("DELETE FROM numbers WHERE {}", filter(owner)))?
        .execute(named_params! { ":run": run, ":plan": plan, ":chunk": chunk, ":audience": audience, ":role": role })?;
    Ok(())
}

/// Every owner has an index that serves it; the parameters are the same for all.
fn filter(owner: Owner) -> &'static str {
    match owner {
        Owner::Run(..) => "run = :run AND plan IS :plan AND chunk IS :chunk AND audience IS :audience AND role = :role",
        Owner::Chunk(..) => {
            "plan = :plan AND chunk = :chunk AND run IS :run AND audience IS :audience AND role = :role"
        }
        Owner::Audience(..) => {
            "audience = :audience AND run IS :run AND plan IS :plan AND chunk IS :chunk AND role = :role"
        }
    }
}

/// Replaces the contents of one row; the empty set removes the row.
pub(super) fn replace_row(connection: &Connection, id: i64, set: &NumberSet) -> Result<(), Fault> {
    match Edges::of(set.as_slice()) {
        None => connection.execute("DELETE FROM numbers WHERE id = ?1", [id])?,
        Some(edges) => connection.execute(
            "UPDATE numbers SET count = ?2, first = ?3, last = ?4, body = ?5 WHERE id = ?1",
            (id, edges.count, edges.first, edges.last, packing::pack(set.as_slice())),
        )?,
    };
    Ok(())
}

/// The numbers of a body.
pub(super) fn unpacked(body: &[u8]) -> Result<NumberSet, Fault> {
    packing::unpack(body).map_err(damaged)
}

fn damaged(why: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::Sql(rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, Box::new(why)))
}

/// What a row says of its numbers without being unpacked.
struct Edges {
    count: Count,
    first: Number,
    last: Number,
}

impl Edges {
    fn of(numbers: &[Msisdn]) -> Option<Self> {
        Some(Self {
            count: Count(u64::try_from(numbers.len()).unwrap_or(u64::MAX)),
            first: Number(*numbers.first()?),
            last: Number(*numbers.last()?),
        })
    }
}
