//! `rollcall forget`: one number out of every group, as a plan like any other, and out of everything that is kept on
//! this machine.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rollcall::apply::{self, Request, Schedule, SpreadTerms, Terms, draft};
use rollcall::audience::{forget_rows, rejected_rows};
use rollcall::backup::{Backup, BackupError};
use rollcall::ledger::{Forgotten, Ledger, RunFilter, RunFolder, RunId, RunState, StateError, StateFolder};
use rollcall::numbers::Msisdn;
use rollcall::plan::{Choices, Mode, Wish};
use rollcall::report::{ForgottenReport, Report, counted};

use crate::account::{self, Settings};
use crate::args::{Common, ForgetArgs};
use crate::carry::{Errand, Way, carry, run_state};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::find::holders;
use crate::import::{Ending, STDIN, finish};
use crate::number::typed;
use crate::report_file::ReportFile;
use crate::runs::hold_open;
use crate::seconds::seconds;
use crate::settings::RunSettings;
use crate::signals::Stop;
use crate::terminal::{Terminal, ask};

pub(crate) fn run(args: &ForgetArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let began = Instant::now();
    let number = typed(&args.number, args.region)?;
    let state = connect::state(common)?;
    let settings = if args.offline { None } else { Some(account::settings(&args.connection, common, &state)?) };
    let ledger = Arc::new(Ledger::open(&state)?);
    let report_file = ReportFile::create(args.report.file.as_deref())?;
    let mut report = Report::new("forget");
    report.mode = Some(Mode::Remove);
    report.dry_run = args.dry_run;
    if !args.dry_run {
        // Whoever is sending has read what they send.
        drop(hold_open(&ledger, &state)?);
    }
    let before = others(&ledger)?;
    let online = settings.is_some();
    let exit = match settings {
        Some(settings) => from_groups(args, settings, number, &ledger, &state, terminal, &mut report)?,
        None => Exit::Done,
    };
    let ending = Ending { began, ledger: &ledger, run: None, keep: common.keep };
    if exit != Exit::Done {
        terminal.hint("nothing was forgotten on this machine yet: the same command again does the rest");
        return finish(report, exit, &ending, report_file, terminal);
    }
    let kept = if args.dry_run {
        look(&ledger, &state, number)?
    } else {
        let _at_rest = hold_open(&ledger, &state)?;
        if online && others(&ledger)? != before {
            return Err(Failure::new(
                Exit::Held,
                anyhow::anyhow!("another run has worked meanwhile, and may have added the number again"),
                Some("nothing was forgotten on this machine yet: the same command again does the rest".to_owned()),
            ));
        }
        wipe(&ledger, &state, number)?
    };
    kept.say(args.dry_run, terminal);
    let mut exit = exit;
    for failure in &kept.unknown {
        terminal.failure(failure);
        exit = exit.and(failure.exit);
    }
    report.forgotten = Some(kept.report());
    finish(report, exit, &ending, report_file, terminal)
}

/// The runs of other commands, as far as they have come.
fn others(ledger: &Ledger) -> Result<Vec<(RunId, RunState)>, Failure> {
    let runs = ledger.runs(RunFilter::default())?.into_iter();
    Ok(runs.filter(|run| run.command != "forget").map(|run| (run.id, run.state)).collect())
}

