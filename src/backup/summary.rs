//! The manifest for people.

use std::fmt::Write;

use super::manifest::{GroupEntry, Manifest};
use crate::report::{counted, escaped};

/// What a backup holds, as a few aligned lines.
pub(super) fn summary(manifest: &Manifest) -> String {
    let leavers = |entry: &GroupEntry| entry.leavers.as_ref().map_or(0, |file| file.rows);
    let members: u64 = manifest.groups.iter().map(|entry| entry.members.rows).sum();
    let left: u64 = manifest.groups.iter().map(leavers).sum::<u64>()
        + manifest.departed.iter().map(|entry| entry.leavers.rows).sum::<u64>();
    let mut text = String::new();
    let mut line = |line: &str| {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{}", line.trim_end());
    };
    line(&format!("{} of {}", if manifest.whole { "all groups" } else { "some groups" }, escaped(&manifest.account)));
    line(&format!("taken {} to {} by rollcall {}", manifest.began, manifest.ended, escaped(&manifest.rollcall)));
    let groups = u64::try_from(manifest.groups.len()).unwrap_or(u64::MAX);
    line(&format!(
        "{}, {}, {}",
        counted(groups, "group", "groups"),
        counted(members, "member", "members"),
        counted(left, "leaver", "leavers")
    ));
    line("");
    let width = manifest.groups.iter().map(|entry| escaped(entry.label()).chars().count()).max().unwrap_or(0).max(5);
    line(&format!("{:<width$}  {:>9}  {:>9}  file", "group", "members", "leavers"));
    for entry in &manifest.groups {
        let remark = if entry.steady { "" } else { "  (changed while it was read)" };
        line(&format!(
            "{:<width$}  {:>9}  {:>9}  {}{remark}",
            escaped(entry.label()),
            entry.members.rows,
            leavers(entry),
            entry.members.file,
        ));
    }
    for entry in &manifest.departed {
        line(&format!(
            "{:<width$}  {:>9}  {:>9}  {}",
            escaped(&entry.audience),
            "-",
            entry.leavers.rows,
            entry.leavers.file
        ));
    }
    for (ids, what) in [
        (&manifest.appeared, "was made while the backup was taken, and is not in it"),
        (&manifest.vanished, "was deleted while the backup was taken"),
    ] {
        for id in ids {
            line(&format!("{} {what}", escaped(id.as_str())));
        }
    }
    text
}
