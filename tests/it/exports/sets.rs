//! Who is in which group, who in both, who in neither.

use crate::workdir::Workdir;

/// Groups A (1, 2, 3), B (2, 3, 4) and C (3, 5), by the last digit of their numbers.
fn three_groups() -> Workdir {
    let dir = Workdir::new();
    for (group, members) in [("A", [1, 2, 3].as_slice()), ("B", &[2, 3, 4]), ("C", &[3, 5])] {
        dir.file("list.csv", list(members));
        dir.run(["import", "list.csv", "--group", group, "--create", "--sandbox"]).code(0);
    }
    dir
}

fn list(members: &[u8]) -> String {
    members.iter().fold("phone\n".to_owned(), |text, member| text + &format!("+1212555010{member}\n"))
}

/// The last digits of the numbers, and the groups' names.
fn rows(table: &str) -> Vec<String> {
    table.lines().skip(1).map(|line| line.trim_start_matches("+1212555010").replace(',', " ")).collect()
}

#[test]
fn sets_are_joined_cut_and_taken_away() {
    let dir = three_groups();
    for (args, expected) in [
        (&["A", "--with", "B"][..], &["1 A", "2 A;B", "3 A;B", "4 B"][..]),
        (&["A", "--with", "B", "--with", "A"], &["1 A", "2 A;B", "3 A;B", "4 B"]),
        (&["A", "--without", "C"], &["1 A", "2 A"]),
        (&["A", "B", "--without", "C", "--without", "B"], &["1 A"]),
        (&["A", "--with", "B", "--only-in-both"], &["2 A;B", "3 A;B"]),
        (&["A", "B", "C", "--only-in-both"], &["3 A;B;C"]),
        (&["A", "B", "--only-in-both", "--without", "C"], &["2 A;B"]),
        (&["A", "B", "--only-in-both", "--per-group", "--without", "C"], &["2 A", "2 B"]),
    ] {
        let args = ["export"].iter().chain(args).chain(&["--sandbox", "--columns", "msisdn,group"]);
        let ended = dir.run(args);
        assert_eq!(rows(&ended.code(0).stdout), expected, "{ended:?}");
    }
    dir.run(["export", "A", "--only-in-both", "--sandbox"]).code(2).says("takes two groups");
    dir.run(["export", "A", "--without", "D", "--sandbox"]).code(2).says("D");
}

#[test]
fn two_groups_are_compared_in_figures_and_in_files() {
    let dir = three_groups();
    let ended =
        dir.run(["compare", "A", "B", "--sandbox", "--both", "both.csv", "--only-a", "a.tsv", "--only-b", "b.csv.gz"]);
    assert_eq!(
        ended.code(0).stdout,
        "A                  3\nB                  3\nin both            2\nonly in A          1\nonly in B          1\n"
    );
    assert_eq!(rows(&dir.read("both.csv").replace(",US,fixed_line_or_mobile", "")), ["2 A;B", "3 A;B"]);
    assert_eq!(dir.read("a.tsv").lines().nth(1), Some("+12125550101\tUS\tfixed_line_or_mobile\tA"));
    assert!(dir.path("b.csv.gz").exists());
    let (ended, report) = dir.report(["compare", "A", "C", "--sandbox"]);
    ended.code(0);
    assert_eq!((&report["both"], &report["only_a"], &report["only_b"]), (&1.into(), &2.into(), &1.into()));
    assert_eq!(report["a"], serde_json::json!({"name": "A", "kind": "group", "members": 3, "rejected": 0}));
}

#[test]
fn a_file_is_compared_with_a_group_and_with_another_file() {
    let dir = three_groups();
    dir.file("spring.csv", "name,phone\nAda,(212) 555-0102\nBo,+12125550109\nCy,nothing\n");
    let args = ["compare", "spring.csv", "A", "--sandbox", "--region", "US", "--only-b", "gone.csv"];
    let (ended, report) = dir.report(args);
    ended.code(3).says("1 of 3 rows of spring.csv mean no number");
    assert_eq!((&report["both"], &report["only_a"], &report["only_b"]), (&1.into(), &1.into(), &2.into()));
    assert_eq!(report["a"]["kind"], "list");
    assert_eq!(dir.read("gone.csv").lines().count(), 3);
    dir.run(args.iter().chain(&["--rejects-ok"])).code(0);
    dir.file("autumn.csv", list(&[2]));
    let ended = dir.run(["compare", "autumn.csv", "spring.csv", "--region", "US", "--rejects-ok"]);
    assert!(ended.code(0).stdout.contains("in both                     1\n"), "no account is needed: {ended:?}");
}

#[test]
fn a_name_of_a_file_and_of_a_group_is_refused() {
    let dir = three_groups();
    dir.file("A", list(&[1]));
    dir.run(["compare", "A", "B", "--sandbox"]).code(2).says("is a file and a group").says("./A");
    dir.run(["compare", "./A", "B", "--sandbox"]).code(0);
    dir.run(["compare", "nothing", "B", "--sandbox"]).code(2).says("nothing");
    dir.run(["compare", "./A", "B"]).code(2).says("no account is set");
    dir.run(["compare", "B", "C", "--sandbox", "--both", "-"]).code(2).says("stdout takes the comparison itself");
}
