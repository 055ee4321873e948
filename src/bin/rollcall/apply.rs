//! `rollcall apply`: exactly what a saved plan says, or nothing.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use rollcall::apply::{self, Drafted, Making, Part, Schedule, Seen, Spreading, look};
use rollcall::groups::{ErrorClass, Group, GroupsApi, all_groups};
use rollcall::ledger::{Audience, Holds, Homes, Ledger, Run, RunFilter, StateFolder};
use rollcall::numbers::NumberSet;
use rollcall::output::{Output, OutputError};
use rollcall::plan::brakes::{BrakeVerdict, ChangeLimits, GroupFacts};
use rollcall::plan::{GroupRef, Memory, Moved, Plan, PlanFile, Section, Sending};
use rollcall::report::{MovedReport, Report, counted, escaped};

use crate::account::{self, Pace};
use crate::args::{ApplyArgs, Common};
use crate::carry::{Errand, Way, carry_judged, describe, judge};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::import::{Ending, finish};
use crate::list::paper;
use crate::refused;
use crate::report_file::ReportFile;
use crate::seconds::seconds;
use crate::settings::RunSettings;
use crate::show::show;
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: &ApplyArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let began = Instant::now();
    let file = read(&args.file)?;
    if let Some(digest) = args.digest.filter(|digest| *digest != file.digest()) {
        return Err(Failure::usage(
            format!("this is not the plan {digest}: its digest is {}", file.digest()),
            "apply the file that was reviewed, or review this one with --show",
        ));
    }
    let mut report = Report::new("apply");
    report.mode = file.sections.first().map(|section| section.plan.mode);
    report.digest = Some(file.digest().to_string());
    if args.show {
        return shown(&file, common, terminal, report);
    }
    let state = connect::state(common)?;
    let connection = account::settings(&args.connection, common, &state)?;
    let way = way(args, connection.pace, &file)?;
    let ledger = Arc::new(Ledger::open(&state)?);
    let run = if args.dry_run { None } else { Some(state.begin_run()?) };
    let (report_file, moved_file) =
        (ReportFile::create(args.report.file.as_deref())?, paper(args.list_moved.as_deref())?);
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    stop.at_deadline(&runtime, args.deadline, terminal)?;

    report.dry_run = args.dry_run;
    report.run = run.as_ref().map(|run| run.id().to_owned());
    let settings = RunSettings {
        verify_wait: args.verify_wait,
        atomic: way.settings.atomic,
        readd_left: file.sections.iter().any(|section| section.readd_left),
        ..RunSettings::of_connection(&connection)
    };
    let reach = connection.reach.clone();
    let errand = Errand {
        command: "apply",
        reach: &reach,
        undo_of: None,
        settings: &settings,
        inputs: &[],
        notes: &[],
        leavers: &[],
        adopted: &[],
        ledger: &ledger,
        run: run.as_ref(),
    };
    let mut result = runtime.block_on(async {
        let link = Link::open(connection, &stop.token, terminal).await?;
        let result = bring(args, file, moved_file, &errand, &way, &link, &state, &stop, terminal, &mut report).await;
        link.tell(&mut report);
        link.close().await;
        result.map_err(|failure| unless_stopped(failure, stop.exit()))
    });
    if let (Ok(exit), Some(folder)) = (&mut result, &run)
        && report.members.refused > 0
    {
        let run = ledger.find_run(folder.id())?;
        *exit = exit.and(Exit::Rejects).and(refused::tell(&run, folder, &ledger, &stop, terminal, &mut report));
    }
    if let (Err(_), Some(run)) = (&result, &run) {
        let _ = run.drop_if_empty();
    }
    let ending = Ending { began, ledger: &ledger, run: run.as_ref(), keep: common.keep };
    finish(report, result?, &ending, report_file, terminal)
}

fn read(path: &Path) -> Result<PlanFile, Failure> {
    if path == Path::new("-") {
        return Ok(PlanFile::read(io::stdin().lock())?);
    }
    let file = File::open(path).map_err(|error| {
        let exit = if error.kind() == io::ErrorKind::NotFound { Exit::Usage } else { Exit::Failed };
        let error = anyhow::Error::new(error).context(format!("cannot read {}", path.display()));
        Failure::new(exit, error, Some("name a file that `rollcall plan -o FILE` has written".to_owned()))
    })?;
    Ok(PlanFile::read(file)?)
}

