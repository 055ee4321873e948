//! What the planner is told of an audience.

use jiff::Timestamp;
use rollcall::ledger::{Look, Outcome};
use rollcall::numbers::NumberSet;

use super::{Room, audience, set, values};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// What the planner is told of the audience, as digits.
fn memory(room: &Room, live: &[u64]) -> (bool, Vec<u64>, Vec<u64>) {
    let memory = room.ledger.memory(&audience("news"), &set(live)).unwrap();
    (memory.baseline, values(&memory.ours), values(&memory.leavers))
}

#[test]
fn the_planner_is_told_the_baseline_with_what_we_did_since() {
    let room = Room::new();
    assert_eq!(memory(&room, &[1]), (false, vec![], vec![]));
    let run = room.begin();
    let look =
        Look { run: &run, taken: at(1), groups: &[], ours: &set(&[1, 2, 3]), joined: &set(&[4]), left: &set(&[9]) };
    room.ledger.remember(&audience("news"), &look).unwrap();
    assert_eq!(memory(&room, &[]), (true, vec![1, 2, 3], vec![9]));
    let (_, plan) = room.planned("news", &[5, 6], &[2], 10);
    assert_eq!(memory(&room, &[1, 2, 3, 4]).1, vec![1, 2, 3], "nothing was sent");
    room.ledger.intend(plan.chunk(0)).unwrap();
    assert_eq!(memory(&room, &[1, 2, 3, 4]).1, vec![1, 2, 3], "none of it is there: it was not applied");
    assert_eq!(memory(&room, &[1, 3, 4, 5]).1, vec![1, 3, 5, 6], "it was applied, and 6 has left");
    room.ledger.settle(plan.chunk(0), Outcome::Applied { idle: &NumberSet::new() }).unwrap();
    assert_eq!(memory(&room, &[1, 2, 3, 4]).1, vec![1, 3, 5, 6]);
    room.ledger.remember(&audience("news"), &Look { ours: &set(&[1]), left: &set(&[3]), ..look }).unwrap();
    assert_eq!(memory(&room, &[]), (true, vec![1], vec![3, 9]));
}

#[test]
fn a_removal_of_unknown_outcome_has_removed_whoever_is_gone() {
    let room = Room::new();
    let run = room.begin();
    let look = Look { run: &run, taken: at(1), groups: &[], ours: &set(&[1, 2]), joined: &set(&[]), left: &set(&[]) };
    room.ledger.remember(&audience("news"), &look).unwrap();
    let (_, plan) = room.planned("news", &[], &[1, 2], 10);
    room.ledger.intend(plan.chunk(0)).unwrap();
    assert_eq!(memory(&room, &[1, 2]).1, vec![1, 2]);
    assert_eq!(memory(&room, &[2]).1, vec![2]);
}

#[test]
fn whom_an_unfinished_first_run_has_added_is_ours() {
    let room = Room::new();
    let (_, plan) = room.planned("news", &[1, 2], &[], 1);
    room.ledger.intend(plan.chunk(0)).unwrap();
    room.ledger.settle(plan.chunk(0), Outcome::Applied { idle: &NumberSet::new() }).unwrap();
    assert_eq!(memory(&room, &[]), (false, vec![1], vec![]));
}
