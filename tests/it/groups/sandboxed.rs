//! The client in front of a sandbox, in fair weather and in foul.

use std::time::Duration;

use rollcall::groups::{
    AuthUrl, Client, Connection, Credentials, Endpoint, ErrorClass, GroupUpdate, GroupsApi, NewGroup, Rate,
    Replacement, Secret,
};
use rollcall::numbers::Msisdn;
use rollcall::sandbox::{OauthKey, Running, Sandbox, Settings};

use super::server::connect;

pub(super) fn key() -> OauthKey {
    OauthKey { id: "key-1".to_owned(), secret: rollcall::sandbox::Secret::new("key-secret") }
}

fn connection(running: &Running) -> Connection {
    let endpoint = Endpoint::sandbox(&running.base_url()).unwrap();
    let token = Credentials::Token(Secret::new(running.token()));
    Connection { rate: Rate::per_second(5000.0).unwrap(), ..Connection::new(endpoint, token) }
}

pub(super) fn by_token(running: &Running) -> Client {
    connect(&connection(running))
}

pub(super) fn by_project(running: &Running) -> Client {
    let credentials = Credentials::Project {
        key_id: "key-1".to_owned(),
        key_secret: Secret::new("key-secret"),
        auth_url: AuthUrl::at(&running.auth_url()).unwrap(),
    };
    connect(&Connection { credentials, ..connection(running) })
}

async fn sandbox(faults: &str, seed: u64) -> Running {
    let settings =
        Settings { faults: faults.parse().unwrap(), seed, slow_for: Duration::from_millis(20), ..Settings::default() };
    Sandbox::start(settings).await.unwrap()
}

fn number(index: u64) -> Msisdn {
    Msisdn::from_value(12_015_550_000 + index).unwrap()
}

#[tokio::test]
async fn in_foul_weather_whatever_may_be_repeated_comes_through() {
    let running = sandbox("429=0.03,500=0.1,503=0.03,reset=0.1,lost=0.1,truncate=0.1,slow=0.1", 7).await;
    let client = connect(&Connection { retries: 20, ..connection(&running) });
    let id = running.store().create(&NewGroup::default()).await.unwrap().id;
    for round in 0..5 {
        let members: Vec<Msisdn> = (round..round + 5).map(number).collect();
        client.replace(&id, &Replacement { members: members.clone(), ..Replacement::default() }).await.unwrap();
        let remove = vec![members[0]];
        client.update(&id, &GroupUpdate { remove, ..GroupUpdate::default() }).await.unwrap();
        let left: Vec<Msisdn> = client.members(&id).await.unwrap().iter().collect();
        assert_eq!(left, members[1..]);
        assert_eq!(client.list(0, 10).await.unwrap().count, 1);
    }
    client.delete(&id).await.unwrap();
    assert_eq!(running.store().retrieve(&id).await.unwrap_err().class, ErrorClass::NotFound);
    let stats = client.stats();
    assert!(stats.retried > 0 && stats.failed == 0, "{stats:?}");
    assert_eq!(stats.sent, 21 + stats.retried);
}

#[tokio::test]
async fn an_add_is_sent_once_and_its_fate_is_left_open() {
    for (fault, applied) in [("lost=1", true), ("truncate=1", true), ("reset=1", false)] {
        let running = sandbox(fault, 1).await;
        let client = by_token(&running);
        let id = running.store().create(&NewGroup::default()).await.unwrap().id;
        let update = GroupUpdate { add: vec![number(0)], ..GroupUpdate::default() };
        let error = client.update(&id, &update).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Ambiguous, "{fault}");
        assert_eq!(running.store().members(&id).await.unwrap().len(), usize::from(applied), "{fault}");
        assert_eq!(client.stats().sent, 1);
    }
}

#[tokio::test]
async fn a_sandbox_with_a_rate_is_never_offended_by_the_same_rate() {
    let settings = Settings { rate_limit: Some("40".parse().unwrap()), ..Settings::default() };
    let running = Sandbox::start(settings).await.unwrap();
    let client = connect(&Connection { rate: Rate::per_second(40.0).unwrap(), ..connection(&running) });
    for _ in 0..45 {
        client.list(0, 1).await.unwrap();
    }
    assert_eq!(client.stats().throttled, 0);
}

#[tokio::test]
async fn a_wrong_token_is_refused_with_advice() {
    let running = sandbox("", 0).await;
    let token = Credentials::Token(Secret::new("another"));
    let client = connect(&Connection { credentials: token, ..connection(&running) });
    let error = client.list(0, 1).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Account);
    assert!(error.hint().unwrap().contains("SINCH_API_TOKEN"));
    assert_eq!(client.account().key(), format!("sandbox/{}", running.plan()));
}
