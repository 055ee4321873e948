//! `rollcall restore`: what was kept is there again, nothing else has changed, and nobody who left is brought back.

use std::collections::BTreeSet;
use std::path::Path;

use rollcall::groups::{GroupUpdate, NewGroup};
use rollcall::sandbox::{Data, Rules, Store};
use serde_json::Value;

use super::{Home, csv, entries, number, numbers, words};
use crate::workdir::{Served, end};

/// An account with a bit of everything.
pub(super) fn colourful() -> Home {
    let home = Home::new();
    home.import("News", 0..20, &["--create"]).code(0);
    home.update("News", &GroupUpdate { remove: numbers([2]), add: numbers([40, 41]), ..GroupUpdate::default() });
    home.make(&NewGroup { name: Some("Empty".into()), ..NewGroup::default() });
    let child = NewGroup {
        name: Some("Child: ü".into()),
        members: numbers(50..55),
        auto_update: Some(words()),
        ..NewGroup::default()
    };
    let child = home.make(&child);
    let parent = NewGroup {
        name: Some("Parent".into()),
        members: numbers(53..58),
        child_groups: vec![child.clone()],
        ..NewGroup::default()
    };
    let parent = home.make(&parent);
    home.make(&NewGroup { name: Some("Grand".into()), child_groups: vec![parent, child], ..NewGroup::default() });
    home.make(&NewGroup { members: numbers(60..63), auto_update: Some(words()), ..NewGroup::default() });
    home.dir.file("left.csv", csv([70]));
    for group in ["News", "Long gone"] {
        home.dir.run(["leavers", "import", group, "left.csv", "--sandbox"]).code(0);
    }
    home
}

/// A backup of all that is there, for another home to see.
fn kept(home: &Home) -> std::path::PathBuf {
    home.run(&["backup", "kept"]).code(0);
    home.dir.path("kept")
}

fn restore(home: &Home, folder: &Path, flags: &[&str]) -> crate::workdir::Ended {
    home.run(&[&["restore", folder.to_str().unwrap()], flags].concat())
}

#[test]
fn a_group_without_a_name_that_is_restored_twice_is_there_once() {
    let (home, other) = (Home::new(), Home::new());
    let id = home.make(&NewGroup { members: numbers(60..63), auto_update: Some(words()), ..NewGroup::default() });
    let folder = kept(&home);
    restore(&other, &folder, &[]).code(0);
    let first = other.groups();
    restore(&other, &folder, &["--dry-run"]).code(0);
    restore(&other, &folder, &[]).code(0).says("nothing to do");
    // Also when it is called something by now, and when it is not as it was.
    let id_there = first[0].id.to_string();
    let update = ["groups", "update", &id_there, "--name", "Called", "--remove", &number(61).to_string()];
    other.run(&[&update[..], &["--yes"]].concat()).code(0);
    restore(&other, &folder, &["--readd-left", "--yes"]).code(0);
    let now = other.groups();
    assert_eq!((now.len(), &now[0].id), (1, &first[0].id));
    assert_eq!(other.members("Called"), [60, 61, 62]);
    // Gone, it is made again: there, and where it comes from.
    other.run(&["groups", "delete", "Called", "--yes"]).code(0);
    home.run(&["groups", "delete", id.as_str(), "--yes"]).code(0);
    for account in [&other, &home] {
        for _ in 0..2 {
            restore(account, &folder, &[]).code(0);
        }
        let now = account.groups();
        assert_eq!((now.len(), &now[0].name), (1, &None));
        assert_eq!(account.pictures().into_values().next().unwrap().2.len(), 3);
    }
}

#[test]
fn a_restored_account_compares_equal() {
    let (home, other) = (colourful(), Home::new());
    let folder = kept(&home);
    restore(&other, &folder, &["--dry-run"]).code(0);
    assert!(other.groups().is_empty() && other.left().is_empty(), "a dry run changes nothing");
    restore(&other, &folder, &[]).code(0).says("verified");
    assert_eq!(other.pictures(), home.pictures());
    let expected = [("Long gone".to_owned(), 70), ("News".to_owned(), 2), ("News".to_owned(), 70)];
    assert_eq!(other.left(), expected);
    // Again, and nothing is left to do.
    restore(&other, &folder, &["News", "Parent", "Empty", "Child: ü", "Grand"]).code(0).says("nothing to do");
    // A backup of the copy is a backup of the account.
    let again = Home::new();
    restore(&again, &kept(&other), &[]).code(0);
    assert_eq!(again.pictures(), home.pictures());
    assert_eq!(again.left(), expected);
}

