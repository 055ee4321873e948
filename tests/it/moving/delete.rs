//! `rollcall groups delete`: never without a word, never without a copy.

use rollcall::groups::NewGroup;
use serde_json::Value;

use super::{Home, entries, numbers};

#[test]
fn without_a_terminal_a_group_is_deleted_only_when_told_so() {
    let home = Home::new();
    home.import("News", 0..4, &["--create"]).code(0);
    home.run(&["groups", "delete", "News"]).code(2).says("--yes");
    home.run(&["groups", "delete", "News", "--dry-run"]).code(0).says("4 members");
    home.run(&["groups", "delete", "Nowhere", "--yes"]).code(2);
    assert_eq!(home.members("News"), [0, 1, 2, 3]);
    assert!(!home.dir.path("state/deleted").exists(), "what is not deleted is not kept");
    let (ended, report) = home.report(&["groups", "delete", "News", "--yes"]);
    ended.code(0);
    assert_eq!((&report["groups"][0]["deleted"], &report["groups"][0]["before"]), (&true.into(), &4.into()));
    assert!(home.groups().is_empty());
    let kept = report["files"]["backup"].as_str().unwrap();
    let text = std::fs::read_to_string(std::path::Path::new(kept).join("groups/0001-News.csv")).unwrap();
    assert_eq!(text.lines().count(), 5);
    assert_eq!(entries(&home.dir.path("state/deleted")).len(), 1);
}

#[test]
fn who_left_stays_away_from_the_next_group_of_the_name() {
    let home = Home::new();
    home.import("News", 0..20, &["--create"]).code(0);
    home.dir.file("left.csv", super::csv([30]));
    home.dir.run(["leavers", "import", "News", "left.csv", "--sandbox"]).code(0);
    home.run(&["groups", "delete", "News", "--yes"]).code(0);
    assert_eq!(home.left(), [("News".to_owned(), 30)], "nobody has left who was deleted with the group");
    home.import("News", 0..31, &["--create"]).code(0);
    assert_eq!(home.members("News"), (0..30).collect::<Vec<u64>>());
}

#[test]
fn a_parent_that_loses_its_child_is_named() {
    let home = Home::new();
    let child = home.make(&NewGroup { name: Some("Child".into()), members: numbers(0..2), ..NewGroup::default() });
    home.make(&NewGroup { name: Some("Parent".into()), child_groups: vec![child.clone()], ..NewGroup::default() });
    let shown: Value = serde_json::from_str(&home.run(&["groups", "show", "Parent", "--json"]).stdout).unwrap();
    assert_eq!(shown["child_groups"][0], child.as_str());
    home.run(&["groups", "delete", "Child", "--yes"]).code(0).says("child group of Parent");
}

#[test]
fn a_group_that_another_run_holds_is_not_deleted() {
    let home = Home::new();
    home.import("News", 0..4, &["--create"]).code(0);
    let state = rollcall::ledger::StateFolder::open(&home.dir.path("state")).unwrap();
    let _held = rollcall::ledger::GroupLock::take(&state, "sandbox/sandbox", "News").unwrap();
    home.run(&["groups", "delete", "News", "--yes"]).code(7);
    home.run(&["groups", "update", "News", "--name", "Other"]).code(7);
    assert_eq!(home.members("News").len(), 4);
}

#[test]
fn who_is_forgotten_is_forgotten_in_deleted_groups_as_well() {
    let home = Home::new();
    home.import("News", 0..4, &["--create"]).code(0);
    home.dir.file("left.csv", super::csv([30]));
    home.dir.run(["leavers", "import", "News", "left.csv", "--sandbox"]).code(0);
    let (_, report) = home.report(&["groups", "delete", "News", "--yes"]);
    let kept = report["files"]["backup"].as_str().unwrap().to_owned();
    for number in ["+12125550102", "+12125550130"] {
        let (_, told) = home.dir.report(["forget", number, "--offline", "--dry-run"]);
        assert_eq!(told["forgotten"]["rows"], 1, "{told}");
        home.dir.run(["forget", number, "--offline", "--yes"]).code(0);
        let (_, told) = home.dir.report(["forget", number, "--offline", "--dry-run"]);
        assert_eq!(told["forgotten"]["rows"], 0);
    }
    assert_eq!(entries(&home.dir.path("state/deleted")).len(), 1);
    home.run(&["restore", &kept]).code(0);
    assert_eq!(home.members("News"), [0, 1, 3]);
    assert!(home.left().is_empty());
}

