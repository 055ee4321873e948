//! Kept groups, turned into what has to be asked for to have them again: in the account they came from, or in another.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Kept;
use super::manifest::hex;
use crate::apply::{Child, Making};
use crate::groups::{Group, GroupId, GroupName, NameError};
use crate::ledger::{Leaver, Ledger, LedgerError};
use crate::numbers::NumberSet;

/// Groups that are to be had again, and what they need besides.
#[derive(Debug, Clone, Default)]
pub struct Kit {
    /// The account that they come from.
    pub account: String,
    /// The groups.
    pub groups: Vec<Kept>,
    /// Child groups of theirs that are not among them.
    pub children: Vec<Kept>,
    /// Leavers of groups that were no more, by the name of the group.
    pub departed: Vec<(String, Vec<Leaver>)>,
    /// What was made for groups without a name when they were brought here before, as far as is remembered, by their
    /// own ids.
    pub made_before: BTreeMap<GroupId, Vec<GroupId>>,
}

/// A group that is to be had again.
#[derive(Debug, Clone)]
pub struct Again {
    /// Where it goes.
    pub target: Target,
    /// Whether the group bears its name only until it is filled, because it had none.
    pub unnamed: bool,
    /// The group as it was.
    pub group: Group,
    /// The name by which it was remembered: usually its own.
    pub audience: String,
    /// How the groups of that audience are named, where those may be several.
    pub spread: Option<String>,
    /// Its members, without those whom its child groups bring.
    pub members: NumberSet,
    /// Those of them who joined by themselves, as far as is known.
    pub joined: NumberSet,
    /// Those who left it.
    pub leavers: Vec<Leaver>,
    /// What it gets when it is made.
    pub making: Making,
}

/// Where a group goes.
#[derive(Debug, Clone)]
pub enum Target {
    /// Into a group that is there.
    There(Box<Group>),
    /// Into one that is to be made, under this name.
    Made(String),
}

/// Why groups cannot be had again as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the messages show")]
pub enum AgainError {
    /// A name that is to be replaced, and that no group has.
    #[error("no group of these has the name or id {0:?}")]
    Unknown(String),
    /// A name that two groups have.
    #[error("{name:?} is the name of several of these groups: {}", ids.join(", "))]
    TwoOfAName { name: String, ids: Vec<String> },
    /// A name that two groups of the account have.
    #[error("{name:?} is the name of several groups of the account: {}", ids.join(", "))]
    TwoThere { name: String, ids: Vec<String> },
    /// Two groups would become one.
    #[error("{one:?} and {other:?} would become one group")]
    OneOfTwo { one: String, other: String },
    /// A name that no group can have.
    #[error("the group {group:?} cannot be made")]
    Name { group: String, source: NameError },
    /// A child group is nowhere.
    #[error("{group:?} has the child group {child:?}, which is neither in the account nor among these groups")]
    NoChild { group: String, child: String },
}

impl AgainError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Unknown(_) => "summary.txt in the folder lists the groups; an id fits as well as a name",
                Self::TwoOfAName { .. } | Self::OneOfTwo { .. } => "give them different names with --as ID=NAME",
                Self::TwoThere { .. } => "rename one of them first, or choose another name with --as OLD=NEW",
                Self::Name { .. } => {
                    "choose a name of 1 to 20 characters with --as OLD=NEW; the group's id fits for OLD as well"
                }
                Self::NoChild { .. } => "choose the child group as well",
            }
            .to_owned(),
        )
    }
}

