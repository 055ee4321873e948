//! `rollcall import`, and what it leaves behind.

use std::collections::BTreeSet;

use crate::workdir::{Workdir, sample};

fn numbers(export: &str) -> BTreeSet<String> {
    export.lines().skip(1).map(|line| line.split(',').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_list_becomes_a_group_and_comes_back() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\n(212) 555-0102\n");
    let (ended, report) =
        dir.report(["import", "list.csv", "--group", "News", "--create", "--sandbox", "--region", "US"]);
    ended.code(0);
    assert_eq!(report["verified"], true);
    assert_eq!(report["members"]["added"], 3);
    assert_eq!(report["groups"][0]["name"], "News");
    assert_eq!(report["groups"][0]["created"], true);
    assert_eq!(report["groups"][0]["before"], 0);
    assert_eq!(report["groups"][0]["after"], 3);
    let export = dir.run(["export", "News", "--sandbox"]);
    assert_eq!(
        export.code(0).stdout,
        "msisdn,region,type,group\n\
         +12125550100,US,fixed_line_or_mobile,News\n\
         +12125550101,US,fixed_line_or_mobile,News\n\
         +12125550102,US,fixed_line_or_mobile,News\n"
    );
}

#[test]
fn a_second_import_says_nothing_to_do_and_sends_no_change() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\n");
    dir.run(["import", "list.csv", "--group", "News", "--create", "--sandbox"]).code(0);
    let before = dir.run(["groups", "show", "News", "--sandbox", "--json"]).stdout;
    let (ended, report) = dir.report(["import", "list.csv", "--group", "News", "--sandbox"]);
    ended.code(0).says("nothing to do");
    assert_eq!(report["members"]["already"], 2);
    assert_eq!(report["members"]["to_add"], 0);
    assert_eq!(report["verified"], true);
    let after = dir.run(["groups", "show", "News", "--sandbox", "--json"]).stdout;
    assert_eq!(before, after, "modified_at would tell");
}

#[test]
fn the_big_sample_goes_into_its_groups_and_comes_back_exactly() {
    let dir = Workdir::new();
    let list = sample("contacts-10k.csv");
    let list = list.to_str().unwrap();
    dir.run(["check", list, "-o", "clean.csv"]).code(3);
    let clean: BTreeSet<String> = csv::Reader::from_path(dir.path("clean.csv"))
        .unwrap()
        .records()
        .map(|record| record.unwrap().iter().rev().nth(2).unwrap().to_owned())
        .collect();
    let args =
        ["import", list, "--group-column", "list", "--create", "--sandbox", "--chunk-size", "500", "--rate", "1000"];
    let (ended, report) = dir.report(args);
    ended.code(3);
    assert_eq!(report["verified"], true);
    let groups: Vec<String> =
        report["groups"].as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(groups, ["Coast", "East", "Lakes", "North", "Plains", "South", "VIP", "West"]);
    let mut export = vec!["export".to_owned(), "--sandbox".to_owned()];
    export.extend(groups);
    let export = dir.run(&export);
    assert_eq!(numbers(&export.code(0).stdout), clean);
    let (ended, report) = dir.report(args);
    ended.code(3).says("nothing to do");
    assert_eq!(report["members"]["to_add"], 0);
}

#[test]
fn removing_takes_out_the_listed_and_nobody_else() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\n+12125550102\n");
    dir.file("left.csv", "phone\n+12125550101\n+12125550109\n");
    dir.run(["import", "list.csv", "--group", "News", "--create", "--sandbox"]).code(0);
    let (ended, report) = dir.report(["import", "left.csv", "--group", "News", "--mode", "remove", "--sandbox"]);
    ended.code(0);
    assert_eq!((&report["members"]["removed"], &report["members"]["already"]), (&1.into(), &1.into()));
    let export = dir.run(["export", "News", "--sandbox"]).stdout;
    assert_eq!(numbers(&export), ["+12125550100", "+12125550102"].map(str::to_owned).into());
}

