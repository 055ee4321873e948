//! `rollcall import`: a list into its groups. Plan, brakes, apply, verify, report.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rollcall::apply::{self, Applied, Change, apply};
use rollcall::audience::{Audience, Papers};
use rollcall::groups::{FindError, GroupName, GroupsApi, all_groups, find_among, find_group};
use rollcall::ledger::{GroupLock, RunFolder, StateFolder};
use rollcall::numbers::NumberSet;
use rollcall::output::Output;
use rollcall::plan::brakes::{RowLimits, judge_rows};
use rollcall::plan::{Choices, Digest, GroupRef, Memory, Mode, Plan, Wish};
use rollcall::report::{Event, Events, GroupReport, Report};

use crate::args::{self, Common, ImportArgs};
use crate::check::rejects_exit;
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::list::{gather, paper};
use crate::signals::Stop;
use crate::terminal::{Terminal, ask};

pub(crate) fn run(args: &ImportArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let began = Instant::now();
    let state = connect::state(common)?;
    let connection = connect::settings(&args.connection, &state)?;
    let run = if args.change.dry_run { None } else { Some(state.begin_run()?) };
    let report_file = paper(args.report.as_deref())?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;

    let mut report = Report::new("import");
    report.mode = Some(mode(args).as_str());
    report.dry_run = args.change.dry_run;
    let result = read(args, run.as_ref(), &stop, terminal, &mut report).and_then(|audience| {
        runtime.block_on(async {
            let link = Link::open(connection, &args.connection, &stop.token, terminal).await?;
            let result = bring(args, audience, &link, &state, &stop, terminal, &mut report).await;
            report.requests = link.requests();
            link.close().await;
            result.map_err(|failure| unless_stopped(failure, stop.exit()))
        })
    });
    let run = run.filter(|run| !run.drop_if_empty());
    report.run = run.as_ref().map(|run| run.id().to_owned());
    let exit = result?;
    finish(report, exit, began, report_file, args, terminal)
}

