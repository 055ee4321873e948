//! Drafts plans against groups as they are, and makes them true: sends their chunks, finds out what became of them,
//! and reads the members back.
//!
//! [`draft()`] receives wishes and yields plans that nobody has judged yet. [`apply`] receives [`Job`]s, plans that the
//! ledger has stored; yields [`Applied`]: what took effect in each group, and what did not. Everything is written down before it is done and again when it is known, so that whoever comes after a
//! kill can go on. Knows nothing of CSV, and nothing of how requests are paced or repeated.

mod create;
mod draft;
mod drafted;
mod look;
mod placing;
mod poison;
mod record;
mod resume;
mod schedule;
mod send;
mod stage;
mod verify;
mod whole;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::groups::{ApiError, AutoUpdate, ErrorClass, GroupId, GroupsApi, Operation};
use crate::ledger::{ChunkId, ChunkState, Creation, Effect, Ledger, LedgerError, Phase, RunId, StoredPlan};
use crate::numbers::NumberSet;
use crate::plan::Mode;
use crate::report::{Event, Events};
pub use create::{Child, Making};
pub use draft::{Draft, DraftError, Request, SpreadTerms, Terms, audience, draft};
pub use drafted::{Drafted, Part, Spreading};
pub use look::{Seen, look};
pub use placing::{Room, everyone};
use poison::Learning;
pub use record::record;
pub use resume::look_up;
pub use schedule::{Schedule, Unfit, schedule};
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

/// Why a plan was not carried out to its end.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The provider, or the way to it.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// What has to be written down could not be.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl ApplyError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Api(error) => error.hint(),
            Self::Ledger(error) => error.hint(),
        }
    }

    /// Whether nothing else of the run can be expected to do better.
    fn is_fatal(&self) -> bool {
        match self {
            Self::Api(error) => error.class.is_fatal(),
            Self::Ledger(_) => true,
        }
    }
}

/// What became of all plans.
#[derive(Debug)]
pub struct Applied {
    /// One entry for each job, in the same order.
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
    /// Numbers that were added, and were not members before.
    pub added: u64,
    /// Numbers that were removed, and were members before.
    pub removed: u64,
    /// Numbers that the provider would not have.
    pub refused: u64,
    /// Chunks that did not take effect, or of which nobody knows.
    pub unsent: u64,
    /// The first failure.
    pub failure: Option<ApplyError>,
    /// What the members look like now; none when they could not be read.
    pub check: Option<Check>,
}

impl AppliedGroup {
    /// Whether everything planned for the group was sent.
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

    /// Whether nothing is left to do: everything was sent, and the members of all groups were read back.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_complete() && self.groups.iter().all(|group| group.check.is_some())
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

    /// The failure that says most about the run: the ledger's or the account's first.
    #[must_use]
    pub fn failure(&self) -> Option<&ApplyError> {
        let failures = || self.groups.iter().filter_map(|group| group.failure.as_ref());
        let weighty = |error: &&ApplyError| match error {
            ApplyError::Ledger(_) => true,
            ApplyError::Api(error) => error.class == ErrorClass::Account,
        };
        failures().find(weighty).or_else(|| failures().next())
    }
}

/// What all parts of a run share.
struct Shop<A> {
    api: Arc<A>,
    ledger: Arc<Ledger>,
    run: RunId,
    settings: Settings,
    events: Events,
    /// The user's wish to stop.
    stop: CancellationToken,
    learning: Arc<Learning>,
}

impl<A> Clone for Shop<A> {
    fn clone(&self) -> Self {
        Self {
            api: Arc::clone(&self.api),
            ledger: Arc::clone(&self.ledger),
            run: self.run.clone(),
            settings: self.settings,
            events: Arc::clone(&self.events),
            stop: self.stop.clone(),
            learning: Arc::clone(&self.learning),
        }
    }
}

