//! `runs resume`: the rest of a run, and nothing else.

use super::*;

const IMPORT: [&str; 5] = ["import", "list.csv", "--group", "News", "--create"];

#[test]
fn a_canary_is_followed_by_the_rest() {
    let dir = Workdir::new();
    list(&dir, "list.csv", &numbers(0..50));
    let (ended, report) =
        dir.report(IMPORT.iter().chain(&["--sandbox", "--limit", "7", "--chunk-size", "5", "--rate", "500"]));
    ended.code(5).says("runs resume");
    assert_eq!(exported(&dir, "News").len(), 7);
    let (ended, resumed) = told(&mut dir.command(["runs", "resume"]));
    ended.code(0).says("going on");
    assert_eq!(resumed["run"], report["run"]);
    assert_eq!((&resumed["members"]["added"], &resumed["groups"][0]["before"]), (&50.into(), &0.into()));
    assert_eq!((&resumed["verified"], &resumed["rows"]), (&true.into(), &report["rows"]));
    assert_eq!(exported(&dir, "News"), numbers(0..50));
    dir.run(["runs", "resume"]).code(0).says("nothing to resume");
    let run = report["run"].as_str().unwrap();
    let (ended, nothing) = told(&mut dir.command(["runs", "resume", run]));
    ended.code(0).says("nothing to resume");
    assert_eq!(nothing["exit"], 0);
}

#[test]
fn rejected_rows_are_remembered_until_the_run_is_over() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12015550100\nx\n+12015550101\n+12015550102\n+12015550103\n+12015550104\n");
    dir.run(IMPORT.iter().chain(&["--sandbox", "--limit", "1"])).code(5);
    let (ended, report) = told(&mut dir.command(["runs", "resume"]));
    ended.code(3);
    assert_eq!((&report["rows"]["rejected"], &report["verified"]), (&1.into(), &true.into()));
    assert!(std::fs::exists(report["files"]["rejects"].as_str().unwrap()).unwrap());
}

#[test]
fn a_deadline_leaves_a_rest_that_the_printed_command_sends() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    list(&dir, "list.csv", &numbers(0..100));
    let mut command = served.command(&dir, &IMPORT);
    command.args(["--chunk-size", "10", "--rate", "1", "--deadline", "4", "--state-dir", "it's mine"]);
    let ended = end(command.env_remove("ROLLCALL_STATE_DIR"));
    ended.code(5);
    let hint = ended.stderr.lines().find(|line| line.contains("runs resume")).unwrap();
    let printed = hint.split('`').nth(1).unwrap();
    assert!(printed.starts_with("rollcall --state-dir '"), "{printed}");
    // Pasted, but for the rate: a second a request is long.
    let binary = env!("CARGO_BIN_EXE_rollcall");
    let pasted = format!("{binary}{} --rate 500 --json", printed.strip_prefix("rollcall").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", &pasted]).env("SINCH_API_TOKEN", TOKEN).env("NO_PROXY", "*");
    for name in ["ROLLCALL_BASE_URL", "ROLLCALL_STATE_DIR"] {
        shell.env_remove(name);
    }
    let ended = end(&mut shell);
    ended.code(0);
    assert_eq!(Outside::new(&served).members("News"), numbers(0..100));
}

#[test]
fn after_ctrl_c_the_rest_is_sent() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &["--latency", "20"]);
    let outside = Outside::new(&served);
    list(&dir, "list.csv", &numbers(0..400));
    let mut command = served.command(&dir, &IMPORT);
    let mut child = spawn(command.args(["--chunk-size", "5", "--rate", "40"]));
    outside.wait_for("News", 20, &mut child);
    let kill = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(outside.members("News").len() < 400);
    let (ended, report) = told(&mut served.command(&dir, &["runs", "resume", "--rate", "500"]));
    ended.code(0);
    assert_eq!((&report["members"]["added"], &report["verified"]), (&400.into(), &true.into()));
    assert_eq!(outside.members("News"), numbers(0..400));
}

