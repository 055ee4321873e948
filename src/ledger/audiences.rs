//! Audiences: who was in them when they were last read, and in which groups they live.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::cells::{Count, Instant, Number};
use super::chunks::ChunkState;
use super::error::Fault;
use super::leavers::{How, Leaver, leaver_numbers, put_leaver};
use super::runs::RunId;
use super::sets::{self, Owner, Role};
use super::{Ledger, LedgerError};
use crate::groups::GroupId;
use crate::numbers::NumberSet;

/// One logical list of an account: what baselines and leavers are remembered by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Audience {
    /// The account's key, such as `sandbox/demo`.
    pub account: String,
    /// The name of the group, or its id when it has none.
    pub name: String,
}

impl Audience {
    /// An account's audience of that name.
    pub fn new(account: impl Into<String>, name: impl Into<String>) -> Self {
        Self { account: account.into(), name: name.into() }
    }
}

/// What was seen when an audience was read back after a run.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The run that looked.
    pub run: &'a RunId,
    /// When.
    pub taken: Timestamp,
    /// The groups that the audience lives in, in order.
    pub groups: &'a [GroupId],
    /// Members whom a list has named.
    pub ours: &'a NumberSet,
    /// Members whom no list has named.
    pub joined: &'a NumberSet,
    /// Those of ours who were gone, and whom we did not remove.
    pub left: &'a NumberSet,
}

/// The members of an audience when it was last read back after a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The run that looked.
    pub run: RunId,
    /// When.
    pub taken: Timestamp,
    /// The groups that the audience lived in, in order.
    pub groups: Vec<GroupId>,
    /// Members whom a list has named.
    pub ours: NumberSet,
    /// Members whom no list has named.
    pub joined: NumberSet,
}

/// What is remembered of an audience, in figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudienceFigures {
    /// The audience.
    pub audience: Audience,
    /// The groups that it lived in.
    pub groups: Vec<GroupId>,
    /// When its baseline was taken, when it has one.
    pub taken: Option<Timestamp>,
    /// Members whom a list has named.
    pub ours: u64,
    /// Members whom no list has named.
    pub joined: u64,
    /// Leavers.
    pub leavers: u64,
}

/// The audience's row, if there is one.
pub(super) fn find_audience(connection: &Connection, audience: &Audience) -> Result<Option<i64>, Fault> {
    let found = connection
        .prepare_cached("SELECT id FROM audiences WHERE account = ?1 AND name = ?2")?
        .query_row((&audience.account, &audience.name), |row| row.get(0));
    Ok(found.optional()?)
}

