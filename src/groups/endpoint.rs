//! Where the Groups API is, and whose account that is.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

use super::{ConnectError, UrlSetting};

/// Where the provider keeps an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the region's code")]
pub enum ServiceRegion {
    Us,
    Eu,
    Au,
    Br,
    Ca,
}

impl ServiceRegion {
    /// The code that stands in the provider's host names.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Eu => "eu",
            Self::Au => "au",
            Self::Br => "br",
            Self::Ca => "ca",
        }
    }
}

impl FromStr for ServiceRegion {
    type Err = ConnectError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "us" => Ok(Self::Us),
            "eu" => Ok(Self::Eu),
            "au" => Ok(Self::Au),
            "br" => Ok(Self::Br),
            "ca" => Ok(Self::Ca),
            other => Err(ConnectError::Region(other.to_owned())),
        }
    }
}

/// Whose groups these are. Baselines and leavers are kept under this, so it must not change with a port or a region's
/// host, and a sandbox must never pass for a real account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Account {
    /// The embedded sandbox.
    Sandbox {
        /// The service plan's id.
        plan: String,
    },
    /// The provider itself, in whatever region.
    Provider {
        /// The service plan's or project's id.
        plan: String,
    },
    /// Any other server.
    Other {
        /// Scheme, host and port; `loopback` for this machine, whatever the port.
        origin: String,
        /// The service plan's or project's id.
        plan: String,
    },
}

impl Account {
    /// A text that stays the same for the same account: `sandbox/…`, `provider/…`, `loopback/…` or `https://host/…`.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Sandbox { plan } => format!("sandbox/{plan}"),
            Self::Provider { plan } => format!("provider/{plan}"),
            Self::Other { origin, plan } => format!("{origin}/{plan}"),
        }
    }

    /// The service plan's or project's id.
    #[must_use]
    pub fn plan(&self) -> &str {
        match self {
            Self::Sandbox { plan } | Self::Provider { plan } | Self::Other { plan, .. } => plan,
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.key())
    }
}

/// Everything before `/groups`: https, or http to this machine, ending in the plan's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    base: Url,
    account: Account,
}

impl Endpoint {
    /// A service plan at the provider.
    ///
    /// # Errors
    /// When the id cannot be one.
    pub fn service_plan(region: ServiceRegion, plan: &str) -> Result<Self, ConnectError> {
        Self::provider(&format!("https://{}.sms.api.sinch.com/xms/v1", region.code()), plan)
    }

    /// A project at the provider: in the US and the EU only.
    ///
    /// # Errors
    /// When the id cannot be one, or projects are not served in the region.
    pub fn project(region: ServiceRegion, project: &str) -> Result<Self, ConnectError> {
        match region {
            ServiceRegion::Us | ServiceRegion::Eu => {
                Self::provider(&format!("https://zt.{}.sms.api.sinch.com/xms/v1", region.code()), project)
            }
            ServiceRegion::Au | ServiceRegion::Br | ServiceRegion::Ca => Err(ConnectError::ProjectRegion(region)),
        }
    }

    /// Any base URL: everything before `/groups`.
    ///
    /// # Errors
    /// When it is no URL that a token may be sent to, or does not end in a plan's id.
    pub fn at(base_url: &str) -> Result<Self, ConnectError> {
        let (base, plan) = parse_base(base_url)?;
        let host = base.host_str().unwrap_or_default();
        let account = if host.ends_with(".sms.api.sinch.com") {
            Account::Provider { plan }
        } else {
            let origin = if is_loopback(&base) { "loopback".to_owned() } else { base.origin().ascii_serialization() };
            Account::Other { origin, plan }
        };
        Ok(Self { base, account })
    }

    /// The embedded sandbox, on whatever port it listens today.
    ///
    /// # Errors
    /// As [`Endpoint::at`].
    pub fn sandbox(base_url: &str) -> Result<Self, ConnectError> {
        let (base, plan) = parse_base(base_url)?;
        Ok(Self { base, account: Account::Sandbox { plan } })
    }

    fn provider(prefix: &str, plan: &str) -> Result<Self, ConnectError> {
        let plan = plan.trim();
        let plausible = plan.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if plan.is_empty() || !plausible {
            return Err(ConnectError::PlanId);
        }
        Self::at(&format!("{prefix}/{plan}"))
    }

    /// Whose groups are there.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.base.as_str()
    }

    pub(super) fn url(&self) -> &Url {
        &self.base
    }
}

/// Where access tokens are given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthUrl(Url);

impl AuthUrl {
    /// The provider's.
    pub const PROVIDER: &'static str = "https://auth.sinch.com";