impl<A: GroupsApi> Shop<A> {
    /// Asks or tells the ledger, which may wait for the disk, away from the threads that send.
    async fn ledger<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Ledger) -> Result<R, LedgerError> + Send + 'static,
    ) -> Result<R, LedgerError> {
        let ledger = Arc::clone(&self.ledger);
        match tokio::task::spawn_blocking(move || work(&ledger)).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(LedgerError::OutOfOrder("the runtime ended before the ledger answered")),
            },
        }
    }
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
    let mut groups: Vec<AppliedGroup> = jobs.iter().map(begin).collect();
    let learning = Arc::new(Learning::new(jobs.iter().map(|job| job.plan.adds + job.plan.removes).sum()));
    let work = Shop { api, ledger, run, settings, events: Arc::clone(events), stop: stop.clone(), learning };
    make_groups(&work, &mut jobs, &mut groups).await;
    for phase in [Phase::Room, Phase::Main] {
        send_all(&work, &mut jobs, &mut groups, phase).await;
    }
    look_back(&work, jobs, &mut groups).await;
    Applied { groups }
}

fn begin(job: &Job) -> AppliedGroup {
    AppliedGroup {
        id: job.plan.group.clone(),
        label: job.plan.group_ref().label().to_owned(),
        created: job.plan.creation == Creation::Made,
        added: 0,
        removed: 0,
        refused: 0,
        unsent: 0,
        failure: None,
        check: None,
    }
}

/// A group that is to be made.
struct Missing {
    index: usize,
    plan: StoredPlan,
    auto_update: Option<AutoUpdate>,
    children: Vec<GroupId>,
    /// The first group of its audience.
    like: Option<GroupId>,
}

/// Makes the groups that are missing: those first that are child groups of others.
async fn make_groups<A: GroupsApi>(shop: &Shop<A>, jobs: &mut [Job], groups: &mut [AppliedGroup]) {
    loop {
        let missing: Vec<Missing> = jobs
            .iter()
            .zip(groups.iter())
            .enumerate()
            .filter(|(_, (job, group))| job.plan.group.is_none() && group.failure.is_none())
            .filter_map(|(index, (job, _))| {
                let (plan, auto_update) = (job.plan.clone(), job.making.auto_update.clone());
                let (children, like) = (job.making.children(jobs)?, first_group(jobs, &plan));
                Some(Missing { index, plan, auto_update, children, like })
            })
            .collect();
        if missing.is_empty() || shop.stop.is_cancelled() {
            break;
        }
        let made = bounded(missing.into_iter(), shop.settings.concurrency, &shop.stop, |missing| {
            let shop = shop.clone();
            async move {
                let Missing { index, plan, auto_update, children, like } = missing;
                let known = children.iter().cloned().map(Child::Known).collect();
                (index, known, create::create(&shop, &plan, auto_update, children, like.as_ref()).await)
            }
        });
        for (index, children, result) in made.await {
            let (Some(job), Some(group)) = (jobs.get_mut(index), groups.get_mut(index)) else { continue };
            match result {
                Ok(create::Created { id, made, before }) => {
                    if made {
                        (shop.events)(&Event::GroupCreated { name: group.label.clone() });
                    }
                    group.created = made;
                    group.id = Some(id.clone());
                    job.plan.group = Some(id);
                    job.before = Arc::new(before);
                    job.making.children = if made { children } else { Vec::new() };
                }
                Err(error) => group.failure = Some(error),
            }
        }
    }
    for (job, group) in jobs.iter().zip(groups) {
        if job.plan.group.is_none() {
            // An empty group has no request that is left, and is not there all the same.
            let why = "one of its child groups could not be made";
            let error = if shop.stop.is_cancelled() {
                ApiError::interrupted(Operation::Create)
            } else {
                ApiError::new(Operation::Create, ErrorClass::NotFound, why)
            };
            group.failure.get_or_insert(error.into());
        }
    }
}

/// The first group of the plan's audience that there is.
fn first_group(jobs: &[Job], plan: &StoredPlan) -> Option<GroupId> {
    let mut same = jobs.iter().filter(|other| other.plan.audience == plan.audience);
    same.find_map(|other| other.plan.group.clone())
}

