//! `rollcall groups update`: who is in a group, what it is called, and how people join it.
//!
//! Members are a plan like any other, also those of another group: the provider's own copy from group to group would
//! add people again who have left. Name and keywords are one request, sent when the members are as wished.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use rollcall::apply::{self, Request, Schedule, SpreadTerms, Terms, draft};
use rollcall::audience::Suppression;
use rollcall::groups::{AutoUpdate, Group, GroupName, GroupUpdate, GroupsApi, NameChange, all_groups};
use rollcall::ledger::{Audience, Holds, Ledger, LedgerError, Note, Reach, RunFolder, StateFolder};
use rollcall::numbers::NumberSet;
use rollcall::plan::brakes::unreadable_suppressions;
use rollcall::plan::{Choices, GroupRef, Mode, Wish};
use rollcall::report::{GroupReport, Report, escaped};

use super::{find_one, keywords, label, refuse_taken};
use crate::account::{self, Pace};
use crate::args::{Common, UpdateArgs};
use crate::carry::{Errand, Way, carry};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::import::{Ending, finish};
use crate::list::{suppression_alone, suppression_inputs};
use crate::membership::{self, Grain, SizeCheck};
use crate::number::typed_list;
use crate::refused;
use crate::report_file::ReportFile;
use crate::runs;
use crate::seconds::seconds;
use crate::settings::RunSettings;
use crate::signals::Stop;
use crate::terminal::{Terminal, quoted};

pub(super) fn run(args: &UpdateArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let began = Instant::now();
    let change = Change::typed(args)?;
    let state = connect::state(common)?;
    let connection = account::settings(&args.connection, common, &state)?;
    let (reach, kept) = (connection.reach.clone(), RunSettings::of_connection(&connection));
    let way = way(args, connection.pace)?;
    let ledger = Arc::new(Ledger::open(&state)?);
    let report_file = ReportFile::create(args.report.file.as_deref())?;
    let run = if args.dry_run || !change.has_members { None } else { Some(state.begin_run()?) };
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    let mut report = Report::new("groups update");
    report.mode = Some(Mode::Add);
    report.dry_run = args.dry_run;
    report.run = run.as_ref().map(|run| run.id().to_owned());
    let suppression = suppression_alone(&args.suppress, args.region, &stop, terminal, &mut report);
    let outcome = suppression.and_then(|suppression| {
        runtime.block_on(async {
            let link = Link::open(connection, &stop.token, terminal).await?;
            let run = run.as_ref();
            let update = Update { args, reach, kept, link: &link, ledger: &ledger, state: &state, run, terminal };
            let outcome = update.carry(change, suppression, &way, &stop, &mut report).await;
            link.tell(&mut report);
            link.close().await;
            outcome.map_err(|failure| unless_stopped(failure, stop.exit()))
        })
    });
    if let (Err(_), Some(run)) = (&outcome, &run) {
        let _ = run.drop_if_empty();
    }
    let mut exit = outcome?;
    if let Some(folder) = run.as_ref().filter(|_| report.members.refused > 0) {
        let run = ledger.find_run(folder.id())?;
        exit = exit.and(Exit::Rejects).and(refused::tell(&run, folder, &ledger, &stop, terminal, &mut report));
    }
    let ending = Ending { began, ledger: &ledger, run: run.as_ref(), keep: common.keep };
    finish(report, exit, &ending, report_file, terminal)
}

fn way(args: &UpdateArgs, pace: Pace) -> Result<Way, Failure> {
    Ok(Way {
        limits: args.brakes.limits(),
        overriding: args.brakes.r#override,
        keep_going: false,
        schedule: Schedule { chunk_size: pace.chunk_size, group_limit: args.group_limit, atomic: false, limit: None },
        settings: apply::Settings {
            concurrency: pace.concurrency,
            verify_wait: seconds("--verify-wait", args.verify_wait)?,
            limit: None,
            atomic: false,
        },
        drop_empty: false,
        yes: args.yes,
        dry_run: args.dry_run,
    })
}

/// What was typed, checked as far as nobody has to be asked.
struct Change {
    name: NameChange,
    add: NumberSet,
    remove: NumberSet,
    /// Whether anything is said of members.
    has_members: bool,
}

