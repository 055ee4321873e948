//! Which requests a plan becomes, and in which order.

use std::num::NonZeroUsize;

use crate::ledger::Phase;
use crate::plan::{Chunk, Mode, Plan, chunks};

/// How a plan may be cut.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// Numbers to add, and to remove, in one request: 1 to 10,000.
    pub chunk_size: NonZeroUsize,
    /// Members that a group holds (documented in 2020: 10,000).
    pub group_limit: u64,
    /// Whether all of it has to go in one request.
    pub atomic: bool,
    /// Where the adds are cut, so that the first so many can go alone; the rest is for a later run.
    pub limit: Option<usize>,
}

/// A plan that cannot be sent as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// More members than a group holds.
    #[error("{group} would have {after} members, and a group holds {limit}")]
    TooMany {
        /// The group.
        group: String,
        /// Members after the change.
        after: u64,
        /// What it holds.
        limit: u64,
    },
    /// More than one request.
    #[error("the change of {group} does not fit into one request ({why})")]
    NotAtomic {
        /// The group.
        group: String,
        /// What is in the way.
        why: &'static str,
    },
    /// More than a replacement holds.
    #[error("a replacement holds at most {limit} members, and {group} would have {after}")]
    Replacement {
        /// The group.
        group: String,
        /// Members after the change.
        after: u64,
        /// What a request holds.
        limit: usize,
    },
}

impl Unfit {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::TooMany { .. } => "keep the audience in several groups with --spread",
            Self::NotAtomic { .. } => "leave --atomic out: then it goes in several requests, which can be resumed",
            Self::Replacement { .. } => "use --mode sync, which sends the difference only, or --spread",
        }
        .to_owned()
    }
}

/// The provider's limit for the numbers of one request.
const REQUEST: usize = 10_000;

/// The chunks of a plan, each with its phase: removals go first where adds would not fit beside the members.
///
/// # Errors
/// When the plan does not fit into the group, or not into one request where that is asked for.
pub fn schedule(plan: &Plan, how: &Schedule) -> Result<Vec<(Phase, Chunk)>, Unfit> {
    let group = || plan.group.label().to_owned();
    if plan.mode == Mode::Replace && plan.after() > u64::try_from(REQUEST).unwrap_or(u64::MAX) {
        return Err(Unfit::Replacement { group: group(), after: plan.after(), limit: REQUEST });
    }
    if plan.after() > how.group_limit && !plan.add.is_empty() {
        return Err(Unfit::TooMany { group: group(), after: plan.after(), limit: how.group_limit });
    }
    let adds = u64::try_from(plan.add.len()).unwrap_or(u64::MAX);
    let crowded = plan.before.saturating_add(adds) > how.group_limit && !plan.remove.is_empty();
    let whole = how.atomic || plan.mode == Mode::Replace;
    if how.atomic && plan.mode != Mode::Replace {
        if plan.add.len().max(plan.remove.len()) > REQUEST {
            return Err(Unfit::NotAtomic { group: group(), why: "more than 10,000 numbers to add or to remove" });
        }
        if crowded {
            return Err(Unfit::NotAtomic { group: group(), why: "the group has no room for adds before removals" });
        }
    }
    if whole {
        let size = NonZeroUsize::MIN.saturating_add(plan.add.len().max(plan.remove.len()));
        let whole = chunks(plan.add.as_slice(), plan.remove.as_slice(), size);
        return Ok(numbered(whole.map(|chunk| (Phase::Main, chunk))));
    }
    let add = plan.add.as_slice();
    let (first, rest) = add.split_at(how.limit.unwrap_or(add.len()).min(add.len()));
    let size = how.chunk_size;
    if crowded {
        let room = chunks(&[], plan.remove.as_slice(), size).map(|chunk| (Phase::Room, chunk));
        let main = chunks(first, &[], size).chain(chunks(rest, &[], size)).map(|chunk| (Phase::Main, chunk));
        Ok(numbered(room.chain(main)))
    } else {
        let main = chunks(first, plan.remove.as_slice(), size).chain(chunks(rest, &[], size));
        Ok(numbered(main.map(|chunk| (Phase::Main, chunk))))
    }
}

