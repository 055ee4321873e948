//! A number that is forgotten is out of the file, not only out of the tables.

use std::path::Path;

use jiff::Timestamp;
use proptest::prelude::*;
use rollcall::ledger::{How, Leaver, Look, Note, Outcome, Refusal, RunState};
use rollcall::numbers::{Msisdn, NumberSet};

use super::{Room, audience, digits, new_plan, number, plan, set};

/// All bytes that lie in the state folder, of whatever file.
fn bytes_in(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(bytes_in(&path));
        } else {
            found.push(std::fs::read(path).unwrap());
        }
    }
    found
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

/// Every way in which the ledger could write a number that stands between two others: as digits, in a column (the
/// database drops leading zero bytes), as the first of a set, and as the distance from the one before it.
fn ways(value: u64, before: u64) -> Vec<Vec<u8>> {
    let column = value.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    vec![value.to_string().into_bytes(), column, varint(value), varint(value - before)]
}

fn times_found(folder: &Path, ways: &[Vec<u8>]) -> Vec<usize> {
    let files = bytes_in(folder);
    let count =
        |way: &Vec<u8>| files.iter().map(|file| file.windows(way.len()).filter(|window| window == way).count()).sum();
    ways.iter().map(count).collect()
}

/// A wide number whose every encoding has six bytes or more, so that none is found by chance.
const SECRET: u64 = 491_511_234_567_891;
/// The one before it in sets that do not begin with it.
const NEIGHBOUR: u64 = 33_612_345_678;

/// Puts the number everywhere where one can be put, many times, so that pages split and are merged.
fn fill(room: &Room) {
    let secret = number(SECRET);
    let crowd: Vec<u64> = (0..3_000).map(|index| 12_025_550_100 + index * 977).chain([NEIGHBOUR, SECRET]).collect();
    for round in 0..6_i64 {
        let (run, id) = room.planned("news", &crowd, &[], 1_000);
        room.ledger.note(&run, Note::Suppressed, &set(&[NEIGHBOUR, SECRET])).unwrap();
        let last = id.chunk(3);
        room.ledger.intend(last).unwrap();
        if round % 2 == 0 {
            let words = format!("value '+{SECRET}' is not a valid MSISDN");
            room.ledger.set_aside(last, &[Refusal { number: secret, words: words.clone() }]).unwrap();
            room.ledger.intend(last).unwrap();
            room.ledger.settle(last, Outcome::Failed { words: &words }).unwrap();
        } else {
            room.ledger.settle(last, Outcome::Applied { idle: &set(&[SECRET]) }).unwrap();
        }
        let name = format!("audience {round}");
        let taken = Timestamp::from_second(round).unwrap();
        let (ours, alone) = (set(&crowd), set(&[SECRET]));
        let (ours, left) = if round % 2 == 0 { (ours, NumberSet::new()) } else { (set(&[1]), alone.clone()) };
        let look = Look { run: &run, taken, groups: &[], ours: &ours, joined: &set(&[NEIGHBOUR + 1]), left: &left };
        room.ledger.remember(&audience(&name), &look).unwrap();
        // In no order, so that rows move from page to page.
        let mut random = fastrand::Rng::with_seed(u64::try_from(round).unwrap());
        let mut gone: Vec<u64> = (0..4_000).map(|index| SECRET - 2_000_002 + index * 1_001).chain([SECRET]).collect();
        random.shuffle(&mut gone);
        let leavers: Vec<Leaver> = gone
            .iter()
            .map(|value| Leaver { number: number(*value), since: taken, run: None, how: How::Imported })
            .collect();
        room.ledger.add_leavers(&audience(&format!("gone {round}")), &leavers).unwrap();
        gone.retain(|value| *value != SECRET && random.bool());
        room.ledger.forget_leavers(&audience(&format!("gone {round}")), &set(&gone)).unwrap();
        room.ledger.end_run(&run, RunState::Verified, 0, "{}").unwrap();
    }
}

#[test]
fn no_byte_tells_a_forgotten_number() {
    let room = Room::new();
    fill(&room);
    let ways = ways(SECRET, NEIGHBOUR);
    let before = times_found(room.folder.path(), &ways);
    assert!(before.iter().all(|count| *count > 0), "the scan looks for what is written: {before:?}");

    let forgotten = room.ledger.forget(number(SECRET)).unwrap();
    assert_eq!((forgotten.leavers, forgotten.refusals), (9, 3));
    assert!(forgotten.sets > 10, "{forgotten:?}");
    assert_eq!(times_found(room.folder.path(), &ways), [0; 4]);
    let trace = room.ledger.trace(number(SECRET)).unwrap();
    assert_eq!(trace, rollcall::ledger::Trace::default());
    assert!(room.ledger.forget(number(SECRET)).unwrap().is_nothing());
    // Nobody else was forgotten with it.
    assert!(!room.ledger.trace(number(NEIGHBOUR)).unwrap().baselines.is_empty());
    let room = room.reopened();
    assert_eq!(times_found(room.folder.path(), &ways), [0; 4]);
}

#[test]
fn a_number_that_is_forgotten_on_its_way_does_not_come_back_with_the_outcome() {
    let room = Room::new();
    let (_, plan) = room.planned("news", &[5, SECRET], &[], 10);
    room.ledger.intend(plan.chunk(0)).unwrap();
    room.ledger.forget(number(SECRET)).unwrap();
    room.ledger.settle(plan.chunk(0), Outcome::Applied { idle: &set(&[SECRET]) }).unwrap();
    assert_eq!(digits(&room.ledger.took_effect(plan).unwrap()), [vec![5], vec![], vec![], vec![]]);
    assert!(room.ledger.forget(number(SECRET)).unwrap().is_nothing());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn forgetting_takes_one_number_and_no_other(
        members in proptest::collection::btree_set(1..60u64, 0..40),
        adds in proptest::collection::btree_set(1..60u64, 0..40),
        lost in 1..60u64,
    ) {
        let room = Room::new();
        let run = room.begin();
        let (members, adds): (Vec<u64>, Vec<u64>) = (members.into_iter().collect(), adds.into_iter().collect());
        let change = plan("news", set(&adds), set(&[]));
        let id = room.ledger.plan_run(&run, &[], vec![new_plan("news", &change, 7, None)]).unwrap()[0];
        let look = Look {
            run: &run, taken: Timestamp::UNIX_EPOCH, groups: &[], ours: &set(&members), joined: &set(&[]), left: &set(&[]),
        };
        room.ledger.remember(&audience("news"), &look).unwrap();
        let held = u64::from(members.contains(&lost)) + u64::from(adds.contains(&lost));
        prop_assert_eq!(room.ledger.forget(number(lost)).unwrap().sets, held);
        let baseline = room.ledger.baseline(&audience("news")).unwrap().unwrap();
        let kept = |numbers: &[u64]| -> Vec<Msisdn> {
            numbers.iter().filter(|value| **value != lost).map(|value| number(*value)).collect()
        };
        prop_assert_eq!(baseline.ours.as_slice(), kept(&members));
        let mut left = Vec::new();
        for chunk in room.ledger.chunks(id).unwrap() {
            left.extend(room.ledger.chunk(chunk.id).unwrap().add);
        }
        prop_assert_eq!(left, kept(&adds));
    }
}
