//! `rollcall find` and `rollcall forget`: everything that is known of one number, and nothing of it any more.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Town, csv, number, range, set};

fn find(town: &Town, flags: &[&str]) -> Value {
    let ended = town.run(&[&["find", "+12125550103", "--json"][..], flags].concat());
    serde_json::from_str(&ended.code(0).stdout).unwrap()
}

fn deeds(found: &Value) -> Vec<String> {
    found["runs"].as_array().unwrap().iter().map(|run| run["deed"].as_str().unwrap().to_owned()).collect()
}

/// Every file below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn a_number_is_found_in_groups_runs_lists_and_among_those_who_left() {
    let town = Town::with(0..20);
    let found = find(&town, &[]);
    assert_eq!((&found["found"], &found["groups"][0]["name"]), (&true.into(), &"News".into()));
    assert_eq!(deeds(&found), ["added"]);
    town.leave([3]);
    town.dir.file("stop.csv", csv([3]));
    let list = csv(0..20) + "+12125550103 or +12125550104\n";
    town.import_text("sync", &list, &["--suppress", "stop.csv", "--max-rejects", "50%"]).0.code(3);
    let found = find(&town, &[]);
    assert_eq!((&found["groups"], &found["left"][0]["how"]), (&Value::Array(Vec::new()), &"observed".into()));
    assert_eq!(found["left"][0]["group"], "News");
    let deeds = deeds(&found);
    assert!(deeds.contains(&"suppressed".to_owned()) && deeds.contains(&"rejected".to_owned()), "{deeds:?}");
    assert_eq!((&found["rejected"][0]["line"], &found["rejected"][0]["file"]), (&22.into(), &"list.csv".into()));
    let card = town.run(&["find", "(212) 555-0103", "--region", "US"]);
    for words in ["in no group of sandbox/sandbox", "left News", "suppressed", "line 22 of list.csv"] {
        assert!(card.code(0).stdout.contains(words), "{words}: {card:?}");
    }
}

#[test]
fn what_is_remembered_is_found_without_an_account() {
    let town = Town::with(0..20);
    let offline = town.dir.run(["find", "+12125550103"]);
    assert!(offline.code(0).says("no account is set").stdout.contains("was a member of News"), "{offline:?}");
    assert_eq!(find(&town, &["--offline"])["groups"], Value::Null);
    let unknown = town.run(&["find", "+12125550199", "--json"]);
    let told: Value = serde_json::from_str(&unknown.code(0).stdout).unwrap();
    assert_eq!(told["found"], false);
    town.run(&["find", "+12125550199"]).code(0).says("nothing is known of this number");
    let wrong = town.run(&["find", "123"]);
    assert!(!wrong.code(2).stderr.contains("123"), "{wrong:?}");
}

#[test]
fn a_forgotten_number_is_in_no_group_and_in_no_file() {
    let town = Town::with(0..20);
    town.dir.file("list.csv", csv(0..12));
    town.run(&["import", "list.csv", "--group", "Sports", "--create"]).code(0);
    let bad = csv([0, 1]) + "+12125550103 or +12125550104\n+12125550105 or +12125550106\n";
    town.import_text("add", &bad, &["--max-rejects", "50%"]).0.code(3);
    let only = csv([0, 1]) + "+12125550103/+12125550104\n";
    town.import_text("add", &only, &["--max-rejects", "50%"]).0.code(3);

    // What an undo leaves in its run's folder, too.
    let mut kept = Vec::new();
    files(&town.dir.path("state").join("runs"), &mut kept);
    let table = kept[0].with_file_name("kept.csv");
    std::fs::write(&table, "msisdn,group\n+12125550103,News\n").unwrap();

    let dry = town.run(&["forget", "+12125550103", "--dry-run"]);
    dry.code(0).says("would be forgotten");
    assert_eq!((town.members(), find(&town, &[])["rejected"].as_array().unwrap().len()), (range(0..20), 2));

    let ended = town.run(&["forget", "+12125550103", "--yes", "--json"]);
    let report: Value = serde_json::from_str(&ended.code(0).says("out of reach").stdout).unwrap();
    assert_eq!((&report["members"]["removed"], &report["forgotten"]["rows"]), (&2.into(), &3.into()));
    assert_eq!((&report["verified"], &report["run"].is_string()), (&true.into(), &true));
    assert!(!town.members().contains(&3) && town.members().len() == 19);
    assert!(!town.members_of("Sports").contains(number(3)));
    assert_eq!(find(&town, &[])["found"], false, "not even that it was forgotten");

    let mut kept = Vec::new();
    files(&town.dir.path("state").join("runs"), &mut kept);
    assert_eq!(kept.len(), 1, "the other rejected row is still there: {kept:?}");
    let rejects = std::fs::read_to_string(&kept[0]).unwrap();
    assert!(rejects.starts_with("phone,_file,_line") && rejects.contains("0106"), "{rejects}");
    for file in kept {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(10).any(|window| window == b"2125550103"), "{}", file.display());
    }
    // Nobody has left by this: a list that names the number adds it again.
    assert_eq!(town.left(), set(&[]));
    town.import("add", 0..20, &[]).0.code(0);
    assert_eq!(town.members(), range(0..20));
}

#[test]
fn what_was_forgotten_is_written_down_without_the_number() {
    let town = Town::with(0..20);
    let page = town.dir.path("forgotten.html");
    let forget = |flags: &[&str]| town.run(&[&["forget", "+12125550103", "--yes"], flags].concat());
    forget(&["--report", "none/forgotten.json"]).code(1);
    assert_eq!(town.members(), range(0..20), "what cannot be written is found before anything is done");
    forget(&["--dry-run", "--report", "forgotten.html"]).code(0);
    let rehearsal = town.dir.read("forgotten.html");
    assert!(rehearsal.contains("would be forgotten") && rehearsal.contains("1 member would be removed"), "{rehearsal}");
    forget(&["--max-remove", "0", "--report", "refused.json"]).code(4);
    let refused: Value = serde_json::from_str(&town.dir.read("refused.json")).unwrap();
    assert_eq!((&refused["exit"], refused.get("forgotten")), (&4.into(), None));
    let told: Value = serde_json::from_str(&forget(&["--json", "--report", "forgotten.html"]).code(0).stdout).unwrap();
    let said = town.dir.read("forgotten.html");
    assert!(said.contains("were forgotten") && said.contains("1 member removed"), "{said}");
    assert_eq!(told["files"]["report"], "forgotten.html");
    assert!(told["forgotten"]["sets"].as_u64() > Some(0), "{told}");
    assert!(!said.contains("2125550103") && !told.to_string().contains("2125550103"));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(page).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_brake_keeps_a_number_from_being_forgotten_by_halves() {
    let town = Town::with(0..20);
    town.run(&["forget", "+12125550103", "--yes", "--max-remove", "0"]).code(4).says("nothing was forgotten");
    assert_eq!((town.members(), deeds(&find(&town, &[]))), (range(0..20), vec!["added".to_owned()]));
    town.run(&["forget", "+12125550103", "--yes"]).code(0);
    assert_eq!(find(&town, &[])["found"], false);
}

#[test]
fn what_is_kept_here_is_forgotten_without_an_account() {
    let town = Town::with(0..20);
    town.dir.run(["forget", "+12125550103"]).code(2).says("no account is set");
    town.dir.run(["forget", "+12125550103", "--offline"]).code(0);
    assert_eq!(find(&town, &["--offline"])["found"], false);
    assert_eq!(town.members(), range(0..20), "the groups are as they were");
}
