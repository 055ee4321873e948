//! What helps to set a job up: the doctor, and units to install.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use rollcall::numbers::{Msisdn, packing};
use serde_json::Value;

use crate::tools::skipped;
use crate::workdir::{Served, Workdir, end};

const JOB: &str = "[jobs.nightly]\nsettle = \"0s\"\nat = \"02:30\"\ndescription = \"100% of it\"\n[jobs.nightly.import]\n\
    sandbox = true\ninputs = \"list.csv\"\ngroup = \"News\"\nreport = \"out/last report.json\"\n";

#[test]
fn a_systemd_unit_holds_up_to_systemds_own_check() {
    let dir = Workdir::new();
    std::fs::create_dir(dir.path("with blank")).unwrap();
    dir.file("with blank/rollcall.toml", JOB);
    let config = ["--config", "with blank/rollcall.toml"];
    let shown = dir.run(["schedule", "nightly", "--systemd"].iter().chain(&config));
    for line in ["Persistent=true", "SuccessExitStatus=3", "OnCalendar=*-*-* 02:30:00", "ProtectSystem=strict"] {
        assert!(shown.code(0).stdout.contains(line), "{line}: {shown:?}");
    }
    assert!(shown.stdout.contains("100%% of it") && shown.stdout.contains("with blank/out\""), "{shown:?}");
    assert!(!shown.stdout.contains("TimeoutStartSec"), "without a deadline nothing ends it: {shown:?}");
    dir.file("with blank/rollcall.toml", format!("{JOB}deadline = 3600\n"));
    let shown = dir.run(["schedule", "nightly", "--systemd"].iter().chain(&config));
    assert!(shown.code(0).stdout.contains("\nTimeoutStartSec=4200\n"), "{shown:?}");
    std::fs::create_dir(dir.path("units")).unwrap();
    let write = ["schedule", "nightly", "--systemd", "--at", "23:05", "--user", "daemon", "-o", "units"];
    dir.run(write.iter().chain(&config)).code(0).says("systemctl");
    assert!(dir.read("units/rollcall-nightly.timer").contains("23:05:00"));
    assert!(dir.read("units/rollcall-nightly.service").contains("User=daemon"));
    let verify = Command::new("systemd-analyze")
        .args(["verify", "--man=no", "units/rollcall-nightly.service", "units/rollcall-nightly.timer"])
        .current_dir(dir.path("."))
        .output();
    match verify {
        Ok(verify) => {
            let said = String::from_utf8_lossy(&verify.stderr);
            let ours: Vec<&str> = said.lines().filter(|line| line.contains("rollcall")).collect();
            assert!(verify.status.success() && ours.is_empty(), "{said}");
        }
        Err(_) => skipped("no systemd-analyze here; the units are not verified"),
    }
}

