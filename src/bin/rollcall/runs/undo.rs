//! `rollcall runs undo`: a plan like any other, made from what a run has really changed.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rollcall::apply::{self, Drafted, Making, Part, Room, Schedule, Spread, SpreadTerms, everyone, look, look_up};
use rollcall::contacts::RecordWriter;
use rollcall::groups::{ErrorClass, Group, GroupsApi, all_groups};
use rollcall::ledger::{Audience, Effect, Holds, Ledger, Run, RunFolder, RunId, StateFolder, StoredPlan};
use rollcall::numbers::NumberSet;
use rollcall::output::{Output, OutputError};
use rollcall::plan::brakes::{ChangeLimits, GroupFacts};
use rollcall::plan::{Choices, Deeds, GroupRef, Inverse, Kept, Mode, Plan, Wish};
use rollcall::report::{Report, counted, escaped};

use crate::account::{self, ProfileName};
use crate::args::{Common, UndoArgs};
use crate::carry::{Errand, Way, carry};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::import::{Ending, GROUP_LIMIT, finish};
use crate::report_file::ReportFile;
use crate::seconds::seconds;
use crate::settings::RunSettings;
use crate::signals::Stop;
use crate::terminal::Terminal;

use super::{connection, count, delete, runs_of, same_account, settle, suppressed};

pub(super) fn run(args: &UndoArgs, common: &Common, state: &StateFolder, terminal: &Terminal) -> Result<Exit, Failure> {
    let began = Instant::now();
    let ledger = Arc::new(Ledger::open(state)?);
    let original = ledger.find_run(&args.run.run)?;
    let settings = RunSettings {
        readd_left: args.readd_left,
        delete_created: args.delete_created,
        // What is taken back has no list of its own, and what that run was to do in the end is not to be done again.
        list: None,
        drop_empty: false,
        touches: Vec::new(),
        ..RunSettings::of_run(&original).but(&args.connection)
    };
    let connection_args = connection(&args.connection, &original, &settings);
    let connection = account::settings_under(&connection_args, &ProfileName::of_run(common, &original), state)?;
    let way = way(args, &settings, connection.pace.chunk_size)?;
    let report_file = ReportFile::create(args.report.file.as_deref())?;
    let folder = if args.dry_run { None } else { Some(state.begin_run()?) };
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    stop.at_deadline(&runtime, args.deadline, terminal)?;

    let mut report = Report::new("runs undo");
    report.mode = Some(Mode::Add);
    report.dry_run = args.dry_run;
    report.run = folder.as_ref().map(|run| run.id().to_owned());
    report.undo_of = Some(original.id.to_string());
    let outcome = runtime.block_on(async {
        let link = Link::open(connection, &stop.token, terminal).await?;
        let undo = Undo { args, original: &original, settings, link: &link, ledger: &ledger, state };
        let outcome = undo.carry(folder.as_ref(), &way, &stop, terminal, &mut report).await;
        link.tell(&mut report);
        link.close().await;
        outcome.map_err(|failure| unless_stopped(failure, stop.exit()))
    });
    if let Some(folder) = &folder {
        // An undo that keeps nobody leaves no file.
        let _ = folder.drop_if_empty();
    }
    let ending = Ending { began, ledger: &ledger, run: folder.as_ref(), keep: common.keep };
    let exit = finish(report, outcome?, &ending, report_file, terminal)?;
    if let Some(folder) = &folder {
        settle(&ledger, &RunId::of(folder), state)?;
    }
    Ok(exit)
}

fn way(args: &UndoArgs, settings: &RunSettings, chunk_size: NonZeroUsize) -> Result<Way, Failure> {
    Ok(Way {
        limits: ChangeLimits {
            max_left: args.max_left,
            allow_size_mismatch: args.allow_size_mismatch,
            ..ChangeLimits::default()
        },
        overriding: args.r#override,
        keep_going: args.keep_going,
        schedule: Schedule {
            chunk_size: args.chunk_size.unwrap_or(chunk_size),
            group_limit: args.group_limit.map_or(GROUP_LIMIT, NonZeroU64::get),
            atomic: false,
            limit: None,
        },
        settings: apply::Settings {
            concurrency: settings.concurrency,
            verify_wait: seconds("--verify-wait", settings.verify_wait)?,
            limit: None,
            atomic: false,
        },
        drop_empty: false,
        yes: args.yes,
        dry_run: args.dry_run,
    })
}

/// A run that is to be taken back.
struct Undo<'a> {
    args: &'a UndoArgs,
    original: &'a Run,
    settings: RunSettings,
    link: &'a Link,
    ledger: &'a Arc<Ledger>,
    state: &'a StateFolder,
}

/// What takes the plans of one audience back.
struct Turned {
    drafted: Drafted,
    kept: Vec<(Kept, NumberSet)>,
}

