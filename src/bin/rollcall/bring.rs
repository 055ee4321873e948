//! Brings kept groups into an account, whether they come from a folder or from another account: a plan like any other,
//! and then what is no matter of members.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use rollcall::apply::{self, Drafted, Request, Schedule, SpreadTerms, Terms, draft};
use rollcall::audience::Suppression;
use rollcall::backup::{Adopted, Again, Kit, Target, adopted};
use rollcall::groups::all_groups;
use rollcall::ledger::{Audience, Leaver, Ledger, Note, Reach, RunFolder, RunId, StateFolder};
use rollcall::numbers::NumberSet;
use rollcall::plan::brakes::{ChangeLimits, Limit, unreadable_suppressions};
use rollcall::plan::{Choices, GroupRef, Mode, Wish};
use rollcall::report::{Report, escaped};

use crate::account::{Pace, Settings};
use crate::args::{BringArgs, BringMode, Common};
use crate::carry::{Errand, Way, carry};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::import::{Ending, finish};
use crate::list::{suppression_alone, suppression_inputs};
use crate::refused;
use crate::report_file::ReportFile;
use crate::runs;
use crate::seconds::seconds;
use crate::settings::RunSettings;
use crate::signals::Stop;
use crate::terminal::{Terminal, ask};
use crate::touches::{self, Touch};

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
    let report_file = ReportFile::create(args.report.file.as_deref())?;
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
    let suppression = suppression_alone(&args.suppress, args.region, &stop, terminal, &mut report);
    let outcome = suppression.and_then(|suppression| {
        runtime.block_on(async {
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
            let outcome = bringing.bring(kit, suppression, &mut report).await;
            link.tell(&mut report);
            link.close().await;
            outcome
        })
    });
    if let (Err(_), Some(run)) = (&outcome, &run) {
        let _ = run.drop_if_empty();
    }
    let mut exit = outcome.map_err(|failure| unless_stopped(failure, stop.exit()))?;
    if let Some(folder) = run.as_ref().filter(|_| report.members.refused > 0) {
        let run = ledger.find_run(folder.id())?;
        exit = exit.and(Exit::Rejects).and(refused::tell(&run, folder, &ledger, &stop, terminal, &mut report));
    }
    let ending = Ending { began, ledger: &ledger, run: run.as_ref(), keep: common.keep };
    finish(report, exit, &ending, report_file, terminal)
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

fn mode(args: &BringArgs) -> Mode {
    match args.mode {
        BringMode::Add => Mode::Add,
        BringMode::Sync => Mode::Sync,
        BringMode::Replace => Mode::Replace,
    }
}

