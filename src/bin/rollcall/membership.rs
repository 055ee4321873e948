//! From the names of groups to their members.

use std::sync::Arc;
use std::time::Duration;

use rollcall::apply::{Whole, audience, find_whole};
use rollcall::groups::{Group, GroupId, GroupsApi};
use rollcall::ledger::{Audience, Ledger};
use rollcall::numbers::NumberSet;
use rollcall::plan::GroupRef;

use crate::connect::Link;
use crate::failure::{Exit, Failure};

/// A group or an audience that was named, and its members.
pub(crate) struct Named {
    /// What it is called: by its name, or by its id where it has none.
    pub(crate) name: String,
    /// The group's id; none for an audience in several groups.
    pub(crate) id: Option<GroupId>,
    /// What it is remembered by.
    pub(crate) audience: Audience,
    pub(crate) members: NumberSet,
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

/// What an audience in several groups is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grain {
    /// One.
    Audience,
    /// Its groups.
    Group,
}

/// The groups and audiences of these names or ids, in their order and each once.
async fn find(names: &[String], ledger: &Ledger, link: &Link) -> Result<Vec<Whole>, Failure> {
    let (account, mut wholes) = (link.account().key(), Vec::<Whole>::new());
    for name in names {
        let whole = find_whole(&*link.api, ledger, &account, name).await?;
        if !wholes.iter().any(|other| ids(other).eq(ids(&whole))) {
            wholes.push(whole);
        }
    }
    Ok(wholes)
}

/// The groups of these names or ids, and all groups of the audiences of these names, each once.
pub(crate) async fn groups(names: &[String], ledger: &Ledger, link: &Link) -> Result<Vec<Group>, Failure> {
    let mut groups: Vec<Group> = Vec::new();
    for whole in find(names, ledger, link).await? {
        for group in whole.groups() {
            if !groups.iter().any(|other| other.id == group.id) {
                groups.push(group.clone());
            }
        }
    }
    Ok(groups)
}

/// The groups and audiences of these names or ids, in their order and each once, with their members. Nobody's members
/// are read before all are found.
pub(crate) async fn read(
    names: &[String],
    grain: Grain,
    check: SizeCheck,
    ledger: &Ledger,
    link: &Link,
) -> Result<Vec<Named>, Failure> {
    let account = link.account().key();
    let mut read = Vec::new();
    for whole in find(names, ledger, link).await? {
        let mut parts = Vec::new();
        for group in whole.groups() {
            let target = GroupRef::Existing { id: group.id.clone(), name: group.name.clone() };
            let audience = audience(ledger, &account, &target)?;
            let members = members(group, check, &link.api).await?;
            parts.push(Named { name: label(group).to_owned(), id: Some(group.id.clone()), audience, members });
        }
        match whole {
            Whole::Spread(spread) if grain == Grain::Audience => {
                let members = NumberSet::union_all(&parts.iter().map(|part| &part.members).collect::<Vec<_>>());
                read.push(Named { name: spread.audience.name.clone(), id: None, audience: spread.audience, members });
            }
            Whole::Spread(_) | Whole::Group(_) => read.extend(parts),
        }
    }
    Ok(read)
}

fn ids(whole: &Whole) -> impl Iterator<Item = &GroupId> {
    whole.groups().iter().map(|group| &group.id)
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
