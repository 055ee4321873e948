//! Two at once: whatever else is done while a night is at work, the night ends as it should, and what would disturb it
//! says who is there.

use std::process::Stdio;

use rollcall::ledger::{GroupLock, StateFolder};
use serde_json::Value;

use crate::doorkeeper::Doorkeeper;
use crate::workdir::{Served, Workdir, end};

const JOB: &str = "[jobs.nightly]\nsettle = \"0s\"\nskip_unchanged = false\n[jobs.nightly.import]\ninputs = \"list.csv\"\n\
                   group = \"News\"\n";

#[test]
fn nothing_disturbs_a_night_at_work() {
    let dir = Workdir::new();
    dir.file("rollcall.toml", JOB);
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\n");
    let served = Served::start(&dir, &[]);
    let here = |args: &[&str]| end(&mut served.command(&dir, args));
    here(&["groups", "create", "News"]).code(0);
    let door = Doorkeeper::start(&served);
    let mut night = door.command(&dir, &["run", "nightly", "--json"]);
    let night = night.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // The numbers are members, and the night does not know it yet.
    door.made.recv().unwrap();
    let holder = format!("process {}", night.id());
    for args in [
        &["run", "nightly"][..],
        &["import", "list.csv", "--group", "News"],
        &["import", "list.csv", "--group", "News", "--mode", "sync"],
        &["runs", "resume"],
        &["runs", "abandon"],
        &["runs", "undo"],
        &["forget", "+12125550100", "--yes"],
        &["forget", "+12125550100", "--offline", "--yes"],
        &["groups", "update", "News", "--remove", "+12125550100", "--yes"],
    ] {
        let run = here(&["runs", "list", "--limit", "1"]).stdout.lines().last().unwrap_or_default().to_owned();
        let run = run.split(' ').next().unwrap_or_default().to_owned();
        let mut args = args.to_vec();
        if matches!(args[..], ["runs", "abandon" | "undo"]) {
            args.push(&run);
        }
        let ended = here(&args);
        assert_eq!(ended.code, 7, "{ended:?}");
        ended.says(&holder).says("since");
    }
    door.go.send(()).unwrap();
    let ended = night.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!((ended.status.code(), &report["verified"]), (Some(0), &true.into()), "{report:#}");
    assert_eq!(report["members"]["added"], 2, "{report:#}");
    here(&["runs", "resume"]).code(0).says("nothing to resume");
    here(&["forget", "+12125550100", "--yes"]).code(0);
    let found: Value = serde_json::from_str(&here(&["find", "+12125550100", "--json"]).code(0).stdout).unwrap();
    assert_eq!(found["found"], false, "{found:#}");
}

#[test]
fn a_night_whose_group_somebody_holds_ends_with_who_it_is_and_the_next_one_works() {
    let dir = Workdir::new();
    let keys = "sandbox = true\ncreate = true\n";
    dir.file("rollcall.toml", format!("[[hooks]]\non = [\"failure\"]\ncommand = \"cat > news.json\"\n{JOB}{keys}"));
    dir.file("list.csv", "phone\n+12125550100\n");
    dir.run(["run", "nightly"]).code(0);
    let state = StateFolder::open(&dir.path("state")).unwrap();
    let held = GroupLock::take(&state, "sandbox/sandbox", "News").unwrap();
    dir.run(["run", "nightly"]).code(7).says(&format!("process {}", std::process::id()));
    let news: Value = serde_json::from_str(&dir.read("news.json")).unwrap();
    assert!(news["exit"] == 7 && news["text"].as_str().unwrap().contains("another run holds"), "{news}");
    drop(held);
    dir.run(["run", "nightly"]).code(0);
}

#[test]
fn what_is_forgotten_while_a_run_is_open_is_not_added_when_it_goes_on() {
    let dir = Workdir::new();
    let rows = "phone\n+12125550100\n+12125550101\n+12125550102\n";
    dir.file("list.csv", rows);
    let import = ["import", "list.csv", "--group", "News", "--create", "--sandbox", "--limit", "1"];
    dir.run(import).code(5);
    dir.run(["forget", "+12125550102", "--yes", "--sandbox"]).code(0);
    dir.run(["runs", "resume"]).code(0);
    let members = dir.run(["groups", "members", "News", "--sandbox"]);
    assert!(members.code(0).stdout.contains("0101") && !members.stdout.contains("0102"), "{members:?}");
    // A list that came by standard input is kept for its run, and goes as a whole: that is said, and the run goes on.
    let mut piped = dir.command(["import", "-", "--group", "Other", "--create", "--sandbox", "--limit", "1"]);
    let ended = end(piped.stdin(std::fs::File::open(dir.path("list.csv")).unwrap()));
    ended.code(5);
    let forget = || dir.run(["forget", "+12125550102", "--yes", "--sandbox"]);
    forget().code(0).says("standard input");
    dir.run(["runs", "resume"]).code(0);
    let members = dir.run(["groups", "members", "Other", "--sandbox"]);
    assert!(members.code(0).stdout.contains("0101") && !members.stdout.contains("0102"), "{members:?}");
    assert!(!forget().code(0).stderr.contains("standard input"));
}
