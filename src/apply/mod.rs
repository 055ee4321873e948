//! Makes a plan true: sends its chunks, finds out what became of them, and reads the members back.
//!
//! Receives [`Change`]s (a plan and the members it was made against); yields [`Applied`]: what took effect in each
//! group, and what did not. Knows nothing of CSV, and nothing of how requests are paced or repeated.

mod create;
mod send;
mod stage;
mod verify;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::groups::{ApiError, ErrorClass, GroupId, GroupsApi};
use crate::numbers::NumberSet;
use crate::plan::{Chunk, GroupRef, Plan, chunks};
use crate::report::{Event, Events};
use stage::bounded;

/// A plan, and the members that it was made against.
#[derive(Debug, Clone)]
pub struct Change {
    /// What to change.
    pub plan: Plan,
    /// The group's members when the plan was made.
    pub live: NumberSet,
}

/// How to apply.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Requests under way at once.
    pub concurrency: NonZeroUsize,
    /// Numbers in a chunk, 1 to 10,000.
    pub chunk_size: NonZeroUsize,
    /// How long a read-back that differs from the plan is read again.
    pub verify_wait: Duration,
}

/// What became of all plans.
#[derive(Debug)]
pub struct Applied {
    /// One entry for each change, in the same order.
    pub groups: Vec<AppliedGroup>,
}

/// What became of one plan.
#[derive(Debug)]
pub struct AppliedGroup {
    /// The group's id; none when it could not be made.
    pub id: Option<GroupId>,
    /// The group's name, or its id where it has none.
    pub label: String,
    /// Whether this run made the group.
    pub created: bool,
    /// Numbers added by chunks that took effect.
    pub added: NumberSet,
    /// Numbers removed by chunks that took effect.
    pub removed: NumberSet,
    /// Chunks that did not take effect, or of which nobody knows.
    pub unsent: u64,
    /// The first failure.
    pub failure: Option<ApiError>,
    /// What the members look like now.
    pub check: Option<Check>,
}

/// What reading the members back has shown.
#[derive(Debug, Clone)]
pub struct Check {
    /// Members now.
    pub after: u64,
    /// Numbers of the plan that are not as planned: adds that are missing, removals that are still there.
    pub astray: u64,
    /// Numbers that somebody else has added meanwhile.
    pub joined: u64,
    /// Numbers that somebody else has removed meanwhile.
    pub left: u64,
}

impl AppliedGroup {
    /// Whether everything planned for the group was sent and found.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unsent == 0 && self.failure.is_none()
    }
}

impl Applied {
    /// Whether all chunks of all groups took effect.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.groups.iter().all(AppliedGroup::is_complete)
    }

    /// Whether the members were found as planned: none, when they could not be read.
    #[must_use]
    pub fn verified(&self) -> Option<bool> {
        let mut all = true;
        for group in &self.groups {
            all &= group.check.as_ref()?.astray == 0;
        }
        Some(all && self.is_complete())
    }

    /// The failure that says most about the run: the account's first.
    #[must_use]
    pub fn failure(&self) -> Option<&ApiError> {
        let failures = || self.groups.iter().filter_map(|group| group.failure.as_ref());
        failures().find(|error| error.class == ErrorClass::Account).or_else(|| failures().next())
    }
}

/// Applies changes: makes the groups that are missing, sends all chunks side by side, and reads the members back.
///
/// When `stop` is cancelled nothing new is begun; what is under way is finished and counted.
pub async fn apply<A: GroupsApi>(
    api: &Arc<A>,
    changes: Vec<Change>,
    settings: Settings,
    events: &Events,
    stop: &CancellationToken,
) -> Applied {
    let mut groups = open(api, &changes, settings, events, stop).await;
    send_all(api, &changes, &mut groups, settings, events, stop).await;
    check_all(api, changes, &mut groups, settings, events, stop).await;
    Applied { groups }
}

/// Finds every change its group, making those that are to be new.
async fn open<A: GroupsApi>(
    api: &Arc<A>,
    changes: &[Change],
    settings: Settings,
    events: &Events,
    stop: &CancellationToken,
) -> Vec<AppliedGroup> {
    let mut groups: Vec<AppliedGroup> = changes
        .iter()
        .map(|change| AppliedGroup {
            id: match &change.plan.group {
                GroupRef::Existing { id, .. } => Some(id.clone()),
                GroupRef::New { .. } => None,
            },
            label: change.plan.group.label().to_owned(),
            created: false,
            added: NumberSet::new(),
            removed: NumberSet::new(),
            unsent: 0,
            failure: None,
            check: None,
        })
        .collect();
    let missing: Vec<(usize, String)> = changes
        .iter()
        .enumerate()
        .filter_map(|(index, change)| match &change.plan.group {
            GroupRef::New { name } => Some((index, name.clone())),
            GroupRef::Existing { .. } => None,
        })
        .collect();
    let made = bounded(missing.into_iter(), settings.concurrency, stop, |(index, name)| {
        let api = Arc::clone(api);
        async move { (index, create::create(&*api, &name).await) }
    });
    for (index, result) in made.await {
        let Some(group) = groups.get_mut(index) else { continue };
        match result {
            Ok(id) => {
                events(&Event::GroupCreated { name: group.label.clone() });
                group.created = true;
                group.id = Some(id);
            }
            Err(error) => group.failure = Some(error),
        }
    }
    groups
}

