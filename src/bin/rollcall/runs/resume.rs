//! `rollcall runs resume`: sends what is left of a run. Needs nothing but the ledger, and may be done any number of
//! times.

use std::sync::Arc;
use std::time::Instant;

use rollcall::apply::{self, Job, Known, Seen, look, look_up};
use rollcall::groups::{ErrorClass, FindError, Group, GroupsApi, find_group};
use rollcall::ledger::{ChunkState, Creation, Holds, Ledger, PlanId, Run, RunFilter, StateFolder, StoredPlan};
use rollcall::numbers::NumberSet;
use rollcall::plan::Memory;
use rollcall::report::{GroupReport, Report, counted, escaped};

use crate::account::{self, ProfileName};
use crate::args::{Common, ResumeArgs};
use crate::carry::{send, verdict};
use crate::check::rejects_exit;
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::import::{Ending, finish};
use crate::log;
use crate::refused;
use crate::report_file::ReportFile;
use crate::seconds::seconds;
use crate::settings::RunSettings;
use crate::signals::Stop;
use crate::tail::drop_empty_tails;
use crate::terminal::Terminal;
use crate::touches;

use super::{connection, delete, same_account, settle, suppressed};

pub(super) fn run(
    args: &ResumeArgs,
    common: &Common,
    state: &StateFolder,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let began = Instant::now();
    let ledger = Arc::new(Ledger::open(state)?);
    let report_file = ReportFile::create(args.report.file.as_deref())?;
    let mut report = Report::new("runs resume");
    let Some(run) = pick(&ledger, args.run.as_deref(), terminal)? else {
        let ending = Ending { began, ledger: &ledger, run: None, keep: common.keep };
        return finish(report, Exit::Done, &ending, report_file, terminal);
    };
    let settings = RunSettings::of_run(&run).but(&args.connection);
    let connection_args = connection(&args.connection, &run, &settings);
    let connection = account::settings_under(&connection_args, &ProfileName::of_run(common, &run), state)?;
    let how = apply::Settings {
        concurrency: settings.concurrency,
        verify_wait: seconds("--verify-wait", settings.verify_wait)?,
        limit: args.limit,
        atomic: settings.atomic,
    };
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    stop.at_deadline(&runtime, args.deadline, terminal)?;
    settings.recall(&mut report);
    log::about(&run.id);
    report.run = Some(run.id.to_string());
    let outcome = runtime.block_on(async {
        let link = Link::open(connection, &stop.token, terminal).await?;
        let rest = Rest { run: &run, settings: &settings, link: &link, ledger: &ledger, state };
        let mut outcome = rest.send(how, &stop, terminal, &mut report).await;
        if let (Ok(Exit::Done), Some(original), true) = (&outcome, &run.undo_of, settings.delete_created)
            && report.verified == Some(true)
        {
            let original = ledger.find_run(original.as_str())?;
            let deleted = delete::created(&original, &ledger, &link, false, terminal, &mut report).await;
            outcome = deleted.map(|()| Exit::Done);
        }
        link.tell(&mut report);
        link.close().await;
        outcome.map_err(|failure| unless_stopped(failure, stop.exit()))
    })?;
    // Another process may have done the rest: then the last word was its own.
    let still = ledger.find_run(run.id.as_str())?.state.is_resumable();
    let folder = Some(state.run(&run.id)).filter(|_| still);
    let told = folder.as_ref().map(|folder| refused::tell(&run, folder, &ledger, &stop, terminal, &mut report));
    let exit = outcome.and(told.unwrap_or(Exit::Done)).and(rejects_exit(&report, settings.rejects_limit()));
    let ending = Ending { began, ledger: &ledger, run: folder.as_ref(), keep: common.keep };
    let exit = finish(report, exit, &ending, report_file, terminal)?;
    settle(&ledger, &run.id, state)?;
    Ok(exit)
}

