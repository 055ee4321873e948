//! As [`super::model`], through the real binary, with runs that are killed and gone on with, and runs that are taken back.

use std::collections::BTreeSet;
use std::process::Stdio;

use proptest::prelude::*;

use super::{Town, csv};

const PEOPLE: u64 = 16;

#[derive(Debug, Clone)]
enum Step {
    Leave(BTreeSet<u64>),
    Join(BTreeSet<u64>),
    Run(Order),
    /// As a run that is killed after so many looks at the members, gone on with, and given again.
    Crash(Order, u8),
    /// The newest run is taken back.
    Undo,
}

#[derive(Debug, Clone)]
struct Order {
    mode: &'static str,
    listed: BTreeSet<u64>,
    suppressed: BTreeSet<u64>,
    readd_left: bool,
    remove_joined: bool,
    insist: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Person {
    live: bool,
    /// In the group when it was last read back, and named by a list.
    ours: bool,
    /// Remembered as having left.
    left: bool,
    /// Named by a suppression list of any run.
    suppressed: bool,
    /// The newest run has added or removed them.
    added: bool,
    removed: bool,
}

/// The right answer, one person at a time.
#[derive(Default)]
struct Model {
    people: Vec<Person>,
    rows: Option<usize>,
    /// There is a newest run that is not taken back.
    undoable: bool,
}

impl Order {
    fn stays(&self, index: u64, person: Person) -> bool {
        let (listed, suppressed) = (self.listed.contains(&index), self.suppressed.contains(&index));
        match (person.live, self.mode) {
            (false, mode) => {
                mode != "remove" && listed && !suppressed && (self.readd_left || !(person.left || person.ours))
            }
            (true, "add") => true,
            (true, "remove") => !listed,
            (true, _) if suppressed => false,
            (true, "sync") => listed || !self.remove_joined && !person.ours,
            (true, _) => listed,
        }
    }

    fn is_whole(&self) -> bool {
        matches!(self.mode, "sync" | "replace")
    }
}

impl Model {
    fn new() -> Self {
        // The town is begun by a list of nobody, so that everything is known from the start.
        Self { people: vec![Person::default(); usize::try_from(PEOPLE).unwrap()], rows: None, undoable: false }
    }

    fn of(&self, is: impl Fn(&Person) -> bool) -> BTreeSet<u64> {
        (0..).zip(&self.people).filter(|(_, person)| is(person)).map(|(index, _)| index).collect()
    }

    fn braked(&self, order: &Order) -> bool {
        let live = self.of(|person| person.live).len();
        let removed = (0..).zip(&self.people).filter(|(index, person)| person.live && !order.stays(*index, **person));
        let ours = self.of(|person| person.ours).len();
        let gone = self.of(|person| person.ours && !person.live && !person.left).len();
        live >= 10 && removed.count() * 5 > live
            || gone >= 10 && gone * 5 > ours
            || order.is_whole()
                && self.rows.is_some_and(|before| before.saturating_sub(order.listed.len()) * 10 > before * 3)
    }

    fn run(&mut self, order: &Order) {
        if !order.insist && self.braked(order) {
            return;
        }
        for (index, person) in (0..).zip(&mut self.people) {
            let live = order.stays(index, *person);
            person.added = live && !person.live;
            person.removed = !live && person.live;
            person.left = !live && !person.live && (person.left || person.ours);
            person.ours = live && (person.ours || order.listed.contains(&index));
            person.suppressed |= order.suppressed.contains(&index);
            person.live = live;
        }
        if order.is_whole() {
            self.rows = Some(order.listed.len());
        }
        self.undoable = true;
    }

    fn undo(&mut self) {
        for person in &mut self.people {
            let (taken, given) = (person.added && person.live, person.removed && !person.live);
            if taken {
                *person = Person { suppressed: person.suppressed, ..Person::default() };
            } else if given && !person.suppressed && !person.left {
                (person.live, person.ours) = (true, true);
            } else if !person.live {
                person.left |= person.ours;
                person.ours = false;
            } else {
                person.left = false;
            }
            (person.added, person.removed) = (false, false);
        }
        self.undoable = false;
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Leave(who) => (0..).zip(&mut self.people).for_each(|(index, one)| one.live &= !who.contains(&index)),
            Step::Join(who) => (0..).zip(&mut self.people).for_each(|(index, one)| one.live |= who.contains(&index)),
            Step::Run(order) => self.run(order),
            Step::Crash(order, _) => {
                self.run(order);
                self.run(order);
                self.undoable = false;
            }
            Step::Undo if self.undoable => self.undo(),
            Step::Undo => {}
        }
    }
}

