//! `rollcall check`.

use crate::workdir::{Workdir, sample};

const LIST: &str = "name,phone\nDesk,(212) 555-0100\nAgain,+1 212 555 0100\nNobody,call me\nShop,212-555-0101\n";

#[test]
fn rows_add_up_and_rejects_have_a_code_of_their_own() {
    let dir = Workdir::new();
    dir.file("list.csv", LIST);
    let (ended, report) = dir.report(["check", "list.csv", "--region", "US"]);
    ended.code(3);
    assert_eq!(report["rows"]["read"], 4);
    assert_eq!(report["rows"]["accepted"], 2);
    assert_eq!(report["rows"]["duplicate"], 1);
    assert_eq!(report["rows"]["rejected"], 1);
    assert_eq!(
        report["rejected_by_reason"]["letters"].as_u64().or(report["rejected_by_reason"]["not_a_number"].as_u64()),
        Some(1)
    );
    assert_eq!(report["by_region"]["US"], 2);
    assert_eq!(report["by_type"]["fixed_line_or_mobile"], 2);
    assert_eq!(report["exit"], 3);
    dir.run(["check", "list.csv", "--region", "US", "--rejects-ok"]).code(0);
    dir.run(["check", "list.csv", "--region", "US", "--rejects-ok=25%"]).code(0);
    dir.run(["check", "list.csv", "--region", "US", "--rejects-ok=24%"]).code(3);
}

#[test]
fn verdicts_have_one_line_for_each_row_in_order() {
    let dir = Workdir::new();
    dir.file("list.csv", "name,phone\r\n\r\n\"Desk\r\nwest\",(212) 555-0100\r\nAgain,+1 212 555 0100\r\nNobody,\r\n");
    dir.run(["check", "list.csv", "--region", "US", "--verdicts", "verdicts.csv"]).code(3);
    assert_eq!(
        dir.read("verdicts.csv"),
        "line,input,outcome,e164,region,type,reason,repairs,file\n\
         3,(212) 555-0100,accepted,+12125550100,US,fixed_line_or_mobile,,,list.csv\n\
         5,+1 212 555 0100,duplicate,+12125550100,US,fixed_line_or_mobile,,,list.csv\n\
         6,,rejected,,,,empty,,list.csv\n"
    );
}

#[test]
fn the_clean_list_keeps_the_rows_own_columns() {
    let dir = Workdir::new();
    dir.file("list.csv", "name;phone\n\"Desk; west\";(212) 555-0100\nNobody;x\n");
    dir.run(["check", "list.csv", "--region", "US", "-o", "clean.csv"]).code(3);
    assert_eq!(
        dir.read("clean.csv"),
        "name;phone;_e164;_region;_type\n\"Desk; west\";(212) 555-0100;+12125550100;US;fixed_line_or_mobile\n"
    );
    dir.run(["check", "clean.csv", "--phone-column", "phone", "--region", "US"]).code(0);
}

#[test]
fn rejects_can_be_mended_and_read_again() {
    let dir = Workdir::new();
    dir.file("list.csv", LIST);
    dir.run(["check", "list.csv", "--region", "US", "--rejects", "rejects.csv"]).code(3);
    let rejects = dir.read("rejects.csv");
    assert!(
        rejects.starts_with("name,phone,_file,_line,_reason,_detail,_suggestion\nNobody,call me,list.csv,4,"),
        "{rejects}"
    );
    dir.file("mended.csv", rejects.replace("call me", "212 555 0102"));
    let (ended, report) = dir.report(["check", "mended.csv", "--region", "US"]);
    ended.code(0);
    assert_eq!(report["rows"]["accepted"], 1);
}

