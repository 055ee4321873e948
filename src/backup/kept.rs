//! One group, with everything by which it can be made again.

use jiff::Timestamp;

use crate::groups::{Group, Picture};
use crate::ledger::{Audience, How, Leaver};
use crate::numbers::NumberSet;
use crate::plan::brakes::{ChangeLimits, GroupFacts, judge_change};
use crate::plan::{Choices, GroupRef, Memory, Mode, Plan, Wish};

/// A group as it was when it was read, and what is remembered of it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The group, as the provider described it.
    pub group: Group,
    /// The name by which it is remembered: usually its own.
    pub audience: String,
    /// How the groups of its audience are named, where those may be several.
    pub spread: Option<String>,
    /// Its members.
    pub members: NumberSet,
    /// Those of the members who joined by themselves; none where nothing is remembered of the group.
    pub joined: Option<NumberSet>,
    /// Those who left it.
    pub leavers: Vec<Leaver>,
    /// Whether the group stood still while it was read.
    pub steady: bool,
}

impl Kept {
    /// Puts together what was read and what is remembered. Who is found to have left only now counts as a leaver, unless
    /// so many are gone at once that it is an accident and no opt-out; how many that are is the second value.
    #[must_use]
    pub fn of(
        picture: Picture,
        audience: &Audience,
        memory: &Memory,
        leavers: Vec<Leaver>,
        now: Timestamp,
    ) -> (Self, u64) {
        let Picture { group, members, steady } = picture;
        let target = GroupRef::Existing { id: group.id.clone(), name: group.name.clone() };
        let account = audience.account.clone();
        let nothing = Wish::default();
        let plan = Plan::draft(account, target, Mode::Add, &nothing, &members, memory, Choices::default());
        let ours = u64::try_from(memory.ours.len()).unwrap_or(u64::MAX);
        let facts = GroupFacts { ours, ..GroupFacts::default() };
        let verdicts = judge_change(plan.group.label(), &[(&plan, None)], &facts, &ChangeLimits::default());
        let accident = verdicts.iter().any(|verdict| verdict.name == "left" && verdict.tripped);
        let mut gone: Vec<Leaver> =
            leavers.into_iter().filter(|leaver| !plan.returned.contains(leaver.number)).collect();
        let mut lost = 0;
        if accident {
            lost = u64::try_from(plan.new_leavers.len()).unwrap_or(u64::MAX);
        } else {
            let new = |number| Leaver { number, since: now, run: None, how: How::Observed };
            gone.extend(plan.new_leavers.iter().map(new));
            gone.sort_by_key(|leaver| leaver.number);
        }
        let joined = memory.baseline.then(|| members.difference(&memory.ours));
        let audience = audience.name.clone();
        let kept = Self { group, audience, spread: None, members, joined, leavers: gone, steady };
        (kept, lost)
    }

    /// The group's name, or its id.
    #[must_use]
    pub fn label(&self) -> &str {
        self.group.name.as_deref().unwrap_or(self.group.id.as_str())
    }
}
