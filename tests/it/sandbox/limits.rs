//! Too many requests, latency, and what is written down of it all.

use std::time::Duration;

use rollcall::groups::GroupsApi;
use rollcall::sandbox::{Counts, Settings};

use super::*;

#[tokio::test]
async fn past_the_rate_a_request_is_429_and_told_when_to_come_again() {
    let rate_limit = Some("0.001/s".parse().unwrap());
    let world = World::new(Settings { rate_limit, ..Settings::default() }).await;
    assert_eq!(world.get("/groups").await.status, 200);
    let refused = world.post("/groups", json!({})).await;
    assert_eq!(refused.problem(), (429, "too_many_requests".to_owned()));
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((900..=1000).contains(&wait), "{wait}");
    assert_eq!(world.sandbox.store().list(0, 1).await.unwrap().count, 0, "not applied");
}

#[tokio::test]
async fn past_the_outstanding_requests_a_request_is_429() {
    let latency = Duration::from_hours(1);
    let world = World::new(Settings { max_outstanding: Some(2), latency, ..Settings::default() }).await;
    let waiting: Vec<_> = (0..2).map(|_| tokio::spawn(world.request(Method::GET, "/groups", None).send())).collect();
    while world.sandbox.outstanding() < 2 {
        tokio::task::yield_now().await;
    }
    let refused = world.get("/groups").await;
    assert_eq!(refused.problem(), (429, "too_many_requests".to_owned()));
    assert!(refused.json()["text"].as_str().unwrap().contains("too many outstanding requests"), "{}", refused.text);
    assert!(refused.headers.get("retry-after").is_none(), "none is documented");
    for request in waiting {
        request.abort();
    }
    while world.sandbox.outstanding() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn latency_holds_every_request_back() {
    let world = World::new(Settings { latency: Duration::from_hours(1), ..Settings::default() }).await;
    let request = world.request(Method::POST, "/groups", Some("{}".to_owned()));
    let impatient = request.timeout(Duration::from_millis(50));
    assert!(finish(impatient).await.unwrap_err().is_timeout());
    assert_eq!(world.sandbox.store().list(0, 1).await.unwrap().count, 0);
}

#[tokio::test]
async fn the_log_tells_what_was_asked_and_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("requests.log");
    let faults = "lost=0".parse().unwrap();
    let world = World::new(Settings { log: Some(file.clone()), faults, ..Settings::default() }).await;
    let group = world.group(json!({ "members": numbers(0..3) })).await;
    world.post(&group, json!({ "add": numbers(3..5), "remove": [number(0)] })).await.ok();
    world.members(&group).await;
    world.get(&format!("/groups/{}", number(7))).await;
    world.get("/groups?page=0&page_size=100").await.ok();

    let entries = world.sandbox.log().entries();
    let plan = world.sandbox.plan();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (entry.ordinal, entry.method.as_str(), entry.path.clone(), entry.counts, entry.status))
        .collect();
    let none = Counts::default();
    let base = format!("/xms/v1/{plan}");
    assert_eq!(
        told,
        [
            (1, "POST", format!("{base}/groups"), Counts { members: Some(3), ..none }, Some(201)),
            (2, "POST", format!("{base}{group}"), Counts { add: Some(2), remove: Some(1), ..none }, Some(200)),
            (3, "GET", format!("{base}{group}/members"), Counts { members: Some(4), ..none }, Some(200)),
            (4, "GET", format!("{base}/groups/…"), none, Some(404)),
            (5, "GET", format!("{base}/groups?page=0&page_size=100"), none, Some(200)),
        ]
    );
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(written.lines().count(), 5);
    assert!(written.lines().nth(1).unwrap().ends_with(&format!("POST {base}{group} add=2 remove=1 200")), "{written}");
    for number in digits(0..8) {
        assert!(!written.contains(&number), "{written}");
    }
}

#[tokio::test]
async fn requests_in_flight_are_finished_when_it_stops() {
    let settings = Settings { latency: Duration::from_millis(100), ..Settings::default() };
    let World { sandbox, http } = World::new(settings).await;
    let (url, token) = (format!("{}/groups", sandbox.base_url()), sandbox.token().to_owned());
    let store = sandbox.store().clone();
    let call = tokio::spawn(async move {
        let request = http.post(url).bearer_auth(token).header(CONTENT_TYPE, "application/json").body("{}");
        finish(request).await.unwrap().status
    });
    while sandbox.outstanding() == 0 {
        tokio::task::yield_now().await;
    }
    let address = sandbox.address();
    sandbox.stop().await;
    assert_eq!(call.await.unwrap(), 201);
    assert_eq!(store.list(0, 1).await.unwrap().count, 1);
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
