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

/// The groups that are named: by id, by name, or all of an audience by its name.
fn choose<'a>(entries: &'a [GroupEntry], names: &[String]) -> Result<Vec<&'a GroupEntry>, Failure> {
    let mut chosen: Vec<&GroupEntry> = Vec::new();
    for name in names {
        for entry in meant(entries, name)? {
            if !chosen.iter().any(|other| other.group.id == entry.group.id) {
                chosen.push(entry);
            }
        }
    }
    Ok(chosen)
}

fn meant<'a>(entries: &'a [GroupEntry], name: &str) -> Result<Vec<&'a GroupEntry>, Failure> {
    let those = |is: &dyn Fn(&GroupEntry) -> bool| entries.iter().filter(|entry| is(entry)).collect::<Vec<_>>();
    let by_id = those(&|entry| entry.group.id.as_str() == name);
    if !by_id.is_empty() {
        return Ok(by_id);
    }
    let by_name = those(&|entry| entry.group.name.as_deref() == Some(name));
    match by_name.len() {
        0 => {}
        1 => return Ok(by_name),
        count => {
            let ids: Vec<&str> = by_name.iter().map(|entry| entry.group.id.as_str()).collect();
            return Err(Failure::usage(
                format!("{name:?} is the name of {count} groups of the backup: {}", ids.join(", ")),
                "name the group by its id",
            ));
        }
    }
    let parts = those(&|entry| entry.audience == name);
    if parts.is_empty() {
        return Err(Failure::usage(
            format!("the backup has no group with the name or id {name:?}"),
            "summary.txt in its folder lists the groups",
        ));
    }
    Ok(parts)
}
