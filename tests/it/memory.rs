//! What rollcall remembers of people decides what it does with them: who left stays away, who joined stays, and nobody
//! is removed by accident.

mod brakes;
mod forgetting;
mod leavers;
mod liar;
mod model;
mod modes;
mod nights;
mod whole;

use std::collections::BTreeSet;

use rollcall::groups::{Group, GroupUpdate, GroupsApi, all_groups};
use rollcall::numbers::{Msisdn, NumberSet};
use rollcall::sandbox::{Data, Rules, Settings, Store};
use serde_json::Value;

use crate::workdir::{Ended, Workdir};

/// A folder, the embedded sandbox of its state folder, and the group `News` in it.
struct Town {
    dir: Workdir,
    runtime: tokio::runtime::Runtime,
}

/// A valid American number; the first hundred are examples.
fn number(index: u64) -> Msisdn {
    Msisdn::from_value(12_125_550_100 + index).unwrap()
}

fn numbers(indexes: impl IntoIterator<Item = u64>) -> Vec<Msisdn> {
    indexes.into_iter().map(number).collect()
}

/// A list of these numbers.
fn csv(indexes: impl IntoIterator<Item = u64>) -> String {
    indexes.into_iter().fold("phone\n".to_owned(), |text, index| text + &format!("{}\n", number(index)))
}

impl Town {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { dir: Workdir::new(), runtime }
    }

    /// A town whose group `News` was made by an import of these.
    fn with(indexes: impl IntoIterator<Item = u64>) -> Self {
        let town = Self::new();
        let (ended, _) = town.import("add", indexes, &["--create"]);
        ended.code(0);
        town
    }

    /// Imports a list of these into `News`.
    fn import(&self, mode: &str, indexes: impl IntoIterator<Item = u64>, flags: &[&str]) -> (Ended, Value) {
        self.import_text(mode, &csv(indexes), flags)
    }

    fn import_text(&self, mode: &str, list: &str, flags: &[&str]) -> (Ended, Value) {
        self.dir.file("list.csv", list);
        let args = ["import", "list.csv", "--group", "News", "--sandbox", "--mode", mode];
        self.dir.report(args.iter().chain(flags))
    }

    fn run(&self, args: &[&str]) -> Ended {
        self.dir.run(args.iter().chain(&["--sandbox"]))
    }

    /// The same groups, without the command.
    fn store(&self) -> Store {
        let file = Data::File(self.dir.path("state").join("sandbox.sqlite"));
        Store::open(&file, Settings::DEFAULT_PLAN, Rules::default()).unwrap()
    }

    fn group(&self, name: &str) -> Group {
        let groups = self.runtime.block_on(all_groups(&self.store())).unwrap();
        groups.into_iter().find(|group| group.name.as_deref() == Some(name)).unwrap()
    }

    fn members_of(&self, name: &str) -> NumberSet {
        let id = self.group(name).id;
        self.runtime.block_on(self.store().members(&id)).unwrap()
    }

    /// The members of `News`, as they were numbered.
    fn members(&self) -> BTreeSet<u64> {
        self.members_of("News").iter().map(|member| member.value() - number(0).value()).collect()
    }

    /// Somebody else changes `News`.
    fn update(&self, update: &GroupUpdate) {
        let id = self.group("News").id;
        self.runtime.block_on(self.store().update(&id, update)).unwrap();
    }

    /// These leave by themselves.
    fn leave(&self, indexes: impl IntoIterator<Item = u64>) {
        self.update(&GroupUpdate { remove: numbers(indexes), ..GroupUpdate::default() });
    }

    /// These join by themselves.
    fn join(&self, indexes: impl IntoIterator<Item = u64>) {
        self.update(&GroupUpdate { add: numbers(indexes), ..GroupUpdate::default() });
    }

    /// Who is remembered as having left, as `leavers list` tells it.
    fn left(&self) -> BTreeSet<String> {
        let listed = self.run(&["leavers", "list", "--json"]);
        let rows: Value = serde_json::from_str(&listed.code(0).stdout).unwrap();
        rows.as_array().unwrap().iter().map(|row| row["msisdn"].as_str().unwrap().to_owned()).collect()
    }
}

/// The names of the brakes that trip, without repetition.
fn tripped(report: &Value) -> BTreeSet<String> {
    let brakes = report["brakes"].as_array().unwrap().iter().filter(|brake| brake["tripped"] == true);
    brakes.map(|brake| brake["name"].as_str().unwrap().to_owned()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn range(indexes: std::ops::Range<u64>) -> BTreeSet<u64> {
    indexes.collect()
}
