//! Hooks: who is told of a run, and how. What they do never changes the run.

use std::io::Write;
use std::net::IpAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CommandLine, Length, SecretError, SecretSource};

/// How long a hook may take unless it says otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who is told of which moments of a run: a command, an address, or both.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// The moments: start, success, failure, brake, recovery.
    pub on: Vec<Moment>,
    /// The command to run: a list of words, or one line for the shell. The news is on its standard input as JSON, and
    /// in `ROLLCALL_EVENT`, `ROLLCALL_JOB`, `ROLLCALL_RUN`, `ROLLCALL_EXIT`, `ROLLCALL_TEXT` and `ROLLCALL_REPORT`.
    command: Option<CommandLine>,
    /// The address to POST the news to as JSON, with a `text` that Slack and its kin show; https, or http to this
    /// machine.
    url: Option<String>,
    /// The environment variable that holds the address, where it is a secret.
    url_env: Option<String>,
    /// The file that holds the address, where it is a secret.
    url_file: Option<std::path::PathBuf>,
    /// How long it may take. Usually 30s.
    timeout: Option<Length>,
}

/// A moment of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// It begins.
    Start,
    /// It has ended well: exit code 0 or 3. A run that was skipped as nothing has changed has ended well.
    Success,
    /// It has ended otherwise.
    Failure,
    /// A brake has refused, and had not the time before.
    Brake,
    /// It has ended well, and had not the time before.
    Recovery,
}

impl Moment {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Brake => "brake",
            Self::Recovery => "recovery",
        }
    }
}

/// What there is to tell. No numbers.
#[derive(Debug, Clone, Serialize)]
pub struct News {
    /// What people read.
    pub text: String,
    /// What has happened.
    pub event: Moment,
    /// The job's name.
    pub job: String,
    /// The run, when there is one.
    pub run: Option<String>,
    /// The exit code, when it has ended.
    pub exit: Option<u8>,
    /// The report's figures, when there are any.
    pub report: serde_json::Value,
    /// Where the report is kept.
    #[serde(skip)]
    pub report_file: Option<std::path::PathBuf>,
}

/// A hook that could not tell anybody. Says nothing of the address but its host: the rest of it is often a secret.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The address cannot be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The address is none that news may be sent to.
    #[error("the hook's address is neither https nor http to this machine")]
    Address,
    /// Nobody answered.
    #[error("the hook at {host} did not answer ({why})")]
    Silent {
        /// Where.
        host: String,
        /// Why not.
        why: &'static str,
    },
    /// The answer was a refusal.
    #[error("the hook at {host} answered {status}")]
    Refused {
        /// Where.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// The command did not start, or failed.
    #[error("the hook's command {command:?} {why}")]
    Command {
        /// Its first word.
        command: String,
        /// What happened.
        why: String,
    },
}

impl HookError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Secret(error) => error.hint(),
            Self::Address => {
                Some("write the whole address, such as https://hooks.example.com/…, and nothing else".to_owned())
            }
            Self::Command { .. } => Some(
                "a command runs in the folder of rollcall.toml: check its name and its path there, and chmod +x it"
                    .to_owned(),
            ),
            Self::Silent { .. } | Self::Refused { .. } => None,
        }
    }
}

impl Hook {
    /// Looks at everything that telling somebody needs, and tells nobody: each thing by a name that gives no secret
    /// away, and what is wrong with it.
    #[must_use]
    pub fn look(&self) -> Vec<(String, Result<(), HookError>)> {
        let mut seen = Vec::new();
        if let Some(command) = &self.command {
            let name = command.name();
            let health =
                command.look().map_err(|why| HookError::Command { command: name.clone(), why: why.to_owned() });
            seen.push((format!("command {name:?}"), health));
        }
        match self.address() {
            Ok(Some(url)) => seen.push((format!("address at {}", url.host_str().unwrap_or_default()), Ok(()))),
            Ok(None) => {}
            Err(error) => seen.push(("address".to_owned(), Err(error))),
        }
        seen
    }

    /// Where the address comes from, when it does not stand in the file.
    #[must_use]
    pub fn secret(&self) -> Option<SecretSource> {
        match (&self.url_env, &self.url_file) {
            (Some(name), _) => Some(SecretSource::Env(name.clone())),
            (None, Some(path)) => Some(SecretSource::File(path.clone())),
            (None, None) => None,
        }
    }