/// The run that is meant, if something of it is left.
fn pick(ledger: &Ledger, text: Option<&str>, terminal: &Terminal) -> Result<Option<Run>, Failure> {
    let Some(text) = text else {
        let resumable = ledger.runs(RunFilter { resumable: true, ..RunFilter::default() })?;
        let newest = resumable.into_iter().find(|run| run.undone_by.is_none());
        match &newest {
            Some(run) => terminal.note(&format!("going on with run {} ({})", run.id, escaped(&run.command))),
            None => terminal.note("nothing to resume: no run has anything left to send"),
        }
        return Ok(newest);
    };
    let run = ledger.find_run(text)?;
    if let Some(undo) = &run.undone_by {
        terminal.note(&format!("nothing to resume: run {} was taken back by run {undo}", run.id));
        return Ok(None);
    }
    if !run.state.is_resumable() {
        terminal.note(&format!("nothing to resume: run {} is over ({})", run.id, run.state));
        return Ok(None);
    }
    Ok(Some(run))
}

/// The rest of a run.
struct Rest<'a> {
    run: &'a Run,
    settings: &'a RunSettings,
    link: &'a Link,
    ledger: &'a Arc<Ledger>,
    state: &'a StateFolder,
}

impl Rest<'_> {
    /// Sends it, holding all groups of the run.
    async fn send(
        &self,
        how: apply::Settings,
        stop: &Stop,
        terminal: &Terminal,
        report: &mut Report,
    ) -> Result<Exit, Failure> {
        same_account(self.link, self.run)?;
        let (mut held, mut dropped, mut holds) = (Vec::new(), Vec::new(), Holds::default());
        for plan in self.ledger.plans(&self.run.id)? {
            match self.hold(&plan, &mut holds).await? {
                Some(one) => held.push(one),
                None => dropped.push(plan),
            }
        }
        if !self.ledger.find_run(self.run.id.as_str())?.state.is_resumable() {
            terminal.note("nothing to resume: another process has done the rest");
            return Ok(Exit::Done);
        }
        let (mut jobs, mut left_out) = (Vec::new(), 0);
        while !held.is_empty() {
            let beside = held
                .iter()
                .take_while(|other| Some(&other.plan.audience) == held.first().map(|one| &one.plan.audience));
            let rest = held.split_off(beside.count());
            let audience = std::mem::replace(&mut held, rest);
            jobs.extend(self.jobs(audience, &mut left_out, report).await?);
        }
        if left_out > 0 {
            terminal.note(&counted(
                left_out,
                "number has left since, and is not added",
                "numbers have left since, and are not added",
            ));
        }
        let applied = send(self.ledger, &self.run.id, jobs, how, self.link, stop, terminal, report).await;
        if self.settings.drop_empty && applied.verified() == Some(true) {
            drop_empty_tails(self.ledger, &self.run.id, false, self.link, terminal, report).await?;
        }
        for plan in &dropped {
            self.describe_dropped(plan, report)?;
        }
        let mut exit = verdict(&applied, stop);
        touches::describe(&self.settings.touches, report);
        if matches!(exit, Exit::Done | Exit::Rejects | Exit::Unverified) {
            let Self { run, settings, link, ledger, .. } = self;
            exit = exit.and(touches::finish(&settings.touches, &run.id, link, ledger, terminal, report).await);
        }
        drop(holds);
        Ok(exit)
    }

    /// Finds the group of a plan and holds it; none when the run has emptied and deleted it already.
    async fn hold(&self, plan: &StoredPlan, holds: &mut Holds) -> Result<Option<Held>, Failure> {
        let (api, mut plan) = (&*self.link.api, plan.clone());
        let group = match (&plan.group, plan.creation) {
            (Some(id), _) => match api.retrieve(id).await {
                Ok(group) => Some(group),
                Err(error) if error.class == ErrorClass::NotFound => {
                    if !self.may_have_dropped(&plan)? {
                        return Err(self.gone(&plan));
                    }
                    holds.take(self.state, &self.run.account, &plan.audience.name)?;
                    self.ledger.drop_home(&plan.audience, id, &NumberSet::new())?;
                    return Ok(None);
                }
                Err(error) => return Err(error.into()),
            },
            // Whoever has asked for it looks for it first.
            (None, Creation::Asked) => None,
            (None, Creation::Needless | Creation::Wanted | Creation::Made | Creation::Found) => {
                match find_group(api, plan.name.as_deref().unwrap_or_default()).await {
                    Ok(found) => Some(found.group),
                    Err(FindError::NotFound(_)) => None,
                    Err(error) => return Err(error.into()),
                }
            }
        };
        let label = match &group {
            Some(group) => group.name.as_deref().unwrap_or(group.id.as_str()).to_owned(),
            None => plan.group_ref().label().to_owned(),
        };
        if self.ledger.homes(&plan.audience)?.are_spread() {
            holds.take(self.state, &self.run.account, &plan.audience.name)?;
        }
        holds.take(self.state, &self.run.account, &label)?;
        if let (Some(group), None) = (&group, &plan.group) {
            // Somebody else has made it meanwhile.
            self.ledger.settle_creation(plan.id, &group.id, false)?;
            plan = self.again(plan.id)?;
        }
        Ok(Some(Held { plan, group }))
    }

    /// Whether the run was to delete groups that it leaves empty, and is done with this one.
    fn may_have_dropped(&self, plan: &StoredPlan) -> Result<bool, Failure> {
        let over = |state| matches!(state, ChunkState::Applied | ChunkState::Refused);
        let deletes = self.settings.drop_empty || self.settings.delete_created;
        Ok(deletes && self.ledger.chunks(plan.id)?.iter().all(|chunk| over(chunk.state)))
    }

    /// Writes a group that the run has deleted into the report.
    fn describe_dropped(&self, plan: &StoredPlan, report: &mut Report) -> Result<(), Failure> {
        describe(plan, self.ledger.homes(&plan.audience)?.are_spread(), report);
        let effect = self.ledger.took_effect(plan.id)?;
        let (added, removed) = (effect.added.count(), effect.removed.count());
        report.members.added += added;
        report.members.removed += removed;
        if let Some(told) = report.groups.last_mut() {
            (told.added, told.removed, told.after, told.deleted) = (added, removed, Some(0), true);
        }
        Ok(())
    }

    /// The plan as the ledger has it by now.
    fn again(&self, id: PlanId) -> Result<StoredPlan, Failure> {
        let plans = self.ledger.plans(&self.run.id)?;
        plans
            .into_iter()
            .find(|plan| plan.id == id)
            .ok_or_else(|| Failure::internal(anyhow::anyhow!("a plan has vanished from the ledger")))
    }

    fn gone(&self, plan: &StoredPlan) -> Failure {
        Failure::usage(
            format!("the group {} of run {} is not there any more", plan.group_ref().label(), self.run.id),
            format!(
                "`rollcall runs abandon {}` lets its rest go; importing again with --create makes a group",
                self.run.id
            ),
        )
    }

    /// What is left of the plans of one audience, given its groups as they are now.
    async fn jobs(&self, held: Vec<Held>, left_out: &mut u64, report: &mut Report) -> Result<Vec<Job>, Failure> {
        let (ledger, api) = (self.ledger, &*self.link.api);
        let Some(audience) = held.first().map(|one| one.plan.audience.clone()) else { return Ok(Vec::new()) };
        let mut rooms = Vec::with_capacity(held.len());
        for Held { plan, group } in held {
            let Seen { members: mut live, inherited, .. } = look(api, group.as_ref()).await?;
            live.remove_all(&inherited);
            let earlier = ledger.took_effect(plan.id)?;
            let gone = look_up(ledger, &plan, &live)?;
            rooms.push((plan, Arc::new(live), inherited, earlier, gone));
        }
        // Later runs may have given it further groups.
        let homes = ledger.homes(&audience)?;
        let (mut elsewhere, mut others) = (Vec::new(), Vec::new());
        for id in homes.groups.iter().filter(|_| homes.are_spread()) {
            if rooms.iter().any(|(plan, ..)| plan.group.as_ref() == Some(id)) {
                continue;
            }
            match api.members(id).await {
                Ok(members) => others.push(members),
                Err(error) if error.class == ErrorClass::NotFound => continue,
                Err(error) => return Err(error.into()),
            }
            elsewhere.push(id.clone());
        }
        let everyone = rooms.iter().map(|(_, live, ..)| &**live).chain(&others).collect::<Vec<_>>();
        let everyone = NumberSet::union_all(&everyone);
        let memory = ledger.memory(&audience, &everyone)?;
        let (mut listed, mut guests) = (Vec::with_capacity(rooms.len()), Vec::with_capacity(rooms.len()));
        for (plan, live, ..) in &rooms {
            *left_out += self.leave_out(plan, live, &everyone, &memory)?;
            listed.push(ledger.listed(plan.id)?);
            guests.push(ledger.guests(plan.id)?);
            describe(&self.again(plan.id)?, homes.are_spread(), report);
        }
        // Whom a list has named since is ours.
        let guests = NumberSet::union_all(&guests).difference(&memory.ours);
        let known = Arc::new(Known { ours: memory.ours, listed: NumberSet::union_all(&listed), guests, elsewhere });
        let job = |(plan, before, inherited, earlier, gone): (StoredPlan, _, _, _, _)| {
            let making =
                plan.name.as_ref().and_then(|name| self.settings.making.get(name)).cloned().unwrap_or_default();
            Job { plan, before, inherited, known: Arc::clone(&known), earlier, gone, making }
        };
        Ok(rooms.into_iter().map(job).collect())
    }

    /// Takes those out of the chunks to be sent whom later runs have missed, or found on a suppression list, and who
    /// are in another group of the audience by now.
    fn leave_out(
        &self,
        plan: &StoredPlan,
        live: &NumberSet,
        everyone: &NumberSet,
        memory: &Memory,
    ) -> Result<u64, Failure> {
        let mut unwelcome =
            suppressed(self.ledger, &plan.audience, Some(&self.run.id))?.union(&everyone.difference(live));
        if !self.settings.readd_left {
            unwelcome = unwelcome.union(&memory.leavers).union(&memory.ours.difference(everyone));
        }
        let mut left_out = 0;
        if unwelcome.is_empty() {
            return Ok(left_out);
        }
        for chunk in self.ledger.chunks(plan.id)? {
            match chunk.state {
                ChunkState::Pending | ChunkState::Failed => left_out += self.ledger.leave_out(chunk.id, &unwelcome)?,
                ChunkState::Sent | ChunkState::Unknown | ChunkState::Applied | ChunkState::Refused => {}
            }
        }
        Ok(left_out)
    }
}

/// A plan whose group is held.
struct Held {
    plan: StoredPlan,
    /// None while it has not been made.
    group: Option<Group>,
}

/// Writes a plan into the report as its first process did.
fn describe(plan: &StoredPlan, is_spread: bool, report: &mut Report) {
    let members = &mut report.members;
    members.to_add += plan.adds;
    members.to_remove += plan.removes;
    members.already += plan.already;
    members.left += plan.left;
    members.joined += plan.joined;
    members.held += plan.held;
    report.mode = Some(plan.mode);
    report.groups.push(GroupReport {
        id: plan.group.as_ref().map(ToString::to_string),
        name: plan.name.clone(),
        audience: is_spread.then(|| plan.audience.name.clone()),
        before: plan.before,
        to_add: plan.adds,
        to_remove: plan.removes,
        ..GroupReport::default()
    });
}
