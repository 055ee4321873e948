//! Killed at every send, and at every write that the ledger relies on, twice in a row: whoever goes on ends where an
//! uninterrupted run does.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::process::{Command, ExitStatus, Stdio};

use rollcall::groups::{GroupsApi, NewGroup};
use rollcall::numbers::NumberSet;

use crate::kill::{RESUME, World, killed_at_every_send};
use crate::tools::{found, runs};

use super::{number, numbers};

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
async fn scene(made: bool) -> World {
    let world = World::new().await;
    if made {
        let members = numbers(LIVE).iter().collect();
        let new = NewGroup { name: Some("News".to_owned()), members, ..NewGroup::default() };
        world.running.store().create(&new).await.unwrap();
    }
    let list = LISTED.fold("phone\n".to_owned(), |mut text, index| {
        writeln!(text, "{}", number(index)).unwrap();
        text
    });
    world.dir.file("list.csv", list);
    world
}

/// Goes on to the end, and compares: by resuming where something was begun, else by the same command again.
async fn ends_right(world: &World, when: &str) {
    let ended = world.end(&RESUME).await;
    assert_eq!(ended.code, 0, "{when}: {ended:?}");
    if ended.stderr.contains("nothing to resume") {
        ends_right_by_itself(world, when).await;
    } else {
        is_the_list(world, &format!("{when}, resumed")).await;
    }
}

/// The same command again, whatever was begun, as a job of every night does it.
async fn ends_right_by_itself(world: &World, when: &str) {
    let ended = world.end(&SYNC).await;
    assert_eq!(ended.code, 0, "{when}: {ended:?}");
    is_the_list(world, &format!("{when}, imported again")).await;
}

async fn is_the_list(world: &World, when: &str) {
    let groups = world.running.store().list(0, 10).await.unwrap().groups;
    assert_eq!(groups.len(), 1, "{when}: made twice, or not at all");
    let members = world.running.store().members(&groups[0].id).await.unwrap();
    assert!(members == numbers(LISTED), "{when}");
}

/// Whoever is neither listed nor was a member is never one; whoever is listed and was one stays.
async fn nobody_is_harmed(world: &World, made: bool, when: &str) {
    for group in world.running.store().list(0, 10).await.unwrap().groups {
        let members = world.running.store().members(&group.id).await.unwrap();
        let known: NumberSet = numbers(LIVE).union(&numbers(LISTED));
        assert!(members.difference(&known).is_empty(), "{when}");
        if made {
            let stay = numbers(LIVE).intersection(&numbers(LISTED));
            assert!(stay.difference(&members).is_empty(), "{when}: somebody was removed who was to stay");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_every_send_changes_nothing_about_the_end() {
    for made in [true, false] {
        let killed = killed_at_every_send(&scene(made).await, &SYNC, 1, async |world, moment| {
            let when = format!("{moment:?}, group made before: {made}");
            nobody_is_harmed(&world, made, &when).await;
            if moment.send % 3 == 0 {
                world.killed_at(&SYNC, moment).await;
                nobody_is_harmed(&world, made, &when).await;
                ends_right_by_itself(&world, &when).await;
            } else {
                world.killed_at(&RESUME, moment.next()).await;
                nobody_is_harmed(&world, made, &when).await;
                ends_right(&world, &when).await;
            }
        })
        .await;
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
            let world = scene(made).await;
            if wait(injected(&world.command(&SYNC), calls, "signal=KILL", nth)).await.success() {
                break;
            }
            killed.insert(nth);
            nobody_is_harmed(&world, made, &when).await;
            wait(injected(&world.command(&RESUME), calls, "signal=KILL", nth)).await;
            nobody_is_harmed(&world, made, &when).await;
            ends_right(&world, &when).await;
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
            let world = scene(true).await;
            match wait(injected(&world.command(&SYNC), calls, &format!("error={error}"), nth)).await.code() {
                Some(0) => {}
                Some(1) => failed += 1,
                code => panic!("{when}: {code:?}"),
            }
            nobody_is_harmed(&world, true, &when).await;
            if nth % 2 == 0 {
                ends_right_by_itself(&world, &when).await;
            } else {
                ends_right(&world, &when).await;
            }
            nth += 1 + nth / 4;
        }
        assert!(failed > 2, "{error} at {calls} was never felt");
    }
}
