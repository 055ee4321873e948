//! Where the change of an audience happens that is kept in several groups.
//!
//! The change is decided once, for the audience as a whole. What is left to say is which group it touches: removals are
//! where the members are, additions go where there is room, and nobody is moved.

use super::{GroupRef, Plan};
use crate::numbers::NumberSet;

/// A group of an audience, as it is now.
#[derive(Debug, Clone, Copy)]
pub struct Home<'a> {
    /// The group.
    pub group: &'a GroupRef,
    /// Its members, without those that child groups bring.
    pub live: &'a NumberSet,
    /// All its members.
    pub before: u64,
    /// Numbers that belong here rather than anywhere else, if they are to be added and there is room.
    pub back: &'a NumberSet,
}

/// The plans of an audience's groups.
#[derive(Debug)]
pub struct Placed {
    /// One for each group, in order; those of groups that are to be made come last. Together they are the audience's
    /// plan: each number is added once, in one group. What was counted of the audience stands in the first.
    pub plans: Vec<Plan>,
    /// Memberships that end because the number is in an earlier group as well.
    pub doubled: u64,
}

impl Plan {
    /// Lays the plan of a whole audience out over its groups. No group gets more members than `limit` by it (at least
    /// 1); groups that have room are filled in their order before `more` is asked for another.
    ///
    /// A number that is in several groups stays in the first of them.
    ///
    /// # Errors
    /// What `more` says.
    pub fn place<E>(
        self,
        homes: &[Home<'_>],
        limit: u64,
        mut more: impl FnMut() -> Result<GroupRef, E>,
    ) -> Result<Placed, E> {
        let limit = limit.max(1);
        let mut groups = Vec::with_capacity(homes.len());
        // Few are in several groups: only they have to be looked for in each.
        let shared = NumberSet::shared(&homes.iter().map(|home| home.live).collect::<Vec<_>>());
        let (mut seen, mut doubled) = (NumberSet::new(), 0);
        for home in homes {
            let here = home.live.intersection(&shared);
            let twice = here.intersection(&seen);
            doubled += count(twice.len());
            seen.insert_all(&here);
            let remove = self.remove.intersection(home.live).union(&twice);
            let stay = home.before.saturating_sub(count(remove.len()));
            let room = usize::try_from(limit.saturating_sub(stay)).unwrap_or(usize::MAX);
            groups.push(Laid { group: home.group.clone(), before: home.before, add: NumberSet::new(), remove, room });
        }
        let (mut whole, mut rest) = self.without_changes();
        for (home, laid) in homes.iter().zip(&mut groups) {
            if home.back.is_empty() {
                continue;
            }
            let mut back = rest.intersection(home.back);
            back.truncate(laid.room);
            rest.remove_all(&back);
            laid.take(&back);
        }
        let mut rest = rest.as_slice();
        for laid in &mut groups {
            let (here, others) = rest.split_at(laid.room.min(rest.len()));
            laid.take(&NumberSet::from_unsorted(here.to_vec()));
            rest = others;
        }
        // An audience without any group gets its first, whoever is to be in it.
        while !rest.is_empty() || groups.is_empty() {
            let (here, others) = rest.split_at(usize::try_from(limit).unwrap_or(usize::MAX).min(rest.len()));
            let add = NumberSet::from_unsorted(here.to_vec());
            groups.push(Laid { group: more()?, before: 0, add, remove: NumberSet::new(), room: 0 });
            rest = others;
        }
        let mut plans = Vec::with_capacity(groups.len());
        for Laid { group, before, add, remove, .. } in groups {
            let next = whole.uncounted();
            plans.push(Self { group, before, add, remove, ..std::mem::replace(&mut whole, next) });
        }
        Ok(Placed { plans, doubled })
    }

    /// The plan without its changes, and what was to be added.
    fn without_changes(mut self) -> (Self, NumberSet) {
        let add = std::mem::take(&mut self.add);
        self.remove = NumberSet::new();
        (self, add)
    }

    /// A plan of the same audience that counts nothing a second time.
    fn uncounted(&self) -> Self {
        Self {
            account: self.account.clone(),
            group: self.group.clone(),
            mode: self.mode,
            two_way: self.two_way,
            before: 0,
            add: NumberSet::new(),
            remove: NumberSet::new(),
            already: 0,
            left: 0,
            joined: 0,
            held: NumberSet::new(),
            new_leavers: NumberSet::new(),
            returned: NumberSet::new(),
        }
    }
}

/// A group, and what is laid into it so far.
struct Laid {
    group: GroupRef,
    before: u64,
    add: NumberSet,
    remove: NumberSet,
    /// How many more it takes.
    room: usize,
}

impl Laid {
    fn take(&mut self, more: &NumberSet) {
        if !more.is_empty() {
            self.room -= more.len();
            self.add = self.add.union(more);
        }
    }
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::super::{Choices, Memory, Mode, Wish};
    use super::*;
    use crate::numbers::Msisdn;
    use proptest::prelude::*;

    fn numbers() -> impl Strategy<Value = NumberSet> {
        proptest::collection::vec(1..120u64, 0..80)
            .prop_map(|values| values.into_iter().filter_map(Msisdn::from_value).collect())
    }

    fn set(values: &[u64]) -> NumberSet {
        values.iter().filter_map(|value| Msisdn::from_value(*value)).collect()
    }

    fn group(number: usize) -> GroupRef {
        GroupRef::New { name: format!("g-{number}") }
    }

    /// The plan of an audience that lives in these groups.
    fn whole(mode: Mode, listed: &NumberSet, lives: &[NumberSet]) -> Plan {
        let live = NumberSet::union_all(lives);
        let wish = Wish { listed: listed.clone(), ..Wish::default() };
        Plan::draft("a".into(), group(0), mode, &wish, &live, &Memory::default(), Choices::default())
    }

