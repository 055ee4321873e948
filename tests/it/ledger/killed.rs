//! Killed at any moment, the ledger is where it was after some step, and no earlier than the last one that was told.

use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, Stdio};

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

/// The pictures before the first step and after each of so many.
fn pictures(steps: usize) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path()).unwrap();
    let ledger = Ledger::open(&state).unwrap();
    let mut pictures = vec![picture(&ledger)];
    let _ = act(&state, &ledger, || {
        pictures.push(picture(&ledger));
        if pictures.len() > steps { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    pictures
}

/// How many steps the child takes before it ends by itself.
const STEPS: usize = 48;

/// A child that acts on a state folder of its own and tells each step on its standard output.
fn child(program: &mut Command, folder: &Path) -> Child {
    program
        .args(["ledger::killed::the_child_that_is_killed", "--exact", "--nocapture"])
        .env(STATE, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The ledger is as it was after the steps that were told, or after one more, and can be worked with.
fn stands(folder: &Path, steps: usize, pictures: &[Vec<String>], case: &str) {
    let state = StateFolder::open(folder).unwrap();
    let ledger = Ledger::open(&state).unwrap();
    let found = picture(&ledger);
    let next = (steps + 1).min(pictures.len() - 1);
    assert!(pictures[steps..=next].contains(&found), "{case}: not where step {steps} leaves it");
    let mut further = 20;
    let _ = act(&state, &ledger, || {
        further -= 1;
        if further == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
}

/// Does nothing unless one of the other tests starts it as its child.
#[test]
fn the_child_that_is_killed() {
    let Some(path) = std::env::var_os(STATE) else { return };
    let state = StateFolder::open(path.as_ref()).unwrap();
    let ledger = Ledger::open(&state).unwrap();
    let mut out = std::io::stdout();
    let mut left = STEPS;
    let _ = act(&state, &ledger, || {
        left -= 1;
        // Once the parent has gone there is nobody left to work for.
        match out.write_all(b"\nstep\n").and_then(|()| out.flush()) {
            Ok(()) if left > 0 => ControlFlow::Continue(()),
            Ok(()) | Err(_) => ControlFlow::Break(()),
        }
    });
}

#[test]
fn a_kill_at_any_moment_loses_nothing_and_tears_nothing() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let pictures = pictures(STEPS);
    for round in 0..24 {
        let folder = tempfile::tempdir().unwrap();
        let mut child = child(&mut Command::new(std::env::current_exe().unwrap()), folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let enough = random.usize(0..STEPS);
        let mut steps = lines.by_ref().filter(|line| line == "step").take(enough).count();
        for _ in 0..random.u32(0..400_000) {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it has told and nobody had read yet.
        steps += lines.filter(|line| line == "step").count();
        assert!(steps >= enough, "the child has ended by itself");
        stands(folder.path(), steps, &pictures, &format!("seed {seed}, round {round}"));
    }
}

/// Where strace is at hand, the kill can be aimed: at the Nth call of each kind that changes a file.
#[test]
fn a_kill_at_each_write_loses_nothing_and_tears_nothing() {
    let traced = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    if !traced.is_ok_and(|status| status.success()) {
        return;
    }
    let pictures = pictures(STEPS);
    let calls = ["pwrite64", "fsync,fdatasync", "ftruncate", "rename", "unlink"];
    let kinds = calls.map(|call| (call, if call == "pwrite64" { 9 } else { 2 }));
    for (call, stride) in kinds {
        let mut survived = false;
        for at in (1..5_000).step_by(stride) {
            let folder = tempfile::tempdir().unwrap();
            let mut strace = Command::new("strace");
            strace.args(["-f", "-o", "/dev/null", "-e", &format!("inject={call}:signal=KILL:when={at}")]);
            let mut child = child(strace.arg(std::env::current_exe().unwrap()), folder.path());
            let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
            let steps = lines.filter(|line| line == "step").count();
            survived = child.wait().unwrap().success();
            assert!(!survived || steps == STEPS, "{call} {at}: the child stopped at step {steps} by itself");
            if survived {
                // There is no such call any more.
                break;
            }
            stands(folder.path(), steps, &pictures, &format!("{call} {at}"));
        }
        assert!(survived, "{call}: the child never came to its end");
    }
}
