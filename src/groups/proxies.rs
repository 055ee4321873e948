//! The proxies that the environment names.

use std::fmt;

use super::ConnectError;

/// Which proxy requests go through, by the customary variables: `HTTPS_PROXY` (else `ALL_PROXY`) and `NO_PROXY`, each
/// in either case, lower case first. Plain http only ever goes to loopback, and loopback is never proxied, so
/// `HTTP_PROXY` has no say.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    https: Option<Named>,
    except: Option<String>,
}

/// A proxy's URL, which may hold a password, and the variable that gave it.
#[derive(Clone, PartialEq, Eq)]
struct Named {
    variable: &'static str,
    url: String,
}

impl Proxies {
    /// The proxies that the variables name; `variable` gives a variable's value.
    #[must_use]
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let filled = |name: &str| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self {
            https: ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
                .into_iter()
                .find_map(|variable| Some(Named { variable, url: filled(variable)? })),
            except: ["no_proxy", "NO_PROXY"].into_iter().find_map(filled),
        }
    }

    /// The proxy for a client that talks to one https origin, when there is one.
    pub(super) fn for_https(&self) -> Result<Option<reqwest::Proxy>, ConnectError> {
        let Some(Named { variable, url }) = &self.https else { return Ok(None) };
        // A bare `proxy.example:3128` is customary; http is meant.
        let url = if url.contains("://") { url.clone() } else { format!("http://{url}") };
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(ConnectError::Proxy { variable });
        }
        let proxy = reqwest::Proxy::https(url).map_err(|_| ConnectError::Proxy { variable })?;
        Ok(Some(proxy.no_proxy(self.except.as_deref().and_then(reqwest::NoProxy::from_string))))
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies")
            .field("https", &self.https.as_ref().map(|named| named.variable))
            .field("except", &self.except)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    fn proxies(pairs: &[(&str, &str)]) -> Proxies {
        Proxies::from_variables(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn lower_case_wins_and_https_wins_over_all() {
        let both = proxies(&[("HTTPS_PROXY", "http://b"), ("https_proxy", "http://a"), ("all_proxy", "http://c")]);
        assert_eq!(both.https.unwrap().url, "http://a");
        assert_eq!(proxies(&[("ALL_PROXY", "http://c")]).https.unwrap().url, "http://c");
        assert!(proxies(&[("HTTPS_PROXY", " "), ("HTTP_PROXY", "http://x")]).https.is_none());
    }

    #[test]
    fn a_proxy_that_cannot_be_used_names_its_variable_and_no_password() {
        let odd = proxies(&[("ALL_PROXY", "socks5://user:hush@proxy:1080")]);
        let error = odd.for_https().unwrap_err().to_string();
        assert!(error.contains("ALL_PROXY") && !error.contains("hush"), "{error}");
        assert!(!format!("{odd:?}").contains("hush"));
        assert!(proxies(&[("https_proxy", "proxy.example:3128")]).for_https().unwrap().is_some());
    }
}
