//! Which account, and how fast.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

/// Which account, and how fast.
///
/// Without a flag the account comes from the environment: `SINCH_SERVICE_PLAN_ID` and `SINCH_API_TOKEN`, or
/// `SINCH_PROJECT_ID`, `SINCH_KEY_ID` and `SINCH_KEY_SECRET`; `SINCH_REGION` says where it lives. What neither says
/// comes from the profile.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// Use the Groups API in this process; its groups are kept in the state folder, and no account is needed
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Everything before `/groups`, ending in the plan's id; https, or http to this machine
    #[arg(long, value_name = "URL", env = "ROLLCALL_BASE_URL", hide_env_values = true)]
    pub(crate) base_url: Option<String>,
    /// Where project keys are exchanged for tokens; `/oauth2/token` is appended
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) auth_url: Option<String>,
    /// Trust the authorities in this PEM file too
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Requests a second, at most; fractions allowed [default: 10]
    #[arg(long, value_name = "N")]
    pub(crate) rate: Option<f64>,
    /// Requests under way at once [default: 4]
    #[arg(long, value_name = "N")]
    pub(crate) concurrency: Option<NonZeroUsize>,
    /// How long one request may take [default: 30]
    #[arg(long, value_name = "SECS")]
    pub(crate) timeout: Option<f64>,
    /// How often a failed request is repeated [default: 5]
    #[arg(long, value_name = "N")]
    pub(crate) retries: Option<u32>,
}

/// Which account, where nobody has to be asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Account")]
pub(crate) struct OfflineArgs {
    /// The account of the Groups API in this process
    #[arg(long, conflicts_with = "account")]
    pub(crate) sandbox: bool,
    /// The account at this address
    #[arg(long, value_name = "URL", env = "ROLLCALL_BASE_URL", hide_env_values = true)]
    pub(crate) base_url: Option<String>,
    /// The account with this key, as `leavers list` shows it
    #[arg(long, value_name = "KEY")]
    pub(crate) account: Option<String>,
}
