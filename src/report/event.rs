//! What happens, as it happens.

use std::sync::Arc;
use std::time::Duration;

/// Something that a person who watches would like to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A request leaves.
    RequestSent {
        /// Whether it was sent before.
        again: bool,
    },
    /// The provider has answered that we are too many, or too fast.
    Throttled,
    /// A group was made.
    GroupCreated {
        /// Its name.
        name: String,
    },
    /// Sending begins.
    Sending {
        /// Requests to send, if nothing goes wrong.
        chunks: u64,
        /// Numbers in them.
        numbers: u64,
    },
    /// A chunk has found its end.
    ChunkDone {
        /// Numbers in it.
        numbers: u64,
        /// Whether the provider took it.
        applied: bool,
    },
    /// All requests wait, because the provider asked for it or failed.
    Waiting {
        /// How long.
        pause: Duration,
        /// Why, in a few words.
        reason: String,
    },
    /// A request is tried again.
    Retrying {
        /// Why, in a few words without any number.
        reason: String,
    },
    /// Members are read back.
    Verifying {
        /// How many groups.
        groups: u64,
    },
    /// A read-back differs from the plan; it is read again for a while.
    Unsettled {
        /// The group's name or id.
        group: String,
        /// How many of the plan's numbers are not yet as planned.
        numbers: u64,
    },
}

/// Where events go. Called from any thread, and expected to return at once.
pub type Events = Arc<dyn Fn(&Event) + Send + Sync>;
