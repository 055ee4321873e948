//! `rollcall copy`: from one account straight into another.

use std::os::unix::fs::PermissionsExt;

use rollcall::sandbox::{Data, Rules, Store};

use super::restore::colourful;
use super::{Home, csv};
use crate::workdir::Served;

/// A server elsewhere, and a profile that leads to it.
fn elsewhere(home: &Home) -> (Served, Store) {
    let data = home.dir.path("elsewhere.sqlite");
    let served = Served::start(&home.dir, &["--data", data.to_str().unwrap()]);
    let token = home.dir.file("token", "t0ken\n");
    std::fs::set_permissions(token, std::fs::Permissions::from_mode(0o600)).unwrap();
    let profile = format!(
        "[profiles.there]\nbase_url = \"{}\"\ntoken_file = \"{}\"\nrate = 1000.0\n\n[profiles.here]\nsandbox = true\n",
        served.base_url,
        home.dir.path("token").display()
    );
    home.dir.file("rollcall.toml", profile);
    (served, Store::open(&Data::File(data), "demo", Rules::default()).unwrap())
}

fn copy(home: &Home, args: &[&str]) -> crate::workdir::Ended {
    home.run(&[&["copy", "--to-profile", "there"], args].concat())
}

#[test]
fn a_copied_account_compares_equal_and_the_source_stays_as_it_is() {
    let home = colourful();
    let (_served, there) = elsewhere(&home);
    let before = home.pictures();
    copy(&home, &["--all", "--dry-run"]).code(0);
    assert!(home.pictures_of(&there).is_empty(), "a dry run changes nothing");
    copy(&home, &["--all"]).code(0).says("verified");
    assert_eq!(home.pictures_of(&there), before);
    assert_eq!(home.pictures(), before);
    // Those who left have left there as well: also whom nobody had missed before.
    let list = home.dir.run(["leavers", "list", "--account", "loopback/demo", "--json"]);
    let left: serde_json::Value = serde_json::from_str(&list.code(0).stdout).unwrap();
    assert_eq!(left.as_array().unwrap().len(), 3, "{left}");
    home.dir.file("list.csv", csv(0..20));
    let import = ["import", "list.csv", "--group", "News", "--profile", "there"];
    home.dir.run(import).code(0).says("nothing to do");
}

#[test]
fn some_groups_are_copied_under_other_names_and_the_run_can_be_taken_back() {
    let home = colourful();
    let (_served, there) = elsewhere(&home);
    copy(&home, &["News", "--as", "News=Other"]).code(0);
    let pictures = home.pictures_of(&there);
    let names: Vec<_> = pictures.keys().map(|name| name.as_deref().unwrap()).collect();
    assert_eq!(names, ["Other"]);
    assert_eq!(pictures[&Some("Other".to_owned())].2, home.pictures()[&Some("News".to_owned())].2);
    let runs: serde_json::Value = serde_json::from_str(&home.dir.run(["runs", "list", "--json"]).stdout).unwrap();
    let run = runs[0]["id"].as_str().or_else(|| runs[0]["run"].as_str()).unwrap().to_owned();
    home.dir.run(["runs", "undo", &run, "--yes", "--delete-created"]).code(0);
    assert!(home.pictures_of(&there).is_empty());
}

#[test]
fn what_leads_nowhere_or_to_itself_is_refused() {
    let home = colourful();
    let (_served, there) = elsewhere(&home);
    copy(&home, &[]).code(2);
    copy(&home, &["Nobody"]).code(2).says("Nobody");
    copy(&home, &["News", "--all"]).code(2);
    home.run(&["copy", "--to-profile", "nowhere", "News"]).code(2).says("nowhere");
    home.run(&["copy", "--to-profile", "here", "News"]).code(2).says("another account");
    assert!(home.pictures_of(&there).is_empty());
}
