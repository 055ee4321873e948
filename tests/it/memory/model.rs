//! Lists, people who come and go by themselves, and decisions, in any order, against a simple idea of the right answer:
//! one person at a time, by the words of the design.
//!
//! Everything runs in this process: the drafting, the brakes, the cutting, the ledger and the applier are the real
//! ones, the provider is the sandbox's store.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use rollcall::apply::{self, Request, Schedule, SpreadTerms, Terms, apply, draft, record, schedule};
use rollcall::groups::{GroupId, GroupUpdate, GroupsApi, NameChange, NewGroup};
use rollcall::ledger::{Audience, Ledger, NewRun, Reach, RunId, RunState, StateFolder};
use rollcall::numbers::NumberSet;
use rollcall::plan::brakes::{ChangeLimits, judge_change};
use rollcall::plan::{Choices, Mode, Wish};
use rollcall::report::Event;
use rollcall::sandbox::Store;
use tokio_util::sync::CancellationToken;

use super::{number, numbers};

const ACCOUNT: &str = "sandbox/sandbox";
/// So few that people meet each other again and again, and enough for brakes that begin at ten.
const PEOPLE: u64 = 30;

/// What happens.
#[derive(Debug, Clone)]
enum Step {
    /// These text LEAVE, or somebody takes them out by hand.
    Leave(BTreeSet<u64>),
    /// These text JOIN.
    Join(BTreeSet<u64>),
    /// Somebody gives the group another name.
    Rename(u8),
    Run(Order),
}

/// A run, and all that the user says.
#[derive(Debug, Clone)]
struct Order {
    mode: Mode,
    listed: BTreeSet<u64>,
    suppressed: BTreeSet<u64>,
    /// Whom rejected rows may mean.
    possible: BTreeSet<u64>,
    readd_left: bool,
    remove_joined: bool,
    /// Whether the brakes are overridden.
    insist: bool,
}

/// What is right of one person.
#[derive(Debug, Clone, Copy, Default)]
struct Person {
    /// In the group.
    live: bool,
    /// In it when it was last read back, and named by a list.
    ours: bool,
    /// Remembered as having left.
    left: bool,
}

#[derive(Debug, Clone)]
struct Model {
    people: Vec<Person>,
    /// Whether the group was ever read back.
    known: bool,
    /// The rows of the last run that named all members.
    rows: Option<u64>,
}

impl Model {
    fn of(&self, is: impl Fn(&Person) -> bool) -> BTreeSet<u64> {
        (0..).zip(&self.people).filter(|(_, person)| is(person)).map(|(index, _)| index).collect()
    }

    fn count(&self, is: impl Fn(&Person) -> bool) -> usize {
        self.of(is).len()
    }

    /// What the order does to one person: whether they are in the group afterwards.
    fn stays(&self, index: u64, person: Person, order: &Order) -> bool {
        let (listed, suppressed) = (order.listed.contains(&index), order.suppressed.contains(&index));
        if !person.live {
            let gone = person.left || person.ours;
            return order.mode != Mode::Remove && listed && !suppressed && (order.readd_left || !gone);
        }
        match order.mode {
            Mode::Add => true,
            Mode::Remove => !listed,
            Mode::Sync | Mode::Replace if suppressed => false,
            Mode::Sync | Mode::Replace if listed || order.possible.contains(&index) => true,
            Mode::Sync => self.known && !order.remove_joined && !person.ours,
            Mode::Replace => false,
        }
    }

    /// Whether a brake stops the order.
    fn braked(&self, order: &Order) -> bool {
        let live = self.count(|person| person.live);
        let removed =
            (0..).zip(&self.people).filter(|(index, person)| person.live && !self.stays(*index, **person, order));
        let remove = live >= 10 && removed.count() * 5 > live;
        let gone = self.count(|person| person.ours && !person.live && !person.left);
        let left = gone >= 10 && gone * 5 > self.count(|person| person.ours);
        let whole = matches!(order.mode, Mode::Sync | Mode::Replace);
        let rows = u64::try_from(order.listed.len()).unwrap();
        let shrink = whole && self.rows.is_some_and(|before| before.saturating_sub(rows) * 10 > before * 3);
        remove || left || shrink
    }

