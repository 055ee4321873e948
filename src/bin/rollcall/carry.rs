//! Carries drafted plans through: brakes, the question, the ledger, the provider, the report. One way for every
//! command that changes groups.

use std::sync::Arc;

use rollcall::apply::{self, Applied, Drafted, Job, Schedule, record, schedule};
use rollcall::backup::Adopted;
use rollcall::ledger::{
    Audience, Input, Leaver, Ledger, LedgerError, NewRun, Note, Phase, Reach, RunFolder, RunId, RunState,
};
use rollcall::numbers::{Census, NumberSet};
use rollcall::plan::brakes::{BrakeVerdict, ChangeLimits, Judged, judge_change};
use rollcall::plan::{Chunk, Digest, GroupRef, Plan};
use rollcall::report::{GroupReport, Report, counted, escaped};

use crate::connect::Link;
use crate::failure::{Exit, Failure};
use crate::settings::RunSettings;
use crate::signals::Stop;
use crate::tail::drop_empty_tails;
use crate::terminal::{Terminal, ask};

/// How the plans are judged and sent.
pub(crate) struct Way {
    pub(crate) limits: ChangeLimits,
    /// The digest of the one plan that may pass all brakes.
    pub(crate) overriding: Option<Digest>,
    /// Leave out the groups whose brakes trip, instead of stopping all.
    pub(crate) keep_going: bool,
    pub(crate) schedule: Schedule,
    pub(crate) settings: apply::Settings,
    /// Delete groups at the end of an audience that nobody is in.
    pub(crate) drop_empty: bool,
    /// Ask nothing.
    pub(crate) yes: bool,
    /// Change nothing.
    pub(crate) dry_run: bool,
}

/// A run that is to be written down.
#[derive(Clone, Copy)]
pub(crate) struct Errand<'a> {
    pub(crate) command: &'a str,
    pub(crate) reach: &'a Reach,
    pub(crate) undo_of: Option<&'a RunId>,
    /// What whoever goes on with the run has to know.
    pub(crate) settings: &'a RunSettings,
    /// What was read.
    pub(crate) inputs: &'a [Input],
    /// Whom the run knows of without changing anything for them.
    pub(crate) notes: &'a [(Note, &'a NumberSet)],
    /// Who has left, in the words of where the members come from.
    pub(crate) leavers: &'a [(Audience, Vec<Leaver>)],
    /// Audiences in several groups that are new to this account.
    pub(crate) adopted: &'a [Adopted],
    pub(crate) ledger: &'a Arc<Ledger>,
    /// None for a dry run.
    pub(crate) run: Option<&'a RunFolder>,
}

