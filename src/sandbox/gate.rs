//! What every request passes before and after it is carried out: its whole body is read, the limits are asked, it
//! waits, it may be struck by a fault, and it is written down.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::desk::{App, problem};
use super::log::{Counts, LogEntry, masked};
use super::port::{Cut, Scissors};
use super::settings::{RateLimit, Settings};
use super::{Fault, FaultPlan};

/// The largest body: 10,000 numbers twice take less than a tenth of it.
const MAX_BODY: usize = 4 << 20;
/// How much of a body that is too large is still read, so that its sender is not cut off before the answer.
const MAX_DISCARDED: usize = 64 << 20;
/// In how many pieces a slow answer comes.
const SLOW_PIECES: u32 = 8;

/// The limits, the faults, and the counters behind them.
pub(super) struct Gate {
    ordinals: AtomicU64,
    outstanding: Arc<AtomicUsize>,
    max_outstanding: Option<usize>,
    bucket: Option<Mutex<Bucket>>,
    latency: Duration,
    faults: FaultPlan,
    seed: u64,
    slow_for: Duration,
    hang_for: Duration,
    stopping: CancellationToken,
}

impl Gate {
    pub(super) fn new(settings: &Settings, stopping: CancellationToken) -> Self {
        Self {
            ordinals: AtomicU64::new(0),
            outstanding: Arc::default(),
            max_outstanding: settings.max_outstanding,
            bucket: settings.rate_limit.map(|limit| Mutex::new(Bucket::full(limit))),
            latency: settings.latency,
            faults: settings.faults.clone(),
            seed: settings.seed,
            slow_for: settings.slow_for,
            hang_for: settings.hang_for,
            stopping,
        }
    }

    /// How many requests are being worked on.
    pub(super) fn outstanding(&self) -> usize {
        self.outstanding.load(Ordering::Relaxed)
    }

    /// Lets a request in until the guard is dropped, or says why not.
    fn admit(&self) -> Result<Outstanding, Busy> {
        let guard = Outstanding(Arc::clone(&self.outstanding));
        let before = guard.0.fetch_add(1, Ordering::Relaxed);
        if self.max_outstanding.is_some_and(|most| before >= most) {
            return Err(Busy::Outstanding);
        }
        if let Some(bucket) = &self.bucket {
            let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
            bucket.take(Instant::now()).map_err(Busy::Rate)?;
        }
        Ok(guard)
    }
}

/// Why a request has to come again later.
enum Busy {
    /// Too many are being worked on.
    Outstanding,
    /// Too many came; there is room after this time.
    Rate(Duration),
}

/// One request being worked on.
struct Outstanding(Arc<AtomicUsize>);

impl Drop for Outstanding {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A token bucket that holds one second's worth, at least one.
struct Bucket {
    rate: f64,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    fn full(limit: RateLimit) -> Self {
        let rate = limit.per_second();
        Self { rate, tokens: rate.max(1.0), filled: Instant::now() }
    }

    /// Takes a token, or says how long until there is one.
    fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let since = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + since * self.rate).min(self.rate.max(1.0));
        self.filled = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::try_from_secs_f64((1.0 - self.tokens) / self.rate).unwrap_or(Duration::MAX))
    }
}

/// Where a handler says how many numbers it met.
#[derive(Clone, Default)]
pub(super) struct Tally(Arc<OnceLock<Counts>>);

impl Tally {
    pub(super) fn note(&self, counts: Counts) {
        let _ = self.0.set(counts);
    }
}

/// A request's line in the log, written when the request ends in whatever way: its client may leave at any time.
struct Line<'a> {
    app: &'a App,
    entry: LogEntry,
    tally: Tally,
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        self.entry.counts = self.tally.0.get().copied().unwrap_or_default();
        self.app.log.record(self.entry.clone());
    }
}