impl Bringing<'_> {
    async fn bring(mut self, mut kit: Kit, suppression: Suppression, report: &mut Report) -> Result<Exit, Failure> {
        let account = self.link.account().key();
        let there = all_groups(&*self.link.api).await?;
        let departed = kit.departed.clone();
        kit.recall(self.ledger, &account)?;
        let again = kit.again(&account, &there, &self.args.names)?;
        self.settings.making = made(&again);
        self.settings.touches = again.iter().filter_map(|one| self.touch(one)).collect();
        let verdicts = vec![unreadable_suppressions(suppression.rejects, self.args.suppress.max_suppress_rejects)];
        let inputs: Vec<_> = suppression_inputs(&suppression).collect();
        let suppressed = Arc::new(suppression.into_numbers());
        let adopted = adopted(&again, &there, &account, self.ledger)?;
        let requests = again.iter().map(|one| self.request(one, &account, &adopted, &suppressed));
        let requests = requests.collect::<Result<Vec<_>, _>>()?;
        let draft = draft(requests, &self.terms(), &*self.link.api, &account, self.ledger, self.state).await?;
        let mut plans = draft.plans;
        for (drafted, one) in plans.iter_mut().zip(&again) {
            drafted.guests = one.joined.difference(&drafted.ours);
            if let Some(whole) = adopted.iter().find(|whole| whole.has(one)) {
                drafted.audience = whole.audience.clone();
            }
        }
        self.confirm(&plans)?;
        if self.run.is_some() {
            for one in &again {
                if let Some(whole) = self.lost_from(one, &account)? {
                    // What was lost is no home any more; what is made in its place will be.
                    self.ledger.drop_home(&whole, &one.group.id, &NumberSet::new())?;
                }
            }
        }
        let leavers = leavers(&again, &plans, departed, &account);
        let way = self.way()?;
        let errand = Errand {
            command: self.command,
            reach: self.reach,
            undo_of: None,
            settings: &self.settings,
            inputs: &inputs,
            notes: &[(Note::Suppressed, &suppressed)],
            leavers: &leavers,
            adopted: &adopted,
            ledger: self.ledger,
            run: self.run,
        };
        let exit = carry(&errand, plans, verdicts, &way, self.link, self.stop, self.terminal, report).await?;
        if report.members.left > 0 && !self.args.readd_left {
            self.terminal.hint("who has left since is not brought back; --readd-left does that");
        }
        touches::describe(&self.settings.touches, report);
        let exit = match (exit, self.run) {
            (Exit::Done | Exit::Rejects | Exit::Unverified, Some(run)) => {
                let (touches, run) = (&self.settings.touches, RunId::of(run));
                exit.and(touches::finish(touches, &run, self.link, self.ledger, self.terminal, report).await)
            }
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
            rows: None,
        }
    }

    fn way(&self) -> Result<Way, Failure> {
        let args = self.args;
        // Whoever is brought back has not left for good, however many they are.
        let max_left = if args.readd_left { Some(Limit::Percent(100.0)) } else { args.brakes.max_left };
        Ok(Way {
            limits: ChangeLimits { max_left, ..args.brakes.limits() },
            overriding: args.brakes.r#override,
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

    fn request(
        &self,
        again: &Again,
        account: &str,
        adopted: &[Adopted],
        suppressed: &Arc<NumberSet>,
    ) -> Result<Request, Failure> {
        let (group, target) = match &again.target {
            Target::There(group) => {
                let target = GroupRef::Existing { id: group.id.clone(), name: group.name.clone() };
                (group.id.to_string(), target)
            }
            Target::Made(name) => (name.clone(), GroupRef::New { name: name.clone() }),
        };
        let new = adopted.iter().find(|whole| matches!(target, GroupRef::New { .. }) && whole.has(again));
        let of = match new {
            Some(whole) => Some(whole.audience.clone()),
            None => self.lost_from(again, account)?,
        };
        let audience = match &of {
            Some(whole) => whole.clone(),
            None => apply::audience(self.ledger, account, &target)?,
        };
        // Whom some list of this audience has forbidden to write to is not brought back either.
        let remembered = runs::suppressed(self.ledger, &audience, None)?;
        let suppressed =
            if remembered.is_empty() { Arc::clone(suppressed) } else { Arc::new(suppressed.union(&remembered)) };
        let wish = Wish { listed: again.members.clone(), suppressed, ..Wish::default() };
        Ok(Request { making: again.making.clone(), of, ..Request::new(group, wish) })
    }

    /// The audience that a group which is to be made was one of several groups of, where that is known here.
    fn lost_from(&self, again: &Again, account: &str) -> Result<Option<Audience>, Failure> {
        let whole = Audience::new(account, &*again.audience);
        // Under another name it is another group.
        let same = |name: &String| again.group.name.as_ref() == Some(name) && *name != again.audience;
        let is_lost = matches!(&again.target, Target::Made(name) if same(name));
        let is_part = is_lost && self.ledger.homes(&whole)?.are_spread();
        Ok(is_part.then_some(whole))
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

    /// What a group gets besides its members: the name that it has borrowed goes, and keywords become equal where the
    /// group is to become equal. What else differs is said.
    fn touch(&self, again: &Again) -> Option<Touch> {
        let mut words = None;
        let group = match &again.target {
            Target::Made(name) => name.clone(),
            Target::There(group) => {
                let (was, is) = (again.group.auto_update.as_ref(), group.auto_update.as_ref());
                let same = match (was, is) {
                    (Some(was), Some(is)) => was.says_the_same(is),
                    (was, is) => was.is_none() && is.is_none(),
                };
                words = was.filter(|_| !same && mode(self.args).is_whole()).cloned();
                if !same && words.is_none() {
                    self.differs(again, "keywords");
                }
                if again.group.child_groups.len() != group.child_groups.len() {
                    self.differs(again, "child groups");
                }
                group.id.to_string()
            }
        };
        (again.unnamed || words.is_some()).then_some(Touch { group, unname: again.unnamed, auto_update: words })
    }

    fn differs(&self, again: &Again, what: &str) {
        let name = escaped(again.group.name.as_deref().unwrap_or(again.group.id.as_str()));
        self.terminal.warn(&format!("{name}: its {what} are not those that were kept, and stay as they are"));
    }
}

/// Who left the groups where they come from: they stay away here as well, from now on. Who is a member here by now has
/// come back.
fn leavers(
    again: &[Again],
    plans: &[Drafted],
    departed: Vec<(String, Vec<Leaver>)>,
    account: &str,
) -> Vec<(Audience, Vec<Leaver>)> {
    let groups = again.iter().zip(plans).map(|(again, drafted)| {
        let is_there = |leaver: &Leaver| drafted.parts.iter().any(|part| part.live.contains(leaver.number));
        let away = again.leavers.iter().filter(|leaver| !is_there(leaver)).cloned().collect();
        (drafted.audience.clone(), away)
    });
    let departed = departed.into_iter().map(|(name, leavers)| (Audience::new(account, name), leavers));
    groups.chain(departed).collect()
}

/// What the groups get that are to be made, for whoever goes on with the run.
fn made(again: &[Again]) -> BTreeMap<String, apply::Making> {
    let made = again.iter().filter_map(|one| match &one.target {
        Target::Made(name) => Some((name.clone(), one.making.clone())),
        Target::There(_) => None,
    });
    made.collect()
}
