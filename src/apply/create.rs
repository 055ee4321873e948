//! Makes a group, once.

use std::time::Duration;

use crate::groups::{ApiError, ErrorClass, FindError, GroupId, GroupsApi, NewGroup, find_group};

/// How long to look for a group whose creation was not answered: it may not have had time to load.
const LOOKING: Duration = Duration::from_secs(10);

/// Makes a group of that name, of which there was none. Creating is not idempotent: when the answer is lost, the group
/// is looked for before it is made again.
pub(super) async fn create<A: GroupsApi>(api: &A, name: &str) -> Result<GroupId, ApiError> {
    let body = NewGroup { name: Some(name.to_owned()), ..NewGroup::default() };
    let error = match api.create(&body).await {
        Ok(group) => return Ok(group.id),
        Err(error) => error,
    };
    match error.class {
        ErrorClass::Ambiguous => match look_for(api, name, LOOKING).await? {
            Some(id) => Ok(id),
            None => api.create(&body).await.map(|group| group.id),
        },
        ErrorClass::NameTaken => look_for(api, name, Duration::ZERO).await?.ok_or(error),
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