impl Change {
    fn typed(args: &UpdateArgs) -> Result<Self, Failure> {
        let name = match &args.name {
            Some(name) => NameChange::Set(GroupName::new(name.as_str())?.into_string()),
            None if args.no_name => NameChange::Erase,
            None => NameChange::Keep,
        };
        let add = typed_list("--add", &args.add, args.region)?;
        let remove = typed_list("--remove", &args.remove, args.region)?;
        if !add.intersection(&remove).is_empty() {
            return Err(Failure::usage(
                "a number is behind --add and behind --remove",
                "say what is to become of it: leave it out of one of them",
            ));
        }
        let has_members =
            !(add.is_empty() && remove.is_empty() && args.add_from.is_empty() && args.remove_from.is_empty());
        let words = &args.keywords;
        let has_words = words.auto_update.is_some() || words.join_word.is_some() || words.leave_word.is_some();
        if !has_members && !has_words && name == NameChange::Keep {
            return Err(Failure::usage(
                "nothing to change was named",
                "--name, --no-name, --add, --remove, --add-from, --remove-from, --auto-update, --join-word or \
                 --leave-word says what",
            ));
        }
        Ok(Self { name, add, remove, has_members })
    }
}

/// A group that is changed, and all that is needed for it.
struct Update<'a> {
    args: &'a UpdateArgs,
    reach: Reach,
    /// How the account is reached, for whoever goes on.
    kept: RunSettings,
    link: &'a Link,
    ledger: &'a Arc<Ledger>,
    state: &'a StateFolder,
    /// None for a dry run, and where members stay as they are.
    run: Option<&'a RunFolder>,
    terminal: &'a Terminal,
}

