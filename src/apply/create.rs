//! Makes the groups that are missing, each once.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::stage::bounded;
use super::{AppliedGroup, ApplyError, Job, Shop};
use crate::groups::{ApiError, AutoUpdate, ErrorClass, FindError, GroupId, GroupsApi, NewGroup, Operation, find_group};
use crate::ledger::{Creation, StoredPlan};
use crate::numbers::NumberSet;
use crate::report::Event;

/// What a group that is to be made gets besides its name and its members. A group that is there already keeps its own.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Making {
    /// The keywords to join and leave by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_update: Option<AutoUpdate>,
    /// Groups whose members count as members, at most 10.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Child>,
}

/// A child group of a group that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Child {
    /// It is there.
    Known(GroupId),
    /// The same run makes it, under this name.
    Made(String),
}

impl Making {
    /// The children's ids; none while one of them has not been made.
    pub(super) fn children(&self, jobs: &[Job]) -> Option<Vec<GroupId>> {
        let made = |name: &String| jobs.iter().find(|job| job.plan.name.as_ref() == Some(name))?.plan.group.clone();
        let id = |child: &Child| match child {
            Child::Known(id) => Some(id.clone()),
            Child::Made(name) => made(name),
        };
        self.children.iter().map(id).collect()
    }
}

/// A group that is to be made.
struct Missing {
    index: usize,
    plan: StoredPlan,
    auto_update: Option<AutoUpdate>,
    children: Vec<GroupId>,
    /// The first group of its audience.
    like: Option<GroupId>,
}

/// Makes the groups that are missing: those first that are child groups of others.
pub(super) async fn make_groups<A: GroupsApi>(shop: &Shop<A>, jobs: &mut [Job], groups: &mut [AppliedGroup]) {
    loop {
        let missing: Vec<Missing> = jobs
            .iter()
            .zip(groups.iter())
            .enumerate()
            .filter(|(_, (job, group))| job.plan.group.is_none() && group.failure.is_none())
            .filter_map(|(index, (job, _))| {
                let (plan, auto_update) = (job.plan.clone(), job.making.auto_update.clone());
                let (children, like) = (job.making.children(jobs)?, first_group(jobs, &plan));
                Some(Missing { index, plan, auto_update, children, like })
            })
            .collect();
        if missing.is_empty() || shop.stop.is_cancelled() {
            break;
        }
        let made = bounded(missing.into_iter(), shop.settings.concurrency, &shop.stop, |missing| {
            let shop = shop.clone();
            async move {
                let Missing { index, plan, auto_update, children, like } = missing;
                let known = children.iter().cloned().map(Child::Known).collect();
                (index, known, create(&shop, &plan, auto_update, children, like.as_ref()).await)
            }
        });
        for (index, children, result) in made.await {
            let (Some(job), Some(group)) = (jobs.get_mut(index), groups.get_mut(index)) else { continue };
            match result {
                Ok(Created { id, made, before }) => {
                    if made {
                        (shop.events)(&Event::GroupCreated { name: group.label.clone() });
                    }
                    group.created = made;
                    group.id = Some(id.clone());
                    job.plan.group = Some(id);
                    job.before = Arc::new(before);
                    job.making.children = if made { children } else { Vec::new() };
                }
                Err(error) => group.failure = Some(error),
            }
        }
    }
    for (job, group) in jobs.iter().zip(groups) {
        if job.plan.group.is_none() {
            // An empty group has no request that is left, and is not there all the same.
            let why = "one of its child groups could not be made";
            let error = if shop.stop.is_cancelled() {
                ApiError::interrupted(Operation::Create)
            } else {
                ApiError::new(Operation::Create, ErrorClass::NotFound, why)
            };
            group.failure.get_or_insert(error.into());
        }
    }
}

/// The first group of the plan's audience that there is.
fn first_group(jobs: &[Job], plan: &StoredPlan) -> Option<GroupId> {
    let mut same = jobs.iter().filter(|other| other.plan.audience == plan.audience);
    same.find_map(|other| other.plan.group.clone())
}

/// How long to look for a group whose creation was not answered: it may not have had time to load.
const LOOKING: Duration = Duration::from_secs(10);

/// How long a child group that was only just made may be unknown ("has not had time to load").
const LOADING: Duration = Duration::from_secs(10);

/// How often a creation of unknown outcome is asked for again before it is left for later.
const REPEATS: u32 = 4;

