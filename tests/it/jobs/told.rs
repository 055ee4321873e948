//! Who hears of a night, and what: reports, metrics, logs, hooks.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::listener::Listener;
use crate::workdir::{Workdir, end};

fn set_up(dir: &Workdir, of_job: &str) {
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\nnobody\n");
    dir.file(
        "rollcall.toml",
        format!(
            "[jobs.nightly]\nsettle = \"0s\"\n{of_job}\n[jobs.nightly.import]\nsandbox = true\ninputs = \"list.csv\"\n\
             group = \"News\"\ncreate = true\nmax_rejects = \"50%\"\n"
        ),
    );
}

#[test]
fn each_moment_is_told_to_those_who_are_there_for_it() {
    let dir = Workdir::new();
    let (chat, monitor) = (Listener::start(200), Listener::start(200));
    set_up(&dir, "");
    let hooks = format!(
        "[[hooks]]\non = [\"failure\", \"brake\", \"recovery\"]\nurl_file = \"chat\"\n\
         [[hooks]]\non = [\"start\", \"success\"]\nurl = {:?}\n",
        monitor.url
    );
    let secret = dir.file("chat", &chat.url);
    std::fs::set_permissions(secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    dir.file("rollcall.toml", hooks + &dir.read("rollcall.toml"));
    let good = dir.read("list.csv");
    let night = |code: i32, to_chat: &[&str], to_monitor: &[&str]| {
        dir.run(["run", "nightly"]).code(code);
        assert_eq!(
            (chat.events(), monitor.events()),
            (to_chat.iter().map(|&e| e.to_owned()).collect(), to_monitor.iter().map(|&e| e.to_owned()).collect())
        );
    };
    night(3, &[], &["start", "success"]);
    night(0, &[], &["start", "success"]);
    dir.file("list.csv", "phone\nnobody\n");
    night(4, &["brake"], &["start"]);
    night(4, &["failure"], &["start"]);
    std::fs::remove_file(dir.path("list.csv")).unwrap();
    night(2, &["failure"], &["start"]);
    dir.file("list.csv", "phone\nnobody\n");
    night(4, &["brake"], &["start"]);
    dir.file("list.csv", good + "+12125550102\n");
    night(3, &["recovery"], &["start", "success"]);
    night(0, &[], &["start", "success"]);
    // What is said: enough to know, and no number.
    dir.file("list.csv", "phone\n+1212555010\n");
    dir.run(["run", "nightly"]).code(4);
    let news = chat.heard().pop().unwrap();
    let text = news["text"].as_str().unwrap();
    assert!(text.contains("nightly") && text.contains("brake") && text.contains("rejected"), "{text}");
    assert_eq!(
        (&news["job"], &news["exit"], &news["report"]["rows"]["rejected"]),
        (&"nightly".into(), &4.into(), &1.into())
    );
    assert!(news["run"].is_string() && !news.to_string().contains("2125550"), "{news}");
}

#[test]
fn a_hook_that_fails_changes_nothing_and_tells_no_secret() {
    let dir = Workdir::new();
    let refusing = Listener::start(500);
    let hook = |what: &str| format!("[[jobs.nightly.hooks]]\non = [\"start\", \"success\"]\n{what}\n");
    let hooks = [
        hook(&format!("url = {:?}", refusing.url)),
        hook("url = \"http://127.0.0.1:1/s3cret-path\""),
        hook("url_env = \"NOT_SET\""),
        hook("command = \"echo s3cret-path >&2; exit 7\""),
        hook("command = [\"/no/such/program\"]"),
        hook("command = [\"sleep\", \"1000\"]\ntimeout = \"0.1s\""),
    ];
    set_up(&dir, &hooks.concat());
    let (ended, report) = dir.report(["run", "nightly"]);
    assert_eq!((ended.code, &report["members"]["added"]), (3, &2.into()));
    for word in ["answered 500", "did not answer", "NOT_SET", "exit status: 7", "does not start", "has not ended"] {
        ended.says(word);
    }
    let ours: Vec<&str> = ended.stderr.lines().filter(|line| line.contains("s3cret")).collect();
    assert!(ours.iter().all(|line| *line == "s3cret-path"), "{ended:?}");
}

#[test]
fn a_command_hears_the_news_as_variables_and_as_json() {
    let dir = Workdir::new();
    set_up(
        &dir,
        "[[jobs.nightly.hooks]]\non = [\"success\"]\n\
         command = 'cat > news.json; echo \"$ROLLCALL_EVENT $ROLLCALL_JOB $ROLLCALL_EXIT $ROLLCALL_RUN\" > words; \
         cp \"$ROLLCALL_REPORT\" report.json; echo on stdout'\n",
    );
    let (_, report) = dir.report(["run", "nightly"]);
    let run = report["run"].as_str().unwrap();
    assert_eq!(dir.read("words"), format!("success nightly 3 {run}\n"));
    let json = |name: &str| serde_json::from_str::<Value>(&dir.read(name)).unwrap();
    assert_eq!((&json("news.json")["event"], &json("news.json")["run"]), (&"success".into(), &run.into()));
    assert_eq!((&json("report.json")["rows"], &json("report.json")["job"]), (&report["rows"], &"nightly".into()));
}

#[test]
fn the_newest_reports_are_kept_also_of_nights_that_failed() {
    let dir = Workdir::new();
    set_up(&dir, "keep_reports = 3");
    for _ in 0..2 {
        dir.run(["run", "nightly", "--now"]).code(3);
    }
    std::fs::remove_file(dir.path("list.csv")).unwrap();
    for _ in 0..2 {
        dir.run(["run", "nightly"]).code(2);
    }
    let mut kept: Vec<_> =
        std::fs::read_dir(dir.path("state/jobs/nightly/reports")).unwrap().map(|entry| entry.unwrap().path()).collect();
    kept.sort();
    let reports: Vec<Value> =
        kept.iter().map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()).collect();
    let mut exits: Vec<u64> = reports.iter().map(|report| report["exit"].as_u64().unwrap()).collect();
    exits.sort_unstable();
    assert_eq!(exits, [2, 2, 3]);
    let failed = reports.iter().find(|report| report["exit"] == 2).unwrap();
    assert!(failed["error"].as_str().unwrap().contains("list.csv") && failed["hint"].is_string(), "{failed}");
    for path in kept {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn the_metrics_tell_of_the_last_night_and_of_the_last_good_one() {
    let dir = Workdir::new();
    set_up(&dir, "metrics = \"rollcall.prom\"");
    let metric = |name: &str| -> Option<f64> {
        let text = dir.read("rollcall.prom");
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.rsplit(' ').next()?.parse().ok()
    };
    dir.run(["run", "nightly"]).code(3);
    assert_eq!(metric("rollcall_job_exit_code{job=\"nightly\"}"), Some(3.0));
    assert_eq!(metric("rollcall_job_rows{job=\"nightly\",outcome=\"rejected\"}"), Some(1.0));
    assert_eq!(metric("rollcall_group_members{job=\"nightly\",group=\"News\"}"), Some(2.0));
    let good = metric("rollcall_job_succeeded_timestamp_seconds");
    assert!(good.is_some());
    dir.file("list.csv", "phone\n+1212555010\n");
    dir.run(["run", "nightly"]).code(4);
    assert_eq!(metric("rollcall_job_exit_code{job=\"nightly\"}"), Some(4.0));
    assert_eq!(metric("rollcall_job_brake_tripped{job=\"nightly\",brake=\"rejects\"}"), Some(1.0));
    assert_eq!(metric("rollcall_job_succeeded_timestamp_seconds"), good);
    let mode = std::fs::metadata(dir.path("rollcall.prom")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "whoever collects metrics is somebody else");
    assert!(!dir.read("rollcall.prom").contains("212555"));
}

#[test]
fn every_line_of_the_log_names_the_run() {
    let dir = Workdir::new();
    set_up(&dir, "log_file = \"log.json\"\nlog_format = \"json\"");
    let (_, report) = dir.report(["run", "nightly", "-v"]);
    let run = report["run"].as_str().unwrap();
    let log = dir.read("log.json");
    assert!(log.lines().count() > 3, "{log}");
    for line in log.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        assert_eq!(entry["run"], run, "{line}");
    }
    assert!(!log.contains("2125550"), "{log}");
    let import =
        ["import", "list.csv", "--group", "Other", "--create", "--sandbox", "--limit", "1", "--max-rejects", "9"];
    let (_, report) = dir.report(import.iter().chain(&["--log-file", "log.txt"]));
    let run = report["run"].as_str().unwrap();
    dir.run(["runs", "resume", "--log-file", "log.txt"]).code(3);
    let log = dir.read("log.txt");
    assert!(log.contains("runs resume has ended"), "{log}");
    let others: Vec<&str> = log.lines().filter(|line| !line.ends_with(&format!(" run={run}"))).collect();
    // Before it has looked, resuming does not know which run it goes on with.
    assert!(others.iter().all(|line| line.contains("going on with")), "{others:?}");
}

#[test]
fn a_journal_gets_levels_instead_of_times() {
    let dir = Workdir::new();
    set_up(&dir, "log_file = \"-\"");
    let mut command = dir.command(["run", "nightly"]);
    let ended = end(command.env("JOURNAL_STREAM", "8:1234"));
    assert!(ended.code(3).stderr.lines().all(|line| line.starts_with('<')), "{ended:?}");
    ended.says("<6>INFO import has ended");
    dir.file("list.csv", "phone\nx\n");
    let ended = end(dir.command(["run", "nightly"]).env("JOURNAL_STREAM", "8:1234"));
    assert!(!ended.stderr.lines().any(|line| !line.starts_with('<')), "{ended:?}");
    let plain = dir.run(["run", "nightly"]);
    assert!(plain.stderr.lines().all(|line| line.starts_with("20") && line.contains("run=")), "{plain:?}");
}

#[test]
fn a_night_that_exports_keeps_and_tells_what_it_exported() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\n");
    dir.run(["import", "list.csv", "--group", "News", "--create", "--sandbox"]).code(0);
    dir.file(
        "rollcall.toml",
        "[jobs.weekly]\nmetrics = \"rollcall.prom\"\n[jobs.weekly.export]\nsandbox = true\ngroups = [\"News\"]\n\
         output = \"members.csv\"\n[[hooks]]\non = [\"success\"]\ncommand = \"cat > news.json\"\n",
    );
    let (_, printed) = dir.report(["run", "weekly"]);
    let kept: Vec<_> = std::fs::read_dir(dir.path("state/jobs/weekly/reports")).unwrap().collect();
    let [kept] = kept.as_slice() else { panic!("{kept:?}") };
    let kept = kept.as_ref().unwrap().path();
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&kept).unwrap()).unwrap();
    for field in ["format", "command", "groups", "members", "rows", "by_region", "by_type", "requests", "files", "exit"]
    {
        assert_eq!(report[field], printed[field], "{field}: {report}");
        assert!(!report[field].is_null(), "{field}: {report}");
    }
    let group = &report["groups"][0];
    assert_eq!((&group["name"], &group["after"], &report["job"]), (&"News".into(), &2.into(), &"weekly".into()));
    assert!(group["id"].is_string(), "{report}");
    assert_eq!(report["run"].as_str(), kept.file_stem().unwrap().to_str());
    let news: Value = serde_json::from_str(&dir.read("news.json")).unwrap();
    assert!(news["text"].as_str().unwrap().contains("2 members"), "{news}");
    assert_eq!((&news["report"]["groups"], &news["run"]), (&report["groups"], &report["run"]));
    let metrics = dir.read("rollcall.prom");
    assert!(metrics.contains("rollcall_group_members{job=\"weekly\",group=\"News\"} 2"), "{metrics}");
    assert!(!format!("{report}{news}{metrics}").contains("2125550"));
}

