//! A restore that is killed at any send and resumed ends where one ends that was not: members, names, keywords, who
//! left, and who joined by themselves.

use std::collections::BTreeMap;

use rollcall::groups::{Group, GroupId, GroupUpdate, GroupsApi, NewGroup, all_groups};
use rollcall::numbers::Msisdn;
use serde_json::Value;

use super::{Home, csv, numbers, words};
use crate::kill::{World, killed_at_every_send};

const RESTORE: [&str; 10] =
    ["restore", "kept", "--mode", "sync", "--max-remove", "100%", "--rate", "1000", "--concurrency", "2"];

/// A backup of a group that is there in the other account as well, of one with leavers that is not, and of one without
/// a name.
fn keep(place: &std::path::Path) {
    let home = Home::new();
    for name in ["News", "Lost"] {
        home.import(name, 0..6, &["--create"]).code(0);
        home.update(name, &GroupUpdate { remove: numbers([2]), add: numbers([40]), ..GroupUpdate::default() });
    }
    home.update("News", &GroupUpdate { auto_update: Some(words()), ..GroupUpdate::default() });
    home.make(&NewGroup { members: numbers(60..63), auto_update: Some(words()), ..NewGroup::default() });
    home.dir.file("left.csv", csv([70]));
    home.dir.run(["leavers", "import", "Long gone", "left.csv", "--sandbox"]).code(0);
    home.run(&["backup", place.to_str().unwrap()]).code(0);
}

/// Everything that can be told of an account and of what is remembered of it, ids and dates aside.
async fn end_of(world: &World) -> (BTreeMap<String, Value>, Vec<(String, String)>, Vec<Value>) {
    let store = world.running.store();
    let mut groups = BTreeMap::new();
    for group in all_groups(store).await.unwrap() {
        let Group { name, auto_update, .. } = &group;
        let members: Vec<u64> = store.members(&group.id).await.unwrap().iter().map(Msisdn::value).collect();
        let words: Option<Value> = auto_update.as_ref().map(|words| serde_json::from_str(words.json()).unwrap());
        let told = serde_json::json!({ "members": members, "words": words });
        assert_eq!(groups.insert(name.clone().unwrap_or_default(), told), None, "{name:?} was made twice");
    }
    let id = |name: &str| -> GroupId { id_of(world, name) };
    let unnamed = id("").to_string();
    let left = world.told(&["leavers", "list"]).await;
    let one = |row: &Value, field: &str| row[field].as_str().unwrap().replace(&unnamed, "unnamed");
    let left = left.as_array().unwrap().iter().map(|row| (one(row, "group"), one(row, "msisdn"))).collect();
    // What a nightly list that names only some would do: it takes its own out, and leaves those who joined.
    world.dir.file("list.csv", csv([0]));
    let mut nights = Vec::new();
    for group in ["News", "Lost", &unnamed] {
        let night = ["import", "list.csv", "--group", group, "--mode", "sync", "--dry-run"];
        nights.push(
            world
                .told(&[&night[..], &["--max-remove", "100%", "--max-shrink", "100%", "--rate", "1000"]].concat())
                .await["members"]
                .clone(),
        );
    }
    (groups, left, nights)
}

fn id_of(world: &World, name: &str) -> GroupId {
    let groups = futures::executor::block_on(all_groups(world.running.store())).unwrap();
    groups.into_iter().find(|group| group.name.as_deref().unwrap_or_default() == name).unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_killed_at_any_send_ends_as_it_would_have() {
    let before = World::new().await;
    let place = before.dir.path("kept");
    tokio::task::spawn_blocking(move || keep(&place)).await.unwrap();
    let members = numbers([0, 1, 50]);
    before
        .running
        .store()
        .create(&NewGroup { name: Some("News".into()), members, ..NewGroup::default() })
        .await
        .unwrap();
    let whole = before.twin().await;
    whole.end(&RESTORE).await.code(0);
    let expected = end_of(&whole).await;
    assert_eq!(expected.0.len(), 3, "{expected:?}");
    assert_eq!(expected.1.len(), 3, "{expected:?}");
    assert_eq!(expected.0["News"]["words"]["add"]["first_word"], "JOIN", "{expected:?}");
    assert!(expected.2.iter().all(|night| night["joined"] == 1 || night["to_remove"] == 3), "{expected:?}");
    let killed = killed_at_every_send(&before, &RESTORE, whole.reads(), async |world, moment| {
        let resumed = world.resumed(moment).await;
        if world.told(&["runs", "list"]).await.as_array().unwrap().is_empty() {
            // Nothing had been planned yet.
            world.end(&RESTORE).await.code(0);
        }
        assert_eq!(end_of(&world).await, expected, "{moment:?}: {resumed:?}");
    })
    .await;
    assert!(killed > 8, "only {killed} sends");
}