    /// Whether the address stands in the file itself, and leaves this machine: whoever reads the file may use it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.url.as_deref().and_then(|url| address(url).ok()).is_some_and(|url| !is_loopback(&url))
    }

    /// What the keys say together and cannot mean.
    pub(super) fn contradiction(&self) -> Option<String> {
        let addresses = [self.url.is_some(), self.url_env.is_some(), self.url_file.is_some()];
        let addresses = addresses.into_iter().filter(|given| *given).count();
        let problem = if self.on.is_empty() {
            "a hook is told of no moment: on = [\"failure\"] or others"
        } else if addresses > 1 {
            "a hook's address comes from more than one place"
        } else if addresses == 0 && self.command.is_none() {
            "a hook has neither a command nor an address"
        } else if self.command.as_ref().is_some_and(CommandLine::is_empty) {
            "a hook's command is empty"
        } else if self.url.as_deref().is_some_and(|url| address(url).is_err()) {
            "a hook's address is neither https nor http to this machine"
        } else {
            return None;
        };
        Some(problem.to_owned())
    }

    /// Paths are relative to the file's folder, and commands run there.
    pub(super) fn anchor(&mut self, folder: &Path) {
        if let Some(path) = &mut self.url_file {
            *path = folder.join(&*path);
        }
        if let Some(command) = &mut self.command {
            folder.clone_into(&mut command.folder);
        }
    }

    /// Tells whoever is to be told: the command, then the address.
    ///
    /// # Errors
    /// One for each of the two that could not be told.
    pub async fn tell(&self, news: &News) -> Vec<HookError> {
        let command = self.command.as_ref().map(|command| self.run(command, news));
        let post = self.post(news).await;
        [command.and_then(Result::err), post.err()].into_iter().flatten().collect()
    }

    fn patience(&self) -> Duration {
        self.timeout.map_or(PATIENCE, |timeout| timeout.0)
    }

    fn run(&self, line: &CommandLine, news: &News) -> Result<(), HookError> {
        let failed = |why: String| HookError::Command { command: line.name(), why };
        let mut command = line.command();
        command
            .env("ROLLCALL_EVENT", news.event.as_str())
            .env("ROLLCALL_JOB", &news.job)
            .env("ROLLCALL_RUN", news.run.as_deref().unwrap_or_default())
            .env("ROLLCALL_EXIT", news.exit.map(|exit| exit.to_string()).unwrap_or_default())
            .env("ROLLCALL_TEXT", &news.text)
            .env("ROLLCALL_REPORT", news.report_file.as_deref().unwrap_or(Path::new("")));
        // Standard output is for the report of whoever has started the run.
        // A group of its own, so that what it has started ends with it when its time is over.
        let started = command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        let mut child = started.map_err(|error| failed(format!("does not start ({})", error.kind())))?;
        if let Some(mut stdin) = child.stdin.take() {
            let body = serde_json::to_vec(news).unwrap_or_default();
            // A command that does not read is not waited for; one that has read enough may close its end.
            std::thread::spawn(move || stdin.write_all(&body));
        }
        match wait(&mut child, self.patience()) {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(failed(format!("has failed ({status})"))),
            None => Err(failed(format!("has not ended after {} s", self.patience().as_secs_f64()))),
        }
    }

    async fn post(&self, news: &News) -> Result<(), HookError> {
        let Some(url) = self.address()? else { return Ok(()) };
        let host = url.host_str().unwrap_or_default().to_owned();
        let silent = |why| HookError::Silent { host: host.clone(), why };
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .timeout(self.patience());
        if is_loopback(&url) {
            client = client.no_proxy();
        }
        if url.scheme() == "http" {
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(|_| silent("no secure connection can be set up"))?;
        let body = serde_json::to_vec(news).unwrap_or_default();
        let answer = client.post(url).header(CONTENT_TYPE, "application/json").body(body).send().await;
        let answer = answer.map_err(|error| silent(if error.is_timeout() { "too slow" } else { "no connection" }))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(HookError::Refused { host, status: status.as_u16() }),
        }
    }

    fn address(&self) -> Result<Option<Url>, HookError> {
        match (&self.url, self.secret()) {
            (Some(url), _) => address(url).map(Some),
            (None, Some(source)) => address(source.fetch()?.expose()).map(Some),
            (None, None) => Ok(None),
        }
    }
}

/// An address that news may be sent to.
fn address(text: &str) -> Result<Url, HookError> {
    let url = Url::parse(text.trim()).map_err(|_| HookError::Address)?;
    let fine = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if fine { Ok(url) } else { Err(HookError::Address) }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Waits for a child; one that takes too long is ended.
fn wait(child: &mut Child, patience: Duration) -> Option<std::process::ExitStatus> {
    let began = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if began.elapsed() > patience {
            // They may have ended meanwhile.
            let group = format!("kill -s KILL -- -{}", child.id());
            let _ = Command::new("sh").arg("-c").arg(group).stderr(Stdio::null()).status();
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_go_over_https_or_stay_on_this_machine() {
        for fine in ["https://hooks.example.com/x", "http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:1/"]
        {
            assert!(address(fine).is_ok(), "{fine}");
        }
        for wrong in ["http://hooks.example.com/x", "ftp://localhost/", "hooks", "", "http://127.0.0.1.example.com/"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
