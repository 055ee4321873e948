//! Killed at every send and resumed, a change of an audience ends where an uninterrupted one does: no group is made
//! twice, nobody is in two of them, and the last empty ones are gone if that was asked.

use rollcall::groups::{GroupsApi, all_groups};

use super::{Members, csv, everybody, number};
use crate::kill::{World, killed_at_every_send};

const SYNC: [&str; 21] = [
    "import",
    "list.csv",
    "--group",
    "News",
    "--mode",
    "sync",
    "--spread",
    "--create",
    "--group-limit",
    "10",
    "--chunk-size",
    "5",
    "--max-remove",
    "100%",
    "--max-shrink",
    "100%",
    "--rate",
    "1000",
    "--concurrency",
    "2",
    "--yes",
];

/// Everybody, by group; a name that two groups have is an error.
async fn members(world: &World) -> Members {
    let store = world.running.store();
    let mut members = Members::new();
    for group in all_groups(store).await.unwrap() {
        let numbers = store.members(&group.id).await.unwrap();
        let indexes = numbers.iter().map(|member| member.value() - number(0).value()).collect();
        let twin = members.insert(group.name.clone().unwrap(), indexes);
        assert_eq!(twin, None, "{:?} was made twice", group.name);
    }
    members
}

/// The groups that the audience is known to live in.
async fn homes(world: &World) -> Vec<String> {
    let shown = world.told(&["groups", "show", "News"]).await;
    let groups = shown["groups"].as_array().unwrap();
    groups.iter().map(|group| group["name"].as_str().unwrap().to_owned()).collect()
}

/// Kills the change from one list to another at every send, the resumed run once more, and compares the ends.
async fn killed_everywhere(first: impl Iterator<Item = u64>, then: impl Iterator<Item = u64>, flags: &[&str]) -> usize {
    let before = World::new().await;
    before.dir.file("list.csv", csv(first));
    before.end(&SYNC).await.code(0);
    before.dir.file("list.csv", csv(then));
    let sync = [&SYNC[..], flags].concat();
    let whole = before.twin().await;
    whole.end(&sync).await.code(0);
    let (expected, expected_homes) = (members(&whole).await, homes(&whole).await);
    killed_at_every_send(&before, &sync, whole.reads().max(1), async |world, moment| {
        let resumed = world.resumed(moment).await;
        if resumed.stderr.contains("nothing to resume") {
            // Nothing had been planned yet, or the second process was done before it could be killed.
            world.end(&sync).await.code(0);
        }
        assert_eq!(members(&world).await, expected, "{moment:?}: {resumed:?}");
        assert_eq!(homes(&world).await, expected_homes, "{moment:?}");
        let again = world.told(&[&sync[..], &["--dry-run"]].concat()).await;
        let left = ["to_add", "to_remove", "left", "joined"].map(|figure| again["members"][figure].as_u64().unwrap());
        assert_eq!(left, [0; 4], "{moment:?}: {again}");
        everybody(&members(&world).await);
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_growing_audience_ends_as_it_would_have() {
    // Three leave the first group, eighteen come: three gaps are filled, two groups are made.
    let killed = killed_everywhere(0..20, 3..38, &[]).await;
    assert!(killed > 5, "only {killed} sends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shrinking_audience_ends_as_it_would_have_without_its_empty_groups() {
    let killed = killed_everywhere(0..25, 0..8, &["--drop-empty"]).await;
    assert!(killed > 5, "only {killed} sends");
}
