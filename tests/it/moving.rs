//! Whole groups: kept in folders, deleted with a copy left behind, brought back, and carried to other accounts.

mod backup;
mod copy;
mod delete;
mod killed;
mod restore;

use std::collections::BTreeMap;

use rollcall::groups::{AutoUpdate, Group, GroupId, GroupUpdate, GroupsApi, NewGroup, all_groups};
use rollcall::numbers::Msisdn;
use rollcall::sandbox::{Data, Rules, Settings, Store};
use serde_json::Value;

use crate::workdir::{Ended, Workdir};

/// A folder, and the groups of the embedded sandbox in its state folder.
struct Home {
    dir: Workdir,
    runtime: tokio::runtime::Runtime,
}

/// Everything of a group but its id and dates: keywords, child groups by name, members.
type Picture = (Option<String>, Vec<Option<String>>, Vec<u64>);

fn number(index: u64) -> Msisdn {
    Msisdn::from_value(12_125_550_100 + index).unwrap()
}

fn numbers(indexes: impl IntoIterator<Item = u64>) -> Vec<Msisdn> {
    indexes.into_iter().map(number).collect()
}

fn csv(indexes: impl IntoIterator<Item = u64>) -> String {
    indexes.into_iter().fold("phone\n".to_owned(), |text, index| text + &format!("{}\n", number(index)))
}

fn words() -> AutoUpdate {
    AutoUpdate::new("+12125550199", Some(&["JOIN".to_owned(), "NEWS".to_owned()]), Some(&["STOP".to_owned()])).unwrap()
}

impl Home {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { dir: Workdir::new(), runtime }
    }

    /// A command on the embedded sandbox, as fast as it goes.
    fn run(&self, args: &[&str]) -> Ended {
        self.dir.run(args.iter().chain(&["--sandbox", "--rate", "1000"]))
    }

    /// The same, and the report.
    fn report(&self, args: &[&str]) -> (Ended, Value) {
        self.dir.report(args.iter().chain(&["--sandbox", "--rate", "1000"]))
    }

    /// Imports a list of these.
    fn import(&self, group: &str, indexes: impl IntoIterator<Item = u64>, flags: &[&str]) -> Ended {
        self.dir.file("list.csv", csv(indexes));
        self.run(&[&["import", "list.csv", "--group", group], flags].concat())
    }

    fn store(&self) -> Store {
        let state = self.dir.path("state");
        std::fs::create_dir_all(&state).unwrap();
        Store::open(&Data::File(state.join("sandbox.sqlite")), Settings::DEFAULT_PLAN, Rules::default()).unwrap()
    }

    /// Makes a group as somebody else would.
    fn make(&self, group: &NewGroup) -> GroupId {
        self.runtime.block_on(self.store().create(group)).unwrap().id
    }

    fn groups(&self) -> Vec<Group> {
        self.runtime.block_on(all_groups(&self.store())).unwrap()
    }

    fn group(&self, name: &str) -> Group {
        self.groups().into_iter().find(|group| group.name.as_deref() == Some(name)).unwrap()
    }

    /// Somebody else changes a group.
    fn update(&self, name: &str, update: &GroupUpdate) {
        let id = self.group(name).id;
        self.runtime.block_on(self.store().update(&id, update)).unwrap();
    }

    fn members(&self, name: &str) -> Vec<u64> {
        let id = self.group(name).id;
        let members = self.runtime.block_on(self.store().members(&id)).unwrap();
        members.iter().map(|member| member.value() - number(0).value()).collect()
    }

    /// The whole account, by the groups' names.
    fn pictures(&self) -> BTreeMap<Option<String>, Picture> {
        self.pictures_of(&self.store())
    }

    fn pictures_of(&self, store: &Store) -> BTreeMap<Option<String>, Picture> {
        let groups = self.runtime.block_on(all_groups(store)).unwrap();
        let name = |id: &GroupId| groups.iter().find(|group| group.id == *id).unwrap().name.clone();
        let picture = |group: &Group| {
            let members = self.runtime.block_on(store.members(&group.id)).unwrap();
            let words = group
                .auto_update
                .as_ref()
                .map(|words| serde_json::from_str::<Value>(words.json()).unwrap().to_string());
            let children = group.child_groups.iter().map(name).collect();
            (group.name.clone(), (words, children, members.iter().map(Msisdn::value).collect()))
        };
        groups.iter().map(picture).collect()
    }

    /// Who is remembered as having left, with the group's name.
    fn left(&self) -> Vec<(String, u64)> {
        let listed = self.dir.run(["leavers", "list", "--sandbox", "--json"]);
        let rows: Value = serde_json::from_str(&listed.code(0).stdout).unwrap();
        let one = |row: &Value| {
            let number: Msisdn = row["msisdn"].as_str().unwrap().parse().unwrap();
            (row["group"].as_str().unwrap().to_owned(), number.value() - self::number(0).value())
        };
        rows.as_array().unwrap().iter().map(one).collect()
    }
}

/// What stands in a folder, names only.
fn entries(path: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
