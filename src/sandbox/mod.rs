//! The Groups API on this machine, for trying things out and for tests.
//!
//! Receives HTTP requests (or, through [`Store`], typed ones in this process), keeps groups in `SQLite` and answers
//! as the provider's documents say, strictly; with faults when asked for. Knows nothing of plans, CSV or the terminal,
//! and of `groups/` only the wire types and the error classes.
//!
//! ```text
//! port -> gate (body, latency, limits, faults, log) -> doors (tokens) -> desk (routes) -> body -> store (rules, `SQLite`)
//! ```
//!
//! Where the documents are silent the sandbox decides, and says so here:
//!
//! - Child groups are kept and given back; they do not count in `size` or `members`, as in every public example.
//!   A child that is deleted is a child no more.
//! - A number is valid with 7 to 15 digits that do not begin with 0.
//! - Unknown fields of a request are ignored; a field that is `null` counts as absent, but for `name` on update.
//! - A value of the wrong type is `syntax_invalid_parameter_format`; a body that is no JSON object is
//!   `syntax_invalid_json`.
//! - An update past the group's limit is 400 `syntax_constraint_violation` and changes nothing.
//! - `modified_at` moves when an update changes something, and with every replace.
//! - Names need not be unique, unless [`Rules::unique_names`] says so.
//! - Rate limit, outstanding requests, latency and faults concern `/xms/…` only, never `/oauth2/token`.

mod body;
mod desk;
mod doors;
mod faults;
mod gate;
mod log;
mod port;
mod refusal;
mod rules;
mod server;
mod settings;
mod store;
mod ulid;

pub use crate::groups::Secret;
pub use faults::{Fault, FaultPlan, FaultPlanError};
pub use log::{Counts, LogEntry, RequestLog};
pub use rules::Rules;
pub use server::{Running, Sandbox};
pub use settings::{Data, OauthKey, RateLimit, RateLimitError, SandboxError, Settings};
pub use store::{Inbound, Joined, Store, StoreError};
