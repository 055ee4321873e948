//! What would change in one group.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Digest;
use crate::groups::GroupId;
use crate::numbers::NumberSet;

/// How a list relates to the group's members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The list's numbers become members; nobody is removed.
    Add,
    /// The list's numbers are removed; nobody is added.
    Remove,
    /// The group becomes the list: what is missing is added, what the list no longer names is removed.
    Sync,
    /// The group becomes the list in one request.
    Replace,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 4] = [Self::Add, Self::Remove, Self::Sync, Self::Replace];

    /// The stable name that flags, files and reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Sync => "sync",
            Self::Replace => "replace",
        }
    }

    /// The mode of a stable name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }

    /// Whether the list says who is to be a member, and so who is not.
    #[must_use]
    pub fn is_whole(self) -> bool {
        match self {
            Self::Sync | Self::Replace => true,
            Self::Add | Self::Remove => false,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The group that a plan is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupRef {
    /// A group that is there.
    Existing {
        /// Its id.
        id: GroupId,
        /// Its name, when it has one.
        name: Option<String>,
    },
    /// A group that is to be made.
    New {
        /// The name that it will get.
        name: String,
    },
}

impl GroupRef {
    /// The name, or the id of a group without one.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Existing { id, name } => name.as_deref().unwrap_or(id.as_str()),
            Self::New { name } => name,
        }
    }
}

/// Exactly what would change in one group, and why nothing else would.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The account, as a stable key (the provider, the sandbox or another origin, with the plan's id).
    pub account: String,
    /// The group.
    pub group: GroupRef,
    /// How the list relates to the members.
    pub mode: Mode,
    /// Members before the change.
    pub before: u64,
    /// Numbers to add: none of them is a member.
    pub add: NumberSet,
    /// Numbers to remove: all of them are members.
    pub remove: NumberSet,
    /// Numbers of the list for which nothing has to be done.
    pub already: u64,
    /// Numbers of the list that are not added because they have left.
    pub left: u64,
    /// Members whom no list has named and who are kept.
    pub joined: u64,
    /// Members who are kept because a rejected row may have meant them.
    pub held: NumberSet,
    /// Members of ours who were gone when we looked this time.
    pub new_leavers: NumberSet,
    /// Leavers who are members again, by themselves.
    pub returned: NumberSet,
    /// Whether nothing was remembered of the group, so that list and members were simply compared.
    pub two_way: bool,
}

/// What a list wants of a group.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Numbers that should be members.
    pub listed: NumberSet,
    /// Numbers that the list itself asks to remove (`--action-column`).
    pub unlisted: NumberSet,
    /// Numbers that must not be written to.
    pub suppressed: Arc<NumberSet>,
    /// Numbers that a rejected row may have meant.
    pub possible: Arc<NumberSet>,
}

/// What is remembered of a group.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Whether its members were ever read back after a run.
    pub baseline: bool,
    /// The members as last read back whom a list had named, corrected by what was changed since.
    pub ours: NumberSet,
    /// Those who have left, as written down so far.
    pub leavers: NumberSet,
}

impl Memory {
    /// What is remembered of two audiences that have become one.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.baseline |= other.baseline;
        self.ours.insert_all(&other.ours);
        self.leavers.insert_all(&other.leavers);
        self
    }
}

/// What the user has decided where there is a choice.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choices {
    /// Add again those who left.
    pub readd_left: bool,
    /// Remove those whom no list has named, too.
    pub remove_joined: bool,
}

