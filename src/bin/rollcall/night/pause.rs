//! Waiting that ends when somebody wants the job to stop.

use std::time::{Duration, Instant};

use crate::connect;
use crate::failure::Failure;
use crate::signals::Stop;
use crate::terminal::Terminal;

/// Waits, and hears when it should not.
pub(super) struct Pause {
    stop: Stop,
    /// Hears the signals. What comes after the waiting listens for itself.
    _runtime: tokio::runtime::Runtime,
}

impl Pause {
    pub(super) fn new(terminal: &Terminal) -> Result<Self, Failure> {
        let runtime = connect::runtime()?;
        Ok(Self { stop: Stop::listen(&runtime, terminal)?, _runtime: runtime })
    }

    /// Waits so long.
    pub(super) fn whole(&self, length: Duration) -> Result<(), Failure> {
        let began = Instant::now();
        while began.elapsed() < length {
            self.a_moment(length.saturating_sub(began.elapsed()))?;
        }
        Ok(())
    }

    /// Waits a moment, or less.
    pub(super) fn a_moment(&self, most: Duration) -> Result<(), Failure> {
        std::thread::sleep(most.min(Duration::from_millis(100)));
        match self.stop.exit() {
            None => Ok(()),
            Some(exit) => Err(Failure::new(exit, anyhow::anyhow!("stopped while waiting; nothing was sent"), None)),
        }
    }
}