impl Undo<'_> {
    async fn carry(
        &self,
        folder: Option<&RunFolder>,
        way: &Way,
        stop: &Stop,
        terminal: &Terminal,
        report: &mut Report,
    ) -> Result<Exit, Failure> {
        same_account(self.link, self.original)?;
        let (mut drafted, mut kept, mut holds) = (Vec::new(), Vec::new(), Holds::default());
        for plans in self.ledger.plans(&self.original.id)?.chunk_by(|a, b| a.audience == b.audience) {
            let Some(turned) = self.turn(plans, &mut holds, terminal).await? else { continue };
            let label = turned.drafted.label().to_owned();
            kept.extend(turned.kept.into_iter().map(|(why, numbers)| (label.clone(), why, numbers)));
            drafted.push(turned.drafted);
        }
        tell_kept(&kept, folder, terminal, report)?;
        let reach = &self.original.reach;
        let errand = Errand {
            command: "runs undo",
            reach,
            undo_of: Some(&self.original.id),
            settings: &self.settings,
            inputs: &[],
            notes: &[],
            leavers: &[],
            adopted: &[],
            ledger: self.ledger,
            run: folder,
        };
        let exit = carry(&errand, drafted, Vec::new(), way, self.link, stop, terminal, report).await?;
        if self.args.delete_created && !self.args.dry_run && exit == Exit::Done && report.verified == Some(true) {
            delete::created(self.original, self.ledger, self.link, self.args.yes, terminal, report).await?;
        }
        drop(holds);
        Ok(exit)
    }

    /// Turns the plans of one audience round; none when no group of it is there.
    async fn turn(
        &self,
        plans: &[StoredPlan],
        holds: &mut Holds,
        terminal: &Terminal,
    ) -> Result<Option<Turned>, Failure> {
        let Some(StoredPlan { audience, .. }) = plans.first() else { return Ok(None) };
        let mut hold = |label: &str| {
            if self.args.dry_run { Ok(()) } else { holds.take(self.state, &self.original.account, label) }
        };
        let spread = if self.ledger.homes(audience)?.are_spread() {
            hold(&audience.name)?;
            let api = &*self.link.api;
            Spread::find(api, self.ledger, audience.clone(), None, &all_groups(api).await?).await?
        } else {
            None
        };
        let groups = match &spread {
            Some(spread) => spread.groups.clone(),
            None => self.groups(plans).await?,
        };
        for plan in plans.iter().filter(|plan| plan.group.is_some() && !has(&groups, plan)) {
            let name = escaped(plan.group_ref().label());
            terminal.warn(&format!("{name}: the group is not there any more, and nothing of it is taken back"));
        }
        if groups.is_empty() {
            return Ok(None);
        }
        let mut rooms = Vec::with_capacity(groups.len());
        for group in &groups {
            hold(group.name.as_deref().unwrap_or(group.id.as_str()))?;
            rooms.push(Room::new(group, look(&*self.link.api, Some(group)).await?));
        }
        let (drafted, kept) = self.draft(plans, audience, spread, rooms)?;
        Ok(Some(Turned { drafted, kept }))
    }

    /// The groups of the plans that are still there.
    async fn groups(&self, plans: &[StoredPlan]) -> Result<Vec<Group>, Failure> {
        let mut groups = Vec::new();
        for id in plans.iter().filter_map(|plan| plan.group.as_ref()) {
            match self.link.api.retrieve(id).await {
                Ok(group) => groups.push(group),
                Err(error) if error.class == ErrorClass::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(groups)
    }

    fn draft(
        &self,
        plans: &[StoredPlan],
        audience: &Audience,
        spread: Option<Spread>,
        mut rooms: Vec<Room>,
    ) -> Result<(Drafted, Vec<(Kept, NumberSet)>), Failure> {
        let live = everyone(&rooms);
        let (mut added, mut back) = (Vec::new(), Vec::new());
        for plan in plans {
            let room = rooms.iter().find(|room| is_of(room, plan));
            let here = room.map(|room| Arc::clone(&room.live)).unwrap_or_default();
            if !self.args.dry_run && room.is_some() {
                // What became of its last requests is settled now, whether the rest is ever sent or not.
                look_up(self.ledger, plan, &here)?;
            }
            let effect = told_by(&self.ledger.took_effect(plan.id)?, &here);
            added.push(effect.added);
            back.extend(plan.group.clone().map(|id| (id, effect.removed)));
        }
        let (mut added, removed) = (NumberSet::union_all(&added), back.iter().map(|(_, set)| set).collect::<Vec<_>>());
        let mut removed = NumberSet::union_all(&removed);
        for room in &rooms {
            added.remove_all(&room.inherited);
            removed.remove_all(&room.inherited);
        }
        removed.remove_all(&added);
        let mut memory = match &spread {
            Some(spread) => spread.memory(self.ledger, &live)?,
            None => self.ledger.memory(audience, &live)?,
        };
        for plan in plans {
            // They are remembered as having joined by themselves because that was so where they come from.
            memory.ours = memory.ours.union(&self.ledger.guests(plan.id)?.intersection(&live));
        }
        let suppressed = suppressed(self.ledger, audience, None)?;
        let deeds = Deeds { added, removed, later: self.later(plans, audience)?, suppressed: suppressed.clone() };
        let inverse = Inverse::of(&deeds, &live, &memory, self.args.readd_left);
        let wish =
            Wish { listed: inverse.add, unlisted: inverse.remove, suppressed: Arc::new(suppressed), ..Wish::default() };
        let choices = Choices { readd_left: self.args.readd_left, remove_joined: false };
        let account = self.original.account.clone();
        let whole = GroupRef::New { name: audience.name.clone() };
        let mut plan = Plan::draft(account, whole, Mode::Add, &wish, &live, &memory, choices);
        let taken_back = count(plan.remove.len());
        let (parts, doubled) = if let Some(spread) = &spread {
            let fill = self.args.group_limit.map_or(SpreadTerms::FILL, NonZeroU64::get);
            spread.place(plan, rooms, &back, fill, true)?
        } else {
            let Some(Room { group, live, inherited, before, size }) = rooms.pop() else {
                return Err(Failure::internal(anyhow::anyhow!("a plan without a group")));
            };
            (plan.group, plan.before) = (group, before);
            (vec![Part { plan, live, inherited, size }], 0)
        };
        let facts =
            GroupFacts { ours: count(memory.ours.len()), taken_back: taken_back + doubled, ..GroupFacts::default() };
        let spread = spread.map(|spread| spread.spreading(doubled));
        let audience = audience.clone();
        let (ours, listed, guests, making) = (memory.ours, NumberSet::new(), NumberSet::new(), Making::default());
        let drafted = Drafted { audience, spread, facts, ours, listed, guests, parts, making };
        Ok((drafted, inverse.kept))
    }

    /// Numbers of the audience that later runs have changed; of a single group, those of that group.
    fn later(&self, plans: &[StoredPlan], audience: &Audience) -> Result<NumberSet, Failure> {
        let mut later = NumberSet::new();
        let spread = self.ledger.homes(audience)?.are_spread();
        let same = |other: &StoredPlan| {
            spread && other.audience == *audience || plans.iter().any(|plan| plan.group == other.group)
        };
        let runs = runs_of(self.ledger, audience)?;
        for run in runs.iter().take_while(|run| run.id != self.original.id).filter(|run| run.plans > 0) {
            for other in self.ledger.plans(&run.id)?.iter().filter(|other| same(other)) {
                let Effect { added, removed, perhaps_added, perhaps_removed } = self.ledger.took_effect(other.id)?;
                for set in [added, removed, perhaps_added, perhaps_removed] {
                    later = later.union(&set);
                }
            }
        }
        Ok(later)
    }
}

fn has(groups: &[Group], plan: &StoredPlan) -> bool {
    groups.iter().any(|group| plan.group.as_ref() == Some(&group.id))
}

fn is_of(room: &Room, plan: &StoredPlan) -> bool {
    matches!(&room.group, GroupRef::Existing { id, .. } if plan.group.as_ref() == Some(id))
}

/// What took effect, as far as the members tell it of requests whose outcome nobody knows.
fn told_by(effect: &Effect, live: &NumberSet) -> Effect {
    Effect {
        added: effect.added.union(&effect.perhaps_added.intersection(live)),
        removed: effect.removed.union(&effect.perhaps_removed.difference(live)),
        ..Effect::default()
    }
}

/// Says who is left as they are, and writes them down in the run's folder.
fn tell_kept(
    kept: &[(String, Kept, NumberSet)],
    folder: Option<&RunFolder>,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<(), Failure> {
    for (group, why, numbers) in kept {
        *report.kept.entry(why.as_str().to_owned()).or_default() += count(numbers.len());
        let left = counted(numbers.len(), "number is left as it is", "numbers are left as they are");
        terminal.note(&format!("{}: {left}: {}", escaped(group), words(*why)));
    }
    let (Some(folder), false) = (folder, kept.is_empty()) else { return Ok(()) };
    let path = folder.file("kept.csv");
    write_kept(kept, &path)?;
    let shown = path.display().to_string();
    terminal.note(&format!("they are in {}", escaped(&shown)));
    report.files.kept = Some(shown);
    Ok(())
}

fn words(why: Kept) -> &'static str {
    match why {
        Kept::Gone => "the run added them, and they are no members any more",
        Kept::Rejoined => "the run added them, and they have left and come back by themselves",
        Kept::Returned => "the run removed them, and they are members again",
        Kept::LaterRun => "a later run has changed them",
        Kept::Suppressed => "the run removed them, and they are on a suppression list",
        Kept::Left => "the run removed them, and they have left besides (--readd-left adds them)",
    }
}

fn write_kept(kept: &[(String, Kept, NumberSet)], path: &Path) -> Result<(), Failure> {
    let failed = |source| OutputError { path: path.to_owned(), source };
    let mut output = Output::create(path)?;
    let mut writer = RecordWriter::new(&mut output, b',');
    writer.write_record(["msisdn", "why", "group"]).map_err(failed)?;
    for (group, why, numbers) in kept {
        for number in numbers.iter() {
            writer.write_record([number.to_string().as_str(), why.as_str(), group]).map_err(failed)?;
        }
    }
    output.finish()?;
    Ok(())
}
