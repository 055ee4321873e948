//! `rollcall groups create`, `update` and `replace`: what is asked is so, what cannot be is refused before anything is
//! sent, and whatever else a group has stays.

use serde_json::Value;

use crate::groups::server::{Server, answer};
use crate::workdir::{Ended, Workdir, end};

/// A command on the embedded sandbox, as fast as it goes.
fn run(dir: &Workdir, args: &[&str]) -> Ended {
    dir.run(args.iter().chain(&["--sandbox", "--rate", "1000"]))
}

fn group(dir: &Workdir, name: &str) -> Value {
    serde_json::from_str(&run(dir, &["groups", "show", name, "--json"]).code(0).stdout).unwrap()
}

/// The last two digits of the group's members, all of whom are example numbers.
fn members(dir: &Workdir, name: &str) -> Vec<u32> {
    let listed = run(dir, &["groups", "members", name]);
    listed.code(0).stdout.lines().map(|line| line.strip_prefix("+121255501").unwrap().parse().unwrap()).collect()
}

fn list(dir: &Workdir, name: &str, numbers: impl IntoIterator<Item = u32>) {
    dir.file(name, numbers.into_iter().fold("phone\n".to_owned(), |text, at| text + &format!("+121255501{at:02}\n")));
}

const WORDS: [&str; 6] = ["--auto-update", "+12125550199", "--join-word", "JOIN NEWS", "--leave-word", "STOP"];

#[test]
fn a_group_is_made_with_the_members_of_a_list_or_with_none() {
    let dir = Workdir::new();
    list(&dir, "list.csv", 0..5);
    run(&dir, &[&["groups", "create", "Empty"], &WORDS[..]].concat()).code(0);
    run(&dir, &[&["groups", "create", "Full", "list.csv"], &WORDS[..]].concat()).code(0);
    for (name, size) in [("Empty", 0), ("Full", 5)] {
        let group = group(&dir, name);
        assert_eq!(group["size"], size, "{group}");
        let words = serde_json::json!({
            "to": "+12125550199", "add": {"first_word": "JOIN", "second_word": "NEWS"}, "remove": {"first_word": "STOP"},
        });
        assert_eq!(group["auto_update"], words);
    }
    assert_eq!(members(&dir, "Full"), [0, 1, 2, 3, 4]);
    let shown = run(&dir, &["groups", "show", "Full"]);
    for word in ["JOIN NEWS", "STOP", "+12125550199"] {
        assert!(shown.stdout.contains(word), "{shown:?}");
    }
    // It was a run like any other, and is taken back like any other.
    let runs: Value = serde_json::from_str(&dir.run(["runs", "list", "--json"]).stdout).unwrap();
    let id = runs[0]["id"].as_str().or_else(|| runs[0]["run"].as_str()).unwrap().to_owned();
    dir.run(["runs", "undo", &id, "--yes", "--delete-created", "--rate", "1000"]).code(0);
    assert!(!run(&dir, &["groups", "list"]).stdout.contains("Full"));
}

#[test]
fn a_name_that_cannot_be_or_is_taken_is_refused_before_anything_is_sent() {
    let dir = Workdir::new();
    run(&dir, &["groups", "create", "News"]).code(0);
    // Characters are counted, not bytes: twenty of these are eighty bytes.
    run(&dir, &["groups", "create", &"😀".repeat(20)]).code(0);
    run(&dir, &["groups", "create", &"😀".repeat(21)]).code(2).says("at most 20 characters");
    run(&dir, &["groups", "create", ""]).code(2).says("empty");
    run(&dir, &["groups", "create", "a\nb"]).code(2).says("control");
    run(&dir, &["groups", "create", "News"]).code(2).says("already");
    run(&dir, &["groups", "update", "News", "--name", &"x".repeat(21)]).code(2).says("at most 20 characters");
    run(&dir, &["groups", "update", "News", "--name", &"😀".repeat(20)]).code(2).says("already");
    run(&dir, &["groups", "update", "News"]).code(2).says("nothing to change");
    run(&dir, &["groups", "create", "B", "--join-word", "A"]).code(2).says("--auto-update");
    run(&dir, &["groups", "create", "B", "--auto-update", "443", "--join-word", "much_too_long_a_word"]).code(2);
    let listed = run(&dir, &["groups", "list"]);
    assert_eq!(listed.stdout.lines().count(), 3, "{listed:?}");
}

