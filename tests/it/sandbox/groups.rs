//! The seven operations as they are documented.

use super::*;

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_created_group_is_answered_in_the_documented_shape() {
    let world = World::plain().await;
    let child = world.post("/groups", json!({})).await.ok();
    let answer = world
        .post(
            "/groups",
            json!({ "name": "Customers", "members": numbers(0..2), "child_groups": [id(&child)], "auto_update": keywords("JOIN", "STOP") }),
        )
        .await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.headers[CONTENT_TYPE], "application/json");
    let group = answer.json();
    assert_eq!(keys(&group), ["auto_update", "child_groups", "created_at", "id", "modified_at", "name", "size"]);
    assert_eq!((&group["name"], &group["size"]), (&json!("Customers"), &json!(2)));
    assert_eq!(group["child_groups"], json!([id(&child)]));
    assert_eq!(group["auto_update"], keywords("JOIN", "STOP"));
    let id = id(&group);
    assert!(id.len() == 26 && id.bytes().all(|byte| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&byte)), "{id}");
    for instant in ["created_at", "modified_at"] {
        let text = group[instant].as_str().unwrap();
        assert!(text.len() == 24 && text.ends_with('Z') && text.as_bytes()[19] == b'.', "{text}");
        text.parse::<jiff::Timestamp>().unwrap();
    }
    assert_eq!(group["created_at"], group["modified_at"]);
    assert_eq!(world.get(&format!("/groups/{id}")).await.ok(), group);
}

#[tokio::test]
async fn what_is_not_set_is_left_out() {
    let world = World::plain().await;
    let group = world.post("/groups", json!({ "name": null, "members": null, "auto_update": null })).await.ok();
    assert_eq!(keys(&group), ["child_groups", "created_at", "id", "modified_at", "size"]);
    assert_eq!(group["child_groups"], json!([]), "an empty list is no null");
}

#[tokio::test]
async fn members_are_digits_however_they_were_sent() {
    let world = World::plain().await;
    let sent = ["+4915112345678", "004915112345679", "4915112345680", "+49 (151) 1234-5681", "+4915112345678"];
    let group = world.group(json!({ "members": sent })).await;
    let answer = world.get(&format!("{group}/members")).await;
    assert_eq!(
        answer.json(),
        json!(["4915112345678", "4915112345679", "4915112345680", "4915112345681"]),
        "a bare array, each number once"
    );
    assert_eq!(world.get(&group).await.ok()["size"], 4);
    let empty = world.group(json!({})).await;
    assert_eq!(world.get(&format!("{empty}/members")).await.json(), json!([]));
}

#[tokio::test]
async fn a_large_group_is_given_back_whole() {
    let world = World::plain().await;
    let group = world.group(json!({ "members": numbers(0..10_000) })).await;
    assert_eq!(world.members(&group).await, digits(0..10_000));
}

#[tokio::test]
async fn adds_run_before_removes() {
    let world = World::plain().await;
    let group = world.group(json!({ "members": numbers(0..3) })).await;
    let updated = world.post(&group, json!({ "add": [number(5), number(6)], "remove": [number(6), number(0)] })).await;
    assert_eq!((updated.status.as_u16(), &updated.json()["size"]), (200, &json!(3)));
    assert_eq!(world.members(&group).await, [&digits(1..3)[..], &digits(5..6)[..]].concat());
}

#[tokio::test]
async fn duplicate_adds_and_unknown_removes_are_no_errors_and_change_nothing() {
    let world = World::plain().await;
    let group = world.group(json!({ "members": numbers(0..3) })).await;
    let before = world.get(&group).await.ok();
    let after =
        world.post(&group, json!({ "add": [number(0), number(0), number(1)], "remove": [number(9)] })).await.ok();
    assert_eq!(before, after);
}

