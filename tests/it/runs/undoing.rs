//! `runs undo`: what took effect is taken back, and what others have touched is not.

use std::os::unix::fs::PermissionsExt;

use super::*;

fn import<'a>(file: &'a str, more: &'a [&'a str]) -> Vec<&'a str> {
    [&["import", file, "--group", "News"], more].concat()
}

#[test]
fn an_undo_takes_back_what_was_really_changed() {
    let dir = Workdir::new();
    list(&dir, "first.csv", &numbers(0..30));
    list(&dir, "second.csv", &numbers(20..60));
    dir.run(import("first.csv", &["--create", "--sandbox"])).code(0);
    let sync = ["--mode", "sync", "--sandbox", "--max-remove", "100%"];
    dir.run(import("second.csv", &sync)).code(0);
    let run = newest(&dir);
    let (ended, dry) = told(&mut dir.command(["runs", "undo", &run, "--dry-run"]));
    ended.code(0);
    assert_eq!((&dry["members"]["to_add"], &dry["members"]["to_remove"]), (&20.into(), &30.into()));
    assert_eq!((&dry["run"], &dry["undo_of"]), (&Value::Null, &run.as_str().into()));
    assert_eq!(exported(&dir, "News"), numbers(20..60), "a dry run changes nothing");
    // 30 of 40 members are removed: what the run itself has added does not count for the brake.
    let (ended, report) = told(&mut dir.command(["runs", "undo", &run]));
    ended.code(0);
    assert_eq!((&report["verified"], &report["digest"]), (&true.into(), &dry["digest"]));
    assert_eq!(exported(&dir, "News"), numbers(0..30));
    let undo = newest(&dir);
    let (_, runs) = told(&mut dir.command(["runs", "list"]));
    assert_eq!((&runs[0]["undo_of"], &runs[1]["undone_by"]), (&run.as_str().into(), &undo.as_str().into()));
    // Taken back in its turn.
    dir.run(["runs", "undo", &undo]).code(0);
    assert_eq!(exported(&dir, "News"), numbers(20..60));
    // What was undone is not done again by an undo of the same run: later runs have changed all of it.
    let (ended, again) = told(&mut dir.command(["runs", "undo", &run]));
    ended.code(0).says("nothing to do");
    assert_eq!(again["kept"], json!({ "later_run": 50 }));
}

#[test]
fn whom_somebody_else_has_touched_is_left_as_they_are_and_listed() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    let outside = Outside::new(&served);
    let all: Vec<String> = numbers(0..40).into_iter().collect();
    outside.make("News", &numbers(0..20));
    list(&dir, "list.csv", &numbers(10..40));
    end(&mut served.command(&dir, &import("list.csv", &["--mode", "sync", "--max-remove", "100%"]))).code(0);
    let run = newest(&dir);
    assert_eq!(outside.members("News"), numbers(10..40));
    // One who was added has gone, one who was removed is back, and a later run has removed another one.
    outside.change("News", &[&all[3]], &[&all[25]]);
    dir.file("one.csv", format!("phone\n{}\n", all[26]));
    end(&mut served.command(&dir, &import("one.csv", &["--mode", "remove"]))).code(0);
    let (ended, report) = told(&mut served.command(&dir, &["runs", "undo", &run]));
    ended.code(0).says("1 number is left as it is");
    assert_eq!(report["kept"], json!({ "gone": 1, "returned": 1, "later_run": 1 }));
    assert_eq!(outside.members("News"), numbers(0..20));
    let path = report["files"]["kept"].as_str().unwrap();
    let kept = std::fs::read_to_string(path).unwrap();
    let mut lines: Vec<String> = kept.lines().skip(1).map(str::to_owned).collect();
    lines.sort();
    let mut expected =
        [format!("{},returned,News", all[3]), format!("{},gone,News", all[25]), format!("{},later_run,News", all[26])];
    expected.sort();
    assert_eq!(lines, expected);
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!ended.stderr.contains(&all[25]), "no number on the terminal: {ended:?}");
}

