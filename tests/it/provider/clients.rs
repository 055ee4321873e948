//! The provider's public clients run all seven operations against the real sandbox; our own commands then find what
//! they have left behind.

use serde_json::{Value, json};

use crate::tools::{printed, script};
use crate::workdir::{Ended, Served, Workdir, end};

#[test]
fn the_python_client_runs_all_seven_operations_against_the_sandbox() {
    seven_operations("scripts/provider/seven_operations.py");
}

#[test]
fn the_node_client_runs_all_seven_operations_against_the_sandbox() {
    seven_operations("scripts/provider/seven_operations.js");
}

fn seven_operations(client: &str) {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    let origin = served.base_url.strip_suffix("/xms/v1/demo").unwrap();
    let Some(mut client) = script(client) else { return };
    let seen = printed(client.args([origin, "demo", "t0ken"]));
    let seen: Value = serde_json::from_str(&seen).unwrap();
    let id = |what: &str| seen[what]["id"].as_str().unwrap().to_owned();
    let ours = |args: &[&str]| -> Ended { end(&mut served.command(&dir, args)) };
    let show =
        |id: &str| serde_json::from_str::<Value>(&ours(&["groups", "show", id, "--json"]).code(0).stdout).unwrap();

    let created: Vec<&Value> = seen["created"].as_array().unwrap().iter().collect();
    let sizes: Vec<(&Value, &Value)> = created.iter().map(|group| (&group["name"], &group["size"])).collect();
    // A group counts the members of its child groups, each number once.
    let expected = [("Updated", 3), ("Nameless", 3), ("Replaced", 3), ("Deleted", 0)]
        .map(|(name, size)| (json!(name), json!(size)));
    assert!(sizes.iter().map(|(name, size)| ((*name).clone(), (*size).clone())).eq(expected), "{seen}");
    let listed: Vec<&Value> = seen["listed"].as_array().unwrap().iter().collect();
    assert!(
        listed.iter().copied().eq(created.iter().rev().map(|group| &group["id"])),
        "newest first, over two pages: {seen}"
    );
    assert_eq!(seen["got"], seen["updated"]);
    assert_eq!(seen["members"], json!(["12125550001", "12125550002", "12125550003"]), "adds before removes");
    let words = json!({
        "to": "+12125559999", "add": { "first_word": "JOIN" }, "remove": { "first_word": "LEAVE", "second_word": "News" }
    });
    assert_eq!(seen["words"], words);

    for (what, name, numbers) in [
        ("updated", json!("Renamed"), "+12125550001\n+12125550002\n+12125550003\n"),
        ("nameless", Value::Null, "+12125550000\n+12125550002\n"),
        ("replaced", json!("Replacement"), "+12125550005\n+12125550006\n"),
    ] {
        let shown = show(&id(what));
        assert_eq!((&shown["name"], &shown["size"]), (&name, &seen[what]["size"]), "{what}");
        assert_eq!((&seen[what]["name"], numbers.lines().count()), (&name, usize_of(&shown["size"])), "{what}");
        assert_eq!(ours(&["groups", "members", &id(what)]).code(0).stdout, numbers, "{what}");
    }
    assert_eq!(show(&id("updated"))["auto_update"], words);
    assert_eq!(show(&id("replaced"))["child_groups"], json!([]), "a replacement leaves out what it does not name");
    ours(&["groups", "show", seen["deleted"].as_str().unwrap()]).code(2);
}

fn usize_of(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}
