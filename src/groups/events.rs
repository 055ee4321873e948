//! What a client has to say while it works, and what it has done.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{ApiError, Operation};

/// Something that a waiting person, or a log, should know.
#[derive(Debug, Clone)]
pub enum GroupsEvent {
    /// A request leaves. Those for access tokens are not told.
    Sent {
        /// Which repeat it is; 0 for a request that is sent for the first time.
        repeat: u32,
    },
    /// A request was answered by 429.
    Throttled,
    /// Nothing is sent by anybody for this long.
    Paused {
        /// How long from now.
        wait: Duration,
        /// Why.
        why: PauseReason,
    },
    /// A request failed and will be sent again.
    Retrying {
        /// What it is.
        operation: Operation,
        /// Which repeat this will be, from 1.
        repeat: u32,
        /// How long until then, the pace and pauses apart.
        wait: Duration,
        /// What went wrong.
        error: ApiError,
    },
    /// The provider has too many of our requests in hand: no more than this many at once, for now.
    Narrowed {
        /// Requests at once.
        concurrency: usize,
    },
    /// Call after call failed for good: nothing is sent for a while.
    Broken {
        /// How long.
        wait: Duration,
    },
}

/// Why nobody sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseReason {
    /// 429: we are too many, or too fast.
    TooManyRequests,
    /// 503: the provider is not available.
    Unavailable,
}

impl fmt::Display for PauseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooManyRequests => "the provider has too many requests in hand",
            Self::Unavailable => "the provider is not available",
        })
    }
}

/// Who is told. Called from whatever task it happens in: it must be quick and must not block.
pub type EventSink = Arc<dyn Fn(&GroupsEvent) + Send + Sync>;

/// What a client has sent so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RequestStats {
    /// Requests sent, the repeated ones included. Those for access tokens are not counted.
    pub sent: u64,
    /// How many of them were repeats.
    pub retried: u64,
    /// How many of them were answered by 429.
    pub throttled: u64,
    /// Calls that failed for good, where the provider gave no answer that settles them. A refusal, or "no such
    /// group", is an answer.
    pub failed: u64,
}

/// The counters behind [`RequestStats`].
#[derive(Default)]
pub(super) struct Counters {
    pub(super) sent: AtomicU64,
    pub(super) retried: AtomicU64,
    pub(super) throttled: AtomicU64,
    pub(super) failed: AtomicU64,
}

impl Counters {
    pub(super) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn snapshot(&self) -> RequestStats {
        RequestStats {
            sent: self.sent.load(Ordering::Relaxed),
            retried: self.retried.load(Ordering::Relaxed),
            throttled: self.throttled.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }
}
