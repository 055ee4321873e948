//! One instant, shared by all callers, before which nobody sends.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The shared pause.
pub(super) struct Pause(Mutex<State>);

#[derive(Default)]
struct State {
    until: Option<Instant>,
    /// Pauses in a row, no success between.
    streak: u32,
}

/// No server may stop us for longer than this at a time.
const LONGEST: Duration = Duration::from_mins(5);
/// The first pause where the server names none, doubled for each that follows without a success between.
const FIRST: Duration = Duration::from_millis(500);
/// The longest pause where the server names none.
const LONGEST_UNASKED: Duration = Duration::from_secs(30);
/// What is not worth telling anybody.
const SHORT: Duration = Duration::from_millis(50);

impl Pause {
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// Nobody sends for as long as the server asked, or for an even chance of anything up to a doubling span.
    /// Gives the wait, if this prolongs it by an amount that is worth telling.
    pub(super) fn begin(&self, asked: Option<Duration>) -> Option<Duration> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let before = state.until.unwrap_or(now).max(now);
        // "After no time at all" is no answer to how long.
        let wait = match asked.filter(|asked| !asked.is_zero()) {
            Some(asked) => asked.min(LONGEST),
            // The rest of a crowd that was refused together adds nothing.
            None if before > now => return None,
            None => full_jitter(FIRST, state.streak, LONGEST_UNASKED),
        };
        state.streak = state.streak.saturating_add(1);
        let until = now + wait;
        if until <= before {
            return None;
        }
        state.until = Some(until);
        (until - before > SHORT).then_some(wait)
    }

    /// A request was answered as it should be: the next unasked pause is a short one again.
    pub(super) fn succeeded(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).streak = 0;
    }

    /// When the pause ends, if there is one.
    pub(super) fn until(&self) -> Option<Instant> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.until.filter(|until| *until > Instant::now())
    }
}

/// Anything from nothing to `first` doubled `doublings` times, at most `most`: callers that failed together do not come
/// back together.
pub(super) fn full_jitter(first: Duration, doublings: u32, most: Duration) -> Duration {
    let span = first.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(most);
    span.mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn jitter_stays_within_its_span(doublings: u32) {
            let wait = full_jitter(FIRST, doublings, LONGEST_UNASKED);
            prop_assert!(wait <= LONGEST_UNASKED);
            prop_assert!(doublings > 5 || wait <= FIRST * 2u32.pow(doublings));
        }

        #[test]
        fn the_longest_wish_wins_within_reason(wishes in proptest::collection::vec(0u64..1000, 1..10)) {
            let pause = Pause::new();
            let start = Instant::now();
            for seconds in &wishes {
                pause.begin(Some(Duration::from_secs(*seconds)));
            }
            let longest = Duration::from_secs(wishes.iter().copied().max().unwrap_or_default()).min(LONGEST);
            if longest > Duration::ZERO {
                let until = pause.until();
                prop_assert!(until.is_some_and(|until| until - start >= longest));
                prop_assert!(until.is_some_and(|until| until - Instant::now() <= LONGEST));
            }
        }
    }
}
