//! From the names of groups to their members.

use std::sync::Arc;
use std::time::Duration;

use rollcall::groups::{Group, GroupsApi, find_group};
use rollcall::numbers::NumberSet;

use crate::connect::Link;
use crate::failure::{Exit, Failure};

/// A group that was named, and its members.
pub(crate) struct Named {
    pub(crate) group: Group,
    pub(crate) members: NumberSet,
}

impl Named {
    /// What the group is called: by its name, or by its id where it has none.
    pub(crate) fn label(&self) -> &str {
        label(&self.group)
    }
}

fn label(group: &Group) -> &str {
    group.name.as_deref().unwrap_or(group.id.as_str())
}

/// Whether the members of a group must add up to its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SizeCheck {
    /// They must.
    Strict,
    /// What there is will do.
    Lenient,
}

impl SizeCheck {
    /// What `--allow-size-mismatch` asks for.
    pub(crate) fn of_flag(allow_mismatch: bool) -> Self {
        if allow_mismatch { Self::Lenient } else { Self::Strict }
    }
}

/// The groups of these names or ids, in their order and each once, with their members. Nobody's members are read before
/// all groups are found.
pub(crate) async fn read(names: &[String], check: SizeCheck, link: &Link) -> Result<Vec<Named>, Failure> {
    let mut groups: Vec<Group> = Vec::new();
    for name in names {
        let group = find_group(&*link.api, name).await?.group;
        if !groups.iter().any(|other| other.id == group.id) {
            groups.push(group);
        }
    }
    let mut read = Vec::new();
    for group in groups {
        let members = members(&group, check, &link.api).await?;
        read.push(Named { group, members });
    }
    Ok(read)
}

/// A group's members, which must add up to its size: a short answer must never become a short file. A group may
/// change between the two questions, so that both are asked again before it counts.
async fn members<A: GroupsApi>(group: &Group, check: SizeCheck, api: &Arc<A>) -> Result<NumberSet, Failure> {
    let mut size = group.size;
    for attempt in 0..4_u64 {
        let members = api.members(&group.id).await?;
        let count = u64::try_from(members.len()).unwrap_or(u64::MAX);
        if check == SizeCheck::Lenient || size.is_none_or(|size| size == count) {
            return Ok(members);
        }
        tokio::time::sleep(Duration::from_millis(100 * attempt)).await;
        size = api.retrieve(&group.id).await?.size;
        if size.is_none_or(|size| size == count) {
            return Ok(members);
        }
    }
    Err(Failure::new(
        Exit::Unverified,
        anyhow::anyhow!("the members of {} do not add up to its size of {}", label(group), size.unwrap_or_default()),
        Some("try again later, or take what there is with --allow-size-mismatch; nothing was written".to_owned()),
    ))
}