#[test]
fn who_joined_there_by_themselves_has_joined_here() {
    let (home, other) = (colourful(), Home::new());
    restore(&other, &kept(&home), &["News"]).code(0);
    assert_eq!(other.groups().len(), 1);
    // The nightly list names neither 40 nor 41, and takes only its own back.
    other.import("News", 0..18, &["--mode", "sync"]).code(0);
    let expected: Vec<u64> = (0..18).filter(|index| *index != 2).chain([40, 41]).collect();
    assert_eq!(other.members("News"), expected);
}

#[test]
fn a_damaged_or_edited_backup_is_refused_by_the_name_of_the_file() {
    let (home, other) = (colourful(), Home::new());
    let folder = kept(&home);
    let mut files = vec!["manifest.json".to_owned()];
    for place in ["groups", "leavers"] {
        files.extend(entries(&folder.join(place)).into_iter().map(|name| format!("{place}/{name}")));
    }
    assert_eq!(files.len(), 9, "{files:?}");
    for file in files {
        let path = folder.join(&file);
        let sound = std::fs::read(&path).unwrap();
        let mut edited = sound.clone();
        let at = edited.len() - 3;
        edited[at] ^= 1;
        std::fs::write(&path, edited).unwrap();
        let ended = restore(&other, &folder, &[]);
        ended.code(1).says(&file);
        assert!(!ended.stderr.contains("2125550"), "{ended:?}");
        std::fs::write(&path, &sound[..sound.len() - 20]).unwrap();
        restore(&other, &folder, &[]).code(1).says(&file);
        std::fs::remove_file(&path).unwrap();
        restore(&other, &folder, &[]).code(if file == "manifest.json" { 2 } else { 1 });
        std::fs::write(&path, sound).unwrap();
    }
    assert!(other.groups().is_empty() && other.left().is_empty());
    other.run(&["restore", "nowhere"]).code(2).says("holds no backup");
}

#[test]
fn at_home_groups_are_known_by_their_ids_and_nobody_who_joined_is_removed() {
    let home = colourful();
    let folder = kept(&home);
    home.run(&["groups", "update", "News", "--name", "Renamed", "--remove", "+12125550105"]).code(0);
    home.update("Renamed", &GroupUpdate { add: numbers([80]), ..GroupUpdate::default() });
    restore(&home, &folder, &[]).code(0);
    assert!(home.groups().iter().all(|group| group.name.as_deref() != Some("News")));
    let expected: Vec<u64> = (0..20).filter(|index| *index != 2).chain([40, 41, 80]).collect();
    assert_eq!(home.members("Renamed"), expected);
    // What a restore did is taken back like anything else.
    let runs: Value = serde_json::from_str(&home.dir.run(["runs", "list", "--json"]).stdout).unwrap();
    let run = runs[0]["id"].as_str().or_else(|| runs[0]["run"].as_str()).unwrap().to_owned();
    home.dir.run(["runs", "undo", &run, "--yes", "--rate", "1000"]).code(0);
    assert!(!home.members("Renamed").contains(&5));
}

#[test]
fn who_left_since_is_not_brought_back_unless_asked_for() {
    let home = Home::new();
    home.import("News", 0..20, &["--create"]).code(0);
    let folder = kept(&home);
    home.update("News", &GroupUpdate { remove: numbers([3, 4]), ..GroupUpdate::default() });
    home.import("News", 0..20, &[]).code(0);
    restore(&home, &folder, &[]).code(0).says("--readd-left");
    assert!(!home.members("News").contains(&3));
    restore(&home, &folder, &["--readd-left"]).code(0);
    assert_eq!(home.members("News"), (0..20).collect::<Vec<u64>>());
    // All gone at once is an accident, and said so; whoever asks has them back.
    home.update("News", &GroupUpdate { remove: numbers(0..20), ..GroupUpdate::default() });
    restore(&home, &folder, &[]).code(4).says("left");
    assert!(home.members("News").is_empty() && home.left().is_empty());
    restore(&home, &folder, &["--readd-left"]).code(0);
    assert_eq!(home.members("News"), (0..20).collect::<Vec<u64>>());
}

