//! Whatever happens to the numbers, the network, the provider, the disk or the process: the group ends as it should,
//! and what is said of it is true.

mod disk;
mod faults;
mod killed;
mod names;
mod refused;
mod rows;
mod stopped;
mod unverified;

use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use rollcall::apply::{self, Applied, Job, Known, Making, Schedule, look_up, schedule};
use rollcall::groups::{GroupId, GroupsApi, NewGroup};
use rollcall::ledger::{Audience, Effect, Ledger, NewPlan, NewRun, PlanId, Reach, RunId, StateFolder, StoredPlan};
use rollcall::numbers::{Msisdn, NumberSet};
use rollcall::plan::{Choices, GroupRef, Mode, Plan, Wish};
use tokio_util::sync::CancellationToken;

const ACCOUNT: &str = "sandbox/reliability";
const GROUP: &str = "News";

/// A ledger of its own, and one group at some provider.
struct Room<A> {
    _folder: tempfile::TempDir,
    state: StateFolder,
    ledger: Arc<Ledger>,
    api: Arc<A>,
    target: GroupRef,
}

/// How a change is cut and sent.
#[derive(Clone, Copy, Debug)]
struct Cut {
    chunk_size: usize,
    concurrency: usize,
    atomic: bool,
}

impl Default for Cut {
    fn default() -> Self {
        Self { chunk_size: 10, concurrency: 4, atomic: false }
    }
}

impl<A: GroupsApi> Room<A> {
    /// With a group that has these members, made by `maker`, which may have fewer moods than `api`.
    async fn with(api: A, maker: &impl GroupsApi, members: &NumberSet) -> Self {
        let new = NewGroup { name: Some(GROUP.to_owned()), members: members.iter().collect(), ..NewGroup::default() };
        let group = maker.create(&new).await.unwrap();
        Self::of(api, GroupRef::Existing { id: group.id, name: group.name })
    }

    /// With a group that is still to be made.
    fn without(api: A) -> Self {
        Self::of(api, GroupRef::New { name: GROUP.to_owned() })
    }

    fn of(api: A, target: GroupRef) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        let ledger = Arc::new(Ledger::open(&state).unwrap());
        Self { _folder: folder, state, ledger, api: Arc::new(api), target }
    }

    /// The same ledger and group, with the provider in another mood.
    fn moved<B: GroupsApi>(self, api: B) -> Room<B> {
        let Self { _folder: folder, state, ledger, target, .. } = self;
        Room { _folder: folder, state, ledger, api: Arc::new(api), target }
    }

    fn group(&self) -> &GroupId {
        match &self.target {
            GroupRef::Existing { id, .. } => id,
            GroupRef::New { .. } => panic!("it has none yet"),
        }
    }

    /// Plans and applies; `live` are the members now.
    async fn change(&self, mode: Mode, listed: &NumberSet, live: &NumberSet, cut: Cut) -> (RunId, Applied) {
        let run = RunId::of(&self.state.begin_run().unwrap());
        let audience = Audience::new(ACCOUNT, GROUP);
        let memory = self.ledger.memory(&audience, live).unwrap();
        let wish = Wish { listed: listed.clone(), ..Wish::default() };
        let choices = Choices::default();
        let plan = Plan::draft(ACCOUNT.to_owned(), self.target.clone(), mode, &wish, live, &memory, choices);
        let how = Schedule {
            chunk_size: NonZeroUsize::new(cut.chunk_size).unwrap(),
            group_limit: 10_000,
            atomic: cut.atomic,
            limit: None,
        };
        let new = NewRun {
            id: &run,
            command: "import",
            account: ACCOUNT,
            reach: &Reach::default(),
            mode: mode.as_str(),
            undo_of: None,
            settings: &serde_json::Value::Null,
        };
        self.ledger.begin_run(&new).unwrap();
        let chunks = Box::new(schedule(&plan, &how).unwrap().into_iter());
        let (listed_there, guests) = (Cow::Owned(listed.intersection(live)), NumberSet::new());
        let new = NewPlan { audience: GROUP, plan: &plan, rows: None, listed: listed_there, guests, chunks };
        self.ledger.plan_run(&run, &[], vec![new]).unwrap();
        let job = Job {
            plan: self.plan(&run),
            before: Arc::new(live.clone()),
            inherited: NumberSet::new(),
            known: Arc::new(Known { ours: memory.ours, listed: listed.clone(), ..Known::default() }),
            earlier: Effect::default(),
            gone: NumberSet::new(),
            making: Making::default(),
        };
        let applied = self.apply(&run, job, cut).await;
        (run, applied)
    }

    /// Goes on with a run; `live` are the members now.
    async fn resume(&self, run: &RunId, live: &NumberSet, cut: Cut) -> Applied {
        let plan = self.plan(run);
        let gone = look_up(&self.ledger, &plan, live).unwrap();
        let earlier = self.ledger.took_effect(plan.id).unwrap();
        let ours = self.ledger.memory(&plan.audience, live).unwrap().ours;
        let before = Arc::new(live.clone());
        let known = Arc::new(Known { ours, ..Known::default() });
        let (inherited, making) = (NumberSet::new(), Making::default());
        self.apply(run, Job { plan, before, inherited, known, earlier, gone, making }, cut).await
    }

    async fn apply(&self, run: &RunId, job: Job, cut: Cut) -> Applied {
        let settings = apply::Settings {
            concurrency: NonZeroUsize::new(cut.concurrency).unwrap(),
            verify_wait: Duration::from_secs(5),
            limit: None,
            atomic: cut.atomic,
        };
        let (api, ledger) = (Arc::clone(&self.api), Arc::clone(&self.ledger));
        let events: rollcall::report::Events = Arc::new(|_| {});
        apply::apply(api, ledger, run.clone(), vec![job], settings, &events, &CancellationToken::new()).await
    }

    fn plan(&self, run: &RunId) -> StoredPlan {
        self.ledger.plans(run).unwrap().remove(0)
    }

    fn refused(&self, plan: PlanId) -> NumberSet {
        self.ledger.refusals(plan).unwrap().iter().map(|refusal| refusal.number).collect()
    }
}

fn number(index: u64) -> Msisdn {
    Msisdn::from_value(12_015_550_000 + index).unwrap()
}

fn numbers(indices: impl IntoIterator<Item = u64>) -> NumberSet {
    indices.into_iter().map(number).collect()
}

/// The members that a change is to lead to.
fn wanted(mode: Mode, listed: &NumberSet, live: &NumberSet) -> NumberSet {
    match mode {
        Mode::Add => live.union(listed),
        Mode::Remove => live.difference(listed),
        Mode::Sync | Mode::Replace => listed.clone(),
    }
}
