//! What an import says of refused numbers: their rows are rejected, with the provider's words, and counted once.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::workdir::{Served, Workdir};

const LIST: &str = "name;phone\nAnn;+12125550100\nBen;+12125550101\n\"Cy; jr\";(212) 555-0102\nDee;x\nAnn;+12125550100\n\
                    Eve;+12125550104\n";

fn sum(report: &Value) -> u64 {
    ["accepted", "duplicate", "suppressed", "rejected"].iter().map(|name| report["rows"][name].as_u64().unwrap()).sum()
}

fn members(dir: &Workdir, served: &Served) -> BTreeSet<String> {
    let out = served.command(dir, &["export", "News"]).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
}

const IMPORT: [&str; 12] = [
    "import",
    "list.csv",
    "--group",
    "News",
    "--create",
    "--region",
    "US",
    "--max-rejects",
    "50%",
    "--rate",
    "1000",
    "--json",
];

fn report(output: &[u8]) -> Value {
    serde_json::from_slice(output).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(output)))
}

#[test]
fn a_refused_number_joins_the_rejects_with_its_row() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &["--refuse", "+12125550102", "--refuse", "+12125550100"]);
    dir.file("list.csv", LIST);
    let more = ["--rejects", "rejects.csv", "--verdicts", "verdicts.csv", "--chunk-size", "2"];
    let out = served.command(&dir, &[&IMPORT[..], &more].concat()).output().unwrap();
    let report = report(&out.stdout);
    assert_eq!(out.status.code(), Some(3), "{report}");
    assert_eq!(report["members"]["refused"], 2);
    assert_eq!(report["members"]["added"], 2);
    assert_eq!(report["verified"], true, "refused is not astray");
    assert_eq!(report["rejected_by_reason"]["provider_refused"], 2);
    assert_eq!(report["rows"]["accepted"], 2);
    assert_eq!(report["rows"]["duplicate"], 1);
    assert_eq!(report["rows"]["rejected"], 3);
    assert_eq!(sum(&report), report["rows"]["read"].as_u64().unwrap());
    assert_eq!(members(&dir, &served), ["+12125550101", "+12125550104"].map(str::to_owned).into());

    let rejects = dir.read("rejects.csv");
    let lines: Vec<&str> = rejects.lines().collect();
    assert_eq!(lines[0], "name;phone;_file;_line;_reason;_detail;_suggestion");
    assert!(lines[1].starts_with("Ann;+12125550100;list.csv;2;provider_refused;"), "{rejects}");
    assert!(lines[1].contains("not a valid MSISDN"), "the provider's words: {rejects}");
    assert!(lines[2].starts_with("\"Cy; jr\";(212) 555-0102;list.csv;4;provider_refused;"), "{rejects}");
    assert!(lines[3].starts_with("Dee;x;list.csv;5;"), "{rejects}");
    assert_eq!(lines.len(), 4);
    let verdicts = dir.read("verdicts.csv");
    assert_eq!(verdicts.lines().filter(|line| line.contains(",rejected,")).count(), 3, "{verdicts}");
    let stderr = String::from_utf8_lossy(&out.stderr).into_owned();
    for hidden in ["5550100", "5550102", "555-0102"] {
        assert!(!stderr.contains(hidden) && !report.to_string().contains(hidden), "{stderr}");
    }
}

#[test]
fn rows_that_came_by_stdin_are_kept_until_the_run_ends() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &["--refuse", "+12125550104"]);
    let mut args = IMPORT;
    args[1] = "-";
    let mut command = served.command(&dir, &args);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(LIST.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let report = report(&out.stdout);
    assert_eq!(out.status.code(), Some(3), "{report}");
    let rejects = std::path::PathBuf::from(report["files"]["rejects"].as_str().unwrap());
    let text = std::fs::read_to_string(&rejects).unwrap();
    assert!(text.contains("\nEve;+12125550104;-;7;provider_refused;"), "{text}");
    let left: Vec<_> =
        std::fs::read_dir(rejects.parent().unwrap()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left, ["rejects.csv"], "what came by stdin is gone");
}

#[test]
fn refusals_can_be_expected() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &["--refuse", "+12125550101"]);
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\n");
    let out = served.command(&dir, &[&IMPORT[..], &["--rejects-ok"]].concat()).output().unwrap();
    assert_eq!(out.status.code(), Some(0));
    assert_eq!(report(&out.stdout)["members"]["refused"], 1);
    // The next import meets the same refusal, and is as done.
    let out = served.command(&dir, &[&IMPORT[..], &["--mode", "sync"]].concat()).output().unwrap();
    assert_eq!(out.status.code(), Some(3), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(members(&dir, &served), ["+12125550100".to_owned()].into());
}

