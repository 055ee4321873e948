//! The sandbox, completions and manual pages.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use rollcall::numbers::Msisdn;

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall sandbox
  rollcall sandbox --listen 127.0.0.1:8080 --plan demo --token secret --data sandbox.sqlite
  rollcall sandbox --faults 429=10,lost=5 --seed 7 --rate-limit 20/s")]
pub(crate) struct SandboxArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: std::net::SocketAddr,
    /// The service plan's id, which is also the project's
    #[arg(long, value_name = "ID")]
    pub(crate) plan: Option<String>,
    /// The API token that is accepted
    #[arg(long, value_name = "T")]
    pub(crate) token: Option<String>,
    /// The key id that is accepted for OAuth
    #[arg(long, value_name = "K", requires = "key_secret")]
    pub(crate) key_id: Option<String>,
    /// The key's secret
    #[arg(long, value_name = "S", requires = "key_id")]
    pub(crate) key_secret: Option<String>,
    /// Where the groups are kept
    #[arg(long, value_name = "FILE|:memory:", default_value = ":memory:")]
    pub(crate) data: String,
    /// Members that a group holds
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) group_limit: u64,
    /// Requests a second before 429
    #[arg(long, value_name = "N/s")]
    pub(crate) rate_limit: Option<String>,
    /// Requests at once before 429
    #[arg(long, value_name = "N")]
    pub(crate) max_outstanding: Option<NonZeroUsize>,
    /// Milliseconds before each answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency: u64,
    /// Faults by kind, in percent: 429, 500, 503, reset, lost, hang, slow, truncate
    #[arg(long, value_name = "KIND=P,…")]
    pub(crate) faults: Option<String>,
    /// The seed of the faults
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Append a line for each request to this file: when, what, how many numbers, and the answer's status
    #[arg(long, value_name = "FILE")]
    pub(crate) request_log: Option<PathBuf>,
    /// A number that is refused; may be repeated
    #[arg(long, value_name = "NUMBER")]
    pub(crate) refuse: Vec<Msisdn>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The folder
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}
