//! `rollcall import`: a list into its groups. Plan, brakes, apply, verify, report.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rollcall::apply::{self, Draft, Making, Request, Schedule, SpreadTerms, Terms, draft};
use rollcall::audience::{AudienceMember, Explain, ListedNumbers, Papers};
use rollcall::groups::all_groups;
use rollcall::ledger::{Ledger, Note, RunFolder, RunId, StateFolder};
use rollcall::numbers::NumberSet;
use rollcall::plan::brakes::{BrakeVerdict, ChangeLimits, RowLimits, judge_rows};
use rollcall::plan::{Choices, Mode, Wish};
use rollcall::report::{Report, escaped};

use crate::account::{self, Pace};
use crate::args::{self, ChangeArgs, Common, ImportArgs};
use crate::carry::{Errand, Way, carry, run_state};
use crate::check::rejects_exit;
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::groups::refuse_taken;
use crate::list::{self, Gathered, Reading, anywhere, gather, paper};
use crate::refused;
use crate::report_file::ReportFile;
use crate::routed::Routed;
use crate::seconds::seconds;
use crate::settings::{ListSettings, RunSettings};
use crate::signals::Stop;
use crate::terminal::Terminal;

/// What a list is brought for.
pub(crate) enum Purpose {
    /// `import`: whatever its flags say.
    Import,
    /// `groups create`: a group that must not be there yet.
    Create(Making),
    /// `groups replace`: a group gets exactly these members.
    Replace,
}

impl Purpose {
    fn command(&self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Create(_) => "groups create",
            Self::Replace => "groups replace",
        }
    }

    fn making(&self) -> Option<&Making> {
        match self {
            Self::Create(making) => Some(making),
            Self::Import | Self::Replace => None,
        }
    }
}

pub(crate) fn run(args: &ImportArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    run_for(&Purpose::Import, args, common, terminal)
}

/// Brings a list into its groups, whichever command has asked for it.
pub(crate) fn run_for(
    purpose: &Purpose,
    args: &ImportArgs,
    common: &Common,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let began = Instant::now();
    let state = connect::state(common)?;
    let connection = account::settings(&args.connection, common, &state)?;
    let way = way(args, connection.pace)?;
    let ledger = Arc::new(Ledger::open(&state)?);
    let run = if args.change.dry_run { None } else { Some(state.begin_run()?) };
    let report_file = ReportFile::create(args.report.file.as_deref())?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    stop.at_deadline(&runtime, args.change.deadline, terminal)?;

    let mut report = Report::new(purpose.command());
    report.mode = Some(mode(&args.change));
    report.dry_run = args.change.dry_run;
    report.run = run.as_ref().map(|run| run.id().to_owned());
    let (kept, reach) = (RunSettings::of_connection(&connection), connection.reach.clone());
    let gathered = if args.list.inputs.is_empty() {
        Ok(Gathered::nobody())
    } else {
        read(args, run.as_ref(), &stop, terminal, &mut report)
    };
    let mut result = gathered.and_then(|gathered| {
        let (settings, inputs) = (settings(purpose, args, kept, &gathered), gathered.inputs());
        let errand = Errand {
            command: purpose.command(),
            reach: &reach,
            undo_of: None,
            settings: &settings,
            inputs: &inputs,
            notes: &[],
            leavers: &[],
            adopted: &[],
            ledger: &ledger,
            run: run.as_ref(),
        };
        runtime.block_on(async {
            let link = Link::open(connection, &stop.token, terminal).await?;
            let result =
                bring(purpose, args, gathered, &errand, &way, &link, &state, &stop, terminal, &mut report).await;
            link.tell(&mut report);
            link.close().await;
            result.map_err(|failure| unless_stopped(failure, stop.exit()))
        })
    });
    if let (Ok(exit), Some(folder)) = (&mut result, &run)
        && report.members.refused > 0
    {
        let run = ledger.find_run(folder.id())?;
        *exit = exit.and(refused::tell(&run, folder, &ledger, &stop, terminal, &mut report));
    }
    if let Some(run) = &run
        && !matches!(result, Ok(Exit::Incomplete | Exit::Interrupted | Exit::Account))
    {
        // Kept for as long as somebody may want to go on.
        let _ = std::fs::remove_file(run.file(STDIN));
    }
    if let (Err(_), Some(run)) = (&result, &run) {
        // A run that came to nothing leaves an empty folder, or the rejects that it has written.
        let _ = run.drop_if_empty();
    }
    let exit = result?;
    let exit = exit.and(rejects_exit(&report, args.rejects_ok.rejects_ok));
    let ending = Ending { began, ledger: &ledger, run: run.as_ref(), keep: common.keep };
    finish(report, exit, &ending, report_file, terminal)
}

/// The name of what came by standard input, in the run's folder.
pub(crate) const STDIN: &str = "stdin";

