//! From wishes to plans: finds the groups, holds them for this run, reads their members, recalls what is known of them,
//! and works out what would change. Sends nothing that changes anything.
//!
//! Receives [`Request`]s; yields a [`Draft`]: plans with everything that was known when they were made. Decides nothing
//! itself: what changes is for [`Plan::draft`] to say, where for [`Plan::place`], and whether it may for the brakes.

use std::collections::HashMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};

use super::Making;
use super::drafted::{Drafted, Part};
use super::look::{Seen, look};
use super::placing::{Room, everyone};
use super::whole::{Spread, WholeError};
use crate::groups::{
    ApiError, ErrorClass, FindError, Group, GroupId, GroupName, GroupsApi, NameError, Template, all_groups, find_among,
    find_group,
};
use crate::ledger::{Audience, Holds, Ledger, LedgerError, LockError, StateFolder};
use crate::numbers::NumberSet;
use crate::plan::brakes::GroupFacts;
use crate::plan::{Choices, GroupRef, Memory, Mode, Plan, Wish};

/// Groups that are read side by side; how many requests that may be at once is not for this room to say.
const READ_AHEAD: usize = 8;

/// Why nothing could be drafted.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// A group or an audience was not found, or two were.
    #[error(transparent)]
    Whole(#[from] WholeError),
    /// A group that is to be made cannot have its name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Two names of a list lead to one group, and the list says opposite things under them.
    #[error(
        "{first:?} and {second:?} are the same group, and the list adds under one name whom it removes under the other"
    )]
    AtOdds {
        /// The name that the list has first.
        first: String,
        /// The other name.
        second: String,
    },
    /// Another run holds the group.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// What is known of the group could not be recalled.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The members could not be read.
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl From<FindError> for DraftError {
    fn from(error: FindError) -> Self {
        WholeError::from(error).into()
    }
}

impl DraftError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Whole(error) => error.hint(),
            Self::Name(error) => error.hint(),
            Self::AtOdds { .. } => Some("use one name for the group throughout the list".to_owned()),
            Self::Lock(error) => error.hint(),
            Self::Ledger(error) => error.hint(),
            Self::Api(error) => error.hint(),
        }
    }
}

/// What is wished for one group or audience.
#[derive(Debug)]
pub struct Request {
    /// The group's name or id, or the audience's name.
    pub group: String,
    /// What the list wants of it.
    pub wish: Wish,
    /// What the group gets when it is made.
    pub making: Making,
    /// The spread audience that a group was lost from, if it is to be made for it once more.
    pub of: Option<Audience>,
}

impl Request {
    /// A wish for the group or audience of that name or id.
    pub fn new(group: impl Into<String>, wish: Wish) -> Self {
        Self { group: group.into(), wish, making: Making::default(), of: None }
    }
}

/// How to draft.
#[derive(Debug, Clone)]
pub struct Terms {
    /// How the lists relate to the members.
    pub mode: Mode,
    /// What the user has decided.
    pub choices: Choices,
    /// Make groups that are missing.
    pub create: bool,
    /// How audiences are kept in several groups.
    pub spread: SpreadTerms,
    /// A group that is missing was lost, and its members have not left it.
    pub anew: bool,
    /// Hold the groups against other runs.
    pub hold: bool,
    /// Rows of the list, if one was read; for the brake `shrink`.
    pub rows: Option<u64>,
}

/// How audiences are kept in several groups.
#[derive(Debug, Clone)]
pub struct SpreadTerms {
    /// Keep them in as many groups as they need. An audience that is known to be in several is treated so without it,
    /// but gets no further ones.
    pub grow: bool,
    /// How groups are named; without it, as before.
    pub template: Option<Template>,
    /// How many members a group is filled up to.
    pub fill: u64,
}

impl SpreadTerms {
    /// How many members the groups of a spread audience are filled up to unless told otherwise: 500 fewer than a group
    /// holds, so that people can still join by keyword.
    pub const FILL: u64 = 9_500;
}

impl Default for SpreadTerms {
    fn default() -> Self {
        Self { grow: false, template: None, fill: Self::FILL }
    }
}

/// Plans, and the holds on their groups.
#[derive(Debug)]
pub struct Draft {
    /// One for every audience that was asked for, in the order of the requests.
    pub plans: Vec<Drafted>,
    /// Let go when the run is over.
    pub locks: Holds,
}

/// What a request leads to.
enum Target {
    /// One group: one that is there, or one to be made.
    One(Option<Group>, GroupRef),
    /// An audience in several.
    Spread(Box<Spread>),
}

