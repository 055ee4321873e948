//! `rollcall leavers`: those who left, seen, carried and let back in.

use std::os::unix::fs::PermissionsExt;

use super::{Town, number, range, set};

/// A town that remembers two leavers.
fn town() -> Town {
    let town = Town::with(0..20);
    town.leave([3, 5]);
    town.import("sync", 0..20, &[]).0.code(0);
    town
}

#[test]
fn the_list_says_who_left_what_and_how() {
    let town = town();
    let table = town.run(&["leavers", "list", "News"]);
    let text = &table.code(0).stdout;
    assert_eq!(text.lines().count(), 3, "{text}");
    for word in ["+12125550103", "+12125550105", "News", "observed", "sandbox/sandbox"] {
        assert!(text.contains(word), "{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&town.run(&["leavers", "list", "--json"]).stdout).unwrap();
    assert_eq!(json[0]["msisdn"], "+12125550103");
    assert_eq!((&json[0]["group"], &json[0]["how"]), (&"News".into(), &"observed".into()));
    assert!(json[0]["since"].as_str().unwrap().ends_with('Z'));
    assert!(json[0]["run"].is_string());
    // By its id as well, and without naming the account.
    let id = town.group("News").id;
    assert_eq!(town.dir.run(["leavers", "list", id.as_str()]).code(0).stdout, *text);
    town.run(&["leavers", "list", "Nowhere"]).code(2);
    town.dir.run(["leavers", "list", "--account", "provider/nobody"]).code(2).says("sandbox/sandbox");
}

#[test]
fn an_export_is_private_and_another_machine_reads_it_back() {
    let town = town();
    town.run(&["leavers", "export", "News", "-o", "left.csv"]).code(0);
    let path = town.dir.path("left.csv");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = town.dir.read("left.csv");
    assert!(text.starts_with("msisdn,group,since,how,run,account\n+12125550103,News,2"), "{text}");
    let other = Town::new();
    other.dir.file("left.csv", &text);
    other.dir.run(["leavers", "import", "News", "left.csv"]).code(2).says("--account");
    let brought = other.run(&["leavers", "import", "News", "left.csv", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&brought.code(0).stdout).unwrap();
    assert_eq!((&told["imported"], &told["already"]), (&2.into(), &0.into()));
    let since = |town: &Town| {
        let rows: serde_json::Value = serde_json::from_str(&town.run(&["leavers", "list", "--json"]).stdout).unwrap();
        (rows[0]["since"].clone(), rows[1]["since"].clone())
    };
    assert_eq!(since(&other), since(&town), "they left when they left");
    // A list that names them does not add them to the new group.
    other.dir.file("list.csv", super::csv(0..6));
    other.run(&["import", "list.csv", "--group", "News", "--create"]).code(0);
    assert_eq!(other.members(), [0, 1, 2, 4].into());
}

#[test]
fn any_list_may_say_who_left() {
    let town = Town::with(0..20);
    town.dir.file("left.txt", "name;mobile\nAnn;(212) 555-0104\nBob;nothing\n");
    town.run(&["leavers", "import", "News", "left.txt", "--region", "US"]).code(3).says("1 rows were rejected");
    town.run(&["leavers", "import", "News", "left.txt", "--region", "US", "--rejects-ok"]).code(0);
    assert_eq!(town.left(), set(&["+12125550104"]));
    town.dir.file("empty.csv", "phone\n");
    town.run(&["leavers", "import", "News", "empty.csv", "--phone-column", "phone"]).code(4);
}

#[test]
fn who_is_forgotten_may_be_added_again() {
    let town = town();
    town.run(&["leavers", "forget", "News", "(212) 555-0103", "--region", "US"]).code(0);
    assert_eq!(town.left(), set(&[&number(5).to_string()]));
    town.import("sync", 0..20, &[]).0.code(0);
    assert_eq!(town.members().len(), 19);
    let all = town.run(&["leavers", "forget", "News", "--all", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&all.code(0).stdout).unwrap();
    assert_eq!(told["forgotten"], 1);
    town.import("sync", 0..20, &[]).0.code(0);
    assert_eq!(town.members(), range(0..20));
    town.run(&["leavers", "forget", "News"]).code(2);
    let wrong = town.run(&["leavers", "forget", "News", "99"]);
    assert!(!wrong.code(2).stderr.contains("99"), "{wrong:?}");
}

#[test]
fn a_group_of_two_accounts_is_told_apart() {
    let town = town();
    let import = |account: &str| {
        town.dir.file("left.csv", super::csv([9]));
        town.dir.run(["leavers", "import", "News", "left.csv", "--account", account])
    };
    import("provider/plan").code(0);
    town.dir.run(["leavers", "list", "News"]).code(2).says("provider/plan, sandbox/sandbox").says("--account");
    assert_eq!(town.left().len(), 2);
    let all = town.dir.run(["leavers", "list"]);
    assert_eq!(all.code(0).stdout.lines().count(), 4);
    let theirs = town.dir.run(["leavers", "list", "News", "--account", "provider/plan"]);
    assert_eq!(theirs.code(0).stdout.lines().count(), 2);
}
