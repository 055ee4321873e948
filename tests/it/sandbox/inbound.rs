//! People who join and leave by themselves.

use super::*;

async fn text(world: &World, group: &str, message: Value) -> Value {
    let url = format!("{}/sandbox/v1/{}{group}/inbound", world.sandbox.auth_url(), world.sandbox.plan());
    let request = world.http.post(url).bearer_auth(world.sandbox.token());
    let request = request.header(CONTENT_TYPE, "application/json").body(message.to_string());
    finish(request).await.unwrap().json()
}

#[tokio::test]
async fn a_keyword_joins_and_another_leaves() {
    let world = World::plain().await;
    let group = world.group(json!({ "members": numbers(0..2), "auto_update": keywords("JOIN", "STOP") })).await;
    let before = world.get(&group).await.ok();
    let say = |body: &'static str| {
        let message = json!({ "from": number(5), "body": body });
        let (world, group) = (&world, &group);
        async move { text(world, group, message).await["result"].clone() }
    };
    assert_eq!(say("hello").await, "nothing");
    assert_eq!(say("").await, "nothing");
    assert_eq!(world.get(&group).await.ok(), before);
    assert_eq!(say(" join please").await, "joined");
    assert_eq!(say("JOIN").await, "nothing", "a member already");
    let joined = world.get(&group).await.ok();
    assert!(joined["size"] == 3 && joined["modified_at"].as_str() > before["modified_at"].as_str());
    assert_eq!(world.members(&group).await, [&digits(0..2)[..], &digits(5..6)[..]].concat());
    assert_eq!(say("Stop").await, "left");
    assert_eq!(world.members(&group).await, digits(0..2));
}

#[tokio::test]
async fn both_words_and_the_right_number_are_needed() {
    let world = World::plain().await;
    let words = json!({ "to": "12345", "add": { "first_word": "Brand", "second_word": "join" } });
    let group = world.group(json!({ "auto_update": words })).await;
    for (to, body, result) in [
        (json!("12345"), "BRAND", "nothing"),
        (json!("12345"), "join brand", "nothing"),
        (json!("54321"), "brand join", "nothing"),
        (json!("12345"), "brand join", "joined"),
    ] {
        let message = json!({ "from": number(1), "to": to, "body": body });
        assert_eq!(text(&world, &group, message).await["result"], result, "{to} {body}");
    }
    let bare = world.group(json!({})).await;
    let message = json!({ "from": number(1), "body": "JOIN" });
    assert_eq!(text(&world, &bare, message).await["result"], "nothing", "no keywords, no way in");
}

#[tokio::test]
async fn a_message_needs_a_sender_and_a_group() {
    let world = World::plain().await;
    let group = world.group(json!({})).await;
    for message in [json!({ "body": "x" }), json!({ "from": number(1) }), json!({ "from": "me", "body": "x" })] {
        assert!(text(&world, &group, message).await["code"].as_str().unwrap().starts_with("syntax_"));
    }
    let message = json!({ "from": number(1), "body": "JOIN" });
    assert_eq!(text(&world, "/groups/x", message).await["code"], "not_found");
}