#[test]
fn a_night_that_cannot_even_begin_is_told_but_not_one_that_another_keeps_off() {
    let dir = Workdir::new();
    set_up(&dir, "[[jobs.nightly.hooks]]\non = [\"failure\"]\ncommand = \"cat > news.json\"");
    let good = dir.read("rollcall.toml");
    let told = |code: i32, word: &str| {
        dir.run(["run", "nightly"]).code(code);
        let news: Value = serde_json::from_str(&dir.read("news.json")).unwrap();
        assert!(news["exit"] == code && news["text"].as_str().unwrap().contains(word), "{news}");
        std::fs::remove_file(dir.path("news.json")).unwrap();
    };
    dir.file("state", "a file where the folder is to be");
    told(1, "state");
    std::fs::remove_file(dir.path("state")).unwrap();
    dir.file("rollcall.toml", good.clone() + "no_such_key = 1\n");
    told(2, "no_such_key");
    dir.file("rollcall.toml", good.replace("[jobs.nightly]", "[jobs.nightly]\nlog_file = \"none/log\""));
    told(1, "log");
    dir.file("rollcall.toml", good);
    let state = rollcall::ledger::StateFolder::open(&dir.path("state")).unwrap();
    let held = rollcall::ledger::JobLock::take(&state, "nightly").unwrap();
    dir.run(["run", "nightly"]).code(7);
    assert!(!dir.path("news.json").exists(), "the night that is at work tells how it ends");
    drop(held);
    dir.file("state/jobs/nightly/memory.json", "");
    dir.run(["run", "nightly", "--dry-run"]).code(3);
    assert!(!dir.path("news.json").exists());
}