#[test]
fn a_dry_run_shows_the_change_and_makes_none() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n");
    let (ended, report) = dir.report(["import", "list.csv", "--group", "News", "--create", "--sandbox", "--dry-run"]);
    ended.code(0);
    assert_eq!(report["members"]["to_add"], 1);
    assert_eq!(report["verified"], serde_json::Value::Null);
    assert_eq!(report["run"], serde_json::Value::Null);
    assert_eq!(report["digest"].as_str().unwrap().len(), 64);
    dir.run(["export", "News", "--sandbox"]).code(2);
    let again = dir.report(["import", "list.csv", "--group", "News", "--create", "--sandbox", "--dry-run"]).1;
    assert_eq!(report["digest"], again["digest"]);
}

#[test]
fn brakes_stop_before_anything_is_sent_and_name_their_flag() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\nx\n");
    let args = ["import", "list.csv", "--group", "News", "--create", "--sandbox"];
    let ended = dir.run(args);
    ended.code(4).says("rejects").says("--max-rejects").says("1 of 2");
    dir.run(["groups", "show", "News", "--sandbox"]).code(2);
    dir.run(args.iter().chain(&["--max-rejects", "50%"])).code(3);
    dir.file("empty.csv", "phone\n");
    let (ended, report) = dir.report(["import", "empty.csv", "--group", "News", "--sandbox"]);
    ended.code(4);
    assert!(
        report["brakes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|brake| brake["name"] == "min_rows" && brake["tripped"] == true)
    );
}

#[test]
fn rejects_are_kept_in_the_runs_folder_only_when_there_are_any() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\n+12125550102\n+12125550103\nx\n");
    let (ended, report) = dir.report(["import", "list.csv", "--group", "News", "--create", "--sandbox"]);
    ended.code(3);
    let rejects = std::fs::read_to_string(report["files"]["rejects"].as_str().unwrap()).unwrap();
    assert_eq!(rejects.lines().count(), 2, "{rejects}");
    dir.file("good.csv", "phone\n+12125550104\n");
    let (ended, report) = dir.report(["import", "good.csv", "--group", "News", "--sandbox"]);
    ended.code(0);
    assert_eq!(report["files"]["rejects"], serde_json::Value::Null);
}

#[test]
fn a_row_may_name_several_groups() {
    let dir = Workdir::new();
    let list = sample("routed.csv");
    let (ended, report) =
        dir.report(["import", list.to_str().unwrap(), "--group-column", "lists", "--create", "--sandbox"]);
    ended.code(0);
    let sizes: Vec<(String, u64)> = report["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| (group["name"].as_str().unwrap().to_owned(), group["after"].as_u64().unwrap()))
        .collect();
    assert_eq!(sizes, [("Events".to_owned(), 1), ("News".to_owned(), 2), ("Offers".to_owned(), 2)]);
}

#[test]
fn a_report_file_holds_what_json_prints() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n");
    let (ended, printed) =
        dir.report(["import", "list.csv", "--group", "News", "--create", "--sandbox", "--report", "report.json"]);
    ended.code(0);
    let written: serde_json::Value = serde_json::from_str(&dir.read("report.json")).unwrap();
    assert_eq!(printed, written);
}

#[test]
fn the_last_list_is_the_last_one_though_it_was_empty() {
    let dir = Workdir::new();
    let list = |rows: u32| (0..rows).fold("phone\n".to_owned(), |list, row| list + &format!("+121255501{row:02}\n"));
    let sync = |rows, flags: &[&str]| {
        dir.file("list.csv", list(rows));
        let args = ["import", "list.csv", "--group", "News", "--create", "--sandbox", "--mode", "sync"];
        dir.run([&args[..], flags].concat())
    };
    sync(30, &[]).code(0);
    sync(20, &["--max-remove", "100%"]).code(4).says("brake shrink");
    sync(0, &["--min-rows", "0", "--max-remove", "100%", "--max-shrink", "100%"]).code(0);
    sync(1, &[]).code(0);
}
