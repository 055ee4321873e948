//! When members were seen, as the ledger has it.

use crate::workdir::Workdir;

/// The export of `News` with these columns, as cells.
fn export(dir: &Workdir, columns: &str) -> Vec<Vec<String>> {
    let ended = dir.run(["export", "News", "--sandbox", "--columns", columns]);
    ended.code(0).stdout.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn import(dir: &Workdir, list: &str, flags: &[&str]) -> String {
    dir.file("list.csv", format!("phone\n{list}\n"));
    let args = ["import", "list.csv", "--group", "News", "--sandbox", "--json"];
    let ended = dir.run(args.iter().chain(flags));
    let report: serde_json::Value = serde_json::from_str(&ended.code(0).stdout).unwrap();
    report["run"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn members_are_known_since_the_run_that_added_them() {
    let dir = Workdir::new();
    import(&dir, "+12125550101", &["--create"]);
    let first = export(&dir, "msisdn,first_seen,last_seen,left_at");
    import(&dir, "+12125550102", &[]);
    let both = export(&dir, "msisdn,first_seen,last_seen,left_at");
    assert_eq!((first.len(), both.len()), (1, 2));
    assert_eq!(both[0][1], first[0][1], "a later run does not change since when somebody is known");
    assert!(both[0][1] < both[1][1], "the second came later");
    assert!(both[0][2] > first[0][2], "both were seen when the members were read back");
    assert_eq!(both[0][2], both[1][2]);
    assert!(both.iter().all(|row| row[3].is_empty()));
}

#[test]
fn who_had_left_and_came_back_by_themselves_has_both_times() {
    let dir = Workdir::new();
    import(&dir, "+12125550101\n+12125550102", &["--create"]);
    dir.file("left.csv", "msisdn,since\n+12125550102,2020-02-02T02:02:02Z\n");
    dir.run(["leavers", "import", "News", "left.csv", "--sandbox"]).code(0);
    let rows = export(&dir, "msisdn,left_at");
    assert_eq!(rows, [["+12125550101", ""], ["+12125550102", "2020-02-02T02:02:02Z"]]);
}

#[test]
fn a_group_that_nothing_is_remembered_of_has_no_times() {
    let dir = Workdir::new();
    import(&dir, "+12125550101", &["--create"]);
    let ended =
        dir.run(["export", "News", "--sandbox", "--columns", "first_seen,last_seen,left_at", "--state-dir", "state"]);
    assert!(!ended.code(0).stdout.contains(",,"));
    std::fs::create_dir(dir.path("other")).unwrap();
    std::fs::copy(dir.path("state/sandbox.sqlite"), dir.path("other/sandbox.sqlite")).unwrap();
    let args =
        ["export", "News", "--sandbox", "--columns", "msisdn,first_seen,last_seen,left_at", "--state-dir", "other"];
    assert_eq!(dir.run(args).code(0).stdout.lines().last(), Some("+12125550101,,,"));
}