/// The audience's row, made when there is none.
pub(super) fn audience_row(connection: &Connection, account: &str, name: &str) -> Result<i64, Fault> {
    connection
        .prepare_cached("INSERT INTO audiences (account, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute((account, name))?;
    let id = connection
        .prepare_cached("SELECT id FROM audiences WHERE account = ?1 AND name = ?2")?
        .query_row((account, name), |row| row.get(0));
    Ok(id?)
}

pub(super) fn groups_of(connection: &Connection, audience: i64) -> Result<Vec<GroupId>, Fault> {
    let mut select =
        connection.prepare_cached("SELECT group_id FROM audience_groups WHERE audience = ?1 ORDER BY position")?;
    let groups = select.query_map([audience], |row| row.get::<_, String>(0).map(GroupId::new))?;
    Ok(groups.collect::<Result<_, _>>()?)
}

pub(super) fn put_groups(connection: &Connection, audience: i64, groups: &[GroupId]) -> Result<(), Fault> {
    connection.execute("DELETE FROM audience_groups WHERE audience = ?1", [audience])?;
    let mut insert =
        connection.prepare_cached("INSERT INTO audience_groups (audience, position, group_id) VALUES (?1, ?2, ?3)")?;
    for (position, group) in (0_i64..).zip(groups) {
        insert.execute((audience, position, group.as_str()))?;
    }
    Ok(())
}

/// What was changed up to now is in the baseline that is being written.
pub(super) fn absorb(connection: &Connection, audience: i64) -> Result<(), Fault> {
    connection.execute(
        "UPDATE chunks SET absorbed = 1
         WHERE absorbed = 0 AND plan IN (SELECT id FROM plans WHERE audience = ?1) AND state IN (?2, ?3, ?4)",
        (audience, ChunkState::Applied, ChunkState::Sent, ChunkState::Unknown),
    )?;
    Ok(())
}

fn clear_returned(connection: &Connection, audience: i64, members: &NumberSet) -> Result<(), Fault> {
    let mut delete = connection.prepare_cached("DELETE FROM leavers WHERE audience = ?1 AND number = ?2")?;
    for number in leaver_numbers(connection, audience)?.intersection(members).iter() {
        delete.execute((audience, Number(number)))?;
    }
    Ok(())
}

pub(super) fn drop_baseline(connection: &Connection, audience: i64) -> Result<(), Fault> {
    connection.execute("DELETE FROM baselines WHERE audience = ?1", [audience])?;
    for role in [Role::Ours, Role::Joined] {
        sets::clear(connection, Owner::Audience(audience), role)?;
    }
    Ok(())
}

impl Ledger {
    /// Remembers a look at an audience, all at once: its baseline is replaced, those who left are leavers from now on
    /// (those who were leavers stay so since then), and leavers who are members again are leavers no more. A number
    /// that is both `ours` and `joined` is `ours`; a member has not left.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn remember(&self, audience: &Audience, look: &Look<'_>) -> Result<(), LedgerError> {
        let joined = look.joined.difference(look.ours);
        self.write(|connection| {
            let id = audience_row(connection, &audience.account, &audience.name)?;
            drop_baseline(connection, id)?;
            connection.execute(
                "INSERT INTO baselines (audience, run, taken) VALUES (?1, ?2, ?3)",
                (id, look.run, Instant(look.taken)),
            )?;
            sets::put(connection, Owner::Audience(id), Role::Ours, look.ours)?;
            sets::put(connection, Owner::Audience(id), Role::Joined, &joined)?;
            put_groups(connection, id, look.groups)?;
            for number in look.left.difference(look.ours).difference(&joined).iter() {
                let run = Some(look.run.clone());
                put_leaver(connection, id, &Leaver { number, since: look.taken, run, how: How::Observed })?;
            }
            clear_returned(connection, id, look.ours)?;
            clear_returned(connection, id, &joined)?;
            absorb(connection, id)
        })
    }

    /// The audience's baseline; none before its first run, or when it was dropped.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn baseline(&self, audience: &Audience) -> Result<Option<Baseline>, LedgerError> {
        self.read(|connection| {
            let Some(id) = find_audience(connection, audience)? else { return Ok(None) };
            let found = connection
                .query_row("SELECT run, taken FROM baselines WHERE audience = ?1", [id], |row| {
                    Ok((row.get(0)?, row.get::<_, Instant>(1)?.0))
                })
                .optional()?;
            let Some((run, taken)) = found else { return Ok(None) };
            Ok(Some(Baseline {
                run,
                taken,
                groups: groups_of(connection, id)?,
                ours: sets::get(connection, Owner::Audience(id), Role::Ours)?,
                joined: sets::get(connection, Owner::Audience(id), Role::Joined)?,
            }))
        })
    }

    /// Lets an audience's baseline go, as when its group is deleted: nobody has left who was deleted with the group.
    /// Leavers stay.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn drop_baseline(&self, audience: &Audience) -> Result<(), LedgerError> {
        self.write(|connection| match find_audience(connection, audience)? {
            Some(id) => {
                drop_baseline(connection, id)?;
                put_groups(connection, id, &[])?;
                absorb(connection, id)
            }
            None => Ok(()),
        })
    }

    /// Carries all that is remembered of an audience over to a new name, as when its group is renamed.
    ///
    /// # Errors
    /// When the ledger cannot be written, or remembers something by that name.
    pub fn rename_audience(&self, audience: &Audience, name: &str) -> Result<(), LedgerError> {
        self.write(|connection| {
            let Some(id) = find_audience(connection, audience)? else { return Ok(()) };
            let new = Audience::new(&*audience.account, name);
            if audience.name != name && find_audience(connection, &new)?.is_some() {
                return Err(LedgerError::NameTaken(new.name).into());
            }
            connection.execute("UPDATE audiences SET name = ?2 WHERE id = ?1", (id, name))?;
            Ok(())
        })
    }

    /// The name of the audience that a group belonged to when it was last read: what it is remembered by, when
    /// somebody else has renamed the group since, or when it is one of several.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn audience_of_group(&self, account: &str, group: &GroupId) -> Result<Option<Audience>, LedgerError> {
        self.read(|connection| {
            let found = connection
                .query_row(
                    "SELECT name FROM audience_groups JOIN audiences ON id = audience
                     LEFT JOIN baselines USING (audience)
                     WHERE account = ?1 AND group_id = ?2 AND (taken IS NOT NULL OR template IS NOT NULL)
                     ORDER BY template IS NULL, taken DESC LIMIT 1",
                    (account, group.as_str()),
                    |row| row.get::<_, String>(0),
                )
                .optional()?;
            Ok(found.map(|name| Audience::new(account, name)))
        })
    }

    /// Every audience of which there is a baseline or a leaver, by account and name.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn audiences(&self) -> Result<Vec<AudienceFigures>, LedgerError> {
        self.read(|connection| {
            let mut select = connection.prepare(
                "SELECT audiences.id, account, name, taken,
                        (SELECT coalesce(sum(count), 0) FROM numbers WHERE numbers.audience = audiences.id AND role = ?1),
                        (SELECT coalesce(sum(count), 0) FROM numbers WHERE numbers.audience = audiences.id AND role = ?2),
                        (SELECT count(*) FROM leavers WHERE leavers.audience = audiences.id) AS gone
                 FROM audiences LEFT JOIN baselines ON baselines.audience = audiences.id
                 WHERE taken IS NOT NULL OR gone > 0 ORDER BY account, name",
            )?;
            let mut rows = select.query((Role::Ours, Role::Joined))?;
            let mut figures = Vec::new();
            while let Some(row) = rows.next()? {
                figures.push(AudienceFigures {
                    audience: Audience { account: row.get(1)?, name: row.get(2)? },
                    groups: groups_of(connection, row.get(0)?)?,
                    taken: row.get::<_, Option<Instant>>(3)?.map(|at| at.0),
                    ours: row.get::<_, Count>(4)?.0,
                    joined: row.get::<_, Count>(5)?.0,
                    leavers: row.get::<_, Count>(6)?.0,
                });
            }
            Ok(figures)
        })
    }
}
