//! `check --explain` and `--explain-line`: how a row came to its verdict.

use crate::workdir::Workdir;

const LIST: &str = "name,phone,country\nAnn,(212) 555-0100,US\n\n\"Bob\nJr\",'0151 12345678,DE\nCyd,4915112345679,\n\
                    Dee,+12125550100,Atlantis\n";

#[test]
fn the_way_of_the_first_rows_is_shown_with_everything_that_was_detected() {
    let dir = Workdir::new();
    dir.file("list.csv", LIST);
    let ended = dir.run(["check", "list.csv", "--explain", "-q"]);
    let shown = &ended.code(3).stdout;
    for part in ["list.csv: delimiter:", "list.csv: phone column: `phone` (column 2)", "list.csv: region column:"] {
        assert!(shown.contains(part), "{part}: {ended:?}");
    }
    assert!(shown.contains("list.csv line 2: accepted"), "{shown}");
    assert!(shown.contains("region    US (the region column holds `US`)"), "{shown}");
    assert!(shown.contains("list.csv line 4: accepted\n  record    \"Bob\\u{a}Jr\",'0151 12345678,DE\n"), "{shown}");
    assert!(shown.contains("repairs   apostrophe"), "{shown}");
    assert!(shown.contains("readings  +4915112345679 (DE mobile)"), "{shown}");
    assert!(shown.contains("probably  +4915112345679"), "{shown}");
    assert!(shown.contains("none: the region column holds `Atlantis`, which is no region"), "{shown}");
    assert!(shown.contains("verdict   duplicate: +12125550100"), "{shown}");
}

#[test]
fn one_row_is_shown_by_any_of_its_lines() {
    let dir = Workdir::new();
    dir.file("list.csv", LIST);
    for line in ["4", "5"] {
        let ended = dir.run(["check", "list.csv", "--explain-line", line]);
        assert!(ended.code(3).stdout.starts_with("list.csv line 4: accepted\n"), "{ended:?}");
        assert_eq!(ended.stdout.matches(" line ").count(), 1, "{ended:?}");
    }
    for line in ["1", "3", "99"] {
        dir.run(["check", "list.csv", "--explain-line", line]).code(2).says("hint: ");
    }
}

#[test]
fn scripts_get_the_way_in_the_report() {
    let dir = Workdir::new();
    dir.file("list.csv", LIST);
    let (_, report) = dir.report(["check", "list.csv", "--explain-line", "6"]);
    let row = &report["explained"][0];
    assert_eq!((&row["line"], &row["outcome"]), (&6.into(), &"rejected".into()), "{report}");
    assert_eq!(row["numbers"][0]["reason"], "missing_plus");
    assert_eq!(row["numbers"][0]["readings"][0]["e164"], "+4915112345679");
    let (_, report) = dir.report(["check", "list.csv"]);
    assert!(report.get("explained").is_none(), "numbers are shown only to those who ask");
}

#[test]
fn only_the_first_ten_rows_are_shown_whatever_the_files_and_threads() {
    let dir = Workdir::new();
    let names: Vec<String> = (0..30).map(|index| format!("{index:02}.csv")).collect();
    for (index, name) in names.iter().enumerate() {
        dir.file(name, format!("phone\n+121255501{index:02}\n"));
    }
    let (_, report) = dir.report(["check", "*.csv", "--explain", "--threads", "3"]);
    let shown = report["explained"].as_array().unwrap();
    let files: Vec<&str> = shown.iter().map(|row| row["file"].as_str().unwrap()).collect();
    assert_eq!(files, names[..10]);
}

#[test]
fn a_hostile_cell_cannot_move_the_cursor() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+1212\u{1b}[2J5550100\n");
    let ended = dir.run(["check", "list.csv", "--explain"]);
    assert!(ended.stdout.contains("\\u{1b}[2J"), "{ended:?}");
    assert!(!ended.stdout.contains('\u{1b}'), "{ended:?}");
}

#[test]
fn stdout_takes_one_result() {
    let dir = Workdir::new();
    dir.file("list.csv", LIST);
    for flags in [["-o", "-", "--json"], ["-o", "-", "--explain"], ["--rejects=-", "-o", "-"]] {
        dir.run(["check", "list.csv"].iter().chain(&flags)).code(2).says("stdout");
    }
}