#[test]
fn one_update_renames_sets_keywords_and_changes_members() {
    let dir = Workdir::new();
    list(&dir, "list.csv", 0..4);
    run(&dir, &["groups", "create", "News", "list.csv"]).code(0);
    let update = [
        "groups",
        "update",
        "News",
        "--name",
        "Sports",
        "--add",
        "+12125550105,(212) 555-0106",
        "--remove",
        "212-555-0100",
        "--region",
        "US",
        "--json",
    ];
    let ended = run(&dir, &[&update, &WORDS[..]].concat());
    let report: Value = serde_json::from_str(&ended.code(0).stdout).unwrap();
    assert_eq!(report["groups"][0]["name"], "Sports");
    assert_eq!(report["groups"][0]["settings"], serde_json::json!(["name", "auto_update"]));
    assert_eq!((&report["members"]["added"], &report["members"]["removed"]), (&2.into(), &1.into()));
    assert_eq!(report["verified"], true);
    assert_eq!(members(&dir, "Sports"), [1, 2, 3, 5, 6]);
    assert_eq!(group(&dir, "Sports")["auto_update"]["add"]["second_word"], "NEWS");
    // One word changes, the others stay; the name goes.
    run(&dir, &["groups", "update", "Sports", "--leave-word", "END NOW", "--no-name"]).code(0);
    let id = group_without_a_name(&dir);
    let now = group(&dir, &id);
    assert_eq!(now["auto_update"]["add"]["first_word"], "JOIN");
    assert_eq!(now["auto_update"]["remove"], serde_json::json!({"first_word": "END", "second_word": "NOW"}));
    assert_eq!(members(&dir, &id), [1, 2, 3, 5, 6]);
}