/// Takes the number out of every group that has it.
fn from_groups(
    args: &ForgetArgs,
    settings: Settings,
    number: Msisdn,
    ledger: &Arc<Ledger>,
    state: &StateFolder,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<Exit, Failure> {
    let run = if args.dry_run { None } else { Some(state.begin_run()?) };
    let way = way(args, settings.pace.concurrency)?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    let (kept, reach) = (RunSettings::of_connection(&settings), settings.reach.clone());
    let errand = Errand {
        command: "forget",
        reach: &reach,
        undo_of: None,
        settings: &kept,
        inputs: &[],
        notes: &[],
        leavers: &[],
        adopted: &[],
        ledger,
        run: run.as_ref(),
    };
    let result = runtime.block_on(async {
        let link = Link::open(settings, &stop.token, terminal).await?;
        let result = remove(args, number, &errand, &way, &link, state, &stop, terminal, report).await;
        link.tell(report);
        link.close().await;
        result.map_err(|failure| unless_stopped(failure, stop.exit()))
    });
    if let Some(run) = &run {
        if let Ok(exit) = &result {
            end(ledger, run, *exit, report)?;
        }
        let _ = run.drop_if_empty();
    }
    result
}

#[expect(clippy::too_many_arguments, reason = "the doors of a whole change, opened once")]
async fn remove(
    args: &ForgetArgs,
    number: Msisdn,
    errand: &Errand<'_>,
    way: &Way,
    link: &Link,
    state: &StateFolder,
    stop: &Stop,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<Exit, Failure> {
    let groups = holders(&link.api, number).await?;
    confirm(args, groups.len())?;
    if groups.is_empty() {
        terminal.note("no group of the account has this number");
        return Ok(Exit::Done);
    }
    let account = link.account().key();
    let only = || Wish { listed: [number].into_iter().collect(), ..Wish::default() };
    let mut names = BTreeSet::new();
    for group in groups {
        // One of an audience's groups stands for all of them.
        let whole = errand.ledger.spread_audience_of(&account, &group.id)?;
        names.insert(whole.map_or_else(|| group.id.to_string(), |audience| audience.name));
    }
    let requests = names.into_iter().map(|group| Request::new(group, only())).collect();
    let terms = Terms {
        mode: Mode::Remove,
        choices: Choices::default(),
        create: false,
        anew: false,
        spread: SpreadTerms::default(),
        hold: !args.dry_run,
        rows: None,
    };
    let draft = draft(requests, &terms, &*link.api, &account, errand.ledger, state).await?;
    let exit = carry(errand, draft.plans, Vec::new(), way, link, stop, terminal, report).await;
    drop(draft.locks);
    exit
}

/// What cannot be taken back is asked once, where there is somebody to ask.
fn confirm(args: &ForgetArgs, groups: usize) -> Result<(), Failure> {
    if args.yes || args.dry_run {
        return Ok(());
    }
    let groups = counted(groups, "group", "groups");
    match ask(&format!("Take this number out of {groups} and forget it? This cannot be undone.")) {
        Some(true) | None => Ok(()),
        Some(false) => Err(Failure::new(
            Exit::Interrupted,
            anyhow::anyhow!("not confirmed; nothing was forgotten"),
            Some("--yes asks nothing, --dry-run shows what would be forgotten".to_owned()),
        )),
    }
}

fn way(args: &ForgetArgs, concurrency: NonZeroUsize) -> Result<Way, Failure> {
    Ok(Way {
        limits: args.brakes.limits(),
        overriding: args.brakes.r#override,
        keep_going: false,
        schedule: Schedule { chunk_size: NonZeroUsize::MIN, group_limit: u64::MAX, atomic: false, limit: None },
        settings: apply::Settings {
            concurrency,
            verify_wait: seconds("--verify-wait", args.verify_wait)?,
            limit: None,
            atomic: false,
        },
        drop_empty: false,
        // The question has been asked, with more to it than members.
        yes: true,
        dry_run: args.dry_run,
    })
}

fn end(ledger: &Ledger, run: &RunFolder, exit: Exit, report: &mut Report) -> Result<(), Failure> {
    let id = RunId::of(run);
    if let Ok(begun) = ledger.find_run(id.as_str()) {
        report.run = Some(id.to_string());
        report.exit = exit.code();
        let json = report.to_json().map_err(Failure::internal)?;
        ledger.end_run(&id, run_state(exit, report.verified, begun.plans > 0), exit.code(), &json)?;
    }
    Ok(())
}

/// What is kept of a number on this machine.
struct Kept {
    ledger: Forgotten,
    /// Rows of tables in the folders of runs and of deleted groups.
    rows: u64,
    /// Files whose rows nobody can tell: lists that came by standard input, and what killed processes have left half
    /// written.
    files: u64,
    /// What could not be looked into.
    unknown: Vec<Failure>,
}

/// Counts what is kept.
fn look(ledger: &Ledger, state: &StateFolder, number: Msisdn) -> Result<Kept, Failure> {
    let trace = ledger.trace(number)?;
    let count = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
    let mut rows = 0;
    for path in tables(state)? {
        rows += count(rejected_rows(&path, number)?.len());
    }
    let mut unknown = Vec::new();
    for folder in state.deleted()? {
        match Backup::open(&folder).and_then(|backup| backup.mentions(number)) {
            Ok(mentions) => rows += mentions,
            Err(error) => unknown.push(unreadable(&folder, error)),
        }
    }
    let sets = count(trace.runs.len() + trace.baselines.len());
    let ledger = Forgotten { sets, leavers: count(trace.leavers.len()), refusals: 0 };
    let files = count(spools(state)?.len() + state.half_written()?.len());
    Ok(Kept { ledger, rows, files, unknown })
}

/// Forgets all that is kept: this run's own record of the removal included. What cannot be looked into keeps nothing
/// else from being forgotten.
fn wipe(ledger: &Ledger, state: &StateFolder, number: Msisdn) -> Result<Kept, Failure> {
    let (mut rows, mut files, mut unknown) = (0, 0, Vec::new());
    for path in tables(state)? {
        rows += forget_rows(&path, number)?;
    }
    for path in spools(state)? {
        std::fs::remove_file(&path).map_err(|source| StateError { path, source })?;
        files += 1;
    }
    for left in state.half_written()? {
        if left.is_fresh() {
            unknown.push(Failure::new(
                Exit::Held,
                anyhow::anyhow!("somebody is writing into the state folder, or was killed at it a moment ago"),
                Some("let other runs end, and say the same command again in ten minutes".to_owned()),
            ));
        } else {
            left.remove()?;
            files += 1;
        }
    }
    for folder in state.deleted()? {
        match Backup::open(&folder).and_then(|backup| backup.forget(number)) {
            Ok(forgotten) => rows += forgotten,
            Err(error) => unknown.push(unreadable(&folder, error)),
        }
    }
    for run in state.runs()? {
        let _ = run.drop_if_empty();
    }
    Ok(Kept { ledger: ledger.forget(number)?, rows, files, unknown })
}

/// A backup that nobody can restore any more may hold the number all the same.
fn unreadable(folder: &Path, error: BackupError) -> Failure {
    let hint = format!("no group can be made again from it: remove the folder {}", folder.display());
    Failure::new(Exit::Failed, error, Some(hint))
}

/// The lists that came by standard input, kept for as long as their runs may go on.
fn spools(state: &StateFolder) -> Result<Vec<PathBuf>, Failure> {
    let spools = state.runs()?.into_iter().map(|run| run.file(STDIN));
    Ok(spools.filter(|path| path.is_file()).collect())
}

/// The tables that runs have left in their folders: rejected rows, and whom an undo has kept.
fn tables(state: &StateFolder) -> Result<Vec<PathBuf>, Failure> {
    let mut tables = Vec::new();
    for run in state.runs()? {
        tables.extend(run.files()?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "csv")));
    }
    Ok(tables)
}

impl Kept {
    fn say(&self, dry_run: bool, terminal: &Terminal) {
        let told = self.report();
        let verb = if dry_run { "would be forgotten" } else { "forgotten" };
        terminal.note(&format!(
            "{verb} on this machine: {} mentions in the ledger, {} rows in the folders of runs and of deleted groups",
            told.mentions(),
            told.rows
        ));
        if self.files > 0 {
            terminal.note(&format!(
                "{verb} as a whole: {} files of runs that may have held it (lists that came by standard input, and what \
                 was left half written)",
                self.files
            ));
        }
        if told.leavers > 0 {
            terminal.warn(
                "it is no longer remembered that this number has left: a list that names it will add it again, unless \
                 a suppression list (--suppress) holds it",
            );
        }
        terminal.note(
            "out of reach: your own lists, exports, reports, saved plans and backups, other machines, and what the \
             provider keeps besides its groups",
        );
    }

    fn report(&self) -> ForgottenReport {
        let Forgotten { sets, leavers, refusals } = self.ledger;
        ForgottenReport { sets, leavers, refusals, rows: self.rows, files: self.files }
    }
}
