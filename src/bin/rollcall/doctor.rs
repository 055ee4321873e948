//! `rollcall doctor`: looks at everything that a run needs before one needs it, and says what to do about each thing
//! that is wrong. Changes nothing at the provider, and never shows a secret.

mod jobs;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use anstyle::{AnsiColor, Style};
use jiff::{SignedDuration, Timestamp};
use rollcall::groups::GroupsApi;
use rollcall::jobs::{Config, SecretSource};
use rollcall::ledger::{Ledger, RunFilter, StateFolder};
use rollcall::report::{counted, escaped};
use serde::Serialize;

use crate::account::{self, Settings, find_config};
use crate::args::{Common, DoctorArgs};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::signals::Stop;
use crate::terminal::Terminal;

/// A clock that is further off makes tokens and certificates invalid.
const SKEW: SignedDuration = SignedDuration::from_secs(120);

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Health {
    Well,
    Warning,
    Ill,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    #[serde(rename = "check")]
    what: &'static str,
    health: Health,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

/// Everything that was looked at.
#[derive(Default)]
struct Examination {
    checks: Vec<Check>,
    exit: Option<Exit>,
}

impl Examination {
    fn well(&mut self, what: &'static str, found: impl Into<String>) {
        self.checks.push(Check { what, health: Health::Well, found: found.into(), advice: None });
    }

    fn warning(&mut self, what: &'static str, found: impl Into<String>, advice: impl Into<String>) {
        let (found, advice) = (found.into(), Some(advice.into()));
        self.checks.push(Check { what, health: Health::Warning, found, advice });
    }

    fn ill(&mut self, what: &'static str, failure: &Failure) {
        let levels: Vec<String> = failure.error.chain().map(ToString::to_string).collect();
        let (found, advice) = (levels.join(": "), failure.hint.clone());
        self.checks.push(Check { what, health: Health::Ill, found, advice });
        self.exit = Some(self.exit.map_or(failure.exit, |exit| exit.and(failure.exit)));
    }
}

pub(crate) fn run(args: &DoctorArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut seen = Examination::default();
    let config = settings(common, &mut seen);
    if let Some(config) = &config {
        secrets(config, &mut seen);
        hooks(config, &mut seen);
    }
    let state = state(common, &mut seen);
    if let Some(state) = &state {
        let account = account(args, common, state, &mut seen);
        if let (Some(settings), false) = (account, args.offline) {
            reach(settings, terminal, &mut seen)?;
        }
    }
    let exit = seen.exit.unwrap_or(Exit::Done);
    if common.json {
        let told = serde_json::json!({ "format": 1, "command": "doctor", "checks": seen.checks, "exit": exit.code() });
        terminal.out(&format!("{told:#}\n"))?;
    } else {
        terminal.out(&table(&seen.checks))?;
    }
    Ok(exit)
}

/// The file of profiles and jobs: that it says what can be, and that nobody else can have it say something else.
fn settings(common: &Common, seen: &mut Examination) -> Option<Config> {
    let config = match find_config(common.config.as_deref()) {
        Ok(Some(config)) => config,
        Ok(None) => {
            seen.well("settings", "there is no rollcall.toml: flags and the environment say everything");
            return None;
        }
        Err(failure) => {
            seen.ill("settings", &failure);
            return None;
        }
    };
    let (profiles, jobs) = (config.profiles().count(), config.jobs().count());
    seen.well("settings", format!("{}: {profiles} profiles, {jobs} jobs", config.path().display()));
    if let Some(mode) = mode(config.path()).filter(|mode| mode & 0o022 != 0) {
        seen.warning(
            "settings",
            format!(
                "others may change {} (mode {mode:04o}), and the commands that it names run as you",
                config.path().display()
            ),
            format!("chmod go-w {}", config.path().display()),
        );
    }
    jobs::look(&config, common, seen);
    Some(config)
}

/// Those who want to know: that they could be told. Nobody is.
fn hooks(config: &Config, seen: &mut Examination) {
    for hook in config.hooks() {
        let moments: Vec<&str> = hook.on.iter().map(|moment| moment.as_str()).collect();
        let moments = moments.join(", ");
        for (what, health) in hook.look() {
            match health {
                Ok(()) => seen.well("hook", format!("on {moments}: {what}")),
                Err(error) => {
                    let hint = error.hint();
                    let error = anyhow::Error::new(error).context(format!("on {moments}"));
                    seen.ill("hook", &Failure::new(Exit::Usage, error, hint));
                }
            }
        }
        if let Some(source) = hook.secret() {
            open_to_group(&source, "a hook", "hook", seen);
        }
        let path = config.path();
        if let (true, Some(mode)) = (hook.is_open(), mode(path).filter(|mode| mode & 0o044 != 0)) {
            seen.warning(
                "hook",
                format!(
                    "on {moments}: its address stands in {}, which others can read (mode {mode:04o})",
                    path.display()
                ),
                format!("such addresses are secrets: chmod 600 {}, or use url_file", path.display()),
            );
        }
    }
}

/// Where the profiles' secrets come from. Commands are only run for the account that is meant: they may ask somebody.
fn secrets(config: &Config, seen: &mut Examination) {
    for (name, profile) in config.profiles() {
        for source in [profile.token(), profile.key_secret()].into_iter().flatten() {
            if matches!(source, SecretSource::Command(_)) {
                continue;
            }
            match source.fetch() {
                Ok(_) => seen.well("secret", format!("profile {name}: {source}")),
                Err(error) => seen.ill("secret", &error.into()),
            }
            open_to_group(&source, &format!("profile {name}"), "secret", seen);
        }
    }
}

/// A secret that a whole group can read may be meant so.
fn open_to_group(source: &SecretSource, whose: &str, what: &'static str, seen: &mut Examination) {
    if let (SecretSource::File(path), Ok(Some(mode))) = (source, source.mode())
        && mode & 0o044 == 0o040
    {
        seen.warning(
            what,
            format!("{whose}: a whole group can read {} (mode {mode:04o})", path.display()),
            format!("chmod 600 {}, unless the group is meant", path.display()),
        );
    }
}

/// The state folder: that it is ours, can be written, and remembers what was written.
fn state(common: &Common, seen: &mut Examination) -> Option<StateFolder> {
    let look = || {
        let state = connect::state(common)?;
        // A run begins by making its folder.
        let run = state.begin_run()?;
        let _ = run.drop_if_empty();
        let ledger = Ledger::open(&state)?;
        ledger.check()?;
        let runs = ledger.runs(RunFilter::default())?;
        Ok::<_, Failure>((state, runs))
    };
    let (state, runs) = match look() {
        Ok(found) => found,
        Err(failure) => {
            seen.ill("state folder", &failure);
            return None;
        }
    };
    let remembered = counted(runs.len(), "run", "runs");
    seen.well("state folder", format!("{}: {remembered}, and the ledger is undamaged", state.path().display()));
    if let Some(mode) = mode(state.path()).filter(|mode| mode & 0o077 != 0) {
        let found = format!("others can look into {} (mode {mode:04o})", state.path().display());
        seen.warning("state folder", found, format!("chmod 700 {}", state.path().display()));
    }
    let rest: Vec<_> = runs.iter().filter(|run| run.state.is_resumable() && run.undone_by.is_none()).collect();
    if let Some(newest) = rest.first() {
        seen.warning(
            "state folder",
            counted(rest.len(), "run has something left to send", "runs have something left to send"),
            format!("`rollcall runs resume {}` does the rest, `runs abandon` lets it go", newest.id),
        );
    }
    let now = Timestamp::now();
    match runs.first() {
        Some(run) if run.started.duration_since(now) > SKEW => seen.warning(
            "clock",
            format!("the clock has gone back: run {} began at {}, and it is {now:.0}", run.id, run.started),
            "have the clock set by NTP",
        ),
        Some(_) | None => seen.well("clock", format!("{now:.0}")),
    }
    Some(state)
}

/// Which account is meant, and that its secret is there.
fn account(args: &DoctorArgs, common: &Common, state: &StateFolder, seen: &mut Examination) -> Option<Settings> {
    match account::settings_if_any(&args.connection, common, state) {
        Ok(Some(settings)) => {
            let by = settings.reach.profile.as_ref().map(|name| format!(", profile {name}")).unwrap_or_default();
            seen.well("account", format!("{}{by}", settings.key()));
            Some(settings)
        }
        Ok(None) => {
            seen.warning(
                "account",
                "no account is set",
                "set SINCH_SERVICE_PLAN_ID, SINCH_API_TOKEN and SINCH_REGION, name a --profile, or try --sandbox",
            );
            None
        }
        Err(failure) => {
            seen.ill("account", &failure);
            None
        }
    }
}

/// Asks the account for a page of its groups, which changes nothing.
fn reach(settings: Settings, terminal: &Terminal, seen: &mut Examination) -> Result<(), Failure> {
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    let began = Instant::now();
    let asked = runtime.block_on(async {
        let link = Link::open(settings, &stop.token, terminal).await?;
        let page = link.api.list(0, 1).await;
        let skew = link.api.clock_skew();
        link.close().await;
        let page = page.map_err(|error| unless_stopped(error.into(), stop.exit()))?;
        Ok::<_, Failure>((page, skew))
    });
    match asked {
        Ok((page, skew)) => {
            let ms = began.elapsed().as_millis();
            seen.well(
                "reach",
                format!("the account answers in {ms} ms; it has {}", counted(page.count, "group", "groups")),
            );
            match skew {
                Some(skew) if skew.abs() > SKEW => seen.warning(
                    "clock",
                    format!("this machine's clock is {skew:#} off the account's"),
                    "have the clock set by NTP: tokens and certificates depend on it",
                ),
                Some(_) => seen.well("clock", "agrees with the account's"),
                None => {}
            }
        }
        Err(failure) => seen.ill("reach", &failure),
    }
    Ok(())
}

fn mode(path: &Path) -> Option<u32> {
    std::fs::metadata(path).ok().map(|there| there.permissions().mode() & 0o777)
}

fn table(checks: &[Check]) -> String {
    let mut text = String::new();
    for Check { what, health, found, advice } in checks {
        let (style, word) = match health {
            Health::Well => (AnsiColor::Green.on_default(), "well"),
            Health::Warning => (AnsiColor::Yellow.on_default().bold(), "warning"),
            Health::Ill => (AnsiColor::Red.on_default().bold(), "ill"),
        };
        text += &format!("{style}{word:<7}{style:#}  {what:<12}  {}\n", escaped(found));
        if let Some(advice) = advice {
            let dim = Style::new().dimmed();
            text += &format!("{:<7}  {:<12}  {dim}{}{dim:#}\n", "", "", escaped(advice));
        }
    }
    text
}
