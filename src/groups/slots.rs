//! When requests may go: spread evenly, so that no second, wherever it begins, holds more than the rate allows.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::Rate;

/// How much longer than a second the requests of a second take: for lateness that is forgiven, and for what the way to
/// the server may squeeze together.
const SPARE: f64 = 0.02;

/// Whoever is woken so late for its slot has not lost it: sleeps are good to a millisecond or a few, and at 50 requests
/// a second a millisecond lost each time is a twentieth of the rate.
const FORGIVEN: Duration = Duration::from_millis(8);

/// The instants at which requests may go, one after the other. Time is what the caller says it is.
pub(super) struct Slots {
    limiter: RateLimiter<NotKeyed, InMemoryState, Told, NoOpMiddleware<Nanos>>,
    clock: Told,
    place: Mutex<Place>,
}

/// Where one is in the order of slots.
#[derive(Default)]
struct Place {
    /// The slot that comes next, once somebody has asked for it.
    due: Option<Duration>,
    /// How far the slots' clock is behind: what is forgiven, never more than [`FORGIVEN`]. As it is never ahead, requests
    /// are at most so much closer together than their slots.
    behind: Duration,
}

impl Slots {
    pub(super) fn new(rate: Rate) -> Self {
        let clock = Told::default();
        Self { limiter: RateLimiter::direct_with_clock(quota(rate), clock.clone()), clock, place: Mutex::default() }
    }

    /// Takes the slot of this instant. Without one, says when the next one is: whoever comes back for it then gets it.
    pub(super) fn take(&self, now: Duration) -> Result<(), Duration> {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        let at = match place.due {
            Some(due) if due <= now => due.max(now.saturating_sub(FORGIVEN)),
            Some(_) | None => now.saturating_sub(place.behind),
        };
        self.clock.tell(at);
        let taken = self.limiter.check().map_err(|full| at + full.wait_time_from(self.clock.now()));
        *place = Place { due: taken.err(), behind: now.saturating_sub(at) };
        taken
    }
}

/// A clock that is told the time.
#[derive(Debug, Clone, Default)]
struct Told(Arc<AtomicU64>);

impl Told {
    fn tell(&self, now: Duration) {
        self.0.store(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Clock for Told {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.load(Ordering::Relaxed).into()
    }
}

/// A rate of 2.5 allows two a second: three would be more than 2.5.
fn quota(rate: Rate) -> Quota {
    /// A sleep is good to about a millisecond: above this rate, requests go in small bursts.
    const FINEST: f64 = 500.0;
    let whole = if rate.get() < 1.0 { rate.get() } else { rate.get().floor() };
    let burst = (1..=u32::MAX).take_while(|burst| f64::from(*burst) * FINEST <= whole).last().unwrap_or(1);
    let spacing = Duration::from_secs_f64((1.0 + SPARE) / (whole - f64::from(burst - 1)));
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(spacing.max(Duration::from_nanos(1)))
        .unwrap_or(Quota::per_second(NonZeroU32::MIN))
        .allow_burst(burst)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use proptest::prelude::*;

    /// The instants at which a greedy caller sends who always wakes up late by the next of `lateness`.
    fn sent(rate: f64, lateness: &[Duration], until: Duration) -> Vec<Duration> {
        let slots = Slots::new(Rate::per_second(rate).unwrap());
        let (mut now, mut sent, mut late) = (Duration::ZERO, Vec::new(), lateness.iter().cycle());
        while now < until {
            match slots.take(now) {
                Ok(()) => sent.push(now),
                Err(due) => now = due + *late.next().unwrap(),
            }
        }
        sent
    }

    fn whole(rate: f64) -> f64 {
        if rate < 1.0 { rate } else { rate.floor() }
    }

    proptest! {
        #[test]
        fn no_second_holds_more_than_the_rate_however_late_one_wakes(
            rate in prop_oneof![0.2..20.0f64, 400.0..3000.0f64],
            lateness in prop::collection::vec((0..30_000u64).prop_map(Duration::from_micros), 1..40),
        ) {
            let sent = sent(rate, &lateness, Duration::from_secs(3));
            for (index, from) in sent.iter().enumerate() {
                let within = sent.iter().skip(index).take_while(|at| **at < *from + Duration::from_secs(1)).count();
                prop_assert!(u32::try_from(within).is_ok_and(|within| f64::from(within) <= rate.max(1.0)), "{}", within);
            }
        }

        #[test]
        fn the_rate_is_used_although_sleeps_are_late(
            rate in prop_oneof![0.5..20.0f64, 20.0..400.0f64],
            lateness in prop::collection::vec((0..8_000u64).prop_map(Duration::from_micros), 1..40),
        ) {
            let sent = sent(rate, &lateness, Duration::from_secs(100));
            let span = sent.last().unwrap().as_secs_f64();
            let used = f64::from(u32::try_from(sent.len() - 1).unwrap()) / span / whole(rate);
            prop_assert!(used >= 0.97, "{used}");
        }
    }

    #[test]
    fn whoever_comes_much_too_late_has_lost_the_slot() {
        let slots = Slots::new(Rate::per_second(10.0).unwrap());
        slots.take(Duration::ZERO).unwrap();
        let due = slots.take(Duration::ZERO).unwrap_err();
        let late = due + Duration::from_millis(60);
        slots.take(late).unwrap();
        assert!(slots.take(late).unwrap_err() + FORGIVEN > late + Duration::from_millis(101));
    }
}
