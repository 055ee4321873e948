//! Every fault with every mode, and all of them at once: the members end exactly right.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use rollcall::apply::Applied;
use rollcall::groups::GroupsApi;
use rollcall::groups::{Client, Connection, Credentials, Endpoint, GroupsEvent, Rate, Secret};
use rollcall::numbers::NumberSet;
use rollcall::plan::Mode;
use rollcall::sandbox::{Fault, Rules, Running, Sandbox, Settings};
use tokio_util::sync::CancellationToken;

use super::{Cut, Room, number, numbers, wanted};
use crate::workdir::{Served, Workdir};

const MODES: [Mode; 4] = [Mode::Add, Mode::Remove, Mode::Sync, Mode::Replace];

async fn sandbox(faults: &str, seed: u64, refuse: &NumberSet) -> Running {
    let rules = Rules { refuse: refuse.iter().collect(), ..Rules::default() };
    let settings = Settings {
        faults: faults.parse().unwrap(),
        seed,
        rules,
        slow_for: Duration::from_millis(20),
        ..Settings::default()
    };
    Sandbox::start(settings).await.unwrap()
}

/// A patient client, but for requests that hang.
fn client(running: &Running, rate: f64) -> Client {
    let endpoint = Endpoint::sandbox(&running.base_url()).unwrap();
    let connection = Connection {
        rate: Rate::per_second(rate).unwrap(),
        concurrency: NonZeroUsize::new(4).unwrap(),
        timeout: Duration::from_secs(1),
        retries: 20,
        ..Connection::new(endpoint, Credentials::Token(Secret::new(running.token())))
    };
    Client::connect(&connection, Arc::new(|_: &GroupsEvent| {}), CancellationToken::new()).unwrap()
}

/// Changes a group through these faults, resuming as often as it takes, and checks members and sums.
async fn through(faults: &str, seed: u64, mode: Mode) -> HashMap<Fault, usize> {
    let (live, listed, refuses) = (numbers(0..60), numbers(30..90), numbers([35, 71, 80]));
    let running = sandbox(faults, seed, &refuses).await;
    // The group is made without HTTP, and without the number that it would refuse.
    let live = live.difference(&refuses);
    let room = Room::with(client(&running, 5_000.0), running.store(), &live).await;
    let cut = Cut { chunk_size: 7, concurrency: 4, atomic: false };
    let (run, mut applied) = room.change(mode, &listed, &live, cut).await;
    let mut resumptions = 0;
    while !applied.is_complete() || applied.verified().is_none() {
        resumptions += 1;
        assert!(resumptions < 10, "{faults}, seed {seed}, {mode:?}: {:?}", applied.groups[0].failure);
        let now = running.store().members(room.group()).await.unwrap();
        applied = room.resume(&run, &now, cut).await;
    }
    let goal = wanted(mode, &listed, &live).difference(&refuses);
    let members = running.store().members(room.group()).await.unwrap();
    assert!(members == goal, "{faults}, seed {seed}, {mode:?}");
    check_sums(&applied, &live, &goal, mode, &refuses.intersection(&listed));
    let mut struck = HashMap::new();
    for entry in running.log().entries() {
        if let Some(fault) = entry.fault {
            *struck.entry(fault).or_default() += 1;
        }
    }
    struck
}

