//! The seven operations on the database, each one transaction.

use rusqlite::{Connection, TransactionBehavior, params};

use super::super::refusal::Refusal;
use super::super::rules::{Rules, auto_update};
use super::super::ulid::ulid;
use super::session::{Entry, Session};
use crate::groups::{Group, GroupId, GroupPage, GroupUpdate, NameChange, NewGroup, Replacement};
use crate::numbers::{Msisdn, NumberSet};

/// The most groups on a page of the list.
const MAX_PAGE_SIZE: u32 = 100;

/// One plan's view of the database.
pub(super) struct Book {
    connection: Connection,
    plan: String,
    rules: Rules,
}

impl Book {
    pub(super) fn new(connection: Connection, plan: &str, rules: Rules) -> Self {
        Self { connection, plan: plan.to_owned(), rules }
    }

    pub(super) fn create(&mut self, new: &NewGroup) -> Result<Group, Refusal> {
        self.rules.check_new(new)?;
        let keywords = new.auto_update.as_ref().map(auto_update).transpose()?;
        let session = self.begin(TransactionBehavior::Immediate)?;
        session.name_is_free(new.name.as_deref(), None)?;
        let now = session.tick()?;
        let id = ulid(u64::try_from(now).unwrap_or_default(), fastrand::u128(..));
        session.run(
            "INSERT INTO groups (plan, id, name, size, created, modified, auto_update)
             VALUES (?1, ?2, ?3, 0, ?4, ?4, ?5)",
            params![session.plan, id, new.name, now, keywords],
        )?;
        let key = session.tx.last_insert_rowid();
        let size = session.add(key, &new.members)?;
        session.within_limit(size)?;
        session.run("UPDATE groups SET size = ?2 WHERE key = ?1", params![key, size])?;
        session.set_children(key, &new.child_groups)?;
        session.commit(key)
    }

    pub(super) fn list(&mut self, page: u32, page_size: u32) -> Result<GroupPage, Refusal> {
        if page_size > MAX_PAGE_SIZE {
            return Err(Refusal::Constraint(format!(
                "The constraint of parameter 'page_size' is violated: it is at most {MAX_PAGE_SIZE}."
            )));
        }
        let session = self.begin(TransactionBehavior::Deferred)?;
        let count = session.number("SELECT count(*) FROM groups WHERE plan = ?1", params![session.plan])?;
        let offset = i64::from(page) * i64::from(page_size);
        let mut statement = session.tx.prepare_cached(
            "SELECT key, id, name, size, created, modified, auto_update FROM groups
             WHERE plan = ?1 ORDER BY created DESC LIMIT ?2 OFFSET ?3",
        )?;
        let entries = statement.query_map(params![session.plan, page_size, offset], Entry::read)?;
        let groups = entries.map(|entry| session.describe(entry?)).collect::<Result<Vec<_>, Refusal>>()?;
        let on_page = u32::try_from(groups.len()).unwrap_or(MAX_PAGE_SIZE);
        Ok(GroupPage { page, page_size: on_page, count: count.unsigned_abs(), groups })
    }

    pub(super) fn retrieve(&mut self, id: &GroupId) -> Result<Group, Refusal> {
        let session = self.begin(TransactionBehavior::Deferred)?;
        let entry = session.find(id)?;
        session.describe(entry)
    }

    pub(super) fn members(&mut self, id: &GroupId) -> Result<NumberSet, Refusal> {
        let session = self.begin(TransactionBehavior::Deferred)?;
        let entry = session.find(id)?;
        let mut statement = session.tx.prepare_cached("SELECT number FROM members WHERE grp = ?1 ORDER BY number")?;
        let mut rows = statement.query(params![entry.key])?;
        let mut numbers = Vec::with_capacity(usize::try_from(entry.size).unwrap_or_default());
        while let Some(row) = rows.next()? {
            numbers.extend(Msisdn::from_value(row.get::<_, i64>(0)?.unsigned_abs()));
        }
        Ok(NumberSet::from_unsorted(numbers))
    }

    /// Adds first, then removes: a number in both ends up out. The limit is checked in between.
    pub(super) fn update(&mut self, id: &GroupId, update: &GroupUpdate) -> Result<Group, Refusal> {
        self.rules.check_update(update)?;
        let keywords = update.auto_update.as_ref().map(auto_update).transpose()?;
        let session = self.begin(TransactionBehavior::Immediate)?;
        let Entry { key, size, name, auto_update, .. } = session.find(id)?;
        let from = update.add_from_group.as_ref().map(|other| session.named(other)).transpose()?;
        let without = update.remove_from_group.as_ref().map(|other| session.named(other)).transpose()?;

        let new_name = match &update.name {
            NameChange::Keep => name.clone(),
            NameChange::Set(name) => Some(name.clone()),
            NameChange::Erase => None,
        };
        session.name_is_free(new_name.as_deref(), Some(key))?;

        let mut added = session.add(key, &update.add)?;
        if let Some(from) = from {
            let copy = "INSERT OR IGNORE INTO members SELECT ?1, number FROM members WHERE grp = ?2";
            added += session.run(copy, params![key, from])?;
        }
        if added > 0 {
            session.within_limit(size + added)?;
        }
        let mut removed = session.remove(key, &update.remove)?;
        if let Some(without) = without {
            let take = "DELETE FROM members WHERE grp = ?1 AND number IN (SELECT number FROM members WHERE grp = ?2)";
            removed += session.run(take, params![key, without])?;
        }

        let new_keywords = keywords.or_else(|| auto_update.clone());
        if added > 0 || removed > 0 || new_name != name || new_keywords != auto_update {
            let now = session.tick()?;
            session.run(
                "UPDATE groups SET size = ?2, name = ?3, auto_update = ?4, modified = ?5 WHERE key = ?1",
                params![key, size + added - removed, new_name, new_keywords, now],
            )?;
        }
        session.commit(key)
    }

    pub(super) fn replace(&mut self, id: &GroupId, replacement: &Replacement) -> Result<Group, Refusal> {
        self.rules.check_replacement(replacement)?;
        let keywords = replacement.auto_update.as_ref().map(auto_update).transpose()?;
        let session = self.begin(TransactionBehavior::Immediate)?;
        let key = session.find(id)?.key;
        session.name_is_free(replacement.name.as_deref(), Some(key))?;
        session.run("DELETE FROM members WHERE grp = ?1", params![key])?;
        let size = session.add(key, &replacement.members)?;
        session.within_limit(size)?;
        session.set_children(key, &replacement.child_groups)?;
        let now = session.tick()?;
        session.run(
            "UPDATE groups SET size = ?2, name = ?3, auto_update = ?4, modified = ?5 WHERE key = ?1",
            params![key, size, replacement.name, keywords, now],
        )?;
        session.commit(key)
    }

    pub(super) fn delete(&mut self, id: &GroupId) -> Result<(), Refusal> {
        let session = self.begin(TransactionBehavior::Immediate)?;
        let key = session.find(id)?.key;
        session.run("DELETE FROM members WHERE grp = ?1", params![key])?;
        session.run("DELETE FROM children WHERE parent = ?1 OR child = ?1", params![key])?;
        session.run("DELETE FROM groups WHERE key = ?1", params![key])?;
        session.tx.commit()?;
        Ok(())
    }

    /// Writers take their turn when they begin: one that began as a reader could be refused half way.
    fn begin(&mut self, behaviour: TransactionBehavior) -> Result<Session<'_>, Refusal> {
        let tx = self.connection.transaction_with_behavior(behaviour)?;
        Ok(Session { tx, plan: &self.plan, rules: &self.rules })
    }
}