#[test]
fn a_run_is_never_gone_on_with_in_another_account() {
    let dir = Workdir::new();
    list(&dir, "list.csv", &numbers(0..10));
    dir.run(IMPORT.iter().chain(&["--sandbox", "--limit", "4", "--chunk-size", "2"])).code(5);
    let served = Served::start(&dir, &[]);
    let outside = Outside::new(&served);
    outside.make("News", &BTreeSet::new());
    let wrong = ["runs", "resume", "--base-url", &served.base_url];
    let ended = end(dir.command(wrong).env("SINCH_API_TOKEN", TOKEN));
    ended.code(2).says("account").says("hint:");
    assert!(outside.members("News").is_empty());
    // The environment does not lead a sandbox's run away.
    end(&mut served.command(&dir, &["runs", "resume"])).code(0);
    assert_eq!(exported(&dir, "News").len(), 10);
    assert!(outside.members("News").is_empty());
    end(&mut served.command(&dir, &["import", "list.csv", "--group", "News", "--limit", "4"])).code(5);
    end(&mut served.command(&dir, &["runs", "resume", "--sandbox"])).code(2).says("account");
    end(&mut served.command(&dir, &["runs", "resume"])).code(0);
}

#[test]
fn whom_a_later_run_has_missed_or_found_suppressed_is_not_added_by_the_rest() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    let outside = Outside::new(&served);
    list(&dir, "list.csv", &numbers(0..40));
    let all: Vec<String> = numbers(0..40).into_iter().collect();
    end(served.command(&dir, &IMPORT).args(["--limit", "10", "--chunk-size", "10"])).code(5);
    let run = newest(&dir);
    let (left, suppressed) = (&all[20], &all[30]);
    // A later run adds one of the rest, who leaves; the next one misses them, and knows of one who must not be added.
    dir.file("one.csv", format!("phone\n{left}\n"));
    dir.file("suppress.csv", format!("phone\n{suppressed}\n"));
    end(&mut served.command(&dir, &["import", "one.csv", "--group", "News"])).code(0);
    outside.change("News", &[], &[left]);
    end(&mut served.command(&dir, &["import", "one.csv", "--group", "News", "--suppress", "suppress.csv"])).code(0);
    let (ended, report) = told(&mut served.command(&dir, &["runs", "resume", &run]));
    ended.code(0).says("2 numbers have left");
    assert_eq!(report["members"]["left"], 2);
    let mut expected = numbers(0..40);
    expected.remove(left);
    expected.remove(suppressed);
    assert_eq!(outside.members("News"), expected);
}

#[test]
fn a_run_that_is_at_work_is_not_disturbed() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &["--latency", "50"]);
    let outside = Outside::new(&served);
    list(&dir, "list.csv", &numbers(0..400));
    let mut command = served.command(&dir, &IMPORT);
    let mut child = spawn(command.args(["--chunk-size", "5", "--rate", "10"]));
    outside.wait_for("News", 5, &mut child);
    for args in [&["runs", "resume"][..], &["runs", "undo", &newest(&dir)], &["runs", "abandon", &newest(&dir)]] {
        end(&mut served.command(&dir, args)).code(7).says("hint:");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    end(&mut served.command(&dir, &["runs", "resume", "--rate", "500"])).code(0);
    assert_eq!(outside.members("News"), numbers(0..400));
}

#[test]
fn an_abandoned_rest_is_never_sent() {
    let dir = Workdir::new();
    list(&dir, "list.csv", &numbers(0..10));
    dir.run(IMPORT.iter().chain(&["--sandbox", "--limit", "4", "--chunk-size", "2"])).code(5);
    let run = newest(&dir);
    dir.run(["runs", "abandon", &run]).code(0);
    dir.run(["runs", "resume", &run]).code(0).says("nothing to resume");
    assert_eq!(exported(&dir, "News").len(), 4);
}

#[test]
fn a_group_that_is_gone_is_an_error_with_the_way_out() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    let outside = Outside::new(&served);
    list(&dir, "list.csv", &numbers(0..10));
    end(served.command(&dir, &IMPORT).args(["--limit", "4", "--chunk-size", "2"])).code(5);
    let id = outside.id("News").unwrap();
    outside.ask(reqwest::Method::DELETE, &format!("/{id}"), None);
    end(&mut served.command(&dir, &["runs", "resume"])).code(2).says("News").says("runs abandon");
}
