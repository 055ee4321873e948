//! How many requests may wait for their answers at once: narrowed when the provider says "too many", widened again
//! by successes.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// Successes at the edge of what the provider takes, before one more is tried. Doubled when the try was too many, so that a
/// run settles; without any try, one crowded moment would slow down all the rest of a long run.
const PATIENCE: usize = 1_000;

/// A gate with a width. It narrows by half when a request that passed since the last narrowing is answered by "too
/// many outstanding", and widens by one after as many successes as it is wide, up to one less than what was too many.
pub(super) struct Outstanding {
    most: usize,
    state: Mutex<State>,
    freed: Notify,
}

struct State {
    width: usize,
    /// As wide as it may become.
    ceiling: usize,
    /// Successes at the ceiling after which it is lifted.
    patience: usize,
    /// The ceiling is a try.
    lifted: bool,
    busy: usize,
    successes: usize,
    /// How often it was narrowed: one crowd of refusals narrows it once.
    narrowings: u64,
}

/// The right to one outstanding request, given back when dropped.
pub(super) struct Permit<'a> {
    gate: &'a Outstanding,
    narrowings: u64,
}

impl Outstanding {
    pub(super) fn new(most: NonZeroUsize) -> Self {
        let most = most.get();
        Self {
            most,
            state: Mutex::new(State {
                width: most,
                ceiling: most,
                patience: PATIENCE,
                lifted: false,
                busy: 0,
                successes: 0,
                narrowings: 0,
            }),
            freed: Notify::new(),
        }
    }

    pub(super) async fn permit(&self) -> Permit<'_> {
        loop {
            // Listen before looking: what is freed in between is not missed.
            let freed = self.freed.notified();
            if let Some(permit) = self.try_permit() {
                return permit;
            }
            freed.await;
        }
    }

    fn try_permit(&self) -> Option<Permit<'_>> {
        let mut state = self.state();
        (state.busy < state.width).then(|| {
            state.busy += 1;
            if state.busy < state.width {
                // Two permits freed at once may have woken one waiter only: it passes the word on.
                self.freed.notify_one();
            }
            Permit { gate: self, narrowings: state.narrowings }
        })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// The request was answered as it should be.
    pub(super) fn succeeded(&self) {
        let mut state = self.gate.state();
        if state.width == self.gate.most {
            return;
        }
        state.successes += 1;
        let needed = if state.width < state.ceiling { state.width } else { state.patience };
        if state.successes >= needed {
            if state.width == state.ceiling {
                state.ceiling += 1;
                state.lifted = true;
            }
            state.successes = 0;
            state.width += 1;
            self.gate.freed.notify_one();
        }
    }

    /// The provider has too many requests in hand. Gives the new width if this narrowed the gate.
    pub(super) fn too_many(&self) -> Option<usize> {
        let mut state = self.gate.state();
        state.successes = 0;
        if state.narrowings != self.narrowings || state.width == 1 {
            return None;
        }
        state.narrowings += 1;
        state.ceiling = state.width - 1;
        if std::mem::take(&mut state.lifted) {
            state.patience = state.patience.saturating_mul(2);
        }
        state.width /= 2;
        Some(state.width)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.gate.state().busy -= 1;
        self.gate.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    fn gate(most: usize) -> Outstanding {
        Outstanding::new(NonZeroUsize::new(most).unwrap())
    }

    fn take(gate: &Outstanding) -> Vec<Permit<'_>> {
        std::iter::from_fn(|| gate.try_permit()).collect()
    }

    #[test]
    fn one_crowd_of_refusals_halves_the_gate_once() {
        let gate = gate(8);
        let crowd = take(&gate);
        assert_eq!(crowd.len(), 8);
        let narrowed: Vec<_> = crowd.iter().filter_map(Permit::too_many).collect();
        assert_eq!(narrowed, [4]);
        drop(crowd);
        assert_eq!(take(&gate).len(), 4);
    }

    #[test]
    fn it_never_closes_and_comes_back_by_steps() {
        let gate = gate(8);
        for expected in [Some(4), Some(2), Some(1), None] {
            assert_eq!(gate.try_permit().unwrap().too_many(), expected);
        }
        assert_eq!(gate.state().ceiling, 1);
        let gate = self::gate(8);
        assert_eq!(gate.try_permit().unwrap().too_many(), Some(4));
        let mut widths = Vec::new();
        for _ in 0..16 {
            gate.try_permit().unwrap().succeeded();
            widths.push(take(&gate).len());
        }
        assert_eq!(widths, [4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 7, 7]);
    }

    /// Always as many requests as the gate lets through, against a provider that takes `limit` of them. How many were
    /// too many, and the width in the end.
    fn against(limit: usize, gate: &Outstanding, rounds: usize) -> (usize, usize) {
        let mut refused = 0;
        for _ in 0..rounds {
            let crowd = take(gate);
            for (place, permit) in crowd.iter().enumerate() {
                if place < limit {
                    permit.succeeded();
                } else {
                    refused += 1;
                    permit.too_many();
                }
            }
        }
        (refused, gate.state().width)
    }

    #[test]
    fn it_settles_at_what_the_provider_takes_and_stays_there() {
        for limit in 1..12 {
            let gate = gate(12);
            against(limit, &gate, 60);
            let (refused, width) = against(limit, &gate, PATIENCE / limit - 80);
            assert_eq!((refused, width), (0, limit), "of {limit}");
            // Much later it asks whether more are taken by now.
            let (refused, width) = against(limit, &gate, 2 * PATIENCE);
            assert!(refused <= 5 && width <= limit, "of {limit}: {refused}");
            against(12, &gate, 100 * PATIENCE);
            assert_eq!(gate.state().width, 12);
        }
    }

    #[tokio::test]
    async fn whoever_waits_is_let_in_when_a_permit_comes_back() {
        let gate = std::sync::Arc::new(gate(1));
        let held = gate.try_permit().unwrap();
        let waiting = tokio::spawn({
            let gate = gate.clone();
            async move { drop(gate.permit().await) }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(held);
        waiting.await.unwrap();
    }
}
