//! `rollcall runs list`: one line for each run.

use rollcall::ledger::{ChunkState, Ledger, LedgerError, Run, RunFilter, StateFolder};
use rollcall::report::escaped;
use serde::Serialize;

use crate::args::RunsListArgs;
use crate::failure::{Exit, Failure};
use crate::terminal::Terminal;

use super::json;

/// One run, as scripts read it.
#[derive(Serialize)]
pub(super) struct Line {
    run: String,
    command: String,
    account: String,
    mode: String,
    state: &'static str,
    resumable: bool,
    started: String,
    ended: Option<String>,
    exit: Option<u8>,
    groups: Vec<String>,
    to_add: u64,
    to_remove: u64,
    /// None for a run whose numbers were let go.
    added: Option<u64>,
    removed: Option<u64>,
    undo_of: Option<String>,
    undone_by: Option<String>,
    /// Whether its numbers were let go.
    trimmed: bool,
}

pub(super) fn run(args: &RunsListArgs, state: &StateFolder, terminal: &Terminal) -> Result<Exit, Failure> {
    let ledger = Ledger::open(state)?;
    let filter = RunFilter { account: args.account.as_deref(), limit: Some(args.limit), ..RunFilter::default() };
    let runs = ledger.runs(filter)?;
    let lines = runs.iter().map(|run| line(&ledger, run)).collect::<Result<Vec<Line>, LedgerError>>()?;
    terminal.out(&if terminal.json() { json(&lines)? } else { table(&lines) })?;
    if lines.is_empty() {
        let whose = args.account.as_deref().map(|account| format!(" of {}", escaped(account))).unwrap_or_default();
        let folder = escaped(&state.path().display().to_string());
        terminal.note(&format!("no runs{whose} are remembered in {folder}"));
    } else if count(lines.len()) == args.limit {
        terminal.note(&format!("these are the newest {}; --limit shows more", args.limit));
    }
    Ok(Exit::Done)
}

/// What is known of a run.
pub(super) fn line(ledger: &Ledger, run: &Run) -> Result<Line, LedgerError> {
    let plans = ledger.plans(&run.id)?;
    let (mut added, mut removed) = (0, 0);
    for plan in &plans {
        for chunk in ledger.chunks(plan.id)?.iter().filter(|chunk| chunk.state == ChunkState::Applied) {
            added += chunk.adds;
            removed += chunk.removes;
        }
    }
    Ok(Line {
        run: run.id.to_string(),
        command: run.command.clone(),
        account: run.account.clone(),
        mode: run.mode.clone(),
        state: run.state.as_str(),
        resumable: run.state.is_resumable() && run.undone_by.is_none(),
        started: run.started.to_string(),
        ended: run.ended.map(|at| at.to_string()),
        exit: run.exit,
        groups: plans.iter().map(|plan| plan.group_ref().label().to_owned()).collect(),
        to_add: run.adds,
        to_remove: run.removes,
        added: (!run.trimmed).then_some(added),
        removed: (!run.trimmed).then_some(removed),
        undo_of: run.undo_of.as_ref().map(ToString::to_string),
        undone_by: run.undone_by.as_ref().map(ToString::to_string),
        trimmed: run.trimmed,
    })
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// One row of text for each run, in columns as wide as they need.
fn table(lines: &[Line]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let head = ["run", "when (UTC)", "command", "groups", "added", "removed", "state", "exit"].map(str::to_owned);
    let rows: Vec<[String; 8]> = std::iter::once(head).chain(lines.iter().map(cells)).collect();
    let mut widths = [0; 8];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            // Figures stand at the right.
            line +=
                &if matches!(column, 4 | 5 | 7) { format!("{cell:>width$}  ") } else { format!("{cell:<width$}  ") };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn cells(line: &Line) -> [String; 8] {
    let figure = |done: Option<u64>, planned: u64| match done {
        Some(done) if done == planned => done.to_string(),
        Some(done) => format!("{done} of {planned}"),
        None => planned.to_string(),
    };
    let started = line.started.get(..19).unwrap_or(&line.started).replace('T', " ");
    let undone = if line.undone_by.is_some() { ", undone" } else { "" };
    [
        line.run.clone(),
        started,
        escaped(&line.command),
        groups(&line.groups),
        figure(line.added, line.to_add),
        figure(line.removed, line.to_remove),
        format!("{}{undone}", line.state),
        line.exit.map_or_else(|| "-".to_owned(), |exit| exit.to_string()),
    ]
}

/// The first groups by name, and how many more there are.
fn groups(names: &[String]) -> String {
    const SHOWN: usize = 2;
    let short = |name: &String| match name.char_indices().nth(24) {
        Some((end, _)) => format!("{}…", escaped(name.get(..end).unwrap_or_default())),
        None => escaped(name),
    };
    let mut text = names.iter().take(SHOWN).map(short).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text += &format!(" +{}", names.len() - SHOWN);
    }
    if text.is_empty() { "-".to_owned() } else { text }
}
