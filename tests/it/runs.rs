//! `rollcall runs`: what was done is known, can be gone on with, taken back and checked again.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::workdir::{Ended, Served, Workdir, end};

mod killed;
mod looking;
mod resuming;
mod undoing;
mod verifying;

const TOKEN: &str = "t0ken";

/// American example numbers, as many as are asked for, up to 2,000.
fn numbers(range: std::ops::Range<usize>) -> BTreeSet<String> {
    const AREAS: [u32; 20] =
        [201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228];
    range.map(|row| format!("+1{}55501{:02}", AREAS[row / 100], row % 100)).collect()
}

/// Writes a list of numbers.
fn list(dir: &Workdir, name: &str, numbers: &BTreeSet<String>) {
    let rows: String = numbers.iter().map(|number| format!("{number}\n")).collect();
    dir.file(name, format!("phone\n{rows}"));
}

/// The server, as somebody else would talk to it.
struct Outside<'a> {
    served: &'a Served,
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
}

impl<'a> Outside<'a> {
    fn new(served: &'a Served) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { served, runtime, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    fn ask(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Value {
        self.runtime.block_on(async {
            let url = format!("{}/groups{path}", self.served.base_url);
            let mut request = self.http.request(method, url).bearer_auth(TOKEN);
            if let Some(body) = body {
                request = request.header("content-type", "application/json").body(body.to_string());
            }
            let answer = request.send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.status());
            serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default()
        })
    }

    /// Makes a group; gives its id.
    fn make(&self, name: &str, members: &BTreeSet<String>) -> String {
        let group = self.ask(reqwest::Method::POST, "", Some(&json!({ "name": name, "members": members })));
        group["id"].as_str().unwrap().to_owned()
    }

    /// The group's id, when there is such a group.
    fn id(&self, name: &str) -> Option<String> {
        let groups = self.ask(reqwest::Method::GET, "?page_size=100", None);
        let groups = groups["groups"].as_array().unwrap();
        let found = groups.iter().find(|group| group["name"] == name)?;
        Some(found["id"].as_str().unwrap().to_owned())
    }

    fn members(&self, name: &str) -> BTreeSet<String> {
        let Some(id) = self.id(name) else { return BTreeSet::new() };
        let members = self.ask(reqwest::Method::GET, &format!("/{id}/members"), None);
        members.as_array().unwrap().iter().map(|member| format!("+{}", member.as_str().unwrap())).collect()
    }

    fn change(&self, name: &str, add: &[&str], remove: &[&str]) {
        let id = self.id(name).unwrap();
        self.ask(reqwest::Method::POST, &format!("/{id}"), Some(&json!({ "add": add, "remove": remove })));
    }

    /// Waits until so many are in the group, or the process has ended.
    fn wait_for(&self, name: &str, least: usize, child: &mut Child) {
        while self.members(name).len() < least {
            if child.try_wait().unwrap().is_some() {
                return;
            }
        }
    }
}

/// The JSON that a command prints.
fn told(command: &mut Command) -> (Ended, Value) {
    let ended = end(command.arg("--json"));
    let value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("no JSON: {error}\n{ended:?}"));
    (ended, value)
}

/// The id of the newest run.
fn newest(dir: &Workdir) -> String {
    let (_, runs) = told(&mut dir.command(["runs", "list"]));
    runs[0]["run"].as_str().unwrap().to_owned()
}

fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The members of an exported group.
fn exported(dir: &Workdir, group: &str) -> BTreeSet<String> {
    let export = dir.run(["export", group, "--sandbox"]);
    export.code(0).stdout.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
}
