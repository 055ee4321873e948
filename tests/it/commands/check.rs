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
