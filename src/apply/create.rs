//! Makes a group, once.

use std::time::Duration;

use super::{ApplyError, Shop};
use crate::groups::{ApiError, ErrorClass, FindError, GroupId, GroupsApi, NewGroup, find_group};
use crate::ledger::{Creation, StoredPlan};

/// How long to look for a group whose creation was not answered: it may not have had time to load.
const LOOKING: Duration = Duration::from_secs(10);

/// Makes the group of a plan; says whether it was us who made it. Creating is not idempotent: when an answer was lost,
/// now or in an earlier process, the group is looked for before it is made again.
pub(super) async fn create<A: GroupsApi>(shop: &Shop<A>, plan: &StoredPlan) -> Result<(GroupId, bool), ApplyError> {
    let (id, name) = (plan.id, plan.name.clone().unwrap_or_default());
    let asked = plan.creation == Creation::Asked;
    let found = if asked { look_for(&*shop.api, &name, LOOKING).await? } else { None };
    let (group, made) = if let Some(group) = found {
        (group, true)
    } else {
        shop.ledger(move |ledger| ledger.intend_creation(id)).await?;
        ask(&*shop.api, &name).await?
    };
    let settled = group.clone();
    shop.ledger(move |ledger| ledger.settle_creation(id, &settled, made)).await?;
    Ok((group, made))
}

/// Asks for a group. A name that is taken leads to the group that has it.
async fn ask<A: GroupsApi>(api: &A, name: &str) -> Result<(GroupId, bool), ApiError> {
    let body = NewGroup { name: Some(name.to_owned()), ..NewGroup::default() };
    let error = match api.create(&body).await {
        Ok(group) => return Ok((group.id, true)),
        Err(error) => error,
    };
    match error.class {
        ErrorClass::Ambiguous => match look_for(api, name, LOOKING).await? {
            Some(id) => Ok((id, true)),
            None => api.create(&body).await.map(|group| (group.id, true)),
        },
        ErrorClass::NameTaken => match look_for(api, name, Duration::ZERO).await? {
            Some(id) => Ok((id, false)),
            None => Err(error),
        },
        ErrorClass::NotApplied
        | ErrorClass::Refused
        | ErrorClass::TooLarge
        | ErrorClass::NotFound
        | ErrorClass::Account
        | ErrorClass::Stop => Err(error),
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
