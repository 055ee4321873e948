//! All groups of an account, and the one that a user means.

use std::collections::HashMap;

use super::{ApiError, ErrorClass, Group, GroupId, GroupsApi};

/// The most that a page can hold (the provider's documents).
const PAGE: u32 = 100;
/// Groups that appear or vanish shift the pages under the reader: then the list is read again, so often at most.
const PASSES: usize = 3;

/// All groups of the account, newest first, each once.
///
/// # Errors
/// The first error of the API.
pub async fn all_groups(api: &impl GroupsApi) -> Result<Vec<Group>, ApiError> {
    let mut groups = Gathered::default();
    for _ in 0..PASSES {
        if one_pass(api, &mut groups).await? {
            break;
        }
    }
    Ok(groups.list)
}

/// Reads the pages once. Whether the list stood still meanwhile; if not, a group may have slipped from a page that
/// was still to come to one already read.
async fn one_pass(api: &impl GroupsApi, groups: &mut Gathered) -> Result<bool, ApiError> {
    let (mut seen, mut count, mut steady) = (Gathered::default(), None, true);
    for page in 0.. {
        let answer = api.list(page, PAGE).await?;
        steady &= count.is_none_or(|count| count == answer.count);
        count = Some(answer.count);
        if answer.groups.is_empty() {
            break;
        }
        let before = seen.list.len();
        for group in answer.groups {
            seen.keep(group);
        }
        let collected = u64::try_from(seen.list.len()).unwrap_or(u64::MAX);
        // Nothing new on a whole page: the list shifted by a page, or the server knows only one.
        steady &= before < seen.list.len();
        if collected >= answer.count || before == seen.list.len() {
            break;
        }
    }
    if steady {
        // A quiet list is the truth, whatever an unquiet pass saw before.
        *groups = seen;
    } else {
        for group in seen.list {
            groups.keep(group);
        }
    }
    Ok(steady)
}

#[derive(Default)]
struct Gathered {
    list: Vec<Group>,
    at: HashMap<GroupId, usize>,
}

impl Gathered {
    /// Keeps the group; one that is here already is brought up to date where it stands.
    fn keep(&mut self, group: Group) {
        if let Some(kept) = self.at.get(&group.id).and_then(|at| self.list.get_mut(*at)) {
            *kept = group;
        } else {
            self.at.insert(group.id.clone(), self.list.len());
            self.list.push(group);
        }
    }
}

/// A group that was looked for.
#[derive(Debug, Clone)]
pub struct Found {
    /// The group.
    pub group: Group,
    /// What it was found by.
    pub by: FoundBy,
}

/// What a group was found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// Its id.
    Id,
    /// Its name.
    Name,
}

/// Why a group was not found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// No group has that id or that very name.
    #[error("no group has the name or id {0:?}")]
    NotFound(String),
    /// More than one group has the name.
    #[error("{name:?} is the name of {count} groups: {ids}", count = .ids.len(), ids = listed(.ids))]
    TwoOfAName {
        /// The name.
        name: String,
        /// The ids, newest group first.
        ids: Vec<GroupId>,
    },
    /// The account could not be asked.
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl FindError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound(_) => {
                Some("`rollcall groups list` shows the groups; an import makes one by --create".to_owned())
            }
            Self::TwoOfAName { .. } => Some("name the group by its id".to_owned()),
            Self::Api(error) => error.hint(),
        }
    }
}

fn listed(ids: &[GroupId]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| id.as_str().escape_debug().to_string()).collect();
    ids.join(", ")
}

/// The group with this id, else the one with exactly this name.
///
/// # Errors
/// When there is none, when two have the name, or when the account cannot be asked.
pub async fn find_group(api: &impl GroupsApi, name_or_id: &str) -> Result<Found, FindError> {
    if could_be_an_id(name_or_id) {
        match api.retrieve(&GroupId::new(name_or_id)).await {
            Ok(group) => return Ok(Found { group, by: FoundBy::Id }),
            // A name in the place of an id may be refused for its looks, too.
            Err(error) if matches!(error.class, ErrorClass::NotFound | ErrorClass::Refused) => {}
            Err(error) => return Err(error.into()),
        }
    }
    find_among(&all_groups(api).await?, name_or_id).map(|group| Found { group, by: FoundBy::Name })
}

/// The group with this id, else the one with exactly this name, among groups that are already known.
///
/// # Errors
/// When there is none, or when two have the name.
pub fn find_among(groups: &[Group], name_or_id: &str) -> Result<Group, FindError> {
    if let Some(group) = groups.iter().find(|group| group.id.as_str() == name_or_id) {
        return Ok(group.clone());
    }
    let named: Vec<&Group> = groups.iter().filter(|group| group.name.as_deref() == Some(name_or_id)).collect();
    match named.as_slice() {
        [] => Err(FindError::NotFound(name_or_id.to_owned())),
        [group] => Ok((*group).clone()),
        several => Err(FindError::TwoOfAName {
            name: name_or_id.to_owned(),
            ids: several.iter().map(|group| group.id.clone()).collect(),
        }),
    }
}

/// Ids are opaque, but no id was ever seen to hold anything but letters, digits, `-` and `_`.
fn could_be_an_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}
