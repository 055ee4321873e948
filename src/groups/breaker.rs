//! Stops asking a provider that is plainly down.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// After [`Breaker::CALLS`] calls in a row that failed for good, all their repeats included, and no success between,
/// nothing is sent for [`Breaker::REST`]; then one call may try, once. A success closes it.
pub(super) struct Breaker(Mutex<State>);

#[derive(Default)]
struct State {
    failed: u32,
    rests_until: Option<Instant>,
}

/// Whether a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// As usual.
    Go,
    /// Once, without repeats: to see whether the provider is back.
    Once,
    /// Not now.
    Rest,
}

impl Breaker {
    /// Calls in a row.
    pub(super) const CALLS: u32 = 5;
    /// How long nothing is sent.
    pub(super) const REST: Duration = Duration::from_secs(30);

    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    pub(super) fn ask(&self) -> Leave {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.rests_until {
            None => Leave::Go,
            Some(until) if Instant::now() < until => Leave::Rest,
            Some(_) => {
                // Whoever asks next rests on, until this one is back.
                state.rests_until = Some(Instant::now() + Self::REST);
                Leave::Once
            }
        }
    }

    pub(super) fn answered(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// A call failed for good. Whether that is the one that breaks the circuit.
    pub(super) fn failed(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failed = state.failed.saturating_add(1);
        if state.failed >= Self::CALLS {
            state.rests_until = Some(Instant::now() + Self::REST);
        }
        state.failed == Self::CALLS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_breaks_after_calls_in_a_row_and_a_success_mends_it() {
        let breaker = Breaker::new();
        for _ in 1..Breaker::CALLS {
            assert!(!breaker.failed());
        }
        breaker.answered();
        for _ in 1..Breaker::CALLS {
            assert!(!breaker.failed());
            assert_eq!(breaker.ask(), Leave::Go);
        }
        assert!(breaker.failed());
        assert_eq!(breaker.ask(), Leave::Rest);
        breaker.answered();
        assert_eq!(breaker.ask(), Leave::Go);
    }

    #[test]
    fn after_its_rest_one_call_tries() {
        let past = Instant::now();
        let breaker = Breaker(Mutex::new(State { failed: Breaker::CALLS, rests_until: Some(past) }));
        assert_eq!([breaker.ask(), breaker.ask()], [Leave::Once, Leave::Rest]);
    }
}
