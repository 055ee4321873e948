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
