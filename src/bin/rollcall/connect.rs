//! From flags and environment to an account: the provider, another server, or the sandbox in this process.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rollcall::groups::{
    Account, AuthUrl, Client, Connection, Credentials, Endpoint, GroupsEvent, Proxies, Rate, RequestStats, Secret,
    ServiceRegion,
};
use rollcall::ledger::{Reach, StateFolder};
use rollcall::report::{Event, Events, Pace, Report, RequestReport};
use rollcall::sandbox::{self, Data, Running, Sandbox};
use tokio_util::sync::CancellationToken;

use crate::args::{Common, ConnectionArgs, OfflineArgs};
use crate::failure::{Exit, Failure};
use crate::terminal::Terminal;

/// What is known of the account before anything is started.
pub(crate) enum Settings {
    /// The Groups API in this process.
    Sandbox {
        /// Where its groups are kept.
        data: PathBuf,
    },
    /// A server somewhere.
    Server(Box<Connection>),
}

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
    Ok(StateFolder::open(&path)?)
}

fn default_state_folder() -> Result<PathBuf, Failure> {
    use etcetera::BaseStrategy;
    let missing = |_| Failure::usage("this platform tells no home folder", "name a folder with --state-dir");
    let folders = etcetera::choose_base_strategy().map_err(missing)?;
    Ok(folders.state_dir().unwrap_or_else(|| folders.data_dir()).join("rollcall"))
}

/// Works out which account is meant, before any file is read: a missing token should not cost a minute of reading.
pub(crate) fn settings(args: &ConnectionArgs, state: &StateFolder) -> Result<Settings, Failure> {
    if args.sandbox {
        if args.base_url.is_some() && std::env::var_os("ROLLCALL_BASE_URL").is_none() {
            return Err(Failure::usage("--sandbox and --base-url name two accounts", "give one of them"));
        }
        return Ok(Settings::Sandbox { data: state.sandbox_file() });
    }
    let (endpoint, credentials) = account(args)?;
    let mut connection = Connection::new(endpoint, credentials);
    pace(&mut connection, args)?;
    connection.ca_file.clone_from(&args.ca_file);
    connection.proxies = Proxies::from_variables(variable);
    Ok(Settings::Server(Box::new(connection)))
}

/// As [`settings`]; none when no account is named anywhere.
pub(crate) fn settings_if_any(args: &ConnectionArgs, state: &StateFolder) -> Result<Option<Settings>, Failure> {
    let named = ["SINCH_SERVICE_PLAN_ID", "SINCH_API_TOKEN", "SINCH_PROJECT_ID", "SINCH_KEY_ID", "SINCH_KEY_SECRET"];
    if !args.sandbox && args.base_url.is_none() && named.into_iter().all(|name| variable(name).is_none()) {
        return Ok(None);
    }
    settings(args, state).map(Some)
}

/// The key of the account that is meant, where nobody has to be asked and no secret is needed; none when no account is
/// named anywhere.
pub(crate) fn account_key(args: &OfflineArgs) -> Result<Option<String>, Failure> {
    if let Some(key) = &args.account {
        return Ok(Some(key.clone()));
    }
    if args.sandbox {
        return Ok(Some(Account::Sandbox { plan: sandbox::Settings::DEFAULT_PLAN.to_owned() }.key()));
    }
    if let Some(base) = &args.base_url {
        return Ok(Some(Endpoint::at(base)?.account().key()));
    }
    let by_project = variable("SINCH_API_TOKEN").is_none() && variable("SINCH_KEY_ID").is_some();
    let plan = if by_project { variable("SINCH_PROJECT_ID") } else { variable("SINCH_SERVICE_PLAN_ID") };
    Ok(plan.map(|plan| Account::Provider { plan: plan.trim().to_owned() }.key()))
}