#[tokio::test]
async fn an_update_moves_the_time_of_change_and_nothing_else() {
    let world = World::plain().await;
    let group = world.group(json!({ "name": "before", "members": numbers(0..3) })).await;
    let mut last = world.get(&group).await.ok();
    let changes = [
        json!({ "add": [number(7)] }),
        json!({ "remove": [number(7)] }),
        json!({ "name": "after" }),
        json!({ "auto_update": keywords("JOIN", "STOP") }),
        json!({ "name": null }),
    ];
    for change in changes {
        let next = world.post(&group, change.clone()).await.ok();
        assert!(next["modified_at"].as_str() > last["modified_at"].as_str(), "{change}");
        assert_eq!((&next["created_at"], &next["id"]), (&last["created_at"], &last["id"]));
        last = next;
    }
}

#[tokio::test]
async fn an_absent_name_is_kept_and_a_null_name_is_erased() {
    let world = World::plain().await;
    let group = world.group(json!({ "name": "Customers" })).await;
    assert_eq!(world.post(&group, json!({ "add": [number(1)] })).await.ok()["name"], "Customers");
    assert_eq!(world.post(&group, json!({ "name": null })).await.ok().get("name"), None);
    assert_eq!(world.post(&group, json!({ "name": "Again" })).await.ok()["name"], "Again");
}

#[tokio::test]
async fn an_update_with_every_unset_field_as_null_erases_the_name_and_keeps_the_keywords() {
    let world = World::plain().await;
    let group = world.group(json!({ "name": "Customers", "auto_update": keywords("JOIN", "STOP") })).await;
    let sent = json!({
        "add": [number(1)], "remove": null, "name": null,
        "add_from_group": null, "remove_from_group": null, "auto_update": null
    });
    let updated = world.post(&group, sent).await.ok();
    assert_eq!(updated.get("name"), None);
    assert_eq!((&updated["size"], &updated["auto_update"]), (&json!(1), &keywords("JOIN", "STOP")));
}

#[tokio::test]
async fn members_of_other_groups_are_copied_once() {
    let world = World::plain().await;
    let source = world.group(json!({ "members": numbers(0..4) })).await;
    let away = world.group(json!({ "members": numbers(2..9) })).await;
    let group = world.group(json!({ "members": numbers(8..10) })).await;
    let id_of = |path: &str| path.trim_start_matches("/groups/").to_owned();
    let sent = json!({ "add_from_group": id_of(&source), "remove_from_group": id_of(&away) });
    assert_eq!(world.post(&group, sent).await.ok()["size"], 3);
    assert_eq!(world.members(&group).await, [&digits(0..2)[..], &digits(9..10)[..]].concat());
    world.post(&source, json!({ "add": [number(20)] })).await.ok();
    assert_eq!(world.get(&group).await.ok()["size"], 3);
}

#[tokio::test]
async fn a_replacement_clears_what_it_does_not_name() {
    let world = World::plain().await;
    let child = world.post("/groups", json!({})).await.ok();
    let whole = json!({
        "name": "Customers", "members": numbers(0..5),
        "child_groups": [id(&child)], "auto_update": keywords("JOIN", "STOP")
    });
    let group = world.group(whole.clone()).await;
    let before = world.get(&group).await.ok();
    let bare = world.put(&group, json!({ "members": numbers(4..6) })).await;
    assert_eq!(bare.status, 200);
    assert_eq!(keys(&bare.json()), ["child_groups", "created_at", "id", "modified_at", "size"]);
    assert_eq!(bare.json()["child_groups"], json!([]));
    assert_eq!(world.members(&group).await, digits(4..6));

    let again = world.put(&group, whole).await.ok();
    for field in ["id", "name", "size", "child_groups", "auto_update", "created_at"] {
        assert_eq!(again[field], before[field], "{field}");
    }
    assert!(again["modified_at"].as_str() > bare.json()["modified_at"].as_str());
    assert_eq!(world.put(&group, json!({ "members": [] })).await.ok()["size"], 0);
}

