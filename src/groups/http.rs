//! One request, one typed answer. Knows nothing of pace, repeats or where the token comes from.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue};
use reqwest::{Method, Url, redirect};

use super::answer::{Answer, Unread, read_error};
use super::failure::Failure;
use super::{ApiError, ConnectError, Connection, ErrorClass, GroupId, Operation};

/// A request that can be sent as often as it must be.
pub(super) struct Call {
    pub(super) operation: Operation,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Bytes>,
    /// The group it is about.
    pub(super) group: Option<GroupId>,
    /// Whether it does no harm to repeat it when nobody knows if it was applied.
    pub(super) harmless: bool,
}

/// The HTTP client and its patience.
pub(super) struct Http {
    client: reqwest::Client,
    timeout: Duration,
    /// How far this machine's clock is ahead of the server's, as its first answer said, in seconds.
    skew: OnceLock<i64>,
}

impl Http {
    pub(super) fn new(connection: &Connection) -> Result<Self, ConnectError> {
        Ok(Self {
            client: client_for(connection.endpoint.url(), connection)?,
            timeout: connection.timeout,
            skew: OnceLock::new(),
        })
    }

    /// Sends the call once.
    pub(super) async fn send<A: Answer>(&self, call: &Call, authorization: &HeaderValue) -> Result<A, Failure> {
        let mut request = self
            .client
            .request(call.method.clone(), call.url.clone())
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, authorization);
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let response = match tokio::time::timeout(self.timeout, request.send()).await {
            Err(_) => return Err(Failure::timed_out(call.operation, self.timeout)),
            Ok(Err(error)) => return Err(Failure::from_transport(call.operation, &error)),
            Ok(Ok(response)) => response,
        };
        self.compare_clocks(response.headers());
        let status = response.status();
        tracing::debug!(operation = ?call.operation, status = status.as_u16(), "answered");
        if !status.is_success() {
            let headers = response.headers().clone();
            let body = read_error(response, self.timeout).await;
            let mut failure = Failure::from_answer(call.operation, status.as_u16(), &headers, &body);
            failure.error = failure.error.without(bearer(authorization));
            return Err(failure);
        }
        A::read(response, self.timeout).await.map_err(|unread| {
            let mut failure = self.unusable(call.operation, unread);
            failure.error.status = Some(status.as_u16());
            failure
        })
    }

    /// How far this machine's clock is ahead of the server's, in seconds; none before the first answer, or when it did
    /// not say.
    pub(super) fn skew(&self) -> Option<i64> {
        self.skew.get().copied()
    }

    fn compare_clocks(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        let theirs = date.and_then(|date| jiff::Timestamp::try_from(date).ok());
        if let Some(theirs) = theirs {
            // The first answer is as good as any other.
            let _ = self.skew.set(jiff::Timestamp::now().as_second() - theirs.as_second());
        }
    }

    /// A success whose body could not be used: for a write nobody knows, a read may be tried again unless the server
    /// would only say the same again.
    fn unusable(&self, operation: Operation, unread: Unread) -> Failure {
        match unread {
            Unread::Lost(error) => Failure::from_transport(operation, &error),
            Unread::Slow => Failure::timed_out(operation, self.timeout),
            Unread::Torn => ApiError::new(operation, ErrorClass::Ambiguous, "the answer is torn").into(),
            Unread::Alien(why) => {
                let class = if operation.is_read() { ErrorClass::Stop } else { ErrorClass::Ambiguous };
                ApiError::new(operation, class, why).into()
            }
        }
    }
}

fn bearer(authorization: &HeaderValue) -> &str {
    authorization.to_str().ok().and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default()
}

/// A client for one origin: no redirects, as credentials would follow; no proxy to this machine; and no certificates
/// read where nothing is encrypted, so that a bare container can use a sandbox.
pub(super) fn client_for(url: &Url, connection: &Connection) -> Result<reqwest::Client, ConnectError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        // Below the whole patience, so that a connection that never came about is known as such.
        .connect_timeout((connection.timeout / 2).min(Duration::from_secs(10)))
        // Shorter than servers wait: a request that meets the end of an idle connection has an unknown fate.
        .pool_idle_timeout(Duration::from_secs(20))
        .pool_max_idle_per_host(connection.concurrency.get());
    if !super::endpoint::is_loopback(url)
        && let Some(proxy) = connection.proxies.for_https()?
    {
        builder = builder.proxy(proxy);
    }
    if url.scheme() == "http" {
        builder = builder.tls_certs_only([]);
    } else if let Some(path) = &connection.ca_file {
        let unusable = |why: String| ConnectError::CaFile { path: path.clone(), why };
        let pem = std::fs::read(path).map_err(|error| unusable(error.kind().to_string()))?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|_| unusable("no PEM".to_owned()))?;
        if certificates.is_empty() {
            return Err(unusable("none in it".to_owned()));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| {
        let root = std::iter::successors(std::error::Error::source(&error), |cause| (*cause).source()).last();
        ConnectError::Tls(root.map_or_else(|| "the client cannot be built".to_owned(), ToString::to_string))
    })
}