fn check_sums(applied: &Applied, live: &NumberSet, goal: &NumberSet, mode: Mode, refused: &NumberSet) {
    let group = &applied.groups[0];
    let count = |set: &NumberSet| u64::try_from(set.len()).unwrap();
    assert_eq!(applied.verified(), Some(true), "{mode:?}");
    assert_eq!(group.added, count(&goal.difference(live)), "{mode:?}");
    assert_eq!(group.removed, count(&live.difference(goal)), "{mode:?}");
    // Nobody who is refused is a member, so that there is nothing to remove.
    assert_eq!(group.refused, if mode == Mode::Remove { 0 } else { count(refused) }, "{mode:?}");
    let check = group.check.as_ref().unwrap();
    assert_eq!((check.after, check.astray, check.joined, check.left), (count(goal), 0, 0, 0), "{mode:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_with_every_mode() {
    for mode in MODES {
        let struck = join_all(Fault::ALL.map(|fault| async move {
            let struck = through(&format!("{fault}=0.3"), 11, mode).await;
            (fault, struck.get(&fault).copied().unwrap_or_default())
        }));
        for (fault, times) in struck.await {
            assert!(times > 0, "{fault} has not happened under {mode:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_of_all_requests_go_wrong() {
    let faults = "429=0.04,500=0.04,503=0.04,reset=0.05,lost=0.05,hang=0.01,slow=0.02,truncate=0.05";
    let seeds = [1, 2, 3].into_iter().flat_map(|seed| MODES.map(|mode| (seed, mode)));
    join_all(seeds.map(|(seed, mode)| through(faults, seed, mode))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_run_keeps_to_the_rate_also_when_it_has_to_search() {
    let refuses = numbers([3, 50, 99]);
    let running = sandbox("500=0.1", 5, &refuses).await;
    let room = Room::with(client(&running, 20.5), running.store(), &NumberSet::new()).await;
    let cut = Cut { chunk_size: 3, concurrency: 8, atomic: false };
    let (_, applied) = room.change(Mode::Add, &(0..100).map(number).collect(), &NumberSet::new(), cut).await;
    assert_eq!((applied.is_complete(), applied.groups[0].refused), (true, 3));
    let at: Vec<jiff::Timestamp> = running.log().entries().iter().map(|entry| entry.at).collect();
    assert!(at.len() > 36, "34 chunks, a search, and repeats");
    // A tenth of a second is left to the way between.
    let window = jiff::SignedDuration::from_millis(900);
    let within =
        |from: &jiff::Timestamp| at.iter().filter(|at| *at >= from && at.duration_since(*from) < window).count();
    let most = at.iter().map(within).max();
    assert!(most <= Some(20), "{most:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_retry_after_nobody_sends() {
    // The sandbox's own limit answers 429 with `Retry-After`: 20 a second are too many for it.
    let settings = Settings { rate_limit: Some("8/s".parse().unwrap()), ..Settings::default() };
    let running = Sandbox::start(settings).await.unwrap();
    let room = Room::with(client(&running, 40.0), running.store(), &NumberSet::new()).await;
    let cut = Cut { chunk_size: 4, concurrency: 4, atomic: false };
    let (_, applied) = room.change(Mode::Add, &numbers(0..100), &NumberSet::new(), cut).await;
    assert_eq!(applied.verified(), Some(true));
    let entries = running.log().entries();
    let throttled: Vec<_> = entries.iter().filter(|entry| entry.status == Some(429)).collect();
    assert!(!throttled.is_empty(), "it has never been asked to wait");
    for told in &throttled {
        // What was under way when the answer came may still arrive, at most as many as may be outstanding.
        let pause = told.at + jiff::SignedDuration::from_millis(150)..told.at + jiff::SignedDuration::from_millis(900);
        let within = entries.iter().filter(|entry| pause.contains(&entry.at)).count();
        assert!(within <= 1, "{within} requests while everybody was to wait");
    }
}

#[test]
fn a_limit_on_outstanding_requests_is_found_once_and_kept_to() {
    let dir = Workdir::new();
    let log = dir.path("requests.log");
    let flags = ["--max-outstanding", "2", "--latency", "15", "--request-log", log.to_str().unwrap()];
    let served = Served::start(&dir, &flags);
    let list: Vec<String> = (0..800).map(|place| format!("+1201{:07}", 2_000_000 + place * 7)).collect();
    dir.file("list.csv", format!("phone\n{}\n", list.join("\n")));
    let mut args = vec!["import", "list.csv", "--group", "News", "--create", "--concurrency", "8", "--rate", "1000"];
    args.extend(["--chunk-size", "10", "--json"]);
    let out = served.command(&dir, &args).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((out.status.code(), &report["members"]["added"]), (Some(0), &800.into()), "{report}");
    // Eight at once, four, two and back by steps: what is too many is met once at each width.
    assert!(report["requests"]["throttled"].as_u64().unwrap() <= 20, "{}", report["requests"]);
    let log = dir.read("requests.log");
    let late =
        log.lines().filter(|line| line.contains(" add=")).rev().take(40).filter(|line| line.contains(" 429")).count();
    assert_eq!(late, 0, "settled: {log}");
}
