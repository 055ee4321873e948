//! `rollcall.toml`: profiles, which say how to reach an account, and named jobs, which say what to do with it.
//!
//! Receives the file; yields its profiles and jobs as plain values, the same that flags would give, each job's flags
//! still in the words of the file. Knows nothing of which flags there are nor of how a job runs. Whatever the file says
//! that nobody would understand is an error with its line, and the word that was probably meant.
//!
//! Secrets do not stand in the file: it says where they come from, and [`SecretSource::fetch`] goes there.

mod command;
mod config;
mod dates;
mod error;
mod hooks;
mod job;
mod length;
mod metrics;
mod profile;
mod secret;

pub use command::CommandLine;
pub use config::{Config, schema};
pub use dates::{DateError, dated};
pub use error::JobsError;
pub use hooks::{Hook, HookError, Moment, News};
pub use job::{Flag, Given, Job, LogForm, Newest, Task};
pub use length::Length;
pub use metrics::Metrics;
pub use profile::Profile;
pub use secret::{SecretError, SecretSource};
