//! Every fault as a client meets it, and what it does to the group.

use std::error::Error;
use std::time::Duration;

use rollcall::groups::{GroupId, GroupsApi, NewGroup};
use rollcall::sandbox::{Fault, FaultPlan, Settings};

use super::*;

/// Short enough for a test, and not asserted on.
const SOON: Duration = Duration::from_millis(40);

/// A sandbox whose every request to the Groups API meets this fault, and a group in it, made without HTTP.
async fn struck(faults: &str) -> (World, String) {
    let faults: FaultPlan = faults.parse().unwrap();
    let world = World::new(Settings { faults, slow_for: SOON, hang_for: SOON, ..Settings::default() }).await;
    let members = numbers(0..3).iter().map(|number| number.parse().unwrap()).collect();
    let group = world.sandbox.store().create(&NewGroup { members, ..NewGroup::default() }).await.unwrap();
    (world, format!("/groups/{}", group.id))
}

/// How many members the group has, asked without HTTP.
async fn size(world: &World, group: &str) -> u64 {
    let id = GroupId::new(group.trim_start_matches("/groups/"));
    world.sandbox.store().retrieve(&id).await.unwrap().size.unwrap()
}

async fn add_one(world: &World, group: &str) -> reqwest::Result<Answer> {
    finish(world.request(Method::POST, group, Some(json!({ "add": [number(9)] }).to_string()))).await
}

/// What the system said, where it said something.
fn io_kind(error: &reqwest::Error) -> Option<std::io::ErrorKind> {
    std::iter::successors(error.source(), |&error| error.source())
        .find_map(|error| error.downcast_ref::<std::io::Error>())
        .map(std::io::Error::kind)
}

#[tokio::test]
async fn a_status_fault_is_answered_and_not_applied() {
    for (fault, status) in [("429=1", 429), ("500=1", 500), ("503=1", 503)] {
        let (world, group) = struck(fault).await;
        let answer = add_one(&world, &group).await.unwrap();
        assert_eq!(answer.status, status);
        assert_eq!(size(&world, &group).await, 3, "{fault}");
        assert!(answer.headers.get("retry-after").is_none(), "none is documented");
    }
    let (world, group) = struck("500=1").await;
    assert_eq!(add_one(&world, &group).await.unwrap().json()["status"], 500);
    let (world, group) = struck("503=1").await;
    assert_eq!(add_one(&world, &group).await.unwrap().text, "");
}

#[tokio::test]
async fn a_reset_loses_the_request() {
    let (world, group) = struck("reset=1").await;
    let error = add_one(&world, &group).await.unwrap_err();
    assert_eq!(io_kind(&error), Some(std::io::ErrorKind::ConnectionReset), "{error:?}");
    assert_eq!(size(&world, &group).await, 3);
}

#[tokio::test]
async fn a_lost_answer_is_that_of_an_applied_request() {
    let (world, group) = struck("lost=1").await;
    let error = add_one(&world, &group).await.unwrap_err();
    assert!(error.is_request() && io_kind(&error).is_none(), "closed in good order: {error:?}");
    assert_eq!(size(&world, &group).await, 4);
}

#[tokio::test]
async fn a_request_that_hangs_is_given_up_in_the_end_and_never_applied() {
    let (world, group) = struck("hang=1").await;
    add_one(&world, &group).await.unwrap_err();
    assert_eq!(size(&world, &group).await, 3);
}

#[tokio::test]
async fn a_client_may_leave_a_request_that_hangs() {
    let faults = "hang=1".parse().unwrap();
    let world = World::new(Settings { faults, ..Settings::default() }).await;
    let request = world.request(Method::GET, "/groups", None).timeout(SOON);
    assert!(finish(request).await.unwrap_err().is_timeout());
    while world.sandbox.log().entries().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.sandbox.log().entries()[0].status, None);
    world.sandbox.stop().await;
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_request_that_hangs() {
    let faults = "hang=1".parse().unwrap();
    let World { sandbox, http } = World::new(Settings { faults, hang_for: Duration::MAX, ..Settings::default() }).await;
    let url = format!("{}/groups", sandbox.base_url());
    let hanging = tokio::spawn(async move { http.get(url).send().await.map(|_| ()) });
    while !hanging.is_finished() && sandbox.outstanding() == 0 {
        tokio::task::yield_now().await;
    }
    sandbox.stop().await;
    hanging.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn a_slow_answer_comes_whole() {
    let (world, group) = struck("slow=1").await;
    assert_eq!(add_one(&world, &group).await.unwrap().ok()["size"], 4);
    assert_eq!(world.members(&group).await.len(), 4);
    assert_eq!(world.call(Method::DELETE, &group, None).await.status, 200);
}

#[tokio::test]
async fn a_slow_answer_is_that_of_a_request_applied_long_before() {
    let faults = "slow=1".parse().unwrap();
    let world = World::new(Settings { faults, slow_for: Duration::from_hours(1), ..Settings::default() }).await;
    let request = tokio::spawn(world.request(Method::POST, "/groups", Some("{}".to_owned())).send());
    while world.sandbox.store().list(0, 1).await.unwrap().count == 0 {
        assert!(!request.is_finished());
        tokio::task::yield_now().await;
    }
    request.abort();
}

#[tokio::test]
async fn a_truncated_answer_has_its_status_and_half_its_body() {
    let (world, group) = struck("truncate=1").await;
    let body = json!({ "add": [number(9)] }).to_string();
    let mut response = world.request(Method::POST, &group, Some(body)).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let length: usize = response.headers()["content-length"].to_str().unwrap().parse().unwrap();
    let mut got = 0;
    let end = loop {
        match response.chunk().await {
            Ok(Some(piece)) => got += piece.len(),
            end => break end,
        }
    };
    assert!(end.is_err(), "the body breaks off");
    assert!(0 < got && got < length, "{got} of {length}");
    assert_eq!(size(&world, &group).await, 4);

    let deleted = finish(world.request(Method::DELETE, &group, None)).await;
    assert!(deleted.is_err(), "an empty answer is cut too");
}

#[tokio::test]
async fn faults_leave_tokens_and_other_paths_alone() {
    let (world, _) = struck("500=1").await;
    let url = format!("{}/oauth2/token", world.sandbox.auth_url());
    assert_eq!(finish(world.http.post(&url)).await.unwrap().status, 415);
}

#[tokio::test]
async fn the_same_seed_strikes_the_same_requests() {
    let plan = "429=0.2,500=0.2,503=0.2";
    let run = |seed| async move {
        let faults = plan.parse().unwrap();
        let world = World::new(Settings { faults, seed, ..Settings::default() }).await;
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(world.get("/groups").await.status.as_u16());
        }
        let logged: Vec<Option<Fault>> = world.sandbox.log().entries().iter().map(|entry| entry.fault).collect();
        let expected: Vec<Option<Fault>> =
            (1..=40).map(|n| plan.parse::<FaultPlan>().unwrap().strikes(seed, n)).collect();
        assert_eq!(logged, expected);
        statuses
    };
    let first = run(5).await;
    assert_eq!(first, run(5).await);
    assert_ne!(first, run(6).await);
    for status in [200, 429, 500, 503] {
        assert!(first.contains(&status), "{status}: {first:?}");
    }
}
