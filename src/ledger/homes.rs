//! The groups that an audience lives in, where they may be several.

use rusqlite::{Connection, OptionalExtension};

use super::audiences::{Audience, absorb, audience_row, drop_baseline, find_audience, groups_of, put_groups};
use super::error::Fault;
use super::plans::Creation;
use super::runs::RunState;
use super::sets::{self, Owner, Role};
use super::{Ledger, LedgerError};
use crate::groups::GroupId;
use crate::numbers::NumberSet;

/// Where an audience lives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Homes {
    /// How its groups are named; none for an audience that was never spread over several.
    pub template: Option<String>,
    /// Its groups, in order.
    pub groups: Vec<GroupId>,
}

impl Homes {
    /// Whether the audience is one of several groups, even if it has only one of them yet.
    #[must_use]
    pub fn are_spread(&self) -> bool {
        self.template.is_some()
    }
}

fn template(connection: &Connection, audience: i64) -> Result<Option<String>, Fault> {
    let template = connection
        .prepare_cached("SELECT template FROM audiences WHERE id = ?1")?
        .query_row([audience], |row| row.get(0));
    Ok(template?)
}

/// A group that has just been made, or found, for an audience: of a spread one it is a home from now on, whatever
/// becomes of the run.
pub(super) fn add_home(connection: &Connection, audience: i64, group: &GroupId) -> Result<(), Fault> {
    if template(connection, audience)?.is_none() {
        return Ok(());
    }
    let mut groups = groups_of(connection, audience)?;
    if !groups.contains(group) {
        groups.push(group.clone());
        put_groups(connection, audience, &groups)?;
    }
    Ok(())
}

/// Gives all that is remembered of one audience to another.
fn give_all(connection: &Connection, from: i64, into: i64) -> Result<(), Fault> {
    for sql in [
        "UPDATE numbers SET audience = ?2 WHERE audience = ?1",
        "UPDATE plans SET audience = ?2 WHERE audience = ?1",
        // Who has left both has left since the earlier time.
        "INSERT INTO leavers (audience, number, since, run, how)
         SELECT ?2, number, since, run, how FROM leavers WHERE audience = ?1
         ON CONFLICT DO UPDATE SET since = excluded.since, run = excluded.run, how = excluded.how
         WHERE excluded.since < leavers.since",
        "INSERT INTO baselines (audience, run, taken) SELECT ?2, run, taken FROM baselines WHERE audience = ?1
         ON CONFLICT DO NOTHING",
    ] {
        connection.execute(sql, (from, into))?;
    }
    // What hangs on it goes with it.
    connection.execute("DELETE FROM audiences WHERE id = ?1", [from])?;
    Ok(())
}

impl Ledger {
    /// The groups that an audience lives in, as far as is known.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn homes(&self, audience: &Audience) -> Result<Homes, LedgerError> {
        self.read(|connection| {
            let Some(id) = find_audience(connection, audience)? else { return Ok(Homes::default()) };
            Ok(Homes { template: template(connection, id)?, groups: groups_of(connection, id)? })
        })
    }

    /// Remembers where an audience lives, and that all that is known of `absorbed` is known of it: those were groups
    /// of their own.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn keep_homes(&self, audience: &Audience, homes: &Homes, absorbed: &[Audience]) -> Result<(), LedgerError> {
        self.write(|connection| {
            let id = audience_row(connection, &audience.account, &audience.name)?;
            for other in absorbed {
                if let Some(other) = find_audience(connection, other)?.filter(|other| *other != id) {
                    give_all(connection, other, id)?;
                }
            }
            connection.execute("UPDATE audiences SET template = ?2 WHERE id = ?1", (id, &homes.template))?;
            put_groups(connection, id, &homes.groups)
        })
    }

    /// Remembers that a group of an audience is deleted, and these members with it: nobody has left who was deleted with
    /// a group. With its last group the baseline goes. Leavers stay.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn drop_home(&self, audience: &Audience, group: &GroupId, members: &NumberSet) -> Result<(), LedgerError> {
        self.write(|connection| {
            let Some(id) = find_audience(connection, audience)? else { return Ok(()) };
            let mut groups = groups_of(connection, id)?;
            groups.retain(|other| other != group);
            put_groups(connection, id, &groups)?;
            if groups.is_empty() {
                drop_baseline(connection, id)?;
                return absorb(connection, id);
            }
            for role in [Role::Ours, Role::Joined].into_iter().filter(|_| !members.is_empty()) {
                let kept = sets::get(connection, Owner::Audience(id), role)?.difference(members);
                sets::clear(connection, Owner::Audience(id), role)?;
                sets::put(connection, Owner::Audience(id), role, &kept)?;
            }
            Ok(())
        })
    }

    /// Names of groups that the provider was asked to make for an audience, by runs that ended before they knew whether
    /// it did and whose rest may still be sent.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn asked_homes(&self, audience: &Audience) -> Result<Vec<String>, LedgerError> {
        self.read(|connection| {
            let Some(id) = find_audience(connection, audience)? else { return Ok(Vec::new()) };
            let mut select = connection.prepare_cached(
                "SELECT DISTINCT group_name FROM plans JOIN runs ON runs.seq = plans.run
                 WHERE plans.audience = ?1 AND creation = ?2 AND state IN (?3, ?4, ?5) AND group_name IS NOT NULL
                 ORDER BY group_name",
            )?;
            let states = (RunState::Planned, RunState::Applying, RunState::Incomplete);
            let names = select.query_map((id, Creation::Asked, states.0, states.1, states.2), |row| row.get(0))?;
            Ok(names.collect::<Result<_, _>>()?)
        })
    }

    /// The spread audience that a group is one of the homes of.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn spread_audience_of(&self, account: &str, group: &GroupId) -> Result<Option<Audience>, LedgerError> {
        self.read(|connection| {
            let found = connection
                .prepare_cached(
                    "SELECT name FROM audience_groups JOIN audiences ON id = audience
                     WHERE account = ?1 AND group_id = ?2 AND template IS NOT NULL LIMIT 1",
                )?
                .query_row((account, group.as_str()), |row| row.get::<_, String>(0));
            Ok(found.optional()?.map(|name| Audience::new(account, name)))
        })
    }
}
