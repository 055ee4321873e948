//! `runs verify`: whether what a run did is still true.

use super::*;

#[test]
fn what_people_and_later_runs_did_is_told_from_what_is_missing() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    let outside = Outside::new(&served);
    let all: Vec<String> = numbers(0..40).into_iter().collect();
    outside.make("News", &numbers(0..20));
    list(&dir, "list.csv", &numbers(10..40));
    let sync = ["import", "list.csv", "--group", "News", "--mode", "sync", "--max-remove", "100%"];
    end(&mut served.command(&dir, &sync)).code(0);
    let run = newest(&dir);
    let verify = |code| {
        let (ended, found) = told(&mut served.command(&dir, &["runs", "verify", &run, "--verify-wait", "0"]));
        ended.code(code);
        assert_eq!(found["exit"], code);
        assert_eq!(found["verified"], code == 0);
        found["groups"][0].clone()
    };
    let found = verify(0);
    assert_eq!((&found["added"], &found["removed"], &found["members"]), (&20.into(), &10.into(), &30.into()));
    // Somebody whom the run did not touch leaves, and somebody else joins: nothing of ours.
    outside.change("News", &["+12285550199"], &[&all[15]]);
    let found = verify(0);
    assert_eq!((&found["joined"], &found["left"]), (&1.into(), &1.into()));
    // A later run takes one of ours out: explained.
    dir.file("one.csv", format!("phone\n{}\n", all[30]));
    let remove = ["import", "one.csv", "--group", "News", "--mode", "remove"];
    end(&mut served.command(&dir, &remove)).code(0);
    let found = verify(0);
    assert_eq!((&found["explained"], &found["missing"]), (&1.into(), &0.into()));
    // Somebody takes another one out, and brings one back.
    outside.change("News", &[&all[2]], &[&all[31]]);
    let before = outside.members("News");
    let found = verify(8);
    assert_eq!((&found["missing"], &found["returned"], &found["explained"]), (&1.into(), &1.into(), &1.into()));
    end(&mut served.command(&dir, &["runs", "verify", &run, "--verify-wait", "0"])).code(8).says("no members any more");
    assert_eq!(outside.members("News"), before, "nothing is changed");
    let id = outside.id("News").unwrap();
    outside.ask(reqwest::Method::DELETE, &format!("/{id}"), None);
    assert_eq!(verify(8)["members"], Value::Null);
}

#[test]
fn the_sandbox_in_this_process_is_verified_too_and_an_unknown_run_is_not() {
    let dir = Workdir::new();
    list(&dir, "list.csv", &numbers(0..5));
    dir.run(["import", "list.csv", "--group", "News", "--create", "--sandbox"]).code(0);
    dir.run(["runs", "verify", &newest(&dir)]).code(0).says("verified");
    for command in ["verify", "undo", "resume", "show", "abandon"] {
        dir.run(["runs", command, "zzzz"]).code(2).says("hint:");
    }
}
