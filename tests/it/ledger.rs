//! The ledger remembers exactly what happened, whatever happens to the process or the file.

mod damage;
mod forgetting;
mod keeping;
mod killed;
mod model;
mod planning;
mod remembering;

use std::num::NonZeroUsize;

use rollcall::groups::GroupId;
use rollcall::ledger::{
    Audience, Effect, Ledger, NewPlan, NewRun, Phase, PlanId, Reach, RunFolder, RunId, StateFolder,
};
use rollcall::numbers::{Msisdn, NumberSet};
use rollcall::plan::{Choices, GroupRef, Memory, Mode, Plan, Wish, chunks};

const ACCOUNT: &str = "sandbox/demo";

/// A state folder of its own with a ledger in it.
struct Room {
    folder: tempfile::TempDir,
    state: StateFolder,
    ledger: Ledger,
}

impl Room {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        let ledger = Ledger::open(&state).unwrap();
        Self { folder, state, ledger }
    }

    /// As after the end of the process.
    fn reopened(self) -> Self {
        drop(self.ledger);
        let ledger = Ledger::open(&self.state).unwrap();
        Self { ledger, ..self }
    }

    /// Begins a run of `add`.
    fn begin(&self) -> RunId {
        self.begin_in_folder().0
    }

    fn begin_in_folder(&self) -> (RunId, RunFolder) {
        let folder = self.state.begin_run().unwrap();
        let id = RunId::of(&folder);
        let run = NewRun {
            id: &id,
            command: "import",
            account: ACCOUNT,
            reach: &Reach { sandbox: true, ..Reach::default() },
            mode: "add",
            undo_of: None,
            settings: &serde_json::json!({"chunk_size": 3}),
        };
        self.ledger.begin_run(&run).unwrap();
        (id, folder)
    }

    /// Begins a run and stores one plan of it.
    fn planned(&self, audience: &str, add: &[u64], remove: &[u64], size: usize) -> (RunId, PlanId) {
        let run = self.begin();
        let plan = plan(audience, set(add), set(remove));
        let ids = self.ledger.plan_run(&run, &[], vec![new_plan(audience, &plan, size, None)]).unwrap();
        (run, ids[0])
    }
}

fn number(value: u64) -> Msisdn {
    Msisdn::from_value(value).unwrap()
}

fn set(values: &[u64]) -> NumberSet {
    values.iter().copied().map(number).collect()
}

fn audience(name: &str) -> Audience {
    Audience::new(ACCOUNT, name)
}

fn plan(group: &str, add: NumberSet, remove: NumberSet) -> Plan {
    let group = GroupRef::Existing { id: GroupId::new(format!("ID-{group}")), name: Some(group.to_owned()) };
    let (wish, live, memory) = (Wish::default(), NumberSet::new(), Memory::default());
    let mut plan = Plan::draft(ACCOUNT.to_owned(), group, Mode::Add, &wish, &live, &memory, Choices::default());
    (plan.add, plan.remove) = (add, remove);
    plan
}

fn new_plan<'a>(audience: &'a str, plan: &'a Plan, size: usize, rows: Option<u64>) -> NewPlan<'a> {
    let parts = chunks(plan.add.as_slice(), plan.remove.as_slice(), NonZeroUsize::new(size).unwrap());
    let (listed, guests) = Default::default();
    NewPlan { audience, plan, rows, listed, guests, chunks: Box::new(parts.map(|chunk| (Phase::Main, chunk))) }
}

/// Added, removed, perhaps added, perhaps removed: as digits, which the types would hide.
fn digits(effect: &Effect) -> [Vec<u64>; 4] {
    [&effect.added, &effect.removed, &effect.perhaps_added, &effect.perhaps_removed].map(values)
}

fn values(set: &NumberSet) -> Vec<u64> {
    set.iter().map(Msisdn::value).collect()
}
