//! What a name leads to: a group, or an audience that is kept in several groups.
//!
//! Receives a name, the account's groups and what the ledger remembers; yields the groups that are meant, or says why
//! that cannot be told. The one place where that is decided.

use std::collections::HashSet;

use crate::groups::{
    ApiError, ErrorClass, FindError, FoundBy, Group, GroupId, GroupsApi, Template, TemplateError, all_groups,
    find_group,
};
use crate::ledger::{Audience, Homes, Ledger, LedgerError};
use crate::plan::GroupRef;

/// What a name leads to.
#[derive(Debug)]
pub enum Whole {
    /// A group.
    Group(Box<Group>),
    /// An audience that is kept in several groups.
    Spread(Box<Spread>),
}

impl Whole {
    /// The groups that it is made of, in order.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        match self {
            Self::Group(group) => std::slice::from_ref(&**group),
            Self::Spread(spread) => &spread.groups,
        }
    }

    /// The group's name or id, or the audience's name.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Group(group) => group.name.as_deref().unwrap_or(group.id.as_str()),
            Self::Spread(spread) => &spread.audience.name,
        }
    }
}

/// An audience in several groups, as it is now.
#[derive(Debug, Clone)]
pub struct Spread {
    /// The audience.
    pub audience: Audience,
    /// How its groups are named.
    pub template: Template,
    /// Its groups, in order.
    pub groups: Vec<Group>,
    /// Its groups that are not there any more.
    pub gone: Vec<GroupId>,
    /// Names of groups that look like the audience's and are not known to be.
    pub strangers: Vec<String>,
    /// What some of its groups were remembered by before they belonged to it.
    pub absorbed: Vec<Audience>,
    /// The names of all groups of the account.
    taken: HashSet<String>,
}

/// Why a name does not lead to what it should.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the messages show")]
pub enum WholeError {
    /// No group, or two.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The account could not be asked.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// What is remembered could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The audience's groups cannot be named.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A name that is a group's and an audience's.
    #[error("{name:?} is the name of a group, and of an audience in several groups")]
    Both { name: String },
    /// One group, where several were asked for.
    #[error("{name:?} is one group, and not an audience in several")]
    Plain { name: String, first: String },
    /// One of several groups, where all of them or none should be meant.
    #[error("{group:?} is one of the groups of the audience {audience:?}")]
    Part { group: String, audience: String },
    /// Names that follow the template, with a hole.
    #[error("{found} would be groups of the audience {audience:?}, but there is no {missing:?}", found = found.join(", "))]
    Gap { audience: String, found: Vec<String>, missing: String },
    /// Groups that the audience lived in.
    #[error("{count} of the groups of the audience {audience:?} are not there any more: {ids}", count = ids.len(), ids = listed(ids))]
    Gone { audience: String, ids: Vec<GroupId> },
    /// The audience needs another group, and nobody has said that it may have one.
    #[error("the groups of the audience {audience:?} are full")]
    Full { audience: String },
}

fn listed(ids: &[GroupId]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| id.as_str().escape_debug().to_string()).collect();
    ids.join(", ")
}

impl WholeError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Find(error) => return error.hint(),
            Self::Api(error) => return error.hint(),
            Self::Ledger(error) => return error.hint(),
            Self::Template(error) => error.hint(),
            Self::Both { .. } => "rename the group, or name it by its id".to_owned(),
            Self::Plain { first, .. } => {
                format!("leave --spread out, or rename the group to {first}: it is then the first of the audience's groups")
            }
            Self::Part { audience, .. } => format!("name the audience as a whole: --group '{audience}' --spread"),
            Self::Gap { .. } => {
                "rename the groups that do not belong to it, or say with --spread-name how its groups are named".to_owned()
            }
            Self::Gone { .. } => {
                "with --spread --create an import goes on without them: those who were in them then count as having left"
                    .to_owned()
            }
            Self::Full { .. } => "--spread lets it have another group".to_owned(),
        })
    }
}

