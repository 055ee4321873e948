//! From settings to an account that can be talked to: the provider, another server, or the sandbox in this process.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rollcall::groups::{Account, Client, Connection, Credentials, Endpoint, GroupsEvent, RequestStats, Secret};
use rollcall::ledger::StateFolder;
use rollcall::report::{Event, Events, Pace, Report, RequestReport};
use rollcall::sandbox::{self, Data, Running, Sandbox};
use tokio_util::sync::CancellationToken;

use crate::account::{Settings, Target};
use crate::args::Common;
use crate::failure::{Exit, Failure};
use crate::log;
use crate::terminal::Terminal;

/// An account that can be talked to.
pub(crate) struct Link {
    pub(crate) api: Arc<Client>,
    sandbox: Option<Running>,
    pace: Arc<Mutex<Pace>>,
}

/// The runtime of one command.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(Failure::internal)
}

/// Opens the state folder.
pub(crate) fn state(common: &Common) -> Result<StateFolder, Failure> {
    let path = match &common.state_dir {
        Some(path) => path.clone(),
        None => default_state_folder()?,
    };
    Ok(StateFolder::open(&path)?.calling_the_first(log::run()))
}

fn default_state_folder() -> Result<PathBuf, Failure> {
    use etcetera::BaseStrategy;
    let missing = |_| Failure::usage("this platform tells no home folder", "name a folder with --state-dir");
    let folders = etcetera::choose_base_strategy().map_err(missing)?;
    Ok(folders.state_dir().unwrap_or_else(|| folders.data_dir()).join("rollcall"))
}

impl Link {
    /// Starts the sandbox where one is asked for, and makes the client.
    pub(crate) async fn open(
        settings: Settings,
        stop: &CancellationToken,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let Settings { target, pace, .. } = settings;
        let (mut connection, sandbox) = match target {
            Target::Server(connection) => (*connection, None),
            Target::Sandbox { data } => {
                let running = start_sandbox(data).await?;
                let endpoint = Endpoint::sandbox(&running.base_url())?;
                let token = Credentials::Token(Secret::new(running.token()));
                (Connection::new(endpoint, token), Some(running))
            }
        };
        pace.set(&mut connection)?;
        let kept = Arc::new(Mutex::new(Pace::begin()));
        let told = watching(&kept, terminal);
        let events = Arc::new(move |event: &GroupsEvent| told(&as_event(event)));
        let client = Client::connect(&connection, events, stop.clone())?;
        Ok(Self { api: Arc::new(client), sandbox, pace: kept })
    }

    /// Where events go: to whoever watches, and into the report's pace.
    pub(crate) fn events(&self, terminal: &Terminal) -> Events {
        watching(&self.pace, terminal)
    }

    /// The account's stable key.
    pub(crate) fn account(&self) -> &Account {
        self.api.account()
    }

    /// Writes into the report whom we have talked to, and how much: requests beside those to an account that was read
    /// before, pace and account in their place.
    pub(crate) fn tell(&self, report: &mut Report) {
        let RequestStats { sent, retried, throttled, failed } = self.api.stats();
        report.requests = report.requests.and(RequestReport { sent, retried, throttled, failed });
        report.pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner).report();
        report.account = Some(self.account().key());
    }

    /// Lets the sandbox finish what it has in hand.
    pub(crate) async fn close(self) {
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
}

fn watching(pace: &Arc<Mutex<Pace>>, terminal: &Terminal) -> Events {
    let (pace, told) = (Arc::clone(pace), terminal.clone());
    Arc::new(move |event: &Event| {
        pace.lock().unwrap_or_else(PoisonError::into_inner).see(event);
        told.event(event);
    })
}

async fn start_sandbox(data: PathBuf) -> Result<Running, Failure> {
    // Other users of this machine can reach the port, so that the token is a new one every time.
    let token: String = std::iter::repeat_with(fastrand::alphanumeric).take(32).collect();
    let settings = sandbox::Settings {
        token: sandbox::Secret::new(token),
        data: Data::File(data),
        ..sandbox::Settings::default()
    };
    Ok(Sandbox::start(settings).await?)
}

/// What the client says, in the report's words.
fn as_event(event: &GroupsEvent) -> Event {
    match event {
        GroupsEvent::Sent { repeat } => Event::RequestSent { again: *repeat > 0 },
        GroupsEvent::Throttled => Event::Throttled,
        GroupsEvent::Paused { wait, why } => Event::Waiting { pause: *wait, reason: why.to_string() },
        GroupsEvent::Retrying { error, .. } => Event::Retrying { reason: error.to_string() },
        GroupsEvent::Narrowed { concurrency } => {
            Event::Retrying { reason: format!("no more than {concurrency} requests at once from here") }
        }
        GroupsEvent::Broken { wait } => {
            Event::Waiting { pause: *wait, reason: "the provider fails every request".to_owned() }
        }
    }
}

/// A verdict on a call that was interrupted counts as the interruption.
pub(crate) fn unless_stopped(failure: Failure, stopped: Option<Exit>) -> Failure {
    match stopped {
        Some(exit) => Failure { exit, ..failure },
        None => failure,
    }
}
