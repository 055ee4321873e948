//! From wishes to plans: finds the groups, holds them for this run, reads their members, recalls what is known of them,
//! and works out what would change. Sends nothing that changes anything.

use std::sync::Arc;
use std::time::Duration;

use rollcall::groups::{FindError, Group, GroupName, GroupsApi, all_groups, find_among, find_group};
use rollcall::ledger::{Audience, GroupLock, Ledger, StateFolder};
use rollcall::numbers::NumberSet;
use rollcall::plan::brakes::GroupFacts;
use rollcall::plan::{Choices, GroupRef, Memory, Mode, Plan, Wish};

use crate::connect::Link;
use crate::failure::{Exit, Failure};

/// A plan, and everything that was known when it was made.
pub(crate) struct Drafted {
    pub(crate) audience: Audience,
    pub(crate) plan: Plan,
    pub(crate) facts: GroupFacts,
    /// The group's members, without those that child groups bring.
    pub(crate) live: Arc<NumberSet>,
    pub(crate) inherited: NumberSet,
    /// Members of ours, as far as is known.
    pub(crate) ours: NumberSet,
    /// Numbers that the list names.
    pub(crate) listed: NumberSet,
}

/// What is wished for one group.
pub(crate) struct Request {
    /// The group's name or id.
    pub(crate) group: String,
    pub(crate) wish: Wish,
}

/// How to draft.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) mode: Mode,
    pub(crate) choices: Choices,
    /// Make groups that are missing.
    pub(crate) create: bool,
    /// Hold the groups against other runs.
    pub(crate) hold: bool,
    /// Rows of the list, for the brake `shrink`.
    pub(crate) rows: u64,
}

/// Plans, and the holds on their groups.
pub(crate) struct Draft {
    pub(crate) plans: Vec<Drafted>,
    /// Let go when the run is over.
    pub(crate) locks: Vec<GroupLock>,
}

/// Drafts a plan for every request.
pub(crate) async fn draft(
    requests: Vec<Request>,
    terms: Terms,
    link: &Link,
    ledger: &Ledger,
    state: &StateFolder,
) -> Result<Draft, Failure> {
    let account = link.account().key();
    let mut draft = Draft { plans: Vec::new(), locks: Vec::new() };
    let known = if requests.len() > 1 { Some(all_groups(&*link.api).await?) } else { None };
    for request in requests {
        let found = match &known {
            Some(groups) => find_among(groups, &request.group),
            None => find_group(&*link.api, &request.group).await.map(|found| found.group),
        };
        let group = match found {
            Ok(group) => Some(group),
            Err(FindError::NotFound(_)) if terms.create => None,
            Err(error) => return Err(error.into()),
        };
        let target = target(group.as_ref(), &request.group)?;
        if terms.hold {
            draft.locks.push(GroupLock::take(state, &account, target.label())?);
        }
        let audience = audience(ledger, &account, &target)?;
        draft.plans.push(one(&account, audience, target, group, request.wish, terms, link, ledger).await?);
    }
    Ok(draft)
}

/// The group to change: one that is there, or one to be made.
fn target(group: Option<&Group>, name: &str) -> Result<GroupRef, Failure> {
    match group {
        Some(group) => Ok(GroupRef::Existing { id: group.id.clone(), name: group.name.clone() }),
        None => match GroupName::new(name) {
            Ok(name) => Ok(GroupRef::New { name: name.into_string() }),
            Err(error) => {
                let hint = error.hint();
                Err(Failure::new(Exit::Usage, error, hint))
            }
        },
    }
}

/// The audience that a group belongs to: by its id, when somebody has renamed it, else by its name.
pub(crate) fn audience(ledger: &Ledger, account: &str, group: &GroupRef) -> Result<Audience, Failure> {
    if let GroupRef::Existing { id, .. } = group
        && let Some(audience) = ledger.audience_of_group(account, id)?
    {
        return Ok(audience);
    }
    Ok(Audience::new(account, group.label()))
}

#[expect(clippy::too_many_arguments, reason = "each is a different kind of thing, and all are used once")]
async fn one(
    account: &str,
    audience: Audience,
    target: GroupRef,
    group: Option<Group>,
    mut wish: Wish,
    terms: Terms,
    link: &Link,
    ledger: &Ledger,
) -> Result<Drafted, Failure> {
    let (mut live, size) = match &group {
        Some(group) => members(link, group).await?,
        None => (NumberSet::new(), None),
    };
    let count = u64::try_from(live.len()).unwrap_or(u64::MAX);
    let inherited = match &group {
        Some(group) => inherited(link, group).await?,
        None => NumberSet::new(),
    };
    // What child groups bring is a member already and cannot be removed here.
    live.remove_all(&inherited);
    wish.listed.remove_all(&inherited);
    let memory = recall(ledger, &audience, &live)?;
    let mut plan = Plan::draft(account.to_owned(), target, terms.mode, &wish, &live, &memory, terms.choices);
    plan.before = count;
    let modes: Vec<Mode> = Mode::ALL.into_iter().filter(|mode| mode.is_whole()).collect();
    let facts = GroupFacts {
        ours: u64::try_from(memory.ours.len()).unwrap_or(u64::MAX),
        size,
        rows: terms.rows,
        rows_before: ledger.last_rows(&audience, &modes)?.map(|(_, rows)| rows),
    };
    let live = Arc::new(live);
    Ok(Drafted { audience, plan, facts, live, inherited, ours: memory.ours, listed: wish.listed })
}

/// A group's members and its size. A group may change between the two questions, so that both are asked again before a
/// difference counts.
async fn members(link: &Link, group: &Group) -> Result<(NumberSet, Option<u64>), Failure> {
    let mut size = group.size;
    let mut pause = Duration::from_millis(100);
    for _ in 0..3 {
        let members = link.api.members(&group.id).await?;
        let count = u64::try_from(members.len()).unwrap_or(u64::MAX);
        if size.is_none_or(|size| size == count) {
            return Ok((members, size));
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
        size = link.api.retrieve(&group.id).await?.size;
    }
    Ok((link.api.members(&group.id).await?, size))
}

/// The members that child groups bring.
async fn inherited(link: &Link, group: &Group) -> Result<NumberSet, Failure> {
    let mut inherited = NumberSet::new();
    for child in &group.child_groups {
        inherited = inherited.union(&link.api.members(child).await?);
    }
    Ok(inherited)
}

/// What is remembered of an audience: its baseline, corrected by what our runs have changed since.
pub(crate) fn recall(ledger: &Ledger, audience: &Audience, live: &NumberSet) -> Result<Memory, Failure> {
    Ok(ledger.memory(audience, live)?)
}
