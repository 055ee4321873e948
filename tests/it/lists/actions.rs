//! `--action-column`: adds and removes in one list.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::workdir::Workdir;

const FLAGS: [&str; 5] = ["--region", "US", "--action-column", "what", "--json"];

#[test]
fn a_list_may_add_and_remove() {
    let dir = Workdir::new();
    let import = |name: &str, flags: &[&str]| {
        let base = ["import", name, "--group", "News", "--sandbox", "--region", "US", "--yes"];
        dir.report(base.iter().chain(flags)).1
    };
    dir.file("old.csv", "phone\n212 555 0100\n212 555 0101\n");
    import("old.csv", &["--create"]);
    dir.file("new.csv", "phone,what\n212 555 0100,unsubscribe\n212 555 0102,Subscribe\n212 555 0103,0\n");
    let report = import("new.csv", &["--action-column", "what"]);
    assert_eq!(report["members"]["added"], 1, "{report}");
    assert_eq!(report["members"]["removed"], 1, "{report}");
    let members = dir.run(["groups", "members", "News", "--sandbox"]);
    assert_eq!(members.stdout.lines().collect::<Vec<_>>(), ["+12125550101", "+12125550102"]);
}

#[test]
fn the_last_row_of_a_number_wins_and_the_overruled_ones_are_marked() {
    let dir = Workdir::new();
    dir.file(
        "list.csv",
        "phone,what\n212 555 0100,add\n'212 555 0101,1\n212 555 0100,add\n2125550101,opt-out\n212 555 0100,remove\n\
         212 555 0102,yes\n",
    );
    let (ended, report) = dir.report(["check", "list.csv", "--verdicts", "v.csv"].iter().chain(&FLAGS[..4]));
    ended.code(0);
    assert_eq!(report["superseded"], 2);
    let rows = &report["rows"];
    assert_eq!((&rows["read"], &rows["accepted"], &rows["duplicate"]), (&6.into(), &5.into(), &1.into()), "{rows}");
    let text = dir.read("v.csv");
    let verdicts: Vec<(&str, &str)> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect::<Vec<_>>())
        .map(|cells| (cells[2], cells[7]))
        .collect();
    assert_eq!(
        verdicts,
        [
            ("accepted", "superseded"),
            ("accepted", "apostrophe+superseded"),
            ("duplicate", "superseded"),
            ("accepted", ""),
            ("accepted", ""),
            ("accepted", ""),
        ]
    );
    dir.run(["check", "list.csv"].iter().chain(&FLAGS[..4])).code(0).says("superseded");
}

#[test]
fn an_action_that_is_not_understood_is_no_action() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone,what\n212 555 0100,\n212 555 0101,perhaps\n212 555 0102,add\n");
    let (ended, report) = dir.report(["check", "list.csv", "--rejects", "r.csv"].iter().chain(&FLAGS[..4]));
    ended.code(3);
    assert_eq!(report["rejected_by_reason"]["malformed_row"], 2);
    assert!(dir.read("r.csv").contains("unsubscribe"), "the detail says what is understood");
}

#[test]
fn each_group_has_its_own_last_word() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone,what,list\n212 555 0100,add,North;South\n212 555 0100,remove,South\n");
    let (_, report) = dir.report([
        "import",
        "list.csv",
        "--region",
        "US",
        "--action-column",
        "what",
        "--group-column",
        "list",
        "--create",
        "--sandbox",
    ]);
    let added: Vec<(&str, u64)> = report["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| (group["name"].as_str().unwrap(), group["added"].as_u64().unwrap()))
        .collect();
    assert_eq!(added, [("North", 1), ("South", 0)]);
    assert_eq!(report["superseded"], 1);
}

#[test]
fn a_number_that_is_not_to_be_written_to_may_be_removed() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone,what\n212 555 0100,add\n212 555 0101,remove\n");
    dir.file("stop.csv", "phone\n212 555 0100\n212 555 0101\n");
    let (_, report) = dir.report(["check", "list.csv", "--suppress", "stop.csv"].iter().chain(&FLAGS[..4]));
    assert_eq!((&report["rows"]["suppressed"], &report["rows"]["accepted"]), (&1.into(), &1.into()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn verdicts_say_which_rows_were_overruled(rows in prop::collection::vec((0_u8..6, any::<bool>()), 1..40), threads in 1_u8..4) {
        let dir = Workdir::new();
        let mut list = "phone,what\n".to_owned();
        let mut last = BTreeMap::new();
        for (number, add) in &rows {
            list += &format!("+1212555010{number},{}\n", if *add { "in" } else { "out" });
            last.insert(*number, *add);
        }
        dir.file("list.csv", list);
        let mut command = dir.command(["check", "list.csv", "--verdicts", "v.csv", "--threads", &threads.to_string()]);
        command.args(FLAGS);
        crate::workdir::end(&mut command).code(0);
        let verdicts = dir.read("v.csv");
        let marked: Vec<bool> = verdicts.lines().skip(1).map(|line| line.contains("superseded")).collect();
        let wanted: Vec<bool> = rows.iter().map(|(number, add)| last[number] != *add).collect();
        prop_assert_eq!(marked, wanted);
    }
}
