//! The brakes that look at the change of an audience.

use super::limit::percent;
use super::{BrakeVerdict, Limit};
use crate::numbers::NumberSet;
use crate::plan::Plan;

/// Where the brakes that look at the change of one group trip.
#[derive(Debug, Clone, Copy, Default)]
pub struct ChangeLimits {
    /// `--max-remove`; 20% of the live group when it has at least 10 members.
    pub max_remove: Option<Limit>,
    /// `--max-shrink`; 30%.
    pub max_shrink: Option<Limit>,
    /// `--max-left`; 20% of the baseline, at least 10.
    pub max_left: Option<Limit>,
    /// `--allow-size-mismatch`.
    pub allow_size_mismatch: bool,
    /// `--require-baseline`: refuse a group of which nothing is remembered.
    pub require_baseline: bool,
}

/// What the brakes need to know of an audience besides its plans.
#[derive(Debug, Clone, Copy, Default)]
pub struct GroupFacts {
    /// Members of ours in the baseline.
    pub ours: u64,
    /// Rows of this list; none where no list was read, as when a backup is brought back.
    pub rows: Option<u64>,
    /// Rows of the last list that was applied to this audience.
    pub rows_before: Option<u64>,
    /// Removals that take back what a run has added, or that leave the number in another group, and so do not count as
    /// removals.
    pub taken_back: u64,
}

/// A group whose change is judged: its plan, and its size as the provider gives it.
pub type Judged<'a> = (&'a Plan, Option<u64>);

/// Judges the change of one audience, called `label`, in all of its groups.
#[must_use]
pub fn judge_change(
    label: &str,
    groups: &[Judged<'_>],
    facts: &GroupFacts,
    limits: &ChangeLimits,
) -> Vec<BrakeVerdict> {
    let plans = || groups.iter().map(|(plan, _)| *plan);
    let mut verdicts = vec![remove(plans(), facts.taken_back, limits.max_remove)];
    if let (Some(rows), Some(before)) = (facts.rows, facts.rows_before)
        && plans().any(|plan| plan.mode.is_whole())
    {
        verdicts.push(shrink(rows, before, limits.max_shrink));
    }
    let leavers = plans().map(|plan| length(&plan.new_leavers)).sum();
    if leavers > 0 || !plans().all(|plan| plan.two_way) {
        verdicts.push(left(leavers, facts.ours, limits.max_left));
    }
    if limits.require_baseline {
        verdicts.push(baseline(plans()));
    }
    for verdict in &mut verdicts {
        verdict.message.insert_str(0, &format!("{label}: "));
    }
    if !limits.allow_size_mismatch {
        let sized = groups.iter().filter_map(|(plan, size)| Some((*plan, (*size)?)));
        verdicts.extend(size_mismatch(sized));
    }
    for verdict in &mut verdicts {
        verdict.group = Some(label.to_owned());
    }
    verdicts
}

fn remove<'a>(plans: impl Iterator<Item = &'a Plan>, taken_back: u64, limit: Option<Limit>) -> BrakeVerdict {
    const SMALL: u64 = 10;
    let (removals, live) =
        plans.fold((0, 0), |(removals, live), plan| (removals + length(&plan.remove), live + plan.before));
    let removals = removals.saturating_sub(taken_back);
    let applies = limit.is_some() || live >= SMALL;
    let limit = limit.unwrap_or(Limit::Percent(20.0));
    let share = percent(removals, live);
    BrakeVerdict {
        name: "remove",
        group: None,
        value: removals,
        limit,
        tripped: applies && limit.exceeded(removals, live),
        message: format!("{removals} of {live} members would be removed ({share:.1}%), more than {limit}"),
        flag: "--max-remove",
    }
}

fn shrink(rows: u64, before: u64, limit: Option<Limit>) -> BrakeVerdict {
    let limit = limit.unwrap_or(Limit::Percent(30.0));
    let lost = before.saturating_sub(rows);
    let share = percent(lost, before);
    BrakeVerdict {
        name: "shrink",
        group: None,
        value: lost,
        limit,
        tripped: limit.exceeded(lost, before),
        message: format!("the list has {rows} rows, the last one had {before}: {share:.1}% less, more than {limit}"),
        flag: "--max-shrink",
    }
}

fn left(leavers: u64, ours: u64, limit: Option<Limit>) -> BrakeVerdict {
    const FEW: u64 = 10;
    let applies = limit.is_some() || leavers >= FEW;
    let limit = limit.unwrap_or(Limit::Percent(20.0));
    let share = percent(leavers, ours);
    BrakeVerdict {
        name: "left",
        group: None,
        value: leavers,
        limit,
        tripped: applies && limit.exceeded(leavers, ours),
        message: format!(
            "{leavers} of {ours} members of ours are gone since the last run ({share:.1}%), more than {limit}: so many \
             at once are no opt-outs but an accident"
        ),
        flag: "--max-left",
    }
}