#[test]
fn a_group_that_was_deleted_is_made_again_with_everybody() {
    let home = colourful();
    home.run(&["groups", "update", "News", "--auto-update", "443", "--join-word", "JOIN"]).code(0);
    let (before, left) = (home.pictures(), home.left());
    // By somebody else, without a word.
    let folder = kept(&home);
    let id = home.group("News").id;
    home.runtime.block_on(rollcall::groups::GroupsApi::delete(&home.store(), &id)).unwrap();
    restore(&home, &folder, &["News", "--dry-run"]).code(0);
    restore(&home, &folder, &["News"]).code(0);
    assert_eq!(home.pictures(), before);
    // And by us.
    let (ended, report) = home.report(&["groups", "delete", "News", "--yes"]);
    ended.code(0);
    restore(&home, Path::new(report["files"]["backup"].as_str().unwrap()), &[]).code(0);
    assert_eq!(home.pictures(), before);
    assert!(home.left().len() >= left.len(), "whoever had left has left");
}

#[test]
fn groups_get_other_names_if_asked() {
    let (home, other) = (colourful(), Home::new());
    let folder = kept(&home);
    restore(&other, &folder, &["News", "--as", "News=Old news"]).code(0);
    assert_eq!(other.members("Old news").len(), 21);
    assert_eq!(other.left().iter().filter(|(group, _)| group == "Old news").count(), 2);
    restore(&other, &folder, &["--as", "Nothing=A"]).code(2).says("Nothing");
    restore(&other, &folder, &["--as", "News=this name is far too long"]).code(2).says("--as");
    restore(&other, &folder, &["--as", "News=Empty"]).code(2).says("one group");
    restore(&other, &folder, &["--as", "News"]).code(2);
    restore(&other, &folder, &["Nobody"]).code(2).says("Nobody");
    assert_eq!(other.groups().len(), 1);
    // A parent without its child would be another group.
    restore(&other, &folder, &["Parent"]).code(2).says("Child");
}

#[test]
fn a_group_becomes_as_it_was_if_asked() {
    for (flags, expected) in [
        (&["--mode", "sync", "--max-remove", "90%"][..], (0..20).chain([80]).collect::<BTreeSet<u64>>()),
        (&["--mode", "sync", "--remove-joined", "--max-remove", "90%"], (0..20).collect()),
        (&["--mode", "replace", "--max-remove", "90%"], (0..20).collect()),
    ] {
        let home = Home::new();
        home.import("News", 0..20, &["--create"]).code(0);
        home.run(&["groups", "update", "News", "--auto-update", "443", "--join-word", "JOIN"]).code(0);
        let folder = kept(&home);
        home.import("News", 20..30, &[]).code(0);
        home.update("News", &GroupUpdate { add: numbers([80]), ..GroupUpdate::default() });
        home.run(&["groups", "update", "News", "--join-word", "OTHER"]).code(0);
        restore(&home, &folder, &[&flags[..2], &["--max-remove", "5"]].concat()).code(4).says("--max-remove");
        restore(&home, &folder, flags).code(0);
        assert_eq!(home.members("News").into_iter().collect::<BTreeSet<u64>>(), expected, "{flags:?}");
        assert_eq!(home.group("News").auto_update.unwrap().add_words(), ["JOIN"], "{flags:?}");
    }
}

#[test]
fn a_number_that_must_not_be_written_to_is_not_brought_back() {
    let home = Home::new();
    home.import("News", 0..20, &["--create"]).code(0);
    let folder = kept(&home);
    home.dir.file("never.csv", csv([7]));
    home.import("News", 0..20, &["--mode", "sync", "--suppress", "never.csv"]).code(0);
    assert!(!home.members("News").contains(&7));
    restore(&home, &folder, &[]).code(0);
    assert!(!home.members("News").contains(&7));
    assert_eq!(number(7).value(), 12_125_550_107);
}

#[test]
fn a_restore_that_was_stopped_on_its_way_is_finished_by_resuming() {
    let home = colourful();
    let folder = kept(&home);
    let names = ["News", "Parent", "Empty", "Child: ü", "Grand"];
    let mut expected = home.pictures();
    expected.remove(&None);
    // At this rate the first group takes half a second at least, and the rest more than one; a slow machine gets more.
    for deadline in ["0.9", "1.7", "2.5", "3.3", "4.1", "4.9"] {
        let other = Home::new();
        let data = other.dir.path("there.sqlite");
        let served = Served::start(&other.dir, &["--data", data.to_str().unwrap()]);
        let there = Store::open(&Data::File(data), "demo", Rules::default()).unwrap();
        let args = [&["restore", folder.to_str().unwrap()], &names[..]].concat();
        let ended = end(served.command(&other.dir, &args).args(["--rate", "5", "--deadline", deadline]));
        ended.code(5);
        if other.pictures_of(&there).is_empty() {
            continue;
        }
        end(&mut served.command(&other.dir, &["runs", "resume", "--rate", "1000"])).code(0);
        assert_eq!(other.pictures_of(&there), expected);
        end(served.command(&other.dir, &args).args(["--rate", "1000"])).code(0).says("nothing to do");
        return;
    }
    panic!("nothing was ever begun");
}

