//! Which account is meant: flags, environment, profile, in that order.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::workdir::{Served, Workdir, end};

/// A file of secrets that only its owner can read.
fn secret(dir: &Workdir, name: &str, text: &str) {
    mode(&dir.file(name, text), 0o600);
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A profile `main` for a server, whose token is in a file beside it.
fn profile(dir: &Workdir, served: &Served) {
    secret(dir, "token", "t0ken\n");
    dir.file("rollcall.toml", format!("[profiles.main]\nbase_url = {:?}\ntoken_file = \"token\"\n", served.base_url));
}

#[test]
fn a_profile_is_an_account_with_its_secret_from_a_file_a_variable_or_a_command() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    secret(&dir, "token", "t0ken\n");
    for source in [
        "token_file = \"token\"",
        "token_env = \"OTHER_TOKEN\"",
        "token_command = \"cat token\"",
        "token_command = [\"cat\", \"token\"]",
    ] {
        dir.file("rollcall.toml", format!("[profiles.main]\nbase_url = {:?}\n{source}\n", served.base_url));
        let mut command = dir.command(["--profile", "main", "groups", "list"]);
        end(command.env("OTHER_TOKEN", "t0ken")).code(0);
    }
}

#[test]
fn the_profile_default_is_used_where_none_is_named() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    secret(&dir, "token", "t0ken");
    let text = format!("[profiles.default]\nbase_url = {:?}\ntoken_file = \"token\"\n", served.base_url);
    dir.file("rollcall.toml", &text);
    dir.run(["groups", "list"]).code(0);
    std::fs::create_dir_all(dir.path("config/rollcall")).unwrap();
    std::fs::rename(dir.path("rollcall.toml"), dir.path("config/rollcall/rollcall.toml")).unwrap();
    dir.run(["groups", "list"]).code(2).says("token");
    std::fs::rename(dir.path("token"), dir.path("config/rollcall/token")).unwrap();
    dir.run(["groups", "list"]).code(0);
    dir.file("empty.toml", "");
    dir.run(["groups", "list", "--config", "empty.toml"]).code(2).says("no account is set");
}

#[test]
fn flags_count_more_than_the_environment_and_that_more_than_the_profile() {
    let dir = Workdir::new();
    let (served, other) = (Served::start(&dir, &[]), Served::start(&dir, &[]));
    profile(&dir, &served);
    let holds = |command: &mut std::process::Command| end(command).code(0).stdout.contains("News");
    dir.file("list.csv", "phone\n+12125550100\n");
    dir.run(["import", "list.csv", "--group", "News", "--create", "--profile", "main"]).code(0);
    assert!(holds(&mut dir.command(["groups", "list", "--profile", "main"])));
    let mut environment = dir.command(["groups", "list", "--profile", "main"]);
    assert!(!holds(environment.env("ROLLCALL_BASE_URL", &other.base_url)));
    let mut flag = dir.command(["groups", "list", "--profile", "main", "--base-url", &served.base_url]);
    assert!(holds(flag.env("ROLLCALL_BASE_URL", &other.base_url)));
    // The environment's token is a wrong one, and counts.
    end(dir.command(["groups", "list", "--profile", "main"]).env("SINCH_API_TOKEN", "wr0ng")).code(6);
    // Its service plan is another account's: then the profile's address is not that account's.
    let mut plan = dir.command(["groups", "list", "--profile", "main"]);
    end(plan.env("SINCH_SERVICE_PLAN_ID", "elsewhere")).code(2).says("region");
    let mut same = dir.command(["groups", "list", "--profile", "main"]);
    assert!(holds(same.env("SINCH_SERVICE_PLAN_ID", "demo")));
    // The sandbox is nobody's account, whatever else is set.
    assert!(!holds(&mut dir.command(["groups", "list", "--profile", "main", "--sandbox"])));
}

#[test]
fn the_pace_is_the_profiles_unless_a_flag_says_otherwise() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\n+12125550102\n+12125550103\n");
    dir.file("rollcall.toml", "[profiles.slow]\nsandbox = true\nrate = 100\nchunk_size = 1\nretries = 0\n");
    let import = ["import", "list.csv", "--group", "News", "--create", "--profile", "slow"];
    let (_, by_profile) = dir.report(import);
    let (_, undone) = dir.report(["runs", "undo", by_profile["run"].as_str().unwrap()]);
    assert_eq!((&by_profile["members"]["added"], &undone["members"]["removed"]), (&4.into(), &4.into()));
    let (_, by_flag) = dir.report(import.iter().chain(&["--chunk-size", "4"]));
    let sent = |report: &serde_json::Value| report["requests"]["sent"].as_u64().unwrap();
    // Making the group took the first import as many requests as reading it took the second.
    assert_eq!(sent(&by_profile) - sent(&by_flag), 3, "{by_profile} {by_flag}");
}

