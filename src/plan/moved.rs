//! What has happened to a group since a plan was made against it.

use super::Plan;
use crate::numbers::NumberSet;

/// Members that came and went behind a plan's back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Members now who were none then.
    pub joined: NumberSet,
    /// Members then who are none now.
    pub left: NumberSet,
    /// Of both, those whom the plan would have added or removed.
    pub touched: NumberSet,
    /// Whether exactly what the plan would do has been done.
    pub is_done: bool,
}

impl Moved {
    /// Compares the members that a plan was made against with those of now, both without what child groups bring.
    #[must_use]
    pub fn between(plan: &Plan, then: &NumberSet, now: &NumberSet) -> Self {
        let (joined, left) = (now.difference(then), then.difference(now));
        let touched = joined.intersection(&plan.add).union(&left.intersection(&plan.remove));
        let is_done = !plan.is_empty() && joined == plan.add && left == plan.remove;
        Self { joined, left, touched, is_done }
    }

    /// How many members came and went.
    #[must_use]
    pub fn len(&self) -> usize {
        self.joined.len() + self.left.len()
    }

    /// Whether the group is as it was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the plan still means what it meant, give or take so many members whom it does not touch.
    #[must_use]
    pub fn is_within(&self, tolerance: usize) -> bool {
        self.touched.is_empty() && self.len() <= tolerance
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Choices, GroupRef, Memory, Mode, Wish};
    use super::*;
    use crate::numbers::Msisdn;
    use proptest::prelude::*;

    fn numbers() -> impl Strategy<Value = NumberSet> {
        proptest::collection::vec(1..40u64, 0..30)
            .prop_map(|values| values.into_iter().filter_map(Msisdn::from_value).collect())
    }

    proptest! {
        #[test]
        fn a_group_that_moved_within_the_tolerance_is_still_what_the_plan_changes(
            listed in numbers(), then in numbers(), now in numbers(), tolerance in 0..30usize,
        ) {
            let wish = Wish { listed, ..Wish::default() };
            let group = GroupRef::New { name: "g".into() };
            let plan =
                Plan::draft("a".into(), group, Mode::Sync, &wish, &then, &Memory::default(), Choices::default());
            let moved = Moved::between(&plan, &then, &now);
            prop_assert_eq!(moved.is_empty(), then == now);
            prop_assert_eq!(Moved::between(&plan, &then, &then).is_within(0), true);
            if moved.is_within(tolerance) {
                prop_assert!(plan.add.intersection(&now).is_empty());
                prop_assert!(plan.remove.difference(&now).is_empty());
                prop_assert!(moved.len() <= tolerance);
            }
            let after = then.union(&plan.add).difference(&plan.remove);
            prop_assert_eq!(Moved::between(&plan, &then, &after).is_done, !plan.is_empty());
        }
    }
}
