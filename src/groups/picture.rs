//! A group and its members, read as one: so that nobody takes a torn answer for a group, and everybody learns when the
//! group changed under the reader.

use std::time::Duration;

use super::{ApiError, Group, GroupsApi};
use crate::numbers::NumberSet;

/// How often a group is read until it stands still and adds up.
const READINGS: u32 = 5;
/// The pause after the first reading that did not; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// A group and its members.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The group, as it was described after its members were read.
    pub group: Group,
    /// Its members, as the provider lists them.
    pub members: NumberSet,
    /// Whether it was the same before and after its members were read: if not, somebody has changed it meanwhile,
    /// every time it was read.
    pub steady: bool,
}

/// Why there is no picture of a group.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The provider could not be asked.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// Fewer or more members than the group's size, also when read again.
    #[error("{members} members of {group} were read, and its size is {size}, also when read again")]
    DoesNotAddUp {
        /// The group's name, or its id.
        group: String,
        /// Members that were read.
        members: u64,
        /// Members that the provider counts.
        size: u64,
    },
}

impl PictureError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Api(error) => error.hint(),
            Self::DoesNotAddUp { .. } => {
                Some("try again later, or take what there is with --allow-size-mismatch".to_owned())
            }
        }
    }
}

/// Reads a group that was listed or retrieved a moment ago. A group that changes meanwhile, or whose members do not
/// add up to its size, is read again; with `any_size` only the former.
///
/// # Errors
/// When the provider cannot be asked, or the members do not add up in the end.
pub async fn picture<A: GroupsApi>(api: &A, group: &Group, any_size: bool) -> Result<Picture, PictureError> {
    let (mut before, mut pause) = (group.clone(), PAUSE);
    let mut reading = 1;
    loop {
        let members = api.members(&before.id).await?;
        let group = api.retrieve(&before.id).await?;
        let count = u64::try_from(members.len()).unwrap_or(u64::MAX);
        let steady = group.modified_at == before.modified_at && group.size == before.size;
        let short = group.size.filter(|size| *size != count && !any_size);
        if steady && short.is_none() {
            return Ok(Picture { group, members, steady });
        }
        if reading == READINGS {
            return match short {
                None => Ok(Picture { group, members, steady }),
                Some(size) => Err(PictureError::DoesNotAddUp {
                    group: group.name.unwrap_or_else(|| group.id.to_string()),
                    members: count,
                    size,
                }),
            };
        }
        reading += 1;
        tokio::time::sleep(pause).await;
        pause *= 2;
        before = group;
    }
}