#[test]
fn a_secret_that_everybody_can_read_is_refused_and_never_told() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    profile(&dir, &served);
    mode(&dir.path("token"), 0o644);
    let ended = dir.run(["groups", "list", "--profile", "main"]);
    ended.code(2).says("everybody").says("chmod 600");
    assert!(!ended.stderr.contains("t0ken"), "{ended:?}");
    mode(&dir.path("token"), 0o640);
    dir.run(["groups", "list", "--profile", "main"]).code(0);
}

#[test]
fn a_file_that_says_what_nobody_understands_is_a_usage_error() {
    let dir = Workdir::new();
    dir.file("rollcall.toml", "[profiles.main]\nsandbox = true\n\nrtae = 5\n");
    dir.run(["groups", "list", "--profile", "main"]).code(2).says("line 4").says("rtae").says("`rate`");
    dir.file("rollcall.toml", "[profiles.main]\nsandbox = true\n");
    dir.run(["groups", "list", "--profile", "mian"]).code(2).says("mian").says("`main`");
    dir.run(["groups", "list", "--config", "nowhere.toml"]).code(2).says("nowhere.toml").says("hint:");
    std::fs::remove_file(dir.path("rollcall.toml")).unwrap();
    dir.run(["groups", "list", "--profile", "main"]).code(2).says("no rollcall.toml").says("--config");
    // The sandbox needs no file, and is not held up by one.
    dir.file("rollcall.toml", "nonsense");
    dir.run(["groups", "list", "--sandbox"]).code(0);
}

#[test]
fn a_run_is_resumed_undone_and_verified_in_its_own_account_from_any_folder() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    profile(&dir, &served);
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\n+12125550102\n");
    let import = ["import", "list.csv", "--group", "News", "--create", "--profile", "main", "--limit", "1"];
    let ended = dir.run(import.iter().chain(&["--state-dir", "own state"]));
    ended.code(5).says("runs resume");
    let line = ended.stderr.lines().find_map(|line| line.split('`').nth(1).filter(|said| said.contains("resume")));
    let elsewhere = tempfile::tempdir().unwrap();
    let pasted = |line: &str| {
        let line = line.replacen("rollcall", env!("CARGO_BIN_EXE_rollcall"), 1);
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &line]).current_dir(elsewhere.path()).env_clear();
        end(command.env("PATH", std::env::var_os("PATH").unwrap_or_default()))
    };
    pasted(line.expect("a command to paste")).code(0);
    let run = pasted("rollcall runs list --json --state-dir nowhere").code(0).stdout.clone();
    assert!(run.contains("[]"), "{run}");
    let state = dir.path("own state");
    let list = dir.run(["runs", "list", "--json", "--state-dir", state.to_str().unwrap()]);
    let runs: serde_json::Value = serde_json::from_str(&list.code(0).stdout).unwrap();
    let id = runs.as_array().or_else(|| runs["runs"].as_array()).unwrap()[0]["run"].as_str().unwrap().to_owned();
    pasted(&format!("rollcall runs verify {id} --state-dir '{}'", state.display())).code(0);
    pasted(&format!("rollcall runs undo {id} --state-dir '{}'", state.display())).code(0);
    assert_eq!(dir.run(["groups", "members", "News", "--profile", "main"]).code(0).stdout, "");
    // Another account's run is not touched.
    let mut command = dir.command(["runs", "verify", &id, "--state-dir", state.to_str().unwrap()]);
    command.arg("--base-url").arg(served.base_url.replace("demo", "other"));
    end(&mut command).code(2).says("account");
}

#[test]
fn leavers_are_those_of_the_profiles_account() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    profile(&dir, &served);
    dir.file("list.csv", "phone\n+12125550100\n");
    dir.run(["leavers", "import", "News", "list.csv", "--profile", "main"]).code(0);
    let (_, own) = dir.report(["leavers", "list", "--profile", "main"]);
    let (_, sandbox) = dir.report(["leavers", "list", "--sandbox"]);
    let count = |report: &serde_json::Value| report.to_string().matches("+12125550100").count();
    assert_eq!((count(&own), count(&sandbox)), (1, 0), "{own} {sandbox}");
}