/// Chunks of one group on their way, one after another.
struct Errand {
    job: usize,
    /// One, unless they have to go one after another.
    chunks: Vec<ChunkId>,
    /// Whether a chunk goes as a replacement of the group. That takes the members as they are, so that two of them
    /// must not go at once.
    whole: bool,
    /// Whether the group has turned out to hold no more.
    full: Arc<AtomicBool>,
    id: GroupId,
    fresh: bool,
    numbers: u64,
}

/// Sends the chunks of one phase of all plans through one bounded stage.
async fn send_all<A: GroupsApi>(shop: &Shop<A>, jobs: &mut [Job], groups: &mut [AppliedGroup], phase: Phase) {
    let errands = match errands(shop, jobs, groups, phase).await {
        Ok(errands) => errands,
        Err(error) => {
            if let Some(group) = groups.first_mut() {
                group.failure.get_or_insert(error.into());
            }
            return;
        }
    };
    let numbers = errands.iter().map(|errand| errand.numbers).sum();
    let chunks = errands.iter().map(|errand| errand.chunks.len()).sum::<usize>();
    let chunks = u64::try_from(chunks).unwrap_or(u64::MAX);
    (shop.events)(&Event::Sending { chunks, numbers });
    // A failure of the account, or of the provider as a whole, ends the run; one group's failure ends nothing.
    let halt = shop.stop.child_token();
    let before: Vec<Arc<NumberSet>> = jobs.iter().map(|job| Arc::clone(&job.before)).collect();
    let results = bounded(errands.into_iter(), shop.settings.concurrency, &halt, |errand| {
        let (shop, halt) = (shop.clone(), halt.clone());
        let before = before.get(errand.job).cloned().unwrap_or_default();
        async move {
            let sent = send::send(&shop, &errand, &before, &halt).await;
            if sent.failure.as_ref().is_some_and(ApplyError::is_fatal) {
                halt.cancel();
            }
            (shop.events)(&Event::ChunkDone { numbers: errand.numbers, applied: sent.failure.is_none() });
            (errand.job, sent)
        }
    });
    for (index, sent) in results.await {
        let (Some(job), Some(group)) = (jobs.get_mut(index), groups.get_mut(index)) else { continue };
        job.gone.insert_all(&sent.gone);
        if let Some(error) = sent.failure {
            group.failure.get_or_insert(error);
        }
    }
}

/// What is left to do of a phase. A plan whose first phase is not over has no second one yet.
async fn errands<A: GroupsApi>(
    shop: &Shop<A>,
    jobs: &[Job],
    groups: &[AppliedGroup],
    phase: Phase,
) -> Result<Vec<Errand>, LedgerError> {
    let (mut errands, mut left) = (Vec::new(), shop.settings.limit.unwrap_or(u64::MAX));
    for (index, (job, group)) in jobs.iter().zip(groups).enumerate() {
        let Some(id) = &group.id else { continue };
        if group.failure.is_some() {
            continue;
        }
        let (plan, whole, full) = (job.plan.id, job.plan.mode == Mode::Replace, Arc::default());
        for chunk in shop.ledger(move |ledger| ledger.chunks(plan)).await? {
            let over = matches!(chunk.state, ChunkState::Applied | ChunkState::Refused);
            if over || chunk.phase != phase || chunk.adds > left {
                continue;
            }
            left -= chunk.adds;
            if let Some(errand) = errands.last_mut().filter(|errand: &&mut Errand| whole && errand.job == index) {
                errand.chunks.push(chunk.id);
                errand.numbers += chunk.adds + chunk.removes;
                continue;
            }
            errands.push(Errand {
                job: index,
                chunks: vec![chunk.id],
                whole,
                full: Arc::clone(&full),
                id: id.clone(),
                fresh: group.created,
                numbers: chunk.adds + chunk.removes,
            });
        }
    }
    Ok(errands)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_and_not_read_back_is_complete_but_not_over() {
        let group = AppliedGroup {
            id: None,
            label: "News".to_owned(),
            created: false,
            added: 1,
            removed: 0,
            refused: 0,
            unsent: 0,
            failure: None,
            check: None,
        };
        let applied = Applied { groups: vec![group] };
        assert!(applied.is_complete() && !applied.is_over());
        assert_eq!(applied.verified(), None);
    }
}