/// Shows the plan: in words, or as the report of a plan that nobody has carried out.
fn shown(file: &PlanFile, common: &Common, terminal: &Terminal, mut report: Report) -> Result<Exit, Failure> {
    if !common.json {
        terminal.out(&show(file, common.verbose > 0))?;
        return Ok(Exit::Done);
    }
    report.dry_run = true;
    report.cost = Some(file.cost());
    describe(file.sections.iter().map(Section::named), &mut report);
    file.sections.iter().for_each(|section| report.add_brakes(&section.verdicts));
    terminal.report(&report)?;
    Ok(Exit::Done)
}

fn way(args: &ApplyArgs, pace: Pace, file: &PlanFile) -> Result<Way, Failure> {
    let Sending { chunk_size, group_limit, atomic } =
        file.sections.first().map(|section| section.sending).unwrap_or_default();
    Ok(Way {
        limits: ChangeLimits { allow_size_mismatch: args.allow_size_mismatch, ..ChangeLimits::default() },
        overriding: args.r#override,
        keep_going: args.keep_going,
        schedule: Schedule { chunk_size, group_limit, atomic, limit: args.limit },
        settings: apply::Settings {
            concurrency: pace.concurrency,
            verify_wait: seconds("--verify-wait", args.verify_wait)?,
            atomic,
            limit: args.limit.map(|limit| u64::try_from(limit).unwrap_or(u64::MAX)),
        },
        drop_empty: false,
        yes: args.yes,
        dry_run: args.dry_run,
    })
}

