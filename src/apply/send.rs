//! Sends one chunk, and finds out what became of it.

use std::time::Duration;

use crate::groups::{ApiError, ErrorClass, GroupId, GroupUpdate, GroupsApi};
use crate::plan::Chunk;

/// How often a chunk of unknown outcome is looked up and sent again before it is left for later.
const LOOKUPS: u32 = 4;

/// How long a group that was only just made may be unknown to the provider ("has not had time to load").
const LOADING: Duration = Duration::from_secs(10);

/// Sends a chunk. `fresh` says that this run has made the group.
pub(super) async fn send<A: GroupsApi>(api: &A, id: &GroupId, chunk: &Chunk, fresh: bool) -> Result<(), ApiError> {
    let update = GroupUpdate { add: chunk.add.clone(), remove: chunk.remove.clone(), ..GroupUpdate::default() };
    let loading = tokio::time::Instant::now() + LOADING;
    let mut lookups = 0;
    loop {
        let error = match api.update(id, &update).await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        match error.class {
            ErrorClass::Ambiguous if lookups < LOOKUPS => {
                lookups += 1;
                if took_effect(api, id, chunk).await? {
                    return Ok(());
                }
            }
            ErrorClass::NotFound if fresh && tokio::time::Instant::now() < loading => {
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            ErrorClass::Ambiguous
            | ErrorClass::NotFound
            | ErrorClass::NotApplied
            | ErrorClass::Refused
            | ErrorClass::TooLarge
            | ErrorClass::NameTaken
            | ErrorClass::Account
            | ErrorClass::Stop => return Err(error),
        }
    }
}

/// Whether a chunk of unknown outcome was applied. None of its adds was a member before, so that one of them among
/// the members proves it; those of it who are missing then have left meanwhile and must not be added again.
async fn took_effect<A: GroupsApi>(api: &A, id: &GroupId, chunk: &Chunk) -> Result<bool, ApiError> {
    let live = api.members(id).await?;
    if chunk.add.is_empty() {
        return Ok(!chunk.remove.iter().any(|number| live.contains(*number)));
    }
    Ok(chunk.add.iter().any(|number| live.contains(*number)))
}
