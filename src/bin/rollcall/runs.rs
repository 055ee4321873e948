//! `rollcall runs`: look at what was done, go on with it, take it back.

mod delete;
mod list;
mod resume;
mod show;
mod undo;
mod verify;

use rollcall::ledger::{Audience, Holds, Ledger, LedgerError, Note, Run, RunFilter, RunId, StateFolder};
use rollcall::numbers::NumberSet;

use crate::args::{Common, ConnectionArgs, ReachArgs, RunsAction, RunsArgs};
use crate::connect::{self, Link};
use crate::failure::{Exit, Failure};
use crate::import::STDIN;
use crate::settings::RunSettings;
use crate::terminal::Terminal;

pub(crate) fn run(args: &RunsArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let state = connect::state(common)?;
    match &args.action {
        RunsAction::List(args) => list::run(args, &state, terminal),
        RunsAction::Show(args) => show::run(args, &state, terminal),
        RunsAction::Resume(args) => resume::run(args, common, &state, terminal),
        RunsAction::Undo(args) => undo::run(args, common, &state, terminal),
        RunsAction::Verify(args) => verify::run(args, common, &state, terminal),
        RunsAction::Abandon(args) => abandon(&args.run, &state, terminal),
    }
}

/// Leaves the rest of a run unsent for good.
pub(crate) fn abandon(text: &str, state: &StateFolder, terminal: &Terminal) -> Result<Exit, Failure> {
    let ledger = Ledger::open(state)?;
    let run = ledger.find_run(text)?;
    let _locks = hold(&ledger, &run, state)?;
    if ledger.find_run(run.id.as_str())?.state.is_resumable() {
        ledger.abandon_run(&run.id)?;
        settle(&ledger, &run.id, state)?;
        terminal.note(&format!("the rest of run {} will not be sent", run.id));
    } else {
        terminal.note(&format!("run {} is over: nothing of it is left", run.id));
    }
    Ok(Exit::Done)
}

/// Holds all groups of a run, so that whoever works on it now is not disturbed.
fn hold(ledger: &Ledger, run: &Run, state: &StateFolder) -> Result<Holds, Failure> {
    let mut holds = Holds::default();
    hold_with(&mut holds, ledger, run, state)?;
    Ok(holds)
}

/// Holds all groups of all runs of which something is left: nobody sends anything of them until they are let go.
pub(crate) fn hold_open(ledger: &Ledger, state: &StateFolder) -> Result<Holds, Failure> {
    let mut holds = Holds::default();
    for run in ledger.runs(RunFilter { resumable: true, ..RunFilter::default() })? {
        hold_with(&mut holds, ledger, &run, state)?;
    }
    Ok(holds)
}

fn hold_with(holds: &mut Holds, ledger: &Ledger, run: &Run, state: &StateFolder) -> Result<(), Failure> {
    for plan in ledger.plans(&run.id)? {
        if ledger.homes(&plan.audience)?.are_spread() {
            holds.take(state, &run.account, &plan.audience.name)?;
        }
        holds.take(state, &run.account, plan.group_ref().label())?;
    }
    Ok(())
}

/// The connection of a run: as it was, but for what is given anew.
fn connection(given: &ReachArgs, run: &Run, settings: &RunSettings) -> ConnectionArgs {
    let by_environment = std::env::var("ROLLCALL_BASE_URL").ok();
    let by_flag = given.connection.base_url.is_some() && given.connection.base_url != by_environment;
    // The sandbox needs nothing of the environment, and is not led away by it.
    let sandbox = given.connection.sandbox || (run.reach.sandbox && !by_flag);
    let base_url = if sandbox && !by_flag {
        None
    } else {
        given.connection.base_url.clone().or_else(|| run.reach.base_url.clone())
    };
    ConnectionArgs {
        sandbox,
        base_url,
        auth_url: settings.auth_url.clone(),
        ca_file: settings.ca_file.clone(),
        rate: Some(settings.rate),
        concurrency: Some(settings.concurrency),
        timeout: Some(settings.timeout),
        retries: Some(settings.retries),
    }
}

/// What one run did to one account says nothing of another account.
fn same_account(link: &Link, run: &Run) -> Result<(), Failure> {
    let key = link.account().key();
    if key == run.account {
        return Ok(());
    }
    Err(Failure::usage(
        format!("run {} is of the account {}, and this is {key}", run.id, run.account),
        "leave --profile, --sandbox, --base-url and ROLLCALL_BASE_URL out, or set them and the SINCH_ variables to that account",
    ))
}

/// The numbers that the suppression lists of an audience's runs hold: of those after `since`, or of all.
pub(crate) fn suppressed(ledger: &Ledger, audience: &Audience, since: Option<&RunId>) -> Result<NumberSet, Failure> {
    let mut all = NumberSet::new();
    for run in runs_of(ledger, audience)?.iter().take_while(|run| Some(&run.id) != since) {
        match ledger.noted(&run.id, Note::Suppressed) {
            Ok(noted) => all = all.union(&noted),
            Err(LedgerError::Trimmed(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(all)
}

/// The runs that had plans for an audience, newest first.
fn runs_of(ledger: &Ledger, audience: &Audience) -> Result<Vec<Run>, Failure> {
    let filter = RunFilter { account: Some(&audience.account), audience: Some(&audience.name), ..RunFilter::default() };
    Ok(ledger.runs(filter)?)
}

/// Tidies up behind a run that is over: what it kept of its input, and the rest of the run that it has taken back,
/// which is never sent.
fn settle(ledger: &Ledger, run: &RunId, state: &StateFolder) -> Result<(), Failure> {
    let Ok(run) = ledger.find_run(run.as_str()) else { return Ok(()) };
    if !run.state.is_resumable() {
        // There may be none.
        let _ = std::fs::remove_file(state.run(&run.id).file(STDIN));
    }
    if let (Some(original), true) = (&run.undo_of, run.state.is_applied())
        && ledger.find_run(original.as_str()).is_ok_and(|run| run.state.is_resumable())
    {
        ledger.abandon_run(original)?;
    }
    Ok(())
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(Failure::internal)
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