/// Reads the list and writes its papers.
pub(crate) fn read(
    args: &ImportArgs,
    run: Option<&RunFolder>,
    stop: &Stop,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<Gathered, Failure> {
    let rejects = rejects(args, run);
    let papers =
        Papers { verdicts: paper(args.verdicts.as_deref())?, clean: None, rejects: paper(rejects.as_deref())? };
    let inputs = list::inputs(&args.list, run.map(|run| run.file(STDIN)).as_deref(), stop)?;
    let (mode, explain) = (Some(mode(&args.change)), Explain::Nothing);
    let reading = Reading { args: &args.list, inputs: &inputs, mode, explain, refused: &BTreeMap::new() };
    let gathered = gather(reading, papers, stop, terminal)?;
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

/// Where the rejects go.
fn rejects(args: &ImportArgs, run: Option<&RunFolder>) -> Option<PathBuf> {
    args.rejects.clone().or_else(|| run.map(|run| run.file("rejects.csv")))
}

/// Drafts the plans and carries them through.
#[expect(clippy::too_many_arguments, reason = "the doors of a whole import, opened once")]
async fn bring(
    purpose: &Purpose,
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
    if let (Purpose::Create(_), Some(name)) = (purpose, &args.change.group) {
        refuse_taken(name, &all_groups(&*link.api).await?, None)?;
    }
    let ListDraft { draft, verdicts, suppressed, possible } =
        draft_list(purpose, args, gathered, !args.change.dry_run, link, errand.ledger, state).await?;
    let notes = [(Note::Suppressed, &*suppressed), (Note::Rejected, &*possible)];
    let mut settings = errand.settings.clone();
    if let Some(routed) = &mut settings.routed {
        report.unnamed = routed.look_for_unnamed(&draft.plans, link, errand.ledger).await?;
        tell_unnamed(&report.unnamed, terminal);
    }
    let errand = Errand { notes: &notes, settings: &settings, ..*errand };
    let exit = carry(&errand, draft.plans, verdicts, way, link, stop, terminal, report).await;
    drop(draft.locks);
    exit
}

/// Says which groups of the list were left alone because no row names them any more.
fn tell_unnamed(unnamed: &[String], terminal: &Terminal) {
    const SHOWN: usize = 10;
    if unnamed.is_empty() {
        return;
    }
    let names: Vec<String> = unnamed.iter().take(SHOWN).map(|name| escaped(name)).collect();
    let more = if unnamed.len() > SHOWN { format!(" and {} more", unnamed.len() - SHOWN) } else { String::new() };
    terminal.warn(&format!(
        "{} groups that earlier runs of this list have filled are not named by it any more, and stay as they are: {}{more}",
        unnamed.len(),
        names.join(", ")
    ));
}

/// What a list would change, and what it says besides.
pub(crate) struct ListDraft {
    pub(crate) draft: Draft,
    /// What the brakes say of the rows.
    pub(crate) verdicts: Vec<BrakeVerdict>,
    suppressed: Arc<NumberSet>,
    possible: Arc<NumberSet>,
}

/// Drafts the plans of a list, and asks the brakes about its rows.
pub(crate) async fn draft_list(
    purpose: &Purpose,
    args: &ImportArgs,
    gathered: Gathered,
    hold: bool,
    link: &Link,
    ledger: &Ledger,
    state: &StateFolder,
) -> Result<ListDraft, Failure> {
    let Gathered { audience, suppression, .. } = gathered;
    let verdicts = judge_rows(&audience.tally, mode(&args.change), suppression.rejects, &row_limits(args));
    let terms = Terms {
        mode: mode(&args.change),
        choices: Choices { readd_left: args.change.readd_left, remove_joined: args.change.remove_joined },
        create: args.change.create,
        spread: spread(&args.change),
        anew: false,
        hold,
        rows: Some(audience.tally.rows.read),
    };
    let (suppressed, possible) = (Arc::new(suppression.into_numbers()), Arc::new(audience.possible));
    let requests = requests(purpose, args, audience.groups, &suppressed, &possible);
    let draft = draft(requests, &terms, &*link.api, &link.account().key(), ledger, state).await?;
    Ok(ListDraft { draft, verdicts, suppressed, possible })
}

/// What the list wants of each group.
fn requests(
    purpose: &Purpose,
    args: &ImportArgs,
    groups: Vec<AudienceMember>,
    suppressed: &Arc<NumberSet>,
    possible: &Arc<NumberSet>,
) -> Vec<Request> {
    groups
        .into_iter()
        .map(|member| {
            let name = args.change.group.clone().unwrap_or_else(|| member.name.clone());
            let ListedNumbers { listed, unlisted } = member.into_numbers();
            let (suppressed, possible) = (Arc::clone(suppressed), Arc::clone(possible));
            let wish = Wish { listed, unlisted, suppressed, possible };
            Request { making: purpose.making().cloned().unwrap_or_default(), ..Request::new(name, wish) }
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

/// How audiences are kept in several groups.
fn spread(args: &ChangeArgs) -> SpreadTerms {
    let fill = args.group_limit.map_or(SpreadTerms::FILL, NonZeroU64::get);
    SpreadTerms { grow: args.spread, template: args.spread_name.clone(), fill }
}

/// How many members a group may have at any moment, that of a change included. An audience in several groups leaves
/// room besides: [`SpreadTerms::fill`].
fn group_limit(args: &ChangeArgs) -> u64 {
    args.group_limit.map_or(GROUP_LIMIT, NonZeroU64::get)
}

/// How many members a group holds, in the provider's documents.
pub(crate) const GROUP_LIMIT: u64 = 10_000;

fn row_limits(args: &ImportArgs) -> RowLimits {
    RowLimits {
        max_rejects: args.change.max_rejects,
        min_rows: Some(args.change.min_rows),
        max_suppress_rejects: args.change.max_suppress_rejects,
        plus_less_auto: args.list.policy.plus_less == args::PlusLess::Auto,
    }
}

fn settings(purpose: &Purpose, args: &ImportArgs, connection: RunSettings, gathered: &Gathered) -> RunSettings {
    let elsewhere = |path: &PathBuf| if path.as_os_str() == "-" { path.clone() } else { anywhere(path) };
    let mut list = args.list.clone();
    for pattern in list.suppress.iter_mut().filter(|pattern| *pattern != "-") {
        *pattern = anywhere(Path::new(pattern)).to_string_lossy().into_owned();
    }
    let list = ListSettings {
        args: list,
        names: gathered.names.clone(),
        rejects: args.rejects.as_ref().map(elsewhere),
        verdicts: args.verdicts.as_ref().map(elsewhere),
    };
    let making = args.change.group.clone().zip(purpose.making().cloned());
    RunSettings {
        making: making.into_iter().collect(),
        list: Some(list).filter(|list| !list.args.inputs.is_empty()),
        verify_wait: args.change.verify_wait,
        atomic: args.change.atomic,
        readd_left: args.change.readd_left,
        drop_empty: args.change.drop_empty,
        routed: Routed::of(&args.list),
        rejects_ok: args.rejects_ok.rejects_ok.map(|limit| limit.to_string()),
        ..connection
    }
}

pub(crate) fn way(args: &ImportArgs, pace: Pace) -> Result<Way, Failure> {
    let change = &args.change;
    Ok(Way {
        limits: ChangeLimits {
            max_shrink: change.max_shrink,
            require_baseline: change.require_baseline,
            ..change.brakes.limits()
        },
        overriding: change.brakes.r#override,
        keep_going: change.keep_going,
        schedule: Schedule {
            chunk_size: change.chunk_size.unwrap_or(pace.chunk_size),
            group_limit: group_limit(change),
            atomic: change.atomic,
            limit: change.limit,
        },
        settings: apply::Settings {
            concurrency: pace.concurrency,
            verify_wait: seconds("--verify-wait", change.verify_wait)?,
            limit: change.limit.map(|limit| u64::try_from(limit).unwrap_or(u64::MAX)),
            atomic: change.atomic,
        },
        drop_empty: change.drop_empty,
        yes: change.yes,
        dry_run: change.dry_run,
    })
}

/// How a command ends.
pub(crate) struct Ending<'a> {
    pub(crate) began: Instant,
    pub(crate) ledger: &'a Ledger,
    /// None where nothing was to be changed.
    pub(crate) run: Option<&'a RunFolder>,
    /// Runs that are kept whole.
    pub(crate) keep: u32,
}

/// The last word: exit code, ledger, report file, summary.
pub(crate) fn finish(
    mut report: Report,
    exit: Exit,
    ending: &Ending<'_>,
    file: Option<ReportFile>,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    report.exit = exit.code();
    report.seconds = ending.began.elapsed().as_secs_f64();
    report.files.report = file.as_ref().map(ReportFile::name);
    let json = report.to_json().map_err(Failure::internal)?;
    if let Some(run) = ending.run {
        let id = RunId::of(run);
        // A run that a brake has stopped was never begun, and leaves only its rejects.
        if let Ok(begun) = ending.ledger.find_run(id.as_str()) {
            let state = run_state(exit, report.verified, begun.plans > 0);
            ending.ledger.end_run(&id, state, exit.code(), &json)?;
        }
        let _ = run.drop_if_empty();
        if let Err(error) = ending.ledger.keep_newest(ending.keep) {
            terminal.warn(&format!("older runs could not be let go: {}", escaped(&error.to_string())));
        }
    }
    if let Some(file) = file {
        file.write(&report, Some(ending.ledger))?;
    }
    terminal.report(&report)?;
    Ok(exit)
}