#[test]
fn a_suppression_list_is_honoured_and_one_that_cannot_be_read_stops_everything() {
    let home = Home::new();
    home.import("News", 0..20, &["--create"]).code(0);
    let (folder, other) = (kept(&home), Home::new());
    // As people write them: with a region of their own.
    other.dir.file("never.csv", "phone\n(212) 555-0107\n");
    other.dir.file("odd.csv", "phone\n+12125550108\nsomebody\n");
    restore(&other, &folder, &["--suppress", "nowhere.csv"]).code(2);
    restore(&other, &folder, &["--suppress", "odd.csv"]).code(4).says("--max-suppress-rejects");
    assert!(other.groups().is_empty());
    let (ended, report) = other.report(&[
        "restore",
        folder.to_str().unwrap(),
        "--suppress",
        "never.csv",
        "--region",
        "US",
        "--suppress",
        "odd.csv",
        "--max-suppress-rejects",
        "1",
        "--report",
        "page.html",
    ]);
    ended.code(0);
    assert_eq!(report["suppression"], serde_json::json!({ "lists": 2, "numbers": 2, "rejects": 1 }));
    let expected: Vec<u64> = (0..20).filter(|index| ![7, 8].contains(index)).collect();
    assert_eq!(other.members("News"), expected);
    assert!(other.dir.read("page.html").contains("18 members added"), "{}", other.dir.read("page.html"));
    // It is remembered, as an import remembers it; and under sync whoever is on it goes.
    restore(&other, &folder, &[]).code(0);
    assert_eq!(other.members("News"), expected);
    other.dir.file("more.csv", csv([3]));
    restore(&other, &folder, &["--mode", "sync", "--suppress", "more.csv"]).code(0);
    assert!(!other.members("News").contains(&3));
}

#[test]
fn whoever_carries_groups_can_have_a_report_of_it() {
    let home = Home::new();
    home.import("News", 0..4, &["--create"]).code(0);
    for (args, told) in [
        (&["backup", "kept"][..], "backup"),
        (&["restore", "kept", "--as", "News=Other"], "restore"),
        (&["groups", "update", "Other", "--remove", "+12125550100"], "groups update"),
        (&["groups", "delete", "Other", "--yes"], "groups delete"),
    ] {
        let (ended, report) = home.report(&[args, &["--report", "report.json"]].concat());
        ended.code(0);
        let written: Value = serde_json::from_str(&home.dir.read("report.json")).unwrap();
        assert_eq!((&written, written["command"].as_str()), (&report, Some(told)));
        home.run(&["restore", "kept", "--as", "News=Other"]).code(0);
        let again = [args, &["--report", "page.html"]].concat();
        if told != "backup" {
            home.run(&again).code(0);
            assert!(home.dir.read("page.html").contains("<h1>"), "{told}");
        }
    }
}

#[test]
fn what_was_brought_back_does_not_tell_how_long_lists_are() {
    let home = Home::new();
    home.import("News", 0..20, &["--create", "--mode", "sync"]).code(0);
    home.import("News", 20..60, &[]).code(0);
    let folder = kept(&home);
    home.update("News", &GroupUpdate { remove: numbers(30..32), ..GroupUpdate::default() });
    restore(&home, &folder, &["--mode", "sync", "--readd-left"]).code(0);
    let ended = home.import("News", 0..20, &["--mode", "sync", "--dry-run", "--json"]);
    let report: Value = serde_json::from_str(&ended.code(4).stdout).unwrap();
    let brakes = report["brakes"].as_array().unwrap();
    let shrink = brakes.iter().find(|brake| brake["name"] == "shrink").unwrap();
    assert_eq!(
        (&shrink["tripped"], &shrink["value"]),
        (&false.into(), &0.into()),
        "a list of 20 rows, as before: {report}"
    );
}
