//! What is repeated, what is not, and what the caller is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use rollcall::groups::{
    ApiError, Client, Connection, Endpoint, ErrorClass, GroupId, GroupUpdate, GroupsApi, GroupsEvent, NewGroup,
    Replacement,
};
use rollcall::numbers::Msisdn;
use tokio_util::sync::CancellationToken;

use super::server::{GROUP, Reply, Server, TOKEN, answer, connect, silent};

fn id() -> GroupId {
    GroupId::new("G1")
}

fn one() -> Vec<Msisdn> {
    vec!["+12015550100".parse().unwrap()]
}

fn adding() -> GroupUpdate {
    GroupUpdate { add: one(), ..GroupUpdate::default() }
}

fn removing() -> GroupUpdate {
    GroupUpdate { remove: one(), ..GroupUpdate::default() }
}

/// Runs one operation by name; the answer itself does not matter.
async fn run(client: &Client, operation: &str) -> Result<(), ApiError> {
    match operation {
        "create" => client.create(&NewGroup::default()).await.map(drop),
        "list" => client.list(0, 10).await.map(drop),
        "retrieve" => client.retrieve(&id()).await.map(drop),
        "members" => client.members(&id()).await.map(drop),
        "add" => client.update(&id(), &adding()).await.map(drop),
        "remove" => client.update(&id(), &removing()).await.map(drop),
        "copy" => {
            let update = GroupUpdate { remove_from_group: Some(GroupId::new("G2")), ..GroupUpdate::default() };
            client.update(&id(), &update).await.map(drop)
        }
        "replace" => client.replace(&id(), &Replacement::default()).await.map(drop),
        "delete" => client.delete(&id()).await,
        other => unreachable!("{other}"),
    }
}

const ALL: [&str; 9] = ["create", "list", "retrieve", "members", "add", "remove", "copy", "replace", "delete"];

