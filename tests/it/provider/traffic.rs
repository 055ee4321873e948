//! Every request that our client sends and every answer that the sandbox gives in a long session, held against the
//! bodies as we know them and, where it is at hand, against the provider's own document.

use std::collections::BTreeSet;
use std::fmt::Write;

use rollcall::sandbox::{Rules, Sandbox, Settings};
use serde_json::{Value, json};

use super::document;
use super::recorder::{Exchange, Recorder};
use super::schema::faults;
use crate::tools::{printed, script};
use crate::workdir::{Ended, Workdir, end};

fn list(numbers: std::ops::Range<u32>) -> String {
    numbers.fold("phone\n".to_owned(), |mut text, index| {
        writeln!(text, "+1212555{index:04}").unwrap();
        text
    })
}

/// As answers give an instant.
const NOON: &str = "2026-03-01T12:00:00.000Z";

/// A day of somebody who tries everything, in fair weather and in foul. Yields what has travelled.
async fn session() -> Vec<Exchange> {
    let settings = Settings {
        faults: "429=0.05,500=0.05".parse().unwrap(),
        seed: 5,
        rules: Rules { refuse: ["+12125550013".parse().unwrap()].into(), ..Rules::default() },
        ..Settings::default()
    };
    let running = Sandbox::start(settings).await.unwrap();
    let recorder = Recorder::before(&running.base_url()).await;
    let (base_url, token) = (recorder.base_url.clone(), running.token().to_owned());
    tokio::task::spawn_blocking(move || day(&base_url, &token)).await.unwrap();
    recorder.seen()
}

fn day(base_url: &str, token: &str) {
    let dir = Workdir::new();
    let with = |token: &str, args: &[&str]| -> Ended {
        let mut command = dir.command(args);
        command.env("ROLLCALL_BASE_URL", base_url).env("SINCH_API_TOKEN", token);
        end(command.args(["--rate", "1000", "--retries", "50"]))
    };
    let run = |args: &[&str]| with(token, args);
    dir.file("few.csv", list(0..12));
    dir.file("many.csv", list(5..60));
    dir.file("others.csv", list(50..70));
    let words = ["--auto-update", "+12125559999", "--join-word", "JOIN NEWS", "--leave-word", "STOP"];
    run(&[&["groups", "create", "News", "few.csv"], &words[..]].concat()).code(0);
    run(&["groups", "create", "Empty"]).code(0);
    // One of these numbers is refused: 400, and what that leads to.
    run(&["import", "many.csv", "--group", "News", "--mode", "sync", "--chunk-size", "10", "--max-remove", "100%"])
        .code(3);
    let replace = ["--mode", "replace", "--max-remove", "100%", "--max-shrink", "100%", "--json"];
    let replaced = run(&[&["import", "others.csv", "--group", "News"], &replace[..]].concat());
    replaced.code(0);
    let replaced: Value = serde_json::from_str(&replaced.stdout).unwrap();
    run(&["runs", "undo", replaced["run"].as_str().unwrap(), "--yes"]).code(0);
    run(&["import", "few.csv", "--group", "Third", "--create"]).code(0);
    run(&["groups", "update", "Third", "--name", "Last", "--add", "+12125550099"]).code(0);
    run(&["groups", "update", "Last", "--no-name"]).code(0);
    run(&["groups", "list"]).code(0);
    run(&["groups", "show", "News"]).code(0);
    run(&["export", "News", "Empty"]).code(0);
    run(&["groups", "show", "Nowhere"]).code(2);
    run(&["groups", "delete", "Empty", "--yes"]).code(0);
    with("another", &["groups", "list"]).code(6);
}

/// The operation, as `bodies.json` names it.
fn operation(exchange: &Exchange) -> String {
    let mut parts = exchange.path.split('/').skip(1);
    let path = match (parts.next(), parts.next(), parts.next()) {
        (Some("groups"), None, None) => "/groups",
        (Some("groups"), Some(_), None) => "/groups/{id}",
        (Some("groups"), Some(_), Some("members")) => "/groups/{id}/members",
        _ => panic!("{} is no path of the API", exchange.path),
    };
    format!("{} {path}", exchange.method)
}

/// What is wrong with an exchange.
fn wrong(exchange: &Exchange, bodies: &Value) -> Vec<String> {
    let described = &bodies["operations"][operation(exchange)];
    assert!(described.is_object(), "{} is no operation", operation(exchange));
    let mut found = faults(&described["request"], &exchange.request, bodies);
    let answer = match exchange.status {
        200..300 => &described["answers"][exchange.status.to_string()],
        500..600 => &bodies["failure"],
        _ => &bodies["error"],
    };
    if answer.is_null() {
        found.push(format!("it is never answered by {}", exchange.status));
    } else {
        found.extend(faults(answer, &exchange.answer, bodies));
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_body_that_travels_is_as_documented() {
    let seen = session().await;
    let bodies: Value = serde_json::from_str(include_str!("bodies.json")).unwrap();
    for exchange in &seen {
        assert_eq!(wrong(exchange, &bodies), [""; 0], "{} {} {}", exchange.method, exchange.path, exchange.status);
    }
    let succeeded: BTreeSet<String> = seen.iter().filter(|exchange| exchange.status < 300).map(operation).collect();
    let known: BTreeSet<String> = bodies["operations"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(succeeded, known, "every operation was tried");
    let statuses: BTreeSet<u16> = seen.iter().map(|exchange| exchange.status).collect();
    assert_eq!(statuses, [200, 201, 400, 401, 404, 429, 500].into(), "what can go wrong went wrong");

    let Some(document) = document() else { return };
    let dir = Workdir::new();
    let lines = seen.iter().map(|exchange| serde_json::to_string(exchange).unwrap() + "\n");
    let traffic = dir.file("traffic.ndjson", lines.collect::<String>());
    let Some(mut check) = script("scripts/provider/check_traffic.py") else { return };
    let checked: Value = serde_json::from_str(&printed(check.args([document, traffic]))).unwrap();
    assert!(checked["requests"].as_u64() > Some(10) && checked["answers"].as_u64() > Some(30), "{checked}");
}

#[test]
fn a_body_that_is_not_as_documented_is_found() {
    let bodies: Value = serde_json::from_str(include_str!("bodies.json")).unwrap();
    let exchange = |method: &str, request: Value, status: u16, answer: Value| Exchange {
        method: method.to_owned(),
        path: "/groups/01ABC".to_owned(),
        query: None,
        request,
        status,
        answer,
    };
    let group = || json!({ "id": "01ABC", "size": 1, "created_at": NOON, "modified_at": NOON });
    let update = json!({ "add": ["+12125550100"], "name": null });
    assert_eq!(wrong(&exchange("POST", update.clone(), 200, group()), &bodies), [""; 0]);
    for (request, status, answer) in [
        (json!({ "add": ["12125550100"] }), 200, group()),
        (json!({ "add": vec!["+12125550100"; 10_001] }), 200, group()),
        (json!({ "ad": [] }), 200, group()),
        (json!({}), 200, group()),
        (json!({ "name": "a name of more than 20" }), 200, group()),
        (update.clone(), 202, group()),
        (update.clone(), 200, json!({ "id": "01ABC", "size": -1, "created_at": NOON, "modified_at": NOON })),
        (update.clone(), 200, json!({ "id": "01ABC", "size": 1, "created_at": "noon", "modified_at": NOON })),
        (update.clone(), 400, json!({ "error": "no" })),
    ] {
        assert_ne!(wrong(&exchange("POST", request.clone(), status, answer), &bodies), [""; 0], "{request} {status}");
    }
}