impl Kit {
    /// Recalls what was made for groups without a name in an account: such a group cannot be found by its name.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn recall(&mut self, ledger: &Ledger, account: &str) -> Result<(), LedgerError> {
        for Kept { group, .. } in self.groups.iter().filter(|kept| kept.group.name.is_none()) {
            self.made_before.insert(group.id.clone(), ledger.made_under(account, &passing_name(group))?);
        }
        Ok(())
    }

    /// The places of the groups that a text means: the one of that id, else those of that name.
    fn meant(&self, text: &str) -> Vec<usize> {
        let place = |is: &dyn Fn(&Group) -> bool| {
            self.groups.iter().enumerate().filter(|(_, kept)| is(&kept.group)).map(|(at, _)| at).collect::<Vec<_>>()
        };
        let by_id = place(&|group| group.id.as_str() == text);
        if by_id.is_empty() { place(&|group| group.name.as_deref() == Some(text)) } else { by_id }
    }

    /// Works out where every group goes. `there` are the groups of the account `account`; `names` are the new names that
    /// somebody wants, by the old name or id.
    ///
    /// In the account that they come from, groups are known by their ids, whatever they are called now; elsewhere, and
    /// when they are gone, by their names; those without one by what was made for them before.
    ///
    /// # Errors
    /// When a name leads nowhere or to two groups, when two groups would become one, or when a name or a child group
    /// cannot be had.
    pub fn again(self, account: &str, there: &[Group], names: &[(String, String)]) -> Result<Vec<Again>, AgainError> {
        let renamed = self.renamed(names)?;
        let home = self.account == account;
        let mut targets = Vec::with_capacity(self.groups.len());
        for (at, kept) in self.groups.iter().enumerate() {
            let known = home.then_some(&kept.group.id).into_iter().chain(self.made_for(kept));
            targets.push(target(kept, renamed.get(&at).map(String::as_str), known, there)?);
        }
        refuse_one_of_two(&self.groups, &targets)?;
        let mut again = Vec::with_capacity(self.groups.len());
        for (kept, target) in self.groups.iter().zip(&targets) {
            let mut making = Making { auto_update: kept.group.auto_update.clone(), children: Vec::new() };
            if !matches!(target, Target::There(_)) {
                for child in &kept.group.child_groups {
                    making.children.push(self.child(kept, child, &targets, home, there)?);
                }
            }
            let members = self.own(kept);
            let joined = kept.joined.as_ref().map(|joined| joined.intersection(&members)).unwrap_or_default();
            again.push(Again {
                target: target.clone(),
                unnamed: kept.group.name.is_none() && target.name() == Some(passing_name(&kept.group).as_str()),
                group: kept.group.clone(),
                audience: kept.audience.clone(),
                spread: kept.spread.clone(),
                members,
                joined,
                leavers: kept.leavers.clone(),
                making,
            });
        }
        Ok(again)
    }

    /// What was made for a group when it was brought here before, the newest first.
    fn made_for(&self, kept: &Kept) -> &[GroupId] {
        self.made_before.get(&kept.group.id).map(Vec::as_slice).unwrap_or_default()
    }

    /// The new names, by the groups' places.
    fn renamed(&self, names: &[(String, String)]) -> Result<BTreeMap<usize, String>, AgainError> {
        let mut renamed = BTreeMap::new();
        for (old, new) in names {
            let meant = self.meant(old);
            match meant.as_slice() {
                [] => return Err(AgainError::Unknown(old.clone())),
                [at] => renamed.insert(*at, new.clone()),
                _ => {
                    let id = |at: &usize| self.groups.get(*at).map(|kept| kept.group.id.to_string());
                    let ids = meant.iter().filter_map(id).collect();
                    return Err(AgainError::TwoOfAName { name: old.clone(), ids });
                }
            };
        }
        Ok(renamed)
    }

    /// A child group of a group that is to be made.
    fn child(
        &self,
        kept: &Kept,
        child: &GroupId,
        targets: &[Target],
        home: bool,
        there: &[Group],
    ) -> Result<Child, AgainError> {
        if let Some(at) = self.groups.iter().position(|kept| kept.group.id == *child)
            && let Some(target) = targets.get(at)
        {
            return Ok(match target {
                Target::There(group) => Child::Known(group.id.clone()),
                Target::Made(name) => Child::Made(name.clone()),
            });
        }
        if home && there.iter().any(|group| group.id == *child) {
            return Ok(Child::Known(child.clone()));
        }
        let was = self.children.iter().find(|other| other.group.id == *child);
        let name = was.and_then(|other| other.group.name.as_ref());
        match name.and_then(|name| there.iter().find(|group| group.name.as_ref() == Some(name))) {
            Some(group) => Ok(Child::Known(group.id.clone())),
            None => Err(AgainError::NoChild {
                group: kept.label().to_owned(),
                child: was.map_or(child.as_str(), Kept::label).to_owned(),
            }),
        }
    }

    /// The members of a group without those whom its child groups bring. Whether the provider lists the latter among the
    /// members is not documented: where it does, all of them are there.
    fn own(&self, kept: &Kept) -> NumberSet {
        let mut brought = NumberSet::new();
        for id in &kept.group.child_groups {
            let is_child = |other: &&Kept| other.group.id == *id;
            if let Some(child) = self.groups.iter().chain(&self.children).find(is_child) {
                brought = brought.union(&child.members);
            }
        }
        let listed = brought.difference(&kept.members).is_empty();
        if listed { kept.members.difference(&brought) } else { kept.members.clone() }
    }
}

/// `known` are the ids that the group may have there.
fn target<'a>(
    kept: &Kept,
    renamed: Option<&str>,
    known: impl Iterator<Item = &'a GroupId>,
    there: &[Group],
) -> Result<Target, AgainError> {
    let mut known = known.filter_map(|id| there.iter().find(|group| group.id == *id));
    if let (None, Some(group)) = (renamed, known.next()) {
        return Ok(Target::There(Box::new(group.clone())));
    }
    let name = match renamed.or(kept.group.name.as_deref()) {
        Some(name) => name.to_owned(),
        None => passing_name(&kept.group),
    };
    let named: Vec<&Group> = there.iter().filter(|group| group.name.as_ref() == Some(&name)).collect();
    match named.as_slice() {
        [] => match GroupName::new(name) {
            Ok(name) => Ok(Target::Made(name.into_string())),
            Err(source) => Err(AgainError::Name { group: kept.label().to_owned(), source }),
        },
        [group] => Ok(Target::There(Box::new((*group).clone()))),
        several => Err(AgainError::TwoThere { name, ids: several.iter().map(|group| group.id.to_string()).collect() }),
    }
}

/// The name of a group without one until it is filled: found again by whoever comes after a lost answer.
fn passing_name(group: &Group) -> String {
    let id = hex(&Sha256::digest(group.id.as_str()));
    format!("unnamed-{}", id.get(..12).unwrap_or_default())
}

impl Target {
    /// The group's name now.
    fn name(&self) -> Option<&str> {
        match self {
            Self::There(group) => group.name.as_deref(),
            Self::Made(name) => Some(name),
        }
    }
}

fn refuse_one_of_two(groups: &[Kept], targets: &[Target]) -> Result<(), AgainError> {
    let mut taken: BTreeMap<&str, &Kept> = BTreeMap::new();
    for (kept, target) in groups.iter().zip(targets) {
        let key = match target {
            Target::There(group) => group.id.as_str(),
            Target::Made(name) => name.as_str(),
        };
        if let Some(other) = taken.insert(key, kept) {
            let called = |kept: &Kept| format!("{} ({})", kept.label(), kept.group.id);
            return Err(AgainError::OneOfTwo { one: called(other), other: called(kept) });
        }
    }
    Ok(())
}