/// A group that was missing when its plan was made.
pub(super) struct Created {
    pub(super) id: GroupId,
    /// Whether it was us who made it.
    pub(super) made: bool,
    /// Its members by now, if it was somebody else.
    pub(super) before: NumberSet,
}

/// Makes the group of a plan, with these child groups. Creating is not idempotent: when an answer was lost, now or in
/// an earlier process, the group is looked for before it is made again. A group of an audience that has others gets the
/// keywords of the first, `like`, unless it has its own, so that its members can leave as those of the others can.
pub(super) async fn create<A: GroupsApi>(
    shop: &Shop<A>,
    plan: &StoredPlan,
    auto_update: Option<AutoUpdate>,
    child_groups: Vec<GroupId>,
    like: Option<&GroupId>,
) -> Result<Created, ApplyError> {
    let (id, name) = (plan.id, plan.name.clone().unwrap_or_default());
    let asked = plan.creation == Creation::Asked;
    let found = if asked { look_for(&*shop.api, &name, LOOKING).await? } else { None };
    let (group, made) = if let Some(group) = found {
        (group, true)
    } else {
        let auto_update = match (auto_update, like) {
            (None, Some(like)) => shop.api.retrieve(like).await?.auto_update,
            (own, _) => own,
        };
        shop.ledger(move |ledger| ledger.intend_creation(id)).await?;
        let body = NewGroup { name: Some(name.clone()), child_groups, auto_update, ..NewGroup::default() };
        match ask(&*shop.api, &name, &body).await {
            Ok(made) => made,
            Err(Unmade { error, doubtful }) => {
                if !asked && !doubtful {
                    // Whoever goes on need not look for what nobody has made.
                    shop.ledger(move |ledger| ledger.withdraw_creation(id)).await?;
                }
                return Err(error.into());
            }
        }
    };
    let before = if made { NumberSet::new() } else { shop.api.members(&group).await? };
    if plan.mode.is_whole() && !before.is_empty() {
        // The plan knows nothing of these members, and would leave them where nobody but the listed should be.
        let why = "somebody has made a group of this name meanwhile, and it has members";
        return Err(ApiError::new(Operation::Create, ErrorClass::NameTaken, why).into());
    }
    let settled = group.clone();
    shop.ledger(move |ledger| ledger.settle_creation(id, &settled, made)).await?;
    Ok(Created { id: group, made, before })
}

/// A group that was not made, as far as is known.
struct Unmade {
    error: ApiError,
    /// Whether it may have been made all the same.
    doubtful: bool,
}

impl From<ApiError> for Unmade {
    fn from(error: ApiError) -> Self {
        Self { error, doubtful: true }
    }
}

/// Asks for a group. A name that is taken leads to the group that has it.
async fn ask<A: GroupsApi>(api: &A, name: &str, body: &NewGroup) -> Result<(GroupId, bool), Unmade> {
    let loading = tokio::time::Instant::now() + LOADING;
    let mut repeats = 0;
    loop {
        let error = match api.create(body).await {
            Ok(group) => return Ok((group.id, true)),
            Err(error) => error,
        };
        match error.class {
            ErrorClass::Ambiguous => match look_for(api, name, LOOKING).await? {
                Some(id) => return Ok((id, true)),
                None if repeats < REPEATS => repeats += 1,
                None => return Err(error.into()),
            },
            ErrorClass::NameTaken => match look_for(api, name, Duration::ZERO).await? {
                // A lost answer may have been the making of it, and the group too new to be listed then.
                Some(id) => return Ok((id, repeats > 0)),
                None => return Err(error.into()),
            },
            ErrorClass::NotFound if !body.child_groups.is_empty() && tokio::time::Instant::now() < loading => {
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            ErrorClass::NotApplied
            | ErrorClass::Refused
            | ErrorClass::TooLarge
            | ErrorClass::NotFound
            | ErrorClass::Account
            | ErrorClass::Stop => return Err(Unmade { error, doubtful: repeats > 0 }),
        }
    }
}

async fn look_for<A: GroupsApi>(api: &A, name: &str, patience: Duration) -> Result<Option<GroupId>, ApiError> {
    let until = tokio::time::Instant::now() + patience;
    let mut pause = Duration::from_millis(250);
    loop {
        match find_group(api, name).await {
            Ok(found) => return Ok(Some(found.group.id)),
            Err(FindError::Api(error)) => return Err(error),
            Err(FindError::TwoOfAName { ids, .. }) => return Ok(ids.into_iter().next()),
            Err(FindError::NotFound(_)) => {}
        }
        if tokio::time::Instant::now() >= until {
            return Ok(None);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}
