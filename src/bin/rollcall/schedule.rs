//! `rollcall schedule`: what makes a job run every day, ready to be installed.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::civil::Time;
use rollcall::jobs::{Config, Job};
use rollcall::output::{Output, OutputError};
use serde_json::json;

use crate::account::{find_config, missing_config};
use crate::args::{Command, Common, ScheduleArgs};
use crate::connect;
use crate::failure::{Exit, Failure};
use crate::job::{Called, command_line};
use crate::places;
use crate::terminal::{Terminal, quoted};

/// When a job runs unless somebody says otherwise.
const USUAL: &str = "03:00";
/// Seconds that a job has behind its deadline before the system ends it.
const GRACE: f64 = 600.0;

pub(crate) fn run(args: &ScheduleArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let config = find_config(common.config.as_deref())?.ok_or_else(missing_config)?;
    let (name, job) = config.job(&args.job)?;
    // A job that cannot run is better known now than at night.
    let told = command_line(&config, name, job, &Called::to_look(common))?;
    let deadline = match told.cli.command {
        Command::Import(args) => args.change.deadline,
        _ => None,
    };
    let at = args.at.as_deref().or(job.at.as_deref()).unwrap_or(USUAL);
    let at = Time::strptime("%H:%M", at).map_err(|_| {
        Failure::usage(format!("{at:?} is no time of day"), "give hours and minutes, such as --at 02:30")
    })?;
    let binary = std::env::current_exe().map_err(Failure::internal)?;
    let plan = Plan { name, job, config: &config, at, binary, deadline };
    let files = if args.systemd { plan.units(args, common)? } else { vec![(String::new(), plan.crontab(common))] };
    if let Some(folder) = &args.output {
        return install(&files, folder, name, terminal);
    }
    if common.json {
        let files: Vec<_> = files.iter().map(|(name, text)| json!({ "file": name, "text": text })).collect();
        terminal.out(&format!("{:#}\n", serde_json::Value::from(files)))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for (place, (file, unit)) in files.iter().enumerate() {
        if !file.is_empty() {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{}# {file}", if place > 0 { "\n" } else { "" });
        }
        text += unit;
    }
    terminal.out(&text)?;
    Ok(Exit::Done)
}

/// Writes the units where the system looks for them.
fn install(files: &[(String, String)], folder: &Path, name: &str, terminal: &Terminal) -> Result<Exit, Failure> {
    for (file, text) in files {
        let path = folder.join(file);
        let mut output = Output::create(&path)?;
        output.write_all(text.as_bytes()).map_err(|source| OutputError { path: path.clone(), source })?;
        output.finish()?;
        terminal.note(&format!("wrote {}", path.display()));
    }
    terminal.hint(&format!("systemctl daemon-reload && systemctl enable --now rollcall-{name}.timer"));
    Ok(Exit::Done)
}

/// A job and when it runs.
struct Plan<'a> {
    name: &'a str,
    job: &'a Job,
    config: &'a Config,
    at: Time,
    binary: PathBuf,
    /// Seconds after which the job ends itself.
    deadline: Option<f64>,
}

