//! What rollcall remembers on this machine: the state folder, its runs, and who works on what right now.
//!
//! Receives what happened; yields it again. Knows nothing of HTTP. Everything in here may hold numbers, so that
//! folders are 0700 and files 0600.

mod lock;
mod state;

pub use lock::{GroupLock, LockError};
pub use state::{RunFolder, StateError, StateFolder};
