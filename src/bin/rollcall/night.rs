//! `rollcall run`: a named job of `rollcall.toml`, with nobody watching. Waits for its lists, skips a night on which
//! nothing can have changed, lets no two nights overlap, and tells whoever wants to know.

mod filing;
mod inputs;
mod leftovers;
mod list;
mod lists;
mod memory;
mod pause;
mod telling;
mod unchanged;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use rollcall::jobs::{Config, Job, Length, Metrics, Task};
use rollcall::ledger::{JobLock, StateFolder};
use rollcall::report::{BrakeReport, LimitReport, Report, escaped};
use serde_json::{Value, json};

use crate::account::{find_config, missing_config};
use crate::args::{Command, Common, ImportArgs, RunArgs};
use crate::connect;
use crate::export;
use crate::failure::{Exit, Failure};
use crate::import;
use crate::job::{Called, Told, command_line};
use crate::log;
use crate::terminal::Terminal;

pub(crate) use self::lists::{are_files, foreseen, there};

use self::inputs::Found;
use self::memory::{Left, Memory, ended_well};
use self::pause::{Deadline, Pause};
use self::telling::{Ended, Teller};
use self::unchanged::Tonight;

pub(crate) fn run(args: &RunArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    // A list is of the day on which the job was started, however long it waits.
    let (began, today) = (Instant::now(), jiff::ZonedDateTime::now().date());
    let config = find_config(common.config.as_deref())?.ok_or_else(missing_config)?;
    let Some(name) = &args.job else {
        list::run(&config, common, terminal)?;
        return Ok(Exit::Done);
    };
    let (name, job) = config.job(name)?;
    let ready = prepare(args, common, &config, name, job, began).inspect_err(|failure| {
        // Somebody else's night is no failure of this one.
        if !args.dry_run && failure.exit != Exit::Held {
            never_began(name, job, failure, terminal);
        }
    })?;
    let Ready { told, terminal, state, deadline, hold } = &ready;
    let called = Called { common, dry_run: args.dry_run, lists: None };
    let night = Night { args, config: &config, name, job, called, state, terminal, began, today, deadline: *deadline };
    match hold {
        Some(hold) => night.spend(told, hold),
        None => Ok(night.work(told, &Memory::default())?.exit),
    }
}

/// What is found out before anything is done.
struct Ready {
    told: Told,
    terminal: Terminal,
    state: StateFolder,
    deadline: Deadline,
    /// None for a rehearsal, which keeps nobody off and remembers nothing.
    hold: Option<Hold>,
}

/// A job that is held, and what it remembers.
struct Hold {
    _lock: JobLock,
    folder: PathBuf,
    before: Memory,
    now: Memory,
}

/// Where to log and what to remember in is known before the lists are.
fn prepare(
    args: &RunArgs,
    common: &Common,
    config: &Config,
    name: &str,
    job: &Job,
    began: Instant,
) -> Result<Ready, Failure> {
    let told = command_line(config, name, job, &Called { common, dry_run: args.dry_run, lists: None })?;
    log::open(&told.cli.common)?;
    let terminal = Terminal::new(&told.cli.common);
    let state = connect::state(&told.cli.common)?;
    let deadline = match &told.cli.command {
        Command::Import(args) => args.change.deadline,
        _ => None,
    };
    let deadline = Deadline::of(began, deadline)?;
    let hold = if args.dry_run { None } else { Some(hold(&state, name)?) };
    Ok(Ready { told, terminal, state, deadline, hold })
}

/// Holds a job, and writes down that a night of it is under way.
fn hold(state: &StateFolder, name: &str) -> Result<Hold, Failure> {
    let lock = JobLock::take(state, name)?;
    let folder = state.job(name)?;
    let before = Memory::read(&folder);
    let mut now = Memory { under_way: true, left: None, ..before.clone() };
    now.unfinished.push(log::run().to_string());
    now.write(&folder)?;
    Ok(Hold { _lock: lock, folder, before, now })
}

/// Tells those who want to know of a night that could not even begin.
fn never_began(name: &str, job: &Job, failure: &Failure, terminal: &Terminal) {
    let run = log::run().to_string();
    let teller = Teller { job: name, run: &run, hooks: &job.hooks, terminal };
    let ended = Ended {
        exit: failure.exit,
        skipped: false,
        seconds: 0.0,
        report: Value::Null,
        error: Some(said(failure)),
        hint: failure.hint.clone(),
    };
    teller.has_ended(&ended, true, false, None);
}

/// One night of a job.
struct Night<'a> {
    args: &'a RunArgs,
    config: &'a Config,
    name: &'a str,
    job: &'a Job,
    called: Called<'a>,
    state: &'a StateFolder,
    terminal: &'a Terminal,
    began: Instant,
    today: Date,
    deadline: Deadline,
}

