//! `rollcall backup`: complete or absent, private, and honest about what changed under it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rollcall::groups::NewGroup;
use serde_json::Value;

use super::{Home, entries, numbers, words};
use crate::groups::server::{Reply, Server, answer};
use crate::workdir::{Ended, Workdir, end};

fn manifest(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["backup"].clone()
}

#[test]
fn everything_is_kept_and_nobody_else_can_read_it() {
    let home = Home::new();
    home.import("News", 0..6, &["--create"]).code(0);
    home.update(
        "News",
        &rollcall::groups::GroupUpdate { remove: numbers([2]), add: numbers([40]), ..Default::default() },
    );
    home.make(&NewGroup { name: Some("Ünï: /x".into()), auto_update: Some(words()), ..NewGroup::default() });
    home.make(&NewGroup { members: numbers(10..13), ..NewGroup::default() });
    let (ended, report) = home.report(&["backup", "deep/kept"]);
    ended.code(0);
    assert_eq!(report["groups"].as_array().unwrap().len(), 3);
    let folder = home.dir.path("deep/kept");
    assert_eq!(entries(&folder), ["groups", "leavers", "manifest.json", "summary.txt"]);
    assert_eq!(entries(&home.dir.path("deep")), ["kept"], "nothing is left beside it");
    for (path, mode) in [("", 0o700), ("groups", 0o700), ("manifest.json", 0o600), ("summary.txt", 0o600)] {
        assert_eq!(std::fs::metadata(folder.join(path)).unwrap().permissions().mode() & 0o777, mode, "{path}");
    }
    let manifest = manifest(&folder);
    assert_eq!((&manifest["account"], &manifest["whole"]), (&"sandbox/sandbox".into(), &true.into()));
    let groups = manifest["groups"].as_array().unwrap();
    let of = |name: &str| groups.iter().find(|entry| entry["group"]["name"] == name).unwrap();
    assert_eq!(of("Ünï: /x")["group"]["auto_update"]["add"]["second_word"], "NEWS");
    let news = of("News");
    let text = home.dir.read(&format!("deep/kept/{}", news["members"]["file"].as_str().unwrap()));
    assert!(
        text.starts_with("msisdn,region,type,group,origin\n+12125550100,US,fixed_line_or_mobile,News,ours\n"),
        "{text}"
    );
    assert!(text.ends_with("+12125550140,US,fixed_line_or_mobile,News,joined\n"), "{text}");
    assert_eq!(news["members"]["rows"], 6);
    // Who is found gone only now has left as well, and travels along.
    let left = home.dir.read(&format!("deep/kept/{}", news["leavers"]["file"].as_str().unwrap()));
    assert!(left.lines().nth(1).unwrap().starts_with("+12125550102,News,2"), "{left}");
    assert!(home.left().is_empty(), "a backup only looks");
    let file = folder.join(news["members"]["file"].as_str().unwrap());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    // What is kept is a list like any other.
    home.dir.run(["check", file.to_str().unwrap()]).code(0);
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let home = Home::new();
    home.import("News", 0..3, &["--create"]).code(0);
    std::fs::create_dir(home.dir.path("mine")).unwrap();
    home.dir.file("mine/letter.txt", "dear");
    for flags in [&["backup", "mine"][..], &["backup", "mine", "--replace"]] {
        home.run(flags).code(2).says("holds no backup");
    }
    home.run(&["backup", "list.csv"]).code(2).says("no folder");
    assert_eq!(entries(&home.dir.path("mine")), ["letter.txt"]);
    std::fs::create_dir(home.dir.path("empty")).unwrap();
    home.run(&["backup", "empty"]).code(0);
    home.run(&["backup", "empty"]).code(2).says("--replace");
    let before = manifest(&home.dir.path("empty"));
    home.import("News", 0..5, &[]).code(0);
    home.run(&["backup", "empty", "--replace"]).code(0);
    let after = manifest(&home.dir.path("empty"));
    assert_eq!(
        (&before["groups"][0]["members"]["rows"], &after["groups"][0]["members"]["rows"]),
        (&3.into(), &5.into())
    );
    assert_eq!(entries(&home.dir.path(".")), ["empty", "list.csv", "mine", "state"]);
}

#[test]
fn groups_can_be_chosen_and_a_wrong_name_keeps_nothing() {
    let home = Home::new();
    home.import("A", 0..3, &["--create"]).code(0);
    home.import("B", 0..3, &["--create"]).code(0);
    home.run(&["backup", "one", "A", "A"]).code(0);
    let manifest = manifest(&home.dir.path("one"));
    assert_eq!((manifest["groups"].as_array().unwrap().len(), &manifest["whole"]), (1, &false.into()));
    home.run(&["backup", "other", "A", "Nowhere"]).code(2).says("Nowhere");
    assert!(!home.dir.path("other").exists());
}

/// A backup of what a server of one's own says.
fn backup(dir: &Workdir, server: &Server, flags: &[&str]) -> Ended {
    let mut command = dir.command(["backup", "kept", "--base-url", &format!("{}/xms/v1/plan", server.origin)]);
    end(command.args(["--rate", "1000", "--retries", "1"]).args(flags).env("SINCH_API_TOKEN", "t0ken"))
}