/// The real thing, and the id of its newest run that is not taken back.
struct World {
    town: Town,
    newest: Option<String>,
}

impl World {
    fn new() -> Self {
        let town = Town::new();
        let made = town.run(&["groups", "create", "News"]);
        assert_eq!(made.code, 0, "{made:?}");
        let (ended, _) = town.import("add", [], &["--min-rows", "0"]);
        ended.code(0);
        Self { town, newest: None }
    }

    fn arguments(&self, order: &Order) -> Vec<String> {
        self.town.dir.file("list.csv", csv(order.listed.iter().copied()));
        let mut args = vec!["import", "list.csv", "--group", "News", "--sandbox", "--mode", order.mode];
        args.extend(["--min-rows", "0", "--chunk-size", "2", "--rate", "1000", "--json"]);
        if !order.suppressed.is_empty() {
            self.town.dir.file("stop.csv", csv(order.suppressed.iter().copied()));
            args.extend(["--suppress", "stop.csv"]);
        }
        args.extend(order.readd_left.then_some("--readd-left"));
        args.extend(order.remove_joined.then_some("--remove-joined"));
        if order.insist {
            args.extend(["--max-remove", "100%", "--max-left", "100%", "--max-shrink", "100%"]);
        }
        args.into_iter().map(str::to_owned).collect()
    }

    fn run(&mut self, order: &Order) {
        let ended = self.town.dir.run(self.arguments(order));
        assert!(matches!(ended.code, 0 | 4), "{ended:?}");
        if ended.code == 0 {
            let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
            self.newest = Some(report["run"].as_str().unwrap().to_owned());
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Leave(who) => self.town.leave(who.iter().copied()),
            Step::Join(who) => self.town.join(who.iter().copied()),
            Step::Run(order) => self.run(order),
            Step::Crash(order, looks) => {
                let mut command = self.town.dir.command(self.arguments(order));
                let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
                for _ in 0..*looks {
                    self.town.members();
                }
                // SIGKILL: nothing can be finished or written down.
                child.kill().unwrap();
                child.wait().unwrap();
                self.town.dir.run(["runs", "resume", "--rate", "1000"]).code(0);
                self.run(order);
                // Killed before it began or later: who knows which of the two runs did what.
                self.newest = None;
            }
            Step::Undo => {
                if let Some(run) = self.newest.take() {
                    self.town.dir.run(["runs", "undo", &run, "--rate", "1000", "--max-left", "100%"]).code(0);
                }
            }
        }
    }
}

fn some() -> impl Strategy<Value = BTreeSet<u64>> {
    let few = proptest::collection::btree_set(0..PEOPLE, 0..4);
    let most = proptest::collection::btree_set(0..PEOPLE, 0..5)
        .prop_map(|without| (0..PEOPLE).filter(|index| !without.contains(index)).collect());
    prop_oneof![few, most]
}

fn few() -> impl Strategy<Value = BTreeSet<u64>> {
    prop_oneof![3 => Just(BTreeSet::new()), 1 => proptest::collection::btree_set(0..PEOPLE, 1..3)]
}

fn orders() -> impl Strategy<Value = Order> {
    let mode = prop_oneof![3 => Just("add"), 1 => Just("remove"), 5 => Just("sync"), 1 => Just("replace")];
    let flag = || proptest::bool::weighted(0.15);
    (mode, some(), few(), flag(), flag(), proptest::bool::weighted(0.6)).prop_map(
        |(mode, listed, suppressed, readd_left, remove_joined, insist)| Order {
            mode,
            listed,
            suppressed,
            readd_left,
            remove_joined,
            insist,
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => some().prop_map(Step::Leave),
        1 => few().prop_map(Step::Join),
        4 => orders().prop_map(Step::Run),
        2 => (orders(), 0..8_u8).prop_map(|(order, looks)| Step::Crash(order, looks)),
        2 => Just(Step::Undo),
    ];
    proptest::collection::vec(step, 1..9)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn killed_resumed_and_taken_back_the_group_and_the_memory_of_it_are_right(steps in steps()) {
        let (mut world, mut model) = (World::new(), Model::new());
        for step in &steps {
            world.step(step);
            model.step(step);
            prop_assert_eq!(world.town.members(), model.of(|person| person.live), "members after {:?}", step);
            let left: BTreeSet<String> =
                model.of(|person| person.left).into_iter().map(|index| super::number(index).to_string()).collect();
            prop_assert_eq!(world.town.left(), left, "leavers after {:?}", step);
        }
    }
}
