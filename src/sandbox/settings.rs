//! What a sandbox is told: plain values with defaults.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::{FaultPlan, Rules, StoreError};
use crate::groups::Secret;

/// Everything a sandbox is told. The default is an empty one in memory, on a free loopback port, without faults.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one. Beyond loopback only with a token of one's own.
    pub listen: SocketAddr,
    /// The service plan's id, which is also the project's: letters, digits, `-`, `_` and `.`.
    pub plan: String,
    /// The API token.
    pub token: Secret,
    /// The key for `/oauth2/token`; without one nobody gets a token there.
    pub key: Option<OauthKey>,
    /// How long an issued token is good for.
    pub token_lifetime: Duration,
    /// Where the groups are kept.
    pub data: Data,
    /// What requests may hold.
    pub rules: Rules,
    /// Requests a second; 429 with `Retry-After` beyond.
    pub rate_limit: Option<RateLimit>,
    /// Requests being worked on at once; 429 beyond.
    pub max_outstanding: Option<usize>,
    /// How long every request is made to wait.
    pub latency: Duration,
    /// What goes wrong, and how often.
    pub faults: FaultPlan,
    /// Which requests the faults strike: the same seed, the same requests.
    pub seed: u64,
    /// How long an answer takes under the fault `slow`.
    pub slow_for: Duration,
    /// When a request that hangs is given up, unless its client leaves before.
    pub hang_for: Duration,
    /// A file to which one line is appended for every request.
    pub log: Option<PathBuf>,
}

impl Settings {
    /// The plan's id unless told otherwise.
    pub const DEFAULT_PLAN: &'static str = "sandbox";
    /// The token unless told otherwise. No secret: everybody can read it here.
    pub const DEFAULT_TOKEN: &'static str = "sandbox-token";
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            plan: Self::DEFAULT_PLAN.to_owned(),
            token: Secret::new(Self::DEFAULT_TOKEN),
            key: None,
            token_lifetime: Duration::from_hours(1),
            data: Data::Memory,
            rules: Rules::default(),
            rate_limit: None,
            max_outstanding: None,
            latency: Duration::ZERO,
            faults: FaultPlan::default(),
            seed: 0,
            slow_for: Duration::from_secs(3),
            hang_for: Duration::from_mins(10),
            log: None,
        }
    }
}

/// What a client shows at `/oauth2/token`.
#[derive(Debug, Clone)]
pub struct OauthKey {
    /// The key's id.
    pub id: String,
    /// The key's secret.
    pub secret: Secret,
}

/// Where groups are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Data {
    /// In memory, until the sandbox stops: `:memory:`.
    #[default]
    Memory,
    /// In a `SQLite` file, mode 0600, made when missing. Several sandboxes may use it at once.
    File(PathBuf),
}

impl FromStr for Data {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text == ":memory:" { Self::Memory } else { Self::File(PathBuf::from(text)) })
    }
}

/// Requests a second, above 0: `5/s`, `0.5/s` or just `5`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit(f64);

/// A text that is no rate limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no rate; write requests a second as in 5/s")]
pub struct RateLimitError(String);

impl RateLimit {
    /// Requests a second.
    #[must_use]
    pub fn per_second(self) -> f64 {
        self.0
    }
}

impl FromStr for RateLimit {
    type Err = RateLimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.trim().strip_suffix("/s").unwrap_or(text.trim());
        number
            .parse::<f64>()
            .ok()
            .filter(|rate| rate.is_finite() && *rate > 0.0)
            .map(Self)
            .ok_or_else(|| RateLimitError(text.to_owned()))
    }
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The address cannot be listened at.
    #[error("cannot listen at {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Other machines could come in with the token that everybody knows.
    #[error("{0} can be reached by other machines, and the default token is no secret")]
    Exposed(SocketAddr),
    /// The plan's id cannot stand in a URL.
    #[error("'{0}' cannot be a plan's id")]
    Plan(String),
    /// The log cannot be written.
    #[error("cannot open the log {}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The data cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SandboxError {
    /// The flag to change, where one would help.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Listen { .. } => "choose another address with --listen; port 0 takes a free one",
            Self::Exposed(_) => "give a token of your own with --token, or listen at 127.0.0.1",
            Self::Plan(_) => "--plan takes letters, digits, '-', '_' and '.'",
            Self::Log { .. } => "choose another file for the log",
            Self::Store(error) => return error.hint(),
        };
        Some(hint.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_with_and_without_their_unit() {
        for (text, rate) in [("5/s", Some(5.0)), ("0.5/s", Some(0.5)), ("10", Some(10.0)), (" 2/s ", Some(2.0))] {
            assert_eq!(text.parse::<RateLimit>().ok().map(RateLimit::per_second), rate, "{text}");
        }
        for text in ["", "/s", "0", "-1/s", "5/m", "inf", "NaN"] {
            assert!(text.parse::<RateLimit>().is_err(), "{text}");
        }
    }

    #[test]
    fn secrets_stay_out_of_debug_output() {
        let mut settings = Settings { token: Secret::new("tok-1234"), ..Settings::default() };
        settings.key = Some(OauthKey { id: "key".to_owned(), secret: Secret::new("sec-5678") });
        let shown = format!("{settings:?}");
        assert!(!shown.contains("tok-1234") && !shown.contains("sec-5678"), "{shown}");
    }
}