fn page(group: &str) -> Reply {
    answer(200, &format!(r#"{{"page":0,"page_size":1,"count":1,"groups":[{group}]}}"#))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_answer_is_an_error_and_never_a_short_file() {
    let group = r#"{"id":"G1","name":"News","size":3,"modified_at":"2024-06-06T08:59:22.156Z"}"#;
    for (members, code) in [
        (answer(200, r#"["12125550100","12125550101"]"#), 8),
        (Reply::Torn { body: r#"["12125550100","12125550101""#.to_owned() }, 5),
        (answer(200, r#"["12125550100","121255"#), 5),
    ] {
        let dir = Workdir::new();
        let server = Server::start(move |request, _| match request.target.as_str() {
            target if target.contains('?') => page(group),
            target if target.ends_with("/members") => members.clone(),
            _ => answer(200, group),
        })
        .await;
        let ended = backup(&dir, &server, &[]);
        ended.code(code);
        assert!(!ended.stderr.contains("2125550"), "{ended:?}");
        assert!(!dir.path("kept").exists());
        assert_eq!(entries(&dir.path(".")), ["state"], "nothing is left behind");
        if code == 8 {
            ended.says("--allow-size-mismatch");
            backup(&dir, &server, &["--allow-size-mismatch"]).code(0);
            assert_eq!(manifest(&dir.path("kept"))["groups"][0]["members"]["rows"], 2);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_changes_while_it_is_read_is_read_again_and_named_in_the_end() {
    for restless in [3, usize::MAX] {
        let dir = Workdir::new();
        let server = Server::start(move |request, before| {
            let change = before.min(restless);
            let group =
                format!(r#"{{"id":"G1","name":"News","size":1,"modified_at":"2024-06-06T08:59:22.{change:03}Z"}}"#);
            match request.target.as_str() {
                target if target.contains('?') => page(&group),
                target if target.ends_with("/members") => answer(200, r#"["12125550100"]"#),
                _ => answer(200, &group),
            }
        })
        .await;
        let ended = backup(&dir, &server, &["--json"]);
        let report: Value = serde_json::from_str(&ended.code(0).stdout).unwrap();
        let steady = manifest(&dir.path("kept"))["groups"][0]["steady"].clone();
        assert_eq!(steady, restless == 3);
        assert_eq!(report["groups"][0]["changed_while_read"] == true, steady == false);
        assert_eq!(dir.read("kept/summary.txt").contains("changed while it was read"), steady == false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_come_and_go_meanwhile_are_told() {
    let dir = Workdir::new();
    let one = |id: &str| format!(r#"{{"id":"{id}","name":"{id}","size":0}}"#);
    let server = Server::start(move |request, before| match request.target.as_str() {
        target if target.contains('?') => {
            let ids: &[&str] = if before == 0 { &["OLD", "GONE"] } else { &["NEW", "OLD"] };
            let groups: Vec<String> = ids.iter().map(|id| one(id)).collect();
            answer(200, &format!(r#"{{"page":0,"page_size":2,"count":2,"groups":[{}]}}"#, groups.join(",")))
        }
        target if target.contains("GONE") => answer(404, ""),
        target if target.ends_with("/members") => answer(200, "[]"),
        _ => answer(200, &one("OLD")),
    })
    .await;
    backup(&dir, &server, &[]).code(0).says("NEW was made").says("GONE was deleted");
    let manifest = manifest(&dir.path("kept"));
    assert_eq!(
        (&manifest["appeared"], &manifest["vanished"]),
        (&serde_json::json!(["NEW"]), &serde_json::json!(["GONE"]))
    );
    assert_eq!(manifest["groups"].as_array().unwrap().len(), 1);
}

#[test]
fn so_many_gone_at_once_are_no_leavers() {
    let home = Home::new();
    home.import("News", 0..30, &["--create"]).code(0);
    home.update("News", &rollcall::groups::GroupUpdate { remove: numbers(0..20), ..Default::default() });
    home.run(&["backup", "kept"]).code(0).says("20 members of ours are gone");
    assert_eq!(manifest(&home.dir.path("kept"))["groups"][0].get("leavers"), None);
}

#[test]
fn a_link_to_a_backup_stays_one_and_its_folder_is_replaced() {
    let home = Home::new();
    home.import("News", 0..3, &["--create"]).code(0);
    home.run(&["backup", "kept/"]).code(0);
    std::os::unix::fs::symlink("kept", home.dir.path("newest")).unwrap();
    home.import("News", 0..5, &[]).code(0);
    home.run(&["backup", "newest", "--replace"]).code(0);
    assert!(std::fs::symlink_metadata(home.dir.path("newest")).unwrap().is_symlink());
    assert_eq!(manifest(&home.dir.path("kept"))["groups"][0]["members"]["rows"], 5);
    assert_eq!(entries(&home.dir.path(".")), ["kept", "list.csv", "newest", "state"]);
}
