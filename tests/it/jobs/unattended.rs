//! Nobody watches: nights are skipped, refused, waited for and kept apart as a careful person would do it.

use std::fs::File;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::workdir::{Ended, Workdir, end};

/// A job `nightly` on the sandbox, with more keys for the job and for its import.
fn job(dir: &Workdir, of_job: &str, of_import: &str) {
    let inputs = if of_import.contains("inputs") { "" } else { "inputs = \"list.csv\"" };
    dir.file(
        "rollcall.toml",
        format!(
            "[jobs.nightly]\nsettle = \"0s\"\n{of_job}\n[jobs.nightly.import]\nsandbox = true\ngroup = \"News\"\n\
             create = true\n{inputs}\n{of_import}\n"
        ),
    );
}

fn list(dir: &Workdir, name: &str, rows: std::ops::Range<u32>) {
    dir.file(name, rows.fold("phone\n".to_owned(), |text, row| format!("{text}+1212555{:04}\n", 100 + row)));
}

fn night(dir: &Workdir) -> (Ended, Value) {
    dir.report(["run", "nightly"])
}

fn is_skipped(report: &Value) -> bool {
    report["skipped"].as_bool().unwrap_or_default()
}

#[test]
fn a_night_is_skipped_when_nothing_can_have_changed_and_only_then() {
    let dir = Workdir::new();
    list(&dir, "list.csv", 0..20);
    list(&dir, "never.csv", 90..92);
    let keys = "suppress = \"never.csv\"";
    job(&dir, "", keys);
    let sandbox = |args: &[&str]| dir.run(args.iter().chain(&["--sandbox", "--yes"]));
    let changes: [(&str, &dyn Fn()); 8] = [
        ("the list", &|| list(&dir, "list.csv", 0..21)),
        ("the suppression list", &|| list(&dir, "never.csv", 90..93)),
        ("the settings", &|| job(&dir, "", "suppress = \"never.csv\"\nmax_remove = \"30%\"")),
        ("the members", &|| {
            sandbox(&["groups", "update", "News", "--add", "+12125550199"]).code(0);
        }),
        ("the name", &|| {
            sandbox(&["groups", "update", "News", "--name", "Other"]).code(0);
            sandbox(&["groups", "update", "Other", "--name", "News"]).code(0);
        }),
        ("the leavers", &|| {
            list(&dir, "left.csv", 80..81);
            dir.run(["leavers", "import", "News", "left.csv", "--sandbox"]).code(0);
        }),
        ("nothing, but it is to be done", &|| {
            dir.run(["run", "nightly", "--now"]).code(0);
        }),
        ("the account", &|| {
            std::fs::remove_file(dir.path("state/sandbox.sqlite")).unwrap();
        }),
    ];
    let (ended, report) = night(&dir);
    assert!(ended.code == 0 && !is_skipped(&report), "{report}");
    for (what, change) in changes {
        let (ended, report) = night(&dir);
        assert!(ended.code == 0 && is_skipped(&report), "before {what}: {ended:?}");
        assert_eq!(report["requests"]["sent"], 0, "{report}");
        change();
        if !what.starts_with("nothing") {
            let (ended, report) = night(&dir);
            let code = if what == "the account" { 4 } else { 0 };
            assert!(ended.code == code && !is_skipped(&report), "{what} has changed: {ended:?}");
        }
    }
    std::fs::remove_file(dir.path("state/ledger.sqlite")).unwrap();
    job(&dir, "skip_unchanged = false", keys);
    night(&dir);
    assert!(!is_skipped(&night(&dir).1));
}

#[test]
fn a_night_after_a_bad_one_is_never_skipped() {
    let dir = Workdir::new();
    list(&dir, "list.csv", 0..20);
    job(&dir, "", "mode = \"sync\"");
    night(&dir).0.code(0);
    assert!(is_skipped(&night(&dir).1));
    let good = dir.read("list.csv");
    list(&dir, "list.csv", 0..2);
    night(&dir).0.code(4);
    dir.file("list.csv", good);
    let (ended, report) = night(&dir);
    assert!(ended.code == 0 && !is_skipped(&report), "{report}");
    assert!(is_skipped(&night(&dir).1));
}

