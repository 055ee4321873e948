//! Brings kept groups into an account, whether they come from a folder or from another account: a plan like any other,
//! and then what is no matter of members.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use rollcall::apply::{self, Drafted, Request, Schedule, SpreadTerms, Terms, draft};
use rollcall::backup::{Again, Kit, Target};
use rollcall::groups::{GroupId, GroupUpdate, GroupsApi, NameChange, all_groups};
use rollcall::ledger::{Audience, Baseline, Leaver, Ledger, Look, Reach, RunFolder, RunId, StateFolder};
use rollcall::numbers::NumberSet;
use rollcall::plan::brakes::{ChangeLimits, Limit};
use rollcall::plan::{Choices, GroupRef, Mode, Wish};
use rollcall::report::{GroupReport, Report, escaped};

use crate::account::{Pace, Settings};
use crate::args::{BringArgs, BringMode, Common};
use crate::carry::{Errand, Way, carry, seconds};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::import::{Ending, finish};
use crate::refused;
use crate::runs::suppressed;
use crate::settings::RunSettings;
use crate::signals::Stop;
use crate::terminal::{Terminal, ask};

/// Brings what `kit` yields into an account, from the first word to the last: the part that `restore` and `copy` share.
pub(crate) fn run(
    mut report: Report,
    args: &BringArgs,
    target: Settings,
    common: &Common,
    terminal: &Terminal,
    kit: impl AsyncFnOnce(&Ledger, &Stop, &mut Report) -> Result<Kit, Failure>,
) -> Result<Exit, Failure> {
    let began = Instant::now();
    let state = connect::state(common)?;
    let ledger = Arc::new(Ledger::open(&state)?);
    let run = if args.dry_run { None } else { Some(state.begin_run()?) };
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    stop.at_deadline(&runtime, args.deadline, terminal)?;
    report.mode = Some(mode(args));
    report.dry_run = args.dry_run;
    report.run = run.as_ref().map(|run| run.id().to_owned());
    let settings = RunSettings {
        verify_wait: args.verify_wait,
        readd_left: args.readd_left,
        ..RunSettings::of_connection(&target)
    };
    let (command, reach, pace) = (report.command.clone(), target.reach.clone(), target.pace);
    let outcome = runtime.block_on(async {
        let kit = kit(&ledger, &stop, &mut report).await?;
        let link = Link::open(target, &stop.token, terminal).await?;
        let bringing = Bringing {
            command: &command,
            args,
            link: &link,
            reach: &reach,
            pace,
            settings,
            ledger: &ledger,
            state: &state,
            run: run.as_ref(),
            stop: &stop,
            terminal,
        };
        let outcome = bringing.bring(kit, &mut report).await;
        link.tell(&mut report);
        link.close().await;
        outcome
    });
    if let (Err(_), Some(run)) = (&outcome, &run) {
        let _ = run.drop_if_empty();
    }
    let mut exit = outcome.map_err(|failure| unless_stopped(failure, stop.exit()))?;
    if let Some(folder) = run.as_ref().filter(|_| report.members.refused > 0) {
        let run = ledger.find_run(folder.id())?;
        exit = exit.and(Exit::Rejects).and(refused::tell(&run, folder, &ledger, &stop, terminal, &mut report));
    }
    finish(report, exit, &Ending { began, ledger: &ledger, run: run.as_ref(), keep: common.keep }, None, terminal)
}

/// An account that groups are brought into, and how.
struct Bringing<'a> {
    command: &'a str,
    args: &'a BringArgs,
    link: &'a Link,
    reach: &'a Reach,
    pace: Pace,
    settings: RunSettings,
    ledger: &'a Arc<Ledger>,
    state: &'a StateFolder,
    /// None for a dry run.
    run: Option<&'a RunFolder>,
    stop: &'a Stop,
    terminal: &'a Terminal,
}

/// What is left to do for a group when its members are there.
struct Rest {
    again: Again,
    audience: Audience,
    /// Those who joined by themselves where they come from, and of whom nothing else is known here.
    guests: NumberSet,
}

fn mode(args: &BringArgs) -> Mode {
    match args.mode {
        BringMode::Add => Mode::Add,
        BringMode::Sync => Mode::Sync,
        BringMode::Replace => Mode::Replace,
    }
}