/// Every operation with every reply, all at once: most of the time goes into waiting before a repeat.
async fn for_each_pair(replies: &[Reply], check: impl AsyncFn(&'static str, &Reply)) {
    let pairs = ALL.into_iter().flat_map(|operation| replies.iter().map(move |reply| (operation, reply)));
    join_all(pairs.map(|(operation, reply)| check(operation, reply))).await;
}

fn good(operation: &str) -> Reply {
    match operation {
        "list" => answer(200, r#"{"page":0,"page_size":0,"count":0,"groups":[]}"#),
        "members" => answer(200, "[]"),
        "delete" => answer(200, ""),
        _ => answer(200, GROUP),
    }
}

#[tokio::test]
async fn what_was_not_applied_is_repeated_whatever_it_is() {
    let bad = [answer(500, ""), answer(503, "<html>"), answer(429, r#"{"code":"too_many"}"#)];
    for_each_pair(&bad, async |operation, bad| {
        let server = Server::playing(vec![bad.clone(), good(operation)]).await;
        let client = server.client();
        run(&client, operation).await.unwrap();
        assert_eq!(server.count(), 2, "{operation} after {bad:?}");
        let stats = client.stats();
        assert_eq!((stats.sent, stats.retried, stats.failed), (2, 1, 0));
    })
    .await;
}

#[tokio::test]
async fn what_may_have_been_applied_is_repeated_only_where_it_does_no_harm() {
    let bad = [answer(502, ""), answer(504, "<html>"), answer(408, ""), Reply::Drop];
    for_each_pair(&bad, async |operation, bad| {
        let server = Server::playing(vec![bad.clone(), good(operation)]).await;
        let client = server.client();
        let result = run(&client, operation).await;
        if matches!(operation, "create" | "add" | "copy") {
            let error = result.unwrap_err();
            assert_eq!(error.class, ErrorClass::Ambiguous, "{operation} after {bad:?}");
            assert!(!error.interrupted && error.hint().is_some());
            assert_eq!((server.count(), client.stats().failed), (1, 1));
        } else {
            result.unwrap();
            assert_eq!(server.count(), 2, "{operation} after {bad:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_torn_answer_is_no_answer() {
    let torn = |body: &str| Reply::Torn { body: body.to_owned() };
    for operation in ["add", "create"] {
        for bad in
            [torn(r#"{"id":"G1","#), answer(200, r#"{"id":"G1","#), answer(200, ""), answer(200, r#"{"name":"x"}"#)]
        {
            let server = Server::playing(vec![bad, good(operation)]).await;
            let error = run(&server.client(), operation).await.unwrap_err();
            assert_eq!((error.class, server.count()), (ErrorClass::Ambiguous, 1));
        }
    }
    for operation in ["members", "list", "retrieve"] {
        let half = if operation == "members" { r#"["12015550100","# } else { r#"{"id":"G1","page":"# };
        for bad in [torn(half), answer(200, half), answer(200, "")] {
            let server = Server::playing(vec![bad, good(operation)]).await;
            run(&server.client(), operation).await.unwrap();
            assert_eq!(server.count(), 2);
        }
    }
}

#[tokio::test]
async fn a_web_page_in_the_place_of_an_answer_is_not_asked_for_twice() {
    for operation in ["members", "list", "retrieve"] {
        let server = Server::playing(vec![answer(200, "<html>please log in</html>")]).await;
        let error = run(&server.client(), operation).await.unwrap_err();
        assert_eq!((error.class, error.status, server.count()), (ErrorClass::Stop, Some(200), 1));
        assert!(error.hint().unwrap().contains("--base-url"));
    }
    let server = Server::playing(vec![answer(200, "<html>please log in</html>")]).await;
    assert_eq!(run(&server.client(), "add").await.unwrap_err().class, ErrorClass::Ambiguous);
}

#[tokio::test]
async fn a_server_that_hangs_is_left() {
    let server = Server::playing(vec![Reply::Hang]).await;
    let client = connect(&Connection { timeout: Duration::from_millis(60), retries: 1, ..server.connection() });
    let error = run(&client, "add").await.unwrap_err();
    assert_eq!((error.class, error.status, server.count()), (ErrorClass::Ambiguous, None, 1));
    let error = run(&client, "members").await.unwrap_err();
    assert_eq!((error.class, server.count()), (ErrorClass::NotApplied, 3));
    assert!(error.hint().unwrap().contains("--timeout"), "{error}");
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_applied() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let server = Server::playing(vec![answer(200, "")]).await;
    let endpoint = Endpoint::at(&format!("http://127.0.0.1:{port}/xms/v1/plan")).unwrap();
    let client = connect(&Connection { endpoint, retries: 1, ..server.connection() });
    let error = run(&client, "create").await.unwrap_err();
    assert_eq!((error.class, error.status, error.interrupted), (ErrorClass::NotApplied, None, false));
    assert_eq!(error.to_string(), "could not create a group: the connection was refused");
    assert!(error.hint().unwrap().contains("--base-url"));
    assert_eq!((client.stats().sent, client.stats().retried, client.stats().failed), (2, 1, 1));
}

#[tokio::test]
async fn after_the_last_retry_the_class_remembers_the_unknown() {
    let server = Server::playing(vec![answer(504, ""), answer(503, "")]).await;
    let client = connect(&Connection { retries: 1, ..server.connection() });
    let error = run(&client, "replace").await.unwrap_err();
    assert_eq!((error.class, error.status, server.count()), (ErrorClass::Ambiguous, Some(503), 2));
}

#[tokio::test]
async fn a_group_that_is_gone_after_a_lost_delete_is_deleted() {
    let server = Server::playing(vec![Reply::Drop, answer(404, "")]).await;
    server.client().delete(&id()).await.unwrap();
    assert_eq!(server.count(), 2);
    // Without a lost answer before it, 404 is what it says.
    let server = Server::playing(vec![answer(503, ""), answer(404, "")]).await;
    assert_eq!(server.client().delete(&id()).await.unwrap_err().class, ErrorClass::NotFound);
}

#[tokio::test]
async fn a_group_made_a_moment_ago_may_take_time_to_load() {
    let server = Server::start(|request, before| match (request.method.as_str(), before) {
        ("POST", 0) => answer(201, GROUP),
        (_, 1 | 2) => answer(404, r#"{"code":"not_found","text":"has not had time to load"}"#),
        _ => answer(200, GROUP),
    })
    .await;
    let client = server.client();
    client.create(&NewGroup::default()).await.unwrap();
    client.update(&id(), &adding()).await.unwrap();
    assert_eq!(server.count(), 4);
    // Another group's 404 is final.
    let server = Server::playing(vec![answer(404, "")]).await;
    assert_eq!(run(&server.client(), "retrieve").await.unwrap_err().class, ErrorClass::NotFound);
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn refusals_are_final_and_say_what_to_do() {
    let cases = [
        (
            400,
            r#"{"code":"syntax_invalid_parameter_format","text":"The format of parameter 'add[0]' is invalid; value '+12015550100' is not a valid MSISDN or group ID."}"#,
            ErrorClass::Refused,
        ),
        (400, r#"{"code":"syntax_constraint_violation","text":"Too many elements in 'add'"}"#, ErrorClass::TooLarge),
        (400, r#"{"timestamp":"2024","status":400,"error":"Bad Request","path":"/groups"}"#, ErrorClass::Refused),
        (401, "", ErrorClass::Account),
        (
            403,
            r#"{"code":"unknown_group","description":"Group '01FC66621VHDBN119Z8PMV1QPU' is unknown or deleted"}"#,
            ErrorClass::NotFound,
        ),
        (403, r#"{"error":{"code":"conflict_group_name","message":"taken"}}"#, ErrorClass::NameTaken),
        (403, r#"{"code":"illegal_number_type","text":"no"}"#, ErrorClass::Refused),
        (403, r#"{"code":"blocked_account","text":"no"}"#, ErrorClass::Account),
        (404, r#"{"code":404,"text":"Group not found","status":"NotFound"}"#, ErrorClass::NotFound),
        (405, "", ErrorClass::Stop),
        (413, "<html>too large</html>", ErrorClass::TooLarge),
        (415, r#"{"type":"about:blank","title":"Unsupported Media Type","detail":"no"}"#, ErrorClass::Stop),
        (501, "", ErrorClass::Stop),
    ];
    for (status, body, class) in cases {
        let server = Server::playing(vec![answer(status, body)]).await;
        let error = run(&server.client(), "add").await.unwrap_err();
        assert_eq!((error.class, error.status), (class, Some(status)), "{status} {body}");
        assert_eq!(server.count(), 1, "{status} {body}");
        assert!(error.hint().is_some() || class == ErrorClass::Refused, "{status} {body}");
        assert!(!error.to_string().contains("12015550100"));
        assert!(!format!("{error} {error:?}").contains(TOKEN));
    }
}

#[tokio::test]
async fn an_unlimited_error_body_is_read_no_further_than_needed() {
    let server = Server::playing(vec![answer(400, &"x".repeat(3_000_000))]).await;
    let error = run(&server.client(), "add").await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Refused);
    assert_eq!(error.words().unwrap().len(), 64 * 1024);
    assert!(error.to_string().len() < 1000);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::playing(vec![answer(200, GROUP)]).await;
    for status in [301, 302, 303, 307, 308] {
        let reply = answer(status, "").with("location", elsewhere.base_url());
        let server = Server::playing(vec![reply]).await;
        let error = run(&server.client(), "retrieve").await.unwrap_err();
        assert_eq!((error.class, error.status), (ErrorClass::Stop, Some(status)));
        assert!(error.hint().unwrap().contains("--base-url"));
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn a_server_that_repeats_the_token_does_not_get_it_shown() {
    let body = format!(r#"{{"code":"oops {TOKEN}","text":"you sent Bearer {TOKEN}"}}"#);
    let server = Server::playing(vec![answer(400, &body)]).await;
    let error = run(&server.client(), "add").await.unwrap_err();
    let shown = format!("{error} {error:?} {:?} {:?} {:?}", error.words(), error.hint(), error.code);
    assert!(!shown.contains(TOKEN), "{shown}");
    assert!(!format!("{:?}", server.connection()).contains(TOKEN));
}

#[tokio::test]
async fn a_provider_that_is_plainly_down_is_left_alone() {
    let server = Server::playing(vec![answer(500, "")]).await;
    let events = Arc::new(Mutex::new(Vec::new()));
    let sink = {
        let events = events.clone();
        Arc::new(move |event: &GroupsEvent| events.lock().unwrap().push(event.clone()))
    };
    let connection = Connection { retries: 0, ..server.connection() };
    let client = Client::connect(&connection, sink, CancellationToken::new()).unwrap();
    for _ in 0..20 {
        assert_eq!(run(&client, "list").await.unwrap_err().class, ErrorClass::NotApplied);
    }
    assert_eq!((server.count(), client.stats().failed), (5, 20));
    let broken = events.lock().unwrap().iter().filter(|event| matches!(event, GroupsEvent::Broken { .. })).count();
    assert_eq!(broken, 1);
}

#[tokio::test]
async fn refusals_do_not_count_as_a_provider_that_is_down() {
    let server = Server::playing(vec![answer(400, "")]).await;
    let client = server.client();
    for _ in 0..20 {
        assert_eq!(run(&client, "add").await.unwrap_err().class, ErrorClass::Refused);
    }
    assert_eq!((server.count(), client.stats().failed), (20, 0));
}

#[tokio::test]
async fn after_the_stop_signal_what_is_in_flight_finishes_and_nothing_begins() {
    let stop = CancellationToken::new();
    let server = {
        let stop = stop.clone();
        Server::start(move |_, _| {
            stop.cancel();
            Reply::After(Duration::from_millis(50), Box::new(answer(200, GROUP)))
        })
        .await
    };
    let client = Client::connect(&server.connection(), silent(), stop).unwrap();
    run(&client, "add").await.unwrap();
    let error = run(&client, "add").await.unwrap_err();
    assert!(error.interrupted);
    assert_eq!((error.class, server.count(), client.stats().failed), (ErrorClass::NotApplied, 1, 0));
}

#[tokio::test]
async fn after_the_stop_signal_nothing_is_repeated() {
    for (status, class) in [(503, ErrorClass::NotApplied), (504, ErrorClass::Ambiguous)] {
        let stop = CancellationToken::new();
        let server = {
            let stop = stop.clone();
            Server::start(move |_, _| {
                stop.cancel();
                answer(status, "").with("retry-after", "60")
            })
            .await
        };
        let client = Client::connect(&server.connection(), silent(), stop).unwrap();
        let error = run(&client, "replace").await.unwrap_err();
        assert!(error.interrupted);
        assert_eq!((error.class, server.count(), client.stats().retried), (class, 1, 0));
    }
}

#[tokio::test]
async fn every_repeat_is_told() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = {
        let told = told.clone();
        Arc::new(move |event: &GroupsEvent| {
            if let GroupsEvent::Retrying { repeat, error, .. } = event {
                told.lock().unwrap().push((*repeat, error.status));
            }
        })
    };
    let server = Server::playing(vec![answer(500, ""), answer(502, ""), good("list")]).await;
    let client = Client::connect(&server.connection(), sink, CancellationToken::new()).unwrap();
    run(&client, "list").await.unwrap();
    assert_eq!(*told.lock().unwrap(), [(1, Some(500)), (2, Some(502))]);
}