/// An empty group has nobody who could have left it.
fn baseline<'a>(plans: impl Iterator<Item = &'a Plan>) -> BrakeVerdict {
    let unknown = plans.filter(|plan| plan.two_way).map(|plan| plan.before).sum();
    BrakeVerdict {
        name: "baseline",
        group: None,
        value: unknown,
        limit: Limit::Count(0),
        tripped: unknown > 0,
        message: format!(
            "nothing is remembered of its {unknown} members, so that nobody knows who has left: is this the right state \
             folder?"
        ),
        flag: "--require-baseline",
    }
}

/// Judges whether groups have as many members as the provider says. None where it says nothing.
fn size_mismatch<'a>(sized: impl Iterator<Item = (&'a Plan, u64)>) -> Option<BrakeVerdict> {
    let off: Vec<(&Plan, u64)> = sized.collect();
    let value = off.iter().map(|(plan, size)| plan.before.abs_diff(*size)).sum();
    let (plan, size) = off.iter().find(|(plan, size)| plan.before != *size).or(off.first())?;
    let (group, members) = (plan.group.label(), plan.before);
    Some(BrakeVerdict {
        name: "size",
        group: None,
        value,
        limit: Limit::Count(0),
        tripped: value > 0,
        message: format!("{group}: {members} members were read, but the group's size is {size}, also when read again"),
        flag: "--allow-size-mismatch",
    })
}

fn length(set: &NumberSet) -> u64 {
    u64::try_from(set.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::tripped;
    use super::*;
    use crate::numbers::Msisdn;
    use crate::plan::{Choices, GroupRef, Memory, Mode, Wish};

    const NONE: [&str; 0] = [];

    fn set(values: std::ops::Range<u64>) -> NumberSet {
        values.filter_map(Msisdn::from_value).collect()
    }

    /// A sync of a list with a group, and what the brakes say of it.
    fn sync(listed: &NumberSet, live: &NumberSet, ours: Option<NumberSet>, limits: &ChangeLimits) -> Vec<&'static str> {
        let wish = Wish { listed: listed.clone(), ..Wish::default() };
        let count = ours.as_ref().map_or(0, length);
        let memory = Memory { baseline: ours.is_some(), ours: ours.unwrap_or_default(), ..Memory::default() };
        let group = GroupRef::New { name: "g".into() };
        let plan = Plan::draft(String::new(), group, Mode::Sync, &wish, live, &memory, Choices::default());
        let facts = GroupFacts { ours: count, rows: Some(70), rows_before: Some(100), taken_back: 0 };
        tripped(&judge_change("g", &[(&plan, Some(length(live)))], &facts, limits))
    }

    #[test]
    fn removals_trip_past_a_fifth_of_a_group_of_ten() {
        let usual = ChangeLimits::default();
        assert_eq!(sync(&set(3..11), &set(1..11), None, &usual), NONE);
        assert_eq!(sync(&set(4..11), &set(1..11), None, &usual), ["remove"]);
        assert_eq!(sync(&set(20..21), &set(1..10), None, &usual), NONE);
        let strict = ChangeLimits { max_remove: Some(Limit::Count(0)), ..usual };
        assert_eq!(sync(&set(2..3), &set(1..3), None, &strict), ["remove"]);
    }

    #[test]
    fn a_list_that_has_shrunk_trips() {
        let limits = |share| ChangeLimits { max_shrink: Some(Limit::Percent(share)), ..ChangeLimits::default() };
        assert_eq!(sync(&set(1..2), &set(1..2), None, &limits(30.0)), NONE);
        assert_eq!(sync(&set(1..2), &set(1..2), None, &limits(29.0)), ["shrink"]);
    }

    #[test]
    fn many_leavers_at_once_trip() {
        let usual = ChangeLimits::default();
        let list = set(1..51);
        assert_eq!(sync(&list, &set(11..51), Some(list.clone()), &usual), NONE);
        assert_eq!(sync(&list, &set(12..51), Some(list.clone()), &usual), ["left"]);
        assert_eq!(sync(&set(1..10), &NumberSet::new(), Some(set(1..10)), &usual), NONE);
        let strict = ChangeLimits { max_left: Some(Limit::Count(0)), ..usual };
        assert_eq!(sync(&set(1..10), &set(2..10), Some(set(1..10)), &strict), ["left"]);
    }

    #[test]
    fn members_that_do_not_add_up_trip() {
        let (wish, live, memory) = (Wish::default(), set(1..4), Memory::default());
        let group = GroupRef::New { name: "g".into() };
        let plan = Plan::draft(String::new(), group, Mode::Add, &wish, &live, &memory, Choices::default());
        let judge = |size, limits: &ChangeLimits| {
            tripped(&judge_change("g", &[(&plan, Some(3)), (&plan, size)], &GroupFacts::default(), limits))
        };
        assert_eq!(judge(Some(4), &ChangeLimits::default()), ["size"]);
        assert_eq!(judge(None, &ChangeLimits::default()), NONE);
        let allowed = ChangeLimits { allow_size_mismatch: true, ..ChangeLimits::default() };
        assert_eq!(judge(Some(4), &allowed), NONE);
    }
}