impl Target {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::One(_, a), Self::One(_, b)) => match (a, b) {
                (GroupRef::Existing { id: a, .. }, GroupRef::Existing { id: b, .. }) => a == b,
                _ => a == b,
            },
            (Self::Spread(a), Self::Spread(b)) => a.audience == b.audience,
            _ => false,
        }
    }

    /// The groups to be read.
    fn groups(&self) -> &[Group] {
        match self {
            Self::One(group, _) => group.as_slice(),
            Self::Spread(spread) => &spread.groups,
        }
    }
}

/// Where plans are drafted: everything that they are made from.
struct Desk<'a, A> {
    terms: &'a Terms,
    api: &'a A,
    account: &'a str,
    ledger: &'a Ledger,
    state: &'a StateFolder,
    holds: Holds,
}

/// Drafts a plan for every request; requests that lead to one and the same group are one. `account` is the key of the
/// account that `api` talks to.
///
/// # Errors
/// When a group cannot be found, held, read or recalled; nothing has been changed then.
pub async fn draft<A: GroupsApi>(
    requests: Vec<Request>,
    terms: &Terms,
    api: &A,
    account: &str,
    ledger: &Ledger,
    state: &StateFolder,
) -> Result<Draft, DraftError> {
    let mut desk = Desk { terms, api, account, ledger, state, holds: Holds::default() };
    let listed = if requests.len() > 1 { Some(all_groups(api).await?) } else { None };
    let mut targets: Vec<(Target, Request)> = Vec::with_capacity(requests.len());
    for request in requests {
        let target = match &request.of {
            Some(whole) => desk.lost(whole, &request.group)?,
            None => desk.target(&request.group, listed.as_deref()).await?,
        };
        match targets.iter_mut().find(|(other, _)| other.is_same(&target)) {
            Some((_, first)) => merge(first, request)?,
            None => targets.push((target, request)),
        }
    }
    let groups = targets.iter().flat_map(|(target, _)| target.groups().iter().cloned());
    let groups: Vec<Group> = groups.collect();
    let seen: Vec<Seen> =
        stream::iter(&groups).map(|group| look(api, Some(group))).buffered(READ_AHEAD).try_collect().await?;
    let mut beside = Beside::default();
    for (group, seen) in groups.iter().zip(&seen).filter(|_| terms.anew) {
        if ledger.spread_audience_of(account, &group.id)?.is_some() {
            beside.read.insert(group.id.clone(), (Some(seen.members.clone()), true));
        }
    }
    let mut seen = seen.into_iter();
    let mut plans = Vec::with_capacity(targets.len());
    for (target, Request { wish, making, of, .. }) in targets {
        let drafted = match target {
            Target::One(group, target) => {
                let seen = if group.is_some() { seen.next().unwrap_or_default() } else { Seen::default() };
                let audience = of.map_or_else(|| audience(ledger, account, &target), Ok)?;
                let others = beside.of(group.as_ref(), &audience, &desk).await?;
                desk.one(target, audience, seen, others, wish)?
            }
            Target::Spread(spread) => {
                let seen = seen.by_ref().take(spread.groups.len()).collect();
                desk.several(&spread, seen, wish)?
            }
        };
        plans.push(Drafted { making, ..drafted });
    }
    Ok(Draft { plans, locks: desk.holds })
}

/// Two names for one group: what is wished under both is wished, if they agree.
fn merge(into: &mut Request, more: Request) -> Result<(), DraftError> {
    let Wish { listed, unlisted, .. } = &mut into.wish;
    let crossed = listed.intersection(&more.wish.unlisted).len() + unlisted.intersection(&more.wish.listed).len();
    if crossed > 0 {
        return Err(DraftError::AtOdds { first: into.group.clone(), second: more.group });
    }
    listed.insert_all(&more.wish.listed);
    unlisted.insert_all(&more.wish.unlisted);
    Ok(())
}

