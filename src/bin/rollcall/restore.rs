//! `rollcall restore`: the groups of a backup, in the account they came from or in another.

use std::sync::Arc;
use std::time::Instant;

use rollcall::backup::{Backup, GroupEntry, Kit};
use rollcall::ledger::Ledger;
use rollcall::report::{Report, escaped};

use crate::args::{Common, RestoreArgs};
use crate::bring::{Bringing, mode};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::import::{Ending, finish};
use crate::refused;
use crate::settings::RunSettings;
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: &RestoreArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let began = Instant::now();
    let backup = Backup::open(&args.folder)?;
    let kit = kit(&backup, &args.groups, terminal)?;
    let state = connect::state(common)?;
    let connection = connect::settings(&args.connection, &state)?;
    let reach = connect::reach(&args.connection);
    let ledger = Arc::new(Ledger::open(&state)?);
    let run = if args.bring.dry_run { None } else { Some(state.begin_run()?) };
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    stop.at_deadline(&runtime, args.bring.deadline, terminal)?;
    let mut report = Report::new("restore");
    report.mode = Some(mode(&args.bring).as_str());
    report.dry_run = args.bring.dry_run;
    report.run = run.as_ref().map(|run| run.id().to_owned());
    report.files.backup = Some(args.folder.display().to_string());
    let outcome = runtime.block_on(async {
        let link = Link::open(connection, &args.connection, &stop.token, terminal).await?;
        let bringing = Bringing {
            command: "restore",
            args: &args.bring,
            link: &link,
            reach: &reach,
            settings: RunSettings {
                verify_wait: args.bring.verify_wait,
                readd_left: args.bring.readd_left,
                ..RunSettings::of_connection(&args.connection)
            },
            ledger: &ledger,
            state: &state,
            run: run.as_ref(),
            stop: &stop,
            terminal,
        };
        let outcome = bringing.bring(kit, &mut report).await;
        report.requests = link.requests();
        link.close().await;
        outcome.map_err(|failure| unless_stopped(failure, stop.exit()))
    });
    if let (Err(_), Some(run)) = (&outcome, &run) {
        let _ = run.drop_if_empty();
    }
    let mut exit = outcome?;
    if let Some(folder) = run.as_ref().filter(|_| report.members.refused > 0) {
        let run = ledger.find_run(folder.id())?;
        exit = exit.and(Exit::Rejects).and(refused::tell(&run, folder, &ledger, &stop, terminal, &mut report));
    }
    finish(report, exit, &Ending { began, ledger: &ledger, run: run.as_ref(), keep: common.keep }, None, terminal)
}

/// Reads all that is needed of the groups that were chosen: what is damaged is found before anything is planned.
fn kit(backup: &Backup, names: &[String], terminal: &Terminal) -> Result<Kit, Failure> {
    let manifest = backup.manifest();
    let chosen = if names.is_empty() { manifest.groups.iter().collect() } else { choose(&manifest.groups, names)? };
    let mut kit = Kit { account: manifest.account.clone(), ..Kit::default() };
    for entry in &chosen {
        kit.groups.push(backup.group(entry)?);
    }
    let is_chosen = |entry: &GroupEntry| chosen.iter().any(|other| other.group.id == entry.group.id);
    let is_child = |entry: &GroupEntry| chosen.iter().any(|parent| parent.group.child_groups.contains(&entry.group.id));
    for entry in manifest.groups.iter().filter(|entry| !is_chosen(entry) && is_child(entry)) {
        kit.children.push(backup.group(entry)?);
    }
    if names.is_empty() {
        for entry in &manifest.departed {
            kit.departed.push((entry.audience.clone(), backup.departed(entry)?));
        }
    }
    for entry in chosen.iter().filter(|entry| !entry.steady) {
        terminal.warn(&format!("{} changed while its backup was taken", escaped(entry.label())));
    }
    Ok(kit)
}

fn choose<'a>(entries: &'a [GroupEntry], names: &[String]) -> Result<Vec<&'a GroupEntry>, Failure> {
    let mut chosen: Vec<&GroupEntry> = Vec::new();
    for name in names {
        let by_id = |entry: &&GroupEntry| entry.group.id.as_str() == name;
        let by_name = |entry: &&GroupEntry| entry.group.name.as_ref() == Some(name);
        let mut meant: Vec<&GroupEntry> = entries.iter().filter(by_id).collect();
        if meant.is_empty() {
            meant = entries.iter().filter(by_name).collect();
        }
        match meant.as_slice() {
            [] => {
                return Err(Failure::usage(
                    format!("the backup has no group with the name or id {name:?}"),
                    "summary.txt in its folder lists the groups",
                ));
            }
            [one] => {
                if !chosen.iter().any(|other| other.group.id == one.group.id) {
                    chosen.push(*one);
                }
            }
            several => {
                let ids: Vec<&str> = several.iter().map(|entry| entry.group.id.as_str()).collect();
                return Err(Failure::usage(
                    format!("{name:?} is the name of {} groups of the backup: {}", ids.len(), ids.join(", ")),
                    "name the group by its id",
                ));
            }
        }
    }
    Ok(chosen)
}