impl Update<'_> {
    async fn carry(
        &self,
        change: Change,
        suppression: Suppression,
        way: &Way,
        stop: &Stop,
        report: &mut Report,
    ) -> Result<Exit, Failure> {
        let groups = all_groups(&*self.link.api).await?;
        let account = self.link.account().key();
        let group = find_one(&groups, &self.args.group, &account, self.ledger)?;
        if let (Some(whole), true) = (self.ledger.spread_audience_of(&account, &group.id)?, change.has_members) {
            return Err(Failure::usage(
                format!("{:?} is one of the groups of the audience {:?}", label(&group), whole.name),
                format!(
                    "the members of all of them are changed as one: `rollcall import LIST --group {} --spread`",
                    quoted(&whole.name)
                ),
            ));
        }
        if let NameChange::Set(name) = &change.name {
            refuse_taken(name, &groups, Some(&group.id))?;
        }
        let words = keywords(&self.args.keywords, Some(&group))?;
        let mut exit = Exit::Done;
        let _holds = if change.has_members {
            let wish = self.wish(&change, &group).await?;
            let (ended, holds) = self.members(&group, wish, suppression, way, stop, report).await?;
            exit = ended;
            holds
        } else {
            report.groups.push(unchanged(&group));
            self.hold(&group)?
        };
        if exit == Exit::Done {
            exit = self.settings(&group, change.name, words, report).await.unwrap_or_else(|failure| {
                // The members are as wished, and that is written down all the same.
                self.terminal.failure(&failure);
                failure.exit
            });
        }
        Ok(exit)
    }

    fn hold(&self, group: &Group) -> Result<Holds, Failure> {
        let mut holds = Holds::default();
        if !self.args.dry_run {
            holds.take(self.state, &self.link.account().key(), label(group))?;
        }
        Ok(holds)
    }

    /// The numbers that were typed, and the members of the groups and audiences that were named. Whom one of them takes
    /// out is out. Whoever is typed is meant; of the members of others those stay out whom a list of this group has
    /// forbidden to write to.
    async fn wish(&self, change: &Change, group: &Group) -> Result<Wish, Failure> {
        let check = SizeCheck::of_flag(self.args.brakes.allow_size_mismatch);
        let mut members = [NumberSet::new(), NumberSet::new()];
        for (names, numbers) in [&self.args.add_from, &self.args.remove_from].into_iter().zip(&mut members) {
            let named = membership::read(names, Grain::Audience, check, self.ledger, self.link).await?;
            *numbers = NumberSet::union_all(&named.iter().map(|named| &named.members).collect::<Vec<_>>());
        }
        let [mut more, fewer] = members;
        if !more.is_empty() {
            let target = GroupRef::Existing { id: group.id.clone(), name: group.name.clone() };
            let audience = apply::audience(self.ledger, &self.link.account().key(), &target)?;
            let forbidden = runs::suppressed(self.ledger, &audience, None)?.intersection(&more);
            if !forbidden.is_empty() {
                self.terminal.warn(&format!(
                    "{} of the numbers to add are on suppression lists of earlier runs, and stay out; --add adds a \
                     number all the same",
                    forbidden.len()
                ));
                more.remove_all(&forbidden);
            }
        }
        Ok(Wish { listed: change.add.union(&more), unlisted: change.remove.union(&fewer), ..Wish::default() })
    }

    async fn members(
        &self,
        group: &Group,
        mut wish: Wish,
        suppression: Suppression,
        way: &Way,
        stop: &Stop,
        report: &mut Report,
    ) -> Result<(Exit, Holds), Failure> {
        let terms = Terms {
            mode: Mode::Add,
            choices: Choices { readd_left: self.args.readd_left, remove_joined: false },
            create: false,
            spread: SpreadTerms::default(),
            anew: false,
            hold: !self.args.dry_run,
            rows: None,
        };
        let account = self.link.account().key();
        let most = self.args.suppress.max_suppress_rejects;
        let verdicts = vec![unreadable_suppressions(suppression.rejects, most)];
        let inputs: Vec<_> = suppression_inputs(&suppression).collect();
        let suppressed = Arc::new(suppression.into_numbers());
        wish.suppressed = Arc::clone(&suppressed);
        let request = Request::new(group.id.as_str(), wish);
        let draft = draft(vec![request], &terms, &*self.link.api, &account, self.ledger, self.state).await?;
        let settings = self.run_settings();
        let errand = Errand {
            command: "groups update",
            reach: &self.reach,
            undo_of: None,
            settings: &settings,
            inputs: &inputs,
            notes: &[(Note::Suppressed, &suppressed)],
            leavers: &[],
            adopted: &[],
            ledger: self.ledger,
            run: self.run,
        };
        let exit = carry(&errand, draft.plans, verdicts, way, self.link, stop, self.terminal, report).await?;
        if report.members.left > 0 {
            self.terminal.hint("--readd-left adds those who have left again");
        }
        Ok((exit, draft.locks))
    }

    fn run_settings(&self) -> RunSettings {
        RunSettings { verify_wait: self.args.verify_wait, readd_left: self.args.readd_left, ..self.kept.clone() }
    }

    /// Name and keywords, in one request that does no harm twice.
    async fn settings(
        &self,
        group: &Group,
        name: NameChange,
        words: Option<AutoUpdate>,
        report: &mut Report,
    ) -> Result<Exit, Failure> {
        let mut set = Vec::new();
        set.extend((name != NameChange::Keep).then_some("name"));
        set.extend(words.is_some().then_some("auto_update"));
        if let Some(told) = report.groups.first_mut() {
            told.settings = set.iter().map(|name: &&str| Cow::Borrowed(*name)).collect();
        }
        if set.is_empty() || self.args.dry_run {
            return Ok(Exit::Done);
        }
        let update = GroupUpdate { name: name.clone(), auto_update: words.clone(), ..GroupUpdate::default() };
        let now = self.link.api.update(&group.id, &update).await?;
        let is_named = match &name {
            NameChange::Keep => true,
            NameChange::Set(name) => now.name.as_ref() == Some(name),
            NameChange::Erase => now.name.is_none(),
        };
        let has_words = words.is_none_or(|words| now.auto_update.as_ref().is_some_and(|now| now.says_the_same(&words)));
        let is_so = is_named && has_words;
        report.verified = Some(report.verified.unwrap_or(true) && is_so);
        if let Some(told) = report.groups.first_mut() {
            told.name.clone_from(&now.name);
        }
        if name != NameChange::Keep && is_named {
            self.rename(group, label(&now))?;
        }
        if !is_so {
            self.terminal.warn("the provider has taken the request, and answers with other settings");
            return Ok(Exit::Unverified);
        }
        self.terminal.note(&format!("{}: set {}", escaped(label(&now)), set.join(" and ").replace('_', " ")));
        Ok(Exit::Done)
    }

    /// What is remembered of the group goes with its name; an audience in several groups is called as before.
    fn rename(&self, group: &Group, name: &str) -> Result<(), Failure> {
        let account = self.link.account().key();
        let target = GroupRef::Existing { id: group.id.clone(), name: group.name.clone() };
        let audience = apply::audience(self.ledger, &account, &target)?;
        if self.ledger.homes(&audience)?.are_spread() {
            return Ok(());
        }
        match self.ledger.rename_audience(&audience, name) {
            Ok(()) => Ok(()),
            Err(LedgerError::NameTaken(_)) => {
                // A group that had this name before has left something: nobody who left either of them is added again.
                let known = Audience::new(account, name);
                self.ledger.add_leavers(&known, &self.ledger.leavers(&audience)?)?;
                self.ledger.add_leavers(&audience, &self.ledger.leavers(&known)?)?;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// A group whose members nobody touches.
fn unchanged(group: &Group) -> GroupReport {
    GroupReport {
        id: Some(group.id.to_string()),
        name: group.name.clone(),
        before: group.size.unwrap_or_default(),
        after: group.size,
        ..GroupReport::default()
    }
}
