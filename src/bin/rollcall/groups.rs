//! `rollcall groups`: look at the account's groups, make them, change them, delete them.

mod create;
mod delete;
mod update;

use rollcall::apply::{Spread, Whole, find_whole};
use rollcall::groups::{AutoUpdate, FindError, Group, GroupId, Keywords, all_groups, find_among};
use rollcall::ledger::{Audience, Ledger};
use rollcall::numbers::NumberSet;
use rollcall::report::escaped;

use crate::account;
use crate::args::{Common, ConnectionArgs, GroupsAction, GroupsArgs, KeywordArgs};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::import::{self, Purpose};
use crate::membership::{self, Grain, SizeCheck};
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: GroupsArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    match args.action {
        GroupsAction::List { connection } => look(&Sight::All, &connection, common, terminal),
        GroupsAction::Show { group, connection } => look(&Sight::Card(group), &connection, common, terminal),
        GroupsAction::Members { group, allow_size_mismatch, connection } => {
            let check = SizeCheck::of_flag(allow_size_mismatch);
            look(&Sight::Members(group, check), &connection, common, terminal)
        }
        GroupsAction::Create(args) => create::run(*args, common, terminal),
        GroupsAction::Update(args) => update::run(&args, common, terminal),
        GroupsAction::Delete(args) => delete::run(&args, common, terminal),
        GroupsAction::Replace(args) => import::run_for(&Purpose::Replace, &args.import, common, terminal),
    }
}

/// What somebody wants to see.
enum Sight {
    All,
    Card(String),
    Members(String, SizeCheck),
}

fn look(sight: &Sight, args: &ConnectionArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let state = connect::state(common)?;
    let settings = account::settings(args, common, &state)?;
    let ledger = Ledger::open(&state)?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    runtime.block_on(async {
        let link = Link::open(settings, &stop.token, terminal).await?;
        let result = show(sight, &link, &ledger, terminal).await;
        link.close().await;
        result.map_err(|failure| unless_stopped(failure, stop.exit()))
    })
}

async fn show(sight: &Sight, link: &Link, ledger: &Ledger, terminal: &Terminal) -> Result<Exit, Failure> {
    match sight {
        Sight::All => {
            let groups = all_groups(&*link.api).await?;
            terminal.out(&if terminal.json() { json(&groups)? } else { table(&groups) })?;
            if groups.is_empty() {
                terminal.note("the account has no groups");
            }
        }
        Sight::Card(name) => {
            let whole = find_whole(&*link.api, ledger, &link.account().key(), name).await?;
            terminal.out(&match (&whole, terminal.json()) {
                (Whole::Group(group), true) => json(group)?,
                (Whole::Group(group), false) => card(group),
                (Whole::Spread(spread), true) => json(&whole_of(spread))?,
                (Whole::Spread(spread), false) => cards(spread),
            })?;
        }
        Sight::Members(name, check) => {
            let named = membership::read(std::slice::from_ref(name), Grain::Audience, *check, ledger, link).await?;
            let members = NumberSet::union_all(&named.iter().map(|named| &named.members).collect::<Vec<_>>());
            let numbers = || members.iter().map(|number| number.to_string());
            let text = if terminal.json() {
                json(&numbers().collect::<Vec<_>>())?
            } else {
                numbers().fold(String::with_capacity(members.len() * 14), |text, number| text + &number + "\n")
            };
            terminal.out(&text)?;
        }
    }
    Ok(Exit::Done)
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(Failure::internal)
}

/// The keywords that were typed; what was not typed is as the group has it.
fn keywords(args: &KeywordArgs, group: Option<&Group>) -> Result<Option<AutoUpdate>, Failure> {
    if args.auto_update.is_none() && args.join_word.is_none() && args.leave_word.is_none() {
        return Ok(None);
    }
    let present = group.and_then(|group| group.auto_update.as_ref());
    let to = args.auto_update.as_ref().map(ToString::to_string).or_else(|| present?.to());
    let Some(to) = to else {
        return Err(Failure::usage(
            "keywords need a number to which they are texted",
            "name it with --auto-update, such as --auto-update +12125550199",
        ));
    };
    let typed = |words: &Option<Keywords>| words.as_ref().map(|words| words.words().to_vec());
    let join = typed(&args.join_word).or_else(|| present.map(AutoUpdate::add_words));
    let leave = typed(&args.leave_word).or_else(|| present.map(AutoUpdate::remove_words));
    let some = |words: &Option<Vec<String>>| words.clone().filter(|words| !words.is_empty());
    let made = AutoUpdate::new(&to, some(&join).as_deref(), some(&leave).as_deref());
    Ok(Some(made.map_err(Failure::internal)?))
}