#[test]
fn the_command_that_makes_a_deleted_group_again_works_when_it_is_pasted() {
    let home = Home::new();
    home.import("News", 0..4, &["--create"]).code(0);
    let state = home.dir.path("a state's folder");
    std::fs::rename(home.dir.path("state"), &state).unwrap();
    let delete = ["groups", "delete", "News", "--yes", "--sandbox", "--state-dir", "a state's folder"];
    let ended = home.dir.run(delete);
    let hint = ended.code(0).stderr.lines().find(|line| line.contains("makes it again")).unwrap();
    let pasted = hint.split('`').nth(1).unwrap();
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_rollcall")).parent().unwrap().to_owned();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let there = tempfile::tempdir().unwrap();
    let shell = std::process::Command::new("sh").args(["-c", pasted]).env("PATH", path).current_dir(&there).output();
    let shell = shell.unwrap();
    assert!(shell.status.success(), "{pasted}: {}", String::from_utf8_lossy(&shell.stderr));
    std::fs::rename(&state, home.dir.path("state")).unwrap();
    assert_eq!(home.members("News"), [0, 1, 2, 3]);
}

#[test]
fn as_many_deleted_groups_are_kept_as_runs() {
    let home = Home::new();
    for round in 0..4 {
        home.import("News", 0..4, &["--create"]).code(0);
        home.run(&["groups", "delete", "News", "--yes", "--keep", "2"]).code(0);
        assert_eq!(entries(&home.dir.path("state/deleted")).len(), 2.min(round + 1));
    }
    home.import("News", 0..4, &["--create", "--keep", "1"]).code(0);
    assert_eq!(entries(&home.dir.path("state/deleted")).len(), 1);
}

#[test]
fn a_number_is_found_in_the_backup_of_a_deleted_group() {
    let home = Home::new();
    home.import("News", 0..4, &["--create"]).code(0);
    home.run(&["groups", "delete", "News", "--yes"]).code(0);
    let found = home.run(&["find", "+12125550102", "--json"]);
    let found: Value = serde_json::from_str(&found.code(0).stdout).unwrap();
    assert_eq!((&found["found"], &found["deleted"][0]["group"]), (&true.into(), &"News".into()));
    assert!(home.run(&["find", "+12125550102"]).stdout.contains("in the backup of the deleted group News"));
    home.run(&["forget", "+12125550102", "--yes"]).code(0);
    home.run(&["find", "+12125550102"]).code(0).says("nothing is known");
}

/// The files of the state folder, but for the sandbox's, in which a text stands.
fn that_say(folder: &std::path::Path, text: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(that_say(&path, text));
        } else if !path.file_name().unwrap().to_string_lossy().starts_with("sandbox")
            && String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(text)
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn who_is_forgotten_stands_in_no_file_of_the_state_folder() {
    let home = Home::new();
    home.import("News", 0..4, &["--create"]).code(0);
    home.run(&["groups", "delete", "News", "--yes"]).code(0);
    let state = home.dir.path("state");
    // What killed processes leave: a list that came by standard input, rejects and a backup that were never finished.
    let run = state.join("runs/20200101T000000Z-abcd");
    let half = state.join("deleted/.rollcall-x.part/groups");
    for folder in [&run, &half] {
        std::fs::create_dir_all(folder).unwrap();
    }
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    let touch = |path: &std::path::Path| std::fs::File::open(path).unwrap().set_modified(long_ago).unwrap();
    for file in [run.join("stdin"), run.join(".rollcall-y.part"), half.join("0001-News.csv")] {
        std::fs::write(&file, "phone\n+12125550102\n+12125550103\n").unwrap();
        touch(&file);
    }
    touch(&half);
    touch(half.parent().unwrap());
    assert!(that_say(&state, "2125550102").len() >= 4);
    // What is written at this moment is not taken away, and said.
    let fresh = run.join(".rollcall-z.part");
    std::fs::write(&fresh, "+12125550102").unwrap();
    home.dir.run(["forget", "+12125550102", "--offline", "--yes"]).code(7).says("ten minutes");
    assert_eq!(that_say(&state, "2125550102"), std::slice::from_ref(&fresh));
    touch(&fresh);
    let (ended, told) = home.dir.report(["forget", "+12125550102", "--offline", "--yes"]);
    ended.code(0);
    assert_eq!(told["forgotten"]["files"], 1);
    assert_eq!(that_say(&state, "2125550102"), Vec::<std::path::PathBuf>::new());
    assert!(!run.exists());
}

#[test]
fn a_backup_that_is_damaged_keeps_nothing_else_from_being_forgotten() {
    let home = Home::new();
    home.import("News", 0..4, &["--create"]).code(0);
    let (_, report) = home.report(&["groups", "delete", "News", "--yes"]);
    home.import("News", 0..4, &["--create"]).code(0);
    let folder = std::path::PathBuf::from(report["files"]["backup"].as_str().unwrap());
    std::fs::write(folder.join("manifest.json"), "{}").unwrap();
    home.run(&["find", "+12125550102"]).code(0).says("not looked into");
    home.run(&["forget", "+12125550102", "--yes"]).code(1).says("remove the folder");
    assert_eq!(home.members("News"), [0, 1, 3]);
    std::fs::remove_dir_all(&folder).unwrap();
    home.run(&["forget", "+12125550102", "--yes"]).code(0);
    home.run(&["find", "+12125550102"]).code(0).says("nothing is known");
}
