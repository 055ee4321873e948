//! Under a key no number is shown, and what stands for one is the same everywhere.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use crate::workdir::Workdir;

/// Groups A and B that share one member, a list of one of them, and a key.
fn two_groups() -> Workdir {
    let dir = Workdir::new();
    dir.file("a.csv", "phone,name\n+12125550101,Ada\n+12125550102,Bo\n+447400123456,Cy\n");
    dir.file("b.csv", "phone\n+12125550102\n");
    dir.run(["import", "a.csv", "--group", "A", "--create", "--sandbox"]).code(0);
    dir.run(["import", "b.csv", "--group", "B", "--create", "--sandbox"]).code(0);
    let key = dir.file("key", "0123456789abcdef0123456789abcdef\n");
    std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o600)).unwrap();
    dir
}

fn pseudonyms(table: &str) -> Vec<String> {
    table.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
}

#[test]
fn pseudonyms_stand_for_numbers_and_join_tables() {
    let dir = two_groups();
    let a = dir.run(["export", "A", "--pseudonymize", "key", "--sandbox", "--join", "a.csv", "--join-columns", "name"]);
    let b = dir.run(["export", "B", "--pseudonymize", "key", "--sandbox"]);
    let (in_a, in_b) = (pseudonyms(&a.code(0).stdout), pseudonyms(&b.code(0).stdout));
    assert_eq!((in_a.len(), in_b.len()), (3, 1));
    assert!(in_a.contains(&in_b[0]), "the shared member is the same in both");
    assert!(in_a.iter().all(|cell| cell.len() == 64 && cell.bytes().all(|byte| byte.is_ascii_hexdigit())));
    assert!(in_a.is_sorted(), "their order tells nothing of the numbers");
    let names: BTreeSet<&str> = a.stdout.lines().skip(1).filter_map(|line| line.split(',').next_back()).collect();
    assert_eq!(names, ["Ada", "Bo", "Cy"].into());
    assert!(a.stdout.lines().any(|line| line.starts_with(&in_b[0]) && line.ends_with(",US,fixed_line_or_mobile,A,Bo")));
    dir.file("other", "another key, long enough\n");
    let other = dir.run(["export", "B", "--pseudonymize", "other", "--sandbox"]);
    assert_ne!(pseudonyms(&other.code(0).stdout), in_b);
}

#[test]
fn no_digits_of_a_number_are_in_anything_that_is_written() {
    let dir = two_groups();
    dir.file("c.csv", "phone,name\n+12125550101,Ada\n");
    let args = ["export", "A", "B", "--pseudonymize", "key", "--sandbox", "--json", "--join", "c.csv", "-o", "out.csv"];
    let more = ["--join-columns", "name", "--unmatched-members", "rest.csv", "--columns", "msisdn,group,calling_code"];
    let ended = dir.run(args.iter().chain(&more));
    ended.code(0);
    let told = [dir.read("out.csv"), dir.read("rest.csv"), ended.stdout.clone(), ended.stderr.clone()].concat();
    assert!(["2125550101", "2125550102", "7400123456"].iter().all(|digits| !told.contains(digits)), "{told}");
    assert_eq!(pseudonyms(&dir.read("rest.csv")).len(), 2);
}

#[test]
fn whatever_would_show_a_number_is_refused() {
    let dir = two_groups();
    dir.file("notes.csv", "phone,note\n+12125550101,call 212-555-0102\n");
    dir.file("home.csv", "phone,note\n+447400123456,07400 123456\n");
    dir.file("hidden.csv", "phone,note\n+447400123456,id7400x123x456y\n");
    for (flags, words) in [
        (&["--columns", "msisdn,national"][..], "would show the numbers"),
        (&["--columns", "international"], "would show the numbers"),
        (&["--join", "a.csv", "--unmatched-rows", "rows.csv"], "--unmatched-rows would show numbers"),
        (&["--join", "a.csv"], "the column `phone` of a.csv shows the number of a member on line 2"),
        (&["--join", "a.csv"], "--join-columns"),
        (&["--join", "notes.csv", "--join-columns", "note", "--region", "US"], "the column `note` of notes.csv"),
        (&["--join", "home.csv", "--join-columns", "note"], "the column `note` of home.csv"),
        (&["--join", "hidden.csv", "--join-columns", "note"], "the column `note` of hidden.csv"),
    ] {
        let args = ["export", "A", "--pseudonymize", "key", "--sandbox", "-o", "out.csv"].iter().chain(flags);
        dir.run(args).code(2).says(words);
        assert!(!dir.path("out.csv").exists());
    }
}

#[test]
fn a_key_that_can_be_guessed_is_refused_and_one_that_others_may_read_is_warned_of() {
    let dir = two_groups();
    for (key, words) in [("", "has 0 bytes"), ("secret\n", "has 6 bytes")] {
        dir.file("bad", key);
        let ended = dir.run(["export", "A", "--pseudonymize", "bad", "--sandbox"]);
        ended.code(2).says(words).says("openssl rand -hex 32");
        assert!(ended.stdout.is_empty());
    }
    dir.run(["export", "A", "--pseudonymize", "nowhere", "--sandbox"]).code(2).says("nowhere");
    let quiet = dir.run(["export", "A", "--pseudonymize", "key", "--sandbox"]);
    assert!(!quiet.code(0).stderr.contains("warning"), "{quiet:?}");
    std::fs::set_permissions(dir.path("key"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let warned = dir.run(["export", "A", "--pseudonymize", "key", "--sandbox"]);
    warned.code(0).says("others on this machine may read the key").says("chmod 600 key");
    assert_eq!(warned.stdout, quiet.stdout);
}
