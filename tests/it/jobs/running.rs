//! Named jobs: that they do what the same flags would do, from wherever they are called.

use serde_json::Value;

use crate::workdir::{Workdir, end};

const JOB: &str = "
[jobs.nightly]
description = \"Every night\"
at = \"02:30\"
settle = \"0s\"

[jobs.nightly.import]
sandbox = true
inputs = [\"lists/*.csv\"]
group = \"News\"
create = true
phone_column = 2
min_rows = 2
max_rejects = \"50%\"
rejects_ok = true
report = \"last.json\"
suppress = \"never.csv\"

[jobs.out.export]
sandbox = true
groups = \"News\"
output = \"members.csv\"
columns = [\"msisdn\", \"group\"]
join = \"lists/*.csv\"
join_columns = \"name\"
unmatched_rows = \"strangers.csv\"
";

fn set_up(dir: &Workdir) {
    std::fs::create_dir_all(dir.path("etc/lists")).unwrap();
    dir.file("etc/lists/a.csv", "name,phone\nA,+12125550100\nB,+12125550101\nC,nobody\n");
    dir.file("etc/lists/b.csv", "name,phone\nD,+12125550102\n");
    dir.file("etc/never.csv", "phone\n+12125550102\n");
    dir.file("etc/rollcall.toml", JOB);
}

#[test]
fn a_job_does_what_its_flags_would_do_and_its_paths_are_those_of_its_file() {
    let dir = Workdir::new();
    set_up(&dir);
    let config = ["--config", "etc/rollcall.toml"];
    let (ended, dry) = dir.report(["run", "nightly", "--dry-run"].iter().chain(&config));
    assert_eq!((ended.code, &dry["dry_run"], &dry["members"]["to_add"]), (0, &true.into(), &2.into()), "{dry}");
    let (ended, report) = dir.report(["run", "nightly"].iter().chain(&config));
    assert_eq!((ended.code, &report["command"], &report["members"]["added"]), (0, &"import".into(), &2.into()));
    assert_eq!(report["rows"]["suppressed"], 1, "{report}");
    let kept: Value = serde_json::from_str(&dir.read("etc/last.json")).unwrap();
    assert_eq!(kept["run"], report["run"]);
    // From another folder, too; an export to be rehearsed writes nothing.
    std::fs::create_dir(dir.path("elsewhere")).unwrap();
    let export = |more: &[&str]| {
        let mut command = dir.command(["run", "out", "--config", "../etc/rollcall.toml"]);
        end(command.args(more).current_dir(dir.path("elsewhere")))
    };
    export(&["--dry-run"]).code(0);
    assert!(!dir.path("etc/members.csv").exists() && !dir.path("etc/strangers.csv").exists());
    export(&[]).code(0);
    assert_eq!(dir.read("etc/members.csv"), "msisdn,group,name\n+12125550100,News,A\n+12125550101,News,B\n");
    assert_eq!(dir.read("etc/strangers.csv").lines().count(), 3, "a header and two rows");
}

#[test]
fn what_was_typed_counts_more_than_what_is_written_down() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n");
    dir.file(
        "rollcall.toml",
        "[profiles.one]\nsandbox = true\n[profiles.two]\nbase_url = \"http://127.0.0.1:9/xms/v1/demo\"\n\
         token_env = \"NOT_SET\"\n[jobs.a]\nsettle = \"0s\"\nprofile = \"two\"\nstate_dir = \"kept\"\nlog_file = \"log\"\n\
         log_format = \"json\"\n[jobs.a.import]\ninputs = \"list.csv\"\ngroup = \"News\"\ncreate = true\n",
    );
    dir.run(["run", "a"]).code(2).says("NOT_SET");
    dir.run(["run", "a", "--profile", "one"]).code(0);
    assert!(dir.read("log").lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{}", dir.read("log"));
    // The environment names the state folder, and counts more than the job.
    assert!(!dir.path("kept").exists() && dir.path("state").exists());
    end(dir.command(["run", "a", "--profile", "one"]).env_remove("ROLLCALL_STATE_DIR")).code(0);
    assert!(dir.path("kept").exists());
    dir.run(["run", "a", "--profile", "one", "--now", "--log-file", "other"]).code(0);
    assert!(dir.read("other").contains("import has ended"));
}

#[test]
fn every_mistake_in_a_job_is_told_with_its_line_and_what_was_meant() {
    let dir = Workdir::new();
    let refused = |body: &str, line: usize, words: &[&str]| {
        let inputs = if body.contains("inputs") { "" } else { "inputs = \"list.csv\"\n" };
        dir.file("rollcall.toml", format!("[jobs.a.import]\nsandbox = true\n{body}\n{inputs}"));
        let ended = dir.run(["run", "a"]);
        ended.code(2);
        if line > 0 {
            ended.says(&format!("line {line}"));
        }
        for word in words {
            ended.says(word);
        }
    };
    refused("grop = \"News\"", 3, &["grop", "`group`"]);
    refused("group = \"News\"\nmax-remove = 5", 4, &["max-remove", "`max_remove`"]);
    refused("group = \"News\"\n\nmode = \"snyc\"", 5, &["snyc", "sync"]);
    refused("group = \"News\"\ncreate = \"yes\"", 4, &["create", "true or false"]);
    refused("group = \"News\"\ntimeout = true", 4, &["timeout", "SECS"]);
    refused("group = \"News\"\ntimeout = [1, 2]", 4, &["timeout", "not a list"]);
    refused("group = 2026-01-01", 3, &["group", "a date"]);
    refused("group = \"News\"\nregion = \"Atlantis\"", 4, &["no such region"]);
    refused("group = \"News\"\nprofile = \"a\"", 4, &["profile", "own table"]);
    refused("mode = \"add\"", 0, &["--group", "jobs.a.import"]);
    refused("group = \"News\"\ninputs = []", 0, &["inputs"]);
    dir.run(["run", "b"]).code(2).says("no job \"b\"").says("did you mean `a`");
    std::fs::remove_file(dir.path("rollcall.toml")).unwrap();
    dir.run(["run", "a"]).code(2).says("rollcall init");
    dir.run(["run"]).code(2);
}

#[test]
fn the_list_of_jobs_says_what_each_does_and_what_is_wrong_with_it() {
    let dir = Workdir::new();
    set_up(&dir);
    let text = dir.read("etc/rollcall.toml") + "[jobs.bad.import]\ninputs = \"a\"\nnonsense = 1\n";
    dir.file("etc/rollcall.toml", text);
    let list = dir.run(["run", "--list", "--config", "etc/rollcall.toml"]);
    for word in ["nightly", "02:30", "Every night", "out", "News -> members.csv", "cannot run", "nonsense"] {
        assert!(list.code(0).stdout.contains(word), "{word}: {list:?}");
    }
    let (_, json) = dir.report(["run", "--list", "--config", "etc/rollcall.toml"]);
    let names: Vec<&str> = json.as_array().unwrap().iter().map(|job| job["job"].as_str().unwrap()).collect();
    assert_eq!(names, ["bad", "nightly", "out"]);
}

#[test]
fn the_starting_file_works_and_is_not_overwritten() {
    let dir = Workdir::new();
    dir.run(["init"]).code(0).says("rollcall.toml");
    dir.file("contacts.csv", "phone\n+12125550100\n");
    dir.run(["run", "try"]).code(0);
    dir.run(["doctor", "--profile", "sandbox"]).code(0);
    dir.run(["init"]).code(2).says("already");
    // What is commented out can be said, too.
    let text = dir.run(["init", "-"]).stdout;
    let said: String = text
        .lines()
        .map(|line| {
            line.strip_prefix("# ").filter(|rest| rest.contains(" = ") || rest.starts_with('[')).unwrap_or(line)
        })
        .filter(|line| !["token_env", "token_command"].iter().any(|other| line.starts_with(other)))
        .fold(String::new(), |text, line| text + line + "\n");
    dir.file("all.toml", said);
    let (_, jobs) = dir.report(["run", "--list", "--config", "all.toml"]);
    let jobs = jobs.as_array().unwrap();
    assert!(jobs.len() == 3 && jobs.iter().all(|job| job["problem"].is_null()), "{jobs:?}");
}

#[test]
fn the_schema_has_every_flag_in_its_place() {
    let dir = Workdir::new();
    let schema: Value = serde_json::from_str(&dir.run(["init", "--schema"]).code(0).stdout).unwrap();
    for command in ["import", "export"] {
        let keys = schema.pointer(&format!("/$defs/Job/properties/{command}/properties")).unwrap().as_object().unwrap();
        let help = dir.run([command, "--help"]).stdout;
        let everywhere: Vec<String> = flags(&dir.run(["completions", "--help"]).stdout);
        let own: Vec<String> = flags(&help).into_iter().filter(|flag| !everywhere.contains(flag)).collect();
        assert!(own.len() > 10, "{own:?}");
        for flag in own {
            assert!(keys.contains_key(&flag), "{command} has no key {flag}");
        }
    }
    assert_eq!(schema.pointer("/$defs/Job/properties/import/properties/mode/enum/2"), Some(&"sync".into()));
    assert_eq!(schema.pointer("/$defs/Job/additionalProperties"), Some(&false.into()));
    assert!(schema.pointer("/$defs/Profile/properties/token_file/description").is_some());
}

/// The flags that a help page shows, as keys.
fn flags(help: &str) -> Vec<String> {
    let shown = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let long = shown.filter_map(|line| line.split("--").nth(1));
    long.map(|rest| rest.split([' ', '=', '[', '.', ',']).next().unwrap().replace('-', "_")).collect()
}
