//! A plan that is saved, reviewed, and applied: exactly that plan, or nothing.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::workdir::{Ended, Served, Workdir, end};

/// A list of so many numbers, from 212-555-0100 on.
fn list(numbers: std::ops::Range<u32>) -> String {
    numbers.fold("phone\n".to_owned(), |list, number| format!("{list}+1212555{:04}\n", 100 + number))
}

fn run(dir: &Workdir, line: &str) -> Ended {
    dir.run(line.split_whitespace().chain(["--sandbox"]))
}

fn report(dir: &Workdir, line: &str) -> (Ended, Value) {
    dir.report(line.split_whitespace().chain(["--sandbox"]))
}

/// Folder with the group News of these numbers.
fn with_group(numbers: std::ops::Range<u32>) -> Workdir {
    let dir = Workdir::new();
    dir.file("first.csv", list(numbers));
    run(&dir, "import first.csv --group News --create --rate 1000").code(0);
    dir
}

fn members(dir: &Workdir) -> String {
    run(dir, "export News").code(0).stdout.clone()
}

#[test]
fn a_plan_that_is_applied_makes_the_group_that_an_import_makes() {
    for mode in ["add", "remove", "sync", "replace"] {
        let (planned, imported) = (with_group(0..20), with_group(0..20));
        for dir in [&planned, &imported] {
            dir.file("list.csv", list(2..23));
        }
        let before = members(&planned);
        let change = format!("list.csv --group News --mode {mode} --max-remove 100% --chunk-size 2");
        let (ended, made) = report(&planned, &format!("plan {change} -o news.plan"));
        ended.code(0);
        assert_eq!(members(&planned), before, "a plan changes nothing");
        let (_, dry) = report(&planned, &format!("import {change} --dry-run"));
        let (ended, applied) = report(&planned, "apply news.plan");
        ended.code(0);
        run(&imported, &format!("import {change}")).code(0);
        assert_eq!(members(&planned), members(&imported), "{mode}");
        assert_ne!(members(&planned), before, "{mode}");
        assert_eq!((&made["digest"], &dry["digest"]), (&applied["digest"], &applied["digest"]), "{mode}");
        for figure in ["to_add", "to_remove", "already", "left", "joined", "held"] {
            assert_eq!(made["members"][figure], applied["members"][figure], "{mode}: {figure}");
        }
        assert_eq!(applied["verified"], true);
        assert_eq!(applied["requests"]["sent"], made["cost"]["requests"], "{mode}: the cost was foretold");
        let again = |dir: &Workdir| report(dir, &format!("import {change}")).1["members"].clone();
        assert_eq!(again(&planned), again(&imported), "{mode}: both runs remember the same");
    }
}

#[test]
fn several_groups_are_one_plan() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone,list\n+12125550100,East\n+12125550101,West\n+12125550102,East;West\n");
    let (ended, made) = report(&dir, "plan list.csv --group-column list --create -o two.plan.zst");
    ended.code(0);
    assert!(std::fs::read(dir.path("two.plan.zst")).unwrap().starts_with(b"\x28\xb5\x2f\xfd"));
    let (ended, applied) = report(&dir, "apply two.plan.zst");
    ended.code(0);
    assert_eq!(applied["digest"], made["digest"]);
    assert_eq!(applied["groups"].as_array().unwrap().len(), 2);
    assert_eq!(run(&dir, "export East West").code(0).stdout.lines().count(), 4);
    run(&dir, "apply two.plan.zst").code(9).says("seems to have been applied, by run");
}

#[test]
fn a_plan_is_applied_once() {
    let dir = with_group(0..3);
    dir.file("list.csv", list(2..5));
    run(&dir, "plan list.csv --group News -o news.plan").code(0);
    run(&dir, "apply news.plan").code(0);
    let after = members(&dir);
    run(&dir, "apply news.plan").code(9).says("seems to have been applied, by run").says("hint:");
    assert_eq!(members(&dir), after);
    run(&dir, "plan list.csv --group News -o nothing.plan").code(0);
    run(&dir, "apply nothing.plan").code(0).says("nothing to do");
    run(&dir, "apply nothing.plan").code(0).says("nothing to do");
}

#[test]
fn a_plan_for_a_group_that_is_there_by_now_has_moved() {
    let dir = Workdir::new();
    dir.file("list.csv", list(0..3));
    dir.file("other.csv", list(2..4));
    run(&dir, "plan list.csv --group News --create -o news.plan").code(0);
    run(&dir, "groups list").code(0);
    run(&dir, "import other.csv --group News --create").code(0);
    run(&dir, "apply news.plan").code(9).says("was to be made").says("would change 1 of them");
}