/// The group or the audience that a user means: the group with this id or exactly this name, else the audience of this
/// name, by what is remembered of it or by its groups' names.
///
/// # Errors
/// When nothing or several things are called so, when a group of the audience is missing, when the account or the
/// ledger cannot be asked.
pub async fn find_whole<A: GroupsApi>(
    api: &A,
    ledger: &Ledger,
    account: &str,
    name_or_id: &str,
) -> Result<Whole, WholeError> {
    let audience = Audience::new(account, name_or_id);
    let missing = match find_group(api, name_or_id).await {
        Ok(found) if found.by == FoundBy::Name => {
            let homes = ledger.homes(&audience)?;
            if homes.are_spread() && !homes.groups.contains(&found.group.id) {
                return Err(WholeError::Both { name: audience.name });
            }
            if !homes.are_spread() {
                return Ok(Whole::Group(Box::new(found.group)));
            }
            None
        }
        Ok(found) => return Ok(Whole::Group(Box::new(found.group))),
        Err(error @ FindError::NotFound(_)) => Some(error),
        Err(error) => return Err(error.into()),
    };
    match (Spread::find(api, ledger, audience, None, &all_groups(api).await?).await?, missing) {
        (Some(spread), _) => Ok(Whole::Spread(Box::new(spread.complete()?))),
        (None, Some(error)) => Err(error.into()),
        (None, None) => Err(FindError::NotFound(name_or_id.to_owned()).into()),
    }
}

impl Spread {
    /// An audience in several groups: those that the ledger knows, else those whose names are exactly what the template
    /// makes. None when there are neither. `listed` are the groups of the account, or were a moment ago.
    ///
    /// # Errors
    /// When the groups that are found cannot be all of it, or the account or the ledger cannot be asked.
    pub async fn find<A: GroupsApi>(
        api: &A,
        ledger: &Ledger,
        audience: Audience,
        given: Option<&Template>,
        listed: &[Group],
    ) -> Result<Option<Self>, WholeError> {
        let Homes { template, groups: known } = ledger.homes(&audience)?;
        let was_spread = template.is_some();
        let kept = template.and_then(|text| Template::new(text).ok());
        let template = given.cloned().or(kept).unwrap_or_default();
        let mut spread = Self::new(audience, template, listed);
        for id in known {
            match home(api, &id, listed).await? {
                Some(group) => spread.groups.push(group),
                None if was_spread => spread.gone.push(id),
                // A group of its own that was deleted is no part of anything.
                None => {}
            }
        }
        for name in ledger.asked_homes(&spread.audience)? {
            // Its making was never answered, and nobody else would have made it.
            let made = listed.iter().filter(|group| group.name.as_ref() == Some(&name));
            spread.groups.extend(made.filter(|group| !spread.has(&group.id)).cloned().collect::<Vec<_>>());
        }
        spread.order();
        let named = spread.named(listed);
        if spread.groups.is_empty() && !named.is_empty() {
            // None of those that were known is there any more: what is called so was made in their place.
            spread.gone.clear();
            spread.groups = spread.unbroken(&named)?;
        } else {
            let strange = named.iter().filter(|(_, group)| !spread.has(&group.id));
            spread.strangers = strange.filter_map(|(_, group)| group.name.clone()).collect();
        }
        spread.absorbed = spread.remembered(ledger)?;
        let nowhere = spread.groups.is_empty() && spread.gone.is_empty();
        Ok((!nowhere).then_some(spread))
    }

    /// An audience that has no group yet.
    pub(super) fn new(audience: Audience, template: Template, listed: &[Group]) -> Self {
        let taken = listed.iter().filter_map(|group| group.name.clone()).collect();
        let (groups, gone, strangers, absorbed) = Default::default();
        Self { audience, template, groups, gone, strangers, absorbed, taken }
    }

    /// The audience, if none of its groups is missing.
    ///
    /// # Errors
    /// [`WholeError::Gone`].
    pub fn complete(self) -> Result<Self, WholeError> {
        if self.gone.is_empty() {
            return Ok(self);
        }
        Err(WholeError::Gone { audience: self.audience.name, ids: self.gone })
    }

