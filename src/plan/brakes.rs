//! Brakes: figures that stop a run before its first change.
//!
//! Every brake is judged, whatever the others say, so that a person sees all of them at once. A brake that trips names
//! itself, the figures, and the flag that moves it.

use std::fmt;
use std::str::FromStr;

use super::{Mode, Plan};
use crate::audience::Tally;
use crate::numbers::NumberSet;

/// How much is too much: a count, or a share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// At most so many.
    Count(u64),
    /// At most so many in a hundred, 0 to 100.
    Percent(f64),
}

/// A text that is no limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a count such as 50, or a share such as 2.5%")]
pub struct LimitError;

impl Limit {
    /// Whether a part of a whole passes the limit.
    #[must_use]
    pub fn exceeded(self, part: u64, whole: u64) -> bool {
        match self {
            Self::Count(most) => part > most,
            Self::Percent(most) => percent(part, whole) > most,
        }
    }
}

impl FromStr for Limit {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        match text.trim().strip_suffix('%') {
            Some(share) => match share.trim().parse::<f64>() {
                Ok(share) if (0.0..=100.0).contains(&share) => Ok(Self::Percent(share)),
                _ => Err(LimitError),
            },
            None => text.trim().parse().map(Self::Count).map_err(|_| LimitError),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(most) => write!(f, "{most}"),
            Self::Percent(most) => write!(f, "{most}%"),
        }
    }
}

/// So many in a hundred; a part of nothing is all of it.
#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "a share of rows needs no 53rd bit")]
fn percent(part: u64, whole: u64) -> f64 {
    if part == 0 { 0.0 } else { part as f64 * 100.0 / whole.max(part) as f64 }
}

/// What one brake says.
#[derive(Debug, Clone, PartialEq)]
pub struct BrakeVerdict {
    /// The brake's stable name.
    pub name: &'static str,
    /// The group that it looked at; none for a brake that looks at the whole list.
    pub group: Option<String>,
    /// The figure it looked at.
    pub value: u64,
    /// Where it trips.
    pub limit: Limit,
    /// Whether it trips.
    pub tripped: bool,
    /// What a person reads when it trips: one fragment with the figures.
    pub message: String,
    /// The flag that moves it.
    pub flag: &'static str,
}

/// Where the brakes that look at the rows of a list trip.
#[derive(Debug, Clone, Copy, Default)]
pub struct RowLimits {
    /// `--max-rejects`; 20%, or 5% where the list says who is *not* to be a member.
    pub max_rejects: Option<Limit>,
    /// `--min-rows`; 1.
    pub min_rows: Option<u64>,
    /// `--max-suppress-rejects`; 0.
    pub max_suppress_rejects: u64,
    /// Whether a column without plus signs was judged by itself (`--plus-less auto`).
    pub plus_less_auto: bool,
}

/// Judges the rows of a list. `suppress_rejects` are rows of suppression lists that mean no number.
#[must_use]
pub fn judge_rows(tally: &Tally, mode: Mode, suppress_rejects: u64, limits: &RowLimits) -> Vec<BrakeVerdict> {
    let usual = Limit::Percent(if mode.is_whole() { 5.0 } else { 20.0 });
    let mut verdicts = vec![
        rejects(tally, limits.max_rejects.unwrap_or(usual)),
        min_rows(tally, limits.min_rows.unwrap_or(1)),
        unreadable_suppressions(suppress_rejects, limits.max_suppress_rejects),
    ];
    if limits.plus_less_auto {
        verdicts.push(plus_stripped(tally));
    }
    verdicts
}

fn rejects(tally: &Tally, limit: Limit) -> BrakeVerdict {
    let (rejected, read) = (tally.rows.rejected, tally.rows.read);
    let share = percent(rejected, read);
    BrakeVerdict {
        name: "rejects",
        group: None,
        value: rejected,
        limit,
        tripped: limit.exceeded(rejected, read),
        message: format!("{rejected} of {read} rows were rejected ({share:.1}%), more than {limit}"),
        flag: "--max-rejects",
    }
}

/// Judges how many rows a list has: a list without rows is more likely an accident than a wish.
#[must_use]
pub fn min_rows(tally: &Tally, least: u64) -> BrakeVerdict {
    let read = tally.rows.read;
    BrakeVerdict {
        name: "min_rows",
        group: None,
        value: read,
        limit: Limit::Count(least),
        tripped: read < least,
        message: format!("the list has {read} rows, fewer than {least}"),
        flag: "--min-rows",
    }
}

/// Judges suppression lists: of these, so many rows mean no number, and somebody whom nobody can read is to be left
/// alone.
#[must_use]
pub fn unreadable_suppressions(unreadable: u64, most: u64) -> BrakeVerdict {
    BrakeVerdict {
        name: "suppress_rejects",
        group: None,
        value: unreadable,
        limit: Limit::Count(most),
        tripped: unreadable > most,
        message: format!(
            "{unreadable} rows of the suppression lists mean no number, more than {most}: someone asked not to be \
             written to, and we cannot read who"
        ),
        flag: "--max-suppress-rejects",
    }
}