    fn placed(plan: Plan, lives: &[NumberSet], back: &[NumberSet], limit: u64) -> Placed {
        let (groups, none): (Vec<GroupRef>, _) = ((1..=lives.len()).map(group).collect(), NumberSet::new());
        let homes: Vec<Home<'_>> = lives
            .iter()
            .zip(&groups)
            .enumerate()
            .map(|(index, (live, group))| Home {
                group,
                live,
                before: count(live.len()),
                back: back.get(index).unwrap_or(&none),
            })
            .collect();
        let mut next = lives.len();
        let more = || {
            next += 1;
            Ok::<_, Infallible>(group(next))
        };
        match plan.place(&homes, limit, more) {
            Ok(placed) => placed,
            Err(never) => match never {},
        }
    }

    fn modes() -> impl Strategy<Value = Mode> {
        proptest::sample::select(Mode::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn nobody_moves_and_the_parts_are_the_whole(
            mode in modes(), listed in numbers(), lives in proptest::collection::vec(numbers(), 0..5),
            back in proptest::collection::vec(numbers(), 0..5), limit in 1..40u64,
        ) {
            let plan = whole(mode, &listed, &lives);
            let (add, remove, already) = (plan.add.clone(), plan.remove.clone(), plan.already);
            let once = placed(plan.clone(), &lives, &back, limit);
            let again = placed(plan, &lives, &back, limit);
            prop_assert!(once.plans.iter().map(Plan::digest).eq(again.plans.iter().map(Plan::digest)), "deterministic");
            // Additions: each number once.
            let adds: Vec<NumberSet> = once.plans.iter().map(|plan| plan.add.clone()).collect();
            prop_assert_eq!(adds.iter().map(NumberSet::len).sum::<usize>(), add.len());
            prop_assert_eq!(&NumberSet::union_all(&adds), &add);
            prop_assert_eq!(once.plans.iter().map(|plan| plan.already).sum::<u64>(), already);
            // Afterwards everybody is in one group, and where they were if they were anywhere.
            let mut after = NumberSet::new();
            let mut memberships = 0;
            for (index, plan) in once.plans.iter().enumerate() {
                let none = NumberSet::new();
                let live = lives.get(index).unwrap_or(&none);
                prop_assert!(plan.remove.difference(live).is_empty(), "only members are removed");
                let now = live.union(&plan.add).difference(&plan.remove);
                for number in now.difference(&plan.add).iter() {
                    let first = lives.iter().position(|live| live.contains(number));
                    prop_assert_eq!(first, Some(index), "everybody stays in the first of their groups");
                }
                prop_assert!(plan.add.is_empty() || count(now.len()) <= limit, "no group passes the limit");
                memberships += now.len();
                after = after.union(&now);
            }
            prop_assert_eq!(memberships, after.len(), "nobody is in two groups");
            let before = NumberSet::union_all(&lives);
            prop_assert_eq!(after, before.union(&add).difference(&remove));
            let removals: usize = once.plans.iter().map(|plan| plan.remove.len()).sum();
            prop_assert_eq!(count(removals), count(remove.len()) + once.doubled);
        }

        #[test]
        fn gaps_are_filled_before_groups_are_made(
            mode in modes(), listed in numbers(), lives in proptest::collection::vec(numbers(), 0..5),
            back in proptest::collection::vec(numbers(), 0..5), limit in 1..40u64,
        ) {
            let once = placed(whole(mode, &listed, &lives), &lives, &back, limit);
            let (old, new) = once.plans.split_at(lives.len().min(once.plans.len()));
            if !new.is_empty() && !lives.is_empty() {
                prop_assert!(old.iter().all(|plan| plan.after() >= limit), "a group was made while another had room");
            }
            for full in new.iter().rev().skip(1) {
                prop_assert_eq!(full.after(), limit, "only the last group has room");
            }
            if back.is_empty() {
                // Without a wish of their own they go into the first group that takes them.
                let last = old.iter().rposition(|plan| !plan.add.is_empty()).unwrap_or(0);
                prop_assert!(old.iter().take(last).all(|plan| plan.after() >= limit));
            }
        }

        #[test]
        fn a_placed_plan_that_was_carried_out_leaves_nothing_to_place(
            listed in numbers(), lives in proptest::collection::vec(numbers(), 1..5), limit in 1..40u64,
        ) {
            let plans = placed(whole(Mode::Sync, &listed, &lives), &lives, &[], limit).plans;
            let none = NumberSet::new();
            let now: Vec<NumberSet> = plans
                .iter()
                .enumerate()
                .map(|(index, plan)| lives.get(index).unwrap_or(&none).union(&plan.add).difference(&plan.remove))
                .collect();
            let again = placed(whole(Mode::Sync, &listed, &now), &now, &[], limit);
            prop_assert_eq!(again.plans.len(), now.len());
            prop_assert!(again.plans.iter().all(Plan::is_empty));
        }
    }

    #[test]
    fn who_belongs_somewhere_goes_there_as_far_as_there_is_room() {
        let lives = [set(&[1]), set(&[2])];
        let plan = whole(Mode::Add, &set(&[1, 2, 11, 12, 13]), &lives);
        let back = [NumberSet::new(), set(&[12, 13])];
        let adds: Vec<NumberSet> = placed(plan, &lives, &back, 2).plans.into_iter().map(|plan| plan.add).collect();
        assert_eq!(adds, [set(&[11]), set(&[12]), set(&[13])]);
    }

    #[test]
    fn an_audience_without_groups_gets_one() {
        let placed = placed(whole(Mode::Add, &set(&[]), &[]), &[], &[], 5);
        assert_eq!(placed.plans.len(), 1);
    }
}
