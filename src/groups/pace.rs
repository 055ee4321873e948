//! The gate before every request: how many at once, how many a second, and nobody during a pause.

use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::auth::Auth;
use super::events::Counters;
use super::failure::{Failure, Signal};
use super::http::{Call, Http};
use super::outstanding::Outstanding;
use super::pause::Pause;
use super::{ApiError, Connection, ErrorClass, EventSink, GroupsEvent, Operation, PauseReason, Rate};

/// Lets requests through to the network, one attempt each.
pub(super) struct Pace {
    http: Http,
    auth: Auth,
    outstanding: Outstanding,
    limiter: DefaultDirectRateLimiter,
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
            limiter: RateLimiter::direct(quota(connection.rate)),
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
        let authorization = self.auth.header(call.operation, self.turn(call.operation)).await;
        let result = match authorization {
            Err(failure) => Err(failure),
            Ok(authorization) => {
                self.turn(call.operation).await?;
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
            let clock = DefaultClock::default();
            let wait = match self.pause.until() {
                Some(until) => until.saturating_duration_since(tokio::time::Instant::now()),
                // Nothing is awaited between here and the request: a pause that began meanwhile has been seen.
                None => match self.limiter.check() {
                    Ok(()) => break,
                    Err(full) => full.wait_time_from(clock.now()),
                },
            };
            self.unless_stopped(operation, tokio::time::sleep(wait)).await?;
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

/// Requests are spread evenly, so that no second, wherever it begins, holds more than the rate allows. A rate of 2.5
/// allows two: three would be more than 2.5. The spare is for what the way to the server may squeeze together.
fn quota(rate: Rate) -> Quota {
    const SPARE: f64 = 1.03;
    /// A sleep is good to about a millisecond: above this rate, requests go in small bursts.
    const FINEST: f64 = 500.0;
    let whole = if rate.get() < 1.0 { rate.get() } else { rate.get().floor() };
    let burst = (1..=u32::MAX).take_while(|burst| f64::from(*burst) * FINEST <= whole).last().unwrap_or(1);
    let spacing = Duration::from_secs_f64(SPARE / (whole - f64::from(burst - 1)));
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(spacing.max(Duration::from_nanos(1)))
        .unwrap_or(Quota::per_second(NonZeroU32::MIN))
        .allow_burst(burst)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use governor::clock::FakeRelativeClock;
    use proptest::prelude::*;

    proptest! {
        /// A greedy caller under the quota: the instants at which it may send, on the limiter's own fake clock.
        #[test]
        fn no_second_holds_more_than_the_rate(rate in prop_oneof![0.2..20.0f64, 400.0..3000.0f64]) {
            let clock = FakeRelativeClock::default();
            let limiter =
                RateLimiter::direct_with_clock(quota(Rate::per_second(rate).unwrap()), clock.clone());
            let mut now = Duration::ZERO;
            let mut sent = Vec::new();
            while now < Duration::from_secs(3) {
                match limiter.check() {
                    Ok(()) => sent.push(now),
                    Err(full) => {
                        let wait = full.wait_time_from(clock.now());
                        clock.advance(wait);
                        now += wait;
                    }
                }
            }
            for (index, from) in sent.iter().enumerate() {
                let within = sent.iter().skip(index).take_while(|at| **at < *from + Duration::from_secs(1)).count();
                prop_assert!(u32::try_from(within).is_ok_and(|within| f64::from(within) <= rate.max(1.0)), "{}", within);
            }
            // It is used, too: at least nine tenths of the whole requests that fit.
            let expected = 3.0 * if rate < 1.0 { rate } else { rate.floor() } * 0.9;
            prop_assert!(u32::try_from(sent.len()).is_ok_and(|sent| f64::from(sent) >= expected.floor()));
        }
    }
}
