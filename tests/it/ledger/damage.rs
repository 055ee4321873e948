//! A file that is not what was written is an error with a way out, never another truth.

use std::path::Path;

use proptest::prelude::*;
use rollcall::ledger::{Ledger, LedgerError, RunFilter, StateFolder};

use super::{Room, digits};

/// A ledger with a few plans in it, closed, and the plan to look at.
fn written() -> (tempfile::TempDir, StateFolder, Vec<u8>) {
    let room = Room::new();
    let numbers: Vec<u64> = (1..4_000).map(|index| index * 40_000_003).collect();
    room.planned("news", &numbers, &[], 1_000);
    let Room { folder, state, ledger } = room;
    let path = ledger.path().to_owned();
    drop(ledger);
    (folder, state, std::fs::read(path).unwrap())
}

fn open(state: &StateFolder, bytes: &[u8]) -> Result<Ledger, LedgerError> {
    let path = state.path().join("ledger.sqlite");
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    std::fs::write(path, bytes).unwrap();
    Ledger::open(state)
}

/// Everything that the file tells of its plans' numbers.
fn told(ledger: &Ledger) -> Result<Vec<Vec<u64>>, LedgerError> {
    let mut told = Vec::new();
    for run in ledger.runs(RunFilter::default())? {
        for plan in ledger.plans(&run.id)? {
            for chunk in ledger.chunks(plan.id)? {
                told.push(ledger.chunk(chunk.id)?.add.iter().map(|number| number.value()).collect());
            }
        }
    }
    Ok(told)
}

#[test]
fn an_empty_or_foreign_file_is_not_taken_for_a_new_ledger() {
    let (_folder, state, bytes) = written();
    let open = |bytes: &[u8]| open(&state, bytes).map(drop).unwrap_err();
    for error in [open(b""), open(b"date,number\n"), open(&[0; 8_192])] {
        assert!(matches!(error, LedgerError::Damaged { .. }), "{error}");
        assert!(error.hint().unwrap().contains("ledger.sqlite"));
    }
    let mut foreign = bytes.clone();
    foreign[68..72].copy_from_slice(b"else");
    assert!(matches!(open(&foreign), LedgerError::Foreign { .. }));
    let mut later = bytes;
    later[60..64].copy_from_slice(&99_u32.to_be_bytes());
    let error = open(&later);
    assert!(matches!(error, LedgerError::Newer { found: 99, .. }), "{error}");
    assert!(error.hint().is_some());
}

#[test]
fn a_folder_in_the_way_is_an_error_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path()).unwrap();
    std::fs::create_dir(folder.path().join("ledger.sqlite")).unwrap();
    let error = Ledger::open(&state).unwrap_err();
    assert!(matches!(error, LedgerError::Unusable { .. }), "{error}");
    assert!(error.hint().unwrap().contains("--state-dir"));
}

#[test]
fn what_was_left_of_a_ledger_in_the_making_is_swept_away() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path()).unwrap();
    std::fs::write(folder.path().join("ledger.sqlite.new"), "half a ledger").unwrap();
    std::fs::write(folder.path().join("ledger.sqlite.new-journal"), "half a journal").unwrap();
    Ledger::open(&state).unwrap();
    let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["ledger.sqlite", "locks"].map(std::ffi::OsString::from));
}

#[test]
fn a_damaged_file_says_where_it_is_and_holds_no_number() {
    let (_folder, state, bytes) = written();
    let error = open(&state, &bytes[..bytes.len() / 2]).and_then(|ledger| told(&ledger)).unwrap_err();
    let LedgerError::Damaged { path, .. } = &error else { panic!("{error}") };
    assert_eq!(Path::new(path), state.path().join("ledger.sqlite"));
    assert!(!error.to_string().contains("40000003"));
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let (_folder, state, bytes) = written();
    open(&state, &bytes).unwrap().check().unwrap();
    for cut in (0..bytes.len()).step_by(509).chain([bytes.len() - 1]) {
        let error = open(&state, &bytes[..cut]).and_then(|ledger| told(&ledger)).unwrap_err();
        assert!(matches!(error, LedgerError::Damaged { .. }), "cut at {cut} of {}: {error}", bytes.len());
    }
}

#[test]
fn an_end_that_is_still_in_the_log_is_not_missing() {
    let room = Room::new();
    let numbers: Vec<u64> = (1..4_000).map(|index| index * 40_000_003).collect();
    room.planned("news", &numbers, &[], 1_000);
    let Room { folder: _folder, state, ledger } = room;
    let (truth, path) = (told(&ledger).unwrap(), ledger.path().to_owned());
    let log = path.with_extension("sqlite-wal");
    let logged = std::fs::read(&log).unwrap();
    drop(ledger);
    // As after a kill in the middle of carrying the log over.
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 100]).unwrap();
    std::fs::write(&log, logged).unwrap();
    let ledger = Ledger::open(&state).unwrap();
    ledger.check().unwrap();
    assert_eq!(told(&ledger).unwrap(), truth);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_byte_never_makes_another_number(
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 1..=255u8), 1..8),
    ) {
        let (_folder, state, mut bytes) = written();
        let truth = told(&open(&state, &bytes).unwrap()).unwrap();
        for (at, flip) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
        }
        let Ok(ledger) = open(&state, &bytes) else { return Ok(()) };
        let whole = ledger.check().is_ok();
        match told(&ledger) {
            Ok(read) if whole => prop_assert_eq!(read, truth, "the thorough look saw nothing"),
            Ok(read) => prop_assert!(read.iter().all(|numbers| numbers.is_empty() || truth.contains(numbers))),
            Err(_) => prop_assert!(!whole, "the thorough look saw nothing"),
        }
    }
}

#[test]
fn effects_are_not_made_up_from_an_untouched_plan() {
    let room = Room::new();
    let (_, plan) = room.planned("news", &[1, 2], &[3], 1);
    assert_eq!(digits(&room.ledger.took_effect(plan).unwrap()), [const { Vec::<u64>::new() }; 4]);
}
