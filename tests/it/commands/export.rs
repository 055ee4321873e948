//! `rollcall export` and `rollcall groups`.

use std::io::Read;

use crate::workdir::Workdir;

/// Two groups that share a number.
fn two_groups() -> Workdir {
    let dir = Workdir::new();
    dir.file("a.csv", "phone\n+12125550102\n+447400123456\n");
    dir.file("b.csv", "phone\n+12125550101\n+12125550102\n");
    dir.run(["import", "a.csv", "--group", "A", "--create", "--sandbox"]).code(0);
    dir.run(["import", "b.csv", "--group", "B", "--create", "--sandbox"]).code(0);
    dir
}

#[test]
fn several_groups_are_merged_one_row_for_each_number() {
    let dir = two_groups();
    let ended = dir.run(["export", "A", "B", "--sandbox"]);
    assert_eq!(
        ended.code(0).stdout,
        "msisdn,region,type,group\n\
         +12125550101,US,fixed_line_or_mobile,B\n\
         +12125550102,US,fixed_line_or_mobile,A;B\n\
         +447400123456,GB,mobile,A\n"
    );
}

#[test]
fn per_group_gives_a_row_for_each_number_and_group() {
    let dir = two_groups();
    let ended = dir.run(["export", "A", "B", "--sandbox", "--per-group", "--columns", "group,msisdn"]);
    assert_eq!(ended.code(0).stdout, "group,msisdn\nB,+12125550101\nA,+12125550102\nB,+12125550102\nA,+447400123456\n");
}

#[test]
fn the_files_name_chooses_compression_and_the_file_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let dir = two_groups();
    dir.run(["export", "A", "--sandbox", "-o", "a.csv.gz"]).code(0);
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(dir.path("a.csv.gz")).unwrap()).read_to_string(&mut text).unwrap();
    assert_eq!(text.lines().count(), 3);
    dir.run(["export", "A", "--sandbox", "-o", "a.csv.zst"]).code(0);
    let text = zstd::decode_all(std::fs::File::open(dir.path("a.csv.zst")).unwrap()).unwrap();
    assert_eq!(String::from_utf8(text).unwrap().lines().count(), 3);
    assert_eq!(std::fs::metadata(dir.path("a.csv.zst")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_export_that_fails_leaves_the_old_file() {
    let dir = two_groups();
    dir.file("old.csv", "old");
    dir.run(["export", "A", "Nowhere", "--sandbox", "-o", "old.csv"]).code(2).says("Nowhere");
    assert_eq!(dir.read("old.csv"), "old");
}

#[test]
fn an_exported_group_can_be_imported_again() {
    let dir = two_groups();
    dir.run(["export", "A", "--sandbox", "-o", "again.csv"]).code(0);
    let (ended, report) = dir.report(["import", "again.csv", "--group", "A", "--sandbox"]);
    ended.code(0).says("nothing to do");
    assert_eq!(report["members"]["already"], 2);
}

#[test]
fn groups_can_be_looked_at() {
    let dir = two_groups();
    let list = dir.run(["groups", "list", "--sandbox"]).stdout;
    let names: Vec<&str> = list.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["B", "A"], "newest first");
    let list: serde_json::Value =
        serde_json::from_str(&dir.run(["groups", "list", "--sandbox", "--json"]).stdout).unwrap();
    let id = list[1]["id"].as_str().unwrap().to_owned();
    let shown: serde_json::Value =
        serde_json::from_str(&dir.run(["groups", "show", &id, "--sandbox", "--json"]).stdout).unwrap();
    assert_eq!((&shown["name"], &shown["size"]), (&"A".into(), &2.into()));
    assert!(dir.run(["groups", "show", "A", "--sandbox"]).stdout.contains(&id));
    assert_eq!(dir.run(["groups", "members", "A", "--sandbox"]).stdout, "+12125550102\n+447400123456\n");
}