/// What was done.
struct Done {
    exit: Exit,
    /// The report, as it is kept.
    report: Option<Value>,
    /// How things were left, where that is known for sure.
    left: Option<Left>,
}

impl Night<'_> {
    /// Does the work, and tells how it went.
    fn spend(&self, told: &Told, hold: &Hold) -> Result<Exit, Failure> {
        let Hold { folder, before, .. } = hold;
        let (run, mut now) = (log::run().to_string(), hold.now.clone());
        let teller = Teller { job: self.name, run: &run, hooks: &self.job.hooks, terminal: self.terminal };
        teller.begins();
        let whole = matches!(&told.cli.command, Command::Import(args) if import::mode(&args.change).is_whole());
        let result = self.work(told, before);
        let ended = self.ended(&result);
        now.under_way = false;
        now.exit = Some(ended.exit.code());
        now.succeeded = if ended_well(ended.exit.code()) { Some(Timestamp::now()) } else { before.succeeded };
        if let Ok(done) = &result {
            now.left.clone_from(&done.left);
        }
        let superseded = whole && ended_well(ended.exit.code());
        now.unfinished = leftovers::left(&now.unfinished, superseded, self.state, self.terminal);
        self.remember(folder, &now, &ended, before, &teller);
        result.map(|done| done.exit)
    }

    /// Writes down how it went, and tells it. What fails here changes nothing of how it went.
    fn remember(&self, folder: &Path, now: &Memory, ended: &Ended, before: &Memory, teller: &Teller<'_>) {
        let warn = |failure: Failure| self.terminal.warn(&escaped(&said(&failure)));
        now.write(folder).unwrap_or_else(warn);
        let kept = telling::keep(folder, teller.run, ended, self.job.keep_reports.unwrap_or(telling::KEPT));
        let kept = kept.unwrap_or_else(|failure| {
            warn(failure);
            None
        });
        if let Some(path) = &self.job.metrics {
            let metrics = Metrics {
                job: self.name.to_owned(),
                ended: Timestamp::now().as_second(),
                succeeded: now.succeeded.map(Timestamp::as_second),
                exit: ended.exit.code(),
                skipped: ended.skipped,
                seconds: ended.seconds,
                report: ended.report.clone(),
            };
            telling::measure(path, &metrics).unwrap_or_else(warn);
        }
        let was_brake = !before.under_way && before.exit == Some(Exit::Brake.code());
        teller.has_ended(ended, before.is_well(), was_brake, kept);
    }

    fn ended(&self, result: &Result<Done, Failure>) -> Ended {
        let (exit, report, failure) = match result {
            Ok(done) => (done.exit, done.report.as_ref(), None),
            Err(failure) => (failure.exit, None, Some(failure)),
        };
        let task = self.job.task().map_or("", |(task, _)| task.as_str());
        let skipped = report.and_then(|report| report.get("skipped")?.as_bool()).unwrap_or_default();
        let mut told = report.cloned().unwrap_or_else(|| json!({ "format": 1, "command": task }));
        let seconds = self.began.elapsed().as_secs_f64();
        let error = failure.map(said);
        let hint = failure.and_then(|failure| failure.hint.clone());
        let more = [
            ("job", Value::from(self.name)),
            ("exit", exit.code().into()),
            ("ended", Timestamp::now().to_string().into()),
            ("error", error.clone().into()),
            ("hint", hint.clone().into()),
        ];
        if let Some(fields) = told.as_object_mut() {
            fields.extend(more.map(|(name, value)| (name.to_owned(), value)));
            // What changes nothing has no run of its own, and was told under this one all the same.
            if fields.get("run").is_none_or(Value::is_null) {
                fields.insert("run".to_owned(), log::run().to_string().into());
            }
        }
        Ended { exit, skipped, seconds, report: told, error, hint }
    }

    /// Waits for its moment, and does what the job says.
    fn work(&self, told: &Told, before: &Memory) -> Result<Done, Failure> {
        let at_once = self.args.now || self.args.dry_run;
        let pause = Pause::new(self.deadline, self.terminal)?;
        if let (Some(Length(most)), false) = (self.job.jitter, at_once) {
            pause.whole(most.mul_f64(fastrand::f64()))?;
        }
        let args = match &told.cli.command {
            Command::Import(args) => args,
            Command::Export(args) => {
                drop(pause);
                are_files(&there(&args.join.join))?;
                let report = export::export(args, &told.cli.common, self.terminal)?;
                return Ok(Done { exit: Exit::Done, report: Some(report), left: None });
            }
            _ => return Err(another_command()),
        };
        let lists = match inputs::find(&args.list.inputs, self.job, self.today, &pause, self.terminal)? {
            Found::Files(lists) => lists,
            Found::Nothing => return self.skip(args, "there is no list tonight", None),
            Found::Stale { file, age } => return self.refuse(args, &file, age),
        };
        drop(pause);
        are_files(&there(&args.list.suppress))?;
        let called = Called { lists: Some(&lists), ..self.called };
        let Told { cli, words } = command_line(self.config, self.name, self.job, &called)?;
        let (Command::Import(mut args), common) = (cli.command, cli.common) else {
            return Err(another_command());
        };
        if let (Some(left), true, false) = (&before.left, self.job.skips_unchanged(), at_once || before.under_way)
            && leftovers::still(&before.unfinished, self.state).is_empty()
            && self.tonight(&args, &common, &words).is_as(left)
        {
            let mut skipped =
                self.skip(&args, &format!("nothing has changed since run {}", left.run), Some(left.clone()))?;
            // A list that brings nothing new has been dealt with all the same.
            if let Err(failure) = filing::put_away_known(&lists, left, self.job, self.terminal) {
                self.terminal.failure(&failure);
                skipped.exit = skipped.exit.and(failure.exit);
            }
            return Ok(skipped);
        }
        if !self.args.dry_run && args.change.limit.is_none() && !import::mode(&args.change).is_whole() {
            leftovers::resume(&before.unfinished, &common, self.deadline, self.state, self.terminal);
        }
        self.deadline.keep()?;
        args.change.deadline = self.deadline.left();
        self.import(&self.tonight(&args, &common, &words))
    }

    fn tonight<'b>(&'b self, args: &'b ImportArgs, common: &'b Common, told: &'b [OsString]) -> Tonight<'b> {
        Tonight { args, common, told, deadline: self.deadline, state: self.state, terminal: self.terminal }
    }

    /// Brings the lists in, and puts them away.
    fn import(&self, tonight: &Tonight<'_>) -> Result<Done, Failure> {
        let mut exit = import::run(tonight.args, tonight.common, self.terminal)?;
        let report = self.terminal.last_report();
        let kept = report.as_ref().map(value).transpose()?;
        let (false, true, Some(told)) = (self.args.dry_run, ended_well(exit.code()), &report) else {
            return Ok(Done { exit, report: kept, left: None });
        };
        let sure = self.job.skips_unchanged() && told.verified == Some(true);
        let left = if sure { tonight.left(told) } else { None };
        if let Err(failure) = filing::file(told.run.as_deref(), self.job, self.state, self.terminal) {
            self.terminal.failure(&failure);
            exit = exit.and(failure.exit);
        }
        Ok(Done { exit, report: kept, left })
    }

    /// Does nothing tonight.
    fn skip(&self, args: &ImportArgs, why: &str, left: Option<Left>) -> Result<Done, Failure> {
        let mut report = Report::new(Task::Import.as_str());
        report.mode = Some(import::mode(&args.change));
        report.dry_run = self.args.dry_run;
        report.skipped = true;
        self.terminal.note(&format!("skipped: {why}"));
        if self.terminal.json() {
            self.terminal.report(&report)?;
        }
        Ok(Done { exit: Exit::Done, report: Some(value(&report)?), left })
    }

    /// Refuses a list that is too old: whoever should have written a new one has not.
    fn refuse(&self, args: &ImportArgs, file: &str, age: Length) -> Result<Done, Failure> {
        let most = self.job.max_age.map_or(Duration::ZERO, |most| most.0);
        let message = format!("{} is {age} old, more than {}", escaped(file), Length(most));
        let mut report = Report::new(Task::Import.as_str());
        report.mode = Some(import::mode(&args.change));
        report.dry_run = self.args.dry_run;
        report.exit = Exit::Brake.code();
        report.brakes.push(BrakeReport {
            name: "max_age".into(),
            group: None,
            value: age.0.as_secs(),
            limit: LimitReport::Count(most.as_secs()),
            tripped: true,
            message: message.clone(),
            flag: "max_age".into(),
        });
        if self.terminal.json() {
            self.terminal.warn(&format!("brake max_age: {message}"));
        }
        self.terminal.report(&report)?;
        Ok(Done { exit: Exit::Brake, report: Some(value(&report)?), left: None })
    }
}

/// Why it has failed, level by level.
fn said(failure: &Failure) -> String {
    let levels: Vec<String> = failure.error.chain().map(ToString::to_string).collect();
    levels.join(": ")
}

fn value(report: &Report) -> Result<Value, Failure> {
    serde_json::to_value(report).map_err(Failure::internal)
}

fn another_command() -> Failure {
    Failure::internal(anyhow::anyhow!("a job is neither an import nor an export"))
}
