//! `runs list` and `runs show`.

use super::*;

#[test]
fn an_empty_state_folder_says_so() {
    let dir = Workdir::new();
    let ended = dir.run(["runs", "list"]);
    ended.code(0).says("no runs").says("state");
    assert_eq!(ended.stdout, "");
    assert_eq!(told(&mut dir.command(["runs", "list"])).1, json!([]));
    dir.run(["runs", "show", "abcd"]).code(2).says("hint:").says("runs list");
    dir.run(["runs", "resume"]).code(0).says("nothing to resume");
}

#[test]
fn runs_are_listed_newest_first_and_shown_by_the_end_of_their_name() {
    let dir = Workdir::new();
    list(&dir, "list.csv", &numbers(0..20));
    dir.run(["import", "list.csv", "--group", "News", "--create", "--sandbox"]).code(0);
    let first = newest(&dir);
    dir.file("left.csv", "phone\nx\n+12015550100\n+12015550199\n");
    dir.run(["import", "left.csv", "--group", "News", "--mode", "remove", "--sandbox", "--max-rejects", "1"]).code(3);
    let (_, runs) = told(&mut dir.command(["runs", "list"]));
    assert_eq!(runs.as_array().unwrap().len(), 2);
    assert_eq!(runs[1]["run"], first.as_str());
    assert_eq!((&runs[0]["removed"], &runs[0]["exit"], &runs[0]["state"]), (&1.into(), &3.into(), &"verified".into()));
    assert_eq!(runs[0]["groups"], json!(["News"]));
    let table = dir.run(["runs", "list"]).stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("run") && lines[2].starts_with(&first), "{table}");
    assert_eq!(told(&mut dir.command(["runs", "list", "--limit", "1"])).1.as_array().unwrap().len(), 1);
    assert_eq!(told(&mut dir.command(["runs", "list", "--account", "provider/x"])).1, json!([]));
    let (_, shown) = told(&mut dir.command(["runs", "show", &first[first.len() - 4..]]));
    assert_eq!((&shown["run"], &shown["state"]), (&first.as_str().into(), &"verified".into()));
    assert_eq!((&shown["members"]["added"], &shown["rows"]["read"]), (&20.into(), &20.into()));
    assert_eq!(shown["plans"][0]["requests"], json!({ "applied": 1 }));
    let second = newest(&dir);
    let card = dir.run(["runs", "show", &second]).stdout;
    assert!(card.contains("rejects.csv") && card.contains("1 of 1 removed"), "{card}");
    assert!(!card.contains("+1"), "no number on the terminal: {card}");
}

#[test]
fn a_hostile_group_name_cannot_move_the_cursor() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    let id = Outside::new(&served).make("\u{1b}[2Jx", &BTreeSet::new());
    list(&dir, "list.csv", &numbers(0..2));
    end(&mut served.command(&dir, &["import", "list.csv", "--group", &id])).code(0);
    for args in [&["runs", "list"][..], &["runs", "show", &newest(&dir)]] {
        let ended = dir.run(args);
        assert!(!ended.code(0).stdout.contains('\u{1b}'), "{ended:?}");
        assert!(ended.stdout.contains("[2Jx"), "{ended:?}");
    }
}
