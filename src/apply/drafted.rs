//! What a draft yields: the change of each audience, group by group, with everything that was known when it was planned.

use std::sync::Arc;

use super::Making;
use crate::ledger::{Audience, Homes};
use crate::numbers::NumberSet;
use crate::plan::brakes::GroupFacts;
use crate::plan::{GroupRef, Plan};

/// The change of one audience, and everything that was known when it was planned.
#[derive(Debug)]
pub struct Drafted {
    /// What the audience is remembered by.
    pub audience: Audience,
    /// Where the audience lives, when it is kept in several groups.
    pub spread: Option<Spreading>,
    /// What the brakes want to know besides.
    pub facts: GroupFacts,
    /// Members of ours, as far as is known.
    pub ours: NumberSet,
    /// Numbers that the list names.
    pub listed: NumberSet,
    /// Those of them who joined by themselves where they come from, and of whom nothing else is known here.
    pub guests: NumberSet,
    /// The change of each of its groups, in their order; at least one.
    pub parts: Vec<Part>,
    /// What groups of it get when they are made.
    pub making: Making,
}

/// What the ledger is to remember of a spread audience before anything of it is changed.
#[derive(Debug, Clone)]
pub struct Spreading {
    /// The groups that it lives in so far.
    pub homes: Homes,
    /// What some of them were remembered by before.
    pub absorbed: Vec<Audience>,
    /// Numbers that were in several of its groups, and stay in the first.
    pub doubled: u64,
    /// Names of groups that look like its own and are not known to be.
    pub strangers: Vec<String>,
}

/// The change of one group.
#[derive(Debug)]
pub struct Part {
    /// What would change.
    pub plan: Plan,
    /// The group's members, without those that child groups bring.
    pub live: Arc<NumberSet>,
    /// The members that child groups bring.
    pub inherited: NumberSet,
    /// The group's size as the provider gives it.
    pub size: Option<u64>,
}

impl Drafted {
    /// What people call it: the audience's name where it is in several groups, else the group's.
    #[must_use]
    pub fn label(&self) -> &str {
        match (&self.spread, self.parts.as_slice()) {
            (None, [one]) => one.plan.group.label(),
            _ => &self.audience.name,
        }
    }

    /// The plans of its groups.
    pub fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.parts.iter().map(|part| &part.plan)
    }

    /// Whether nothing is to be done.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.plans().all(|plan| plan.is_empty() && matches!(plan.group, GroupRef::Existing { .. }))
    }
}
