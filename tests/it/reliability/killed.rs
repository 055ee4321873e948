//! Killed at every send, and at every write that the ledger relies on, twice in a row: whoever goes on ends where an
//! uninterrupted run does.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::process::{Command, ExitStatus, Stdio};

use rollcall::groups::{GroupsApi, NewGroup};
use rollcall::numbers::NumberSet;
use rollcall::sandbox::{Running, Sandbox, Settings};

use crate::kill::{End, killed_at_send};
use crate::tools::{found, runs};

use super::{number, numbers};
use crate::workdir::{Workdir, end};

/// Enough for a few chunks in both directions.
const LISTED: std::ops::Range<u64> = 10..45;
const LIVE: std::ops::Range<u64> = 0..20;

const SYNC: [&str; 17] = [
    "import",
    "list.csv",
    "--group",
    "News",
    "--mode",
    "sync",
    "--max-remove",
    "100%",
    "--chunk-size",
    "5",
    "--rate",
    "1000",
    "--concurrency",
    "2",
    "--create",
    "--retries",
    "2",
];

/// A group that is to become the list, or is still to be made.
struct Scene {
    dir: Workdir,
    running: Running,
}

impl Scene {
    async fn new(made: bool) -> Self {
        let dir = Workdir::new();
        let running = Sandbox::start(Settings::default()).await.unwrap();
        if made {
            let members = numbers(LIVE).iter().collect();
            let new = NewGroup { name: Some("News".to_owned()), members, ..NewGroup::default() };
            running.store().create(&new).await.unwrap();
        }
        let list = LISTED.fold("phone\n".to_owned(), |mut text, index| {
            writeln!(text, "{}", number(index)).unwrap();
            text
        });
        dir.file("list.csv", list);
        Self { dir, running }
    }