/// The middleware around everything.
pub(super) async fn gate(
    State(app): State<Arc<App>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let tally = Tally::default();
    parts.extensions.insert(tally.clone());
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let mut line = Line {
        app: &app,
        entry: LogEntry {
            ordinal: app.gate.ordinals.fetch_add(1, Ordering::Relaxed) + 1,
            at: Timestamp::now(),
            method: parts.method.to_string(),
            path: masked(path, &app.plan),
            counts: Counts::default(),
            status: None,
            fault: None,
        },
        tally,
    };
    let is_api = parts.uri.path().starts_with("/xms/");
    let answer = match read(body).await {
        Ok(Some(body)) => {
            let request = Request::from_parts(parts, Body::from(body));
            if is_api { strike(&app.gate, &mut line.entry, request, next).await } else { Ok(next.run(request).await) }
        }
        Ok(None) => {
            let text = format!("The body is larger than {MAX_BODY} bytes.");
            Ok(problem(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", &text))
        }
        Err(_) => Err(Cut::Close),
    };
    match answer {
        Ok(response) => {
            line.entry.status = Some(response.status().as_u16());
            response
        }
        Err(cut) => {
            scissors.cut(cut);
            // Goes nowhere: there is no connection to write it to.
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Carries a request out, or not, as the limits and the dice say.
async fn strike(gate: &Gate, entry: &mut LogEntry, request: Request, next: Next) -> Result<Response, Cut> {
    let _outstanding = match gate.admit() {
        Ok(guard) => guard,
        Err(busy) => return Ok(too_many(&busy)),
    };
    if !gate.latency.is_zero() {
        // Not even a sleep of nothing is over at once: timers go by the millisecond.
        sleep(gate.latency).await;
    }
    entry.fault = gate.faults.strikes(gate.seed, entry.ordinal);
    match entry.fault {
        None => Ok(next.run(request).await),
        Some(Fault::TooManyRequests) => Ok(too_many(&Busy::Outstanding)),
        Some(Fault::ServerError) => Ok(server_error(&entry.path)),
        Some(Fault::Unavailable) => Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        Some(Fault::Reset) => Err(Cut::Reset),
        Some(Fault::Lost) => {
            next.run(request).await;
            Err(Cut::Close)
        }
        Some(Fault::Hang) => {
            tokio::select! {
                () = sleep(gate.hang_for) => {}
                () = gate.stopping.cancelled() => {}
            }
            Err(Cut::Close)
        }
        Some(Fault::Slow) => slow(next.run(request).await, gate.slow_for).await,
        Some(Fault::Truncate) => truncated(next.run(request).await).await,
    }
}

/// The whole body; `None` when it is too large.
async fn read(body: Body) -> Result<Option<Bytes>, axum::Error> {
    let mut pieces = body.into_data_stream();
    let mut whole = Vec::new();
    let mut length = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        length += piece.len();
        if length <= MAX_BODY {
            whole.extend_from_slice(&piece);
        } else if length > MAX_DISCARDED {
            break;
        }
    }
    Ok((length <= MAX_BODY).then(|| Bytes::from(whole)))
}

/// The provider documents no `Retry-After`; the rate limit gives one, as a client has to manage with and without.
fn too_many(busy: &Busy) -> Response {
    let answer = |text| problem(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", text);
    match busy {
        Busy::Outstanding => answer("The user or path has too many outstanding requests."),
        Busy::Rate(wait) => {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let mut response = answer("There are too many requests.");
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
    }
}

/// A 500 in the form that the provider's web framework gives it.
fn server_error(path: &str) -> Response {
    let body = serde_json::json!({
        "timestamp": format!("{:.3}", Timestamp::now()),
        "status": 500,
        "error": "Internal Server Error",
        "path": path,
    });
    super::desk::json(StatusCode::INTERNAL_SERVER_ERROR, &body)
}

async fn slow(response: Response, during: Duration) -> Result<Response, Cut> {
    let (parts, whole) = collected(response).await?;
    let pause = during / SLOW_PIECES;
    sleep(pause).await;
    let size = whole.len().div_ceil(usize::try_from(SLOW_PIECES).unwrap_or(1)).max(1);
    let pieces: Vec<Bytes> = whole.chunks(size).map(Bytes::copy_from_slice).collect();
    let pieces = stream::iter(pieces).then(move |piece| async move {
        sleep(pause).await;
        Ok::<_, std::io::Error>(piece)
    });
    Ok(Response::from_parts(parts, Body::from_stream(pieces)))
}

async fn truncated(response: Response) -> Result<Response, Cut> {
    let (mut parts, mut whole) = collected(response).await?;
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len().max(1)));
    whole.truncate(whole.len() / 2);
    // The pause lets what there is go out before the connection breaks.
    let breaks = stream::once(async {
        tokio::task::yield_now().await;
        Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof))
    });
    Ok(Response::from_parts(parts, Body::from_stream(stream::iter([Ok(whole)]).chain(breaks))))
}

async fn collected(response: Response) -> Result<(axum::http::response::Parts, Bytes), Cut> {
    let (mut parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.map_err(|_| Cut::Close)?;
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    Ok((parts, whole))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn the_bucket_gives_one_second_at_once_and_then_keeps_the_rate() {
        let mut bucket = Bucket::full("4/s".parse().unwrap());
        let start = bucket.filled;
        for _ in 0..4 {
            assert_eq!(bucket.take(start), Ok(()));
        }
        assert_eq!(bucket.take(start), Err(Duration::from_millis(250)));
        assert_eq!(bucket.take(start + Duration::from_millis(250)), Ok(()));
        assert!(bucket.take(start + Duration::from_millis(250)).is_err());
        let later = start + Duration::from_mins(1);
        assert_eq!((0..9).filter(|_| bucket.take(later).is_ok()).count(), 4);
    }
}
