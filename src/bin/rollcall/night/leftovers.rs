//! Runs of a job that were stopped before everything was sent.

use std::process::{Command, Stdio};

use rollcall::ledger::{Ledger, StateFolder};

use crate::args::Common;
use crate::runs;
use crate::terminal::Terminal;

use super::memory::ended_well;
use super::pause::Deadline;

/// Sends the rest of runs whose lists tonight's list does not replace, each in a process of its own: it is a command of
/// its own, with a report and an end of its own.
pub(super) fn resume(
    unfinished: &[String],
    common: &Common,
    deadline: Deadline,
    state: &StateFolder,
    terminal: &Terminal,
) {
    for run in still(unfinished, state) {
        terminal.note(&format!("going on with run {run} of an earlier night"));
        let command = std::env::current_exe().and_then(|binary| {
            let mut command = Command::new(binary);
            command.args(["runs", "resume", &run, "--quiet", "--json", "--state-dir"]).arg(state.path());
            if let Some(path) = common.log_file.as_ref().filter(|path| path.as_os_str() != "-") {
                command.arg("--log-file").arg(path);
            }
            if let Some(left) = deadline.left() {
                command.arg("--deadline").arg(left.to_string());
            }
            command.stdin(Stdio::null()).stdout(Stdio::null()).status()
        });
        let well = command
            .as_ref()
            .is_ok_and(|status| status.code().and_then(|code| u8::try_from(code).ok()).is_some_and(ended_well));
        if !well {
            terminal.warn(&format!("the rest of run {run} could not be sent; `rollcall runs resume {run}` tells why"));
        }
    }
}

/// The runs of which something is left. Those that a whole new list has superseded are given up: sending their rest
/// later would bring back what was yesterday.
pub(super) fn left(unfinished: &[String], superseded: bool, state: &StateFolder, terminal: &Terminal) -> Vec<String> {
    let mut rest = still(unfinished, state);
    if superseded {
        rest.retain(|run| runs::abandon(run, state, terminal).is_err());
    }
    rest
}

/// Those of the runs of which something is left.
pub(super) fn still(runs: &[String], state: &StateFolder) -> Vec<String> {
    let Ok(ledger) = Ledger::open(state) else { return runs.to_vec() };
    let is_left = |run: &&String| {
        ledger
            .find_run(run)
            .is_ok_and(|found| found.id.as_str() == **run && found.state.is_resumable() && found.undone_by.is_none())
    };
    runs.iter().filter(is_left).cloned().collect()
}
