//! `rollcall import`: a list into its groups. Plan, brakes, apply, verify, report.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use rollcall::apply::{self, Request, Schedule, Terms, draft};
use rollcall::audience::{Audience, Explain, Papers, Suppression};
use rollcall::ledger::{Ledger, RunFolder, RunId, StateFolder};
use rollcall::output::{Output, OutputError};
use rollcall::plan::brakes::{ChangeLimits, RowLimits, judge_rows};
use rollcall::plan::{Choices, Mode, Wish};
use rollcall::report::Report;

use crate::args::{self, ChangeArgs, Common, ImportArgs};
use crate::carry::{Errand, Way, carry, run_state, seconds};
use crate::check::rejects_exit;
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::list::{Gathered, gather, paper};
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: &ImportArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let began = Instant::now();
    let state = connect::state(common)?;
    let connection = connect::settings(&args.connection, &state)?;
    let reach = connect::reach(&args.connection);
    let way = way(args)?;
    let ledger = Arc::new(Ledger::open(&state)?);
    let run = if args.change.dry_run { None } else { Some(state.begin_run()?) };
    let report_file = paper(args.report.as_deref())?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    stop.at_deadline(&runtime, args.change.deadline, terminal)?;

    let mut report = Report::new("import");
    report.mode = Some(mode(&args.change).as_str());
    report.dry_run = args.change.dry_run;
    report.run = run.as_ref().map(|run| run.id().to_owned());
    let errand = Errand { command: "import", reach: &reach, undo_of: None, ledger: &ledger, run: run.as_ref() };
    let result = read(args, run.as_ref(), &stop, terminal, &mut report).and_then(|gathered| {
        runtime.block_on(async {
            let link = Link::open(connection, &args.connection, &stop.token, terminal).await?;
            let result = bring(args, gathered, &errand, &way, &link, &state, &stop, terminal, &mut report).await;
            report.requests = link.requests();
            link.close().await;
            result.map_err(|failure| unless_stopped(failure, stop.exit()))
        })
    });
    if let (Err(_), Some(run)) = (&result, &run) {
        // A run that came to nothing leaves an empty folder, or the rejects that it has written.
        let _ = run.drop_if_empty();
    }
    finish(report, result?, began, report_file, args, &ledger, run.as_ref(), terminal)
}

