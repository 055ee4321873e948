//! An audience in several groups is one audience: nobody moves, nobody is in it twice, and whatever is done to it is
//! done to it as a whole.

mod carrying;
mod killed;
mod names;
mod routing;
mod runs;
mod whole;

use std::collections::{BTreeMap, BTreeSet};

use rollcall::groups::{AutoUpdate, Group, GroupUpdate, GroupsApi, NameChange, NewGroup, all_groups};
use rollcall::numbers::Msisdn;
use rollcall::sandbox::{Data, Rules, Settings, Store};
use serde_json::Value;

use crate::workdir::{Ended, Workdir};

/// Members by group, as they were numbered.
type Members = BTreeMap<String, BTreeSet<u64>>;

/// A folder, and the embedded sandbox of its state folder.
struct Place {
    dir: Workdir,
    runtime: tokio::runtime::Runtime,
}

fn number(index: u64) -> Msisdn {
    Msisdn::from_value(12_125_550_100 + index).unwrap()
}

fn csv(indexes: impl IntoIterator<Item = u64>) -> String {
    indexes.into_iter().fold("phone\n".to_owned(), |text, index| text + &format!("{}\n", number(index)))
}

fn range(range: std::ops::Range<u64>) -> BTreeSet<u64> {
    range.collect()
}

impl Place {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { dir: Workdir::new(), runtime }
    }

    /// A place where the audience `News` lives in groups of ten.
    fn with(indexes: impl IntoIterator<Item = u64>) -> Self {
        let place = Self::new();
        place.sync(indexes, &["--create"]).0.code(0);
        place
    }

    /// Makes `News`, in groups of ten, equal to a list of these.
    fn sync(&self, indexes: impl IntoIterator<Item = u64>, flags: &[&str]) -> (Ended, Value) {
        self.import("sync", indexes, &[&["--spread", "--group-limit", "10", "--max-remove", "100%"], flags].concat())
    }

    fn import(&self, mode: &str, indexes: impl IntoIterator<Item = u64>, flags: &[&str]) -> (Ended, Value) {
        self.dir.file("list.csv", csv(indexes));
        self.dir.report(Self::args(mode).iter().chain(flags))
    }

    /// An import that comes to nothing, and so to no report.
    fn refused(&self, mode: &str, indexes: impl IntoIterator<Item = u64>, flags: &[&str]) -> Ended {
        self.dir.file("list.csv", csv(indexes));
        self.dir.run(Self::args(mode).iter().chain(flags))
    }

    fn args(mode: &str) -> [&str; 11] {
        ["import", "list.csv", "--group", "News", "--sandbox", "--mode", mode, "--rate", "1000", "--max-shrink", "100%"]
    }

    /// The newest run.
    fn newest(&self) -> String {
        let runs: Value = serde_json::from_str(&self.dir.run(["runs", "list", "--json"]).code(0).stdout).unwrap();
        runs[0]["run"].as_str().unwrap().to_owned()
    }

    fn run(&self, line: &str) -> Ended {
        self.dir.run(line.split_whitespace().chain(["--sandbox"]))
    }

    fn report(&self, line: &str) -> (Ended, Value) {
        self.dir.report(line.split_whitespace().chain(["--sandbox"]))
    }

    /// The same groups, without the command.
    fn store(&self) -> Store {
        let file = Data::File(self.dir.path("state").join("sandbox.sqlite"));
        std::fs::create_dir_all(self.dir.path("state")).unwrap();
        Store::open(&file, Settings::DEFAULT_PLAN, Rules::default()).unwrap()
    }

    fn groups(&self) -> Vec<Group> {
        self.runtime.block_on(all_groups(&self.store())).unwrap()
    }

    fn group(&self, name: &str) -> Group {
        self.groups().into_iter().find(|group| group.name.as_deref() == Some(name)).unwrap()
    }

    /// Everybody, by group.
    fn members(&self) -> Members {
        let store = self.store();
        let members = |group: &Group| self.runtime.block_on(store.members(&group.id)).unwrap();
        let indexes = |group: &Group| members(group).iter().map(|member| member.value() - number(0).value()).collect();
        self.groups().iter().map(|group| (group.name.clone().unwrap_or_default(), indexes(group))).collect()
    }

    /// Somebody makes a group.
    fn make(&self, name: &str, indexes: impl IntoIterator<Item = u64>, auto_update: Option<AutoUpdate>) {
        let members = indexes.into_iter().map(number).collect();
        let new = NewGroup { name: Some(name.to_owned()), members, auto_update, ..NewGroup::default() };
        self.runtime.block_on(self.store().create(&new)).unwrap();
    }

    fn update(&self, group: &str, update: &GroupUpdate) {
        let id = self.group(group).id;
        self.runtime.block_on(self.store().update(&id, update)).unwrap();
    }

    /// These leave a group by themselves.
    fn leave(&self, group: &str, indexes: impl IntoIterator<Item = u64>) {
        let remove = indexes.into_iter().map(number).collect();
        self.update(group, &GroupUpdate { remove, ..GroupUpdate::default() });
    }

    /// These join a group by themselves.
    fn join(&self, group: &str, indexes: impl IntoIterator<Item = u64>) {
        let add = indexes.into_iter().map(number).collect();
        self.update(group, &GroupUpdate { add, ..GroupUpdate::default() });
    }

    fn rename(&self, group: &str, name: &str) {
        self.update(group, &GroupUpdate { name: NameChange::Set(name.to_owned()), ..GroupUpdate::default() });
    }

    fn delete(&self, group: &str) {
        let id = self.group(group).id;
        self.runtime.block_on(self.store().delete(&id)).unwrap();
    }

    fn forget_everything(&self) {
        for file in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"] {
            let _ = std::fs::remove_file(self.dir.path("state").join(file));
        }
    }

    fn left(&self) -> BTreeSet<String> {
        let rows: Value = serde_json::from_str(&self.run("leavers list News --json").code(0).stdout).unwrap();
        rows.as_array().unwrap().iter().map(|row| row["msisdn"].as_str().unwrap().to_owned()).collect()
    }
}

/// Groups with these members.
fn members<const N: usize>(groups: [(&str, BTreeSet<u64>); N]) -> Members {
    groups.into_iter().map(|(name, members)| (name.to_owned(), members)).collect()
}

/// The members of all groups: each once.
fn everybody(members: &Members) -> BTreeSet<u64> {
    let all: BTreeSet<u64> = members.values().flatten().copied().collect();
    assert_eq!(all.len(), members.values().map(BTreeSet::len).sum::<usize>(), "somebody is in two groups");
    all
}

/// The names of the brakes that have tripped.
fn tripped(report: &Value) -> Vec<&str> {
    let brakes = report["brakes"].as_array().unwrap();
    brakes.iter().filter(|brake| brake["tripped"] == true).map(|brake| brake["name"].as_str().unwrap()).collect()
}