    fn run(&mut self, order: &Order) {
        if !order.insist && self.braked(order) {
            return;
        }
        let after: Vec<Person> = (0..)
            .zip(&self.people)
            .map(|(index, person)| {
                let live = self.stays(index, *person, order);
                // Who is in the group, before the run or after it, has not left; who was ours and is not there has.
                let left = !live && !person.live && (person.left || person.ours);
                Person { live, left, ours: live && (person.ours || order.listed.contains(&index)) }
            })
            .collect();
        self.people = after;
        self.known = true;
        if matches!(order.mode, Mode::Sync | Mode::Replace) {
            self.rows = Some(u64::try_from(order.listed.len()).unwrap());
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Leave(who) => who.iter().for_each(|index| self.person(*index).live = false),
            Step::Join(who) => who.iter().for_each(|index| self.person(*index).live = true),
            Step::Rename(_) => {}
            Step::Run(order) => self.run(order),
        }
    }

    fn person(&mut self, index: u64) -> &mut Person {
        &mut self.people[usize::try_from(index).unwrap()]
    }
}

/// The real thing.
struct World {
    _folder: tempfile::TempDir,
    state: StateFolder,
    ledger: Arc<Ledger>,
    store: Arc<Store>,
    group: GroupId,
}

fn set(indexes: &BTreeSet<u64>) -> NumberSet {
    numbers(indexes.iter().copied()).into_iter().collect()
}

fn indexes(set: &NumberSet) -> BTreeSet<u64> {
    set.iter().map(|member| member.value() - number(0).value()).collect()
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        let ledger = Arc::new(Ledger::open(&state).unwrap());
        let store = Arc::new(Store::in_memory().unwrap());
        let new = NewGroup { name: Some("News".into()), ..NewGroup::default() };
        let group = store.create(&new).await.unwrap().id;
        Self { _folder: folder, state, ledger, store, group }
    }

    async fn step(&self, step: &Step) {
        let update = |update| async move { self.store.update(&self.group, &update).await.unwrap() };
        match step {
            Step::Leave(who) => {
                update(GroupUpdate { remove: numbers(who.iter().copied()), ..GroupUpdate::default() }).await;
            }
            Step::Join(who) => {
                update(GroupUpdate { add: numbers(who.iter().copied()), ..GroupUpdate::default() }).await;
            }
            Step::Rename(to) => {
                update(GroupUpdate { name: NameChange::Set(format!("News {to}")), ..GroupUpdate::default() }).await;
            }
            Step::Run(order) => self.run(order).await,
        }
    }

    async fn run(&self, order: &Order) {
        let wish = Wish {
            listed: set(&order.listed),
            unlisted: NumberSet::new(),
            suppressed: Arc::new(set(&order.suppressed)),
            possible: Arc::new(set(&order.possible)),
        };
        let terms = Terms {
            mode: order.mode,
            choices: Choices { readd_left: order.readd_left, remove_joined: order.remove_joined },
            create: false,
            spread: SpreadTerms::default(),
            anew: false,
            // Other tests start processes meanwhile, each of which shares an open lock until it has become another program.
            hold: false,
            rows: Some(u64::try_from(order.listed.len()).unwrap()),
        };
        let request = Request::new(self.group.as_str(), wish);
        let drafted = draft(vec![request], &terms, &*self.store, ACCOUNT, &self.ledger, &self.state).await.unwrap();
        let one = &drafted.plans[0];
        let part = &one.parts[0];
        let verdicts = judge_change("News", &[(&part.plan, part.size)], &one.facts, &ChangeLimits::default());
        if !order.insist && verdicts.iter().any(|verdict| verdict.tripped) {
            return;
        }
        let size = NonZeroUsize::new(4).unwrap();
        let how = Schedule { chunk_size: size, group_limit: 10_000, atomic: false, limit: None };
        let chunks = schedule(&part.plan, &how).unwrap();
        let folder = self.state.begin_run().unwrap();
        let run = RunId::of(&folder);
        let new = NewRun {
            id: &run,
            command: "import",
            account: ACCOUNT,
            reach: &Reach::default(),
            mode: order.mode.as_str(),
            undo_of: None,
            settings: &serde_json::Value::Null,
        };
        self.ledger.begin_run(&new).unwrap();
        let jobs = record(&self.ledger, &run, &[], drafted.plans, vec![chunks]).unwrap();
        let settings = apply::Settings { concurrency: size, verify_wait: Duration::ZERO, limit: None, atomic: false };
        let (api, ledger) = (Arc::clone(&self.store), Arc::clone(&self.ledger));
        let events: rollcall::report::Events = Arc::new(|_: &Event| {});
        let applied = apply(api, ledger, run.clone(), jobs, settings, &events, &CancellationToken::new()).await;
        assert_eq!(applied.verified(), Some(true), "{applied:?}");
        self.ledger.end_run(&run, RunState::Verified, 0, "{}").unwrap();
    }

    /// Members, ours of the baseline, and leavers.
    async fn seen(&self) -> [BTreeSet<u64>; 3] {
        let live = self.store.members(&self.group).await.unwrap();
        let audience = self.ledger.audience_of_group(ACCOUNT, &self.group).unwrap();
        let audience = audience.unwrap_or_else(|| Audience::new(ACCOUNT, "News"));
        let baseline = self.ledger.baseline(&audience).unwrap();
        let left = self.ledger.leavers(&audience).unwrap().into_iter().map(|leaver| leaver.number).collect();
        [indexes(&live), baseline.map(|baseline| indexes(&baseline.ours)).unwrap_or_default(), indexes(&left)]
    }
}

