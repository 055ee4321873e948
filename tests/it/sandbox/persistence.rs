//! Groups outlive the sandbox, and may be shared by several.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use rollcall::groups::{GroupId, GroupUpdate, GroupsApi, NewGroup};
use rollcall::numbers::Msisdn;
use rollcall::sandbox::{Data, Rules, Settings, Store, StoreError};

use super::*;
use crate::workdir::Workdir;

fn kept_in(file: &Path) -> Settings {
    Settings { data: Data::File(file.to_owned()), ..Settings::default() }
}

fn open(file: &Path, plan: &str) -> Result<Store, StoreError> {
    Store::open(&Data::File(file.to_owned()), plan, Rules::default())
}

fn some(range: std::ops::Range<u32>) -> Vec<Msisdn> {
    numbers(range).iter().map(|number| number.parse().unwrap()).collect()
}

#[tokio::test]
async fn what_one_sandbox_keeps_the_next_one_gives() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("groups.db");
    let first = World::new(kept_in(&file)).await;
    let child = first.post("/groups", json!({})).await.ok();
    let body = json!({
        "name": "Customers", "members": numbers(0..9),
        "child_groups": [id(&child)], "auto_update": keywords("JOIN", "STOP")
    });
    let group = first.group(body).await;
    let before = first.get(&group).await.ok();
    first.sandbox.stop().await;

    let second = World::new(kept_in(&file)).await;
    assert_eq!(second.get(&group).await.ok(), before);
    assert_eq!(second.members(&group).await, digits(0..9));
    let newer = id(&second.post("/groups", json!({})).await.ok());
    assert_eq!(id(&second.get("/groups").await.ok()["groups"][0]), newer, "newest first, across restarts");
}

#[tokio::test]
async fn two_sandboxes_share_a_file_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("groups.db");
    let (one, two) = futures::future::join(World::new(kept_in(&file)), World::new(kept_in(&file))).await;
    let group = one.group(json!({})).await;
    let calls = (0..20_u32).map(|chunk| {
        let world = if chunk % 2 == 0 { &one } else { &two };
        world.post(&group, json!({ "add": numbers(chunk * 50..chunk * 50 + 50) }))
    });
    for answer in futures::future::join_all(calls).await {
        answer.ok();
    }
    assert_eq!(two.members(&group).await, digits(0..1000));
    let mut made = Vec::new();
    for index in 0..10 {
        let world = if index % 2 == 0 { &one } else { &two };
        made.insert(0, id(&world.post("/groups", json!({})).await.ok()));
    }
    let listed = one.get("/groups").await.ok();
    let listed: Vec<String> = listed["groups"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(listed[..10], made, "one clock for both");
}

#[test]
fn many_open_the_same_new_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("groups.db");
    let openers: Vec<_> = (0..8)
        .map(|_| {
            let file = file.clone();
            std::thread::spawn(move || open(&file, "plan").map(drop))
        })
        .collect();
    for opener in openers {
        opener.join().unwrap().unwrap();
    }
}

#[tokio::test]
async fn plans_in_one_file_do_not_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("groups.db");
    let (ours, theirs) = (open(&file, "ours").unwrap(), open(&file, "theirs").unwrap());
    let group = ours.create(&NewGroup { members: some(0..3), ..NewGroup::default() }).await.unwrap();
    assert_eq!(theirs.list(0, 10).await.unwrap().count, 0);
    assert_eq!(theirs.retrieve(&group.id).await.unwrap_err().status, Some(404));
    let update = GroupUpdate { add_from_group: Some(group.id.clone()), ..GroupUpdate::default() };
    let own = theirs.create(&NewGroup::default()).await.unwrap();
    assert_eq!(theirs.update(&own.id, &update).await.unwrap_err().status, Some(403));
    assert_eq!(ours.list(0, 10).await.unwrap().count, 1);
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_may_read_the_file_and_what_sqlite_puts_beside_it() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("groups.db");
    std::fs::write(&file, "").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let store = open(&file, "plan").unwrap();
    store.create(&NewGroup { members: some(0..3), ..NewGroup::default() }).await.unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        seen += 1;
    }
    assert!(seen >= 2, "the journal is there too");
}

#[test]
fn a_file_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("list.csv");
    let content = "phone\n+15550001111\n".repeat(1000);
    std::fs::write(&text, &content).unwrap();
    let error = open(&text, "plan").unwrap_err();
    assert!(matches!(error, StoreError::NotOurs(_)) && error.hint().unwrap().contains("--data"), "{error:?}");
    assert_eq!(std::fs::read_to_string(&text).unwrap(), content);

    let missing = folder.path().join("no/such/folder/groups.db");
    let error = open(&missing, "plan").unwrap_err();
    assert!(matches!(error, StoreError::File { .. }), "{error:?}");
    assert!(!missing.exists());
}

/// How many updates are under way when the process is killed, and how many numbers each adds.
const CHUNKS: u32 = 150;
const CHUNK: u32 = 60;

#[tokio::test]
async fn a_killed_process_leaves_every_request_whole_or_undone() {
    for answers_before in [1, 50, 100] {
        let work = Workdir::new();
        let file = work.path("groups.db");
        let mut command = work.command(["sandbox", "--token", "t", "--data"]);
        let mut process = command.arg(&file).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();

        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let post = move |url: String, body: Value| {
            let request = http.post(url).bearer_auth("t").header(CONTENT_TYPE, "application/json");
            finish(request.body(body.to_string()))
        };
        let group = id(&post(format!("{base}/groups"), json!({})).await.unwrap().ok());
        let mut updates = tokio::task::JoinSet::new();
        for chunk in 0..CHUNKS {
            let body = json!({ "add": numbers(chunk * CHUNK..(chunk + 1) * CHUNK) });
            let update = post(format!("{base}/groups/{group}"), body);
            updates.spawn(async move { update.await.map(|answer| (chunk, answer.ok())) });
        }
        let mut answered = Vec::new();
        while let Some(update) = updates.join_next().await {
            let Ok((chunk, _)) = update.unwrap() else { continue };
            answered.push(chunk);
            if answered.len() == answers_before {
                process.kill().unwrap();
            }
        }
        process.wait().unwrap();
        assert!(answered.len() >= answers_before, "{answered:?}");

        let store = open(&file, Settings::DEFAULT_PLAN).unwrap();
        let group = store.retrieve(&GroupId::new(group)).await.unwrap();
        let members = store.members(&group.id).await.unwrap();
        assert_eq!(group.size, u64::try_from(members.len()).ok());
        for chunk in 0..CHUNKS {
            let added = some(chunk * CHUNK..(chunk + 1) * CHUNK);
            let there = added.iter().filter(|number| members.contains(**number)).count();
            assert!(there == 0 || there == added.len(), "chunk {chunk} is torn: {there}");
            assert!(there > 0 || !answered.contains(&chunk), "chunk {chunk} was answered and is not there");
        }
    }
}
