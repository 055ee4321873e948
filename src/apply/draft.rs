//! From wishes to plans: finds the groups, holds them for this run, reads their members, recalls what is known of them,
//! and works out what would change. Sends nothing that changes anything.
//!
//! Receives [`Request`]s; yields a [`Draft`]: plans with everything that was known when they were made. Decides nothing
//! itself: what changes is for [`Plan::draft`] to say, and whether it may for the brakes.

use std::sync::Arc;
use std::time::Duration;

use super::Making;
use crate::groups::{ApiError, FindError, Group, GroupName, GroupsApi, NameError, all_groups, find_among, find_group};
use crate::ledger::{Audience, GroupLock, Ledger, LedgerError, LockError, StateFolder};
use crate::numbers::NumberSet;
use crate::plan::brakes::GroupFacts;
use crate::plan::{Choices, GroupRef, Memory, Mode, Plan, Wish};

/// Why nothing could be drafted.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// A group was not found, or two were.
    #[error(transparent)]
    Find(#[from] FindError),
    /// A group that is to be made cannot have its name.
    #[error(transparent)]
    Name(#[from] NameError),
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

impl DraftError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Find(error) => error.hint(),
            Self::Name(error) => error.hint(),
            Self::Lock(error) => error.hint(),
            Self::Ledger(error) => error.hint(),
            Self::Api(error) => error.hint(),
        }
    }
}

/// A plan, and everything that was known when it was made.
#[derive(Debug)]
pub struct Drafted {
    /// What the group is remembered by.
    pub audience: Audience,
    /// What would change.
    pub plan: Plan,
    /// What the brakes want to know besides.
    pub facts: GroupFacts,
    /// The group's members, without those that child groups bring.
    pub live: Arc<NumberSet>,
    /// The members that child groups bring.
    pub inherited: NumberSet,
    /// Members of ours, as far as is known.
    pub ours: NumberSet,
    /// Numbers that the list names.
    pub listed: NumberSet,
    /// What the group gets when it is made.
    pub making: Making,
}

/// What is wished for one group.
#[derive(Debug)]
pub struct Request {
    /// The group's name or id.
    pub group: String,
    /// What the list wants of it.
    pub wish: Wish,
    /// What the group gets when it is made.
    pub making: Making,
}

impl Request {
    /// A wish for the group of that name or id.
    pub fn new(group: impl Into<String>, wish: Wish) -> Self {
        Self { group: group.into(), wish, making: Making::default() }
    }
}

/// How to draft.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// How the lists relate to the members.
    pub mode: Mode,
    /// What the user has decided.
    pub choices: Choices,
    /// Make groups that are missing.
    pub create: bool,
    /// A group that is missing was lost, and its members have not left it.
    pub anew: bool,
    /// Hold the groups against other runs.
    pub hold: bool,
    /// Rows of the list, for the brake `shrink`.
    pub rows: u64,
}

/// Plans, and the holds on their groups.
#[derive(Debug)]
pub struct Draft {
    /// One for every request, in their order.
    pub plans: Vec<Drafted>,
    /// Let go when the run is over.
    pub locks: Vec<GroupLock>,
}

/// Drafts a plan for every request. `account` is the key of the account that `api` talks to.
///
/// # Errors
/// When a group cannot be found, held, read or recalled; nothing has been changed then.
pub async fn draft<A: GroupsApi>(
    requests: Vec<Request>,
    terms: Terms,
    api: &A,
    account: &str,
    ledger: &Ledger,
    state: &StateFolder,
) -> Result<Draft, DraftError> {
    let mut draft = Draft { plans: Vec::new(), locks: Vec::new() };
    let listed = if requests.len() > 1 { Some(all_groups(api).await?) } else { None };
    for request in requests {
        let found = match &listed {
            Some(groups) => find_among(groups, &request.group),
            None => find_group(api, &request.group).await.map(|found| found.group),
        };
        let group = match found {
            Ok(group) => Some(group),
            Err(FindError::NotFound(_)) if terms.create => None,
            Err(error) => return Err(error.into()),
        };
        let target = target(group.as_ref(), &request.group)?;
        if terms.hold {
            draft.locks.push(GroupLock::take(state, account, target.label())?);
        }
        let audience = audience(ledger, account, &target)?;
        let seen = look(api, group.as_ref()).await?;
        let drafted = one(audience, target, seen, request.wish, terms, ledger)?;
        draft.plans.push(Drafted { making: request.making, ..drafted });
    }
    Ok(draft)
}

