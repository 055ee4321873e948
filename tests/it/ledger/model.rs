//! Any sequence of events leaves the ledger where a few maps and sets in memory end up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;
use rollcall::ledger::{ChunkId, ChunkState, How, Leaver, Look, Outcome, PlanId, Refusal};
use rollcall::numbers::NumberSet;

use super::{Room, audience, digits, number, set, values};

type Numbers = BTreeSet<u64>;

#[derive(Debug, Clone)]
enum Event {
    Plan { audience: usize, add: Numbers, remove: Numbers, size: usize },
    Intend(usize),
    Settle(usize, ChunkState, Numbers),
    SetAside(usize, Numbers),
    Split(usize),
    Astray(usize, Numbers),
    Remember { audience: usize, ours: Numbers, joined: Numbers, left: Numbers, taken: i64 },
    AddLeavers { audience: usize, numbers: Numbers, since: i64 },
    ForgetLeavers { audience: usize, numbers: Numbers },
    DropBaseline(usize),
    Forget(u64),
    Reopen,
}

/// A universe so small that everything meets everything.
fn numbers() -> impl Strategy<Value = Numbers> {
    proptest::collection::btree_set(1..16u64, 0..10)
}

fn event() -> impl Strategy<Value = Event> {
    let audience = 0..2usize;
    let settled = prop_oneof![
        4 => Just(ChunkState::Applied),
        1 => Just(ChunkState::Refused),
        1 => Just(ChunkState::Failed),
        1 => Just(ChunkState::Unknown),
    ];
    prop_oneof![
        4 => (audience.clone(), numbers(), numbers(), 1..5usize)
            .prop_map(|(audience, add, remove, size)| Event::Plan { audience, remove: &remove - &add, add, size }),
        12 => any::<usize>().prop_map(Event::Intend),
        12 => (any::<usize>(), settled, numbers()).prop_map(|(chunk, state, idle)| Event::Settle(chunk, state, idle)),
        2 => (any::<usize>(), numbers()).prop_map(|(chunk, numbers)| Event::SetAside(chunk, numbers)),
        2 => any::<usize>().prop_map(Event::Split),
        1 => (any::<usize>(), numbers()).prop_map(|(plan, numbers)| Event::Astray(plan, numbers)),
        2 => (audience.clone(), numbers(), numbers(), numbers(), 0..100i64).prop_map(
            |(audience, ours, joined, left, taken)| Event::Remember { audience, ours, joined, left, taken }
        ),
        1 => (audience.clone(), numbers(), 0..100i64)
            .prop_map(|(audience, numbers, since)| Event::AddLeavers { audience, numbers, since }),
        1 => (audience.clone(), numbers()).prop_map(|(audience, numbers)| Event::ForgetLeavers { audience, numbers }),
        1 => audience.prop_map(Event::DropBaseline),
        1 => (1..16u64).prop_map(Event::Forget),
        1 => Just(Event::Reopen),
    ]
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Chunk {
    plan: usize,
    state: ChunkState,
    attempts: u64,
    add: Numbers,
    remove: Numbers,
    idle: Numbers,
    turn: u64,
    absorbed: bool,
}

#[derive(Debug, Default)]
struct Plan {
    audience: usize,
    astray: Numbers,
    refused: Numbers,
}

#[derive(Debug, Default)]
struct Memory {
    baseline: Option<(Numbers, Numbers, i64)>,
    leavers: BTreeMap<u64, i64>,
}

#[derive(Debug, Default)]
struct Model {
    plans: Vec<Plan>,
    chunks: BTreeMap<ChunkId, Chunk>,
    audiences: [Memory; 2],
    turn: u64,
}

/// The model beside what it is a model of.
struct Pair {
    room: Room,
    model: Model,
    ids: Vec<PlanId>,
}

const NAMES: [&str; 2] = ["one", "two"];

fn set_of(numbers: &Numbers) -> NumberSet {
    set(&numbers.iter().copied().collect::<Vec<_>>())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

impl Model {
    fn turn(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }

    /// What the chunks have done, in the order of their turns.
    fn effect<'a>(&self, chunks: impl Iterator<Item = &'a Chunk>) -> [Vec<u64>; 4] {
        let mut chunks: Vec<&Chunk> = chunks.collect();
        chunks.sort_by_key(|chunk| chunk.turn);
        let mut fates: BTreeMap<u64, usize> = BTreeMap::new();
        for chunk in chunks {
            let perhaps = match chunk.state {
                ChunkState::Applied => 0,
                ChunkState::Sent | ChunkState::Unknown => 2,
                ChunkState::Pending | ChunkState::Refused | ChunkState::Failed => continue,
            };
            let vain = &chunk.idle | &self.plans[chunk.plan].astray;
            fates.extend((&chunk.add - &vain).into_iter().map(|number| (number, perhaps)));
            fates.extend((&chunk.remove - &vain).into_iter().map(|number| (number, perhaps + 1)));
        }
        [0, 1, 2, 3].map(|fate| fates.iter().filter(|(_, found)| **found == fate).map(|(number, _)| *number).collect())
    }
}

impl Pair {
    fn new() -> Self {
        Self { room: Room::new(), model: Model::default(), ids: Vec::new() }
    }

    /// The chunk that an event means, when there is any.
    fn pick(&self, at: usize) -> Option<ChunkId> {
        let ids: Vec<ChunkId> = self.model.chunks.keys().copied().collect();
        (!ids.is_empty()).then(|| ids[at % ids.len()])
    }

    fn happens(mut self, event: &Event) -> Self {
        match event {
            Event::Plan { audience, add, remove, size } => self.plan(*audience, add, remove, *size),
            Event::Intend(at) => self.intend(*at),
            Event::Settle(at, state, idle) => self.settle(*at, *state, idle),
            Event::SetAside(at, numbers) => self.set_aside(*at, numbers),
            Event::Split(at) => self.split(*at),
            Event::Astray(at, numbers) if !self.ids.is_empty() => {
                let plan = at % self.ids.len();
                self.room.ledger.note_astray(self.ids[plan], &set_of(numbers)).unwrap();
                self.model.plans[plan].astray.clone_from(numbers);
            }
            Event::Astray(..) => {}
            Event::Remember { audience, ours, joined, left, taken } => {
                self.remember(*audience, ours, joined, left, *taken);
            }
            Event::AddLeavers { audience: which, numbers, since } => {
                let leavers: Vec<Leaver> = numbers
                    .iter()
                    .map(|value| Leaver { number: number(*value), since: at(*since), run: None, how: How::Imported })
                    .collect();
                let new = self.room.ledger.add_leavers(&audience(NAMES[*which]), &leavers).unwrap();
                let known = &mut self.model.audiences[*which].leavers;
                let unknown = numbers.iter().filter(|number| !known.contains_key(number)).count();
                assert_eq!(new, u64::try_from(unknown).unwrap());
                for number in numbers {
                    let first = known.entry(*number).or_insert(*since);
                    *first = (*first).min(*since);
                }
            }
            Event::ForgetLeavers { audience: which, numbers } => {
                self.room.ledger.forget_leavers(&audience(NAMES[*which]), &set_of(numbers)).unwrap();
                self.model.audiences[*which].leavers.retain(|number, _| !numbers.contains(number));
            }
            Event::DropBaseline(which) => {
                self.room.ledger.drop_baseline(&audience(NAMES[*which])).unwrap();
                self.model.audiences[*which].baseline = None;
                // An audience that was never planned for is none.
                self.absorb(*which);
            }
            Event::Forget(lost) => self.forget(*lost),
            Event::Reopen => self.room = self.room.reopened(),
        }
        self
    }

    fn plan(&mut self, which: usize, add: &Numbers, remove: &Numbers, size: usize) {
        let values = |numbers: &Numbers| numbers.iter().copied().collect::<Vec<_>>();
        let (add, remove) = (values(add), values(remove));
        let (_, id) = self.room.planned(NAMES[which], &add, &remove, size);
        let count = add.len().div_ceil(size).max(remove.len().div_ceil(size));
        for index in 0..count {
            let part = |numbers: &[u64]| numbers.chunks(size).nth(index).unwrap_or_default().iter().copied().collect();
            let chunk = Chunk {
                plan: self.ids.len(),
                state: ChunkState::Pending,
                attempts: 0,
                add: part(&add),
                remove: part(&remove),
                idle: Numbers::new(),
                turn: 0,
                absorbed: false,
            };
            self.model.chunks.insert(id.chunk(index), chunk);
        }
        self.ids.push(id);
        self.model.plans.push(Plan { audience: which, ..Plan::default() });
    }

    fn intend(&mut self, at: usize) {
        let Some(id) = self.pick(at) else { return };
        let result = self.room.ledger.intend(id);
        let turn = self.model.turn();
        let chunk = self.model.chunks.get_mut(&id).unwrap();
        let ended = matches!(chunk.state, ChunkState::Applied | ChunkState::Refused);
        assert_eq!(result.is_err(), ended);
        if !ended {
            (chunk.state, chunk.turn, chunk.absorbed) = (ChunkState::Sent, turn, false);
            chunk.attempts += 1;
        }
    }

    fn settle(&mut self, at: usize, state: ChunkState, idle: &Numbers) {
        let Some(id) = self.pick(at) else { return };
        let idle_set = set_of(idle);
        let outcome = match state {
            ChunkState::Applied => Outcome::Applied { idle: &idle_set },
            ChunkState::Refused => Outcome::Refused { words: "no" },
            ChunkState::Failed => Outcome::Failed { words: "later" },
            ChunkState::Unknown => Outcome::Unknown { words: "lost" },
            ChunkState::Pending | ChunkState::Sent => unreachable!("no outcome"),
        };
        let result = self.room.ledger.settle(id, outcome);
        let turn = self.model.turn();
        let chunk = self.model.chunks.get_mut(&id).unwrap();
        let under_way = matches!(chunk.state, ChunkState::Sent | ChunkState::Unknown);
        assert_eq!(result.is_ok(), under_way);
        if under_way {
            (chunk.state, chunk.turn) = (state, turn);
            if state == ChunkState::Applied {
                chunk.idle = idle & &(&chunk.add | &chunk.remove);
            }
        }
    }

    fn set_aside(&mut self, at: usize, numbers: &Numbers) {
        let Some(id) = self.pick(at) else { return };
        let refusals: Vec<Refusal> =
            numbers.iter().map(|value| Refusal { number: number(*value), words: "no".to_owned() }).collect();
        let result = self.room.ledger.set_aside(id, &refusals);
        let turn = self.model.turn();
        let chunk = self.model.chunks.get_mut(&id).unwrap();
        let changeable = matches!(chunk.state, ChunkState::Pending | ChunkState::Sent | ChunkState::Failed);
        assert_eq!(result.is_ok(), changeable);
        if changeable {
            let refused = &mut self.model.plans[chunk.plan].refused;
            refused.extend(&(&chunk.add | &chunk.remove) & numbers);
            (chunk.add, chunk.remove) = (&chunk.add - numbers, &chunk.remove - numbers);
            let empty = chunk.add.is_empty() && chunk.remove.is_empty();
            chunk.state = if empty { ChunkState::Refused } else { ChunkState::Pending };
            chunk.turn = turn;
        }
    }

    fn split(&mut self, at: usize) {
        let Some(id) = self.pick(at) else { return };
        let result = self.room.ledger.split(id);
        let turn = self.model.turn();
        let chunk = self.model.chunks.get_mut(&id).unwrap();
        let changeable = matches!(chunk.state, ChunkState::Pending | ChunkState::Sent | ChunkState::Failed);
        let whole = (chunk.add.clone(), chunk.remove.clone());
        let size = whole.0.len() + whole.1.len();
        assert_eq!(result.is_ok(), changeable && size > 1);
        let Ok(halves) = result else { return };
        let part = |numbers: &[rollcall::numbers::Msisdn]| numbers.iter().map(|number| number.value()).collect();
        let parts = halves.each_ref().map(|half| (part(&half.add), part(&half.remove)));
        let together: (Numbers, Numbers) = (&parts[0].0 | &parts[1].0, &parts[0].1 | &parts[1].1);
        assert_eq!(together, whole);
        assert_eq!(halves.iter().map(rollcall::plan::Chunk::len).sum::<usize>(), size, "no number is in both halves");
        assert!(halves[0].len().abs_diff(halves[1].len()) <= 1);
        (chunk.state, chunk.turn) = (ChunkState::Pending, turn);
        let mut other = Chunk { attempts: 0, turn: 0, absorbed: false, ..chunk.clone() };
        let [first, second] = parts;
        (chunk.add, chunk.remove) = first;
        (other.add, other.remove) = second;
        let key = self.ids[other.plan].chunk(halves[1].number);
        assert!(self.model.chunks.insert(key, other).is_none());
    }

    fn remember(&mut self, which: usize, ours: &Numbers, joined: &Numbers, left: &Numbers, taken: i64) {
        let run = self.room.begin();
        let look = Look {
            run: &run,
            taken: at(taken),
            groups: &[],
            ours: &set_of(ours),
            joined: &set_of(joined),
            left: &set_of(left),
        };
        self.room.ledger.remember(&audience(NAMES[which]), &look).unwrap();
        let memory = &mut self.model.audiences[which];
        memory.baseline = Some((ours.clone(), joined - ours, taken));
        for number in left {
            let first = memory.leavers.entry(*number).or_insert(taken);
            *first = (*first).min(taken);
        }
        memory.leavers.retain(|number, _| !ours.contains(number) && !joined.contains(number));
        self.absorb(which);
    }

    fn absorb(&mut self, which: usize) {
        for chunk in self.model.chunks.values_mut().filter(|chunk| self.model.plans[chunk.plan].audience == which) {
            chunk.absorbed |= matches!(chunk.state, ChunkState::Applied | ChunkState::Sent | ChunkState::Unknown);
        }
    }

    fn forget(&mut self, lost: u64) {
        self.room.ledger.forget(number(lost)).unwrap();
        for chunk in self.model.chunks.values_mut() {
            for numbers in [&mut chunk.add, &mut chunk.remove, &mut chunk.idle] {
                numbers.remove(&lost);
            }
        }
        for plan in &mut self.model.plans {
            plan.astray.remove(&lost);
            plan.refused.remove(&lost);
        }
        for memory in &mut self.model.audiences {
            memory.leavers.remove(&lost);
            if let Some((ours, joined, _)) = &mut memory.baseline {
                ours.remove(&lost);
                joined.remove(&lost);
            }
        }
    }

    fn agrees(&self) {
        let ledger = &self.room.ledger;
        for (index, id) in self.ids.iter().enumerate() {
            let chunks = || self.model.chunks.iter().filter(|(_, chunk)| chunk.plan == index);
            let stored = ledger.chunks(*id).unwrap();
            assert_eq!(stored.len(), chunks().count());
            for chunk in stored {
                let model = &self.model.chunks[&chunk.id];
                assert_eq!((chunk.state, chunk.attempts), (model.state, model.attempts), "{chunk:?}");
                let read = ledger.chunk(chunk.id).unwrap();
                assert!(read.add.iter().map(|number| number.value()).eq(model.add.iter().copied()));
                assert!(read.remove.iter().map(|number| number.value()).eq(model.remove.iter().copied()));
                let counts = [&model.add, &model.remove].map(|side| u64::try_from(side.len()).unwrap());
                assert_eq!([chunk.adds, chunk.removes], counts);
            }
            let effect = self.model.effect(chunks().map(|(_, chunk)| chunk));
            assert_eq!(digits(&ledger.took_effect(*id).unwrap()), effect);
            let refused: Numbers = ledger.refusals(*id).unwrap().iter().map(|refusal| refusal.number.value()).collect();
            assert_eq!(refused, self.model.plans[index].refused);
        }
        for (which, memory) in self.model.audiences.iter().enumerate() {
            let name = audience(NAMES[which]);
            let baseline = ledger.baseline(&name).unwrap();
            let baseline = baseline.map(|base| (values(&base.ours), values(&base.joined), base.taken));
            let values = |numbers: &Numbers| numbers.iter().copied().collect::<Vec<_>>();
            let model = memory.baseline.as_ref();
            assert_eq!(baseline, model.map(|(ours, joined, taken)| (values(ours), values(joined), at(*taken))));
            let leavers = ledger.leavers(&name).unwrap();
            let leavers: BTreeMap<u64, Timestamp> =
                leavers.iter().map(|leaver| (leaver.number.value(), leaver.since)).collect();
            assert_eq!(leavers, memory.leavers.iter().map(|(number, since)| (*number, at(*since))).collect());
            let open = self
                .model
                .chunks
                .values()
                .filter(|chunk| self.model.plans[chunk.plan].audience == which && !chunk.absorbed);
            assert_eq!(digits(&ledger.changes_since_baseline(&name).unwrap()), self.model.effect(open));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_ledger_agrees_with_a_model_of_it(events in proptest::collection::vec(event(), 1..50)) {
        let mut pair = Pair::new();
        for event in &events {
            pair = pair.happens(event);
        }
        pair.agrees();
    }
}