/// Finds out whether the plan still fits its groups, and carries it through.
#[expect(clippy::too_many_arguments, reason = "the doors of a whole command, opened once")]
async fn bring(
    args: &ApplyArgs,
    file: PlanFile,
    moved_file: Option<Output>,
    errand: &Errand<'_>,
    way: &Way,
    link: &Link,
    state: &StateFolder,
    stop: &Stop,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<Exit, Failure> {
    let account = link.account().key();
    if let Some(other) = file.sections.iter().find(|section| section.plan.account != account) {
        return Err(Failure::usage(
            format!("the plan is for the account {}, and this is {account}", other.plan.account),
            "set the account that the plan was made for",
        ));
    }
    let groups = groups(&file, link).await?;
    let _holds = if args.dry_run { Holds::default() } else { hold(&file, &groups, &account, state)? };
    refuse_half_applied(&file, &account, errand.ledger, terminal)?;
    let mut verdicts: Vec<BrakeVerdict> = file.sections.iter().flat_map(|section| section.verdicts.clone()).collect();
    let (mut drafted, mut changes) = (Vec::new(), Vec::new());
    for audience in audiences(file, groups) {
        let (one, of_parts) = compare(audience, link, errand.ledger).await?;
        drafted.push(one);
        changes.extend(of_parts);
    }
    list_moved(args, moved_file, &drafted, &changes, report)?;
    report.moved = changes.iter().zip(plans(&drafted)).filter_map(|(change, plan)| change.report(plan)).collect();
    if changes.iter().any(|change| !change.is_within(args.tolerate)) {
        terminal.failure(&moved(&drafted, &changes, errand.ledger)?);
        return Ok(Exit::Moved);
    }
    for moved in &report.moved {
        let group = escaped(&moved.group);
        terminal.note(&format!("{group}: {} joined and {} left since the plan was made", moved.joined, moved.left));
    }
    // What the brakes said when the plan was made stands; only whether the members add up is a matter of now.
    let sizes = judge(&drafted, &way.limits).into_iter().filter(|verdict| verdict.name == "size");
    verdicts.retain(|verdict| verdict.name != "size");
    verdicts.extend(sizes);
    carry_judged(errand, drafted, verdicts, way, link, stop, terminal, report).await
}

/// Holds the groups against other runs, by the names that they have now.
fn hold(file: &PlanFile, groups: &[Option<Group>], account: &str, state: &StateFolder) -> Result<Holds, Failure> {
    let mut holds = Holds::default();
    for (section, group) in file.sections.iter().zip(groups) {
        if section.spread.is_some() {
            holds.take(state, account, &section.audience)?;
        }
        let name = group.as_ref().and_then(|group| group.name.as_deref());
        holds.take(state, account, name.unwrap_or(section.plan.group.label()))?;
    }
    Ok(holds)
}

/// The sections, by audience, each with its group as it is now.
fn audiences(file: PlanFile, groups: Vec<Option<Group>>) -> Vec<Vec<(Section, Option<Group>)>> {
    let mut audiences: Vec<Vec<(Section, Option<Group>)>> = Vec::new();
    for (section, group) in file.sections.into_iter().zip(groups) {
        match audiences.last_mut() {
            Some(last) if last.iter().all(|(other, _)| other.is_beside(&section)) => last.push((section, group)),
            _ => audiences.push(vec![(section, group)]),
        }
    }
    audiences
}

/// The plans of all groups.
fn plans(drafted: &[Drafted]) -> impl Iterator<Item = &Plan> {
    drafted.iter().flat_map(Drafted::plans)
}

/// Runs of this account, of a plan of which this file is made.
fn runs_of(digests: &[String], filter: RunFilter<'_>, ledger: &Ledger) -> Result<Option<Run>, Failure> {
    for run in ledger.runs(filter)? {
        if ledger.plans(&run.id)?.iter().any(|plan| digests.contains(&plan.digest.to_string())) {
            return Ok(Some(run));
        }
    }
    Ok(None)
}

/// A plan that has been applied in part is for `runs resume`, which knows the rest.
fn refuse_half_applied(file: &PlanFile, account: &str, ledger: &Ledger, terminal: &Terminal) -> Result<(), Failure> {
    let digests: Vec<String> = file.sections.iter().map(|section| section.plan.digest().to_string()).collect();
    let filter = RunFilter { account: Some(account), resumable: true, ..RunFilter::default() };
    match runs_of(&digests, filter, ledger)? {
        None => Ok(()),
        Some(run) => Err(Failure::new(
            Exit::Moved,
            anyhow::anyhow!("run {} has begun to apply this plan, and has not come to its end", run.id),
            Some(format!("`{}` does the rest", terminal.resume(&run.id))),
        )),
    }
}

/// The group of every section as it is now.
async fn groups(file: &PlanFile, link: &Link) -> Result<Vec<Option<Group>>, Failure> {
    let is_new = |section: &Section| matches!(section.plan.group, GroupRef::New { .. });
    let known = if file.sections.iter().any(is_new) { all_groups(&*link.api).await? } else { Vec::new() };
    let mut groups = Vec::with_capacity(file.sections.len());
    for section in &file.sections {
        groups.push(match &section.plan.group {
            GroupRef::New { name } => known.iter().find(|group| group.name.as_ref() == Some(name)).cloned(),
            GroupRef::Existing { id, .. } => match link.api.retrieve(id).await {
                Ok(group) => Some(group),
                Err(error) if error.class == ErrorClass::NotFound => None,
                Err(error) => return Err(error.into()),
            },
        });
    }
    Ok(groups)
}

/// What has changed for one group since its plan was made.
struct Change {
    moved: Moved,
    /// Numbers to add who are known to have left, and whom the plan did not add again on purpose.
    opted_out: NumberSet,
    /// The group was to be made and is there, or was there and is gone.
    is_another: bool,
    /// Its audience lives in other groups.
    elsewhere: bool,
    /// When it was last changed, in the provider's words, if that was after the plan was made.
    since: Option<String>,
}

impl Change {
    fn is_within(&self, tolerance: usize) -> bool {
        !self.is_another && !self.elsewhere && self.opted_out.is_empty() && self.moved.is_within(tolerance)
    }

    /// Those of the plan's own numbers for which something has changed.
    fn touched(&self) -> NumberSet {
        self.moved.touched.union(&self.opted_out)
    }

    fn report(&self, plan: &Plan) -> Option<MovedReport> {
        let changed = self.is_another || self.elsewhere || !self.moved.is_empty() || !self.opted_out.is_empty();
        changed.then(|| MovedReport {
            group: plan.group.label().to_owned(),
            joined: self.moved.joined.count(),
            left: self.moved.left.count(),
            touched: self.touched().count(),
        })
    }

    fn words(&self, plan: &Plan) -> Option<String> {
        let MovedReport { group, joined, left, touched } = self.report(plan)?;
        let mut words = match (&plan.group, self.is_another) {
            (GroupRef::New { .. }, true) => format!("{group} was to be made, and is there with {joined} members"),
            (GroupRef::Existing { .. }, true) => format!("{group} is gone"),
            (_, false) => {
                let (came, went) =
                    (counted(joined, "has joined", "have joined"), counted(left, "has left", "have left"));
                format!("{came} {group}, and {went} it")
            }
        };
        if self.elsewhere {
            words = format!("{words}; its audience lives in other groups by now");
        }
        if !self.opted_out.is_empty() {
            words = format!("{words}; {} of those to add are known to have left", self.opted_out.len());
        }
        if let Some(since) = &self.since {
            words = format!("{words}; it was last changed at {since}");
        }
        Some(format!("{words}; the plan would change {touched} of them"))
    }
}

/// Reads the groups of an audience, and compares them with what their plans were made against.
async fn compare(
    sections: Vec<(Section, Option<Group>)>,
    link: &Link,
    ledger: &Ledger,
) -> Result<(Drafted, Vec<Change>), Failure> {
    let mut rooms = Vec::with_capacity(sections.len());
    for (_, group) in &sections {
        let Seen { mut members, size, inherited } = look(&*link.api, group.as_ref()).await?;
        let before = members.count();
        members.remove_all(&inherited);
        rooms.push((Arc::new(members), inherited, before, size));
    }
    let live = match rooms.as_slice() {
        [(live, ..)] => Arc::clone(live),
        rooms => Arc::new(NumberSet::union_all(&rooms.iter().map(|(live, ..)| &**live).collect::<Vec<_>>())),
    };
    let Whose { audience, spread, mut memory, elsewhere } = whose(&sections, &live, ledger)?;
    let adds = NumberSet::union_all(&sections.iter().map(|(section, _)| &section.plan.add).collect::<Vec<_>>());
    let (mut parts, mut changes, mut listed, mut facts) = (Vec::new(), Vec::new(), Vec::new(), GroupFacts::default());
    for ((section, group), (now, inherited, before, size)) in sections.into_iter().zip(rooms) {
        let Section { mut plan, live: then, listed: named, rows, readd_left, made, .. } = section;
        let mut opted_out = memory.leavers.union(&memory.ours.difference(&live)).intersection(&plan.add);
        if readd_left {
            opted_out = NumberSet::new();
        }
        let is_another = group.is_some() != matches!(plan.group, GroupRef::Existing { .. });
        let mut moved = Moved::between(&plan, &then, &now);
        // Whoever has joined one of an audience's groups is not to be added to another.
        moved.touched = moved.touched.union(&moved.joined.intersection(&adds));
        let since = group.and_then(|group| group.modified_at).filter(|at| {
            let at = at.parse::<Timestamp>().ok();
            made.is_some_and(|made| at.is_some_and(|at| at > made))
        });
        changes.push(Change { moved, opted_out, is_another, elsewhere, since });
        facts.rows = rows.or(Some(facts.rows.unwrap_or_default() + named.count()));
        plan.before = before;
        plan.returned = if parts.is_empty() { memory.leavers.intersection(&live) } else { NumberSet::new() };
        // Leavers that were found when the plan was made are still ours until they are written down.
        memory.ours = memory.ours.union(&plan.new_leavers);
        listed.push(named);
        parts.push(Part { plan, live: now, inherited, size });
    }
    let listed = if listed.len() > 1 { NumberSet::union_all(&listed) } else { listed.pop().unwrap_or_default() };
    let (ours, guests, making) = (memory.ours, NumberSet::new(), Making::default());
    Ok((Drafted { audience, spread, facts, ours, listed, guests, parts, making }, changes))
}

/// What is known of the audience that some sections are of.
struct Whose {
    audience: Audience,
    spread: Option<Spreading>,
    memory: Memory,
    /// Whether it lives in other groups by now.
    elsewhere: bool,
}

fn whose(sections: &[(Section, Option<Group>)], live: &NumberSet, ledger: &Ledger) -> Result<Whose, Failure> {
    let ids = sections.iter().filter_map(|(section, _)| match &section.plan.group {
        GroupRef::Existing { id, .. } => Some(id.clone()),
        GroupRef::New { .. } => None,
    });
    let (ids, first) = (ids.collect::<Vec<_>>(), sections.first());
    let Some((Section { plan, audience, spread, .. }, _)) = first else {
        return Err(Failure::internal(anyhow::anyhow!("an audience without a group")));
    };
    let mut others = Vec::new();
    for id in &ids {
        others.extend(ledger.audience_of_group(&plan.account, id)?);
    }
    // On a machine that has never seen the group, it is called as where the plan was made.
    let planned = Audience::new(&plan.account, audience);
    let Some(template) = spread else {
        let audience = others.pop().unwrap_or(planned);
        let memory = ledger.memory(&audience, live)?;
        return Ok(Whose { audience, spread: None, memory, elsewhere: false });
    };
    let mut memory = ledger.memory(&planned, live)?;
    others.retain(|other| *other != planned);
    for other in &others {
        memory = memory.and(&ledger.memory(other, live)?);
    }
    let known = ledger.homes(&planned)?;
    let elsewhere = known.are_spread() && known.groups != ids;
    let homes = Homes { template: Some(template.clone()), groups: ids };
    let spread = Some(Spreading { homes, absorbed: others, doubled: 0, strangers: Vec::new() });
    Ok(Whose { audience: planned, spread, memory, elsewhere })
}

/// Writes down who came and went, one a line.
fn list_moved(
    args: &ApplyArgs,
    output: Option<Output>,
    drafted: &[Drafted],
    changes: &[Change],
    report: &mut Report,
) -> Result<(), Failure> {
    let (Some(mut output), Some(path)) = (output, &args.list_moved) else { return Ok(()) };
    for (plan, change) in plans(drafted).zip(changes) {
        let touched = change.touched();
        let kinds = [("joined", &change.moved.joined), ("left", &change.moved.left), ("opted_out", &change.opted_out)];
        for (what, numbers) in kinds {
            for number in numbers.iter() {
                let group = plan.group.label();
                let planned = touched.contains(number);
                let line = serde_json::json!({ what: number.to_string(), "group": group, "planned": planned });
                writeln!(output, "{line}").map_err(|source| OutputError { path: path.clone(), source })?;
            }
        }
    }
    output.finish()?;
    report.files.moved = Some(path.display().to_string());
    Ok(())
}

/// Why the plan is not applied.
fn moved(drafted: &[Drafted], changes: &[Change], ledger: &Ledger) -> Result<Failure, Failure> {
    let digests: Vec<String> = plans(drafted).map(|plan| plan.digest().to_string()).collect();
    let open = |(change, plan): (&Change, &Plan)| !change.moved.is_done && !plan.is_empty();
    if changes.iter().any(|change| change.moved.is_done) && !changes.iter().zip(plans(drafted)).any(open) {
        let account = drafted.first().map(|one| one.audience.account.as_str());
        let by = runs_of(&digests, RunFilter { account, limit: Some(50), ..RunFilter::default() }, ledger)?;
        let by = by.map(|run| format!(", by run {}", run.id)).unwrap_or_default();
        return Ok(Failure::new(
            Exit::Moved,
            anyhow::anyhow!("all that the plan would change is so by now: it seems to have been applied{by}"),
            Some("there is nothing left to do".to_owned()),
        ));
    }
    let words: Vec<String> =
        changes.iter().zip(plans(drafted)).filter_map(|(change, plan)| change.words(plan)).collect();
    let hint = if changes.iter().any(|change| change.is_another || change.elsewhere || !change.touched().is_empty()) {
        "make the plan again; --list-moved FILE writes who it was"
    } else {
        "make the plan again, or allow for changes that do not touch it with --tolerate N"
    };
    let error = anyhow::anyhow!("the group is no longer what the plan was made against: {}", words.join("; "));
    Ok(Failure::new(Exit::Moved, error, Some(hint.to_owned())))
}