#[test]
fn suppressed_numbers_never_return() {
    let dir = Workdir::new();
    list(&dir, "list.csv", &numbers(0..20));
    dir.run(import("list.csv", &["--create", "--sandbox"])).code(0);
    list(&dir, "suppress.csv", &numbers(0..3));
    let sync = ["--mode", "sync", "--sandbox", "--suppress", "suppress.csv", "--max-remove", "100%"];
    list(&dir, "rest.csv", &numbers(0..15));
    dir.run(import("rest.csv", &sync)).code(0);
    assert_eq!(exported(&dir, "News"), numbers(3..15));
    let (ended, report) = told(&mut dir.command(["runs", "undo", &newest(&dir), "--readd-left"]));
    ended.code(0);
    assert_eq!(report["kept"], json!({ "suppressed": 3 }));
    assert_eq!(exported(&dir, "News"), numbers(3..20));
}

#[test]
fn who_was_suppressed_after_they_were_removed_does_not_return_either() {
    let dir = Workdir::new();
    list(&dir, "list.csv", &numbers(0..20));
    dir.run(import("list.csv", &["--create", "--sandbox"])).code(0);
    list(&dir, "gone.csv", &numbers(0..3));
    dir.run(import("gone.csv", &["--mode", "remove", "--sandbox"])).code(0);
    let run = newest(&dir);
    list(&dir, "suppress.csv", &numbers(1..2));
    dir.run(import("list.csv", &["--sandbox", "--suppress", "suppress.csv", "--limit", "0"])).code(5);
    dir.run(["runs", "undo", &run]).code(0);
    let mut expected = numbers(0..20);
    expected.remove(numbers(1..2).first().unwrap());
    assert_eq!(exported(&dir, "News"), expected);
}

#[test]
fn a_group_that_the_run_made_is_kept_unless_asked_otherwise() {
    let dir = Workdir::new();
    list(&dir, "list.csv", &numbers(0..20));
    dir.run(import("list.csv", &["--create", "--sandbox"])).code(0);
    let run = newest(&dir);
    dir.run(["runs", "undo", &run]).code(0);
    assert!(exported(&dir, "News").is_empty());
    dir.run(["runs", "undo", &newest(&dir)]).code(0);
    assert_eq!(exported(&dir, "News"), numbers(0..20));
    dir.file("other.csv", "phone\n+12285550199\n");
    dir.run(["import", "other.csv", "--group", "Other", "--create", "--sandbox"]).code(0);
    let (ended, report) = told(&mut dir.command(["runs", "undo", &newest(&dir), "--delete-created"]));
    ended.code(0);
    assert_eq!(report["groups"][0]["deleted"], true);
    dir.run(["groups", "show", "Other", "--sandbox"]).code(2);
}

#[test]
fn the_rest_of_a_run_that_was_taken_back_is_never_sent() {
    let dir = Workdir::new();
    list(&dir, "list.csv", &numbers(0..20));
    dir.run(import("list.csv", &["--create", "--sandbox", "--limit", "8", "--chunk-size", "4"])).code(5);
    let run = newest(&dir);
    dir.run(["runs", "undo", &run]).code(0);
    assert!(exported(&dir, "News").is_empty());
    dir.run(["runs", "resume"]).code(0).says("nothing to resume");
    dir.run(["runs", "resume", &run]).code(0).says("nothing to resume");
    assert!(exported(&dir, "News").is_empty());
}

#[test]
fn an_undo_is_resumed_like_any_run() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &["--latency", "20"]);
    let outside = Outside::new(&served);
    list(&dir, "list.csv", &numbers(0..400));
    end(&mut served.command(&dir, &import("list.csv", &["--create", "--rate", "40"]))).code(0);
    let mut undo = served.command(&dir, &["runs", "undo", &newest(&dir), "--chunk-size", "5", "--delete-created"]);
    let mut child = spawn(&mut undo);
    while outside.members("News").len() > 380 && child.try_wait().unwrap().is_none() {}
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!outside.members("News").is_empty());
    end(&mut served.command(&dir, &["runs", "resume", "--rate", "500"])).code(0).says("runs undo");
    end(&mut served.command(&dir, &["groups", "show", "News"])).code(2);
}
