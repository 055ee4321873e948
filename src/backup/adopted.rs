//! Audiences in several groups that are brought where nobody knows them yet: they are audiences there as well.

use super::again::{Again, Target};
use crate::groups::{Group, GroupId, Template};
use crate::ledger::{Audience, Homes, Ledger, LedgerError};

/// An audience in several groups that is new to an account.
#[derive(Debug, Clone)]
pub struct Adopted {
    /// What it is remembered by from now on.
    pub audience: Audience,
    /// How its groups are named, and those of them that are there already.
    pub homes: Homes,
    /// What those were remembered by, each as a group of its own.
    pub absorbed: Vec<Audience>,
}

impl Adopted {
    /// Whether a group that is brought back is one of this audience's.
    #[must_use]
    pub fn has(&self, again: &Again) -> bool {
        again.spread.is_some() && again.audience == self.audience.name && stays_itself(again)
    }
}

/// The audiences that `again` brings to the account `account`, whose groups are `there`. One that is known there is as it
/// is known, and so is one whose name a group has.
///
/// # Errors
/// When the ledger cannot be read.
pub fn adopted(again: &[Again], there: &[Group], account: &str, ledger: &Ledger) -> Result<Vec<Adopted>, LedgerError> {
    let mut all: Vec<Adopted> = Vec::new();
    for one in again {
        let Some(template) = one.spread.as_ref().and_then(|text| Template::new(text.as_str()).ok()) else { continue };
        let audience = Audience::new(account, &*one.audience);
        let is_taken = there.iter().any(|group| group.name.as_ref() == Some(&one.audience));
        if is_taken
            || all.iter().any(|other| other.audience == audience)
            || ledger.homes(&audience)? != Homes::default()
        {
            continue;
        }
        let homes = Homes { template: Some(template.to_string()), groups: Vec::new() };
        let mut new = Adopted { audience, homes, absorbed: Vec::new() };
        new.homes.groups = again.iter().filter(|other| new.has(other)).filter_map(there_already).cloned().collect();
        let mut is_elsewhere = false;
        for group in &new.homes.groups {
            if let Some(other) = ledger.audience_of_group(account, group)? {
                is_elsewhere |= ledger.homes(&other)?.are_spread();
                new.absorbed.push(other);
            }
        }
        if !is_elsewhere {
            all.push(new);
        }
    }
    Ok(all)
}

/// Whether the group is the same group where it goes: under another name it is another.
fn stays_itself(again: &Again) -> bool {
    match &again.target {
        Target::There(group) => group.id == again.group.id || group.name == again.group.name,
        Target::Made(name) => again.group.name.as_ref() == Some(name),
    }
}

fn there_already(again: &Again) -> Option<&GroupId> {
    match &again.target {
        Target::There(group) => Some(&group.id),
        Target::Made(_) => None,
    }
}
