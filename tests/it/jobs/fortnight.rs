//! Fourteen nights of one job, with all that befalls a nightly job, on a server of its own. In the end group, ledger,
//! reports, hooks and exit codes are as a careful person would want them.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::process::Stdio;
use std::time::Duration;

use rollcall::groups::{Group, GroupUpdate, GroupsApi};
use rollcall::numbers::Msisdn;
use rollcall::sandbox::{Running, Sandbox, Secret, Settings};
use serde_json::Value;

use super::listener::Listener;
use crate::workdir::{Workdir, end};

/// A valid American number.
fn number(index: u64) -> Msisdn {
    Msisdn::from_value(12_125_550_100 + index).unwrap()
}

fn range(indexes: std::ops::Range<u64>) -> BTreeSet<u64> {
    indexes.collect()
}

/// A fortnight of the job `nightly`.
struct Fortnight {
    dir: Workdir,
    runtime: tokio::runtime::Runtime,
    running: Running,
    chat: Listener,
    monitor: Listener,
    exits: Vec<Option<i32>>,
}

impl Fortnight {
    fn new() -> Self {
        let dir = Workdir::new();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let settings = Settings { token: Secret::new("t0ken"), ..Settings::default() };
        let running = runtime.block_on(Sandbox::start(settings)).unwrap();
        let (chat, monitor) = (Listener::start(200), Listener::start(200));
        let config = format!(
            "[profiles.default]\nbase_url = {:?}\ntoken_env = \"TOKEN\"\nrate = 500\nchunk_size = 2\nconcurrency = 1\n\
             retries = 0\n\
             [[hooks]]\non = [\"brake\", \"failure\", \"recovery\"]\nurl = {:?}\n\
             [[hooks]]\non = [\"start\", \"success\"]\nurl = {:?}\n\
             [jobs.nightly]\nsettle = \"0s\"\nmetrics = \"rollcall.prom\"\nlog_file = \"rollcall.log\"\n\
             [jobs.nightly.import]\ninputs = \"list.csv\"\ngroup = \"News\"\nmode = \"sync\"\ncreate = true\n",
            running.base_url(),
            chat.url,
            monitor.url
        );
        dir.file("rollcall.toml", config);
        Self { dir, runtime, running, chat, monitor, exits: Vec::new() }
    }

    fn list(&self, indexes: impl IntoIterator<Item = u64>, more: &str) {
        let text = indexes.into_iter().fold("phone\n".to_owned(), |mut text, index| {
            writeln!(text, "{}", number(index)).unwrap();
            text
        });
        self.dir.file("list.csv", text + more);
    }

    fn group(&self) -> Group {
        self.runtime.block_on(self.running.store().list(0, 10)).unwrap().groups.remove(0)
    }

    fn members(&self) -> BTreeSet<u64> {
        let id = self.group().id;
        let members = self.runtime.block_on(self.running.store().members(&id)).unwrap();
        members.iter().map(|member| member.value() - number(0).value()).collect()
    }

    /// People come and go by themselves.
    fn moves(&self, come: &[u64], go: &[u64]) {
        let numbers = |indexes: &[u64]| indexes.iter().map(|&index| number(index)).collect();
        let update = GroupUpdate { add: numbers(come), remove: numbers(go), ..GroupUpdate::default() };
        self.runtime.block_on(self.running.store().update(&self.group().id, &update)).unwrap();
    }

    fn command(&self) -> std::process::Command {
        let mut command = self.dir.command(["run", "nightly", "--json"]);
        command.env("TOKEN", "t0ken");
        command
    }

    /// Spends a night, and says what was told to the chat and to the monitor.
    fn night(&mut self, code: i32, chat: &[&str], monitor: &[&str]) -> Value {
        let mut command = self.command();
        self.spend(&mut command, code, chat, monitor)
    }

    fn spend(&mut self, command: &mut std::process::Command, code: i32, chat: &[&str], monitor: &[&str]) -> Value {
        let ended = end(command);
        let night = self.exits.len() + 1;
        assert_eq!(ended.code, code, "night {night}: {ended:?}");
        assert!(!ended.stderr.contains("2125550"), "night {night}: a number was told: {ended:?}");
        self.exits.push(Some(code));
        assert_eq!((self.chat.events(), self.monitor.events()), (words(chat), words(monitor)), "night {night}");
        serde_json::from_str(&ended.stdout).unwrap_or(Value::Null)
    }