impl Plan<'_> {
    /// A service and its timer.
    fn units(&self, args: &ScheduleArgs, common: &Common) -> Result<Vec<(String, String)>, Failure> {
        let Self { name, job, config, .. } = self;
        let about = job.description.as_deref().unwrap_or("a job of rollcall.toml").replace(['\n', '\r'], " ");
        let about = about.replace('%', "%%");
        let at = self.at.strftime("%H:%M").to_string();
        let mut folders = self.written();
        let state = match (common.named_state_dir().or_else(|| job.state_dir.clone()), &args.user) {
            (Some(named), _) => Some(named),
            // Somebody else has a state folder of their own.
            (None, Some(_)) => None,
            (None, None) => Some(connect::state(common)?.path().to_owned()),
        };
        let remembers = match state {
            Some(folder) => {
                let line = format!("Environment={}\n", word(format!("ROLLCALL_STATE_DIR={}", folder.display())));
                folders.insert(0, folder);
                line
            }
            None => "StateDirectory=rollcall\nStateDirectoryMode=0700\nEnvironment=ROLLCALL_STATE_DIR=%S/rollcall\n"
                .to_owned(),
        };
        let folders: Vec<String> = folders.iter().map(|folder| word(folder.display().to_string())).collect();
        let writes = if folders.is_empty() { String::new() } else { format!("ReadWritePaths={}\n", folders.join(" ")) };
        // What is under way when the deadline comes is finished, and those who want to know are told.
        let ends = self.deadline.map(|seconds| {
            let last = (seconds + GRACE).ceil();
            format!("# The job ends itself after {seconds} s, its waiting included; this is for one that does not.\nTimeoutStartSec={last}\n")
        });
        let ends = ends.unwrap_or_default();
        let user = args.user.clone().or_else(myself).map(|user| format!("User={user}\n")).unwrap_or_default();
        let start =
            [&*self.binary.display().to_string(), "--config", &config.path().display().to_string(), "run", name]
                .map(word)
                .join(" ");
        let service = format!(
            "[Unit]
Description=rollcall run {name}: {about}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
{user}ExecStart={start}
# 3: done, but some rows were rejected.
SuccessExitStatus=3
# SIGTERM lets what is under way finish and be recorded.
TimeoutStopSec=2min
{ends}{remembers}# Secrets that come from the environment:
#EnvironmentFile=/etc/rollcall/{name}.env

# It may read what {name} reads, and write only here.
{writes}ProtectSystem=strict
ProtectHome=read-only
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
"
        );
        let timer = format!(
            "[Unit]
Description=rollcall run {name}, every day at {at}

[Timer]
OnCalendar=*-*-* {at}:00
# A night on which the machine was off is made up for.
Persistent=true

[Install]
WantedBy=timers.target
"
        );
        Ok(vec![(format!("rollcall-{name}.service"), service), (format!("rollcall-{name}.timer"), timer)])
    }

    /// A line for a crontab.
    fn crontab(&self, common: &Common) -> String {
        let mut words = vec![
            quoted(&self.binary.display().to_string()),
            "--config".to_owned(),
            quoted(&self.config.path().display().to_string()),
        ];
        if let Some(folder) = common.named_state_dir() {
            words.extend(["--state-dir".to_owned(), quoted(&folder.display().to_string())]);
        }
        words.extend(["--quiet".to_owned(), "run".to_owned(), self.name.to_owned()]);
        // Cron takes a percent sign for the end of the line.
        let command = words.join(" ").replace('%', "\\%");
        let (hour, minute) = (self.at.hour(), self.at.minute());
        format!(
            "# rollcall run {}, every day at {}. Cron mails what a command prints: errors alone.\n{minute} {hour} * * *  {command}\n",
            self.name,
            self.at.strftime("%H:%M"),
        )
    }

    /// The folders that the job writes into, besides the state folder.
    fn written(&self) -> Vec<PathBuf> {
        let written = places::written(self.config, self.job);
        let mut folders: Vec<PathBuf> =
            written.iter().filter_map(|written| written.place.folder().map(Path::to_owned)).collect();
        folders.sort();
        folders.dedup();
        folders
    }
}

/// Whoever runs this.
fn myself() -> Option<String> {
    let by_name = std::env::var("USER").ok().filter(|name| !name.is_empty());
    by_name.or_else(|| std::fs::metadata("/proc/self").ok().map(|process| process.uid().to_string()))
}

/// A word as systemd takes it: specifiers and variables are only text, and blanks do not end it.
fn word(text: impl AsRef<str>) -> String {
    let text = text.as_ref().replace('%', "%%").replace('$', "$$");
    if text.contains([' ', '\t', '"', '\'', '\\', ';']) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_unit_is_quoted_and_expands_nothing() {
        assert_eq!(word("/usr/bin/rollcall"), "/usr/bin/rollcall");
        assert_eq!(word("/my lists/100%/$x"), "\"/my lists/100%%/$$x\"");
        assert_eq!(word("a\"b"), "\"a\\\"b\"");
    }
}
