//! Reads groups as they are.

use std::time::Duration;

use crate::groups::{ApiError, Group, GroupsApi};
use crate::numbers::NumberSet;

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