/// The group to change: one that is there, or one to be made.
fn target(group: Option<&Group>, name: &str) -> Result<GroupRef, NameError> {
    match group {
        Some(group) => Ok(GroupRef::Existing { id: group.id.clone(), name: group.name.clone() }),
        None => Ok(GroupRef::New { name: GroupName::new(name)?.into_string() }),
    }
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

/// What the provider says of a group.
#[derive(Debug, Default)]
pub struct Seen {
    /// Its members, those that child groups bring included.
    pub members: NumberSet,
    /// Its size, in the provider's words.
    pub size: Option<u64>,
    /// The members that child groups bring.
    pub inherited: NumberSet,
}

/// Reads a group; one that is yet to be made is empty.
///
/// # Errors
/// When the provider cannot be asked.
pub async fn look<A: GroupsApi>(api: &A, group: Option<&Group>) -> Result<Seen, ApiError> {
    let Some(group) = group else { return Ok(Seen::default()) };
    let (members, size) = members(api, group).await?;
    Ok(Seen { members, size, inherited: inherited(api, group).await? })
}

fn one(
    audience: Audience,
    target: GroupRef,
    seen: Seen,
    mut wish: Wish,
    terms: Terms,
    ledger: &Ledger,
) -> Result<Drafted, LedgerError> {
    let Seen { members: mut live, size, inherited } = seen;
    let count = u64::try_from(live.len()).unwrap_or(u64::MAX);
    // What child groups bring is a member already and cannot be removed here.
    live.remove_all(&inherited);
    wish.listed.remove_all(&inherited);
    let mut memory = ledger.memory(&audience, &live)?;
    if terms.anew && matches!(target, GroupRef::New { .. }) {
        memory = Memory { leavers: memory.leavers, ..Memory::default() };
    }
    let mut plan = Plan::draft(audience.account.clone(), target, terms.mode, &wish, &live, &memory, terms.choices);
    plan.before = count;
    let facts = GroupFacts {
        ours: u64::try_from(memory.ours.len()).unwrap_or(u64::MAX),
        size,
        rows: terms.rows,
        rows_before: ledger.last_rows(&audience, &[Mode::Sync, Mode::Replace])?.map(|(_, rows)| rows),
        taken_back: 0,
    };
    let live = Arc::new(live);
    let (ours, listed, making) = (memory.ours, wish.listed, Making::default());
    Ok(Drafted { audience, plan, facts, live, inherited, ours, listed, making })
}

/// A group's members and its size. A group may change between the two questions, so that both are asked again before a
/// difference counts.
async fn members<A: GroupsApi>(api: &A, group: &Group) -> Result<(NumberSet, Option<u64>), ApiError> {
    let mut size = group.size;
    let mut pause = Duration::from_millis(100);
    for _ in 0..3 {
        let members = api.members(&group.id).await?;
        let count = u64::try_from(members.len()).unwrap_or(u64::MAX);
        if size.is_none_or(|size| size == count) {
            return Ok((members, size));
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
        size = api.retrieve(&group.id).await?.size;
    }
    Ok((api.members(&group.id).await?, size))
}

/// The members that child groups bring.
async fn inherited<A: GroupsApi>(api: &A, group: &Group) -> Result<NumberSet, ApiError> {
    let mut inherited = NumberSet::new();
    for child in &group.child_groups {
        inherited = inherited.union(&api.members(child).await?);
    }
    Ok(inherited)
}