    /// A night that is killed when so many requests have changed the group.
    fn killed_night(&mut self, changes: usize) {
        let sent = |running: &Running| {
            let log = running.log().entries();
            log.iter().filter(|entry| entry.counts.add.is_some()).count()
        };
        let before = sent(&self.running);
        let mut command = self.command();
        command.arg("--config").arg(self.dir.path("slow.toml"));
        let slow = self.dir.read("rollcall.toml").replace("rate = 500", "rate = 4");
        self.dir.file("slow.toml", slow);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while sent(&self.running) < before + changes {
            assert!(child.try_wait().unwrap().is_none(), "the night was over before it was killed");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        self.exits.push(child.wait().unwrap().code());
        assert_eq!((self.chat.events(), self.monitor.events()), (words(&[]), words(&["start"])));
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn tripped(report: &Value) -> BTreeSet<&str> {
    let brakes = report["brakes"].as_array().unwrap().iter().filter(|brake| brake["tripped"] == true);
    brakes.map(|brake| brake["name"].as_str().unwrap()).collect()
}

const WELL: &[&str] = &["start", "success"];
const ILL: &[&str] = &["start"];

#[test]
fn a_fortnight_ends_as_a_careful_person_would_want() {
    let mut all = Fortnight::new();
    // 1: the first night. 2: the same list. 3: four more people.
    all.list(range(0..40), "");
    all.night(0, &[], WELL);
    let report = all.night(0, &[], WELL);
    assert_eq!(report["skipped"], true, "{report}");
    all.list(range(0..44), "");
    all.night(0, &[], WELL);
    assert_eq!(all.members(), range(0..44));
    // 4: two have left, and the list still names them.
    all.moves(&[], &[5, 6]);
    let report = all.night(0, &[], WELL);
    assert_eq!((&report["members"]["added"], &report["members"]["left"]), (&0.into(), &2.into()), "{report}");
    // 5: two are gone from the list, two are new.
    let fifth: BTreeSet<u64> = (0..46).filter(|index| ![10, 11].contains(index)).collect();
    all.list(fifth.clone(), "");
    all.night(0, &[], WELL);
    let members: BTreeSet<u64> = fifth.iter().copied().filter(|index| ![5, 6].contains(index)).collect();
    assert_eq!(all.members(), members);
    // 6 and 7: the list is truncated. 8: it is whole again.
    all.list(range(0..9), "");
    let report = all.night(4, &["brake"], ILL);
    assert_eq!(tripped(&report), ["remove", "shrink"].into());
    all.night(4, &["failure"], ILL);
    assert_eq!(all.members(), members);
    all.list(fifth.clone(), "");
    all.night(0, &["recovery"], WELL);
    assert_eq!(all.members(), members);
    // 9: the provider cannot be reached.
    let tenth: BTreeSet<u64> = (0..60).filter(|index| ![10, 11].contains(index)).collect();
    all.list(tenth.clone(), "");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let plan = all.running.base_url().rsplit('/').next().unwrap().to_owned();
    let mut outage = all.command();
    outage.env("ROLLCALL_BASE_URL", format!("http://127.0.0.1:{port}/xms/v1/{plan}"));
    all.spend(&mut outage, 5, &["failure"], ILL);
    // 10: the machine goes down in the middle. 11: it is up again.
    all.killed_night(2);
    let halfway = all.members();
    assert!(halfway.is_superset(&members) && halfway.len() < members.len() + 14, "{halfway:?}");
    all.night(0, &["recovery"], WELL);
    let members: BTreeSet<u64> = tenth.iter().copied().filter(|index| ![5, 6].contains(index)).collect();
    assert_eq!(all.members(), members);
    // 12: the list has lost its plus signs.
    let mut stripped = "phone\n".to_owned();
    for index in &tenth {
        writeln!(stripped, "{}", number(*index).value()).unwrap();
    }
    all.dir.file("list.csv", stripped);
    let report = all.night(4, &["brake"], ILL);
    assert!(tripped(&report).contains("plus_stripped"), "{report}");
    assert_eq!(all.members(), members);
    // 13: it has them again, and two rows that nobody can read.
    all.list(tenth.clone(), "nobody\n+1212\n");
    all.night(3, &["recovery"], WELL);
    // 14: one of those who had left is back by herself, and somebody has joined whom no list names.
    all.moves(&[5, 90], &[]);
    let report = all.night(3, &[], WELL);
    assert_eq!(report["skipped"], Value::Null, "{report}");
    let members: BTreeSet<u64> = tenth.into_iter().filter(|index| *index != 6).chain([90]).collect();
    assert_eq!(all.members(), members);
    ledger_and_papers(&all);
}

/// What is written down of it.
fn ledger_and_papers(all: &Fortnight) {
    let codes = [0, 0, 0, 0, 0, 4, 4, 0, 5, -1, 0, 4, 3, 3].map(|code| (code >= 0).then_some(code));
    assert_eq!(all.exits, codes);
    let json = |args: &[&str]| -> Value {
        let mut command = all.dir.command(args.iter().chain(&["--json"]));
        serde_json::from_str(&end(command.env("TOKEN", "t0ken")).stdout).unwrap()
    };
    let runs = json(&["runs", "list"]);
    let runs = runs.as_array().or_else(|| runs["runs"].as_array()).unwrap();
    // Nights that were skipped, stopped by a brake or without a provider are no runs: they have changed nothing.
    let states: Vec<&str> = runs.iter().rev().map(|run| run["state"].as_str().unwrap()).collect();
    let verified = |count| std::iter::repeat_n("verified", count);
    let wanted: Vec<&str> = verified(5).chain(["abandoned"]).chain(verified(3)).collect();
    assert_eq!(states, wanted);
    let left = json(&["leavers", "list"]);
    let left: Vec<&str> = left.as_array().unwrap().iter().map(|row| row["msisdn"].as_str().unwrap()).collect();
    assert_eq!(left, [number(6).to_string()]);
    let mut reports: Vec<_> = std::fs::read_dir(all.dir.path("state/jobs/nightly/reports")).unwrap().collect();
    reports.sort_by_key(|entry| entry.as_ref().unwrap().metadata().unwrap().modified().unwrap());
    let exits: Vec<i32> = reports
        .into_iter()
        .map(|entry| {
            let report: Value = serde_json::from_slice(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
            i32::try_from(report["exit"].as_i64().unwrap()).unwrap()
        })
        .collect();
    // Of the night that was killed there is no report.
    let ended: Vec<i32> = codes.into_iter().flatten().collect();
    assert_eq!(exits, ended);
    let metrics = all.dir.read("rollcall.prom");
    assert!(metrics.contains("rollcall_job_exit_code{job=\"nightly\"} 3\n"), "{metrics}");
    assert!(metrics.contains("rollcall_group_members{job=\"nightly\",group=\"News\"} 58\n"), "{metrics}");
    let log = all.dir.read("rollcall.log");
    assert!(log.lines().all(|line| line.contains("run=")) && !log.contains("2125550"), "{log}");
}
