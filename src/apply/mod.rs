//! Drafts plans against groups as they are, and makes them true: sends their chunks, finds out what became of them,
//! and reads the members back.
//!
//! [`draft()`] receives wishes and yields plans that nobody has judged yet. [`apply`] receives [`Job`]s, plans that the
//! ledger has stored; yields [`Applied`]: what took effect in each group, and what did not. Everything is written down
//! before it is done and again when it is known, so that whoever comes after a kill can go on. Knows nothing of CSV, and
//! nothing of how requests are paced or repeated.

mod applied;
mod create;
mod dispatch;
mod draft;
mod drafted;
mod look;
mod placing;
mod poison;
mod record;
mod resume;
mod schedule;
mod send;
mod shop;
mod stage;
mod verify;
mod whole;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::groups::{GroupId, GroupsApi};
use crate::ledger::{Effect, Ledger, Phase, RunId, StoredPlan};
use crate::numbers::NumberSet;
use crate::report::{Event, Events};
pub use applied::{Applied, AppliedGroup, ApplyError};
pub use create::{Child, Making};
pub use draft::{Draft, DraftError, Request, SpreadTerms, Terms, audience, draft};
pub use drafted::{Drafted, Part, Spreading};
pub use look::{Seen, look};
pub use placing::{Room, everyone};
use poison::Learning;
pub use record::record;
pub use resume::look_up;
pub use schedule::{Schedule, Unfit, schedule};
use shop::Shop;
use stage::bounded;
pub use verify::Check;
pub use whole::{Spread, Whole, WholeError, find_whole};

/// A stored plan, and what is known of its group.
#[derive(Debug)]
pub struct Job {
    /// The plan as the ledger has it.
    pub plan: StoredPlan,
    /// The group's members now, without those that child groups bring.
    pub before: Arc<NumberSet>,
    /// Members that child groups bring; none of our business.
    pub inherited: NumberSet,
    /// What is known of the audience that the group belongs to. The jobs of one audience stand together.
    pub known: Arc<Known>,
    /// What an earlier process has done of this plan.
    pub earlier: Effect,
    /// Numbers of applied chunks whose answer was lost, and who were missing when the members were read for that: they
    /// have left in between.
    pub gone: NumberSet,
    /// What the group gets when it is made.
    pub making: Making,
}

/// What is known of an audience, whether it is one group or several.
#[derive(Debug, Default)]
pub struct Known {
    /// Members of ours before, as far as the ledger knows: the baseline and what was changed since.
    pub ours: NumberSet,
    /// Numbers that a list names, and who are ours from now on if they are members.
    pub listed: NumberSet,
    /// Members who are remembered as having joined by themselves, whoever has added them.
    pub guests: NumberSet,
    /// Groups of the audience for which there is no job.
    pub elsewhere: Vec<GroupId>,
}

/// How to apply.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Requests under way at once.
    pub concurrency: NonZeroUsize,
    /// How long a read-back that differs from the plan is read again.
    pub verify_wait: Duration,
    /// Only so many adds, over all groups; the rest is left.
    pub limit: Option<u64>,
    /// Whether the whole change of a group goes in one request: then nothing is sent in parts.
    pub atomic: bool,
}

/// Applies plans: makes the groups that are missing, sends all chunks side by side, and reads the members back.
///
/// What an earlier process has sent without learning of its outcome has to be looked up before: [`look_up`]. When
/// `stop` is cancelled nothing new is begun; what is under way is finished and written down.
pub async fn apply<A: GroupsApi>(
    api: Arc<A>,
    ledger: Arc<Ledger>,
    run: RunId,
    mut jobs: Vec<Job>,
    settings: Settings,
    events: &Events,
    stop: &CancellationToken,
) -> Applied {
    let mut groups: Vec<AppliedGroup> = jobs.iter().map(AppliedGroup::of).collect();
    let learning = Arc::new(Learning::new(jobs.iter().map(|job| job.plan.adds + job.plan.removes).sum()));
    let work = Shop { api, ledger, run, settings, events: Arc::clone(events), stop: stop.clone(), learning };
    create::make_groups(&work, &mut jobs, &mut groups).await;
    for phase in [Phase::Room, Phase::Main] {
        dispatch::send_all(&work, &mut jobs, &mut groups, phase).await;
    }
    look_back(&work, jobs, &mut groups).await;
    Applied { groups }
}

/// Adds up what took effect, reads the members of every group back, and remembers them by audience.
async fn look_back<A: GroupsApi>(shop: &Shop<A>, jobs: Vec<Job>, groups: &mut [AppliedGroup]) {
    let count = u64::try_from(groups.len()).unwrap_or(u64::MAX);
    (shop.events)(&Event::Verifying { groups: count });
    let mut audiences: Vec<Vec<verify::Sighted>> = Vec::new();
    for (index, (job, group)) in jobs.into_iter().zip(groups.iter()).enumerate() {
        let sighted = verify::Sighted { index, job, id: group.id.clone(), label: group.label.clone() };
        match audiences.last_mut().filter(|last| last.iter().all(|other| other.is_beside(&sighted))) {
            Some(last) => last.push(sighted),
            None => audiences.push(vec![sighted]),
        }
    }
    // Every group is accounted for, also when the run was stopped: what took effect is known without the provider.
    let never = CancellationToken::new();
    let looks = bounded(audiences.into_iter(), shop.settings.concurrency, &never, |audience| {
        let shop = shop.clone();
        async move { verify::look_back(&shop, audience).await }
    });
    for (index, look) in looks.await.into_iter().flatten() {
        let Some(group) = groups.get_mut(index) else { continue };
        (group.added, group.removed) = (look.added, look.removed);
        (group.refused, group.unsent) = (look.refused, look.unsent);
        group.check = look.check;
        if let Some(error) = look.failure {
            group.failure.get_or_insert(error);
        }
    }
}