    fn has(&self, id: &GroupId) -> bool {
        self.groups.iter().any(|group| group.id == *id)
    }

    /// Puts the groups in the order of their numbers: they may have been made side by side. One that somebody has renamed
    /// stays behind the one that it was behind.
    fn order(&mut self) {
        let mut last = 0;
        self.groups.sort_by_cached_key(|group| {
            let name = group.name.as_deref();
            last = name.and_then(|name| self.template.number(&self.audience.name, name)).unwrap_or(last);
            last
        });
    }

    /// The groups of the account whose names the template makes, by number.
    fn named<'a>(&self, listed: &'a [Group]) -> Vec<(u32, &'a Group)> {
        let number = |group: &Group| self.template.number(&self.audience.name, group.name.as_deref()?);
        let mut named: Vec<_> = listed.iter().filter_map(|group| Some((number(group)?, group))).collect();
        named.sort_by_key(|(number, _)| *number);
        named
    }

    /// These groups, if they are numbered from 1 without a hole: then nothing can be missing between them.
    fn unbroken(&self, named: &[(u32, &Group)]) -> Result<Vec<Group>, WholeError> {
        for ((number, group), expected) in named.iter().zip(1..) {
            let name = || group.name.clone().unwrap_or_default();
            if *number < expected {
                let same = named.iter().filter(|(_, other)| other.name == group.name);
                let ids = same.map(|(_, group)| group.id.clone()).collect();
                return Err(FindError::TwoOfAName { name: name(), ids }.into());
            }
            if *number > expected {
                let missing = self.template.name(&self.audience.name, expected)?.into_string();
                let found = named.iter().filter_map(|(_, group)| group.name.clone()).collect();
                return Err(WholeError::Gap { audience: self.audience.name.clone(), found, missing });
            }
        }
        Ok(named.iter().map(|(_, group)| (*group).clone()).collect())
    }

    /// What the groups are remembered by, where that is not this audience.
    fn remembered(&self, ledger: &Ledger) -> Result<Vec<Audience>, WholeError> {
        let mut others = Vec::new();
        for group in &self.groups {
            let Some(other) = ledger.audience_of_group(&self.audience.account, &group.id)? else { continue };
            if other == self.audience || others.contains(&other) {
                continue;
            }
            if ledger.homes(&other)?.are_spread() {
                let group = group.name.clone().unwrap_or_else(|| group.id.to_string());
                return Err(WholeError::Part { group, audience: other.name });
            }
            others.push(other);
        }
        Ok(others)
    }

    /// Names for further groups, none of which anybody has taken.
    pub(super) fn more(&self) -> impl FnMut() -> Result<GroupRef, WholeError> + '_ {
        let names = self.groups.iter().filter_map(|group| group.name.as_deref());
        let last = names.filter_map(|name| self.template.number(&self.audience.name, name)).max();
        let mut number = last.unwrap_or(0);
        move || {
            loop {
                number = number.saturating_add(1);
                let name = self.template.name(&self.audience.name, number)?.into_string();
                if !self.taken.contains(&name) {
                    return Ok(GroupRef::New { name });
                }
            }
        }
    }

    /// What the ledger is to remember of it, once its existing groups are to be changed.
    pub(super) fn homes(&self) -> Homes {
        let template = Some(self.template.to_string());
        Homes { template, groups: self.groups.iter().map(|group| group.id.clone()).collect() }
    }
}

/// A group that is known by its id; none when it is not there any more.
async fn home<A: GroupsApi>(api: &A, id: &GroupId, listed: &[Group]) -> Result<Option<Group>, ApiError> {
    if let Some(group) = listed.iter().find(|group| group.id == *id) {
        return Ok(Some(group.clone()));
    }
    // The list was read before whoever else works on the audience had let go of it.
    match api.retrieve(id).await {
        Ok(group) => Ok(Some(group)),
        Err(error) if error.class == ErrorClass::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