#[test]
fn papers_are_private_and_stdout_is_a_paper_too() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Workdir::new();
    dir.file("list.csv", LIST);
    let ended = dir.run(["check", "list.csv", "--region", "US", "-o", "-"]);
    assert_eq!(ended.code(3).stdout.lines().count(), 3, "{ended:?}");
    dir.run(["check", "list.csv", "--region", "US", "--rejects", "rejects.csv"]).code(3);
    let mode = std::fs::metadata(dir.path("rejects.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let dir = Workdir::new();
    let list = sample("contacts-10k.csv");
    let run = |threads: &str| {
        let names: Vec<String> =
            ["clean", "rejects", "verdicts"].iter().map(|paper| format!("{paper}-{threads}.csv")).collect();
        let mut command = dir.command([
            "check",
            "--threads",
            threads,
            "-o",
            &names[0],
            "--rejects",
            &names[1],
            "--verdicts",
            &names[2],
        ]);
        command.arg(&list);
        crate::workdir::end(&mut command).code(3);
        names.iter().map(|name| dir.read(name)).collect::<Vec<_>>()
    };
    let alone = run("1");
    assert_eq!(alone, run("2"));
    assert_eq!(alone, run("3"));
}

#[test]
fn stdin_is_a_list() {
    use std::io::Write;
    use std::process::Stdio;
    let dir = Workdir::new();
    let mut command = dir.command(["check", "-", "--region", "US", "--json"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(LIST.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["rows"]["read"], 4);
}

#[test]
fn samples_show_what_they_say() {
    let dir = Workdir::new();
    let check = |name: &str, more: &[&str]| {
        let mut command = dir.command(["check", "--json"]);
        command.arg(sample(name)).args(more);
        let ended = crate::workdir::end(&mut command);
        serde_json::from_str::<serde_json::Value>(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"))
    };
    let basic = check("basic.csv", &["--region", "US"]);
    assert_eq!((&basic["rows"]["accepted"], &basic["rows"]["duplicate"]), (&3.into(), &1.into()));
    let regions = check("regions.csv", &[]);
    assert_eq!(regions["rows"]["accepted"], 6, "{regions}");
    let repairs = check("repairs.csv", &["--region", "US"]);
    assert_eq!(repairs["rows"]["accepted"], 6, "{repairs}");
    for repair in ["apostrophe", "formula", "decimal", "trunk_zero", "tel_uri", "double_zero"] {
        assert_eq!(repairs["repairs"][repair], 1, "{repair}: {repairs}");
    }
    for reason in ["lossy_spreadsheet", "multiple_numbers", "has_extension"] {
        assert_eq!(repairs["rejected_by_reason"][reason], 1, "{reason}: {repairs}");
    }
}

#[test]
fn several_inputs_are_one_list_with_all_their_columns() {
    let dir = Workdir::new();
    dir.file("a.csv", "name;phone\nAnn;212 555 0100\nBad;nobody\n");
    dir.file(
        "b.csv",
        "phone,mail,name\n212 555 0101,bob@example.com,\"Bob; Jr\"\n212 555 0100,,\nnone,x@example.com,\n",
    );
    let flags = ["--region", "US", "-o", "clean.csv", "--rejects", "rejects.csv", "--verdicts", "verdicts.csv"];
    dir.run(["check", "a.csv", "b.csv"].iter().chain(&flags)).code(3);
    assert_eq!(
        dir.read("clean.csv"),
        "name;phone;mail;_e164;_region;_type\n\
         Ann;212 555 0100;;+12125550100;US;fixed_line_or_mobile\n\
         \"Bob; Jr\";212 555 0101;bob@example.com;+12125550101;US;fixed_line_or_mobile\n"
    );
    let rejects = dir.read("rejects.csv");
    let lines: Vec<&str> = rejects.lines().collect();
    assert_eq!(lines[0], "name;phone;mail;_file;_line;_reason;_detail;_suggestion");
    assert!(lines[1].starts_with("Bad;nobody;;a.csv;3;not_a_number;"), "{rejects}");
    assert!(lines[2].starts_with(";none;x@example.com;b.csv;4;not_a_number;"), "{rejects}");
    let verdicts = dir.read("verdicts.csv");
    let files: Vec<(&str, &str)> = verdicts
        .lines()
        .skip(1)
        .map(|line| (line.split(',').next().unwrap(), line.rsplit(',').next().unwrap()))
        .collect();
    assert_eq!(files, [("2", "a.csv"), ("3", "a.csv"), ("2", "b.csv"), ("3", "b.csv"), ("4", "b.csv")]);
}

#[test]
fn what_a_rejected_row_has_too_much_is_kept_to_be_mended() {
    let dir = Workdir::new();
    dir.file("list.csv", "name,phone\nAnn,212 555 0100\nSmith, John,212 555 0101\nBob,212 555 0102,,\n");
    let flags = ["--region", "US", "--delimiter", ",", "-o", "clean.csv", "--rejects", "rejects.csv"];
    dir.run(["check", "list.csv"].iter().chain(&flags)).code(3);
    let rejects = dir.read("rejects.csv");
    assert!(rejects.contains("\nSmith,\" John,212 555 0101\",list.csv,3,"), "{rejects}");
    assert!(dir.read("clean.csv").contains("\nBob,212 555 0102,+12125550102,"), "blank cells too many are no matter");
}

#[test]
fn mended_rejects_of_a_list_without_a_header_are_read_by_the_same_flags() {
    let dir = Workdir::new();
    dir.file("list.csv", "Ann,212 555 0100\nBob,nobody\n");
    let flags = ["--region", "US", "--no-header", "--phone-column", "2", "--rejects", "rejects.csv"];
    dir.run(["check", "list.csv"].iter().chain(&flags)).code(3);
    let rejects = dir.read("rejects.csv");
    assert!(rejects.starts_with("column_1,column_2,_file,_line,_reason,_detail,_suggestion\nBob,nobody,list.csv,2,"));
    dir.file("mended.csv", rejects.replace("nobody", "212 555 0101"));
    let (ended, report) = dir.report(["check", "mended.csv"].iter().chain(&flags[..5]));
    ended.code(0);
    assert_eq!(report["rows"]["read"], 1, "{report}");
}

#[test]
fn a_cell_of_several_numbers_has_a_verdict_for_each_under_all_and_its_best_otherwise() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone,other\n212 555 0100; 212 555 0101,\n212 555 0100,x\n");
    let run = |flags: &[&str]| {
        let base =
            ["check", "list.csv", "--region", "US", "--phone-column", "phone", "--verdicts", "v.csv", "-o", "c.csv"];
        let (_, report) = dir.report(base.iter().chain(flags));
        let verdicts = dir.read("v.csv");
        let told = verdicts.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().to_owned()).collect::<Vec<_>>();
        (told, report["rows"].clone(), dir.read("c.csv").lines().count() - 1)
    };
    let (told, rows, clean) = run(&["--multiple", "all"]);
    assert_eq!(told, ["accepted", "accepted", "duplicate"]);
    assert_eq!((&rows["read"], &rows["accepted"], clean), (&2.into(), &1.into(), 2));
    let (told, rows, _) = run(&[]);
    assert_eq!(told, ["rejected", "accepted"]);
    assert_eq!(rows["rejected"], 1);
    // Two phone columns: the row's outcome is that of its best number.
    let (told, rows, _) = run(&["--phone-column", "other", "--multiple", "first"]);
    assert_eq!(told, ["accepted", "duplicate"]);
    assert_eq!((&rows["read"], &rows["rejected"]), (&2.into(), &0.into()));
}

#[test]
fn numbers_that_a_message_rarely_reaches_earn_a_warning() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+448001111111\n+442079460958\n+442079460959\n+447400123456\n");
    let (ended, report) = dir.report(["check", "list.csv"]);
    ended.code(0).says("warning: 1 toll-free number").says("2 fixed-line numbers");
    assert_eq!(report["warnings"].as_array().unwrap().len(), 2, "{report}");
    let (ended, report) = dir.report(["check", "list.csv", "--types", "mobile"]);
    ended.code(3).says("--types mobile leaves out all US and Canadian numbers");
    assert_eq!(report["rejected_by_reason"]["wrong_type"], 3);
    assert_eq!(report["warnings"].as_array().unwrap().len(), 2, "the filter, and the rejected share: {report}");
    let ended = dir.run(["check", "list.csv", "--types", "mobile,fixed_line_or_mobile"]);
    assert!(!ended.stderr.contains("Canadian"), "{ended:?}");
}

#[test]
fn a_column_that_has_lost_its_plus_signs_is_worth_a_warning() {
    let dir = Workdir::new();
    let rows = (0..30).fold(String::new(), |text, last| text + &format!("49151123456{last:02}\n"));
    dir.file("list.csv", format!("phone\n{rows}"));
    let ended = dir.run(["check", "list.csv"]);
    ended.code(3).says("plus_stripped").says("--plus-less");
}

#[test]
fn what_is_written_is_utf_8_although_the_list_is_not_all_of_it() {
    let dir = Workdir::new();
    let names = "é".repeat(20);
    let list =
        [format!("name,phone\n{names},212 555 0100\n").as_bytes(), b"A\xe9,212 555 0101\nB\xe9,x\xe9\n"].concat();
    dir.file("list.csv", list);
    let flags = ["--region", "US", "-o", "clean.csv", "--rejects", "rejects.csv", "--verdicts", "verdicts.csv"];
    dir.run(["check", "list.csv", "--encoding", "utf-8"].iter().chain(&flags)).code(3);
    assert!(dir.read("clean.csv").contains(&format!("\n{names},212 555 0100,")));
    assert!(dir.read("clean.csv").contains("\nA\u{fffd},212 555 0101,"));
    assert!(dir.read("rejects.csv").contains("\nB\u{fffd},x\u{fffd},list.csv,4,"));
    assert!(dir.read("verdicts.csv").contains("\n4,x\u{fffd},rejected,"));
}