impl Bringing<'_> {
    async fn bring(mut self, kit: Kit, report: &mut Report) -> Result<Exit, Failure> {
        let account = self.link.account().key();
        let there = all_groups(&*self.link.api).await?;
        let departed = kit.departed.clone();
        let again = kit.again(&account, &there, &self.args.names)?;
        self.settings.making = made(&again);
        let requests = again.iter().map(|one| self.request(one, &account)).collect::<Result<Vec<_>, _>>()?;
        let draft = draft(requests, &self.terms(), &*self.link.api, &account, self.ledger, self.state).await?;
        let mut plans = draft.plans;
        for (drafted, one) in plans.iter_mut().zip(&again) {
            // A list may well be shorter than a backup; a backup may well be shorter than a list.
            drafted.facts.rows = one.members.count();
            drafted.facts.rows_before = None;
        }
        self.confirm(&plans)?;
        let rest = self.remember_leavers(again, &plans, &departed)?;
        let way = self.way()?;
        let errand = Errand {
            command: self.command,
            reach: self.reach,
            undo_of: None,
            settings: &self.settings,
            inputs: &[],
            notes: &[],
            ledger: self.ledger,
            run: self.run,
        };
        let exit = carry(&errand, plans, Vec::new(), &way, self.link, self.stop, self.terminal, report).await?;
        if report.members.left > 0 && !self.args.readd_left {
            self.terminal.hint("who has left since is not brought back; --readd-left does that");
        }
        let exit = match exit {
            Exit::Done | Exit::Rejects | Exit::Unverified => exit.and(self.settle(&rest, report).await),
            _ => exit,
        };
        drop(draft.locks);
        Ok(exit)
    }

    fn terms(&self) -> Terms {
        Terms {
            mode: mode(self.args),
            choices: Choices { readd_left: self.args.readd_left, remove_joined: self.args.remove_joined },
            create: true,
            spread: SpreadTerms::default(),
            anew: true,
            hold: self.run.is_some(),
            rows: 0,
        }
    }

    fn way(&self) -> Result<Way, Failure> {
        let args = self.args;
        // Whoever is brought back has not left for good, however many they are.
        let max_left = if args.readd_left { Some(Limit::Percent(100.0)) } else { args.max_left };
        Ok(Way {
            limits: ChangeLimits {
                max_remove: args.max_remove,
                max_left,
                allow_size_mismatch: args.allow_size_mismatch,
                ..ChangeLimits::default()
            },
            overriding: args.r#override,
            keep_going: args.keep_going,
            schedule: Schedule {
                chunk_size: args.chunk_size.unwrap_or(self.pace.chunk_size),
                group_limit: args.group_limit,
                atomic: false,
                limit: None,
            },
            settings: apply::Settings {
                concurrency: self.pace.concurrency,
                verify_wait: seconds("--verify-wait", args.verify_wait)?,
                limit: None,
                atomic: false,
            },
            drop_empty: false,
            yes: args.yes,
            dry_run: args.dry_run,
        })
    }

    fn request(&self, again: &Again, account: &str) -> Result<Request, Failure> {
        let (group, target) = match &again.target {
            Target::There(group) => {
                let target = GroupRef::Existing { id: group.id.clone(), name: group.name.clone() };
                (group.id.to_string(), target)
            }
            Target::Made(name) => (name.clone(), GroupRef::New { name: name.clone() }),
        };
        let audience = apply::audience(self.ledger, account, &target)?;
        // Whom some list of this audience has forbidden to write to is not brought back either.
        let suppressed = Arc::new(suppressed(self.ledger, &audience, None)?);
        let wish = Wish { listed: again.members.clone(), suppressed, ..Wish::default() };
        Ok(Request { making: again.making.clone(), ..Request::new(group, wish) })
    }

    /// Asks before people who left are brought back, where there is somebody to ask.
    fn confirm(&self, plans: &[Drafted]) -> Result<(), Failure> {
        if !self.args.readd_left || self.args.yes || self.args.dry_run {
            return Ok(());
        }
        let mut back = 0;
        for one in plans {
            let known: NumberSet = self.ledger.leavers(&one.audience)?.iter().map(|leaver| leaver.number).collect();
            for plan in one.plans() {
                back += plan.add.intersection(&known.union(&plan.new_leavers)).count();
            }
        }
        if back == 0 || ask(&format!("Bring back {back} people who have left?")) != Some(false) {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Interrupted,
            anyhow::anyhow!("not confirmed; nothing was changed"),
            Some("without --readd-left they stay away; --yes asks nothing".to_owned()),
        ))
    }

    /// Writes down who left the groups where they come from: they stay away here as well, from now on. Who is a member
    /// here by now has come back.
    fn remember_leavers(
        &self,
        again: Vec<Again>,
        plans: &[Drafted],
        departed: &[(String, Vec<Leaver>)],
    ) -> Result<Vec<Rest>, Failure> {
        let mut rest = Vec::with_capacity(again.len());
        for (again, drafted) in again.into_iter().zip(plans) {
            let is_there = |leaver: &Leaver| drafted.parts.iter().any(|part| part.live.contains(leaver.number));
            let away = |leaver: &&Leaver| !is_there(leaver);
            let leavers: Vec<Leaver> = again.leavers.iter().filter(away).cloned().collect();
            let audience = drafted.audience.clone();
            if self.run.is_some() && !leavers.is_empty() {
                self.ledger.add_leavers(&audience, &leavers)?;
            }
            let guests = again.joined.difference(&drafted.ours);
            rest.push(Rest { again, audience, guests });
        }
        if self.run.is_some() {
            let account = self.link.account().key();
            for (name, leavers) in departed {
                self.ledger.add_leavers(&Audience::new(&*account, name), leavers)?;
            }
        }
        Ok(rest)
    }

    /// What is to be done when the members are there: names that were borrowed go, keywords become equal where groups
    /// are to become equal, and who joined by themselves is remembered so.
    async fn settle(&self, rest: &[Rest], report: &mut Report) -> Exit {
        let mut exit = Exit::Done;
        for one in rest {
            let told = report.groups.iter_mut().find(|told| is_told(told, &one.again));
            let Some(told) = told else { continue };
            exit = exit.and(match self.settle_one(one, told).await {
                Ok(()) => Exit::Done,
                Err(failure) => {
                    self.terminal.failure(&failure);
                    failure.exit
                }
            });
        }
        exit
    }

    async fn settle_one(&self, rest: &Rest, told: &mut GroupReport) -> Result<(), Failure> {
        let again = &rest.again;
        let mut update = GroupUpdate::default();
        if again.unnamed {
            update.name = NameChange::Erase;
            told.settings.push("name".into());
        }
        if let Target::There(group) = &again.target {
            let text = |words: &rollcall::groups::AutoUpdate| (words.to(), words.add_words(), words.remove_words());
            let (was, is) = (again.group.auto_update.as_ref(), group.auto_update.as_ref());
            if was.map(text) != is.map(text) {
                match was.filter(|_| mode(self.args).is_whole()) {
                    Some(words) => {
                        update.auto_update = Some(words.clone());
                        told.settings.push("auto_update".into());
                    }
                    None => self.differs(again, "keywords"),
                }
            }
            if again.group.child_groups.len() != group.child_groups.len() {
                self.differs(again, "child groups");
            }
        }
        let Some(run) = self.run else { return Ok(()) };
        self.remember_guests(rest, run)?;
        let id = told.id.as_deref().map(GroupId::new);
        let (Some(id), false) = (id, told.settings.is_empty()) else { return Ok(()) };
        let now = self.link.api.update(&id, &update).await?;
        if again.unnamed {
            told.name.clone_from(&now.name);
            self.ledger.rename_audience(&rest.audience, now.name.as_deref().unwrap_or(id.as_str()))?;
        }
        Ok(())
    }

    fn differs(&self, again: &Again, what: &str) {
        let name = escaped(again.group.name.as_deref().unwrap_or(again.group.id.as_str()));
        self.terminal.warn(&format!("{name}: its {what} are not those that were kept, and stay as they are"));
    }

    /// Members who joined by themselves where they come from joined by themselves here: a list that does not name them
    /// must not remove them.
    fn remember_guests(&self, rest: &Rest, run: &RunFolder) -> Result<(), Failure> {
        let Some(Baseline { taken, groups, ours, joined, .. }) = self.ledger.baseline(&rest.audience)? else {
            return Ok(());
        };
        let guests = rest.guests.intersection(&ours);
        if guests.is_empty() {
            return Ok(());
        }
        let (ours, joined) = (ours.difference(&guests), joined.union(&guests));
        for plan in self.ledger.plans(&RunId::of(run))?.iter().filter(|plan| plan.audience == rest.audience) {
            self.ledger.note_guests(plan.id, &guests)?;
        }
        let (run, nobody) = (RunId::of(run), NumberSet::new());
        let look = Look { run: &run, taken, groups: &groups, ours: &ours, joined: &joined, left: &nobody };
        Ok(self.ledger.remember(&rest.audience, &look)?)
    }
}

/// What the groups get that are to be made, for whoever goes on with the run.
fn made(again: &[Again]) -> BTreeMap<String, apply::Making> {
    let made = again.iter().filter_map(|one| match &one.target {
        Target::Made(name) => Some((name.clone(), one.making.clone())),
        Target::There(_) => None,
    });
    made.collect()
}

/// Whether the report tells of this group.
fn is_told(told: &GroupReport, again: &Again) -> bool {
    match &again.target {
        Target::There(group) => told.id.as_deref() == Some(group.id.as_str()),
        Target::Made(name) => told.name.as_deref() == Some(name),
    }
}
