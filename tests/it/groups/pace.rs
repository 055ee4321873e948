//! How fast, how many at once, and who waits for whom.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use futures::future::join_all;
use rollcall::groups::{Client, Connection, ErrorClass, GroupId, GroupsApi, GroupsEvent, PauseReason, Rate};
use tokio_util::sync::CancellationToken;

use super::server::{GROUP, Reply, Server, answer, connect, silent};

fn rate(rate: f64) -> Rate {
    Rate::per_second(rate).unwrap()
}

async fn crowd(client: &Client, size: usize) {
    let calls = (0..size).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.retrieve(&GroupId::new("G1")).await.unwrap() })
    });
    for call in join_all(calls).await {
        call.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_second_holds_more_than_the_rate() {
    let server = Server::playing(vec![answer(200, GROUP)]).await;
    let client =
        connect(&Connection { rate: rate(20.5), concurrency: NonZeroUsize::new(50).unwrap(), ..server.connection() });
    crowd(&client, 32).await;
    let at: Vec<Instant> = server.requests().iter().map(|request| request.at).collect();
    // A tenth of a second is left to the way between: unpaced, all would come at once; in bursts, 32 in a second.
    let window = Duration::from_millis(900);
    let within = |from: &Instant| at.iter().filter(|at| *at >= from && **at - *from < window).count();
    let most = at.iter().map(within).max();
    assert!(most <= Some(20), "{most:?}");
}

#[tokio::test]
async fn a_slow_rate_holds_even_the_second_request() {
    let server = Server::playing(vec![answer(200, GROUP)]).await;
    let client = connect(&Connection { rate: rate(4.0), ..server.connection() });
    crowd(&client, 3).await;
    let at: Vec<Instant> = server.requests().iter().map(|request| request.at).collect();
    assert!(at.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(150)), "{at:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_are_outstanding_than_allowed() {
    let (busy, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let server = {
        let (busy, most) = (busy.clone(), most.clone());
        Server::start(move |_, _| {
            let now = busy.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(5));
            busy.fetch_sub(1, Ordering::SeqCst);
            answer(200, GROUP)
        })
        .await
    };
    let client = connect(&Connection { concurrency: NonZeroUsize::new(2).unwrap(), ..server.connection() });
    crowd(&client, 20).await;
    assert_eq!(server.count(), 20);
    assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
}

#[tokio::test]
async fn a_429_narrows_the_gate_and_says_so() {
    let server = Server::playing(vec![answer(429, ""), answer(200, GROUP)]).await;
    let events = Arc::new(Mutex::new(Vec::new()));
    let sink = {
        let events = events.clone();
        Arc::new(move |event: &GroupsEvent| events.lock().unwrap().push(event.clone()))
    };
    let client = Client::connect(&server.connection(), sink, CancellationToken::new()).unwrap();
    crowd(&client, 1).await;
    assert!(events.lock().unwrap().iter().any(|event| matches!(event, GroupsEvent::Narrowed { concurrency: 2 })));
    assert_eq!(client.stats().throttled, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sends_before_the_instant_that_the_provider_names() {
    let date =
        |ahead: u64| httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + ahead));
    let in_seconds = |status| answer(status, "").with("retry-after", "1");
    let by_date = |status| answer(status, "").with("retry-after", date(1)).with("date", date(0));
    let first = [in_seconds(429), in_seconds(503), by_date(429), by_date(503)];
    join_all(first.map(everybody_waits_a_second)).await;
}

/// The first request that arrives is told to wait a second; those already under way are answered.
async fn everybody_waits_a_second(first: Reply) {
    let server = Server::playing(vec![first.clone(), answer(200, GROUP)]).await;
    let paused = Arc::new(Mutex::new(Vec::new()));
    let sink = {
        let paused = paused.clone();
        Arc::new(move |event: &GroupsEvent| {
            if let GroupsEvent::Paused { wait, why } = event {
                paused.lock().unwrap().push((Instant::now(), *wait, *why));
            }
        })
    };
    let connection = Connection { rate: rate(20.0), ..server.connection() };
    let client = Client::connect(&connection, sink, CancellationToken::new()).unwrap();
    crowd(&client, 6).await;
    assert_eq!(server.count(), 7);
    let (told_at, wait, why) = paused.lock().unwrap()[0];
    assert_eq!(wait, Duration::from_secs(1));
    let throttled = matches!(first, Reply::Answer { status: 429, .. });
    assert_eq!(why, if throttled { PauseReason::TooManyRequests } else { PauseReason::Unavailable });
    // What was under way when the answer came may still arrive; at this rate the rest would follow soon.
    let quiet = told_at + Duration::from_millis(300)..told_at + wait;
    let within = server.requests().iter().filter(|request| quiet.contains(&request.at)).count();
    assert_eq!(within, 0, "requests within the pause after {first:?}");
}

#[tokio::test]
async fn a_429_costs_less_than_a_failure_and_no_retries_means_none() {
    let mut replies = vec![answer(429, "").with("retry-after", "0.01"); 4];
    replies.push(answer(200, GROUP));
    let server = Server::playing(replies).await;
    let client = connect(&Connection { retries: 1, ..server.connection() });
    crowd(&client, 1).await;
    assert_eq!(server.count(), 5);

    let server = Server::playing(vec![answer(429, "").with("retry-after", "0.01")]).await;
    let client = connect(&Connection { retries: 0, ..server.connection() });
    let error = client.retrieve(&GroupId::new("G1")).await.unwrap_err();
    assert_eq!((error.class, error.status, server.count()), (ErrorClass::NotApplied, Some(429), 1));
    assert!(error.hint().unwrap().contains("--rate"));
}

#[tokio::test]
async fn the_stop_signal_ends_a_long_pause() {
    let server = Server::playing(vec![answer(503, "").with("retry-after", "3600")]).await;
    let stop = CancellationToken::new();
    let sink = {
        let stop = stop.clone();
        Arc::new(move |event: &GroupsEvent| {
            if let GroupsEvent::Paused { wait, .. } = event {
                assert_eq!(*wait, Duration::from_mins(5), "no server stops us for longer");
                stop.cancel();
            }
        })
    };
    let client = Client::connect(&server.connection(), sink, stop).unwrap();
    assert!(client.retrieve(&GroupId::new("G1")).await.unwrap_err().interrupted);
}

#[tokio::test]
async fn the_stop_signal_ends_the_wait_of_those_who_queue() {
    let server = Server::playing(vec![Reply::After(Duration::from_millis(100), Box::new(answer(200, GROUP)))]).await;
    let stop = CancellationToken::new();
    let connection = Connection { rate: rate(0.01), concurrency: NonZeroUsize::MIN, ..server.connection() };
    let client = Client::connect(&connection, silent(), stop.clone()).unwrap();
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.retrieve(&GroupId::new("G1")).await })
        })
        .collect();
    while server.count() == 0 {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    let results: Vec<_> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(results.iter().filter(|result| result.as_ref().is_err_and(|error| error.interrupted)).count(), 4);
    assert_eq!(server.count(), 1);
}
