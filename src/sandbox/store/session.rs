//! One transaction on the groups of a plan, and the steps of which the operations are made.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Params, Row, Transaction, params};

use super::super::refusal::Refusal;
use super::super::rules::Rules;
use crate::groups::{AutoUpdate, Group, GroupId};
use crate::numbers::Msisdn;

/// A transaction. Dropped without [`Session::commit`], it has changed nothing.
pub(super) struct Session<'a> {
    pub(super) tx: Transaction<'a>,
    pub(super) plan: &'a str,
    pub(super) rules: &'a Rules,
}

/// A group as it is stored.
pub(super) struct Entry {
    pub(super) key: i64,
    id: String,
    pub(super) name: Option<String>,
    pub(super) size: i64,
    created: i64,
    modified: i64,
    pub(super) auto_update: Option<String>,
}

impl Entry {
    /// From the columns key, id, name, size, created, modified, `auto_update`.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: row.get(0)?,
            id: row.get(1)?,
            name: row.get(2)?,
            size: row.get(3)?,
            created: row.get(4)?,
            modified: row.get(5)?,
            auto_update: row.get(6)?,
        })
    }
}

impl Session<'_> {
    /// The group that the path names.
    pub(super) fn find(&self, id: &GroupId) -> Result<Entry, Refusal> {
        self.tx
            .prepare_cached(
                "SELECT key, id, name, size, created, modified, auto_update FROM groups WHERE id = ?1 AND plan = ?2",
            )?
            .query_row(params![id.as_str(), self.plan], Entry::read)
            .optional()?
            .ok_or(Refusal::NoSuchGroup)
    }

    /// The key of a group that the body names.
    pub(super) fn named(&self, id: &GroupId) -> Result<i64, Refusal> {
        self.tx
            .prepare_cached("SELECT key FROM groups WHERE id = ?1 AND plan = ?2")?
            .query_row(params![id.as_str(), self.plan], |row| row.get(0))
            .optional()?
            .ok_or_else(|| Refusal::UnknownGroup(id.clone()))
    }

    /// Adds numbers; yields how many were not members before.
    pub(super) fn add(&self, key: i64, numbers: &[Msisdn]) -> Result<i64, Refusal> {
        self.each("INSERT OR IGNORE INTO members VALUES (?1, ?2)", key, numbers)
    }

    /// Removes numbers; yields how many were members.
    pub(super) fn remove(&self, key: i64, numbers: &[Msisdn]) -> Result<i64, Refusal> {
        self.each("DELETE FROM members WHERE grp = ?1 AND number = ?2", key, numbers)
    }

    /// In ascending order, as the table is: neighbours share a page of the database.
    fn each(&self, sql: &str, key: i64, numbers: &[Msisdn]) -> Result<i64, Refusal> {
        let mut sorted: Vec<i64> = numbers.iter().map(|number| number.value().cast_signed()).collect();
        sorted.sort_unstable();
        let mut statement = self.tx.prepare_cached(sql)?;
        let mut changed = 0;
        for number in sorted {
            changed += count(statement.execute(params![key, number])?);
        }
        Ok(changed)
    }

    /// Makes these the group's children, each once.
    pub(super) fn set_children(&self, key: i64, children: &[GroupId]) -> Result<(), Refusal> {
        self.run("DELETE FROM children WHERE parent = ?1", params![key])?;
        let mut known = Vec::new();
        for (position, id) in (0_i64..).zip(children) {
            let child = self.named(id)?;
            if !known.contains(&child) {
                self.run("INSERT INTO children VALUES (?1, ?2, ?3)", params![key, position, child])?;
                known.push(child);
            }
        }
        Ok(())
    }

    /// Refuses a name that another group has, where names are unique.
    pub(super) fn name_is_free(&self, name: Option<&str>, own: Option<i64>) -> Result<(), Refusal> {
        let (true, Some(name)) = (self.rules.unique_names, name) else { return Ok(()) };
        let others = self.number(
            "SELECT count(*) FROM groups WHERE plan = ?1 AND name = ?2 AND key IS NOT ?3",
            params![self.plan, name, own],
        )?;
        if others == 0 { Ok(()) } else { Err(Refusal::NameTaken) }
    }

    /// Refuses more members than a group may have.
    pub(super) fn within_limit(&self, members: i64) -> Result<(), Refusal> {
        let (would_be, limit) = (members.unsigned_abs(), self.rules.group_limit);
        if would_be > limit { Err(Refusal::GroupFull { would_be, limit }) } else { Ok(()) }
    }

    /// The present, in milliseconds since 1970, and later than ever before in this database.
    pub(super) fn tick(&self) -> Result<i64, Refusal> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        self.number("UPDATE clock SET last = max(last + 1, ?1) RETURNING last", params![now])
    }

    /// Runs a statement; yields how many rows it changed.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<i64, Refusal> {
        Ok(count(self.tx.prepare_cached(sql)?.execute(params)?))
    }

    pub(super) fn number(&self, sql: &str, params: impl Params) -> Result<i64, Refusal> {
        Ok(self.tx.prepare_cached(sql)?.query_row(params, |row| row.get(0))?)
    }

    /// A group as the provider would describe it.
    pub(super) fn describe(&self, entry: Entry) -> Result<Group, Refusal> {
        let child_groups = self
            .tx
            .prepare_cached(
                "SELECT id FROM children JOIN groups ON groups.key = child WHERE parent = ?1 ORDER BY position",
            )?
            .query_map(params![entry.key], |row| row.get::<_, String>(0).map(GroupId::new))?
            .collect::<Result<Vec<_>, _>>()?;
        let auto_update: Option<AutoUpdate> = entry.auto_update.and_then(|stored| serde_json::from_str(&stored).ok());
        Ok(Group {
            id: GroupId::new(entry.id),
            name: entry.name,
            size: Some(entry.size.unsigned_abs()),
            created_at: instant(entry.created),
            modified_at: instant(entry.modified),
            child_groups,
            auto_update,
        })
    }

    /// Ends the transaction; yields the group as it is now.
    pub(super) fn commit(self, key: i64) -> Result<Group, Refusal> {
        let entry = self
            .tx
            .prepare_cached("SELECT key, id, name, size, created, modified, auto_update FROM groups WHERE key = ?1")?
            .query_row(params![key], Entry::read)?;
        let group = self.describe(entry)?;
        self.tx.commit()?;
        Ok(group)
    }
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// RFC 3339 in UTC with milliseconds.
fn instant(millis: i64) -> Option<String> {
    Timestamp::from_millisecond(millis).ok().map(|instant| format!("{instant:.3}"))
}