/// Some people, few of them or nearly all.
fn some() -> impl Strategy<Value = BTreeSet<u64>> {
    let few = proptest::collection::btree_set(0..PEOPLE, 0..4);
    let most = proptest::collection::btree_set(0..PEOPLE, 0..6)
        .prop_map(|without| (0..PEOPLE).filter(|index| !without.contains(index)).collect());
    let any = proptest::collection::btree_set(0..PEOPLE, 0..30);
    prop_oneof![3 => few, 3 => most, 2 => any]
}

fn few() -> impl Strategy<Value = BTreeSet<u64>> {
    prop_oneof![3 => Just(BTreeSet::new()), 1 => proptest::collection::btree_set(0..PEOPLE, 1..4)]
}

fn orders() -> impl Strategy<Value = Order> {
    let mode = prop_oneof![
        2 => Just(Mode::Add), 1 => Just(Mode::Remove), 5 => Just(Mode::Sync), 1 => Just(Mode::Replace)
    ];
    let flag = || proptest::bool::weighted(0.15);
    (mode, some(), few(), few(), flag(), flag(), proptest::bool::weighted(0.4)).prop_map(
        |(mode, listed, suppressed, possible, readd_left, remove_joined, insist)| Order {
            mode,
            listed,
            suppressed,
            possible,
            readd_left,
            remove_joined,
            insist,
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => some().prop_map(Step::Leave),
        2 => few().prop_map(Step::Leave),
        2 => few().prop_map(Step::Join),
        1 => any::<u8>().prop_map(Step::Rename),
        7 => orders().prop_map(Step::Run),
    ];
    proptest::collection::vec(step, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_group_and_the_memory_of_it_are_right(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let people = vec![Person::default(); usize::try_from(PEOPLE).unwrap()];
            let mut model = Model { people, known: false, rows: None };
            for step in &steps {
                world.step(step).await;
                model.step(step);
                let [live, ours, left] = world.seen().await;
                prop_assert_eq!(live, model.of(|person| person.live), "members after {:?}", step);
                prop_assert_eq!(ours, model.of(|person| person.ours), "ours after {:?}", step);
                prop_assert_eq!(left, model.of(|person| person.left), "leavers after {:?}", step);
            }
            Ok(())
        })?;
    }
}