    fn import(&self) -> Command {
        let mut command = self.dir.command(SYNC);
        command.env("ROLLCALL_BASE_URL", self.running.base_url()).env("SINCH_API_TOKEN", self.running.token());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn resume(&self) -> Command {
        let mut command = self.dir.command(["runs", "resume", "--rate", "1000"]);
        command.env("SINCH_API_TOKEN", self.running.token());
        command
    }

    /// Goes on to the end, and compares: by resuming where something was begun, else by the same command again.
    async fn ends_right(&self, when: &str) {
        let mut resume = self.resume();
        let ended = tokio::task::spawn_blocking(move || end(&mut resume)).await.unwrap();
        assert_eq!(ended.code, 0, "{when}: {ended:?}");
        let resumed = !ended.stderr.contains("nothing to resume");
        if !resumed {
            let mut command = self.import();
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            let ended = tokio::task::spawn_blocking(move || end(&mut command)).await.unwrap();
            assert_eq!(ended.code, 0, "{when}: {ended:?}");
        }
        let groups = self.running.store().list(0, 10).await.unwrap().groups;
        assert_eq!(groups.len(), 1, "{when}: made twice, or not at all");
        let members = self.running.store().members(&groups[0].id).await.unwrap();
        assert!(members == numbers(LISTED), "{when}, resumed: {resumed}");
    }

    /// The same command again, whatever was begun, as a job of every night does it.
    async fn ends_right_by_itself(&self, when: &str) {
        let mut command = self.import();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let ended = tokio::task::spawn_blocking(move || end(&mut command)).await.unwrap();
        assert_eq!(ended.code, 0, "{when}: {ended:?}");
        let groups = self.running.store().list(0, 10).await.unwrap().groups;
        let members = self.running.store().members(&groups[0].id).await.unwrap();
        assert!(groups.len() == 1 && members == numbers(LISTED), "{when}, imported again");
    }

    /// Whoever is neither listed nor was a member is never one; whoever is listed and was one stays.
    async fn harms_nobody(&self, made: bool, when: &str) {
        for group in self.running.store().list(0, 10).await.unwrap().groups {
            let members = self.running.store().members(&group.id).await.unwrap();
            let known: NumberSet = numbers(LIVE).union(&numbers(LISTED));
            assert!(members.difference(&known).is_empty(), "{when}");
            if made {
                let stay = numbers(LIVE).intersection(&numbers(LISTED));
                assert!(stay.difference(&members).is_empty(), "{when}: somebody was removed who was to stay");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_every_send_changes_nothing_about_the_end() {
    for made in [true, false] {
        let (mut killed, mut missed, mut sends) = (0, 0, 1);
        loop {
            let when = format!("killed at send {sends}, group made before: {made}");
            let scene = Scene::new(made).await;
            match killed_at_send(&scene.running, scene.import(), sends).await {
                End::Whole => break,
                // On a busy machine; once more.
                End::Missed if missed < 5 => {
                    missed += 1;
                    continue;
                }
                End::Missed => {}
                End::Killed => killed += 1,
            }
            missed = 0;
            scene.harms_nobody(made, &when).await;
            if sends % 3 == 0 {
                killed_at_send(&scene.running, scene.import(), sends).await;
                scene.harms_nobody(made, &when).await;
                scene.ends_right_by_itself(&when).await;
            } else {
                killed_at_send(&scene.running, scene.resume(), sends.div_ceil(2)).await;
                scene.harms_nobody(made, &when).await;
                scene.ends_right(&when).await;
            }
            sends += 1;
        }
        assert!(killed > 5, "only {killed} sends");
    }
}

/// Whether calls of the system can be made to fail here.
fn has_strace() -> bool {
    let has = runs("strace", &["-f", "-o", "/dev/null", "-e", "trace=fsync", "true"]).then_some(());
    found(has, "no strace here, or no right to trace; nothing is killed at the ledger's writes").is_some()
}

/// The same command under strace, which does this to the n-th of these calls of a thread.
fn injected(command: &Command, calls: &str, what: &str, nth: usize) -> Command {
    let mut traced = Command::new("strace");
    traced.args(["-f", "-o", "/dev/null", "-e", &format!("trace={calls}")]);
    traced.args(["-e", &format!("inject={calls}:{what}:when={nth}"), "--"]);
    traced.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => traced.env(name, value),
            None => traced.env_remove(name),
        };
    }
    traced.current_dir(command.get_current_dir().unwrap());
    traced.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    traced
}

async fn wait(mut command: Command) -> ExitStatus {
    tokio::task::spawn_blocking(move || command.status().unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_every_write_of_the_ledger_changes_nothing_about_the_end() {
    if !has_strace() {
        return;
    }
    for calls in ["fsync,fdatasync", "pwrite64", "rename,renameat,renameat2"] {
        let mut killed = BTreeSet::new();
        // Writes come by the dozen; every one at first, then fewer and fewer.
        let mut nth = 1;
        loop {
            let when = format!("killed at {calls} {nth}");
            let made = nth % 2 == 0;
            let scene = Scene::new(made).await;
            if wait(injected(&scene.import(), calls, "signal=KILL", nth)).await.success() {
                break;
            }
            killed.insert(nth);
            scene.harms_nobody(made, &when).await;
            wait(injected(&scene.resume(), calls, "signal=KILL", nth)).await;
            scene.harms_nobody(made, &when).await;
            scene.ends_right(&when).await;
            nth += 1 + nth / 8;
        }
        assert!(calls.starts_with("rename") || killed.len() > 5, "{calls}: {killed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_at_any_write_is_an_error_and_no_damage() {
    if !has_strace() {
        return;
    }
    for (calls, error) in [("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("fsync,fdatasync", "EIO")] {
        let mut failed = 0;
        let mut nth = 1;
        while nth < 120 {
            let when = format!("{error} at {calls} {nth}");
            let scene = Scene::new(true).await;
            match wait(injected(&scene.import(), calls, &format!("error={error}"), nth)).await.code() {
                Some(0) => {}
                Some(1) => failed += 1,
                code => panic!("{when}: {code:?}"),
            }
            scene.harms_nobody(true, &when).await;
            if nth % 2 == 0 {
                scene.ends_right_by_itself(&when).await;
            } else {
                scene.ends_right(&when).await;
            }
            nth += 1 + nth / 4;
        }
        assert!(failed > 2, "{error} at {calls} was never felt");
    }
}