#[test]
fn a_list_that_nobody_has_renewed_is_refused() {
    let dir = Workdir::new();
    list(&dir, "list.csv", 0..3);
    let aged = |hours: u64| {
        let then = SystemTime::now() - Duration::from_secs(hours * 3600 + 60);
        File::options().write(true).open(dir.path("list.csv")).unwrap().set_modified(then).unwrap();
    };
    job(&dir, "max_age = \"26h\"", "");
    aged(25);
    night(&dir).0.code(0);
    aged(26);
    for more in [&[][..], &["--dry-run"]] {
        let (ended, report) = dir.report(["run", "nightly"].iter().chain(more));
        assert_eq!(ended.code, 4, "{ended:?}");
        let brake = &report["brakes"][0];
        assert_eq!((&brake["name"], &brake["tripped"], &report["exit"]), (&"max_age".into(), &true.into(), &4.into()));
        ended.says("26h old");
    }
    dir.run(["run", "nightly"]).code(4).says("max_age");
}

#[test]
fn the_list_of_the_day_is_found_by_its_date_or_as_the_newest() {
    let dir = Workdir::new();
    let today = jiff::ZonedDateTime::now().strftime("%Y%m%d").to_string();
    list(&dir, &format!("list-{today}.csv"), 0..3);
    list(&dir, "list-20200101.csv", 0..5);
    let read = |keys: &str, inputs: &str| {
        job(&dir, keys, &format!("inputs = {inputs:?}"));
        dir.report(["run", "nightly", "--dry-run"]).1["rows"]["read"].clone()
    };
    assert_eq!(read("", "list-{today:%Y%m%d}.csv"), 3);
    assert_eq!(read("newest = \"name\"", "list-*.csv"), 3);
    assert_eq!(read("", "list-*.csv"), 8);
    let old = File::options().write(true).open(dir.path(&format!("list-{today}.csv"))).unwrap();
    old.set_modified(SystemTime::now() - Duration::from_hours(1)).unwrap();
    assert_eq!(read("newest = \"modified\"", "list-*.csv"), 5);
    job(&dir, "", "inputs = \"list-{tomorrow}.csv\"");
    dir.run(["run", "nightly"]).code(2).says("{tomorrow}");
}

#[test]
fn a_night_without_a_list_fails_unless_that_is_fine() {
    let dir = Workdir::new();
    job(&dir, "", "");
    dir.run(["run", "nightly"]).code(2).says("list.csv");
    job(&dir, "skip_missing = true", "");
    let (ended, report) = night(&dir);
    assert!(ended.code == 0 && is_skipped(&report), "{report}");
}

#[test]
fn a_night_that_is_over_while_it_waits_sends_nothing() {
    let waits: [(&str, &str, bool); 4] = [
        ("for its moment", "jitter = \"9999999d\"", true),
        ("for a list", "wait = \"99d\"", false),
        ("for a list that grows", "settle = \"99d\"\nwait = \"99d\"", true),
        ("for a hook", "[[jobs.nightly.hooks]]\non = [\"start\"]\ncommand = [\"sleep\", \"0.3\"]", true),
    ];
    for (what, keys, there) in waits {
        let dir = Workdir::new();
        if there {
            list(&dir, "list.csv", 0..3);
        }
        job(&dir, keys, "deadline = 0.2");
        if keys.contains("settle") {
            let text = dir.read("rollcall.toml").replacen("settle = \"0s\"\n", "", 1);
            dir.file("rollcall.toml", text);
        }
        let ended = dir.run(["run", "nightly"]);
        assert_eq!(ended.code, 5, "waiting {what}: {ended:?}");
        ended.says("deadline").says("nothing was sent");
        assert!(!dir.path("state/sandbox.sqlite").exists(), "waiting {what}: {ended:?}");
        let kept = std::fs::read_dir(dir.path("state/jobs/nightly/reports")).unwrap().next().unwrap().unwrap().path();
        let report: Value = serde_json::from_str(&std::fs::read_to_string(kept).unwrap()).unwrap();
        assert_eq!(report["exit"], 5, "{report}");
        job(&dir, "", "deadline = 600");
        list(&dir, "list.csv", 0..3);
        night(&dir).0.code(0);
    }
}