#[test]
fn a_line_for_cron_runs_the_job() {
    let dir = Workdir::new();
    std::fs::create_dir(dir.path("100% real")).unwrap();
    dir.file("100% real/rollcall.toml", JOB.replace("sandbox = true", "sandbox = true\ncreate = true"));
    std::fs::create_dir(dir.path("100% real/out")).unwrap();
    dir.file("100% real/list.csv", "phone\n+12125550100\n");
    let shown = dir.run(["schedule", "nightly", "--cron", "--config", "100% real/rollcall.toml"]);
    let line = shown.code(0).stdout.lines().find(|line| !line.starts_with('#')).unwrap().to_owned();
    let command = line.strip_prefix("30 2 * * *  ").unwrap_or_else(|| panic!("{line}"));
    assert!(!command.replace("\\%", "").contains('%'), "cron would cut {line}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &command.replace("\\%", "%")]).env("ROLLCALL_STATE_DIR", dir.path("state"));
    let ended = end(&mut shell);
    assert_eq!(ended.code(0).stderr, "");
    assert!(dir.path("100% real/out/last report.json").exists());
}

#[test]
fn nothing_is_scheduled_that_cannot_run() {
    let dir = Workdir::new();
    dir.file("rollcall.toml", JOB.replace("group =", "grop ="));
    dir.run(["schedule", "nightly", "--cron"]).code(2).says("`group`");
    dir.file("rollcall.toml", JOB);
    dir.run(["schedule", "nightly", "--cron", "--at", "26:00"]).code(2).says("26:00");
    dir.run(["schedule", "nightly"]).code(2);
    dir.run(["schedule", "nihgtly", "--cron"]).code(2).says("`nightly`");
}

fn healths(report: &Value, check: &str) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap().iter().filter(|one| one["check"] == check);
    checks.map(|one| one["health"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_doctor_finds_a_sound_setting_well() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    let token = dir.file("token", "t0ken");
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    dir.file(
        "rollcall.toml",
        format!("[profiles.default]\nbase_url = {:?}\ntoken_file = \"token\"\n{JOB}", served.base_url),
    );
    std::fs::create_dir(dir.path("out")).unwrap();
    let (ended, report) = dir.report(["doctor"]);
    assert_eq!(ended.code, 0, "{report}");
    for check in ["settings", "job", "place", "secret", "state folder", "account", "reach", "clock"] {
        let healths = healths(&report, check);
        assert!(!healths.is_empty() && healths.iter().all(|health| health == "well"), "{check}: {report}");
    }
    let shown = dir.run(["doctor"]);
    assert!(!format!("{report}{shown:?}").contains("t0ken"), "{shown:?}");
}

#[test]
fn the_doctor_says_what_to_do_about_each_thing_that_is_wrong() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    let token = dir.file("token", "wr0ng");
    let mode = |mode| std::fs::set_permissions(&token, std::fs::Permissions::from_mode(mode)).unwrap();
    let profile = format!("[profiles.default]\nbase_url = {:?}\ntoken_file = \"token\"\n", served.base_url);
    let config = dir.file("rollcall.toml", &profile);
    mode(0o644);
    let (ended, report) = dir.report(["doctor", "--offline"]);
    assert_eq!((ended.code, healths(&report, "secret")), (2, vec!["ill".to_owned()]), "{report}");
    mode(0o640);
    std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o666)).unwrap();
    let (ended, report) = dir.report(["doctor"]);
    assert_eq!(ended.code, 6, "the account refuses the token: {report}");
    assert_eq!(healths(&report, "secret"), ["well", "warning"]);
    assert_eq!(healths(&report, "settings"), ["well", "warning"]);
    assert_eq!(healths(&report, "reach"), ["ill"]);
    for check in report["checks"].as_array().unwrap() {
        assert_eq!(check["health"] == "well", check["advice"].is_null(), "{check}");
    }
    assert!(!report.to_string().contains("wr0ng"), "{report}");
    drop(served);
    let (ended, _) = dir.report(["doctor", "--retries", "0"]);
    assert_eq!(ended.code, 5);
    dir.file("rollcall.toml", "[jobs.a]\nat = 3\n");
    let (ended, report) = dir.report(["doctor"]);
    assert_eq!((ended.code, healths(&report, "settings")), (2, vec!["ill".to_owned()]), "{report}");
    let mut nowhere = dir.command(["doctor", "--sandbox", "--json", "--config", "none"]);
    let ended = end(nowhere.env("ROLLCALL_STATE_DIR", dir.path("token")));
    ended.code(2);
    assert!(ended.stdout.contains("--state-dir"), "{ended:?}");
    // The environment's account, and a run that was left.
    std::fs::remove_file(dir.path("rollcall.toml")).unwrap();
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\n");
    dir.run(["import", "list.csv", "--group", "A", "--create", "--sandbox", "--limit", "1"]).code(5);
    let (ended, report) = dir.report(["doctor", "--sandbox"]);
    assert_eq!((ended.code, healths(&report, "state folder")), (0, vec!["well".to_owned(), "warning".to_owned()]));
}

#[test]
fn the_doctor_finds_damage_that_no_run_has_come_upon() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n");
    dir.run(["import", "list.csv", "--group", "A", "--create", "--sandbox"]).code(0);
    let ledger = dir.path("state/ledger.sqlite");
    let mut bytes = std::fs::read(&ledger).unwrap();
    let members = packing::pack(&[Msisdn::from_value(12_125_550_100).unwrap()]);
    let at = bytes.windows(members.len()).position(|body| body == members).unwrap();
    bytes[at + members.len() - 1] ^= 1;
    std::fs::write(&ledger, bytes).unwrap();
    dir.run(["runs", "list"]).code(0);
    let ended = dir.run(["doctor", "--offline"]);
    ended.code(1);
    assert!(ended.stdout.contains("is damaged") && ended.stdout.contains("from a backup"), "{ended:?}");
}

