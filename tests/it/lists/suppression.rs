//! `--suppress`: whoever asked to be left alone is left alone, whatever the list says.

use crate::workdir::Workdir;

const LIST: &str = "name,phone\nAnn,(212) 555-0100\nBob,+1 212 555 0101\nCyd,212-555-0102\n";

fn check(dir: &Workdir, flags: &[&str]) -> (crate::workdir::Ended, serde_json::Value) {
    dir.report(["check", "list.csv", "--region", "US"].iter().chain(flags))
}

#[test]
fn suppressed_rows_have_an_outcome_of_their_own_and_are_no_rejects() {
    let dir = Workdir::new();
    dir.file("list.csv", LIST);
    dir.file("stop.csv", "phone\n+12125550101\n");
    let (ended, report) = check(&dir, &["--suppress", "stop.csv", "--verdicts", "v.csv", "-o", "clean.csv"]);
    ended.code(0);
    assert_eq!(report["rows"]["suppressed"], 1);
    assert_eq!(report["rows"]["accepted"], 2);
    assert_eq!(report["rows"]["rejected"], 0);
    assert_eq!(report["suppression"]["numbers"], 1);
    assert_eq!(report["suppression"]["rejects"], 0);
    let verdicts = dir.read("v.csv");
    assert!(
        verdicts.contains("3,+1 212 555 0101,suppressed,+12125550101,US,fixed_line_or_mobile,,,list.csv\n"),
        "{verdicts}"
    );
    assert!(!dir.read("clean.csv").contains("Bob"));
}

#[test]
fn several_lists_of_any_form_count_together() {
    let dir = Workdir::new();
    dir.file("list.csv", LIST);
    // Another delimiter, other columns, no header: a suppression list has its own form.
    dir.file("a.csv", "who;handy\nAnn;212.555.0100\n");
    dir.file("b.txt", "12125550101\n");
    let (ended, report) = check(&dir, &["--suppress", "a.csv", "--suppress", "b.txt", "--phone-column", "2"]);
    ended.code(0);
    assert_eq!(report["rows"]["suppressed"], 2);
    assert_eq!(report["suppression"]["lists"], 2);
}

#[test]
fn a_row_counts_for_every_number_that_it_could_mean() {
    let dir = Workdir::new();
    // Read in Germany, 4915112345678 is both a number of Germany and, with a plus, another one.
    dir.file("list.csv", "phone\n+494915112345678\n+4915112345678\n+4915112345670\n+4915112345671\n+4915112345679\n");
    let list = "phone\n4915112345678\n0151 12345670; 0151 12345671\n0151 12345679 ext. 5\n";
    dir.file("stop.csv", list);
    let (ended, report) =
        dir.report(["check", "list.csv", "--region", "DE", "--suppress", "stop.csv", "--delimiter", ","]);
    ended.code(0);
    assert_eq!(report["rows"]["suppressed"], 5, "{report}");
}

#[test]
fn all_phone_columns_of_a_suppression_list_count() {
    let dir = Workdir::new();
    dir.file("list.csv", LIST);
    dir.file("stop.csv", "name,phone,mobile\nAnn,212 555 0100,212 555 0102\nDee,212 555 0109,\n");
    let (_, report) = check(&dir, &["--suppress", "stop.csv"]);
    assert_eq!(report["rows"]["suppressed"], 2, "{report}");
}

#[test]
fn a_list_that_leads_nowhere_or_suppresses_nobody_is_an_error() {
    let dir = Workdir::new();
    dir.file("list.csv", LIST);
    dir.file("empty.csv", "");
    dir.file("header.csv", "phone\n");
    dir.file("words.csv", "phone\nask Ann\n");
    dir.file("garbage.gz", b"\x1f\x8b\x08\x00garbage");
    for (name, code) in [("missing.csv", 2), ("empty.csv", 2), ("header.csv", 2), ("words.csv", 2), ("garbage.gz", 1)] {
        let ended = dir.run(["check", "list.csv", "--region", "US", "--suppress", name, "-o", "clean.csv"]);
        ended.code(code).says(name).says("hint: ");
        assert!(!dir.path("clean.csv").exists(), "{name}");
        let import =
            ["import", "list.csv", "--region", "US", "--suppress", name, "--group", "News", "--create", "--sandbox"];
        dir.run(import).code(code);
        let groups = dir.run(["groups", "list", "--sandbox"]);
        assert!(!groups.code(0).stdout.contains("News"), "{name}: {groups:?}");
    }
}

#[test]
fn a_row_that_cannot_be_read_stops_everything_unless_the_user_says_so() {
    let dir = Workdir::new();
    dir.file("list.csv", LIST);
    dir.file("stop.csv", "phone\n+12125550101\nthe man from Ohio\n\"+12125550102\n");
    let (ended, report) = check(&dir, &["--suppress", "stop.csv"]);
    ended.code(4).says("line 3 of the suppression list stop.csv").says("line 4");
    let brake = report["brakes"].as_array().unwrap().iter().find(|brake| brake["name"] == "suppress_rejects").unwrap();
    assert_eq!((&brake["value"], &brake["tripped"]), (&2.into(), &true.into()));
    // A damaged row counts as unread, and for everyone it could mean.
    assert_eq!(report["rows"]["suppressed"], 2);
    check(&dir, &["--suppress", "stop.csv", "--max-suppress-rejects", "2"]).0.code(0);
    let import =
        ["import", "list.csv", "--region", "US", "--suppress", "stop.csv", "--group", "News", "--create", "--sandbox"];
    dir.run(import).code(4).says("suppress_rejects");
}

#[test]
fn who_is_suppressed_is_not_added_but_may_be_removed() {
    let dir = Workdir::new();
    dir.file("list.csv", LIST);
    dir.file("stop.csv", "phone\n+12125550101\n");
    let change = |more: &[&str]| {
        let base = ["import", "list.csv", "--region", "US", "--group", "News", "--sandbox"];
        dir.report(base.iter().chain(more)).1
    };
    assert_eq!(change(&["--create"])["members"]["added"], 3);
    let report = change(&["--mode", "remove", "--suppress", "stop.csv", "--yes"]);
    assert_eq!(report["members"]["removed"], 3, "{report}");
    assert_eq!(change(&["--suppress", "stop.csv"])["members"]["added"], 2);
}

#[test]
fn stdin_may_be_the_list_or_the_suppression_list() {
    let dir = Workdir::new();
    dir.file("list.csv", LIST);
    let mut command = dir.command(["check", "list.csv", "--region", "US", "--json", "--suppress", "-"]);
    let stop = dir.file("stop.csv", "phone\n+12125550101\n");
    command.stdin(std::fs::File::open(stop).unwrap());
    let ended = crate::workdir::end(&mut command);
    assert!(ended.code(0).stdout.contains("\"suppressed\": 1"), "{ended:?}");
    dir.run(["check", "-", "--suppress", "-"]).code(2);
}
