//! Ctrl-C and SIGTERM: the first one lets what is under way finish, the second one stops at once.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::failure::{Exit, Failure};
use crate::terminal::Terminal;

/// The wish to stop, for whoever works.
#[derive(Clone, Default)]
pub(crate) struct Stop {
    /// For asynchronous work.
    pub(crate) token: CancellationToken,
    /// For threads.
    pub(crate) flag: Arc<AtomicBool>,
    /// How a command ends that was stopped.
    exit: Arc<OnceLock<Exit>>,
}

impl Stop {
    /// Begins to listen.
    pub(crate) fn listen(runtime: &tokio::runtime::Runtime, terminal: &Terminal) -> Result<Self, Failure> {
        let stop = Self::default();
        let guard = runtime.enter();
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::internal)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(Failure::internal)?;
        drop(guard);
        let (heard, terminal) = (stop.clone(), terminal.clone());
        runtime.spawn(async move {
            loop {
                let exit = tokio::select! {
                    _ = interrupt.recv() => Exit::Interrupted,
                    _ = terminate.recv() => Exit::Incomplete,
                };
                if !heard.begin(exit) {
                    terminal.clear();
                    std::process::exit(exit.code().into());
                }
                terminal.note("stopping; what is under way is finished first (once more to stop at once)");
            }
        });
        Ok(stop)
    }

    /// Stops the work when its time is over.
    pub(crate) fn at_deadline(
        &self,
        runtime: &tokio::runtime::Runtime,
        seconds: Option<f64>,
        terminal: &Terminal,
    ) -> Result<(), Failure> {
        let Some(seconds) = seconds else { return Ok(()) };
        let time = crate::seconds::seconds("--deadline", seconds)?;
        let (stop, terminal) = (self.clone(), terminal.clone());
        runtime.spawn(async move {
            tokio::time::sleep(time).await;
            if stop.begin(Exit::Incomplete) {
                terminal.warn("the deadline has come; what is under way is finished");
            }
        });
        Ok(())
    }

    /// Stops the work, and whether this was the first to do so. Why comes first: whoever sees the wish asks for it.
    fn begin(&self, exit: Exit) -> bool {
        let is_first = self.exit.set(exit).is_ok();
        self.flag.store(true, Ordering::SeqCst);
        self.token.cancel();
        is_first
    }

    /// How a command ends that was stopped; none when it was not.
    pub(crate) fn exit(&self) -> Option<Exit> {
        self.exit.get().copied()
    }
}
