//! Starting and stopping a sandbox.

use std::fmt;
use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::desk::{App, router};
use super::doors::Doors;
use super::gate::Gate;
use super::log::RequestLog;
use super::port::{Port, Scissors};
use super::{SandboxError, Settings, Store, StoreError};

/// How long requests in flight may take to end when the sandbox stops: longer than a slow answer.
const DRAIN: Duration = Duration::from_secs(30);

/// The Groups API on this machine.
#[derive(Debug)]
pub struct Sandbox;

impl Sandbox {
    /// Opens the data, listens, and serves in the background until [`Running::stop`].
    ///
    /// # Errors
    /// When the plan's id cannot stand in a URL, the address cannot be listened at or would let other machines in
    /// with the default token, or the data or the log cannot be opened.
    pub async fn start(settings: Settings) -> Result<Running, SandboxError> {
        if settings.plan.is_empty() || !settings.plan.chars().all(is_plain) {
            return Err(SandboxError::Plan(settings.plan));
        }
        if !settings.listen.ip().is_loopback() && settings.token.expose() == Settings::DEFAULT_TOKEN {
            return Err(SandboxError::Exposed(settings.listen));
        }
        let unheard = |source| SandboxError::Listen { address: settings.listen, source };
        let listener = TcpListener::bind(settings.listen).await.map_err(unheard)?;
        let address = listener.local_addr().map_err(unheard)?;
        let log = RequestLog::new(settings.log.as_deref())
            .map_err(|source| SandboxError::Log { path: settings.log.clone().unwrap_or_default(), source })?;
        let (data, plan, rules) = (settings.data.clone(), settings.plan.clone(), settings.rules.clone());
        let store =
            spawn_blocking(move || Store::open(&data, &plan, rules)).await.map_err(|_| StoreError::Aborted)??;

        let stopping = CancellationToken::new();
        let app = Arc::new(App {
            plan: settings.plan.clone(),
            store,
            doors: Doors::new(&settings),
            gate: Gate::new(&settings, stopping.clone()),
            log,
        });
        let service = router(&app).into_make_service_with_connect_info::<Scissors>();
        let server = serve(Port(listener), service).with_graceful_shutdown(stopping.clone().cancelled_owned());
        let task = tokio::spawn(async move {
            // Never an error, by its own documentation.
            let _ = server.into_future().await;
        });
        Ok(Running { address, settings, app, task, stopping: stopping.drop_guard() })
    }
}

/// What may stand in a URL's path as it is.
fn is_plain(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.')
}

/// A sandbox that serves. Dropped, it takes no more requests, and ends those in flight in the background.
pub struct Running {
    address: SocketAddr,
    settings: Settings,
    app: Arc<App>,
    task: JoinHandle<()>,
    stopping: DropGuard,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything before `/groups`, as `--base-url` takes it.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/xms/v1/{}", self.address, self.settings.plan)
    }

    /// Everything before `/oauth2/token`, as `--auth-url` takes it.
    #[must_use]
    pub fn auth_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The service plan's id, and the project's.
    #[must_use]
    pub fn plan(&self) -> &str {
        &self.settings.plan
    }

    /// The API token.
    #[must_use]
    pub fn token(&self) -> &str {
        self.settings.token.expose()
    }

    /// The groups behind it, without HTTP.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// What it was asked.
    #[must_use]
    pub fn log(&self) -> &RequestLog {
        &self.app.log
    }

    /// How many requests to the Groups API are being worked on.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.app.gate.outstanding()
    }

    /// Takes no more connections, ends the requests in flight (for at most 30 seconds), and closes the data.
    pub async fn stop(self) {
        let Self { app, task, stopping, .. } = self;
        drop(stopping);
        // Past the time a client holds on to its connection; what it sent is applied or not, as a whole.
        let _ = tokio::time::timeout(DRAIN, task).await;
        // Closing the database may write to the disk.
        let _ = spawn_blocking(move || drop(app)).await;
    }
}
