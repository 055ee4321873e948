//! Numbers that the provider will not have: exactly they are left out, however it says so.

use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use rollcall::groups::{ApiError, Group, GroupId, GroupPage, GroupUpdate, GroupsApi, NewGroup, Operation, Replacement};
use rollcall::ledger::ChunkState;
use rollcall::numbers::{Msisdn, NumberSet};
use rollcall::plan::Mode;
use rollcall::sandbox::Store;
use serde_json::json;

use super::{Cut, Room, number, numbers, wanted};

/// How a provider says that it will not have a number.
#[derive(Clone, Copy, Debug)]
enum Tongue {
    /// By its place and its value, as documented.
    Both,
    /// By its place.
    Place,
    /// By its value, without `+`.
    Value,
    /// Not at all.
    Mute,
    /// Not at all, and with 403.
    Forbids,
    /// By a place that is not there.
    Beyond,
    /// By a value that was not sent.
    Stranger,
    /// By the value of one and the place of another.
    Contradicts,
}

const TONGUES: [Tongue; 8] = [
    Tongue::Both,
    Tongue::Place,
    Tongue::Value,
    Tongue::Mute,
    Tongue::Forbids,
    Tongue::Beyond,
    Tongue::Stranger,
    Tongue::Contradicts,
];

/// A sandbox's store behind a picky provider.
struct Picky {
    store: Store,
    refuses: NumberSet,
    tongue: Tongue,
    /// The most numbers in a request.
    at_most: usize,
    changes: AtomicU64,
}

impl Picky {
    fn new(store: Store, refuses: NumberSet, tongue: Tongue) -> Self {
        Self { store, refuses, tongue, at_most: usize::MAX, changes: AtomicU64::new(0) }
    }

    fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    fn judge(&self, operation: Operation, lists: &[(&str, &[Msisdn])]) -> Result<(), ApiError> {
        self.changes.fetch_add(1, Ordering::Relaxed);
        if lists.iter().map(|(_, list)| list.len()).sum::<usize>() > self.at_most {
            return Err(ApiError::from_answer(operation, 413, b""));
        }
        let found = lists.iter().find_map(|(name, list)| {
            let place = list.iter().position(|number| self.refuses.contains(*number))?;
            Some((*name, place, *list))
        });
        let Some((name, place, list)) = found else { return Ok(()) };
        let value = list[place];
        let good = list.iter().position(|number| !self.refuses.contains(*number)).unwrap_or(list.len());
        let (place, value) = match self.tongue {
            Tongue::Both => (Some(place), Some(value.to_string())),
            Tongue::Place => (Some(place), None),
            Tongue::Value => (None, Some(value.value().to_string())),
            Tongue::Mute | Tongue::Forbids => (None, None),
            Tongue::Beyond => (Some(list.len()), None),
            Tongue::Stranger => (None, Some("+4915112345678".to_owned())),
            Tongue::Contradicts => (Some(good), Some(value.to_string())),
        };
        let place = place.map(|place| format!("[{place}]")).unwrap_or_default();
        let value = value.map(|value| format!("; value '{value}' is not a valid MSISDN")).unwrap_or_default();
        let (status, code) = match self.tongue {
            Tongue::Forbids => (403, "illegal_number_type"),
            _ => (400, "syntax_invalid_parameter_format"),
        };
        let text = format!("The format of parameter '{name}{place}' is invalid{value}.");
        Err(ApiError::from_answer(operation, status, json!({ "code": code, "text": text }).to_string().as_bytes()))
    }
}

impl GroupsApi for Picky {
    async fn create(&self, group: &NewGroup) -> Result<Group, ApiError> {
        self.store.create(group).await
    }

    async fn list(&self, page: u32, page_size: u32) -> Result<GroupPage, ApiError> {
        self.store.list(page, page_size).await
    }

    async fn retrieve(&self, id: &GroupId) -> Result<Group, ApiError> {
        self.store.retrieve(id).await
    }

    async fn members(&self, id: &GroupId) -> Result<NumberSet, ApiError> {
        self.store.members(id).await
    }

    async fn update(&self, id: &GroupId, update: &GroupUpdate) -> Result<Group, ApiError> {
        self.judge(Operation::Update, &[("add", &update.add), ("remove", &update.remove)])?;
        self.store.update(id, update).await
    }

    async fn replace(&self, id: &GroupId, replacement: &Replacement) -> Result<Group, ApiError> {
        self.judge(Operation::Replace, &[("members", &replacement.members)])?;
        self.store.replace(id, replacement).await
    }

