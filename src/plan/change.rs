//! What would change in one group.

use std::fmt;

use super::Digest;
use crate::groups::GroupId;
use crate::numbers::NumberSet;

/// How a list relates to the group's members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The list's numbers become members; nobody is removed.
    Add,
    /// The list's numbers are removed; nobody is added.
    Remove,
}

impl Mode {
    /// The stable name that flags, files and reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
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
}

impl Plan {
    /// The plan that makes a list true of a group.
    #[must_use]
    pub fn draft(account: String, group: GroupRef, mode: Mode, listed: &NumberSet, live: &NumberSet) -> Self {
        let (add, remove) = match mode {
            Mode::Add => (listed.difference(live), NumberSet::new()),
            Mode::Remove => (NumberSet::new(), listed.intersection(live)),
        };
        let changed = add.len() + remove.len();
        Self {
            account,
            group,
            mode,
            before: count(live.len()),
            already: count(listed.len().saturating_sub(changed)),
            add,
            remove,
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

    fn draft(mode: Mode, listed: &NumberSet, live: &NumberSet) -> Plan {
        Plan::draft("sandbox/demo".into(), GroupRef::New { name: "g".into() }, mode, listed, live)
    }

    proptest! {
        #[test]
        fn adding_makes_the_union_and_removes_nobody(listed in numbers(), live in numbers()) {
            let plan = draft(Mode::Add, &listed, &live);
            prop_assert!(plan.remove.is_empty());
            prop_assert_eq!(live.union(&plan.add), live.union(&listed));
            prop_assert!(plan.add.intersection(&live).is_empty());
            prop_assert_eq!(plan.already, count(listed.intersection(&live).len()));
            prop_assert_eq!(plan.after(), count(live.union(&listed).len()));
        }

        #[test]
        fn removing_takes_out_exactly_the_listed_members(listed in numbers(), live in numbers()) {
            let plan = draft(Mode::Remove, &listed, &live);
            prop_assert!(plan.add.is_empty());
            prop_assert_eq!(live.difference(&plan.remove), live.difference(&listed));
            prop_assert!(plan.remove.difference(&live).is_empty());
            prop_assert_eq!(plan.after(), count(live.difference(&listed).len()));
        }

        #[test]
        fn a_plan_that_was_carried_out_leaves_nothing_to_do(listed in numbers(), live in numbers()) {
            for mode in [Mode::Add, Mode::Remove] {
                let plan = draft(mode, &listed, &live);
                let now = live.union(&plan.add).difference(&plan.remove);
                prop_assert!(draft(mode, &listed, &now).is_empty());
            }
        }
    }
}
