//! A run that is killed at any instant and resumed, any number of times, ends like one that was not.

use super::*;

const GROUP: &str = "News";

/// Begins, is killed when so many have arrived, and says whether it was.
fn killed_at(least: usize, command: &mut Command, outside: &Outside<'_>) -> bool {
    let mut child = spawn(command);
    outside.wait_for(GROUP, least, &mut child);
    // SIGKILL: nothing can be finished or written down.
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

#[test]
fn killed_twice_and_resumed_it_ends_like_a_run_that_was_not() {
    let mut killed = 0;
    for round in 0..4 {
        let mode = if round % 2 == 0 { "add" } else { "sync" };
        let dir = Workdir::new();
        let served = Served::start(&dir, &["--latency", "10"]);
        let outside = Outside::new(&served);
        // Some are there before; a sync removes them.
        let before = numbers(1500..1540);
        let whole = outside.make("Whole", &before);
        outside.make(GROUP, &before);
        list(&dir, "list.csv", &numbers(0..600));
        let with = |group: &str, rate: &str| {
            let mut command = served.command(&dir, &["import", "list.csv", "--group", group, "--mode", mode]);
            command.args(["--max-remove", "100%", "--chunk-size", "10", "--rate", rate]);
            command
        };
        end(&mut with(&whole, "1000")).code(0);
        let first = fastrand::usize(1..200);
        killed += usize::from(killed_at(before.len() + first, &mut with(GROUP, "60"), &outside));
        // Somebody leaves while nobody watches.
        let there: Vec<String> = outside.members(GROUP).intersection(&numbers(0..600)).cloned().collect();
        let left = &there[fastrand::usize(..there.len())];
        outside.change(GROUP, &[], &[left]);
        let second = there.len() + fastrand::usize(1..200);
        let mut resume = served.command(&dir, &["runs", "resume"]);
        killed += usize::from(killed_at(second, &mut resume, &outside));
        let ended = end(&mut served.command(&dir, &["runs", "resume", "--rate", "1000"]));
        ended.code(0);
        let mut expected = outside.members("Whole");
        assert!(expected.remove(left));
        assert_eq!(
            outside.members(GROUP),
            expected,
            "round {round}, {mode}, killed at {first} and {second}: {ended:?}"
        );
        end(&mut served.command(&dir, &["runs", "resume"])).code(0).says("nothing to resume");
        // What is remembered is as true as after an uninterrupted run: whoever left stays away, and nothing else is
        // to be done.
        let (ended, report) = told(with(GROUP, "1000").arg("--dry-run"));
        ended.code(0);
        assert_eq!((&report["members"]["to_add"], &report["members"]["to_remove"]), (&0.into(), &0.into()));
        assert_eq!(report["members"]["left"], 1, "{report}");
    }
    assert!(killed >= 4, "only {killed} of 8 processes were killed at work");
}

#[test]
fn killed_before_its_group_is_made_it_makes_one_group() {
    for _ in 0..3 {
        let dir = Workdir::new();
        let served = Served::start(&dir, &["--latency", "100"]);
        let outside = Outside::new(&served);
        list(&dir, "list.csv", &numbers(0..30));
        let mut command = served.command(&dir, &["import", "list.csv", "--group", GROUP, "--create"]);
        let mut child = spawn(&mut command);
        // The plan is stored before the group is asked for; somewhere from there on the process is killed.
        while told(&mut dir.command(["runs", "list"])).1[0]["run"].is_null() {}
        child.kill().unwrap();
        child.wait().unwrap();
        let ended = end(&mut served.command(&dir, &["runs", "resume"]));
        ended.code(0);
        if !ended.stderr.contains("nothing to resume") {
            assert_eq!(outside.members(GROUP), numbers(0..30));
        }
        let groups = outside.ask(reqwest::Method::GET, "?page_size=100", None);
        assert!(groups["groups"].as_array().unwrap().len() <= 1, "{groups}");
    }
}
