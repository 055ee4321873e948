//! How to reach an account: the settings, as plain values, and what can be wrong with them.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use super::{AuthUrl, Endpoint, Proxies, Secret, ServiceRegion};

/// Everything that a [`super::Client`] needs to know.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Where.
    pub endpoint: Endpoint,
    /// As whom.
    pub credentials: Credentials,
    /// How fast.
    pub rate: Rate,
    /// How many requests may wait for their answers at once.
    pub concurrency: NonZeroUsize,
    /// How long one request may take; for a group's members, how long the answer may stand still.
    pub timeout: Duration,
    /// How often a failed request is repeated.
    pub retries: u32,
    /// A PEM file of authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The proxies to go through.
    pub proxies: Proxies,
}

impl Connection {
    /// Requests at once.
    pub const CONCURRENCY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);
    /// The patience with one request.
    pub const TIMEOUT: Duration = Duration::from_secs(30);
    /// Repeats of a failed request.
    pub const RETRIES: u32 = 5;

    /// A connection with the default pace and patience, and no proxy.
    #[must_use]
    pub fn new(endpoint: Endpoint, credentials: Credentials) -> Self {
        Self {
            endpoint,
            credentials,
            rate: Rate::DEFAULT,
            concurrency: Self::CONCURRENCY,
            timeout: Self::TIMEOUT,
            retries: Self::RETRIES,
            ca_file: None,
            proxies: Proxies::default(),
        }
    }
}

/// What proves who we are.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A service plan's API token.
    Token(Secret),
    /// A project's key, exchanged for access tokens.
    Project {
        /// The key's id.
        key_id: String,
        /// The key's secret.
        key_secret: Secret,
        /// Where the exchange takes place.
        auth_url: AuthUrl,
    },
}

/// Requests a second, at most: no second, wherever it begins, holds more. A fraction above one therefore counts as
/// the whole number below it; a fraction below one is one request in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate(f64);

impl Rate {
    /// Ten a second.
    pub const DEFAULT: Self = Self(10.0);
    /// The slowest: one in about a quarter of an hour.
    pub const MIN: f64 = 0.001;
    /// The fastest.
    pub const MAX: f64 = 1_000_000.0;

    /// A rate in requests a second, [`Rate::MIN`] to [`Rate::MAX`].
    ///
    /// # Errors
    /// When the number is outside of that.
    pub fn per_second(rate: f64) -> Result<Self, ConnectError> {
        if (Self::MIN..=Self::MAX).contains(&rate) { Ok(Self(rate)) } else { Err(ConnectError::Rate) }
    }

    /// Requests a second.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// Which URL an error speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlSetting {
    /// `--base-url`.
    Base,
    /// `--auth-url`.
    Auth,
}

impl UrlSetting {
    const fn flag(self) -> &'static str {
        match self {
            Self::Base => "--base-url",
            Self::Auth => "--auth-url",
        }
    }
}

impl std::fmt::Display for UrlSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Base => "the base URL",
            Self::Auth => "the URL of the token service",
        })
    }
}

/// Settings that lead nowhere. Found before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// A region that the provider does not have.
    #[error("there is no region {0:?}")]
    Region(String),
    /// A region in which projects are not served.
    #[error("projects are not served in the region {code}", code = .0.code())]
    ProjectRegion(ServiceRegion),
    /// An id that cannot be one.
    #[error("the id of the service plan or project is empty or holds more than letters, digits, - and _")]
    PlanId,
    /// Not a URL.
    #[error("{setting} is not a URL ({why})")]
    NotUrl {
        /// Which URL.
        setting: UrlSetting,
        /// What the parser says.
        why: String,
    },
    /// A scheme other than https.
    #[error("{setting} has the scheme {scheme:?}")]
    Scheme {
        /// Which URL.
        setting: UrlSetting,
        /// Its scheme.
        scheme: String,
    },
    /// http to another machine.
    #[error("{0} is plain http to another machine: the credentials would travel readable")]
    PlainHttp(UrlSetting),
    /// A user name or a password in the URL.
    #[error("{0} holds a user name or a password")]
    Userinfo(UrlSetting),
    /// A query or a fragment in the URL.
    #[error("{0} holds a query or a fragment")]
    Query(UrlSetting),
    /// A base URL without the plan's id.
    #[error("the base URL does not end in the id of a service plan or project")]
    NoPlan,
    /// A base URL with `/groups` at its end.
    #[error("the base URL ends in /groups")]
    EndsInGroups,
    /// An auth URL with a path.
    #[error("the URL of the token service has a path")]
    AuthPath,
    /// Nothing where a token, a key's id or its secret belongs, or characters that none has.
    #[error("{0} is empty or holds characters that cannot be sent")]
    Credential(&'static str),
    /// A rate outside of [`Rate::MIN`] to [`Rate::MAX`].
    #[error("the rate must be from {min} to {max} requests a second", min = Rate::MIN, max = Rate::MAX)]
    Rate,
    /// No time at all for a request.
    #[error("the timeout is zero")]
    Timeout,
    /// A file of authorities that cannot be read, or holds none.
    #[error("{path:?} gives no certificates ({why})")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A proxy variable that cannot be used.
    #[error("the proxy named by {variable} is not an http or https URL")]
    Proxy {
        /// The variable.
        variable: &'static str,
    },
    /// No TLS: usually a system without certificates.
    #[error("no secure connection can be set up ({0})")]
    Tls(String),
}

impl ConnectError {
    /// The flag, variable or file to change.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let https = |setting: &UrlSetting| {
            format!("{} takes an https URL, or http to localhost, 127.0.0.1 or [::1]", setting.flag())
        };
        Some(match self {
            Self::Region(_) => "SINCH_REGION is one of us, eu, au, br, ca".to_owned(),
            Self::ProjectRegion(_) => "with a project, SINCH_REGION is us or eu".to_owned(),
            Self::PlanId => "check SINCH_SERVICE_PLAN_ID or SINCH_PROJECT_ID".to_owned(),
            Self::NotUrl { setting, .. } | Self::Scheme { setting, .. } | Self::PlainHttp(setting) => https(setting),
            Self::Userinfo(_) => {
                "credentials go into SINCH_API_TOKEN, or SINCH_KEY_ID and SINCH_KEY_SECRET, never into a URL".to_owned()
            }
            Self::Query(setting) => format!("cut {} before the ? or #", setting.flag()),
            Self::NoPlan => {
                "--base-url is everything before /groups, such as https://us.sms.api.sinch.com/xms/v1/PLAN".to_owned()
            }
            Self::EndsInGroups => "leave /groups off --base-url (ROLLCALL_BASE_URL)".to_owned(),
            Self::AuthPath => "--auth-url is scheme, host and port; /oauth2/token is appended".to_owned(),
            Self::Credential(_) => {
                "check SINCH_API_TOKEN, or SINCH_KEY_ID and SINCH_KEY_SECRET, or token_file in rollcall.toml".to_owned()
            }
            Self::Rate => "change --rate".to_owned(),
            Self::Timeout => "change --timeout".to_owned(),
            Self::CaFile { .. } => "--ca-file takes certificates in PEM".to_owned(),
            Self::Proxy { variable } => format!("change or unset {variable}"),
            Self::Tls(_) => "install the system's certificates (ca-certificates), or name some by --ca-file".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_of_sense() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-9, 1e9] {
            assert_eq!(Rate::per_second(bad), Err(ConnectError::Rate), "{bad}");
        }
        assert!(Rate::per_second(0.25).is_ok());
    }
}