#[tokio::test]
async fn a_deleted_group_is_gone_from_everywhere() {
    let world = World::plain().await;
    let child = world.post("/groups", json!({ "members": numbers(0..3) })).await.ok();
    let parent = world.group(json!({ "child_groups": [id(&child)] })).await;
    let path = format!("/groups/{}", id(&child));
    let answer = world.call(Method::DELETE, &path, None).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""));
    for (method, path, body) in [
        (Method::GET, path.clone(), None),
        (Method::GET, format!("{path}/members"), None),
        (Method::POST, path.clone(), Some(json!({}))),
        (Method::PUT, path.clone(), Some(json!({ "members": [] }))),
        (Method::DELETE, path.clone(), None),
    ] {
        assert_eq!(world.call(method.clone(), &path, body).await.status, 404, "{method} {path}");
    }
    assert_eq!(world.get("/groups").await.ok()["count"], 1);
    assert_eq!(world.get(&parent).await.ok()["child_groups"], json!([]));
}

#[tokio::test]
async fn the_keywords_are_given_back_as_they_were_sent_but_for_nulls() {
    let world = World::plain().await;
    let sent = r#"{"auto_update": {"remove": {"second_word":"NOW", "first_word":"STOP"}, "to": 15550001111, "x":1}}"#;
    let created = finish(world.request(Method::POST, "/groups", Some(sent.to_owned()))).await.unwrap();
    let kept = r#""auto_update":{"remove": {"second_word":"NOW", "first_word":"STOP"}, "to": 15550001111, "x":1}"#;
    assert!(created.text.contains(kept), "{}", created.text);

    let nulls = json!({ "to": "12345", "add": { "first_word": "JOIN", "second_word": null }, "remove": null });
    let group = world.post("/groups", json!({ "auto_update": nulls })).await.ok();
    assert_eq!(group["auto_update"], json!({ "to": "12345", "add": { "first_word": "JOIN" } }));
}

#[tokio::test]
async fn groups_are_listed_newest_first_page_by_page() {
    let world = World::plain().await;
    let mut made = Vec::new();
    for index in 0..33 {
        made.push(id(&world.post("/groups", json!({ "name": format!("g{index}") })).await.ok()));
    }
    made.reverse();
    let ids = |page: &Value| page["groups"].as_array().unwrap().iter().map(id).collect::<Vec<_>>();

    let first = world.get("/groups").await.ok();
    assert_eq!(keys(&first), ["count", "groups", "page", "page_size"]);
    assert_eq!((&first["page"], &first["page_size"], &first["count"]), (&json!(0), &json!(30), &json!(33)));
    assert_eq!(ids(&first), made[..30]);
    assert!(first["groups"].as_array().unwrap().iter().all(|group| group.get("members").is_none()));

    let second = world.get("/groups?page=1").await.ok();
    assert_eq!((&second["page"], &second["page_size"], &second["count"]), (&json!(1), &json!(3), &json!(33)));
    assert_eq!(ids(&second), made[30..]);

    let beyond = world.get("/groups?page=2&page_size=20").await.ok();
    assert_eq!(beyond, json!({ "page": 2, "page_size": 0, "count": 33, "groups": [] }));
    assert_eq!(ids(&world.get("/groups?page_size=100").await.ok()), made);
    assert_eq!(ids(&world.get("/groups?page=4&page_size=7").await.ok()), made[28..]);
    assert_eq!(world.get("/groups?page_size=0").await.ok()["groups"], json!([]));

    let mut by_id = made.clone();
    by_id.sort_by(|a, b| b.cmp(a));
    assert_eq!(by_id, made, "ids sort by time");
}

#[tokio::test]
async fn parallel_updates_commute() {
    let world = World::plain().await;
    let group = world.group(json!({ "members": numbers(0..100) })).await;
    let bodies = (0..20_u32).map(|chunk| {
        let (add, remove) = (200 + chunk * 10, chunk * 5);
        json!({ "add": numbers(add..add + 10), "remove": numbers(remove..remove + 5) })
    });
    let calls = bodies.map(|body| world.post(&group, body));
    for answer in futures::future::join_all(calls).await {
        answer.ok();
    }
    assert_eq!(world.members(&group).await, digits(200..400));
    assert_eq!(world.get(&group).await.ok()["size"], 200);
}
