//! How it went, in one line, and the figures that are asked for first.

use super::words::of;
use crate::report::Report;
use crate::report::summary::counted;

/// Whether somebody has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Warn,
    Bad,
}

/// How it went.
#[derive(Debug)]
pub(super) struct Headline {
    pub(super) tone: Tone,
    /// In a word or two.
    pub(super) state: &'static str,
    /// In a line.
    pub(super) text: String,
    /// And what to know or to do besides.
    pub(super) sentences: Vec<String>,
}

/// A figure that stands out.
pub(super) struct Tile {
    pub(super) label: &'static str,
    pub(super) value: u64,
    /// Its place in the JSON report; none for a sum over groups.
    pub(super) place: Option<&'static str>,
}

/// How the command went, by its exit code.
pub(super) fn headline(report: &Report) -> Headline {
    let (tone, state, text) = match report.exit {
        0 | 10 => (Tone::Good, if report.dry_run { "Nothing was changed" } else { "Done" }, outcome(report)),
        3 => (Tone::Warn, "Done, with rejects", outcome(report)),
        4 if changed(report) == 0 => (Tone::Bad, "Stopped by a brake", "Nothing was sent".to_owned()),
        4 => (Tone::Bad, "Stopped by a brake for some groups", outcome(report)),
        5 => (Tone::Warn, "Not finished", part(report)),
        6 => (Tone::Bad, "Not finished", "The provider refused the account".to_owned()),
        7 => (Tone::Bad, "Not begun", "Another run holds the group".to_owned()),
        8 => (Tone::Bad, "Not as planned", "The members are not what they should be".to_owned()),
        9 => (Tone::Bad, "Not applied", "The group is no longer what the plan was made against".to_owned()),
        130 => (Tone::Warn, "Interrupted", part(report)),
        _ => (Tone::Bad, "Failed", "It could not be done".to_owned()),
    };
    Headline { tone, state, text, sentences: sentences(report) }
}

fn changed(report: &Report) -> u64 {
    report.members.added + report.members.removed
}

/// What is so now.
fn outcome(report: &Report) -> String {
    let members = &report.members;
    match &*report.command {
        "check" => format!("{} of {} can be used", of(report.rows.accepted), counted(report.rows.read, "row", "rows")),
        "export" => format!("{} written", counted(now(report), "member", "members")),
        _ if report.dry_run => match (members.to_add, members.to_remove) {
            (0, 0) => "Nothing would change".to_owned(),
            (add, 0) => format!("{} would be added", counted(add, "member", "members")),
            (0, remove) => format!("{} would be removed", counted(remove, "member", "members")),
            (add, remove) => format!("{} would be added, {} removed", counted(add, "member", "members"), of(remove)),
        },
        _ => match (members.added, members.removed) {
            (0, 0) => "Nothing had to be changed".to_owned(),
            (added, 0) => format!("{} added", counted(added, "member", "members")),
            (0, removed) => format!("{} removed", counted(removed, "member", "members")),
            (added, removed) => format!("{} added, {} removed", counted(added, "member", "members"), of(removed)),
        },
    }
}

/// How far it has come.
fn part(report: &Report) -> String {
    let members = &report.members;
    match members.to_add + members.to_remove {
        0 => "It ended before there was a plan".to_owned(),
        planned => format!("{} of {} were made", of(changed(report)), counted(planned, "change", "changes")),
    }
}

fn sentences(report: &Report) -> Vec<String> {
    let mut sentences = Vec::new();
    let read_back = match (report.verified, report.is_incomplete()) {
        (Some(true), _) => Some("The members were read back and are as planned."),
        (Some(false), true) => Some("The members were read back; the change is not complete yet."),
        (Some(false), false) => Some("The members were read back and are not as planned."),
        (None, _) => None,
    };
    sentences.extend(read_back.map(str::to_owned));
    if report.rows.rejected > 0 {
        let rows = counted(report.rows.rejected, "row was rejected", "rows were rejected");
        sentences.push(match &report.files.rejects {
            Some(path) => format!("{rows}; they are in {path}."),
            None => format!("{rows}."),
        });
    }
    if let Some(forgotten) = &report.forgotten {
        let verb = if report.dry_run { "would be" } else { "were" };
        sentences.push(format!(
            "On this machine, {}, {} and {} {verb} forgotten.",
            counted(forgotten.mentions(), "mention in the ledger", "mentions in the ledger"),
            counted(forgotten.rows, "row of what runs have left", "rows of what runs have left"),
            counted(forgotten.files, "whole file", "whole files"),
        ));
    }
    if let (5 | 130, Some(run)) = (report.exit, &report.run) {
        sentences.push(format!("`rollcall runs resume {run}` does the rest."));
    }
    sentences
}

/// Members of all groups, as last read.
fn now(report: &Report) -> u64 {
    report.groups.iter().map(|group| group.after.unwrap_or(group.before)).sum()
}

/// The figures that are asked for first.
pub(super) fn tiles(report: &Report) -> Vec<Tile> {
    let tile = |label, value, place| Tile { label, value, place };
    let (members, rows) = (&report.members, &report.rows);
    let mut tiles = Vec::new();
    if !report.groups.is_empty() {
        let place = match report.groups.as_slice() {
            [one] if one.after.is_some() => Some("/groups/0/after"),
            [_] => Some("/groups/0/before"),
            _ => None,
        };
        tiles.push(tile("members now", now(report), place));
        match &*report.command {
            "export" => {}
            _ if report.dry_run || changed(report) == 0 && members.to_add + members.to_remove > 0 => {
                tiles.push(tile("to be added", members.to_add, Some("/members/to_add")));
                tiles.push(tile("to be removed", members.to_remove, Some("/members/to_remove")));
            }
            _ => {
                tiles.push(tile("added", members.added, Some("/members/added")));
                tiles.push(tile("removed", members.removed, Some("/members/removed")));
            }
        }
        if members.left > 0 {
            tiles.push(tile("left, not added", members.left, Some("/members/left")));
        }
    }
    if rows.read > 0 {
        tiles.push(tile("rows read", rows.read, Some("/rows/read")));
        tiles.push(tile("rows rejected", rows.rejected, Some("/rows/rejected")));
    }
    tiles
}