fn group_without_a_name(dir: &Workdir) -> String {
    let groups: Value = serde_json::from_str(&run(dir, &["groups", "list", "--json"]).stdout).unwrap();
    let unnamed = groups.as_array().unwrap().iter().find(|group| group.get("name").is_none()).unwrap();
    unnamed["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_number_that_is_none_is_named_by_its_place_alone() {
    let dir = Workdir::new();
    run(&dir, &["groups", "create", "News"]).code(0);
    let ended = run(&dir, &["groups", "update", "News", "--add", "+12125550100", "5551234567890123", "--json"]);
    ended.code(2).says("number 2 of --add is no phone number (");
    assert!(!ended.stderr.contains("55512345"), "{ended:?}");
    assert!(ended.stdout.is_empty(), "{ended:?}");
    run(&dir, &["groups", "update", "News", "--add", "+12125550100", "--remove", "+1 212 555 0100"]).code(2);
    assert!(members(&dir, "News").is_empty());
}

#[test]
fn members_of_other_groups_are_added_and_removed() {
    let dir = Workdir::new();
    for (name, numbers) in [("a.csv", 0..12), ("b.csv", 10..14), ("c.csv", 0..2)] {
        list(&dir, name, numbers);
        run(&dir, &["groups", "create", &name[..1], name]).code(0);
    }
    let update = ["groups", "update", "a", "--add-from", "b", "--remove-from", "c"];
    run(&dir, &[&update[..], &["--dry-run"]].concat()).code(0);
    assert_eq!(members(&dir, "a").len(), 12, "a dry run changes nothing");
    run(&dir, &update).code(0);
    assert_eq!(members(&dir, "a"), (2..14).collect::<Vec<u32>>());
    assert_eq!(members(&dir, "b").len(), 4, "the other group stays as it is");
    // Whom one of them takes out is out, and too many at once are too many.
    run(&dir, &["groups", "update", "a", "--remove-from", "b"]).code(4).says("--max-remove");
    run(&dir, &["groups", "update", "a", "--add-from", "b", "--remove-from", "b", "--max-remove", "5"]).code(0);
    assert_eq!(members(&dir, "a"), (2..10).collect::<Vec<u32>>());
    run(&dir, &["groups", "update", "a", "--add-from", "Nowhere"]).code(2).says("Nowhere");
}

#[test]
fn who_has_left_is_not_added_again_by_a_copy() {
    let dir = Workdir::new();
    list(&dir, "list.csv", 0..5);
    run(&dir, &["groups", "create", "News", "list.csv"]).code(0);
    run(&dir, &["groups", "create", "Copy", "list.csv"]).code(0);
    run(&dir, &["groups", "update", "Copy", "--remove", "+12125550103"]).code(0);
    list(&dir, "left.csv", [3]);
    run_offline(&dir, &["leavers", "import", "Copy", "left.csv"]).code(0);
    let ended = run(&dir, &["groups", "update", "Copy", "--add-from", "News"]);
    ended.code(0).says("--readd-left");
    assert_eq!(members(&dir, "Copy"), [0, 1, 2, 4]);
    run(&dir, &["groups", "update", "Copy", "--add-from", "News", "--readd-left"]).code(0);
    assert_eq!(members(&dir, "Copy"), [0, 1, 2, 3, 4]);
}

fn run_offline(dir: &Workdir, args: &[&str]) -> Ended {
    dir.run(args.iter().chain(&["--sandbox"]))
}

#[test]
fn what_is_remembered_goes_with_the_name() {
    let dir = Workdir::new();
    list(&dir, "list.csv", 0..5);
    run(&dir, &["groups", "create", "News", "list.csv"]).code(0);
    list(&dir, "left.csv", [9]);
    run_offline(&dir, &["leavers", "import", "News", "left.csv"]).code(0);
    run(&dir, &["groups", "update", "News", "--name", "Sports"]).code(0);
    let left: Value = serde_json::from_str(&run_offline(&dir, &["leavers", "list", "--json"]).stdout).unwrap();
    assert_eq!((&left[0]["group"], left.as_array().unwrap().len()), (&"Sports".into(), 1));
    list(&dir, "more.csv", 5..10);
    run(&dir, &["import", "more.csv", "--group", "Sports"]).code(0);
    assert_eq!(members(&dir, "Sports"), (0..9).collect::<Vec<u32>>());
}

#[test]
fn a_replacement_changes_the_members_and_nothing_else() {
    let dir = Workdir::new();
    list(&dir, "list.csv", 0..8);
    run(&dir, &[&["groups", "create", "News", "list.csv"], &WORDS[..]].concat()).code(0);
    let before = group(&dir, "News");
    list(&dir, "other.csv", 4..9);
    let ended = run(&dir, &["groups", "replace", "News", "other.csv", "--max-remove", "3", "--json"]);
    let report: Value = serde_json::from_str(&ended.code(4).stdout).unwrap();
    assert_eq!((&report["command"], &report["mode"]), (&"groups replace".into(), &"replace".into()));
    run(&dir, &["groups", "replace", "News", "other.csv"]).code(0);
    assert_eq!(members(&dir, "News"), [4, 5, 6, 7, 8]);
    let after = group(&dir, "News");
    for field in ["id", "name", "auto_update"] {
        assert_eq!(before[field], after[field]);
    }
    run(&dir, &["groups", "replace", "Nowhere", "other.csv"]).code(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_do_not_add_up_are_an_error_and_never_a_short_list() {
    let group = r#"{"id":"G1","name":"News","size":3}"#;
    let dir = Workdir::new();
    let server = Server::start(move |request, _| match request.target.as_str() {
        target if target.contains('?') => answer(200, &format!(r#"{{"page":0,"count":1,"groups":[{group}]}}"#)),
        target if target.ends_with("/members") => answer(200, r#"["12125550100","12125550101"]"#),
        _ => answer(200, group),
    })
    .await;
    let members = |flags: &[&str]| {
        let mut command = dir.command(["groups", "members", "News", "--rate", "1000"]);
        let url = format!("{}/xms/v1/plan", server.origin);
        end(command.args(flags).args(["--base-url", &url]).env("SINCH_API_TOKEN", "t0ken"))
    };
    for form in [&[][..], &["--json"]] {
        let ended = members(form);
        ended.code(8).says("--allow-size-mismatch");
        assert_eq!(ended.stdout, "");
    }
    assert_eq!(members(&["--allow-size-mismatch"]).code(0).stdout, "+12125550100\n+12125550101\n");
}

#[test]
fn nobody_is_added_from_another_group_who_is_not_to_be_written_to() {
    let dir = Workdir::new();
    list(&dir, "list.csv", 0..6);
    list(&dir, "other.csv", 10..16);
    list(&dir, "never.csv", [12]);
    list(&dir, "nor.csv", [13]);
    run(&dir, &["groups", "create", "News", "list.csv", "--suppress", "never.csv"]).code(0);
    run(&dir, &["groups", "create", "Other", "other.csv"]).code(0);
    // Twelve is on a list that an earlier run of the group had, thirteen on one that is given now.
    let update = ["groups", "update", "News", "--add-from", "Other", "--suppress", "nor.csv"];
    run(&dir, &update).code(0).says("on suppression lists of earlier runs");
    assert_eq!(members(&dir, "News"), [0, 1, 2, 3, 4, 5, 10, 11, 14, 15]);
    // Whoever is named is meant, unless a list that is given at the same time says no.
    run(&dir, &["groups", "update", "News", "--add", "+12125550113", "--suppress", "nor.csv"]).code(0);
    assert!(!members(&dir, "News").contains(&13));
    run(&dir, &["groups", "update", "News", "--add", "+12125550112"]).code(0);
    assert!(members(&dir, "News").contains(&12));
    run(&dir, &["groups", "update", "News", "--add", "+12125550120", "--suppress", "nowhere.csv"]).code(2);
    dir.file("odd.csv", "phone\n+12125550199\nsomebody\n");
    let odd = ["groups", "update", "News", "--add-from", "Other", "--suppress", "odd.csv"];
    run(&dir, &odd).code(4).says("--max-suppress-rejects");
}

#[test]
fn who_left_is_not_added_from_another_group_and_an_audience_is_taken_whole() {
    let dir = Workdir::new();
    list(&dir, "list.csv", 0..6);
    list(&dir, "many.csv", 20..45);
    list(&dir, "left.csv", [30]);
    run(&dir, &["groups", "create", "News", "list.csv"]).code(0);
    let spread = ["import", "many.csv", "--group", "Many", "--create", "--spread", "--group-limit", "10"];
    run(&dir, &spread).code(0);
    dir.run(["leavers", "import", "News", "left.csv", "--sandbox"]).code(0);
    run(&dir, &["groups", "update", "News", "--add-from", "Many"]).code(0);
    let expected: Vec<u32> = (0..6).chain(20..30).chain(31..45).collect();
    assert_eq!(members(&dir, "News"), expected);
}
