//! A run turned round: what may be taken back of what it did.

use super::Memory;
use crate::numbers::NumberSet;

/// What a run did to a group, and what others have done since.
#[derive(Debug, Clone, Default)]
pub struct Deeds {
    /// Numbers that it added, and that were no members before.
    pub added: NumberSet,
    /// Numbers that it removed, and that were members before.
    pub removed: NumberSet,
    /// Numbers that later runs have added or removed.
    pub later: NumberSet,
    /// Numbers that must not be written to, by any list that a run of this audience has read.
    pub suppressed: NumberSet,
}

/// Why a number that a run has changed is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// It was added, and is no member any more.
    Gone,
    /// It was added, has left, and has come back by itself.
    Rejoined,
    /// It was removed, and is a member again.
    Returned,
    /// A later run has changed it.
    LaterRun,
    /// It was removed, and is on a suppression list.
    Suppressed,
    /// It was removed, and has left besides.
    Left,
}

impl Kept {
    /// The stable name that files and reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Rejoined => "rejoined",
            Self::Returned => "returned",
            Self::LaterRun => "later_run",
            Self::Suppressed => "suppressed",
            Self::Left => "left",
        }
    }
}

/// What takes a run back. A number that the run has changed is in exactly one of the sets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inverse {
    /// Numbers to remove: the run added them, and nobody has touched them since.
    pub remove: NumberSet,
    /// Numbers to add: the run removed them, and nobody has touched them since.
    pub add: NumberSet,
    /// Numbers that are left as they are; no set is empty.
    pub kept: Vec<(Kept, NumberSet)>,
}

impl Inverse {
    /// Works it out from the group's members now and from what is remembered of the group. Those who left are added
    /// again only when `readd_left` says so; suppressed numbers never are.
    #[must_use]
    pub fn of(deeds: &Deeds, live: &NumberSet, memory: &Memory, readd_left: bool) -> Self {
        let mut inverse = Self { remove: deeds.added.clone(), add: deeds.removed.clone(), kept: Vec::new() };
        let Self { remove, add, kept } = &mut inverse;
        let mut keep = |why: Kept, from: &mut NumberSet, which: NumberSet| {
            from.remove_all(&which);
            if !which.is_empty() {
                kept.push((why, which));
            }
        };
        let later = remove.intersection(&deeds.later);
        keep(Kept::LaterRun, remove, later);
        let later = add.intersection(&deeds.later);
        keep(Kept::LaterRun, add, later);
        let gone = remove.difference(live);
        keep(Kept::Gone, remove, gone);
        if memory.baseline {
            // A baseline has them as ours from the run on, unless they were missed in between.
            let rejoined = remove.difference(&memory.ours);
            keep(Kept::Rejoined, remove, rejoined);
        }
        let returned = add.intersection(live);
        keep(Kept::Returned, add, returned);
        let suppressed = add.intersection(&deeds.suppressed);
        keep(Kept::Suppressed, add, suppressed);
        if !readd_left {
            let left = add.intersection(&memory.leavers.union(&memory.ours.difference(live)));
            keep(Kept::Left, add, left);
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::Msisdn;
    use proptest::prelude::*;

    fn numbers() -> impl Strategy<Value = NumberSet> {
        proptest::collection::vec((1..60u64).prop_map(|value| Msisdn::from_value(value).expect("in range")), 0..40)
            .prop_map(NumberSet::from_unsorted)
    }

    fn set(values: &[u64]) -> NumberSet {
        values.iter().filter_map(|value| Msisdn::from_value(*value)).collect()
    }

    proptest! {
        #[test]
        fn every_number_is_taken_back_or_kept_for_one_reason(
            added in numbers(), other in numbers(), later in numbers(), suppressed in numbers(), live in numbers(),
            ours in numbers(), leavers in numbers(), baseline: bool, readd_left: bool,
        ) {
            let removed = other.difference(&added);
            let deeds = Deeds { added, removed, later, suppressed };
            let memory = Memory { baseline, ours, leavers };
            let inverse = Inverse::of(&deeds, &live, &memory, readd_left);
            let mut all: Vec<Msisdn> = inverse.remove.iter().chain(inverse.add.iter()).collect();
            all.extend(inverse.kept.iter().flat_map(|(_, set)| set.iter()));
            let count = all.len();
            let all = NumberSet::from_unsorted(all);
            prop_assert_eq!(all.len(), count, "no number twice");
            prop_assert_eq!(all, deeds.added.union(&deeds.removed));
            prop_assert!(inverse.remove.difference(&live).is_empty(), "only members are removed");
            prop_assert!(inverse.remove.difference(&deeds.added).is_empty(), "only what was added is removed");
            prop_assert!(inverse.add.intersection(&live).is_empty(), "only others are added");
            prop_assert!(inverse.add.intersection(&deeds.suppressed).is_empty(), "no suppressed number returns");
            prop_assert!(readd_left || inverse.add.intersection(&memory.leavers).is_empty(), "nobody who left returns");
            prop_assert!(inverse.add.union(&inverse.remove).intersection(&deeds.later).is_empty());
        }

        #[test]
        fn an_undisturbed_run_is_taken_back_exactly(before in numbers(), added in numbers(), removed in numbers()) {
            let (added, removed) = (added.difference(&before), removed.intersection(&before));
            let live = before.union(&added).difference(&removed);
            let memory = Memory { baseline: true, ours: live.clone(), leavers: NumberSet::new() };
            let deeds = Deeds { added, removed, ..Deeds::default() };
            let inverse = Inverse::of(&deeds, &live, &memory, false);
            prop_assert!(inverse.kept.is_empty());
            prop_assert_eq!(live.union(&inverse.add).difference(&inverse.remove), before);
        }
    }

    #[test]
    fn whom_somebody_else_has_touched_is_kept_and_named() {
        let deeds = Deeds {
            added: set(&[1, 2, 3, 4]),
            removed: set(&[11, 12, 13, 14, 15]),
            later: set(&[4, 14]),
            suppressed: set(&[13]),
        };
        let memory = Memory { baseline: true, ours: set(&[1, 4]), leavers: set(&[15]) };
        let inverse = Inverse::of(&deeds, &set(&[1, 3, 4, 12]), &memory, false);
        assert_eq!((inverse.remove, inverse.add), (set(&[1]), set(&[11])));
        let mut kept = inverse.kept;
        kept.sort_by_key(|(why, numbers)| (*why, numbers.as_slice().first().copied()));
        let expected = [
            (Kept::Gone, 2),
            (Kept::Rejoined, 3),
            (Kept::Returned, 12),
            (Kept::LaterRun, 4),
            (Kept::LaterRun, 14),
            (Kept::Suppressed, 13),
            (Kept::Left, 15),
        ];
        assert_eq!(kept, expected.map(|(why, number)| (why, set(&[number]))));
    }
}
