//! `rollcall groups`: look at the account's groups.

use rollcall::groups::{Group, GroupsApi, all_groups, find_group};
use rollcall::report::escaped;

use crate::account;
use crate::args::{Common, ConnectionArgs, GroupsAction, GroupsArgs};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: &GroupsArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let connection = connection(&args.action);
    let settings = account::settings(connection, common, &connect::state(common)?)?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    runtime.block_on(async {
        let link = Link::open(settings, &stop.token, terminal).await?;
        let result = act(&args.action, &link, terminal).await;
        link.close().await;
        result.map_err(|failure| unless_stopped(failure, stop.exit()))
    })
}

fn connection(action: &GroupsAction) -> &ConnectionArgs {
    match action {
        GroupsAction::List { connection }
        | GroupsAction::Show { connection, .. }
        | GroupsAction::Members { connection, .. } => connection,
    }
}

async fn act(action: &GroupsAction, link: &Link, terminal: &Terminal) -> Result<Exit, Failure> {
    match action {
        GroupsAction::List { .. } => {
            let groups = all_groups(&*link.api).await?;
            terminal.out(&if terminal.json() { json(&groups)? } else { table(&groups) })?;
            if groups.is_empty() {
                terminal.note("the account has no groups");
            }
        }
        GroupsAction::Show { group, .. } => {
            let group = find_group(&*link.api, group).await?.group;
            terminal.out(&if terminal.json() { json(&group)? } else { card(&group) })?;
        }
        GroupsAction::Members { group, .. } => {
            let group = find_group(&*link.api, group).await?.group;
            let members = link.api.members(&group.id).await?;
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
