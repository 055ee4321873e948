//! What goes into the `Authorization` header: a fixed token, or one that must be fetched and renewed.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::answer::read_error;
use super::failure::{Failure, Signal};
use super::http::client_for;
use super::{ApiError, ConnectError, Connection, Credentials, ErrorClass, Operation, Secret};

/// Who we are, request by request.
pub(super) enum Auth {
    /// A service plan's token.
    Fixed(HeaderValue),
    /// A project's key.
    Project(Box<TokenSource>),
}

impl Auth {
    pub(super) fn new(connection: &Connection) -> Result<Self, ConnectError> {
        match &connection.credentials {
            Credentials::Token(token) => {
                bearer(token.expose()).map(Self::Fixed).ok_or(ConnectError::Credential("the API token"))
            }
            Credentials::Project { key_id, key_secret, auth_url } => {
                if key_id.is_empty() || key_id.contains([':', '\n', '\r']) {
                    return Err(ConnectError::Credential("the key's id"));
                }
                if key_secret.is_empty() {
                    return Err(ConnectError::Credential("the key's secret"));
                }
                Ok(Self::Project(Box::new(TokenSource {
                    client: client_for(auth_url.url(), connection)?,
                    url: auth_url.url().clone(),
                    key_id: key_id.clone(),
                    key_secret: key_secret.clone(),
                    timeout: connection.timeout,
                    token: Mutex::new(None),
                    renewal: tokio::sync::Mutex::new(None),
                })))
            }
        }
    }

    /// What a refused account should look at.
    pub(super) fn advice(&self) -> &'static str {
        match self {
            Self::Fixed(_) => {
                "check SINCH_API_TOKEN and SINCH_SERVICE_PLAN_ID, and that SINCH_REGION is the account's region"
            }
            Self::Project(_) => {
                "check SINCH_KEY_ID, SINCH_KEY_SECRET and SINCH_PROJECT_ID, and that SINCH_REGION is the project's region"
            }
        }
    }

    /// The header's value. A token is fetched when there is none that lives; `turn` is waited for before that.
    pub(super) async fn header(
        &self,
        operation: Operation,
        turn: impl Future<Output = Result<(), Failure>>,
    ) -> Result<HeaderValue, Failure> {
        match self {
            Self::Fixed(header) => Ok(header.clone()),
            Self::Project(source) => match source.living() {
                Some(header) => Ok(header),
                None => source.renew(operation, turn).await,
            },
        }
    }

    /// Forgets the token that a request was refused with, unless it was renewed already. Whether a new one can be had.
    pub(super) fn forget(&self, refused: &HeaderValue) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Project(source) => {
                let mut token = source.token.lock().unwrap_or_else(PoisonError::into_inner);
                token.take_if(|token| token.header == *refused);
                true
            }
        }
    }
}

fn bearer(token: &str) -> Option<HeaderValue> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let mut header = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// OAuth 2.0, client credentials (RFC 6749, 4.4): the token is kept in memory alone.
pub(super) struct TokenSource {
    client: reqwest::Client,
    url: Url,
    key_id: String,
    key_secret: Secret,
    timeout: Duration,
    token: Mutex<Option<Token>>,
    /// Held by whoever fetches a token; keeps the last failure for those who waited for it meanwhile.
    renewal: tokio::sync::Mutex<Option<(Instant, ApiError)>>,
}

struct Token {
    header: HeaderValue,
    renew_at: Instant,
}

/// What the provider documents ("about an hour"), for an answer that does not say.
const USUAL_LIFE: Duration = Duration::from_hours(1);
/// A token is renewed this long before its end, or a tenth of its life if that is less.
const MARGIN: Duration = Duration::from_mins(1);

impl TokenSource {
    fn living(&self) -> Option<HeaderValue> {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        token.as_ref().filter(|token| Instant::now() < token.renew_at).map(|token| token.header.clone())
    }

    async fn renew(
        &self,
        operation: Operation,
        turn: impl Future<Output = Result<(), Failure>>,
    ) -> Result<HeaderValue, Failure> {
        let asked = Instant::now();
        let mut last_failure = self.renewal.lock().await;
        if let Some(header) = self.living() {
            return Ok(header);
        }
        if let Some((_, error)) = last_failure.as_ref().filter(|(when, _)| *when >= asked) {
            let mut error = error.clone();
            error.operation = operation;
            return Err(error.into());
        }
        turn.await?;
        match self.fetch(operation).await {
            Ok(token) => {
                let header = token.header.clone();
                *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
                *last_failure = None;
                Ok(header)
            }
            Err(mut failure) => {
                failure.error = classed(failure.error);
                if failure.signal == Signal::TokenExpired {
                    failure.signal = Signal::None;
                }
                *last_failure = Some((Instant::now(), failure.error.clone()));
                Err(failure)
            }
        }
    }

    async fn fetch(&self, operation: Operation) -> Result<Token, Failure> {
        let request = self
            .client
            .post(self.url.clone())
            .basic_auth(&self.key_id, Some(self.key_secret.expose()))
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let asked = Instant::now();
        let response = match tokio::time::timeout(self.timeout, request.send()).await {
            Err(_) => return Err(Failure::timed_out(operation, self.timeout)),
            Ok(Err(error)) => return Err(Failure::from_transport(operation, &error)),
            Ok(Ok(response)) => response,
        };
        let (status, headers) = (response.status(), response.headers().clone());
        tracing::debug!(status = status.as_u16(), "the token service answered");
        let body = read_error(response, self.timeout).await;
        if !status.is_success() {
            let mut failure = Failure::from_answer(operation, status.as_u16(), &headers, &body);
            failure.error = failure.error.without(self.key_secret.expose());
            return Err(failure);
        }
        // A body that is cut short is as good as none: it is asked for again.
        let unusable = || ApiError::new(operation, ErrorClass::NotApplied, "the token service gave no token");
        let answer: Map<String, Value> = serde_json::from_slice(&body).map_err(|_| unusable())?;
        let header = answer.get("access_token").and_then(Value::as_str).and_then(bearer).ok_or_else(unusable)?;
        let life = match answer.get("expires_in") {
            Some(Value::Number(seconds)) => seconds.as_f64(),
            Some(Value::String(seconds)) => seconds.trim().parse().ok(),
            _ => None,
        };
        let life = life.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(USUAL_LIFE);
        let life = life.min(USUAL_LIFE * 24);
        Ok(Token { header, renew_at: asked + life.saturating_sub(MARGIN.min(life / 10)) })
    }
}

/// The class of a failure to get a token, for the call that needed it: that call was not sent.
fn classed(mut error: ApiError) -> ApiError {
    let class = match error.class {
        ErrorClass::NotApplied | ErrorClass::Ambiguous => ErrorClass::NotApplied,
        ErrorClass::Refused | ErrorClass::Account => ErrorClass::Account,
        ErrorClass::TooLarge | ErrorClass::NotFound | ErrorClass::NameTaken | ErrorClass::Stop => ErrorClass::Stop,
    };
    let advice = match class {
        ErrorClass::Account => Some("the project's key was refused: check SINCH_KEY_ID and SINCH_KEY_SECRET"),
        ErrorClass::Stop if error.status.is_some() => Some("check --auth-url: this is no answer of a token service"),
        _ => None,
    };
    error.class = class;
    match advice {
        Some(advice) => error.advising(advice),
        None => error,
    }
}
