//! "Nothing can have changed": each thing that could have is looked at, by itself.

use std::fs::File;
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::workdir::{Workdir, end};

const JOB: &str = "[jobs.nightly]\nsettle = \"0s\"\n[jobs.nightly.import]\nsandbox = true\ninputs = \"list.csv\"\n\
                   group = \"News\"\ncreate = true\nsuppress = \"never.csv\"\n";

/// A job on the sandbox, after its first night.
fn scene() -> Workdir {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\n+12125550102\n");
    dir.file("never.csv", "phone\n+12125550190\n");
    dir.file("rollcall.toml", JOB);
    dir.run(["run", "nightly"]).code(0);
    dir
}

fn is_skipped(dir: &Workdir) -> bool {
    let (ended, report) = dir.report(["run", "nightly"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    report["skipped"].as_bool().unwrap_or_default()
}

#[test]
fn whatever_is_remembered_of_a_night_is_compared_with_this_one() {
    let dir = scene();
    let memory = "state/jobs/nightly/memory.json";
    let places = [
        "/left/files/0",
        "/left/files/1",
        "/left/settings",
        "/left/program",
        "/left/account",
        "/left/groups/0/id",
        "/left/groups/0/name",
        "/left/groups/0/size",
        "/left/groups/0/modified_at",
        "/left/remembered",
        "/under_way",
    ];
    assert!(is_skipped(&dir));
    for place in places {
        let mut known: Value = serde_json::from_str(&dir.read(memory)).unwrap();
        let value = known.pointer_mut(place).unwrap_or_else(|| panic!("{place} is not remembered"));
        *value = match &*value {
            Value::String(text) => json!(format!("{text}x")),
            Value::Number(number) => json!(number.as_u64().unwrap() + 1),
            _ => json!(true),
        };
        dir.file(memory, known.to_string());
        assert!(!is_skipped(&dir), "{place}");
    }
    assert!(is_skipped(&dir));
    // Every field of what is remembered is among those places.
    let known: Value = serde_json::from_str(&dir.read(memory)).unwrap();
    let fields =
        known["left"].as_object().unwrap().keys().chain(known["left"]["groups"][0].as_object().unwrap().keys());
    for field in fields.filter(|field| !["run", "groups"].contains(&field.as_str())) {
        assert!(places.iter().any(|place| place.contains(field.as_str())), "{field} is not tried");
    }
}

#[test]
fn another_build_of_the_program_does_the_night_again() {
    let dir = scene();
    let program = dir.path("rollcall");
    std::fs::copy(env!("CARGO_BIN_EXE_rollcall"), &program).unwrap();
    let night = || {
        let known = dir.command(["run"]);
        let mut command = Command::new(&program);
        command.args(["run", "nightly", "--json"]).current_dir(dir.path("."));
        for (name, value) in known.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let ended = end(&mut command);
        let report: Value = serde_json::from_str(&ended.code(0).stdout).unwrap();
        report["skipped"].as_bool().unwrap_or_default()
    };
    assert_eq!((night(), night()), (false, true), "a copy was built at another time");
    let later = SystemTime::now() + Duration::from_hours(1);
    File::options().append(true).open(&program).unwrap().set_modified(later).unwrap();
    assert_eq!((night(), night()), (false, true));
}

#[test]
fn leavers_that_were_brought_in_or_forgotten_are_seen_also_when_they_are_as_many_as_before() {
    let dir = scene();
    let import = |number: &str| {
        dir.file("left.csv", format!("phone\n{number}\n"));
        dir.run(["leavers", "import", "News", "left.csv", "--sandbox"]).code(0);
    };
    assert!(is_skipped(&dir));
    import("+12125550180");
    assert!(!is_skipped(&dir), "one more");
    assert!(is_skipped(&dir));
    dir.run(["leavers", "forget", "News", "+12125550180", "--sandbox"]).code(0);
    assert!(!is_skipped(&dir), "one less");
    import("+12125550180");
    assert!(!is_skipped(&dir));
    assert!(is_skipped(&dir));
    dir.run(["leavers", "forget", "News", "+12125550180", "--sandbox"]).code(0);
    import("+12125550181");
    assert!(!is_skipped(&dir), "another one");
}

#[test]
fn a_night_is_not_skipped_while_an_earlier_one_has_something_left_to_send() {
    let dir = scene();
    assert!(is_skipped(&dir));
    let left = ["import", "list.csv", "--group", "Other", "--create", "--sandbox", "--limit", "1"];
    let (_, report) = dir.report(left);
    let memory = "state/jobs/nightly/memory.json";
    let mut known: Value = serde_json::from_str(&dir.read(memory)).unwrap();
    known["unfinished"] = json!([report["run"]]);
    dir.file(memory, known.to_string());
    assert!(!is_skipped(&dir));
    dir.run(["runs", "resume"]).code(0).says("nothing to resume");
    assert!(is_skipped(&dir));
}

#[test]
fn a_list_that_brings_nothing_new_is_put_away_all_the_same() {
    let dir = Workdir::new();
    let text = "phone\n+12125550100\n";
    dir.file(
        "rollcall.toml",
        JOB.replace("list.csv", "list-*.csv")
            .replace("suppress = \"never.csv\"\n", "")
            .replace("settle =", "move_to = \"done\"\nskip_missing = true\nsettle ="),
    );
    for (night, skipped) in [(1, false), (2, true), (3, true)] {
        let name = format!("list-{night}.csv");
        dir.file(&name, text);
        assert_eq!(is_skipped(&dir), skipped, "night {night}");
        assert!(!dir.path(&name).exists() && dir.path(&format!("done/{name}")).exists(), "night {night}");
    }
    let (_, report) = dir.report(["run", "nightly", "--dry-run"]);
    assert_eq!(report["skipped"], true, "there is no list: {report}");
}