/// Reads the list and writes its papers.
fn read(
    args: &ImportArgs,
    run: Option<&RunFolder>,
    stop: &Stop,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<Gathered, Failure> {
    let rejects: Option<PathBuf> = args.rejects.clone().or_else(|| run.map(|run| run.file("rejects.csv")));
    let papers =
        Papers { verdicts: paper(args.verdicts.as_deref())?, clean: None, rejects: paper(rejects.as_deref())? };
    let gathered = gather(&args.list, Some(mode(&args.change)), Explain::Nothing, papers, stop, terminal)?;
    gathered.describe(report);
    report.files.verdicts = args.verdicts.as_ref().map(|path| path.display().to_string());
    report.files.rejects = match (&args.rejects, rejects) {
        (Some(asked), _) => Some(asked.display().to_string()),
        (None, Some(kept)) if report.rows.rejected > 0 => Some(kept.display().to_string()),
        (None, Some(kept)) => {
            // Nobody asked for a file that says that nothing was rejected.
            let _ = std::fs::remove_file(kept);
            None
        }
        (None, None) => None,
    };
    Ok(gathered)
}

/// Drafts the plans, judges the rows, and carries the plans through.
#[expect(clippy::too_many_arguments, reason = "the doors of a whole import, opened once")]
async fn bring(
    args: &ImportArgs,
    gathered: Gathered,
    errand: &Errand<'_>,
    way: &Way,
    link: &Link,
    state: &StateFolder,
    stop: &Stop,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<Exit, Failure> {
    let Gathered { audience, suppression, .. } = gathered;
    let verdicts = judge_rows(&audience.tally, mode(&args.change), suppression.rejects, &row_limits(args));
    let terms = Terms {
        mode: mode(&args.change),
        choices: Choices { readd_left: args.change.readd_left, remove_joined: args.change.remove_joined },
        create: args.change.create,
        hold: !args.change.dry_run,
        rows: audience.tally.rows.read,
    };
    let requests = requests(args, audience, suppression);
    let draft = draft(requests, terms, &*link.api, &link.account().key(), errand.ledger, state).await?;
    let exit = carry(errand, draft.plans, verdicts, way, link, stop, terminal, report).await;
    drop(draft.locks);
    exit
}

/// What the list wants of each group.
fn requests(args: &ImportArgs, audience: Audience, suppression: Suppression) -> Vec<Request> {
    let (suppressed, possible) = (Arc::new(suppression.into_numbers()), Arc::new(audience.possible));
    audience
        .groups
        .into_iter()
        .map(|member| Request {
            group: args.change.group.clone().unwrap_or(member.name),
            wish: Wish {
                listed: member.numbers,
                unlisted: member.unlisted,
                suppressed: Arc::clone(&suppressed),
                possible: Arc::clone(&possible),
            },
        })
        .collect()
}

pub(crate) fn mode(args: &ChangeArgs) -> Mode {
    match args.mode {
        args::Mode::Add => Mode::Add,
        args::Mode::Remove => Mode::Remove,
        args::Mode::Sync => Mode::Sync,
        args::Mode::Replace => Mode::Replace,
    }
}

fn row_limits(args: &ImportArgs) -> RowLimits {
    RowLimits {
        max_rejects: args.change.max_rejects,
        min_rows: Some(args.change.min_rows),
        max_suppress_rejects: args.change.max_suppress_rejects,
        plus_less_auto: args.list.policy.plus_less == args::PlusLess::Auto,
    }
}

fn way(args: &ImportArgs) -> Result<Way, Failure> {
    let change = &args.change;
    Ok(Way {
        limits: ChangeLimits {
            max_remove: change.max_remove,
            max_shrink: change.max_shrink,
            max_left: change.max_left,
            allow_size_mismatch: change.allow_size_mismatch,
        },
        overriding: change.r#override,
        keep_going: change.keep_going,
        schedule: Schedule {
            chunk_size: change.chunk_size,
            group_limit: change.group_limit,
            atomic: change.atomic,
            limit: change.limit,
        },
        settings: apply::Settings {
            concurrency: args.connection.concurrency,
            verify_wait: seconds("--verify-wait", change.verify_wait)?,
            limit: change.limit.map(|limit| u64::try_from(limit).unwrap_or(u64::MAX)),
        },
        yes: change.yes,
        dry_run: change.dry_run,
    })
}

/// The last word: exit code, ledger, report file, summary.
#[expect(clippy::too_many_arguments, reason = "everything that wants to know how it ended")]
fn finish(
    mut report: Report,
    exit: Exit,
    began: Instant,
    file: Option<Output>,
    args: &ImportArgs,
    ledger: &Ledger,
    run: Option<&RunFolder>,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let outcome = exit;
    let exit = exit.and(rejects_exit(&report, args.rejects_ok.rejects_ok));
    report.exit = exit.code();
    report.seconds = began.elapsed().as_secs_f64();
    report.files.report = args.report.as_ref().map(|path| path.display().to_string());
    let json = report.to_json().map_err(Failure::internal)?;
    if let Some(run) = run {
        let id = RunId::of(run);
        // A run that a brake has stopped was never begun, and leaves only its rejects.
        if let Ok(begun) = ledger.find_run(id.as_str()) {
            ledger.end_run(&id, run_state(outcome, report.verified, begun.plans > 0), exit.code(), &json)?;
        }
        let _ = run.drop_if_empty();
    }
    if let (Some(mut output), Some(path)) = (file, &args.report) {
        output.write_all(json.as_bytes()).map_err(|source| OutputError { path: path.clone(), source })?;
        output.finish()?;
    }
    terminal.report(&report)?;
    Ok(exit)
}