impl Plan {
    /// The plan that makes a wish true of a group, three ways: between what is wished, what is there, and what was
    /// there when we last looked.
    ///
    /// A leaver is one of ours who is gone and whom we did not remove. Leavers are not added, whatever the list says.
    /// Only ours are removed because the list no longer names them: who joined by themselves stays. A suppressed
    /// number is never wished. A member whom a rejected row may have meant is held.
    #[must_use]
    pub fn draft(
        account: String,
        group: GroupRef,
        mode: Mode,
        wish: &Wish,
        live: &NumberSet,
        memory: &Memory,
        choices: Choices,
    ) -> Self {
        let mut new_leavers = memory.ours.difference(live);
        new_leavers.remove_all(&memory.leavers);
        let returned = memory.leavers.intersection(live);
        // Suppressed numbers and those that the list asks to remove by name.
        let named = wish.unlisted.union(&wish.suppressed);
        // A list of many numbers is not copied for nothing.
        let wished = if mode == Mode::Remove || named.is_empty() {
            Cow::Borrowed(&wish.listed)
        } else {
            Cow::Owned(wish.listed.difference(&named))
        };
        let mut add = if mode == Mode::Remove { NumberSet::new() } else { wished.difference(live) };
        let mut gone = add.intersection(&memory.leavers.union(&new_leavers));
        if choices.readd_left {
            gone = NumberSet::new();
        }
        add.remove_all(&gone);
        let keeps_joined = memory.baseline && mode == Mode::Sync && !choices.remove_joined;
        let mut joined = NumberSet::new();
        let mut remove = match mode {
            Mode::Add => live.intersection(&wish.unlisted),
            Mode::Remove => live.intersection(&wish.listed.union(&wish.unlisted)),
            Mode::Sync | Mode::Replace => live.difference(&wished),
        };
        if keeps_joined {
            joined = remove.difference(&memory.ours);
            joined.remove_all(&named);
            remove.remove_all(&joined);
        }
        let mut held = NumberSet::new();
        if mode.is_whole() {
            held = remove.intersection(&wish.possible);
            held.remove_all(&named);
            remove.remove_all(&held);
        }
        let already = match mode {
            Mode::Remove => wished.len().saturating_sub(remove.len()),
            Mode::Add | Mode::Sync | Mode::Replace => wished.len().saturating_sub(add.len() + gone.len()),
        };
        Self {
            account,
            group,
            mode,
            before: count(live.len()),
            already: count(already),
            left: count(gone.len()),
            joined: count(joined.len()),
            held,
            add,
            remove,
            new_leavers,
            returned,
            two_way: !memory.baseline,
        }
    }

    /// Whether the group is as the list wants it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }

    /// Members after the change, if nobody else changes the group meanwhile.
    #[must_use]
    pub fn after(&self) -> u64 {
        (self.before + count(self.add.len())).saturating_sub(count(self.remove.len()))
    }

