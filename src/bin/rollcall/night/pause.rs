//! Waiting that ends when somebody wants the job to stop, and when the night is over.

use std::time::{Duration, Instant};

use crate::connect;
use crate::failure::{Exit, Failure};
use crate::signals::Stop;
use crate::terminal::Terminal;

/// When a night is over, whatever is left to do: its `deadline`, counted from when it began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(Option<Instant>);

impl Deadline {
    /// So many seconds from `began`; never, when the job says nothing.
    pub(super) fn of(began: Instant, seconds: Option<f64>) -> Result<Self, Failure> {
        let Some(seconds) = seconds else { return Ok(Self(None)) };
        // A moment that no clock can show never comes.
        Ok(Self(began.checked_add(crate::seconds::seconds("deadline", seconds)?)))
    }

    /// The seconds that are left, for whoever keeps to them.
    pub(super) fn left(self) -> Option<f64> {
        self.0.map(|at| at.saturating_duration_since(Instant::now()).as_secs_f64())
    }

    /// Ends a night that is over before anything was sent.
    pub(super) fn keep(self) -> Result<(), Failure> {
        if self.left() != Some(0.0) {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Incomplete,
            anyhow::anyhow!("the deadline has come while the night was waiting; nothing was sent"),
            Some("`deadline` counts from when the job begins: jitter and waiting for lists are within it".to_owned()),
        ))
    }
}

/// Waits, and hears when it should not.
pub(super) struct Pause {
    stop: Stop,
    deadline: Deadline,
    /// Hears the signals. What comes after the waiting listens for itself.
    _runtime: tokio::runtime::Runtime,
}

impl Pause {
    pub(super) fn new(deadline: Deadline, terminal: &Terminal) -> Result<Self, Failure> {
        let runtime = connect::runtime()?;
        Ok(Self { stop: Stop::listen(&runtime, terminal)?, deadline, _runtime: runtime })
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
        let left = self.deadline.left().map_or(most, Duration::from_secs_f64);
        std::thread::sleep(most.min(left).min(Duration::from_millis(100)));
        match self.stop.exit() {
            None => self.deadline.keep(),
            Some(exit) => Err(Failure::new(exit, anyhow::anyhow!("stopped while waiting; nothing was sent"), None)),
        }
    }
}