#[test]
fn the_doctor_looks_at_what_only_a_night_would_find_out() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n");
    let job = |of_job: &str, of_import: &str| {
        format!(
            "[jobs.a]\n{of_job}\n[jobs.a.import]\nsandbox = true\ninputs = \"list.csv\"\ngroup = \"A\"\n{of_import}\n"
        )
    };
    let hook = |what: &str| format!("[[hooks]]\non = [\"failure\"]\n{what}\n");
    let executable = |name: &str, mode| {
        let path = dir.file(name, "#!/bin/sh\nexit 0\n");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    executable("tell.sh", 0o755);
    executable("dull.sh", 0o644);
    let secret = |name: &str, text: &str| {
        let path = dir.file(name, text);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    secret("address", "https://hooks.example.com/services/s3cret\n");
    secret("nowhere", "http://hooks.example.com/services/s3cret\n");
    dir.file("plain", "");
    let cases: [(&str, &str, String); 25] = [
        ("hook", "well", hook("command = [\"./tell.sh\", \"s3cret\"]")),
        ("hook", "well", hook("command = [\"sh\", \"-c\", \"s3cret\"]")),
        ("hook", "well", hook("command = \"./tell.sh s3cret | cat\"")),
        ("hook", "well", hook("command = '\"$HOME/none\" s3cret'")),
        ("hook", "well", hook("command = \"if true; then echo s3cret; fi\"")),
        ("hook", "well", hook("url_file = \"address\"")),
        ("hook", "well", hook("url = \"http://127.0.0.1:1/s3cret\"")),
        ("hook", "ill", hook("command = [\"./none.sh\"]")),
        ("hook", "ill", hook("command = [\"./dull.sh\"]")),
        ("hook", "ill", hook("command = [\"no-such-program\"]")),
        ("hook", "ill", hook("command = \"./dull.sh s3cret\"")),
        ("hook", "ill", hook("command = \"no-such-program s3cret\"")),
        ("hook", "ill", hook("command = \"echo 's3cret\"")),
        ("hook", "ill", hook("url_file = \"nowhere\"")),
        ("hook", "ill", hook("url_file = \"none\"")),
        ("hook", "ill", hook("url_env = \"NOT_SET\"")),
        ("place", "well", job("metrics = \"m.prom\"\narchive_to = \"new/kept\"\nmove_to = \"done\"", "")),
        ("place", "ill", job("metrics = \"none/m.prom\"", "")),
        ("place", "ill", job("archive_to = \"plain/kept\"", "")),
        ("place", "ill", job("log_file = \"none/log\"", "")),
        ("place", "ill", job("", "report = \"none/report.json\"")),
        ("job", "ill", job("", "suppress = \"none.csv\"")),
        ("job", "ill", job("", "").replace("list.csv", "list-{tomorrow}.csv")),
        ("job", "ill", job("", "deadline = -5")),
        ("job", "warning", job("jitter = \"2h\"", "deadline = 3600")),
    ];
    for (check, health, text) in cases {
        dir.file("rollcall.toml", &text);
        let (ended, report) = dir.report(["doctor", "--offline"]);
        let found = healths(&report, check);
        assert!(found.iter().any(|found| found == health), "{check} should be {health}: {text}\n{report:#}");
        assert_eq!(ended.code != 0, health == "ill", "{text}\n{report:#}");
        for one in report["checks"].as_array().unwrap() {
            assert_eq!(one["health"] == "well", one["advice"].is_null(), "{one}");
        }
        assert!(!format!("{ended:?}").contains("s3cret"), "{ended:?}");
    }
    assert!(!dir.path("new").exists() && !dir.path("m.prom").exists(), "looking changes nothing");
    // An address in a file that others can read is one that others can use.
    let config = dir.file("rollcall.toml", hook("url = \"https://hooks.example.com/s3cret\""));
    for (mode, warned) in [(0o644, true), (0o600, false)] {
        std::fs::set_permissions(&config, std::fs::Permissions::from_mode(mode)).unwrap();
        let (ended, report) = dir.report(["doctor", "--offline"]);
        assert_eq!(healths(&report, "hook").contains(&"warning".to_owned()), warned, "{report:#}");
        assert!(!format!("{ended:?}").contains("s3cret"));
    }
}