/// A night in a process of its own; ended with the test.
struct Spent(Child);

impl Drop for Spent {
    fn drop(&mut self) {
        // Only a process that has ended by itself cannot be ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Spent {
    /// Begins a night and waits until it is under way.
    fn begin(dir: &Workdir) -> Self {
        let mut command = dir.command(["run", "nightly", "--json"]);
        let child = Self(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
        let memory = dir.path("state/jobs/nightly/memory.json");
        for _ in 0..6000 {
            if std::fs::read_to_string(&memory).is_ok_and(|text| text.contains("\"under_way\": true")) {
                return child;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the night has not begun");
    }

    fn end(mut self) -> (Option<i32>, Value) {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut self.0.stdout.take().unwrap(), &mut text).unwrap();
        (self.0.wait().unwrap().code(), serde_json::from_str(&text).unwrap())
    }
}

#[test]
fn a_list_that_comes_late_is_waited_for() {
    let dir = Workdir::new();
    job(&dir, "wait = \"10m\"", "");
    let night = Spent::begin(&dir);
    list(&dir, "part", 0..4);
    std::fs::rename(dir.path("part"), dir.path("list.csv")).unwrap();
    let (code, report) = night.end();
    assert_eq!((code, &report["rows"]["read"]), (Some(0), &4.into()), "{report}");
}

#[test]
fn a_list_that_is_still_growing_is_waited_for() {
    let dir = Workdir::new();
    list(&dir, "list.csv", 0..1);
    job(&dir, "", "");
    let text = dir.read("rollcall.toml").replace("settle = \"0s\"", "settle = \"1.5s\"");
    dir.file("rollcall.toml", text);
    let night = Spent::begin(&dir);
    // For as long as it is waited for: a writer that pauses too long would be one that has ended.
    let mut file = File::options().append(true).open(dir.path("list.csv")).unwrap();
    for row in 1..20 {
        writeln!(file, "+1212555{:04}", 100 + row).unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(file);
    let (code, report) = night.end();
    assert_eq!((code, &report["rows"]["read"]), (Some(0), &20.into()), "{report}");
}

#[test]
fn no_two_nights_of_a_job_overlap_and_a_killed_one_holds_nothing() {
    let dir = Workdir::new();
    job(&dir, "wait = \"10m\"", "");
    let night = Spent::begin(&dir);
    let second = dir.run(["run", "nightly"]);
    second.code(7).says("another run holds this job").says(&format!("process {}", night.0.id())).says("since");
    let mut stop = Command::new("kill");
    assert!(stop.args(["-s", "TERM", &night.0.id().to_string()]).status().unwrap().success());
    let mut night = night;
    assert_eq!(night.0.wait().unwrap().code(), Some(5), "stopped while it waited");
    drop(Spent::begin(&dir));
    list(&dir, "list.csv", 0..2);
    dir.run(["run", "nightly"]).code(0);
}

#[test]
fn a_list_that_was_brought_in_is_kept_and_put_away() {
    let dir = Workdir::new();
    list(&dir, "list.csv", 0..3);
    let text = dir.read("list.csv");
    job(&dir, "archive_to = \"kept\"\nmove_to = \"done\"\nskip_missing = true", "");
    let (_, report) = night(&dir);
    let run = report["run"].as_str().unwrap().to_owned();
    assert!(!dir.path("list.csv").exists());
    assert_eq!(dir.read("done/list.csv"), text);
    let mut kept = String::new();
    let packed = File::open(dir.path(&format!("kept/list.csv.{run}.zst"))).unwrap();
    std::io::Read::read_to_string(&mut zstd::Decoder::new(packed).unwrap(), &mut kept).unwrap();
    assert_eq!(kept, text);
    // The same name once more takes nothing's place.
    list(&dir, "list.csv", 0..4);
    let (_, report) = night(&dir);
    assert_eq!(dir.read("done/list.csv"), text);
    let run = report["run"].as_str().unwrap();
    assert_eq!(dir.read(&format!("done/list.csv.{run}")).lines().count(), 5);
    // A list that was refused stays where it is.
    dir.file("list.csv", "phone\nnobody\n");
    dir.run(["run", "nightly"]).code(4);
    assert!(dir.path("list.csv").exists());
}

#[test]
fn a_group_of_which_nothing_is_remembered_is_refused_where_that_is_demanded() {
    let dir = Workdir::new();
    list(&dir, "list.csv", 0..20);
    job(&dir, "", "require_baseline = true\nmode = \"sync\"");
    night(&dir).0.code(0);
    list(&dir, "list.csv", 0..21);
    night(&dir).0.code(0);
    for left in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "jobs/nightly/memory.json"] {
        // The log may have gone with the last process.
        let _ = std::fs::remove_file(dir.path(&format!("state/{left}")));
    }
    let (ended, report) = night(&dir);
    ended.code(4).says("--require-baseline").says("state folder");
    let brake = report["brakes"].as_array().unwrap().iter().find(|brake| brake["name"] == "baseline").unwrap();
    assert_eq!((&brake["tripped"], &brake["value"]), (&true.into(), &21.into()));
    job(&dir, "", "mode = \"sync\"");
    night(&dir).0.code(0);
}

#[test]
fn what_an_earlier_night_has_left_is_sent_or_given_up() {
    for (mode, state) in [("add", "verified"), ("sync", "abandoned")] {
        let dir = Workdir::new();
        list(&dir, "list.csv", 0..20);
        let keys = format!("mode = {mode:?}");
        job(&dir, "", &format!("{keys}\nchunk_size = 1\nrate = 10\ndeadline = 1.2"));
        let (ended, report) = night(&dir);
        ended.code(5);
        let run = report["run"].as_str().unwrap().to_owned();
        list(&dir, "list.csv", 5..25);
        job(&dir, "", &keys);
        let (ended, _) = night(&dir);
        ended.code(0);
        let shown = dir.run(["runs", "show", &run, "--json"]);
        let shown: Value = serde_json::from_str(&shown.code(0).stdout).unwrap();
        assert_eq!(shown["state"], state, "{mode}: {shown}");
        let members = dir.run(["groups", "members", "News", "--sandbox"]).code(0).stdout.lines().count();
        assert_eq!(members, if mode == "add" { 25 } else { 20 });
    }
}

#[test]
fn a_random_wait_before_a_night_is_cut_short_by_now() {
    let dir = Workdir::new();
    list(&dir, "list.csv", 0..2);
    job(&dir, "jitter = \"300d\"", "");
    dir.run(["run", "nightly", "--now"]).code(0);
    let _waiting = Spent::begin(&dir);
    end(&mut dir.command(["run", "nightly"])).code(7);
}

#[test]
fn lists_are_never_put_where_they_would_be_found_again() {
    let dir = Workdir::new();
    std::fs::create_dir(dir.path("in")).unwrap();
    list(&dir, "list.csv", 0..3);
    for (keys, inputs, fine) in [
        ("archive_to = \".\"", "lis*.csv*", false),
        ("archive_to = \"kept\"", "**/lis*.csv*", false),
        ("move_to = \"done\"", "**/*.csv", false),
        ("archive_to = \"kept\"", "lis*.csv*", true),
        ("archive_to = \".\"", "*.csv", true),
        ("archive_to = \".\"", "list.csv", true),
        ("move_to = \"done\"", "*.csv", true),
        ("move_to = \"in/../in\"", "in", false),
        ("archive_to = \"in\"", "in", true),
    ] {
        job(&dir, keys, &format!("inputs = {inputs:?}"));
        list(&dir, "in/list.csv", 0..3);
        let doctor = |when: &str| {
            let (ended, seen) = dir.report(["doctor", "--offline"]);
            assert_eq!(ended.code, if fine { 0 } else { 2 }, "{keys} {inputs}, {when}: {ended:?}");
            assert_eq!(!fine, seen.to_string().contains("finds them again"), "{keys} {inputs}, {when}: {seen}");
        };
        doctor("with its list there");
        let ended = dir.run(["run", "nightly", "--now"]);
        assert_eq!(ended.code, if fine { 0 } else { 2 }, "{keys} {inputs}: {ended:?}");
        if !fine {
            ended.says("finds them again");
        }
        for place in ["in/list.csv", "list.csv"] {
            let _ = std::fs::remove_file(dir.path(place));
        }
        doctor("with its list to come");
        list(&dir, "list.csv", 0..3);
    }
}

/// A named pipe that nobody writes into.
fn pipe(dir: &Workdir, name: &str) {
    assert!(Command::new("mkfifo").arg(dir.path(name)).status().unwrap().success());
}

#[test]
fn a_list_that_is_no_file_is_refused_and_not_waited_for() {
    let dir = Workdir::new();
    std::fs::create_dir(dir.path("in")).unwrap();
    list(&dir, "list.csv", 0..3);
    pipe(&dir, "in/pipe.csv");
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, dir.path(name)).unwrap();
    link("/dev/null", "device.csv");
    link("in/pipe.csv", "linked.csv");
    let _socket = std::os::unix::net::UnixListener::bind(dir.path("socket.csv")).unwrap();
    let what = |path: &str| match path {
        "device.csv" => "a device",
        "socket.csv" => "a socket",
        _ => "a named pipe",
    };
    for (path, keys) in [
        ("in/pipe.csv", "inputs = \"in/pipe.csv\""),
        ("in/pipe.csv", "inputs = \"in\""),
        ("in/pipe.csv", "inputs = \"in/*.csv\""),
        ("in/pipe.csv", "inputs = [\"list.csv\", \"in/pipe.csv\"]"),
        ("linked.csv", "inputs = \"linked.csv\""),
        ("device.csv", "inputs = \"device.csv\""),
        ("socket.csv", "inputs = \"socket.csv\""),
        ("in/pipe.csv", "inputs = \"list.csv\"\nsuppress = \"in/pipe.csv\""),
    ] {
        job(&dir, "", keys);
        for command in [&["run", "nightly"][..], &["run", "nightly", "--dry-run"], &["doctor", "--offline"]] {
            let ended = dir.run(command);
            ended.code(2);
            let said = format!("{}{}", ended.stdout, ended.stderr);
            for words in [path, what(path), "reads files only", "written into a file"] {
                assert!(said.contains(words), "{command:?} with {keys} does not say {words:?}: {ended:?}");
            }
        }
    }
    dir.file(
        "rollcall.toml",
        "[jobs.out.export]\nsandbox = true\ngroups = \"News\"\noutput = \"out.csv\"\njoin = \"in/pipe.csv\"\n",
    );
    dir.run(["run", "out"]).code(2).says("reads files only");
    dir.run(["doctor", "--offline"]).code(2);
}

#[test]
fn a_pipe_is_read_by_hand_and_by_a_job_that_is_piped_into() {
    let dir = Workdir::new();
    pipe(&dir, "pipe.csv");
    let written = std::thread::spawn({
        let pipe = dir.path("pipe.csv");
        move || std::fs::write(pipe, "phone\n+12125550100\n").unwrap()
    });
    dir.run(["check", "pipe.csv"]).code(0);
    written.join().unwrap();
    list(&dir, "list.csv", 0..3);
    for stdin in ["-", "/dev/stdin"] {
        let mut cat = Command::new("cat");
        let mut cat = cat.arg(dir.path("list.csv")).stdout(Stdio::piped()).spawn().unwrap();
        end(dir.command(["check", stdin]).stdin(cat.stdout.take().unwrap())).code(0);
        cat.wait().unwrap();
    }
    job(&dir, "", "inputs = \"-\"");
    end(dir.command(["run", "nightly"]).stdin(File::open(dir.path("list.csv")).unwrap())).code(0);
}
