//! `rollcall restore`: the groups of a backup, in the account they came from or in another.

use rollcall::backup::{Backup, GroupEntry, Kit};
use rollcall::report::{Report, escaped};

use crate::args::{Common, RestoreArgs};
use crate::failure::{Exit, Failure};
use crate::terminal::Terminal;
use crate::{account, bring, connect};

pub(crate) fn run(args: &RestoreArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let backup = Backup::open(&args.folder)?;
    let kit = kit(&backup, &args.groups, terminal)?;
    let target = account::settings(&args.connection, common, &connect::state(common)?)?;
    let mut report = Report::new("restore");
    report.files.backup = Some(args.folder.display().to_string());
    bring::run(report, &args.bring, target, common, terminal, async |_, _, _| Ok(kit))
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