    /// An origin, to which `/oauth2/token` is appended.
    ///
    /// # Errors
    /// When it is no origin that a secret may be sent to.
    pub fn at(origin: &str) -> Result<Self, ConnectError> {
        let mut url = parse(UrlSetting::Auth, origin)?;
        if url.path() != "/" {
            return Err(ConnectError::AuthPath);
        }
        url.set_path("/oauth2/token");
        Ok(Self(url))
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

fn parse_base(text: &str) -> Result<(Url, String), ConnectError> {
    let mut url = parse(UrlSetting::Base, text)?;
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    match path.rsplit('/').next() {
        Some("" | "xms" | "v1") | None => Err(ConnectError::NoPlan),
        Some("groups") => Err(ConnectError::EndsInGroups),
        Some(plan) => Ok((url.clone(), plan.to_owned())),
    }
}

/// A URL that secrets may be sent to: https, or http to this machine; no password, query or fragment in it.
fn parse(setting: UrlSetting, text: &str) -> Result<Url, ConnectError> {
    let url = Url::parse(text.trim()).map_err(|error| ConnectError::NotUrl { setting, why: error.to_string() })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ConnectError::Userinfo(setting));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(ConnectError::Query(setting));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(ConnectError::PlainHttp(setting)),
        other => Err(ConnectError::Scheme { setting, scheme: other.to_owned() }),
    }
}

/// Whether the URL leads to this machine: 127.0.0.0/8, `::1` or `localhost`.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse::<IpAddr>().map_or(bare == "localhost", |address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    fn key(base: &str) -> String {
        Endpoint::at(base).unwrap().account().key()
    }

    #[test]
    fn a_region_and_an_id_make_the_documented_address() {
        let plan = Endpoint::service_plan("EU".parse().unwrap(), "plan1").unwrap();
        assert_eq!(plan.base_url(), "https://eu.sms.api.sinch.com/xms/v1/plan1");
        let project = Endpoint::project(ServiceRegion::Us, "p-1").unwrap();
        assert_eq!(project.base_url(), "https://zt.us.sms.api.sinch.com/xms/v1/p-1");
        assert!(Endpoint::project(ServiceRegion::Au, "p-1").is_err());
        assert!("mars".parse::<ServiceRegion>().is_err());
        for id in ["", " ", "a/b", "a b", "..", "ü"] {
            assert!(Endpoint::service_plan(ServiceRegion::Us, id).is_err(), "{id:?}");
        }
    }

    #[test]
    fn an_account_is_not_its_address() {
        assert_eq!(key("http://127.0.0.1:4000/xms/v1/p"), key("http://localhost:5000/xms/v1/p/"));
        assert_eq!(key("http://[::1]:4000/xms/v1/p"), "loopback/p");
        assert_eq!(key("https://us.sms.api.sinch.com/xms/v1/p"), "provider/p");
        assert_eq!(Endpoint::service_plan(ServiceRegion::Eu, "p").unwrap().account().key(), "provider/p");
        assert_eq!(key("https://gateway.example:8443/x/p"), "https://gateway.example:8443/p");
        assert_eq!(key("https://sms.api.sinch.com.example/x/p"), "https://sms.api.sinch.com.example/p");
        let sandbox = Endpoint::sandbox("http://127.0.0.1:4000/xms/v1/p").unwrap();
        assert_eq!(sandbox.account().key(), "sandbox/p");
    }

    #[test]
    fn a_token_travels_over_https_or_to_this_machine_only() {
        for good in
            ["https://a.example/p", "http://127.9.9.9:1/p", "http://[::1]/p", "http://localhost:1/p", "HTTPS://A/p"]
        {
            assert!(Endpoint::at(good).is_ok(), "{good}");
        }
        for bad in [
            "http://a.example/p",
            "http://128.0.0.1/p",
            "http://localhost.example/p",
            "http://127.0.0.1.example/p",
            "ftp://a.example/p",
            "https://user:pw@a.example/p",
            "https://a.example/p?x=1",
            "https://a.example/p#x",
            "https://a.example/",
            "https://a.example/xms/v1",
            "https://a.example/xms/v1/p/groups",
            "a.example/p",
            "",
        ] {
            let error = Endpoint::at(bad).unwrap_err();
            assert!(error.hint().is_some(), "{bad}: {error}");
        }
    }

    #[test]
    fn the_auth_url_is_an_origin() {
        let auth = AuthUrl::at("http://127.0.0.1:9").unwrap();
        assert_eq!(auth.url().as_str(), "http://127.0.0.1:9/oauth2/token");
        assert_eq!(AuthUrl::at(AuthUrl::PROVIDER).unwrap().url().as_str(), "https://auth.sinch.com/oauth2/token");
        assert!(AuthUrl::at("https://auth.example/oauth2/token").is_err());
        assert!(AuthUrl::at("http://auth.example").is_err());
    }
}