impl<A: GroupsApi> Desk<'_, A> {
    fn hold(&mut self, label: &str) -> Result<(), LockError> {
        if self.terms.hold { self.holds.take(self.state, self.account, label) } else { Ok(()) }
    }

    /// Finds out what a name leads to, and holds it.
    async fn target(&mut self, name: &str, listed: Option<&[Group]>) -> Result<Target, DraftError> {
        let found = match listed {
            Some(groups) => find_among(groups, name),
            None => find_group(self.api, name).await.map(|found| found.group),
        };
        let audience = Audience::new(self.account, name);
        match found {
            Ok(group) => match self.ledger.spread_audience_of(self.account, &group.id)? {
                Some(whole) if self.terms.anew => {
                    // What was kept of a group goes back into that group.
                    self.hold(&whole.name)?;
                    self.hold(group.name.as_deref().unwrap_or(group.id.as_str()))?;
                    let target = GroupRef::Existing { id: group.id.clone(), name: group.name.clone() };
                    Ok(Target::One(Some(group), target))
                }
                Some(whole) if whole == audience => Ok(Target::Spread(Box::new(self.spread(audience, listed).await?))),
                Some(whole) => Err(part(name, whole).into()),
                None => self.plain(Some(group), name),
            },
            Err(FindError::NotFound(_)) => {
                if self.terms.spread.grow || self.ledger.homes(&audience)?.are_spread() {
                    return Ok(Target::Spread(Box::new(self.spread(audience, listed).await?)));
                }
                if !self.terms.create {
                    return Err(FindError::NotFound(name.to_owned()).into());
                }
                self.plain(None, name)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A single group, there or to be made.
    fn plain(&mut self, group: Option<Group>, name: &str) -> Result<Target, DraftError> {
        let target = match &group {
            Some(group) => GroupRef::Existing { id: group.id.clone(), name: group.name.clone() },
            None => GroupRef::New { name: GroupName::new(name)?.into_string() },
        };
        let label = target.label();
        if self.terms.spread.grow {
            let template = self.terms.spread.template.clone().unwrap_or_default();
            let first = template.name(label, 1).map_err(WholeError::from)?.into_string();
            return Err(WholeError::Plain { name: label.to_owned(), first }.into());
        }
        if self.ledger.homes(&Audience::new(self.account, label))?.are_spread() {
            return Err(WholeError::Both { name: label.to_owned() }.into());
        }
        self.hold(label)?;
        Ok(Target::One(group, target))
    }

    /// An audience in several groups, each of which is held.
    async fn spread(&mut self, audience: Audience, listed: Option<&[Group]>) -> Result<Spread, DraftError> {
        // Held before it is looked at: whoever else works on it changes where it lives.
        self.hold(&audience.name)?;
        let own = if listed.is_some() { Vec::new() } else { all_groups(self.api).await? };
        let listed = listed.unwrap_or(&own);
        let given = self.terms.spread.template.as_ref();
        let found = Spread::find(self.api, self.ledger, audience.clone(), given, listed).await?;
        let spread = match found {
            Some(spread) if self.terms.create => spread,
            Some(spread) => spread.complete()?,
            None if self.terms.create => Spread::new(audience, given.cloned().unwrap_or_default(), listed),
            None => return Err(FindError::NotFound(audience.name).into()),
        };
        for group in &spread.groups {
            self.hold(group.name.as_deref().unwrap_or(group.id.as_str()))?;
        }
        Ok(spread)
    }

    /// A group that is to be made once more for an audience that has lost it.
    fn lost(&mut self, whole: &Audience, name: &str) -> Result<Target, DraftError> {
        self.hold(&whole.name)?;
        self.hold(name)?;
        Ok(Target::One(None, GroupRef::New { name: GroupName::new(name)?.into_string() }))
    }

    fn one(
        &self,
        target: GroupRef,
        audience: Audience,
        seen: Seen,
        others: Option<Others>,
        mut wish: Wish,
    ) -> Result<Drafted, DraftError> {
        let Seen { members: mut live, size, inherited } = seen;
        let before = live.count();
        // What child groups bring is a member already and cannot be removed here.
        live.remove_all(&inherited);
        wish.listed.remove_all(&inherited);
        let mut memory = self.ledger.memory(&audience, &live)?;
        let (mut elsewhere, mut settled) = (NumberSet::new(), 0);
        if let Some(others) = others {
            // Whoever is in another of its groups is not added to this one, and has not left it. Of those who are in
            // none, nobody can tell whether they have left where a group is lost.
            let lost = others.lost || matches!(target, GroupRef::New { .. });
            elsewhere = if lost { memory.ours.difference(&live) } else { memory.ours.intersection(&others.members) };
            elsewhere.remove_all(&live);
            memory.ours.remove_all(&elsewhere);
            settled = wish.listed.count();
            wish.listed.remove_all(&others.settled.difference(&live));
            settled -= wish.listed.count();
        } else if self.terms.anew && matches!(target, GroupRef::New { .. }) {
            memory = Memory { leavers: memory.leavers, ..Memory::default() };
        }
        let mut plan = self.plan(target, &wish, &live, &memory);
        plan.before = before;
        plan.already += settled;
        let facts = self.facts(&audience, &memory)?;
        let parts = vec![Part { plan, live: Arc::new(live), inherited, size }];
        memory.ours.insert_all(&elsewhere);
        let (ours, listed, guests, making) = (memory.ours, wish.listed, NumberSet::new(), Making::default());
        Ok(Drafted { audience, spread: None, facts, ours, listed, guests, parts, making })
    }

    fn several(&mut self, spread: &Spread, seen: Vec<Seen>, mut wish: Wish) -> Result<Drafted, DraftError> {
        let rooms: Vec<Room> = spread.groups.iter().zip(seen).map(|(group, seen)| Room::new(group, seen)).collect();
        let live = everyone(&rooms);
        for room in &rooms {
            wish.listed.remove_all(&room.inherited);
        }
        let memory = spread.memory(self.ledger, &live)?;
        let whole = GroupRef::New { name: spread.audience.name.clone() };
        let plan = self.plan(whole, &wish, &live, &memory);
        drop(live);
        let SpreadTerms { grow, fill, .. } = self.terms.spread;
        let (parts, doubled) = spread.place(plan, rooms, &[], fill, grow)?;
        for part in &parts {
            self.hold(part.plan.group.label())?;
        }
        let facts = GroupFacts { taken_back: doubled, ..self.facts(&spread.audience, &memory)? };
        let (audience, spread) = (spread.audience.clone(), Some(spread.spreading(doubled)));
        let (ours, listed, guests, making) = (memory.ours, wish.listed, NumberSet::new(), Making::default());
        Ok(Drafted { audience, spread, facts, ours, listed, guests, parts, making })
    }

    fn plan(&self, group: GroupRef, wish: &Wish, live: &NumberSet, memory: &Memory) -> Plan {
        let Terms { mode, choices, .. } = *self.terms;
        Plan::draft(self.account.to_owned(), group, mode, wish, live, memory, choices)
    }

    fn facts(&self, audience: &Audience, memory: &Memory) -> Result<GroupFacts, LedgerError> {
        Ok(GroupFacts {
            ours: memory.ours.count(),
            rows: self.terms.rows,
            rows_before: self.ledger.last_rows(audience, &[Mode::Sync, Mode::Replace])?.map(|(_, rows)| rows),
            taken_back: 0,
        })
    }
}

/// The other groups of an audience that one group belongs to.
struct Others {
    /// Whoever is in one of them.
    members: NumberSet,
    /// Those of them who are to stay there.
    settled: NumberSet,
    /// Whether one of them is not there any more.
    lost: bool,
}

/// Groups that stand beside those that are to be changed.
#[derive(Default)]
struct Beside {
    /// The members of groups that were read, and whether the group is one of those that are to be changed.
    read: HashMap<GroupId, (Option<NumberSet>, bool)>,
}

impl Beside {
    /// Reads the other groups of an audience; none where it is not spread over several.
    async fn of<A: GroupsApi>(
        &mut self,
        group: Option<&Group>,
        audience: &Audience,
        desk: &Desk<'_, A>,
    ) -> Result<Option<Others>, DraftError> {
        let homes = desk.ledger.homes(audience)?;
        if !desk.terms.anew || !homes.are_spread() {
            return Ok(None);
        }
        let mut others = Others { members: NumberSet::new(), settled: NumberSet::new(), lost: false };
        for id in homes.groups.iter().filter(|id| group.is_none_or(|group| group.id != **id)) {
            if !self.read.contains_key(id) {
                let members = match desk.api.members(id).await {
                    Ok(members) => Some(members),
                    Err(error) if error.class == ErrorClass::NotFound => None,
                    Err(error) => return Err(error.into()),
                };
                self.read.insert(id.clone(), (members, false));
            }
            match self.read.get(id) {
                Some((Some(members), changes)) => {
                    others.members.insert_all(members);
                    if !(*changes && desk.terms.mode.is_whole()) {
                        others.settled.insert_all(members);
                    }
                }
                Some((None, _)) | None => others.lost = true,
            }
        }
        Ok(Some(others))
    }
}

/// The error of a name that is only a part of what must be meant.
fn part(group: &str, whole: Audience) -> WholeError {
    WholeError::Part { group: group.to_owned(), audience: whole.name }
}

/// The audience that a group belongs to: by its id, when somebody has renamed it, else by its name.
///
/// # Errors
/// When the ledger cannot be read.
pub fn audience(ledger: &Ledger, account: &str, group: &GroupRef) -> Result<Audience, LedgerError> {
    if let GroupRef::Existing { id, .. } = group
        && let Some(audience) = ledger.audience_of_group(account, id)?
    {
        return Ok(audience);
    }
    Ok(Audience::new(account, group.label()))
}