/// How the account can be reached again by a later command.
pub(crate) fn reach(args: &ConnectionArgs) -> Reach {
    Reach { sandbox: args.sandbox, base_url: args.base_url.clone(), ..Reach::default() }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn pace(connection: &mut Connection, args: &ConnectionArgs) -> Result<(), Failure> {
    connection.rate = Rate::per_second(args.rate)?;
    connection.concurrency = args.concurrency;
    connection.timeout = Duration::try_from_secs_f64(args.timeout)
        .map_err(|_| Failure::usage("--timeout is no time", "give seconds, such as 30 or 2.5"))?;
    connection.retries = args.retries;
    Ok(())
}

/// Where, and as whom: the flags first, then the environment.
fn account(args: &ConnectionArgs) -> Result<(Endpoint, Credentials), Failure> {
    let region = || match variable("SINCH_REGION") {
        Some(name) => name.parse::<ServiceRegion>().map_err(Failure::from),
        None => Err(Failure::usage(
            "no region is set",
            "set SINCH_REGION to us, eu, au, br or ca, or name the whole address with --base-url",
        )),
    };
    let base = args.base_url.as_deref().map(Endpoint::at).transpose()?;
    if let Some(token) = variable("SINCH_API_TOKEN") {
        let endpoint = match (base, variable("SINCH_SERVICE_PLAN_ID")) {
            (Some(base), _) => base,
            (None, Some(plan)) => Endpoint::service_plan(region()?, &plan)?,
            (None, None) => {
                return Err(Failure::usage(
                    "SINCH_API_TOKEN is set, but no service plan",
                    "set SINCH_SERVICE_PLAN_ID, or name the whole address with --base-url",
                ));
            }
        };
        return Ok((endpoint, Credentials::Token(Secret::new(&token))));
    }
    if let (Some(key_id), Some(key_secret)) = (variable("SINCH_KEY_ID"), variable("SINCH_KEY_SECRET")) {
        let endpoint = match (base, variable("SINCH_PROJECT_ID")) {
            (Some(base), _) => base,
            (None, Some(project)) => Endpoint::project(region()?, &project)?,
            (None, None) => {
                return Err(Failure::usage(
                    "SINCH_KEY_ID is set, but no project",
                    "set SINCH_PROJECT_ID, or name the whole address with --base-url",
                ));
            }
        };
        let auth_url = AuthUrl::at(args.auth_url.as_deref().unwrap_or(AuthUrl::PROVIDER))?;
        return Ok((endpoint, Credentials::Project { key_id, key_secret: Secret::new(&key_secret), auth_url }));
    }
    Err(Failure::usage(
        "no account is set",
        "set SINCH_SERVICE_PLAN_ID, SINCH_API_TOKEN and SINCH_REGION (or SINCH_PROJECT_ID, SINCH_KEY_ID and \
         SINCH_KEY_SECRET), or try --sandbox, which needs none",
    ))
}

impl Link {
    /// Starts the sandbox where one is asked for, and makes the client.
    pub(crate) async fn open(
        settings: Settings,
        args: &ConnectionArgs,
        stop: &CancellationToken,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let (connection, sandbox) = match settings {
            Settings::Server(connection) => (*connection, None),
            Settings::Sandbox { data } => {
                let running = start_sandbox(data).await?;
                let endpoint = Endpoint::sandbox(&running.base_url())?;
                let token = Credentials::Token(Secret::new(running.token()));
                let mut connection = Connection::new(endpoint, token);
                pace(&mut connection, args)?;
                (connection, Some(running))
            }
        };
        let pace = Arc::new(Mutex::new(Pace::begin()));
        let told = watching(&pace, terminal);
        let events = Arc::new(move |event: &GroupsEvent| told(&as_event(event)));
        let client = Client::connect(&connection, events, stop.clone())?;
        Ok(Self { api: Arc::new(client), sandbox, pace })
    }

    /// Where events go: to whoever watches, and into the report's pace.
    pub(crate) fn events(&self, terminal: &Terminal) -> Events {
        watching(&self.pace, terminal)
    }

    /// The account's stable key.
    pub(crate) fn account(&self) -> &Account {
        self.api.account()
    }

    /// Writes into the report whom we have talked to, and how much.
    pub(crate) fn tell(&self, report: &mut Report) {
        let RequestStats { sent, retried, throttled, failed } = self.api.stats();
        report.requests = RequestReport { sent, retried, throttled, failed };
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
