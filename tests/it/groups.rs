//! The Groups API client against a scripted server: every way in which a provider, or the way to it, can fail.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod accounts;
mod conformance;
mod failures;
mod finding;
mod members;
mod operations;
mod pace;
mod sandboxed;
pub(crate) mod server;
mod tls;
