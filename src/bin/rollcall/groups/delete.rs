//! `rollcall groups delete`: a backup first, then the question, then the group.

use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use rollcall::apply;
use rollcall::groups::{ErrorClass, Group, GroupsApi, all_groups};
use rollcall::ledger::{Holds, Ledger, StateFolder};
use rollcall::plan::GroupRef;
use rollcall::report::{GroupReport, Report, counted, escaped};

use super::{find_one, label};
use crate::account;
use crate::args::{Common, ConnectionArgs, DeleteArgs};
use crate::backup::{Reading, keep_one};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::report_file::ReportFile;
use crate::signals::Stop;
use crate::terminal::{Terminal, ask, can_ask, quoted};

pub(super) fn run(args: &DeleteArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let began = Instant::now();
    if !args.yes && !args.dry_run && !can_ask() {
        return Err(Failure::usage(
            "there is no terminal to ask on, and a group is deleted only when somebody says so",
            "--yes says so; --dry-run shows what would be deleted",
        ));
    }
    let state = connect::state(common)?;
    let settings = account::settings(&args.connection, common, &state)?;
    let ledger = Ledger::open(&state)?;
    let report_file = ReportFile::create(args.report.as_deref())?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    let mut report = Report::new("groups delete");
    report.dry_run = args.dry_run;
    runtime.block_on(async {
        let link = Link::open(settings, &stop.token, terminal).await?;
        let deleted = delete(args, &link, &ledger, &state, common, terminal, &mut report).await;
        link.tell(&mut report);
        link.close().await;
        deleted.map_err(|failure| unless_stopped(failure, stop.exit()))
    })?;
    if let Err(error) = ledger.keep_newest(common.keep) {
        terminal.warn(&format!("older runs could not be let go: {}", escaped(&error.to_string())));
    }
    report.seconds = began.elapsed().as_secs_f64();
    report.files.report = report_file.as_ref().map(ReportFile::name);
    if let Some(file) = report_file {
        file.write(&report, Some(&ledger))?;
    }
    if terminal.json() {
        terminal.report(&report)?;
    }
    Ok(Exit::Done)
}

async fn delete(
    args: &DeleteArgs,
    link: &Link,
    ledger: &Ledger,
    state: &StateFolder,
    common: &Common,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<(), Failure> {
    let all = all_groups(&*link.api).await?;
    let account = link.account().key();
    let group = find_one(&all, &args.group, &account, ledger)?;
    let name = escaped(label(&group));
    for parent in all.iter().filter(|other| other.child_groups.contains(&group.id)) {
        terminal.warn(&format!("{name} is a child group of {}, which loses its members", escaped(label(parent))));
    }
    let mut told = GroupReport {
        id: Some(group.id.to_string()),
        name: group.name.clone(),
        before: group.size.unwrap_or_default(),
        ..GroupReport::default()
    };
    if args.dry_run {
        terminal.note(&format!("{name} would be deleted, with {}", counted(told.before, "member", "members")));
        report.groups.push(told);
        return Ok(());
    }
    let mut holds = Holds::default();
    if let Some(audience) = ledger.spread_audience_of(&account, &group.id)? {
        holds.take(state, &account, &audience.name)?;
    }
    holds.take(state, &account, label(&group))?;
    let place = state.deleted_folder().join(folder_name(&group));
    let reading = Reading { link, ledger, any_size: args.allow_size_mismatch, terminal };
    let Some(backup) = keep_one(group.clone(), &place, &reading).await? else {
        return Err(Failure::usage(
            format!("the group {:?} is gone already", args.group),
            "`rollcall groups list` shows the groups",
        ));
    };
    let shown = backup.folder().display().to_string();
    let members = backup.manifest().groups.iter().map(|entry| entry.members.rows).sum();
    told.before = members;
    terminal.note(&format!("a backup of {name} is in {}", escaped(&shown)));
    report.files.backup = Some(shown.clone());
    if !args.yes
        && ask(&format!("Delete the group {name} with {}?", counted(members, "member", "members"))) != Some(true)
    {
        return Err(Failure::new(
            Exit::Interrupted,
            anyhow::anyhow!("not confirmed; the group is as it was"),
            Some("--yes asks nothing, --dry-run shows what would be deleted".to_owned()),
        ));
    }
    let members = link.api.members(&group.id).await?;
    link.api.delete(&group.id).await?;
    // Nobody has left who was deleted with the group; those who left before stay away from the next of this name.
    let target = GroupRef::Existing { id: group.id.clone(), name: group.name.clone() };
    ledger.drop_home(&apply::audience(ledger, &account, &target)?, &group.id, &members)?;
    match link.api.retrieve(&group.id).await {
        Err(error) if error.class == ErrorClass::NotFound => {}
        Ok(_) => {
            return Err(Failure::new(
                Exit::Unverified,
                anyhow::anyhow!("the provider has taken the deletion of {name}, and has the group still"),
                Some("look again with `rollcall groups list`".to_owned()),
            ));
        }
        Err(error) => return Err(error.into()),
    }
    told.deleted = true;
    report.groups.push(told);
    report.verified = Some(true);
    terminal.note(&format!("deleted the group {name}"));
    terminal.hint(&format!("`{}` makes it again", escaped(&way_back(&shown, &args.connection, common))));
    Ok(())
}

/// The command that makes a group again from its backup, ready to be pasted in this environment.
fn way_back(backup: &str, connection: &ConnectionArgs, common: &Common) -> String {
    let mut words = vec!["rollcall".to_owned(), "restore".to_owned(), quoted(backup)];
    let mut word = |flag: &str, value: Option<String>| {
        words.extend(value.into_iter().flat_map(|value| [flag.to_owned(), quoted(&value)]));
    };
    let path = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
    word("--profile", common.profile.clone());
    word("--config", common.config.as_deref().map(path));
    word("--state-dir", common.named_state_dir().map(|folder| folder.display().to_string()));
    word("--base-url", connection.base_url.clone());
    word("--auth-url", connection.auth_url.clone());
    word("--ca-file", connection.ca_file.as_deref().map(path));
    if connection.sandbox {
        words.push("--sandbox".to_owned());
    }
    words.join(" ")
}

/// When it was, and what.
fn folder_name(group: &Group) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() || char == '-' { char } else { '_' };
    let name: String = label(group).chars().take(40).map(plain).collect();
    let suffix: String = std::iter::repeat_with(fastrand::lowercase).take(4).collect();
    format!("{}-{name}-{suffix}", Timestamp::now().strftime("%Y%m%dT%H%M%SZ"))
}
