//! What each mode sends, and what it leaves alone.

use rollcall::groups::{AutoUpdate, GroupsApi, NewGroup};
use rollcall::ledger::{GroupLock, StateFolder};

use super::{Town, numbers, range};

#[test]
fn a_replacement_keeps_name_keywords_and_child_groups_byte_for_byte() {
    let town = Town::with(0..3);
    let store = town.store();
    let keywords: AutoUpdate =
        serde_json::from_str(r#"{"to":"15551231234","add":{"first_word":"JOIN"},"remove":{"first_word":"LEAVE"}}"#)
            .unwrap();
    let child = town.group("News").id;
    let new = NewGroup {
        name: Some("Parent".into()),
        members: numbers(0..10),
        child_groups: vec![child],
        auto_update: Some(keywords),
    };
    let before = town.runtime.block_on(store.create(&new)).unwrap();
    town.dir.file("list.csv", super::csv(1..12));
    town.run(&["import", "list.csv", "--group", "Parent", "--mode", "replace"]).code(0);
    let after = town.group("Parent");
    let json = |group: &rollcall::groups::Group| group.auto_update.as_ref().map(|keywords| keywords.json().to_owned());
    assert!(json(&after).is_some());
    assert_eq!((json(&after), &after.child_groups), (json(&before), &before.child_groups));
    assert_eq!(after.id, before.id);
    // Those that the child brings are none of the parent's business: 0 is not taken out, 1 and 2 are not added.
    let own: Vec<_> = town.members_of("Parent").iter().collect();
    assert_eq!(own, numbers(0..12));
}

#[test]
fn a_replacement_of_more_than_a_request_holds_is_refused_with_the_way_to_do_it() {
    let town = Town::with(0..1);
    let list =
        (0..10_001_u64).fold("phone\n".to_owned(), |text, index| text + &format!("+1212{}\n", 3_000_000 + index));
    town.dir.file("list.csv", list);
    let ended = town.run(&["import", "list.csv", "--group", "News", "--mode", "replace"]);
    ended.code(2).says("at most 10000").says("--mode sync").says("--spread");
    assert_eq!(town.members(), range(0..1));
}

#[test]
fn an_atomic_change_is_one_request_or_none() {
    let town = Town::with(0..20);
    let flags = ["--chunk-size", "2", "--max-remove", "100%", "--max-shrink", "100%"];
    let (ended, report) = town.import("sync", 5..25, &[&flags[..], &["--dry-run"]].concat());
    ended.code(0);
    assert_eq!((&report["members"]["to_add"], &report["members"]["to_remove"]), (&5.into(), &5.into()));
    let crowded = [&flags[..], &["--atomic", "--group-limit", "20"]].concat();
    let sync = ["import", "list.csv", "--group", "News", "--mode", "sync"];
    town.run(&[&sync[..], &crowded].concat()).code(2).says("--atomic");
    assert_eq!(town.members(), range(0..20));
    let (_, one) = town.import("sync", 5..25, &[&flags[..], &["--atomic"]].concat());
    assert_eq!((&one["verified"], town.members()), (&true.into(), range(5..25)));
    let (_, several) = town.import("sync", 0..20, &flags);
    assert_eq!((&several["verified"], town.members()), (&true.into(), range(0..20)));
    let sent = |report: &serde_json::Value| report["requests"]["sent"].as_u64().unwrap();
    assert_eq!(sent(&several) - sent(&one), 2, "three chunks of two numbers, not one");
}

#[test]
fn two_runs_do_not_change_one_group_at_once() {
    let town = Town::with(0..3);
    let state = StateFolder::open(&town.dir.path("state")).unwrap();
    let held = GroupLock::take(&state, "sandbox/sandbox", "News").unwrap();
    town.dir.file("list.csv", super::csv(0..5));
    let import = ["import", "list.csv", "--group", "News"];
    town.run(&import).code(7).says("another run holds this group");
    town.run(&[&import[..], &["--dry-run"]].concat()).code(0);
    assert_eq!(town.members(), range(0..3));
    drop(held);
    town.run(&import).code(0);
    assert_eq!(town.members(), range(0..5));
}