/// Carries the plans through and says how it ended. `verdicts` are what the brakes have said of the rows.
#[expect(clippy::too_many_arguments, reason = "each is a different kind of thing, and all are used")]
pub(crate) async fn carry(
    errand: &Errand<'_>,
    drafted: Vec<Drafted>,
    mut verdicts: Vec<BrakeVerdict>,
    way: &Way,
    link: &Link,
    stop: &Stop,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<Exit, Failure> {
    verdicts.extend(judge(&drafted, &way.limits));
    carry_judged(errand, drafted, verdicts, way, link, stop, terminal, report).await
}

/// What the brakes say of the changes.
pub(crate) fn judge(drafted: &[Drafted], limits: &ChangeLimits) -> Vec<BrakeVerdict> {
    let judge = |one: &Drafted| {
        let groups: Vec<Judged<'_>> = one.parts.iter().map(|part| (&part.plan, part.size)).collect();
        judge_change(one.label(), &groups, &one.facts, limits)
    };
    drafted.iter().flat_map(judge).collect()
}

/// As [`carry`], where the brakes have said all they have to say.
#[expect(clippy::too_many_arguments, reason = "each is a different kind of thing, and all are used")]
pub(crate) async fn carry_judged(
    errand: &Errand<'_>,
    mut drafted: Vec<Drafted>,
    verdicts: Vec<BrakeVerdict>,
    way: &Way,
    link: &Link,
    stop: &Stop,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<Exit, Failure> {
    let digest = Digest::of_all(&drafted.iter().flat_map(Drafted::plans).collect::<Vec<_>>());
    report.digest = Some(digest.to_string());
    report.add_brakes(&verdicts);
    let passed = way.overriding == Some(digest);
    let tripped: Vec<&BrakeVerdict> = verdicts.iter().filter(|verdict| verdict.tripped && !passed).collect();
    let mut exit = Exit::Done;
    if !tripped.is_empty() {
        exit = Exit::Brake;
        if terminal.json() {
            // The report goes to a script; whoever reads the messages should learn why as well.
            for brake in &tripped {
                terminal.warn(&format!("brake {}: {} ({} moves it)", brake.name, escaped(&brake.message), brake.flag));
            }
        }
        let everything = !way.keep_going || tripped.iter().any(|verdict| verdict.group.is_none());
        let held = |one: &Drafted| tripped.iter().any(|verdict| verdict.group.as_deref() == Some(one.label()));
        if everything || drafted.iter().all(held) {
            show(&drafted, report);
            return Ok(exit);
        }
        drafted.retain(|one| !held(one));
    }
    show(&drafted, report);
    for one in &drafted {
        warn_of_spread(one, terminal, report);
    }
    let scheduled = cut(&drafted, way)?;
    if way.dry_run {
        return Ok(exit);
    }
    confirm(&drafted, way)?;
    for one in drafted.iter().filter(|one| one.plans().any(|plan| plan.two_way && plan.mode.is_whole())) {
        terminal.note(&format!(
            "{}: nothing is remembered of this group yet, so that list and members were simply compared",
            escaped(one.label())
        ));
    }
    let Some(run) = errand.run else { return Ok(exit) };
    let id = RunId::of(run);
    let ledger = errand.ledger;
    // Before anything is sent, so that whoever goes on after a kill need not know where they were told from.
    for Adopted { audience, homes, absorbed } in errand.adopted {
        ledger.keep_homes(audience, homes, absorbed)?;
    }
    for (audience, leavers) in errand.leavers.iter().filter(|(_, leavers)| !leavers.is_empty()) {
        ledger.add_leavers(audience, leavers)?;
    }
    let mode = drafted.iter().flat_map(Drafted::plans).next().map_or("add", |plan| plan.mode.as_str());
    ledger.begin_run(&NewRun {
        id: &id,
        command: errand.command,
        account: &link.account().key(),
        reach: errand.reach,
        mode,
        undo_of: errand.undo_of,
        settings: &errand.settings.with(report)?,
    })?;
    if drafted.iter().all(Drafted::is_idle) {
        terminal.note("nothing to do: the group is as wished already");
    }
    let held =
        NumberSet::union_all(&drafted.iter().flat_map(Drafted::plans).map(|plan| &plan.held).collect::<Vec<_>>());
    for (note, numbers) in errand.notes.iter().copied().chain([(Note::Held, &held)]) {
        if !numbers.is_empty() {
            ledger.note(&id, note, numbers)?;
        }
    }
    let jobs = record(ledger, &id, errand.inputs, drafted, scheduled)?;
    let applied = send(ledger, &id, jobs, way.settings, link, stop, terminal, report).await;
    let exit = exit.and(verdict(&applied, stop));
    if way.drop_empty && applied.verified() == Some(true) {
        drop_empty_tails(ledger, &id, way.yes, link, terminal, report).await?;
    }
    Ok(exit)
}

/// The plans of an audience, each with the audience's name where that is not one group.
pub(crate) fn named(one: &Drafted) -> impl Iterator<Item = (&Plan, Option<&str>)> {
    let audience = one.spread.as_ref().map(|_| one.audience.name.as_str());
    one.plans().map(move |plan| (plan, audience))
}

/// Says what is odd about the groups of an audience.
fn warn_of_spread(one: &Drafted, terminal: &Terminal, report: &mut Report) {
    let Some(spread) = &one.spread else { return };
    let mut warn = |text: String| {
        terminal.warn(&escaped(&text));
        report.warnings.push(text);
    };
    let audience = one.label();
    if spread.doubled > 0 {
        warn(format!(
            "{audience}: {} memberships are double, as the number is in an earlier group as well; it stays in that one",
            spread.doubled
        ));
    }
    if !spread.strangers.is_empty() {
        let names = spread.strangers.join(", ");
        warn(format!(
            "{audience}: not one of its groups as far as is known, though called so, and left alone: {names}"
        ));
    }
    for other in &spread.absorbed {
        warn(format!("{audience}: the group {} is one of its groups from now on", other.name));
    }
}

/// Applies jobs and writes into the report what became of them.
#[expect(clippy::too_many_arguments, reason = "each is a different kind of thing, and all are used")]
pub(crate) async fn send(
    ledger: &Arc<Ledger>,
    run: &RunId,
    jobs: Vec<Job>,
    settings: apply::Settings,
    link: &Link,
    stop: &Stop,
    terminal: &Terminal,
    report: &mut Report,
) -> Applied {
    let before: Vec<Census> = jobs.iter().map(|job| members(&job.before, &job.inherited)).collect();
    let audiences: Vec<Audience> = jobs.iter().map(|job| job.plan.audience.clone()).collect();
    let (api, events) = (Arc::clone(&link.api), link.events(terminal));
    let applied = apply::apply(api, Arc::clone(ledger), run.clone(), jobs, settings, &events, &stop.token).await;
    tell(&applied, run, report, stop, terminal);
    tell_members(&applied, &before, report);
    if let Err(error) = tell_leavers(&audiences, run, ledger, report) {
        terminal.warn(&format!("who left is not in the report: {}", escaped(&error.to_string())));
    }
    applied
}

/// How it ended: a stop counts only where something is left.
pub(crate) fn verdict(applied: &Applied, stop: &Stop) -> Exit {
    let stopped = stop.exit().filter(|_| !applied.is_over()).unwrap_or(Exit::Done);
    stopped.and(Exit::of_applied(applied))
}

/// The state in which a run ends.
pub(crate) fn run_state(exit: Exit, verified: Option<bool>, planned: bool) -> RunState {
    match (exit, verified) {
        (Exit::Brake, None) => RunState::Refused,
        _ if !planned => RunState::Failed,
        (Exit::Incomplete | Exit::Interrupted | Exit::Account | Exit::Failed | Exit::Usage | Exit::Held, _) => {
            RunState::Incomplete
        }
        (_, Some(true)) => RunState::Verified,
        (_, Some(false)) => RunState::Differs,
        (_, None) => RunState::Applied,
    }
}

/// Cuts the plans into requests, and finds out before anything is sent whether they fit.
pub(crate) fn cut(drafted: &[Drafted], way: &Way) -> Result<Vec<Vec<(Phase, Chunk)>>, Failure> {
    let mut left = way.schedule.limit;
    drafted
        .iter()
        .flat_map(Drafted::plans)
        .map(|plan| {
            let how = Schedule { limit: left, ..way.schedule };
            left = left.map(|left| left.saturating_sub(plan.add.len()));
            schedule(plan, &how).map_err(|unfit| {
                let hint = unfit.hint();
                Failure::new(Exit::Usage, unfit, Some(hint))
            })
        })
        .collect()
}

/// Writes the plans into the report, each with the name of its audience where that is not one group.
pub(crate) fn describe<'a>(plans: impl Iterator<Item = (&'a Plan, Option<&'a str>)>, report: &mut Report) {
    for (plan, audience) in plans {
        let (to_add, to_remove) = (plan.add.count(), plan.remove.count());
        let members = &mut report.members;
        members.to_add += to_add;
        members.to_remove += to_remove;
        members.already += plan.already;
        members.left += plan.left;
        members.joined += plan.joined;
        members.held += plan.held.count();
        let (id, name) = match &plan.group {
            GroupRef::Existing { id, name } => (Some(id.to_string()), name.clone()),
            GroupRef::New { name } => (None, Some(name.clone())),
        };
        let (before, new_leavers) = (plan.before, plan.new_leavers.count());
        let (audience, rest) = (audience.map(str::to_owned), GroupReport::default());
        report.groups.push(GroupReport { id, name, audience, before, to_add, to_remove, new_leavers, ..rest });
    }
}

/// Asks before members are removed, where there is somebody to ask.
fn confirm(drafted: &[Drafted], way: &Way) -> Result<(), Failure> {
    let removals: u64 = drafted.iter().flat_map(Drafted::plans).map(|plan| plan.remove.count()).sum();
    if removals == 0 || way.yes {
        return Ok(());
    }
    match ask(&format!("Remove {}?", counted(removals, "member", "members"))) {
        Some(true) | None => Ok(()),
        Some(false) => Err(Failure::new(
            Exit::Interrupted,
            anyhow::anyhow!("not confirmed; nothing was changed"),
            Some("--yes asks nothing, --dry-run shows what would change".to_owned()),
        )),
    }
}

/// Writes into the report what became of the plans.
fn tell(applied: &Applied, run: &RunId, report: &mut Report, stop: &Stop, terminal: &Terminal) {
    report.verified = applied.verified();
    for (group, told) in applied.groups.iter().zip(&mut report.groups) {
        told.id = group.id.as_ref().map(ToString::to_string);
        told.created = group.created;
        told.added = group.added;
        told.removed = group.removed;
        told.failure = group.failure.as_ref().map(ToString::to_string);
        report.members.added += group.added;
        report.members.removed += group.removed;
        report.members.refused += group.refused;
        if let Some(check) = &group.check {
            told.after = Some(check.after);
            told.joined = check.joined;
            told.left = check.left;
        }
    }
    if let Some(failure) = applied.failure()
        && stop.exit().is_none()
    {
        terminal.error(failure, failure.hint().as_deref(), Exit::of_applied(applied));
    }
    let unsent: u64 = applied.groups.iter().map(|group| group.unsent).sum();
    if unsent > 0 {
        terminal.warn(&counted(unsent, "request is left", "requests are left"));
    }
    if !applied.is_complete() || stop.exit().is_some() && !applied.is_over() {
        terminal.hint(&format!("`{}` does the rest", terminal.resume(run)));
    }
}

/// Writes the plans into the report, and who the members are before anything is sent.
fn show(drafted: &[Drafted], report: &mut Report) {
    describe(drafted.iter().flat_map(named), report);
    let mut all = Census::default();
    for part in drafted.iter().flat_map(|one| &one.parts) {
        all += &members(&part.live, &part.inherited);
    }
    report.set_members(&all);
}

fn members(own: &NumberSet, inherited: &NumberSet) -> Census {
    let mut all = Census::from(own);
    all += &Census::from(inherited);
    all
}

/// Writes into the report who the members are now; of a group that could not be read back, who they were.
fn tell_members(applied: &Applied, before: &[Census], report: &mut Report) {
    let mut all = Census::default();
    for (group, before) in applied.groups.iter().zip(before) {
        all += group.check.as_ref().map_or(before, |check| &check.members);
    }
    report.set_members(&all);
}

/// Writes into the report how many were found to have left, as it was written down.
fn tell_leavers(audiences: &[Audience], run: &RunId, ledger: &Ledger, report: &mut Report) -> Result<(), LedgerError> {
    let mut last = None;
    for (audience, told) in audiences.iter().zip(&mut report.groups) {
        // Nobody knows in which of an audience's groups they were: they are told with the first.
        if last.replace(audience) == Some(audience) {
            continue;
        }
        let leavers = ledger.leavers(audience)?;
        let new = leavers.iter().filter(|leaver| leaver.run.as_ref() == Some(run)).count();
        told.new_leavers = u64::try_from(new).unwrap_or(u64::MAX);
    }
    Ok(())
}
