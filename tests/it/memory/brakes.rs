//! Every brake both ways: it trips and nothing is sent, and its own flag lets the same list through.

use std::collections::BTreeSet;

use super::{Town, csv, number, range, set, tripped};

/// The list trips this brake alone and changes nothing; with the flag it passes and ends with this code.
#[track_caller]
fn both_ways(town: &Town, mode: &str, list: &str, before: &[&str], brake: &str, flag: [&str; 2], code: i32) {
    let members = town.members();
    let (ended, report) = town.import_text(mode, list, before);
    ended.code(4).says(flag[0]);
    assert_eq!(tripped(&report), set(&[brake]));
    assert_eq!(town.members(), members, "nothing was sent");
    let (ended, report) = town.import_text(mode, list, &[before, &flag[..]].concat());
    ended.code(code);
    assert_eq!(tripped(&report), BTreeSet::new());
}

#[test]
fn rejects() {
    let town = Town::with(0..3);
    both_ways(&town, "add", &(csv(0..6) + "x\ny\n"), &[], "rejects", ["--max-rejects", "25%"], 3);
    assert_eq!(town.members(), range(0..6));
}

#[test]
fn rejects_are_fewer_where_the_list_says_who_is_not_a_member() {
    let town = Town::with(0..10);
    both_ways(&town, "sync", &(csv(0..10) + "x\n"), &[], "rejects", ["--max-rejects", "1"], 3);
}

#[test]
fn min_rows() {
    let town = Town::with(0..3);
    let (ended, report) = town.import("add", 0..5, &["--min-rows", "6"]);
    ended.code(4).says("--min-rows");
    assert_eq!((tripped(&report), town.members()), (set(&["min_rows"]), range(0..3)));
    town.import("add", 0..5, &["--min-rows", "5"]).0.code(0);
}

#[test]
fn suppress_rejects() {
    let town = Town::with(0..3);
    town.dir.file("stop.csv", csv([4]) + "somebody\n");
    let suppress = ["--suppress", "stop.csv"];
    both_ways(&town, "add", &csv(0..6), &suppress, "suppress_rejects", ["--max-suppress-rejects", "1"], 0);
    assert!(!town.members().contains(&4));
}

#[test]
fn plus_stripped() {
    let town = Town::with(0..3);
    let list = (0..12).fold("phone\n".to_owned(), |text, index| text + &format!("49151123456{index:02}\n"));
    let lenient = ["--region", "US", "--max-rejects", "100%"];
    both_ways(&town, "add", &list, &lenient, "plus_stripped", ["--plus-less", "international"], 0);
    assert_eq!(town.members().len(), 15);
}

#[test]
fn remove() {
    let town = Town::with(0..20);
    for mode in ["remove", "sync", "replace"] {
        let list = if mode == "remove" { csv(15..20) } else { csv(0..15) };
        town.import("add", 0..20, &["--readd-left"]).0.code(0);
        both_ways(&town, mode, &list, &["--max-shrink", "100%"], "remove", ["--max-remove", "25%"], 0);
        assert_eq!(town.members(), range(0..15), "{mode}");
    }
}

#[test]
fn shrink() {
    let town = Town::with(0..20);
    town.import("sync", 0..20, &[]).0.code(0);
    both_ways(&town, "sync", &csv(0..13), &["--max-remove", "100%"], "shrink", ["--max-shrink", "35%"], 0);
    assert_eq!(town.members(), range(0..13));
}

#[test]
fn left() {
    let town = Town::with(0..40);
    town.leave(0..10);
    both_ways(&town, "sync", &csv(0..40), &[], "left", ["--max-left", "10"], 0);
    assert_eq!(town.members(), range(10..40));
    assert_eq!(town.left().len(), 10);
}

#[test]
fn a_digest_lets_exactly_its_plan_through() {
    let town = Town::with(0..20);
    let lax = ["--max-shrink", "100%"];
    let (ended, report) = town.import("sync", 0..10, &lax);
    ended.code(4).says("--override");
    let digest = report["digest"].as_str().unwrap();
    let overriding = [&lax[..], &["--override", digest]].concat();
    // Another list is another plan.
    town.import("sync", 0..9, &overriding).0.code(4);
    assert_eq!(town.members(), range(0..20));
    town.import("sync", 0..10, &overriding).0.code(0);
    assert_eq!(town.members(), range(0..10));
    // What it let through is done: the same digest fits nothing any more.
    town.import("sync", 0..5, &overriding).0.code(4);
    assert_eq!(number(0).to_string(), "+12125550100");
}
