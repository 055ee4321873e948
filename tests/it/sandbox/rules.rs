//! What is refused, and in which words.

use std::collections::HashSet;

use rollcall::sandbox::{Rules, Settings};

use super::*;

/// A refusal: method, path with `{id}` for a group that is there, body as sent, status and code.
type Case<'a> = (&'a str, &'a str, &'a str, u16, &'a str);

const FORMAT: &str = "syntax_invalid_parameter_format";
const CONSTRAINT: &str = "syntax_constraint_violation";
const JSON: &str = "syntax_invalid_json";

#[tokio::test]
async fn every_rule_is_held() {
    let world = World::plain().await;
    let group = world.group(json!({ "name": "kept", "members": numbers(0..3) })).await;
    let before = (world.get(&group).await.ok(), world.members(&group).await);
    let keyword = |word: &str| format!(r#"{{"auto_update":{{"to":"12345","add":{{"first_word":"{word}"}}}}}}"#);
    let (long_word, two_words, no_word) = (keyword("abcdefghijklmnop"), keyword("two words"), keyword(""));
    let many = json!({ "members": numbers(0..10_001) }).to_string();
    let many_added = json!({ "add": numbers(0..10_001) }).to_string();
    let many_removed = json!({ "remove": numbers(0..10_001) }).to_string();
    let children = json!({ "child_groups": vec!["x"; 11] }).to_string();
    let children_replaced = json!({ "members": [], "child_groups": vec!["x"; 11] }).to_string();

    let cases: &[Case] = &[
        // not JSON
        ("POST", "/groups", "", 400, JSON),
        ("POST", "/groups", "{", 400, JSON),
        ("POST", "/groups", "[]", 400, JSON),
        ("POST", "/groups", "\"+15550001111\"", 400, JSON),
        ("POST", "/groups", "{} {}", 400, JSON),
        ("POST", "{id}", "null", 400, JSON),
        ("PUT", "{id}", "{'members':[]}", 400, JSON),
        // wrong types
        ("POST", "/groups", r#"{"name":5}"#, 400, FORMAT),
        ("POST", "/groups", r#"{"members":"+15550001111"}"#, 400, FORMAT),
        ("POST", "/groups", r#"{"members":{}}"#, 400, FORMAT),
        ("POST", "/groups", r#"{"members":[["+15550001111"]]}"#, 400, FORMAT),
        ("POST", "/groups", r#"{"members":[15550001111]}"#, 400, FORMAT),
        ("POST", "/groups", r#"{"members":[null]}"#, 400, FORMAT),
        ("POST", "/groups", r#"{"child_groups":"x"}"#, 400, FORMAT),
        ("POST", "/groups", r#"{"child_groups":[1]}"#, 400, FORMAT),
        ("POST", "{id}", r#"{"add_from_group":[]}"#, 400, FORMAT),
        ("POST", "{id}", r#"{"auto_update":"JOIN"}"#, 400, FORMAT),
        // numbers
        ("POST", "/groups", r#"{"members":["+1"]}"#, 400, FORMAT),
        ("POST", "/groups", r#"{"members":["foo"]}"#, 400, FORMAT),
        ("POST", "/groups", r#"{"members":[""]}"#, 400, FORMAT),
        ("POST", "/groups", r#"{"members":["0151123456"]}"#, 400, FORMAT),
        ("POST", "/groups", r#"{"members":["+1234567890123456"]}"#, 400, FORMAT),
        ("POST", "{id}", r#"{"add":["+15550001111","+1"]}"#, 400, FORMAT),
        ("POST", "{id}", r#"{"add":["+15550001111"],"remove":["bar"]}"#, 400, FORMAT),
        ("PUT", "{id}", r#"{"members":["+123"]}"#, 400, FORMAT),
        // limits
        ("POST", "/groups", &many, 400, CONSTRAINT),
        ("POST", "{id}", &many_added, 400, CONSTRAINT),
        ("POST", "{id}", &many_removed, 400, CONSTRAINT),
        ("PUT", "{id}", &many, 400, CONSTRAINT),
        ("POST", "/groups", &children, 400, CONSTRAINT),
        ("PUT", "{id}", &children_replaced, 400, CONSTRAINT),
        ("PUT", "{id}", r#"{"name":"no members"}"#, 400, CONSTRAINT),
        ("POST", "/groups", r#"{"name":""}"#, 400, CONSTRAINT),
        ("POST", "/groups", r#"{"name":"123456789012345678901"}"#, 400, CONSTRAINT),
        ("POST", "{id}", r#"{"name":"ééééééééééééééééééééé"}"#, 400, CONSTRAINT),
        ("PUT", "{id}", r#"{"members":[],"name":""}"#, 400, CONSTRAINT),
        // keywords
        ("POST", "/groups", &long_word, 400, CONSTRAINT),
        ("POST", "{id}", &two_words, 400, CONSTRAINT),
        ("POST", "/groups", &no_word, 400, CONSTRAINT),
        ("POST", "/groups", r#"{"auto_update":{}}"#, 400, CONSTRAINT),
        ("POST", "/groups", r#"{"auto_update":{"to":"12345","add":{}}}"#, 400, CONSTRAINT),
        ("POST", "/groups", r#"{"auto_update":{"to":"12345","add":"JOIN"}}"#, 400, FORMAT),
        ("POST", "/groups", r#"{"auto_update":{"to":"12345","add":{"first_word":1}}}"#, 400, FORMAT),
        ("POST", "/groups", r#"{"auto_update":{"to":"a b"}}"#, 400, FORMAT),
        ("POST", "/groups", r#"{"auto_update":{"to":[12345]}}"#, 400, FORMAT),
        // paging
        ("GET", "/groups?page=-1", "", 400, FORMAT),
        ("GET", "/groups?page=x", "", 400, FORMAT),
        ("GET", "/groups?page_size=x", "", 400, FORMAT),
        ("GET", "/groups?page_size=101", "", 400, CONSTRAINT),
        // groups that are not there
        ("POST", "/groups", r#"{"child_groups":["01FC66621VHDBN119Z8PMV1QPU"]}"#, 403, "unknown_group"),
        ("PUT", "{id}", r#"{"members":[],"child_groups":["x"]}"#, 403, "unknown_group"),
        ("POST", "{id}", r#"{"add_from_group":"x"}"#, 403, "unknown_group"),
        ("POST", "{id}", r#"{"add":["+15550001111"],"remove_from_group":"x"}"#, 403, "unknown_group"),
        ("GET", "/groups/x", "", 404, "not_found"),
        ("GET", "/groups/x/members", "", 404, "not_found"),
        ("POST", "/groups/x", "{}", 404, "not_found"),
        ("PUT", "/groups/x", r#"{"members":[]}"#, 404, "not_found"),
        ("DELETE", "/groups/x", "", 404, "not_found"),
        // paths and methods
        ("GET", "", "", 404, "not_found"),
        ("GET", "/batches", "", 404, "not_found"),
        ("GET", "{id}/other", "", 404, "not_found"),
        ("PUT", "/groups", "{}", 405, "method_not_allowed"),
        ("DELETE", "/groups", "", 405, "method_not_allowed"),
        ("PATCH", "{id}", "{}", 405, "method_not_allowed"),
        ("POST", "{id}/members", "{}", 405, "method_not_allowed"),
    ];
    for (method, path, body, status, code) in cases {
        let path = path.replace("{id}", &group);
        let body = (*method != "GET" && *method != "DELETE").then(|| (*body).to_owned());
        let shown: String = body.iter().flat_map(|body| body.chars()).take(80).collect();
        let answer = finish(world.request(method.parse().unwrap(), &path, body)).await.unwrap();
        assert_eq!(answer.problem(), (*status, (*code).to_owned()), "{method} {path} {shown}: {}", answer.text);
        assert!(answer.json()["text"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path} {shown}");
    }
    assert_eq!((world.get(&group).await.ok(), world.members(&group).await), before, "nothing refused was applied");
    assert_eq!(world.get("/groups").await.ok()["count"], 1, "nothing refused was created");
}

#[tokio::test]
async fn what_the_rules_allow_at_their_edges_is_taken() {
    let world = World::plain().await;
    let child = world.post("/groups", json!({})).await.ok();
    let edges = [
        json!({ "name": "é".repeat(20) }),
        json!({ "name": "x", "members": numbers(0..10_000), "child_groups": vec![id(&child); 10] }),
        json!({ "members": ["+1234567", "123456789012345"] }),
        json!({ "auto_update": { "to": "123", "add": { "first_word": "abcdefghijklmno", "second_word": "now_2" } } }),
        json!({ "tags": ["unknown fields are ignored"] }),
        json!({}),
    ];
    for body in edges {
        let answer = world.post("/groups", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    let group = world.group(json!({ "members": numbers(0..10_000) })).await;
    let answer = world.post(&group, json!({ "add": numbers(0..10_000), "remove": numbers(0..10_000) })).await;
    assert_eq!(answer.ok()["size"], 0);
    assert_eq!(world.get("/groups?page_size=100&page=0").await.status, 200);
}

#[tokio::test]
async fn a_bad_number_is_named_in_the_documented_words() {
    let refuse = HashSet::from([number(2).parse().unwrap()]);
    let world = World::new(Settings { rules: Rules { refuse, ..Rules::default() }, ..Settings::default() }).await;
    let group = world.group(json!({})).await;
    let texts = [
        (Method::POST, "/groups", json!({ "members": ["+1"] }), "members[0]", "+1"),
        (Method::POST, &*group, json!({ "add": [number(1), "nobody"] }), "add[1]", "nobody"),
        (Method::POST, &*group, json!({ "add": numbers(0..5) }), "add[2]", "+15551000002"),
        (Method::POST, &*group, json!({ "remove": [number(0), "1 (555) 100-0002"] }), "remove[1]", "1 (555) 100-0002"),
        (Method::PUT, &*group, json!({ "members": ["0015551000002"] }), "members[0]", "0015551000002"),
    ];
    for (method, path, body, element, value) in texts {
        let answer = world.call(method, path, Some(body)).await;
        assert_eq!(answer.status, 400);
        let text = format!(
            "The format of parameter '{element}' is invalid; value '{value}' is not a valid MSISDN or group ID."
        );
        assert_eq!(answer.json(), json!({ "code": "syntax_invalid_parameter_format", "text": text }));
    }
    assert_eq!(world.get(&group).await.ok()["size"], 0, "one bad number refuses the whole request");
}

#[tokio::test]
async fn a_body_without_its_content_type_is_415() {
    let world = World::plain().await;
    let group = world.group(json!({})).await;
    for (method, path) in [(Method::POST, "/groups"), (Method::POST, &*group), (Method::PUT, &*group)] {
        for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
            let mut request = world.request(method.clone(), path, None).body(r#"{"members":[]}"#);
            if let Some(content_type) = content_type {
                request = request.header(CONTENT_TYPE, content_type);
            }
            assert_eq!(finish(request).await.unwrap().status, 415, "{method} {path} {content_type:?}");
        }
        let request = world.request(method.clone(), path, None).body(r#"{"members":[]}"#);
        let request = request.header(CONTENT_TYPE, "Application/JSON; charset=utf-8");
        assert!(finish(request).await.unwrap().status.is_success(), "{method} {path}");
    }
}

#[tokio::test]
async fn a_405_names_the_methods_there_are() {
    let world = World::plain().await;
    let answer = world.call(Method::DELETE, "/groups", None).await;
    let allowed = answer.headers["allow"].to_str().unwrap();
    assert!(allowed.contains("GET") && allowed.contains("POST") && !allowed.contains("PUT"), "{allowed}");
}

#[tokio::test]
async fn a_body_past_all_measure_is_413() {
    let world = World::plain().await;
    let body = format!("{{\"name\":\"{}\"}}", "x".repeat(5 << 20));
    let answer = finish(world.request(Method::POST, "/groups", Some(body))).await.unwrap();
    assert_eq!(answer.status, 413);
    let spaced: Vec<String> = numbers(0..10_000).iter().map(|number| format!("   {number}   ")).collect();
    assert_eq!(world.post("/groups", json!({ "members": spaced })).await.status, 201);
}

#[tokio::test]
async fn the_groups_limit_is_asked_between_adds_and_removes() {
    let settings = Settings { rules: Rules { group_limit: 10, ..Rules::default() }, ..Settings::default() };
    let world = World::new(settings).await;
    let group = world.group(json!({ "members": numbers(0..10) })).await;
    let other = world.post("/groups", json!({ "members": numbers(20..22) })).await.ok();
    let full = (400, CONSTRAINT.to_owned());

    let swap = json!({ "add": [number(11)], "remove": [number(0)] });
    assert_eq!(world.post(&group, swap).await.problem(), full);
    assert_eq!(world.post(&group, json!({ "add_from_group": id(&other) })).await.problem(), full);
    assert_eq!(world.put(&group, json!({ "members": numbers(0..11) })).await.problem(), full);
    assert_eq!(world.post("/groups", json!({ "members": numbers(0..11) })).await.problem(), full);
    assert_eq!(world.members(&group).await, digits(0..10), "nothing of it was applied");

    let known = json!({ "add": numbers(0..10), "remove": [number(0)] });
    assert_eq!(world.post(&group, known).await.ok()["size"], 9, "members already there count once");
    assert_eq!(world.post(&group, json!({ "add": [number(11)] })).await.ok()["size"], 10);
    let twice = [numbers(0..10), numbers(0..10)].concat();
    assert_eq!(world.put(&group, json!({ "members": twice })).await.ok()["size"], 10);
}

#[tokio::test]
async fn names_are_unique_where_that_is_asked_for() {
    let anyhow = World::plain().await;
    assert_eq!(anyhow.post("/groups", json!({ "name": "twice" })).await.status, 201);
    assert_eq!(anyhow.post("/groups", json!({ "name": "twice" })).await.status, 201);

    let settings = Settings { rules: Rules { unique_names: true, ..Rules::default() }, ..Settings::default() };
    let world = World::new(settings).await;
    let group = world.group(json!({ "name": "once" })).await;
    let other = world.group(json!({ "name": "other" })).await;
    let taken = (403, "conflict_group_name".to_owned());
    assert_eq!(world.post("/groups", json!({ "name": "once" })).await.problem(), taken);
    assert_eq!(world.post(&other, json!({ "name": "once" })).await.problem(), taken);
    assert_eq!(world.put(&other, json!({ "name": "once", "members": [] })).await.problem(), taken);
    assert_eq!(world.post(&group, json!({ "name": "once" })).await.status, 200, "its own name is not taken");
    for _ in 0..2 {
        assert_eq!(world.post("/groups", json!({})).await.status, 201, "no name is no name twice");
    }
}