#[test]
fn an_outage_is_told_by_what_has_failed() {
    let dir = Workdir::new();
    set_up(&dir, "[[jobs.nightly.hooks]]\non = [\"failure\"]\ncommand = \"cat > news.json\"");
    dir.run(["run", "nightly"]).code(3);
    let served = crate::workdir::Served::start(&dir, &["--faults", "500=100"]);
    let text = dir.read("rollcall.toml").replace("sandbox = true", "retries = 0");
    dir.file("rollcall.toml", text);
    end(&mut served.command(&dir, &["run", "nightly"])).code(5);
    let news: Value = serde_json::from_str(&dir.read("news.json")).unwrap();
    assert!(news["text"].as_str().unwrap().contains("500"), "{news}");
    // Gone when everything was sent, and before it could be read back.
    let served = crate::workdir::Served::start(&dir, &[]);
    end(&mut served.command(&dir, &["groups", "create", "News"])).code(0);
    let door = crate::doorkeeper::Doorkeeper::start(&served);
    let mut night = door.command(&dir, &["run", "nightly"]).stderr(std::process::Stdio::null()).spawn().unwrap();
    door.made.recv().unwrap();
    drop(served);
    door.go.send(()).unwrap();
    assert_eq!(night.wait().unwrap().code(), Some(5));
    let news: Value = serde_json::from_str(&dir.read("news.json")).unwrap();
    let text = news["text"].as_str().unwrap();
    assert!(!text.contains("see the report") && text.contains("could not"), "{news}");
}

