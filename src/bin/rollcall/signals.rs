//! Ctrl-C and SIGTERM: the first one lets what is under way finish, the second one stops at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::failure::{Exit, Failure};
use crate::terminal::Terminal;

/// The wish to stop, for whoever works.
#[derive(Clone)]
pub(crate) struct Stop {
    /// For asynchronous work.
    pub(crate) token: CancellationToken,
    /// For threads.
    pub(crate) flag: Arc<AtomicBool>,
    by: Arc<AtomicU8>,
}

impl Stop {
    /// Begins to listen.
    pub(crate) fn listen(runtime: &tokio::runtime::Runtime, terminal: &Terminal) -> Result<Self, Failure> {
        let stop = Self { token: CancellationToken::new(), flag: Arc::new(AtomicBool::new(false)), by: Arc::default() };
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
                if heard.flag.swap(true, Ordering::SeqCst) {
                    terminal.clear();
                    std::process::exit(exit.code().into());
                }
                heard.by.store(exit.code(), Ordering::SeqCst);
                heard.token.cancel();
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
        let time = crate::carry::seconds("--deadline", seconds)?;
        let (stop, terminal) = (self.clone(), terminal.clone());
        runtime.spawn(async move {
            tokio::time::sleep(time).await;
            if !stop.flag.swap(true, Ordering::SeqCst) {
                stop.by.store(Exit::Incomplete.code(), Ordering::SeqCst);
                stop.token.cancel();
                terminal.warn("the deadline has come; what is under way is finished");
            }
        });
        Ok(())
    }

    /// How a command ends that was stopped; none when it was not.
    pub(crate) fn exit(&self) -> Option<Exit> {
        if !self.token.is_cancelled() {
            return None;
        }
        Some(if self.by.load(Ordering::SeqCst) == Exit::Interrupted.code() {
            Exit::Interrupted
        } else {
            Exit::Incomplete
        })
    }
}
