//! One failed attempt: the error, and what it tells the layers above.

use std::error::Error;
use std::io;
use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};

use super::{ApiError, ErrorClass, Operation, PauseReason};

/// An attempt that failed.
pub(super) struct Failure {
    pub(super) error: ApiError,
    pub(super) signal: Signal,
}

/// What a failed attempt says beyond its own fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// Nothing.
    None,
    /// Everybody should wait: for as long as the server says, if it says.
    Pause { why: PauseReason, wait: Option<Duration> },
    /// The access token has ended before its time.
    TokenExpired,
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self { error, signal: Signal::None }
    }
}

impl Failure {
    /// An answer that is no success.
    pub(super) fn from_answer(operation: Operation, status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let mut error = ApiError::from_answer(operation, status, body);
        if (300..400).contains(&status) {
            error = error.advising(
                "the server sends us elsewhere, and credentials do not follow: name the right address by --base-url",
            );
        }
        let signal = match status {
            401 if says_expired(headers) => Signal::TokenExpired,
            429 => Signal::Pause { why: PauseReason::TooManyRequests, wait: retry_after(headers, SystemTime::now()) },
            503 => Signal::Pause { why: PauseReason::Unavailable, wait: retry_after(headers, SystemTime::now()) },
            _ => Signal::None,
        };
        Self { error, signal }
    }

    /// No answer, or half of one.
    pub(super) fn from_transport(operation: Operation, error: &reqwest::Error) -> Self {
        if let Some(rustls::Error::InvalidCertificate(_)) = tls_error(error) {
            let why = "the server's certificate is not trusted";
            return ApiError::new(operation, ErrorClass::Stop, why)
                .advising(
                    "if that server is your own, name its authority by --ca-file; otherwise somebody may be listening",
                )
                .into();
        }
        // Only while there is no connection is it certain that nothing was sent.
        let class = if error.is_connect() { ErrorClass::NotApplied } else { ErrorClass::Ambiguous };
        ApiError::new(operation, class, describe(error)).into()
    }

    /// The patience ended after the request was handed over.
    pub(super) fn timed_out(operation: Operation, patience: Duration) -> Self {
        let summary = format!("no answer within {} s", patience.as_secs_f64());
        ApiError::new(operation, ErrorClass::Ambiguous, summary).into()
    }
}

/// What the operating system or the protocol complains of. The library's own words name URLs: none of them is used.
fn describe(error: &reqwest::Error) -> String {
    if error.is_connect() && error.is_timeout() {
        return "no connection came about in time".to_owned();
    }
    if error.is_dns() {
        return "the server's name is not known".to_owned();
    }
    if let Some(tls) = tls_error(error) {
        return format!("no secure connection ({tls})");
    }
    // The innermost is what the operating system said; the others wrap it.
    let kind = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last().map(io::Error::kind);
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => "the connection was refused".to_owned(),
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof) => {
            "the connection broke before the answer was whole".to_owned()
        }
        Some(kind) if error.is_connect() => format!("no connection ({kind})"),
        None if error.is_connect() => "no connection, perhaps because of a proxy".to_owned(),
        Some(_) | None => "the connection ended before the answer was whole".to_owned(),
    }
}

fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>())
}

/// The error's causes, outermost first. An I/O error does not name what it wraps as its source, so it is asked.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause| match cause.downcast_ref().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => (*cause).source(),
    })
}

fn says_expired(headers: &HeaderMap) -> bool {
    headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.to_ascii_lowercase().contains("expired"))
}

/// How long the server asks us to wait: seconds, or a date, which is read by the server's own clock when it shows it
/// (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let date = |value: &HeaderValue| httpdate::parse_http_date(value.to_str().ok()?).ok();
    let server_now = headers.get(DATE).and_then(date).unwrap_or(now);
    Some(until.duration_since(server_now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    fn asked(retry_after_value: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after_value.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        retry_after(&headers, httpdate::parse_http_date("Mon, 01 Jan 2024 00:00:00 GMT").unwrap())
    }

    #[test]
    fn retry_after_has_two_forms_and_no_third() {
        assert_eq!(asked("12", None), Some(Duration::from_secs(12)));
        assert_eq!(asked("0.5", None), Some(Duration::from_millis(500)));
        assert_eq!(asked("Mon, 01 Jan 2024 00:00:30 GMT", None), Some(Duration::from_secs(30)));
        assert_eq!(asked("Wed, 01 Jan 2020 00:00:00 GMT", None), Some(Duration::ZERO));
        for nonsense in ["-1", "NaN", "soon", "", "1e400"] {
            assert_eq!(asked(nonsense, None), None, "{nonsense}");
        }
    }

    #[test]
    fn a_date_is_read_by_the_clock_of_who_wrote_it() {
        let wait = asked("Tue, 02 Jan 2024 12:00:10 GMT", Some("Tue, 02 Jan 2024 12:00:00 GMT"));
        assert_eq!(wait, Some(Duration::from_secs(10)));
    }
}