    /// The digest of what would change.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_plan(self)
    }
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::Msisdn;
    use proptest::prelude::*;

    fn numbers() -> impl Strategy<Value = NumberSet> {
        proptest::collection::vec((1..80u64).prop_map(|value| Msisdn::from_value(value).expect("in range")), 0..60)
            .prop_map(NumberSet::from_unsorted)
    }

    fn wishes() -> impl Strategy<Value = Wish> {
        (numbers(), numbers(), numbers(), numbers()).prop_map(|(listed, unlisted, suppressed, possible)| Wish {
            listed,
            unlisted,
            suppressed: Arc::new(suppressed),
            possible: Arc::new(possible),
        })
    }

    fn memories() -> impl Strategy<Value = Memory> {
        (any::<bool>(), numbers(), numbers()).prop_map(|(baseline, ours, leavers)| Memory { baseline, ours, leavers })
    }

    fn draft(mode: Mode, wish: &Wish, live: &NumberSet, memory: &Memory, choices: Choices) -> Plan {
        let group = GroupRef::New { name: "g".into() };
        Plan::draft("sandbox/demo".into(), group, mode, wish, live, memory, choices)
    }

    fn simple(mode: Mode, listed: &NumberSet, live: &NumberSet) -> Plan {
        let wish = Wish { listed: listed.clone(), ..Wish::default() };
        draft(mode, &wish, live, &Memory::default(), Choices::default())
    }

    fn set(values: &[u64]) -> NumberSet {
        values.iter().filter_map(|value| Msisdn::from_value(*value)).collect()
    }

    proptest! {
        #[test]
        fn adding_makes_the_union_and_removes_nobody(listed in numbers(), live in numbers()) {
            let plan = simple(Mode::Add, &listed, &live);
            prop_assert!(plan.remove.is_empty());
            prop_assert_eq!(live.union(&plan.add), live.union(&listed));
            prop_assert!(plan.add.intersection(&live).is_empty());
            prop_assert_eq!(plan.already, count(listed.intersection(&live).len()));
            prop_assert_eq!(plan.after(), count(live.union(&listed).len()));
        }

        #[test]
        fn removing_takes_out_exactly_the_listed_members(listed in numbers(), live in numbers()) {
            let plan = simple(Mode::Remove, &listed, &live);
            prop_assert!(plan.add.is_empty());
            prop_assert_eq!(live.difference(&plan.remove), live.difference(&listed));
            prop_assert!(plan.remove.difference(&live).is_empty());
            prop_assert_eq!(plan.already + count(plan.remove.len()), count(listed.len()));
        }

        #[test]
        fn a_first_sync_makes_the_group_the_list(listed in numbers(), live in numbers()) {
            for mode in [Mode::Sync, Mode::Replace] {
                let plan = simple(mode, &listed, &live);
                prop_assert!(plan.two_way);
                prop_assert_eq!(live.union(&plan.add).difference(&plan.remove), listed.clone());
            }
        }

        #[test]
        fn whatever_is_wished_the_promises_hold(
            wish in wishes(), live in numbers(), memory in memories(), readd_left: bool, remove_joined: bool,
        ) {
            for mode in Mode::ALL {
                let plan = draft(mode, &wish, &live, &memory, Choices { readd_left, remove_joined });
                prop_assert!(plan.add.intersection(&live).is_empty(), "adds are no members");
                prop_assert!(plan.remove.difference(&live).is_empty(), "removals are members");
                prop_assert!(plan.add.difference(&wish.listed).is_empty(), "only listed numbers are added");
                prop_assert!(plan.add.intersection(&wish.suppressed).is_empty(), "no suppressed number is added");
                let leavers = memory.leavers.union(&plan.new_leavers);
                prop_assert!(readd_left || plan.add.intersection(&leavers).is_empty(), "nobody who left is added");
                if mode.is_whole() {
                    let kept = live.difference(&plan.remove);
                    prop_assert!(kept.intersection(&wish.suppressed).is_empty(), "suppressed members are removed");
                    let touched = plan.remove.intersection(&wish.possible);
                    let named = wish.unlisted.union(&wish.suppressed);
                    prop_assert!(touched.difference(&named).is_empty(), "possible members are held");
                }
                if mode == Mode::Sync && !remove_joined && memory.baseline {
                    let named = wish.unlisted.union(&wish.suppressed);
                    let others = plan.remove.difference(&memory.ours).difference(&named);
                    prop_assert!(others.is_empty(), "only ours are removed");
                }
            }
        }

        #[test]
        fn a_plan_that_was_carried_out_leaves_nothing_to_do(wish in wishes(), live in numbers(), memory in memories()) {
            for mode in Mode::ALL {
                let plan = draft(mode, &wish, &live, &memory, Choices::default());
                let now = live.union(&plan.add).difference(&plan.remove);
                let memory = Memory {
                    // What a run reads back: ours are those who were ours or are listed, and are members.
                    baseline: memory.baseline,
                    ours: memory.ours.union(&wish.listed).intersection(&now),
                    leavers: memory.leavers.union(&plan.new_leavers).difference(&plan.returned),
                };
                prop_assert!(draft(mode, &wish, &now, &memory, Choices::default()).is_empty());
            }
        }
    }

    #[test]
    fn who_left_stays_away_until_they_come_back_by_themselves() {
        let wish = Wish { listed: set(&[1, 2, 3]), ..Wish::default() };
        let memory = Memory { baseline: true, ours: set(&[1, 2, 3]), leavers: set(&[]) };
        let plan = draft(Mode::Sync, &wish, &set(&[1, 2]), &memory, Choices::default());
        assert_eq!((plan.new_leavers, plan.left), (set(&[3]), 1));
        assert!(plan.add.is_empty());
        // A later night: still listed, still away.
        let memory = Memory { baseline: true, ours: set(&[1, 2]), leavers: set(&[3]) };
        let plan = draft(Mode::Sync, &wish, &set(&[1, 2]), &memory, Choices::default());
        assert!(plan.is_empty());
        assert_eq!(plan.left, 1);
        // Back by a keyword.
        let plan = draft(Mode::Sync, &wish, &set(&[1, 2, 3]), &memory, Choices::default());
        assert_eq!(plan.returned, set(&[3]));
        assert!(plan.is_empty());
        // Or by the user's own word.
        let readd = Choices { readd_left: true, remove_joined: false };
        assert_eq!(draft(Mode::Sync, &wish, &set(&[1, 2]), &memory, readd).add, set(&[3]));
    }

    #[test]
    fn who_joined_by_themselves_stays_until_asked_otherwise() {
        let wish = Wish { listed: set(&[1]), ..Wish::default() };
        let memory = Memory { baseline: true, ours: set(&[1, 2]), leavers: set(&[]) };
        let plan = draft(Mode::Sync, &wish, &set(&[1, 2, 9]), &memory, Choices::default());
        assert_eq!((plan.remove, plan.joined), (set(&[2]), 1));
        let all = Choices { readd_left: false, remove_joined: true };
        assert_eq!(draft(Mode::Sync, &wish, &set(&[1, 2, 9]), &memory, all).remove, set(&[2, 9]));
    }
}