/// The one group of this name or id. An audience in several groups is none.
fn find_one(groups: &[Group], name: &str, account: &str, ledger: &Ledger) -> Result<Group, Failure> {
    match find_among(groups, name) {
        Err(error @ FindError::NotFound(_)) => {
            let homes = ledger.homes(&Audience::new(account, name))?;
            if !homes.are_spread() {
                return Err(error.into());
            }
            let those = homes.groups.iter().filter_map(|id| groups.iter().find(|group| group.id == *id));
            let names: Vec<&str> = those.map(label).collect();
            Err(Failure::usage(
                format!("{name:?} is an audience in several groups: {}", names.join(", ")),
                "name one of them; `rollcall import` changes the members of all of them",
            ))
        }
        found => Ok(found?),
    }
}

/// Refuses a name that a group has already, `but` for one: nobody could tell two groups of one name apart.
pub(crate) fn refuse_taken(name: &str, groups: &[Group], but: Option<&GroupId>) -> Result<(), Failure> {
    let others = groups.iter().filter(|group| but != Some(&group.id));
    match others.into_iter().find(|group| group.name.as_deref() == Some(name)) {
        None => Ok(()),
        Some(group) => Err(Failure::usage(
            format!("there is a group with the name {name:?} already: {}", group.id),
            "choose another name; `rollcall import` and `rollcall groups update` change the group that is there",
        )),
    }
}

fn label(group: &Group) -> &str {
    group.name.as_deref().unwrap_or(group.id.as_str())
}

/// One line for each group.
fn table(groups: &[Group]) -> String {
    let name = |group: &Group| group.name.as_deref().map_or_else(|| "-".to_owned(), escaped);
    let width = groups.iter().map(|group| name(group).chars().count()).max().unwrap_or(0).max(4);
    let mut text = String::new();
    if !groups.is_empty() {
        text += &format!("{:<width$}  {:>9}  {:<24}  id\n", "name", "members", "modified");
    }
    for group in groups {
        text += &format!(
            "{:<width$}  {:>9}  {:<24}  {}\n",
            name(group),
            group.size.map_or_else(|| "?".to_owned(), |size| size.to_string()),
            escaped(group.modified_at.as_deref().unwrap_or("?")),
            escaped(group.id.as_str()),
        );
    }
    text
}

/// An audience in several groups, as scripts read it.
fn whole_of(spread: &Spread) -> serde_json::Value {
    let size = spread.groups.iter().map(|group| group.size).sum::<Option<u64>>();
    let template = spread.template.as_str();
    serde_json::json!({ "audience": spread.audience.name, "template": template, "size": size, "groups": spread.groups })
}

/// Everything about an audience in several groups.
fn cards(spread: &Spread) -> String {
    let size = spread.groups.iter().map(|group| group.size).sum::<Option<u64>>();
    let mut text = format!("{:<12}  {}\n", "audience", escaped(&spread.audience.name));
    text += &format!("{:<12}  {}\n", "template", escaped(spread.template.as_str()));
    text += &format!("{:<12}  {}\n\n", "members", size.map_or_else(|| "?".to_owned(), |size| size.to_string()));
    text + &table(&spread.groups)
}

/// Everything about one group.
fn card(group: &Group) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            text += &format!("{label:<12}  {}\n", escaped(&value));
        }
    };
    line("id", Some(group.id.to_string()));
    line("name", Some(group.name.clone().unwrap_or_else(|| "-".to_owned())));
    line("members", group.size.map(|size| size.to_string()));
    line("created", group.created_at.clone());
    line("modified", group.modified_at.clone());
    for child in &group.child_groups {
        line("child group", Some(child.to_string()));
    }
    if let Some(auto_update) = &group.auto_update {
        line("text to", auto_update.to());
        let words = |words: Vec<String>| (!words.is_empty()).then(|| words.join(" "));
        line("to join", words(auto_update.add_words()));
        line("to leave", words(auto_update.remove_words()));
    }
    text
}