#[test]
fn a_group_that_moved_is_left_alone_unless_the_plan_does_not_touch_who_moved() {
    let dir = with_group(0..4);
    dir.file("list.csv", list(3..7));
    dir.file("join.csv", list(20..22));
    dir.file("leave.csv", list(0..1));
    dir.file("touch.csv", list(5..6));
    let list_moved = || dir.read("moved.ndjson");
    run(&dir, "plan list.csv --group News -o news.plan").code(0);
    run(&dir, "import join.csv --group News").code(0);
    run(&dir, "import leave.csv --group News --mode remove --max-remove 100%").code(0);
    let before = members(&dir);
    let (ended, report) = report(&dir, "apply news.plan --list-moved moved.ndjson");
    ended.code(9).says("2 have joined News, and 1 has left it").says("it was last changed at 20").says("--tolerate");
    assert_eq!(report["exit"], 9);
    assert_eq!(report["moved"], serde_json::json!([{ "group": "News", "joined": 2, "left": 1, "touched": 0 }]));
    assert_eq!(list_moved().lines().count(), 3);
    assert!(list_moved().contains(r#"{"group":"News","joined":"+12125550120","planned":false}"#));
    let mode = std::fs::metadata(dir.path("moved.ndjson")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    run(&dir, "apply news.plan --tolerate 2").code(9);
    assert_eq!(members(&dir), before, "nothing was sent");
    run(&dir, "apply news.plan --tolerate 3 --dry-run").code(0);
    assert_eq!(members(&dir), before);
    run(&dir, "import touch.csv --group News").code(0);
    run(&dir, "apply news.plan --tolerate 9 --list-moved moved.ndjson").code(9).says("would change 1 of them");
    assert!(list_moved().contains(r#""joined":"+12125550105","planned":true}"#));
    run(&dir, "import touch.csv --group News --mode remove --max-remove 100%").code(0);
    run(&dir, "apply news.plan --tolerate 3").code(0);
    assert_eq!(members(&dir).lines().count(), 1 + 3 + 2 + 3);
}

#[test]
fn who_opts_out_after_the_planning_is_not_added() {
    let dir = with_group(0..12);
    dir.file("list.csv", list(20..23));
    dir.file("left.csv", list(20..21));
    run(&dir, "plan list.csv --group News -o news.plan").code(0);
    run(&dir, "plan list.csv --group News -o all.plan --readd-left").code(0);
    run(&dir, "leavers import News left.csv").code(0);
    let before = members(&dir);
    run(&dir, "apply news.plan --tolerate 100").code(9).says("1 of those to add are known to have left");
    assert_eq!(members(&dir), before);
    run(&dir, "apply all.plan").code(0);
}

#[test]
fn what_was_edited_is_refused() {
    let dir = with_group(0..3);
    dir.file("list.csv", list(2..5));
    run(&dir, "plan list.csv --group News --mode sync -o news.plan --max-remove 100%").code(0);
    let (plan, before) = (dir.read("news.plan"), members(&dir));
    for (from, to) in [
        ("+12125550103", "+12125550109"),
        ("\"mode\":\"sync\"", "\"mode\":\"add\""),
        ("\"News\"", "\"Newt\""),
        ("\"readd_left\":false", "\"readd_left\":true"),
        ("\"tripped\":false", "\"tripped\":true"),
        ("\"seal\"", "\"sale\""),
        ("{\"remove\":\"+12125550101\"}\n", ""),
        ("\n", "\r\n"),
    ] {
        assert!(plan.contains(from), "{from}");
        dir.file("edited.plan", plan.replace(from, to));
        run(&dir, "apply edited.plan").code(2).says("hint:");
        run(&dir, "apply edited.plan --show").code(2);
    }
    dir.file("later.plan", plan.replace("\"format\":1", "\"format\":3"));
    run(&dir, "apply later.plan").code(2).says("format 3").says("formats up to 2");
    dir.file("cut.plan", &plan[..plan.len() - 30]);
    run(&dir, "apply cut.plan").code(2);
    run(&dir, "apply list.csv").code(2).says("no plan file");
    run(&dir, "apply missing.plan").code(2).says("missing.plan");
    assert_eq!(members(&dir), before);
    run(&dir, "apply news.plan").code(0);
}

#[test]
fn only_the_plan_that_was_reviewed_is_applied() {
    let dir = with_group(0..3);
    dir.file("list.csv", list(2..5));
    let (_, made) = report(&dir, "plan list.csv --group News -o news.plan");
    let digest = made["digest"].as_str().unwrap();
    run(&dir, &format!("apply news.plan --digest {}", "0".repeat(64))).code(2).says(digest);
    run(&dir, &format!("apply news.plan --digest {digest}")).code(0);
}

#[test]
fn a_plan_is_for_one_account() {
    let dir = with_group(0..3);
    dir.file("list.csv", list(2..5));
    run(&dir, "plan list.csv --group News -o news.plan").code(0);
    let served = Served::start(&dir, &[]);
    end(&mut served.command(&dir, &["apply", "news.plan"])).code(2).says("sandbox/").says("hint:");
}

#[test]
fn a_plan_can_be_read_by_a_person_without_any_account() {
    let dir = with_group(0..10);
    dir.file("list.csv", list(1..19));
    run(&dir, "plan list.csv --group News --mode sync -o news.plan").code(0);
    let shown = dir.run(["apply", "news.plan", "--show"]);
    let text = &shown.code(0).stdout;
    for words in ["News", "sync", "adds     9", "removes  1", "  - +12125550100", "4 more", "digest"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("+12125550118"), "{text}");
    assert!(dir.run(["apply", "news.plan", "--show", "-v"]).code(0).stdout.contains("  + +12125550118"));
    let (ended, report) = dir.report(["apply", "news.plan", "--show"]);
    ended.code(0);
    assert_eq!((&report["members"]["to_add"], &report["members"]["to_remove"]), (&9.into(), &1.into()));
}

#[test]
fn a_plan_goes_through_pipes() {
    let dir = with_group(0..3);
    dir.file("list.csv", list(2..5));
    let plan = run(&dir, "plan list.csv --group News -o -").code(0).stdout.clone();
    let header: Value = serde_json::from_str(plan.lines().next().unwrap()).unwrap();
    assert_eq!((&header["format"], &header["mode"]), (&1.into(), &"add".into()));
    assert_eq!(header["group"]["name"], "News");
    assert_eq!(header["live"]["count"], 3);
    assert_eq!(plan.lines().skip(1).collect::<Vec<_>>(), [r#"{"add":"+12125550103"}"#, r#"{"add":"+12125550104"}"#]);
    let input = std::fs::File::open(dir.file("news.plan", &plan)).unwrap();
    end(dir.command(["apply", "-", "--sandbox"]).stdin(input)).code(0);
    assert_eq!(members(&dir).lines().count(), 6);
    run(&dir, "plan list.csv --group News -o - --json").code(2).says("stdout");
}

#[test]
fn a_plan_file_is_for_its_owner_alone() {
    let dir = with_group(0..1);
    dir.file("list.csv", list(0..2));
    run(&dir, "plan list.csv --group News -o news.plan").code(0);
    assert_eq!(std::fs::metadata(dir.path("news.plan")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_exit_code_says_on_request_whether_there_are_changes() {
    let dir = with_group(0..3);
    dir.file("list.csv", list(0..4));
    dir.file("rejects.csv", list(0..3) + "+1\n");
    run(&dir, "plan list.csv --group News -o news.plan --detailed-exitcode").code(10);
    run(&dir, "plan list.csv --group News -o news.plan").code(0);
    run(&dir, "plan first.csv --group News -o news.plan --detailed-exitcode").code(0);
    run(&dir, "plan first.csv --group Other --create -o news.plan --detailed-exitcode").code(10);
    run(&dir, "plan rejects.csv --group News -o news.plan --detailed-exitcode --max-rejects 9").code(3);
    run(&dir, "plan list.csv --group Nobody -o no.plan --detailed-exitcode").code(2);
    assert!(!dir.path("no.plan").exists());
}

#[test]
fn a_brake_that_tripped_at_planning_holds_until_exactly_that_plan_is_let_through() {
    let dir = with_group(0..20);
    dir.file("list.csv", list(10..20));
    let before = members(&dir);
    let (ended, made) = report(&dir, "plan list.csv --group News --mode sync -o news.plan --detailed-exitcode");
    ended.code(4).says("--override");
    let tripped = |report: &Value| -> Vec<String> {
        let brakes = report["brakes"].as_array().unwrap();
        let names = brakes.iter().filter(|brake| brake["tripped"] == true);
        names.map(|brake| brake["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(tripped(&made), ["remove", "shrink"][..tripped(&made).len()]);
    let digest = made["digest"].as_str().unwrap();
    assert!(dir.run(["apply", "news.plan", "--show"]).code(0).stdout.contains("brake    remove"));
    let (ended, refused) = report(&dir, "apply news.plan");
    ended.code(4).says(digest);
    assert_eq!(tripped(&refused), tripped(&made));
    run(&dir, &format!("apply news.plan --override {}", "0".repeat(64))).code(4);
    assert_eq!(members(&dir), before);
    run(&dir, &format!("apply news.plan --override {digest}")).code(0);
    assert_eq!(members(&dir).lines().count(), 11);
}

#[test]
fn a_limit_that_was_moved_at_planning_stays_moved() {
    let dir = with_group(0..20);
    dir.file("list.csv", list(10..20));
    run(&dir, "plan list.csv --group News --mode sync -o news.plan --max-remove 50% --max-shrink 50%").code(0);
    run(&dir, "apply news.plan").code(0);
}

#[test]
fn a_plan_that_was_half_applied_points_to_the_run_that_knows_the_rest() {
    let dir = with_group(0..2);
    dir.file("list.csv", list(2..8));
    run(&dir, "plan list.csv --group News -o news.plan --chunk-size 2").code(0);
    run(&dir, "apply news.plan --limit 2").code(5);
    let before = members(&dir);
    run(&dir, "apply news.plan").code(9).says("rollcall runs resume");
    run(&dir, "apply news.plan --tolerate 100").code(9).says("rollcall runs resume");
    assert_eq!(members(&dir), before);
}