/// A column in which many numbers are valid only with a `+` has lost its plus signs somewhere: then those that happen
/// to be valid without it are not to be trusted either. Measured: of 1,944 mobile numbers written without their `+`,
/// 22% became a different valid number.
fn plus_stripped(tally: &Tally) -> BrakeVerdict {
    const SHARE: Limit = Limit::Percent(5.0);
    const LEAST: u64 = 10;
    let (stripped, all) = (tally.plus_stripped, tally.plus_less);
    BrakeVerdict {
        name: "plus_stripped",
        group: None,
        value: stripped,
        limit: SHARE,
        tripped: stripped >= LEAST && percent(stripped, all) >= 5.0,
        message: format!(
            "{stripped} of {all} numbers without `+` are valid only, or just as well, with one: the column seems to \
             have lost its plus signs; say what they are with --plus-less national, international or refuse"
        ),
        flag: "--plus-less",
    }
}

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
    use super::super::{Choices, GroupRef, Memory, Wish};
    use super::*;
    use crate::audience::RowCounts;
    use crate::numbers::Msisdn;

    fn tally(read: u64, rejected: u64) -> Tally {
        let rows = RowCounts { read, rejected, accepted: read - rejected, ..RowCounts::default() };
        Tally { rows, ..Tally::default() }
    }

    fn names(verdicts: Vec<BrakeVerdict>) -> Vec<&'static str> {
        verdicts.into_iter().filter(|brake| brake.tripped).map(|brake| brake.name).collect()
    }

    fn rows(tally: &Tally, mode: Mode, limits: &RowLimits) -> Vec<&'static str> {
        names(judge_rows(tally, mode, 0, limits))
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn rejects_trip_past_the_limit_and_not_at_it() {
        let usual = RowLimits::default();
        assert_eq!(rows(&tally(10, 2), Mode::Add, &usual), NONE);
        assert_eq!(rows(&tally(10, 3), Mode::Add, &usual), ["rejects"]);
        assert_eq!(rows(&tally(100, 5), Mode::Sync, &usual), NONE);
        assert_eq!(rows(&tally(100, 6), Mode::Sync, &usual), ["rejects"]);
        let counted = RowLimits { max_rejects: Some(Limit::Count(2)), ..usual };
        assert_eq!(rows(&tally(1_000, 2), Mode::Add, &counted), NONE);
        assert_eq!(rows(&tally(1_000, 3), Mode::Add, &counted), ["rejects"]);
    }

    #[test]
    fn an_empty_list_trips_min_rows() {
        assert_eq!(rows(&tally(0, 0), Mode::Add, &RowLimits::default()), ["min_rows"]);
        assert_eq!(rows(&tally(1, 0), Mode::Add, &RowLimits::default()), NONE);
    }

    #[test]
    fn a_suppression_that_nobody_can_read_trips() {
        let limits = RowLimits { max_suppress_rejects: 1, ..RowLimits::default() };
        assert_eq!(names(judge_rows(&tally(1, 0), Mode::Add, 1, &limits)), NONE);
        assert_eq!(names(judge_rows(&tally(1, 0), Mode::Add, 2, &limits)), ["suppress_rejects"]);
    }

    #[test]
    fn a_column_without_its_plus_signs_trips_at_five_percent_and_ten_cells() {
        let limits = RowLimits { plus_less_auto: true, ..RowLimits::default() };
        let column = |stripped, all| Tally { plus_stripped: stripped, plus_less: all, ..tally(1_000, 0) };
        assert_eq!(rows(&column(10, 200), Mode::Add, &limits), ["plus_stripped"]);
        assert_eq!(rows(&column(9, 9), Mode::Add, &limits), NONE);
        assert_eq!(rows(&column(10, 201), Mode::Add, &limits), NONE);
        let told = RowLimits { plus_less_auto: false, ..limits };
        assert_eq!(rows(&column(10, 10), Mode::Add, &told), NONE);
    }

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
        names(judge_change("g", &[(&plan, Some(length(live)))], &facts, limits))
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
            names(judge_change("g", &[(&plan, Some(3)), (&plan, size)], &GroupFacts::default(), limits))
        };
        assert_eq!(judge(Some(4), &ChangeLimits::default()), ["size"]);
        assert_eq!(judge(None, &ChangeLimits::default()), NONE);
        let allowed = ChangeLimits { allow_size_mismatch: true, ..ChangeLimits::default() };
        assert_eq!(judge(Some(4), &allowed), NONE);
    }

    #[test]
    fn limits_are_read_as_people_write_them() {
        assert_eq!("20%".parse(), Ok(Limit::Percent(20.0)));
        assert_eq!(" 2.5 %".parse(), Ok(Limit::Percent(2.5)));
        assert_eq!("7".parse(), Ok(Limit::Count(7)));
        for wrong in ["", "%", "-1", "101%", "NaN%", "a few"] {
            assert_eq!(wrong.parse::<Limit>(), Err(LimitError), "{wrong}");
        }
    }
}