#[test]
fn a_hook_that_takes_too_long_ends_with_all_that_it_has_started() {
    let dir = Workdir::new();
    set_up(
        &dir,
        "[[jobs.nightly.hooks]]\non = [\"start\"]\ntimeout = \"0.3s\"\n\
         command = \"sh -c 'echo $$ > child; exec sleep 1000' & wait\"",
    );
    dir.run(["run", "nightly"]).code(3).says("has not ended");
    let child = dir.read("child");
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.trim()));
    // Whoever has ended and was not yet buried is a zombie.
    assert!(stat.is_err() || stat.is_ok_and(|stat| stat.contains(") Z ")), "process {child} is still there");
}

#[test]
fn the_newest_report_stays_whatever_the_clock_says() {
    let dir = Workdir::new();
    set_up(&dir, "keep_reports = 2");
    dir.run(["run", "nightly", "--now"]).code(3);
    // Of a time when the clock was wrong.
    for year in [2098, 2099] {
        dir.file(&format!("state/jobs/nightly/reports/{year}0101T000000Z-aaaa.json"), "{}");
    }
    let (_, report) = dir.report(["run", "nightly", "--now"]);
    let run = report["run"].as_str().unwrap();
    assert!(dir.path(&format!("state/jobs/nightly/reports/{run}.json")).exists());
    assert_eq!(std::fs::read_dir(dir.path("state/jobs/nightly/reports")).unwrap().count(), 2);
}