/// Sends the chunks of all groups through one bounded stage.
async fn send_all<A: GroupsApi>(
    api: &Arc<A>,
    changes: &[Change],
    groups: &mut [AppliedGroup],
    settings: Settings,
    events: &Events,
    stop: &CancellationToken,
) {
    let (mut total, mut numbers) = (0_u64, 0_u64);
    let mut work: Vec<(usize, GroupId, bool, Chunk)> = Vec::new();
    for (index, (change, group)) in changes.iter().zip(groups.iter_mut()).enumerate() {
        for chunk in chunks(&change.plan, settings.chunk_size) {
            group.unsent += 1;
            let Some(id) = &group.id else { continue };
            total += 1;
            numbers += u64::try_from(chunk.len()).unwrap_or_default();
            work.push((index, id.clone(), group.created, chunk));
        }
    }
    events(&Event::Sending { chunks: total, numbers });
    // A failure of the account, or of the provider as a whole, ends the run; one group's failure ends nothing.
    let halt = stop.child_token();
    let results = bounded(work.into_iter(), settings.concurrency, &halt, |(index, id, created, chunk)| {
        let (api, events, halt) = (Arc::clone(api), Arc::clone(events), halt.clone());
        async move {
            let result = send::send(&*api, &id, &chunk, created).await;
            if result.as_ref().is_err_and(|error| error.class.is_fatal()) {
                halt.cancel();
            }
            let numbers = u64::try_from(chunk.len()).unwrap_or_default();
            events(&Event::ChunkDone { numbers, applied: result.is_ok() });
            (index, chunk, result)
        }
    });
    let mut sent: Vec<(Vec<_>, Vec<_>)> = groups.iter().map(|_| (Vec::new(), Vec::new())).collect();
    for (index, chunk, result) in results.await {
        let (Some(group), Some((added, removed))) = (groups.get_mut(index), sent.get_mut(index)) else { continue };
        match result {
            Ok(()) => {
                group.unsent -= 1;
                added.extend(chunk.add);
                removed.extend(chunk.remove);
            }
            Err(error) => {
                group.failure.get_or_insert(error);
            }
        }
    }
    for (group, (added, removed)) in groups.iter_mut().zip(sent) {
        group.added = NumberSet::from_unsorted(added);
        group.removed = NumberSet::from_unsorted(removed);
    }
}

/// Reads the members of every group back and compares them with what was sent.
async fn check_all<A: GroupsApi>(
    api: &Arc<A>,
    changes: Vec<Change>,
    groups: &mut [AppliedGroup],
    settings: Settings,
    events: &Events,
    stop: &CancellationToken,
) {
    if stop.is_cancelled() {
        return;
    }
    events(&Event::Verifying { groups: u64::try_from(groups.len()).unwrap_or_default() });
    let mut work = Vec::new();
    for (index, (change, group)) in changes.into_iter().zip(groups.iter_mut()).enumerate() {
        let Some(id) = group.id.clone() else { continue };
        let sent = verify::Sent {
            before: change.live,
            added: std::mem::take(&mut group.added),
            removed: std::mem::take(&mut group.removed),
        };
        work.push((index, id, group.label.clone(), sent));
    }
    // What was sent travels with the work and back, so that no item may be dropped on the way.
    let never = CancellationToken::new();
    let checks = bounded(work.into_iter(), settings.concurrency, &never, |(index, id, label, sent)| {
        let (api, events, stop) = (Arc::clone(api), Arc::clone(events), stop.clone());
        async move {
            let check = verify::check(&*api, &id, &label, &sent, settings.verify_wait, &events, &stop).await;
            (index, sent, check)
        }
    });
    for (index, sent, check) in checks.await {
        let Some(group) = groups.get_mut(index) else { continue };
        (group.added, group.removed) = (sent.added, sent.removed);
        match check {
            Ok(check) => group.check = Some(check),
            Err(error) => {
                group.failure.get_or_insert(error);
            }
        }
    }
}
