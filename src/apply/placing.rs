//! An audience's one change, laid out over the groups that it lives in.

use std::sync::Arc;

use super::drafted::{Part, Spreading};
use super::look::Seen;
use super::whole::{Spread, WholeError};
use crate::groups::{Group, GroupId};
use crate::ledger::{Ledger, LedgerError};
use crate::numbers::NumberSet;
use crate::plan::{GroupRef, Home, Memory, Plan};

/// A group that has been read.
#[derive(Debug)]
pub struct Room {
    /// The group.
    pub group: GroupRef,
    /// Its members, without those that child groups bring.
    pub live: Arc<NumberSet>,
    /// The members that child groups bring.
    pub inherited: NumberSet,
    /// All its members.
    pub before: u64,
    /// Its size as the provider gives it.
    pub size: Option<u64>,
}

impl Room {
    /// What was seen of a group.
    #[must_use]
    pub fn new(group: &Group, seen: Seen) -> Self {
        let Seen { members: mut live, size, inherited } = seen;
        let before = live.count();
        live.remove_all(&inherited);
        let group = GroupRef::Existing { id: group.id.clone(), name: group.name.clone() };
        Self { group, live: Arc::new(live), inherited, before, size }
    }
}

/// The members of all groups, without those that child groups bring.
#[must_use]
pub fn everyone(rooms: &[Room]) -> NumberSet {
    NumberSet::union_all(&rooms.iter().map(|room| &*room.live).collect::<Vec<_>>())
}

impl Spread {
    /// What is remembered of the audience, and of what has become part of it.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn memory(&self, ledger: &Ledger, live: &NumberSet) -> Result<Memory, LedgerError> {
        let mut memory = ledger.memory(&self.audience, live)?;
        for other in &self.absorbed {
            memory = memory.and(&ledger.memory(other, live)?);
        }
        Ok(memory)
    }

    /// Lays the audience's plan out over its groups, and further ones if it may `grow`. `back` are, by group, numbers
    /// that belong there if they are to be added. Yields the parts, and how many numbers were in several groups.
    ///
    /// # Errors
    /// When it needs a group that it may not have, or that cannot be named.
    pub fn place(
        &self,
        plan: Plan,
        rooms: Vec<Room>,
        back: &[(GroupId, NumberSet)],
        fill: u64,
        grow: bool,
    ) -> Result<(Vec<Part>, u64), WholeError> {
        let nobody = NumberSet::new();
        let homes: Vec<Home<'_>> = rooms
            .iter()
            .map(|room| {
                let own = |id: &GroupId| matches!(&room.group, GroupRef::Existing { id: own, .. } if own == id);
                let back = back.iter().find(|(id, _)| own(id)).map_or(&nobody, |(_, numbers)| numbers);
                Home { group: &room.group, live: &room.live, before: room.before, back }
            })
            .collect();
        let mut more = self.more();
        let closed = || WholeError::Full { audience: self.audience.name.clone() };
        let placed = plan.place(&homes, fill, || if grow { more() } else { Err(closed()) })?;
        drop(homes);
        let mut rooms = rooms.into_iter();
        let parts = placed.plans.into_iter().map(|plan| match rooms.next() {
            Some(Room { live, inherited, size, .. }) => Part { plan, live, inherited, size },
            None => Part { plan, live: Arc::default(), inherited: NumberSet::new(), size: None },
        });
        Ok((parts.collect(), placed.doubled))
    }

    /// What the ledger is to remember of it.
    #[must_use]
    pub fn spreading(&self, doubled: u64) -> Spreading {
        Spreading { homes: self.homes(), absorbed: self.absorbed.clone(), doubled, strangers: self.strangers.clone() }
    }
}
