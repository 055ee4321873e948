//! Who may come in: the API token, and the tokens that `/oauth2/token` issues.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::settings::{OauthKey, Settings};

/// How many issued tokens are remembered: past that the ones that end first are forgotten.
const REMEMBERED: usize = 4096;

pub(super) struct Doors {
    token: String,
    /// The `Authorization` header that gets a token, when there is a key.
    basic: Option<String>,
    lifetime: Duration,
    issued: Mutex<HashMap<String, Instant>>,
}

/// What the doors make of an `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Valid,
    Missing,
    Unknown,
    Expired,
}

impl Doors {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            token: settings.token.expose().to_owned(),
            basic: settings.key.as_ref().map(basic),
            lifetime: settings.token_lifetime,
            issued: Mutex::new(HashMap::new()),
        }
    }

    /// Judges `Authorization: Bearer …`.
    pub(super) fn pass(&self, header: Option<&str>) -> Pass {
        let Some(token) = header.and_then(|header| credentials(header, "bearer")) else { return Pass::Missing };
        if token == self.token {
            return Pass::Valid;
        }
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        match issued.get(token) {
            Some(ends) if Instant::now() < *ends => Pass::Valid,
            Some(_) => Pass::Expired,
            None => Pass::Unknown,
        }
    }

    /// Judges `Authorization: Basic …` and issues a token with its lifetime.
    pub(super) fn issue(&self, header: Option<&str>) -> Option<(String, Duration)> {
        let shown = header.and_then(|header| credentials(header, "basic"))?;
        if self.basic.as_deref() != Some(shown) {
            return None;
        }
        let token = format!("sandbox.{:032x}", fastrand::u128(..));
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if issued.len() >= REMEMBERED
            && let Some(first) = issued.iter().min_by_key(|(_, ends)| **ends).map(|(token, _)| token.clone())
        {
            issued.remove(&first);
        }
        issued.insert(token.clone(), Instant::now() + self.lifetime);
        Some((token, self.lifetime))
    }
}

/// What follows the scheme's name, which is written in any case (RFC 9110, 11.1).
fn credentials<'a>(header: &'a str, scheme: &str) -> Option<&'a str> {
    let (name, credentials) = header.split_once(' ')?;
    name.eq_ignore_ascii_case(scheme).then_some(credentials.trim_start_matches(' '))
}

/// `id:secret` in base64 (RFC 4648): writing it is enough, as there is one way to write it.
fn basic(key: &OauthKey) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = format!("{}:{}", key.id, key.secret.expose());
    let mut encoded = String::new();
    for triple in text.as_bytes().chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, at| (bits << 8) | usize::from(triple.get(at).copied().unwrap_or(0)));
        for place in 0..4 {
            let digit = ALPHABET.get((bits >> (18 - 6 * place)) & 63).copied().map_or('=', char::from);
            encoded.push(if place <= triple.len() { digit } else { '=' });
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::groups::Secret;

    fn doors(lifetime: Duration) -> Doors {
        let key = OauthKey { id: "key".to_owned(), secret: Secret::new("secret") };
        Doors::new(&Settings { key: Some(key), token_lifetime: lifetime, ..Settings::default() })
    }

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (id, secret, encoded) in [
            ("Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("a", "b", "YTpi"),
            ("a", "", "YTo="),
            ("", "", "Og=="),
        ] {
            let key = OauthKey { id: id.to_owned(), secret: Secret::new(secret) };
            assert_eq!(basic(&key), encoded);
        }
    }

    #[test]
    fn an_issued_token_is_good_until_it_expires() {
        let lasting = doors(Duration::from_hours(1));
        let (token, lifetime) = lasting.issue(Some("basic a2V5OnNlY3JldA==")).unwrap();
        assert_eq!(lifetime, Duration::from_hours(1));
        assert_eq!(lasting.pass(Some(&format!("bearer {token}"))), Pass::Valid);

        let fleeting = doors(Duration::ZERO);
        let (token, _) = fleeting.issue(Some("Basic a2V5OnNlY3JldA==")).unwrap();
        assert_eq!(fleeting.pass(Some(&format!("Bearer {token}"))), Pass::Expired);
    }

    #[test]
    fn nobody_comes_in_with_anything_else() {
        let doors = doors(Duration::from_secs(1));
        for header in [None, Some(""), Some("Bearer"), Some("Basic a2V5OnNlY3JldA==")] {
            assert_eq!(doors.pass(header), Pass::Missing, "{header:?}");
        }
        assert_eq!(doors.pass(Some("Bearer other")), Pass::Unknown);
        for header in [None, Some("Basic a2V5Og=="), Some("Bearer a2V5OnNlY3JldA==")] {
            assert!(doors.issue(header).is_none(), "{header:?}");
        }
        assert!(Doors::new(&Settings::default()).issue(Some("Basic Og==")).is_none());
    }

    #[test]
    fn the_tokens_remembered_are_bounded() {
        let doors = doors(Duration::from_hours(1));
        for _ in 0..=REMEMBERED {
            doors.issue(Some("Basic a2V5OnNlY3JldA==")).unwrap();
        }
        assert_eq!(doors.issued.lock().unwrap().len(), REMEMBERED);
    }
}
