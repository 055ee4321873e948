//! One list for many groups: one pass, one pace, one report.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Place, members, number, range};
use crate::workdir::{Served, Workdir, end};

const IMPORT: &str = "import routed.csv --group-column list --create --rate 100000";

/// A list that names a group for each of these.
fn routed(rows: impl IntoIterator<Item = (u64, impl std::fmt::Display)>) -> String {
    rows.into_iter().fold("phone,list\n".to_owned(), |mut text, (index, group)| {
        writeln!(text, "{},{group}", number(index)).unwrap();
        text
    })
}

#[test]
fn hundreds_of_groups_are_filled_in_one_pass() {
    const GROUPS: u64 = 300;
    let place = Place::new();
    place.dir.file("routed.csv", routed((0..2 * GROUPS).map(|index| (index, format!("Group {}", index % GROUPS)))));
    let (ended, report) = place.report(IMPORT);
    ended.code(0);
    assert_eq!(report["groups"].as_array().unwrap().len(), 300);
    assert_eq!((&report["members"]["added"], &report["verified"]), (&600.into(), &true.into()));
    let now = place.members();
    assert!(now.len() == 300 && now.values().all(|members| members.len() == 2));
    // Nothing is sent a second time; each group is read before and after.
    let (ended, report) = place.report(IMPORT);
    ended.code(0).says("nothing to do");
    assert_eq!(report["requests"]["sent"], 603);
}

#[test]
fn a_group_that_fails_does_not_stop_the_others() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &["--group-limit", "10"]);
    let rows = (0..5).map(|index| (index, "A")).chain((10..25).map(|index| (index, "B")));
    dir.file("routed.csv", routed(rows.chain((30..35).map(|index| (index, "C")))));
    let args: Vec<&str> = IMPORT.split_whitespace().chain(["--json"]).collect();
    let ended = end(&mut served.command(&dir, &args));
    ended.code(5);
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let told: Vec<(&str, u64, bool)> = report["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| (group["name"].as_str().unwrap(), group["after"].as_u64().unwrap(), group["failure"].is_string()))
        .collect();
    assert_eq!((told[0], told[2]), (("A", 5, false), ("C", 5, false)));
    assert!(told[1].1 <= 10 && told[1].2, "{told:?}");
}

#[test]
fn groups_that_the_list_no_longer_names_are_told_as_long_as_they_are_there() {
    let place = Place::new();
    let import = |groups: &[&'static str]| {
        place.dir.file("routed.csv", routed((0..).zip(groups.iter().copied())));
        let (ended, report) = place.report(IMPORT);
        ended.code(0);
        let names = report["unnamed"].as_array().cloned().unwrap_or_default();
        let told = names.iter().map(|name| name.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(ended.stderr.contains("are not named by it any more"), !told.is_empty());
        told.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(import(&["A", "B", "C"]), [""; 0]);
    assert_eq!(import(&["A", "C"]), ["B"]);
    assert_eq!(import(&["A"]), ["B", "C"]);
    place.delete("B");
    assert_eq!(import(&["A"]), ["C"]);
    assert_eq!(import(&["A", "C"]), [""; 0]);
    // Another list has nothing to do with it.
    place.dir.file("other.csv", routed([(7, "D")]));
    let (_, report) = place.report(&IMPORT.replace("routed.csv", "other.csv"));
    assert!(report["unnamed"].is_null());
}

#[test]
fn two_names_for_one_group_are_one_change() {
    let place = Place::new();
    place.make("North", 0..2, None);
    let id = place.group("North").id.to_string();
    place.dir.file("routed.csv", routed([(5, id.as_str()), (6, "North"), (7, "South")]));
    let (ended, report) = place.report(IMPORT);
    ended.code(0);
    assert_eq!(report["groups"].as_array().unwrap().len(), 2);
    assert_eq!(place.members(), members([("North", [0, 1, 5, 6].into()), ("South", range(7..8))]));
    let rows = format!("phone,list,action\n{0},{id},add\n{0},North,remove\n", number(5));
    place.dir.file("routed.csv", rows);
    place.run(&format!("{IMPORT} --action-column action")).code(2).says("are the same group");
}

#[test]
fn each_group_of_a_list_can_be_spread() {
    let place = Place::new();
    place.dir.file("routed.csv", routed((0..40).map(|index| (index, if index < 25 { "Big" } else { "Small" }))));
    let (ended, report) = place.report(&format!("{IMPORT} --spread --group-limit 10"));
    ended.code(0);
    assert_eq!(report["groups"].as_array().unwrap().len(), 5);
    let names: Vec<String> = place.members().into_keys().collect();
    assert_eq!(names, ["Big-1", "Big-2", "Big-3", "Small-1", "Small-2"]);
}