#[test]
fn a_number_refused_while_a_run_is_resumed_joins_the_rejects_with_its_row() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &["--refuse", "+12125550104"]);
    std::fs::create_dir(dir.path("lists")).unwrap();
    dir.file("lists/list.csv", LIST);
    let mut args = IMPORT;
    args[1] = "lists/list.csv";
    let out =
        served.command(&dir, &[&args[..], &["--limit", "1", "--rejects", "rejects.csv"]].concat()).output().unwrap();
    let first = report(&out.stdout);
    assert_eq!((out.status.code(), first["members"]["refused"].as_u64()), (Some(5), Some(0)), "{first}");
    assert!(!dir.read("rejects.csv").contains("provider_refused"));

    // Pasted in another folder.
    let mut resume = served.command(&dir, &["runs", "resume", "--json", "--rate", "1000"]);
    let out = resume.current_dir(dir.path("lists")).output().unwrap();
    let second = report(&out.stdout);
    assert_eq!(out.status.code(), Some(3), "{second} {}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(second["rejected_by_reason"]["provider_refused"], 1, "{second}");
    assert_eq!((second["rows"]["accepted"].as_u64(), second["rows"]["rejected"].as_u64()), (Some(3), Some(2)));
    assert_eq!(sum(&second), second["rows"]["read"].as_u64().unwrap());
    let rejects = dir.read("rejects.csv");
    assert!(rejects.contains("\nEve;+12125550104;lists/list.csv;7;provider_refused;"), "{rejects}");
    assert!(rejects.contains("\nDee;x;lists/list.csv;5;"), "{rejects}");
}

#[test]
fn a_list_that_has_changed_meanwhile_is_not_read_again_and_the_refused_numbers_are_kept_by_themselves() {
    for spoil in [
        |dir: &Workdir| drop(dir.file("list.csv", LIST.replace("Ann", "Anna"))),
        |dir: &Workdir| std::fs::remove_file(dir.path("list.csv")).unwrap(),
        |dir: &Workdir| drop(dir.file("left.csv", "phone\n+12125550199\n")),
    ] {
        let dir = Workdir::new();
        let served = Served::start(&dir, &["--refuse", "+12125550104"]);
        dir.file("list.csv", LIST);
        dir.file("left.csv", "phone\n+12125550198\n");
        let more = ["--limit", "1", "--suppress", "left.csv", "--rejects", "rejects.csv"];
        let out = served.command(&dir, &[&IMPORT[..], &more].concat()).output().unwrap();
        assert_eq!(out.status.code(), Some(5), "{}", String::from_utf8_lossy(&out.stderr));
        let before = dir.read("rejects.csv");
        spoil(&dir);
        let out = served.command(&dir, &["runs", "resume", "--json", "--rate", "1000"]).output().unwrap();
        let told = report(&out.stdout);
        assert_eq!((out.status.code(), told["members"]["refused"].as_u64()), (Some(3), Some(1)), "{told}");
        assert_eq!(dir.read("rejects.csv"), before, "the first words stand");
        let refused = std::path::PathBuf::from(told["files"]["refused"].as_str().unwrap());
        let text = std::fs::read_to_string(&refused).unwrap();
        assert!(text.starts_with("msisdn,why\n+12125550104,"), "{text}");
        let rights = std::os::unix::fs::PermissionsExt::mode(&refused.metadata().unwrap().permissions());
        assert_eq!(rights & 0o777, 0o600);
        let stderr = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(stderr.contains("no longer what was read") && !stderr.contains("5550104"), "{stderr}");
    }
}

#[test]
fn numbers_of_an_applied_plan_that_are_refused_are_kept_by_themselves() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &["--refuse", "+12125550104"]);
    dir.file("list.csv", LIST);
    let mut plan = IMPORT;
    plan[0] = "plan";
    let out = served.command(&dir, &[&plan[..], &["-o", "news.plan"]].concat()).output().unwrap();
    assert_eq!(out.status.code(), Some(3), "{}", String::from_utf8_lossy(&out.stderr));
    let out = served.command(&dir, &["apply", "news.plan", "--json", "--rate", "1000"]).output().unwrap();
    let told = report(&out.stdout);
    assert_eq!((out.status.code(), told["members"]["refused"].as_u64()), (Some(3), Some(1)), "{told}");
    let text = std::fs::read_to_string(told["files"]["refused"].as_str().unwrap()).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
}
