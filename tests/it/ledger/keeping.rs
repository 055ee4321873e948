//! Old runs shrink to a line; what is still needed does not.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rollcall::ledger::{LedgerError, Look, Note, Outcome, RunFilter, RunId, RunState};
use rollcall::numbers::NumberSet;

use super::{Room, audience, new_plan, plan, set};

/// A run on an audience that has come to its end, with a file in its folder.
fn finished(room: &Room, name: &str, numbers: &[u64], state: RunState) -> RunId {
    let (run, folder) = room.begin_in_folder();
    std::fs::write(folder.file("rejects.csv"), "x").unwrap();
    let change = plan(name, set(numbers), set(&[]));
    let id = room.ledger.plan_run(&run, &[], vec![new_plan(name, &change, 10_000, Some(5))]).unwrap()[0];
    room.ledger.note(&run, Note::Suppressed, &set(&[1])).unwrap();
    room.ledger.intend(id.chunk(0)).unwrap();
    room.ledger.settle(id.chunk(0), Outcome::Applied { idle: &NumberSet::new() }).unwrap();
    room.ledger.end_run(&run, state, 0, "{}").unwrap();
    run
}

fn look(room: &Room, name: &str, run: &RunId) {
    let look =
        Look { run, taken: Timestamp::UNIX_EPOCH, groups: &[], ours: &set(&[1]), joined: &set(&[]), left: &set(&[7]) };
    room.ledger.remember(&audience(name), &look).unwrap();
}

#[test]
fn old_runs_become_a_line() {
    let room = Room::new();
    let runs: Vec<RunId> = (0..6).map(|_| finished(&room, "news", &[1, 2], RunState::Verified)).collect();
    look(&room, "news", &runs[5]);
    assert_eq!(room.ledger.keep_newest(2).unwrap(), runs[..4]);
    assert_eq!(room.ledger.keep_newest(2).unwrap(), []);
    let listed = room.ledger.runs(RunFilter::default()).unwrap();
    assert_eq!(listed.iter().map(|run| run.trimmed).collect::<Vec<_>>(), [false, false, true, true, true, true]);
    assert!(listed.iter().all(|run| (run.adds, run.state, run.exit) == (2, RunState::Verified, Some(0))));
    let folders: Vec<String> = room.state.runs().unwrap().iter().map(|folder| folder.id().to_owned()).collect();
    assert_eq!(folders.len(), 2);
    assert!(runs[4..].iter().all(|run| folders.iter().any(|folder| folder == run.as_str())));

    let plan = room.ledger.plans(&runs[0]).unwrap()[0].id;
    assert!(matches!(room.ledger.took_effect(plan), Err(LedgerError::Trimmed(run)) if run == runs[0].as_str()));
    assert!(matches!(room.ledger.noted(&runs[0], Note::Suppressed), Err(LedgerError::Trimmed(_))));
    assert_eq!(room.ledger.trace(super::number(2)).unwrap().runs.len(), 2);
    assert_eq!(room.ledger.leavers(&audience("news")).unwrap().len(), 1);
    assert_eq!(room.ledger.last_rows(&audience("news"), &[rollcall::plan::Mode::Add]).unwrap().unwrap().0, runs[5]);
}

#[test]
fn what_is_still_needed_is_kept_whatever_its_age() {
    let room = Room::new();
    let unfinished = finished(&room, "news", &[1], RunState::Incomplete);
    let newest_of_other = finished(&room, "other", &[1], RunState::Applied);
    look(&room, "other", &newest_of_other);
    let not_looked_at = finished(&room, "third", &[3], RunState::Failed);
    let old = finished(&room, "news", &[4], RunState::Verified);
    let new = finished(&room, "news", &[5], RunState::Verified);
    look(&room, "news", &new);
    assert_eq!(room.ledger.keep_newest(0).unwrap(), [old]);
    for run in [&unfinished, &newest_of_other, &not_looked_at, &new] {
        let plan = room.ledger.plans(run).unwrap()[0].id;
        assert_eq!(room.ledger.took_effect(plan).unwrap().added.len(), 1, "{run}");
    }
    look(&room, "third", &new);
    assert_eq!(room.ledger.keep_newest(0).unwrap(), [not_looked_at]);
}

#[test]
fn the_file_gives_its_room_back() {
    let room = Room::new();
    let numbers: Vec<u64> = (1..20_000).map(|index| index * 40_000_003).collect();
    let runs: Vec<RunId> = (0..20).map(|_| finished(&room, "news", &numbers[..9_999], RunState::Verified)).collect();
    look(&room, "news", &runs[19]);
    let room = room.reopened();
    let full = std::fs::metadata(room.ledger.path()).unwrap().len();
    room.ledger.keep_newest(1).unwrap();
    let room = room.reopened();
    let shrunk = std::fs::metadata(room.ledger.path()).unwrap().len();
    assert!(shrunk * 4 < full, "{full} bytes, and {shrunk} with a twentieth of the runs");
}

#[test]
fn what_came_to_nothing_goes_in_the_end_and_what_has_only_begun_stays() {
    let room = Room::new();
    let run = finished(&room, "news", &[1, 2], RunState::Verified);
    look(&room, "news", &run);
    let runs = room.state.path().join("runs");
    for day in 0..203 {
        // A brake has stopped it: there is nothing but its rejects.
        let folder = runs.join(format!("20200101T000{day:03}Z-aaaa"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("rejects.csv"), "x").unwrap();
    }
    room.ledger.keep_newest(2).unwrap();
    let left: Vec<String> = room.state.runs().unwrap().iter().map(|folder| folder.id().to_owned()).collect();
    assert_eq!((left.len(), left.last().map(String::as_str)), (200, Some(run.as_str())));
    assert_eq!(left[0], "20200101T000004Z-aaaa");
}

#[test]
fn runs_that_begin_at_once_have_names_of_their_own() {
    let names: BTreeSet<String> = (0..2_000).map(|_| RunId::fresh().to_string()).collect();
    assert_eq!(names.len(), 2_000);
}