fn numbered(chunks: impl Iterator<Item = (Phase, Chunk)>) -> Vec<(Phase, Chunk)> {
    chunks.enumerate().map(|(number, (phase, chunk))| (phase, Chunk { number, ..chunk })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::{Msisdn, NumberSet};
    use crate::plan::{Choices, GroupRef, Memory, Wish};

    fn set(values: std::ops::Range<u64>) -> NumberSet {
        values.filter_map(Msisdn::from_value).collect()
    }

    fn plan(mode: Mode, listed: &NumberSet, live: &NumberSet) -> Plan {
        let wish = Wish { listed: listed.clone(), ..Wish::default() };
        let group = GroupRef::New { name: "g".into() };
        Plan::draft(String::new(), group, mode, &wish, live, &Memory::default(), Choices::default())
    }

    fn how(chunk_size: usize, group_limit: u64, atomic: bool) -> Schedule {
        Schedule { chunk_size: NonZeroUsize::new(chunk_size).expect("not zero"), group_limit, atomic, limit: None }
    }

    #[test]
    fn adds_and_removals_travel_together_where_there_is_room() {
        let plan = plan(Mode::Sync, &set(5..15), &set(1..11));
        let chunks = schedule(&plan, &how(3, 20, false)).expect("fits");
        let parts: Vec<(Phase, usize, usize)> =
            chunks.iter().map(|(phase, chunk)| (*phase, chunk.add.len(), chunk.remove.len())).collect();
        assert_eq!(parts, [(Phase::Main, 3, 3), (Phase::Main, 1, 1)]);
    }

    #[test]
    fn removals_make_room_first_where_there_is_none() {
        let plan = plan(Mode::Sync, &set(5..15), &set(1..11));
        let chunks = schedule(&plan, &how(3, 10, false)).expect("fits");
        let phases: Vec<(Phase, usize, usize)> =
            chunks.iter().map(|(phase, chunk)| (*phase, chunk.add.len(), chunk.remove.len())).collect();
        assert_eq!(phases, [(Phase::Room, 0, 3), (Phase::Room, 0, 1), (Phase::Main, 3, 0), (Phase::Main, 1, 0)]);
        assert!(chunks.iter().enumerate().all(|(index, (_, chunk))| chunk.number == index));
    }

    #[test]
    fn the_first_adds_can_go_alone() {
        let plan = plan(Mode::Add, &set(1..21), &NumberSet::new());
        let cut = Schedule { limit: Some(7), ..how(5, 100, false) };
        let sizes: Vec<usize> = schedule(&plan, &cut).expect("fits").iter().map(|(_, chunk)| chunk.add.len()).collect();
        assert_eq!(sizes, [5, 2, 5, 5, 3]);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_way_to_do_it() {
        let over = plan(Mode::Add, &set(1..12), &set(1..5));
        assert!(matches!(schedule(&over, &how(3, 10, false)), Err(Unfit::TooMany { after: 11, .. })));
        let crowded = plan(Mode::Sync, &set(5..15), &set(1..11));
        assert!(matches!(schedule(&crowded, &how(3, 10, true)), Err(Unfit::NotAtomic { .. })));
        assert_eq!(schedule(&crowded, &how(3, 20, true)).expect("fits").len(), 1);
        let big = plan(Mode::Replace, &set(1..10_002), &NumberSet::new());
        assert!(matches!(schedule(&big, &how(3, 20_000, false)), Err(Unfit::Replacement { .. })));
        assert_eq!(schedule(&plan(Mode::Replace, &set(1..9), &set(3..20)), &how(3, 10, false)).expect("fits").len(), 1);
    }
}
