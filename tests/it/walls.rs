//! The walls between the rooms: which crate may be used where.

use std::path::{Path, PathBuf};

/// A crate, and the places in `src/` that may use it.
const WALLS: [(&str, &[&str]); 14] = [
    ("clap", &["bin/"]),
    ("indicatif", &["bin/"]),
    ("anyhow", &["bin/"]),
    ("rlibphonenumber", &["numbers/"]),
    ("reqwest", &["groups/", "jobs/"]),
    ("governor", &["groups/"]),
    ("axum", &["sandbox/"]),
    ("rusqlite", &["ledger/", "sandbox/store/", "sandbox/store.rs"]),
    ("csv", &["backup/", "contacts/"]),
    ("calamine", &["contacts/"]),
    ("toml", &["jobs/"]),
    ("schemars", &["jobs/"]),
    ("parquet", &["export/"]),
    ("tokio", &["apply/", "groups/", "sandbox/", "bin/"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("src is there") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every use of a crate outside of its rooms, as `file: crate`.
fn breaches(walls: &[(&str, &[&str])]) -> Vec<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 50, "the scan has missed the house");
    let mut found = Vec::new();
    for file in files {
        let place = file.strip_prefix(&src).expect("below src").to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(&file).expect("UTF-8");
        for (name, rooms) in walls {
            let used = text.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| uses(line, name));
            if used && !rooms.iter().any(|room| place.starts_with(room)) {
                found.push(format!("{place}: {name}"));
            }
        }
    }
    found
}

/// Whether a line names the crate at the start of a path, or imports it.
fn uses(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = &line[at + name.len()..];
        let starts =
            before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':' && c != '-' && c != '`' && c != '"');
        starts && (after.starts_with("::") || (line.trim_start().starts_with("use ") && after.starts_with(';')))
    })
}

#[test]
fn no_crate_is_used_outside_of_its_rooms() {
    assert_eq!(breaches(&WALLS), [""; 0]);
}

#[test]
fn the_scan_sees_a_breach() {
    let none: [(&str, &[&str]); 1] = [("rlibphonenumber", &[])];
    assert!(!breaches(&none).is_empty());
}

#[test]
fn prints_and_exits_stand_only_in_the_binary() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    for file in files {
        let place = file.strip_prefix(&src).expect("below src").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).expect("UTF-8");
        for word in ["println!", "eprintln!", "process::exit"] {
            assert!(!text.contains(word) || place.starts_with("bin/"), "{place} has {word}");
        }
    }
}