/// Reads the list and writes its papers.
fn read(
    args: &ImportArgs,
    run: Option<&RunFolder>,
    stop: &Stop,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<Audience, Failure> {
    let rejects: Option<PathBuf> = args.rejects.clone().or_else(|| run.map(|run| run.file("rejects.csv")));
    let papers =
        Papers { verdicts: paper(args.verdicts.as_deref())?, clean: None, rejects: paper(rejects.as_deref())? };
    let gathered = gather(&args.list, args.change.group_column.as_ref(), papers, stop, terminal)?;
    report.set_tally(&gathered.audience.tally);
    report.detected = gathered.detected;
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
    Ok(gathered.audience)
}

/// Plans the change, asks the brakes and the person, applies, and says how it went.
async fn bring(
    args: &ImportArgs,
    audience: Audience,
    link: &Link,
    state: &StateFolder,
    stop: &Stop,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<Exit, Failure> {
    let limits = RowLimits {
        max_rejects: args.change.max_rejects,
        min_rows: Some(args.change.min_rows),
        max_suppress_rejects: 0,
        plus_less_auto: args.list.policy.plus_less == args::PlusLess::Auto,
    };
    let brakes = judge_rows(&audience.tally, mode(args), 0, &limits);
    let (changes, _locks) = draft(args, audience, link, state).await?;
    describe(&changes, report);
    report.add_brakes(&brakes);
    if brakes.iter().any(|brake| brake.tripped) {
        return Ok(Exit::Brake);
    }
    if args.change.dry_run {
        return Ok(Exit::Done);
    }
    if changes.iter().all(|change| change.plan.is_empty() && matches!(change.plan.group, GroupRef::Existing { .. })) {
        terminal.note("nothing to do: the list is true of the group already");
        report.verified = Some(true);
        for group in &mut report.groups {
            group.after = Some(group.before);
        }
        return Ok(Exit::Done);
    }
    confirm(args, &changes)?;
    let told = terminal.clone();
    let events: Events = Arc::new(move |event: &Event| told.event(event));
    let settings = apply::Settings {
        concurrency: args.connection.concurrency,
        chunk_size: args.change.chunk_size,
        verify_wait: Duration::try_from_secs_f64(args.change.verify_wait)
            .map_err(|_| Failure::usage("--verify-wait is no time", "give seconds, such as 10 or 2.5"))?,
    };
    let applied = apply(&link.api, changes, settings, &events, &stop.token).await;
    tell(&applied, report, stop, terminal);
    Ok(stop
        .exit()
        .map_or(Exit::Done, |exit| if applied.is_complete() { Exit::Done } else { exit })
        .and(Exit::of_applied(&applied)))
}

fn mode(args: &ImportArgs) -> Mode {
    match args.change.mode {
        args::Mode::Add => Mode::Add,
        args::Mode::Remove => Mode::Remove,
    }
}

/// Finds the groups, holds them for this run, reads their members, and works out what would change.
async fn draft(
    args: &ImportArgs,
    audience: Audience,
    link: &Link,
    state: &StateFolder,
) -> Result<(Vec<Change>, Vec<GroupLock>), Failure> {
    let account = link.account().key();
    let (mut changes, mut locks) = (Vec::new(), Vec::new());
    let known = if args.change.group.is_none() { Some(all_groups(&*link.api).await?) } else { None };
    for member in audience.groups {
        let found = match (&args.change.group, &known) {
            (Some(name), _) => find_group(&*link.api, name).await.map(|found| found.group),
            (None, known) => find_among(known.as_deref().unwrap_or_default(), &member.name),
        };
        let group = match found {
            Ok(group) => GroupRef::Existing { id: group.id, name: group.name },
            Err(FindError::NotFound(name)) if args.change.create => {
                let name = GroupName::new(name).map_err(|error| {
                    let hint = error.hint();
                    Failure::new(Exit::Usage, error, hint)
                })?;
                GroupRef::New { name: name.into_string() }
            }
            Err(error) => return Err(error.into()),
        };
        if !args.change.dry_run {
            locks.push(GroupLock::take(state, &account, group.label())?);
        }
        let live = match &group {
            GroupRef::Existing { id, .. } => link.api.members(id).await?,
            GroupRef::New { .. } => NumberSet::new(),
        };
        let wish = Wish { listed: member.numbers, ..Wish::default() };
        let (memory, choices) = (Memory::default(), Choices::default());
        let plan = Plan::draft(account.clone(), group, mode(args), &wish, &live, &memory, choices);
        changes.push(Change { plan, live });
    }
    Ok((changes, locks))
}

/// Writes the plans into the report.
fn describe(changes: &[Change], report: &mut Report) {
    let plans: Vec<&Plan> = changes.iter().map(|change| &change.plan).collect();
    report.digest = Some(Digest::of_all(&plans).to_string());
    for plan in plans {
        let (to_add, to_remove) = (count(&plan.add), count(&plan.remove));
        report.members.to_add += to_add;
        report.members.to_remove += to_remove;
        report.members.already += plan.already;
        let (id, name) = match &plan.group {
            GroupRef::Existing { id, name } => (Some(id.to_string()), name.clone()),
            GroupRef::New { name } => (None, Some(name.clone())),
        };
        report.groups.push(GroupReport { id, name, before: plan.before, to_add, to_remove, ..GroupReport::default() });
    }
}

/// Asks before members are removed, where there is somebody to ask.
fn confirm(args: &ImportArgs, changes: &[Change]) -> Result<(), Failure> {
    let removals: u64 = changes.iter().map(|change| count(&change.plan.remove)).sum();
    if removals == 0 || args.change.yes {
        return Ok(());
    }
    match ask(&format!("Remove {removals} members?")) {
        Some(true) | None => Ok(()),
        Some(false) => Err(Failure::new(
            Exit::Interrupted,
            anyhow::anyhow!("not confirmed; nothing was changed"),
            Some("--yes asks nothing, --dry-run shows what would change".to_owned()),
        )),
    }
}

/// Writes into the report what became of the plans.
fn tell(applied: &Applied, report: &mut Report, stop: &Stop, terminal: &Terminal) {
    report.verified = applied.verified();
    for (group, told) in applied.groups.iter().zip(&mut report.groups) {
        told.id = group.id.as_ref().map(ToString::to_string);
        told.created = group.created;
        told.added = count(&group.added);
        told.removed = count(&group.removed);
        told.failure = group.failure.as_ref().map(ToString::to_string);
        report.members.added += told.added;
        report.members.removed += told.removed;
        if let Some(check) = &group.check {
            told.after = Some(check.after);
            report.members.joined += check.joined;
            report.members.left += check.left;
        }
    }
    if let Some(failure) = applied.failure()
        && let Some(hint) = failure.hint()
        && stop.exit().is_none()
    {
        terminal.hint(&hint);
    }
    let unsent: u64 = applied.groups.iter().map(|group| group.unsent).sum();
    if unsent > 0 {
        terminal.warn(&format!("{unsent} requests are left; the same import again does the rest"));
    }
}

/// The last word: exit code, report file, summary.
fn finish(
    mut report: Report,
    exit: Exit,
    began: Instant,
    file: Option<Output>,
    args: &ImportArgs,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    use std::io::Write;
    let exit = exit.and(rejects_exit(&report, args.rejects_ok.rejects_ok));
    report.exit = exit.code();
    report.seconds = began.elapsed().as_secs_f64();
    if let (Some(mut output), Some(path)) = (file, &args.report) {
        report.files.report = Some(path.display().to_string());
        let json = report.to_json().map_err(Failure::internal)?;
        output
            .write_all(json.as_bytes())
            .map_err(|source| rollcall::output::OutputError { path: path.clone(), source })?;
        output.finish()?;
    }
    terminal.report(&report)?;
    Ok(exit)
}

fn count(set: &NumberSet) -> u64 {
    u64::try_from(set.len()).unwrap_or(u64::MAX)
}
