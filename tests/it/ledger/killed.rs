//! Killed at any moment, the ledger is where it was after some step, and no earlier than the last one that was told.

use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use rollcall::ledger::{Look, Note, Outcome, RunFilter, RunState, StateFolder};
use rollcall::numbers::NumberSet;

use super::{Ledger, NewRun, Reach, RunId, audience, new_plan, number, plan, set};

/// Names the state folder for the child.
const STATE: &str = "ROLLCALL_TEST_KILLED_STATE";

/// The same events in the same order, whoever lets them happen; told after each, until told to stop.
fn act(state: &StateFolder, ledger: &Ledger, mut told: impl FnMut() -> ControlFlow<()>) -> ControlFlow<()> {
    for round in 1.. {
        let base = round * 1_000_003;
        let folder = state.begin_run().unwrap();
        let run = RunId::of(&folder);
        let new = NewRun {
            id: &run,
            command: "import",
            account: super::ACCOUNT,
            reach: &Reach::default(),
            mode: "add",
            undo_of: None,
            settings: &serde_json::Value::Null,
        };
        ledger.begin_run(&new).unwrap();
        told()?;
        let adds: Vec<u64> = (0..4_000).map(|index| base + index * 101).collect();
        let change = plan("news", set(&adds), set(&[round]));
        let id = ledger.plan_run(&run, &[], vec![new_plan("news", &change, 1_500, None)]).unwrap()[0];
        told()?;
        ledger.note(&run, Note::Suppressed, &set(&[base + 7])).unwrap();
        told()?;
        for chunk in 0..3 {
            ledger.intend(id.chunk(chunk)).unwrap();
            told()?;
            if chunk == 1 {
                ledger.split(id.chunk(chunk)).unwrap();
                told()?;
                ledger.intend(id.chunk(chunk)).unwrap();
                told()?;
            }
            ledger.settle(id.chunk(chunk), Outcome::Applied { idle: &NumberSet::new() }).unwrap();
            told()?;
        }
        let look = Look {
            run: &run,
            taken: Timestamp::UNIX_EPOCH,
            groups: &[],
            ours: &change.add,
            joined: &set(&[round]),
            left: &set(&[round + 500, round + 501]),
        };
        ledger.remember(&audience("news"), &look).unwrap();
        told()?;
        ledger.end_run(&run, RunState::Verified, 0, "{}").unwrap();
        told()?;
        if round % 2 == 0 {
            ledger.forget(number(round + 500)).unwrap();
            told()?;
            ledger.keep_newest(2).unwrap();
            told()?;
        }
    }
    ControlFlow::Continue(())
}

/// Everything that the events change, but for names and times.
fn picture(ledger: &Ledger) -> Vec<String> {
    let mut lines = Vec::new();
    for run in ledger.runs(RunFilter::default()).unwrap() {
        lines.push(format!("{} {:?} {}", run.state, run.exit, run.trimmed));
        if !run.trimmed {
            lines.push(format!("noted {:?}", super::values(&ledger.noted(&run.id, Note::Suppressed).unwrap())));
        }
        for plan in ledger.plans(&run.id).unwrap() {
            lines.push(format!("plan {} {} {}", plan.digest, plan.adds, plan.removes));
            for chunk in ledger.chunks(plan.id).unwrap() {
                let numbers = ledger.chunk(chunk.id).unwrap();
                let sums =
                    [numbers.add, numbers.remove].map(|side| side.iter().map(|number| number.value()).sum::<u64>());
                lines.push(format!("{} {} {} {} {sums:?}", chunk.state, chunk.attempts, chunk.adds, chunk.removes));
            }
        }
    }
    let name = audience("news");
    if let Some(baseline) = ledger.baseline(&name).unwrap() {
        lines.push(format!("baseline {:?} {:?}", super::values(&baseline.ours), super::values(&baseline.joined)));
    }
    let leavers: Vec<u64> = ledger.leavers(&name).unwrap().iter().map(|leaver| leaver.number.value()).collect();
    lines.push(format!("leavers {leavers:?}"));
    lines.push(format!("changes {:?}", super::digits(&ledger.changes_since_baseline(&name).unwrap())));
    lines
}

/// The pictures after so many steps, and after one more.
fn expected(steps: usize) -> [Vec<String>; 2] {
    [steps, steps + 1].map(|steps| {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        let ledger = Ledger::open(&state).unwrap();
        let mut left = steps;
        if left > 0 {
            let _ = act(&state, &ledger, || {
                left -= 1;
                if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
        }
        picture(&ledger)
    })
}

#[test]
#[ignore = "the child of the next test"]
fn the_child_that_is_killed() {
    let Some(path) = std::env::var_os(STATE) else { return };
    let state = StateFolder::open(path.as_ref()).unwrap();
    let ledger = Ledger::open(&state).unwrap();
    let mut out = std::io::stdout();
    let _ = act(&state, &ledger, || {
        // Once the parent has gone there is nobody left to work for.
        match out.write_all(b"\nstep\n").and_then(|()| out.flush()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    });
}

#[test]
fn a_kill_at_any_moment_loses_nothing_and_tears_nothing() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    for round in 0..16 {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["ledger::killed::the_child_that_is_killed", "--exact", "--include-ignored", "--nocapture"])
            .env(STATE, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let enough = random.usize(0..45);
        let mut steps = lines.by_ref().filter(|line| line == "step").take(enough).count();
        for _ in 0..random.u32(0..400_000) {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it has told and nobody had read yet.
        steps += lines.filter(|line| line == "step").count();
        assert!(steps >= enough, "the child has ended by itself");

        let state = StateFolder::open(folder.path()).unwrap();
        let ledger = Ledger::open(&state).unwrap();
        let found = picture(&ledger);
        assert!(expected(steps).contains(&found), "seed {seed}, round {round}: not where step {steps} leaves it");
        // And life goes on.
        let mut further = 30;
        let _ = act(&state, &ledger, || {
            further -= 1;
            if further == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    }
}