    async fn delete(&self, id: &GroupId) -> Result<(), ApiError> {
        self.store.delete(id).await
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn subset(most: u64) -> impl Strategy<Value = NumberSet> {
    proptest::collection::btree_set(0..most, 0..40).prop_map(numbers)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn exactly_the_refused_are_left_out(
        live in subset(80),
        listed in subset(80),
        refuses in subset(80),
        mode in prop::sample::select(vec![Mode::Add, Mode::Remove, Mode::Sync, Mode::Replace]),
        tongue in prop::sample::select(TONGUES.to_vec()),
        chunk_size in 1..60usize,
        concurrency in 1..4usize,
        at_most in prop_oneof![Just(usize::MAX), 1..30usize],
    ) {
        // A replacement sends all members, and cannot leave out those who stay.
        let refuses = if mode == Mode::Replace { refuses.difference(&live) } else { refuses };
        let at_most = if mode == Mode::Replace { usize::MAX } else { at_most };
        block_on(async {
            let store = Store::in_memory().unwrap();
            let api = Picky { at_most, ..Picky::new(store.clone(), refuses.clone(), tongue) };
            let room = Room::with(api, &store, &live).await;
            let cut = Cut { chunk_size, concurrency, atomic: false };
            let (run, applied) = room.change(mode, &listed, &live, cut).await;
            let group = &applied.groups[0];
            prop_assert!(group.failure.is_none(), "{:?}", group.failure);
            prop_assert!(applied.is_complete());
            prop_assert_eq!(applied.verified(), Some(true));

            let goal = wanted(mode, &listed, &live);
            let (to_add, to_remove) = (goal.difference(&live), live.difference(&goal));
            let expected = to_add.union(&to_remove).intersection(&refuses);
            let found = room.refused(room.plan(&run).id);
            prop_assert_eq!(&found, &expected);
            prop_assert_eq!(group.refused, u64::try_from(expected.len()).unwrap());
            let members = store.members(room.group()).await.unwrap();
            let kept = live.intersection(&refuses).difference(&goal);
            prop_assert_eq!(&members, &goal.difference(&to_add.intersection(&refuses)).union(&kept));
            prop_assert_eq!(group.added, u64::try_from(to_add.difference(&refuses).len()).unwrap());
            prop_assert_eq!(group.removed, u64::try_from(to_remove.difference(&refuses).len()).unwrap());
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn a_named_number_costs_one_request_and_an_unnamed_one_a_search() {
    for (tongue, most) in [(Tongue::Both, 2), (Tongue::Mute, 1 + 2 * 10), (Tongue::Contradicts, 1 + 2 * 10)] {
        let store = Store::in_memory().unwrap();
        let api = Picky::new(store.clone(), numbers([700]), tongue);
        let room = Room::with(api, &store, &NumberSet::new()).await;
        let cut = Cut { chunk_size: 1_000, ..Cut::default() };
        let (_, applied) = room.change(Mode::Add, &numbers(0..1_000), &NumberSet::new(), cut).await;
        assert!(applied.is_complete() && applied.groups[0].refused == 1);
        assert!(room.api.changes() <= most, "{tongue:?}: {}", room.api.changes());
    }
}

#[tokio::test]
async fn a_provider_that_refuses_everything_is_left_after_a_while_and_resumed() {
    let store = Store::in_memory().unwrap();
    let all = numbers(0..2_000);
    let room = Room::with(Picky::new(store.clone(), all.clone(), Tongue::Mute), &store, &NumberSet::new()).await;
    let cut = Cut { chunk_size: 1_000, ..Cut::default() };
    let (run, mut applied) = room.change(Mode::Add, &all, &NumberSet::new(), cut).await;
    let first = room.api.changes();
    // 2·log2(2,000)·(16 + 1 %), and what had to be sent anyway: a search that is given up leaves no more.
    assert!(first <= 2 * 2 * 11 * 36, "{first}");
    assert!(applied.groups[0].failure.is_some() && applied.groups[0].unsent > 0);
    assert_eq!(applied.verified(), Some(false), "not all of it is so");
    let mut resumptions = 0;
    while !applied.is_complete() {
        resumptions += 1;
        assert!(resumptions < 20);
        applied = room.resume(&run, &NumberSet::new(), cut).await;
    }
    assert_eq!(room.refused(room.plan(&run).id), all);
    assert!(room.ledger.chunks(room.plan(&run).id).unwrap().iter().all(|chunk| chunk.state == ChunkState::Refused));
}

#[tokio::test]
async fn what_is_about_no_number_is_not_searched() {
    for status in [401, 404, 405, 415] {
        let store = Store::in_memory().unwrap();
        let room = Room::with(Closed { store: store.clone(), status }, &store, &NumberSet::new()).await;
        let cut = Cut { chunk_size: 100, concurrency: 1, atomic: false };
        let (run, applied) = room.change(Mode::Add, &numbers(0..100), &NumberSet::new(), cut).await;
        assert!(applied.groups[0].failure.is_some());
        assert_eq!(applied.groups[0].refused, 0);
        assert_eq!(room.ledger.chunks(room.plan(&run).id).unwrap().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_change_in_one_request_is_never_sent_in_parts() {
    for (tongue, complete, changes) in [(Tongue::Both, true, 2), (Tongue::Mute, false, 1)] {
        let store = Store::in_memory().unwrap();
        let room = Room::with(Picky::new(store.clone(), numbers([3]), tongue), &store, &NumberSet::new()).await;
        let cut = Cut { atomic: true, ..Cut::default() };
        let (_, applied) = room.change(Mode::Add, &numbers(0..50), &NumberSet::new(), cut).await;
        assert_eq!((applied.is_complete(), room.api.changes()), (complete, changes), "{tongue:?}");
        let members = store.members(room.group()).await.unwrap();
        assert_eq!(members.len(), if complete { 49 } else { 0 });
    }
}

#[tokio::test]
async fn a_removal_that_was_cut_short_is_made_by_the_next_sync() {
    let store = Store::in_memory().unwrap();
    let (live, listed) = (numbers(0..200), numbers(100..200));
    // Everybody who is to go is refused: the search is given up with most of them untried.
    let picky = Picky::new(store.clone(), numbers(0..100), Tongue::Mute);
    let room = Room::with(Picky { at_most: 0, ..picky }, &store, &live).await;
    let cut = Cut { chunk_size: 30, ..Cut::default() };
    let (_, applied) = room.change(Mode::Sync, &listed, &live, cut).await;
    assert!(!applied.is_complete() && applied.groups[0].check.is_some());
    let calm = room.moved(store.clone());
    let (_, applied) = calm.change(Mode::Sync, &listed, &live, cut).await;
    assert_eq!(applied.verified(), Some(true));
    assert_eq!(store.members(calm.group()).await.unwrap(), listed, "nobody of them has joined by themselves");
}

#[tokio::test]
async fn a_full_group_is_found_out_once() {
    let store = Store::in_memory().unwrap();
    let api = Picky { at_most: 0, ..Picky::new(store.clone(), NumberSet::new(), Tongue::Mute) };
    let room = Room::with(api, &store, &NumberSet::new()).await;
    let cut = Cut { chunk_size: 64, concurrency: 1, atomic: false };
    let (_, applied) = room.change(Mode::Add, &numbers(0..640), &NumberSet::new(), cut).await;
    assert!(applied.groups[0].failure.is_some() && applied.groups[0].refused == 0);
    assert_eq!(room.api.changes(), 7, "64, 32, … 1, and no other chunk is tried");
}

#[tokio::test]
async fn a_refusal_is_remembered_with_the_providers_words() {
    let store = Store::in_memory().unwrap();
    let room = Room::with(Picky::new(store.clone(), numbers([5]), Tongue::Both), &store, &NumberSet::new()).await;
    let (run, _) = room.change(Mode::Add, &numbers(0..9), &NumberSet::new(), Cut::default()).await;
    let refusals = room.ledger.refusals(room.plan(&run).id).unwrap();
    assert_eq!(refusals[0].number, number(5));
    assert!(refusals[0].words.contains(&number(5).to_string()), "the papers may hold it");
    assert!(!format!("{refusals:?}").contains(&number(5).to_string()), "and nothing else");
}

/// A provider that answers every change with one status.
struct Closed {
    store: Store,
    status: u16,
}

impl GroupsApi for Closed {
    async fn create(&self, group: &NewGroup) -> Result<Group, ApiError> {
        self.store.create(group).await
    }

    async fn list(&self, page: u32, page_size: u32) -> Result<GroupPage, ApiError> {
        self.store.list(page, page_size).await
    }

    async fn retrieve(&self, id: &GroupId) -> Result<Group, ApiError> {
        self.store.retrieve(id).await
    }

    async fn members(&self, id: &GroupId) -> Result<NumberSet, ApiError> {
        self.store.members(id).await
    }

    async fn update(&self, _: &GroupId, _: &GroupUpdate) -> Result<Group, ApiError> {
        Err(ApiError::from_answer(Operation::Update, self.status, b""))
    }

    async fn replace(&self, _: &GroupId, _: &Replacement) -> Result<Group, ApiError> {
        Err(ApiError::from_answer(Operation::Replace, self.status, b""))
    }

    async fn delete(&self, id: &GroupId) -> Result<(), ApiError> {
        self.store.delete(id).await
    }
}
