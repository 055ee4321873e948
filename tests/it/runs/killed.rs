//! A run that is killed at any send and resumed, while somebody leaves whom nobody watches, ends like one that was not.

use rollcall::groups::{Group, GroupUpdate, GroupsApi, NewGroup, all_groups};
use rollcall::numbers::NumberSet;

use super::*;
use crate::kill::{World, killed_at_every_send};

const GROUP: &str = "News";

fn set(numbers: &BTreeSet<String>) -> NumberSet {
    numbers.iter().map(|number| number.parse().unwrap()).collect()
}

async fn group(world: &World) -> (Group, NumberSet) {
    let store = world.running.store();
    let group = all_groups(store).await.unwrap().remove(0);
    let members = store.members(&group.id).await.unwrap();
    (group, members)
}

/// Kills an import of thirty into a group of four others at every send. Yields how often, and how often somebody was
/// there who could leave.
async fn killed_everywhere(mode: &str) -> (usize, usize) {
    let before = World::new().await;
    list(&before.dir, "list.csv", &numbers(0..30));
    let (listed, others) = (set(&numbers(0..30)), set(&numbers(1500..1504)));
    let new = NewGroup { name: Some(GROUP.to_owned()), members: others.iter().collect(), ..NewGroup::default() };
    before.running.store().create(&new).await.unwrap();
    let import = ["import", "list.csv", "--group", GROUP, "--mode", mode, "--max-remove", "100%", "--chunk-size", "5"];
    let import = [&import[..], &["--rate", "1000", "--concurrency", "2"]].concat();
    let wanted = if mode == "add" { listed.union(&others) } else { listed.clone() };
    let gone = std::sync::atomic::AtomicUsize::new(0);
    let killed = killed_at_every_send(&before, &import, 1, async |world, moment| {
        let (group, members) = group(&world).await;
        let there = members.intersection(&listed);
        let left: NumberSet = there.iter().nth(moment.send % there.len().max(1)).into_iter().collect();
        let update = GroupUpdate { remove: left.iter().collect(), ..GroupUpdate::default() };
        if !left.is_empty() {
            gone.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            world.running.store().update(&group.id, &update).await.unwrap();
        }
        let resumed = world.resumed(moment).await;
        if resumed.stderr.contains("nothing to resume") && left.is_empty() {
            // Nothing had been planned yet, or the second process was done before it could be killed.
            world.end(&import).await.code(0);
        }
        assert!(self::group(&world).await.1 == wanted.difference(&left), "{moment:?}, {mode}: {resumed:?}");
        world.end(&["runs", "resume"]).await.code(0).says("nothing to resume");
        // What is remembered is as true as after an uninterrupted run: whoever left stays away, and nothing else is to
        // be done.
        let again = world.told(&[&import[..], &["--dry-run"]].concat()).await;
        let figures = ["to_add", "to_remove", "left"].map(|figure| again["members"][figure].as_u64().unwrap());
        assert_eq!(figures, [0, 0, left.count()], "{moment:?}, {mode}: {again}");
    })
    .await;
    (killed, gone.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_twice_and_resumed_it_ends_like_a_run_that_was_not() {
    for mode in ["add", "sync"] {
        let (killed, gone) = killed_everywhere(mode).await;
        assert!(killed > 10 && gone > 5, "{mode}: {killed} kills, {gone} leavers");
    }
}
