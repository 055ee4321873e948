//! The gate before every request: how many at once, how many a second, and nobody during a pause.

use std::future::Future;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::auth::Auth;
use super::events::Counters;
use super::failure::{Failure, Signal};
use super::http::{Call, Http};
use super::outstanding::Outstanding;
use super::pause::Pause;
use super::slots::Slots;
use super::{ApiError, Connection, ErrorClass, EventSink, GroupsEvent, Operation, PauseReason};

/// Lets requests through to the network, one attempt each.
pub(super) struct Pace {
    pub(super) http: Http,
    auth: Auth,
    outstanding: Outstanding,
    slots: Slots,
    /// When the slots began.
    began: Instant,
    /// Held by whoever is next: first come, first served, and one task that watches the clock.
    next: tokio::sync::Mutex<()>,
    pause: Pause,
    pub(super) counters: Counters,
    pub(super) events: EventSink,
    pub(super) stop: CancellationToken,
}

impl Pace {
    pub(super) fn new(
        http: Http,
        auth: Auth,
        connection: &Connection,
        events: EventSink,
        stop: CancellationToken,
    ) -> Self {
        Self {
            http,
            auth,
            outstanding: Outstanding::new(connection.concurrency),
            slots: Slots::new(connection.rate),
            began: Instant::now(),
            next: tokio::sync::Mutex::new(()),
            pause: Pause::new(),
            counters: Counters::default(),
            events,
            stop,
        }
    }

    /// Sends the call once, when it may be sent; `repeats` counts the attempts before this one.
    pub(super) async fn attempt<A: Answer>(&self, call: &Call, repeats: u32) -> Result<A, Failure> {
        let permit = self.unless_stopped(call.operation, self.outstanding.permit()).await?;
        self.turn(call.operation).await?;
        // The token is asked for last: it could end while its request waits for its turn.
        let authorization = self.auth.header(call.operation, self.turn(call.operation)).await;
        let result = match authorization {
            Err(failure) => Err(failure),
            Ok(authorization) => {
                Counters::count(&self.counters.sent);
                if repeats > 0 {
                    Counters::count(&self.counters.retried);
                }
                (self.events)(&GroupsEvent::Sent { repeat: repeats });
                let sent = self.http.send(call, &authorization).await;
                sent.map_err(|failure| self.advised(failure, &authorization))
            }
        };
        match &result {
            Ok(_) => {
                permit.succeeded();
                self.pause.succeeded();
            }
            Err(Failure { signal: Signal::Pause { why, wait }, .. }) => {
                if *why == PauseReason::TooManyRequests {
                    Counters::count(&self.counters.throttled);
                    (self.events)(&GroupsEvent::Throttled);
                    if let Some(concurrency) = permit.too_many() {
                        (self.events)(&GroupsEvent::Narrowed { concurrency });
                    }
                }
                if let Some(wait) = self.pause.begin(*wait) {
                    (self.events)(&GroupsEvent::Paused { wait, why: *why });
                }
            }
            Err(_) => {}
        }
        result
    }

    /// Waits until nobody pauses and the rate has room for one more.
    async fn turn(&self, operation: Operation) -> Result<(), Failure> {
        let next = self.unless_stopped(operation, self.next.lock()).await?;
        loop {
            let until = match self.pause.until() {
                Some(until) => until,
                // Nothing is awaited between here and the request: a pause that began meanwhile has been seen.
                None => match self.slots.take(self.began.elapsed()) {
                    Ok(()) => break,
                    Err(due) => self.began + due,
                },
            };
            self.unless_stopped(operation, tokio::time::sleep_until(until)).await?;
        }
        drop(next);
        if self.stop.is_cancelled() { Err(ApiError::interrupted(operation).into()) } else { Ok(()) }
    }

    /// The future's value, unless the stop signal comes first.
    pub(super) async fn unless_stopped<T>(
        &self,
        operation: Operation,
        future: impl Future<Output = T>,
    ) -> Result<T, ApiError> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(ApiError::interrupted(operation)),
            value = future => Ok(value),
        }
    }

    fn advised(&self, mut failure: Failure, used: &reqwest::header::HeaderValue) -> Failure {
        if failure.signal == Signal::TokenExpired && !self.auth.forget(used) {
            failure.signal = Signal::None;
        }
        if failure.error.class == ErrorClass::Account {
            failure.error = failure.error.advising(self.auth.advice());
        }
        failure
    }
}
