//! Tokens: fixed ones, and those that must be fetched and renewed.

use std::time::Duration;

use futures::future::join_all;
use rollcall::groups::{
    AuthUrl, Client, Connection, Credentials, Endpoint, ErrorClass, GroupId, GroupsApi, NewGroup, Secret,
};
use tokio_util::sync::CancellationToken;

use super::server::{GROUP, Reply, Request, Server, answer, connect, silent};

const KEY_SECRET: &str = "hush-hush-secret";

/// A project's connection to a server that gives tokens and groups alike.
fn project(server: &Server) -> Connection {
    let credentials = Credentials::Project {
        key_id: "key-1".to_owned(),
        key_secret: Secret::new(KEY_SECRET),
        auth_url: AuthUrl::at(&server.origin).unwrap(),
    };
    Connection { credentials, ..server.connection() }
}

fn is_for_token(request: &Request) -> bool {
    request.target == "/oauth2/token"
}

fn token(name: &str, expires_in: &str) -> Reply {
    answer(200, &format!(r#"{{"access_token":"{name}","expires_in":{expires_in},"token_type":"bearer","scope":""}}"#))
}

fn tokens_asked(server: &Server) -> usize {
    server.requests().iter().filter(|request| is_for_token(request)).count()
}

async fn look(client: &Client) -> Result<(), rollcall::groups::ApiError> {
    client.retrieve(&GroupId::new("G1")).await.map(drop)
}

#[tokio::test]
async fn a_project_gets_its_token_as_the_documents_say() {
    let server =
        Server::start(|request, _| if is_for_token(request) { token("T1", "3599") } else { answer(200, GROUP) }).await;
    let client = connect(&project(&server));
    look(&client).await.unwrap();
    look(&client).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    let asked = &requests[0];
    assert_eq!((asked.method.as_str(), asked.body.as_str()), ("POST", "grant_type=client_credentials"));
    // "key-1:hush-hush-secret" in base64.
    assert_eq!(asked.header("authorization"), Some("Basic a2V5LTE6aHVzaC1odXNoLXNlY3JldA=="));
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert!(requests[1..].iter().all(|request| request.header("authorization") == Some("Bearer T1")));
    assert_eq!(client.stats().sent, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_need_a_token_at_once_share_one_request() {
    let server = Server::start(|request, _| {
        if is_for_token(request) {
            Reply::After(Duration::from_millis(30), Box::new(token("T1", "\"3600\"")))
        } else {
            answer(200, GROUP)
        }
    })
    .await;
    let client = connect(&project(&server));
    let calls = (0..8).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { look(&client).await })
    });
    for call in join_all(calls).await {
        call.unwrap().unwrap();
    }
    assert_eq!(tokens_asked(&server), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    // A life of nothing ends at once: each call needs a new one.
    let server =
        Server::start(|request, _| if is_for_token(request) { token("T", "0") } else { answer(200, GROUP) }).await;
    let client = connect(&project(&server));
    for _ in 0..3 {
        look(&client).await.unwrap();
    }
    assert_eq!(tokens_asked(&server), 3);
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_even_without_retries() {
    let expired = || {
        answer(401, "").with("www-authenticate", r#"Bearer error="invalid_token", error_description="token EXPIRED""#)
    };
    let server = Server::start(move |request, before| match (is_for_token(request), before) {
        (true, 0) => token("old", "3600"),
        (true, _) => token("new", "3600"),
        (false, _) if request.header("authorization") == Some("Bearer old") => expired(),
        (false, _) => answer(201, GROUP),
    })
    .await;
    let client = connect(&Connection { retries: 0, ..project(&server) });
    client.create(&NewGroup::default()).await.unwrap();
    assert_eq!((server.count(), client.stats().sent, client.stats().retried), (4, 2, 1));

    let server =
        Server::start(move |request, _| if is_for_token(request) { token("T", "3600") } else { expired() }).await;
    let error = look(&connect(&project(&server))).await.unwrap_err();
    assert_eq!((error.class, server.count()), (ErrorClass::Account, 4));
    assert!(error.hint().unwrap().contains("SINCH_KEY_ID"));
}

#[tokio::test]
async fn a_401_that_does_not_say_expired_is_final() {
    let server =
        Server::start(|request, _| if is_for_token(request) { token("T", "3600") } else { answer(401, "") }).await;
    let error = look(&connect(&project(&server))).await.unwrap_err();
    assert_eq!((error.class, server.count()), (ErrorClass::Account, 2));
    // And a fixed token cannot be renewed, whatever the server says.
    let reply = answer(401, "").with("www-authenticate", "Bearer error_description=\"expired\"");
    let server = Server::playing(vec![reply]).await;
    let error = look(&server.client()).await.unwrap_err();
    assert_eq!((error.class, server.count()), (ErrorClass::Account, 1));
    assert!(error.hint().unwrap().contains("SINCH_API_TOKEN"));
}

#[tokio::test]
async fn a_key_that_is_refused_is_the_accounts_fault() {
    for status in [400, 401, 403] {
        let body = format!(r#"{{"error":"invalid_client","error_description":"{KEY_SECRET}"}}"#);
        let server = Server::playing(vec![answer(status, &body)]).await;
        let error = look(&connect(&project(&server))).await.unwrap_err();
        assert_eq!((error.class, server.count()), (ErrorClass::Account, 1), "{status}");
        assert!(error.hint().unwrap().contains("SINCH_KEY_SECRET"));
        assert!(!format!("{error} {error:?} {:?}", error.words()).contains(KEY_SECRET));
    }
    let server = Server::playing(vec![answer(404, "")]).await;
    let error = look(&connect(&project(&server))).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Stop);
    assert!(error.hint().unwrap().contains("--auth-url"));
}

#[tokio::test]
async fn a_token_service_that_stumbles_is_asked_again_and_nothing_was_applied() {
    let bad = [answer(503, ""), answer(502, ""), Reply::Drop, answer(200, "{\"access_token\":")];
    for bad in bad {
        let server = Server::start(move |request, before| match (is_for_token(request), before) {
            (true, 0) => bad.clone(),
            (true, _) => token("T", "3600"),
            (false, _) => answer(201, GROUP),
        })
        .await;
        connect(&project(&server)).create(&NewGroup::default()).await.unwrap();
        assert_eq!(server.count(), 3);
    }
    let server = Server::playing(vec![answer(502, "")]).await;
    let client = connect(&Connection { retries: 1, ..project(&server) });
    let error = client.create(&NewGroup::default()).await.unwrap_err();
    assert_eq!((error.class, server.count(), client.stats().sent), (ErrorClass::NotApplied, 2, 0));
}

#[tokio::test]
async fn the_key_never_goes_to_the_groups_and_the_token_never_to_the_token_service() {
    let tokens = Server::playing(vec![token("T1", "3600")]).await;
    let groups = Server::playing(vec![answer(200, GROUP)]).await;
    let connection = Connection { endpoint: Endpoint::at(&groups.base_url()).unwrap(), ..project(&tokens) };
    look(&connect(&connection)).await.unwrap();
    assert_eq!((tokens.count(), groups.count()), (1, 1));
    assert!(!format!("{:?}", groups.requests()).contains("Basic"));
    assert!(!format!("{:?}", tokens.requests()).contains("T1"));
    assert!(!format!("{connection:?}").contains(KEY_SECRET));
}

#[tokio::test]
async fn credentials_that_cannot_be_sent_are_found_before_anything_is() {
    let server = Server::playing(vec![answer(200, GROUP)]).await;
    for bad in ["", "  ", "two words", "line\nbreak", "ünicode"] {
        let connection = Connection { credentials: Credentials::Token(Secret::new(bad)), ..server.connection() };
        let error = Client::connect(&connection, silent(), CancellationToken::new()).unwrap_err();
        assert!(error.hint().unwrap().contains("SINCH_API_TOKEN"));
        assert!(bad.trim().is_empty() || !error.to_string().contains(bad.trim()));
    }
    let connection = Connection { timeout: Duration::ZERO, ..server.connection() };
    assert!(Client::connect(&connection, silent(), CancellationToken::new()).is_err());
}
