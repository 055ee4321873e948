//! Lets workers through one after another, in the order of the blocks that they carry.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A shared value that is reached in turn: block 0 first, then block 1, and so on.
pub(super) struct Turnstile<T> {
    state: Mutex<State<T>>,
    moved: Condvar,
}

struct State<T> {
    next: u64,
    broken: bool,
    value: T,
}

/// Another worker has failed, so that the turn waited for will never come.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken;

impl<T> Turnstile<T> {
    pub(super) fn new(value: T) -> Self {
        Self { state: Mutex::new(State { next: 0, broken: false, value }), moved: Condvar::new() }
    }

    /// Waits for the turn of a block, works on the value, and lets the next block through.
    pub(super) fn pass<R>(&self, turn: u64, work: impl FnOnce(&mut T) -> R) -> Result<R, Broken> {
        let mut state = self.lock();
        while state.next != turn && !state.broken {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.broken {
            return Err(Broken);
        }
        let result = work(&mut state.value);
        state.next += 1;
        drop(state);
        self.moved.notify_all();
        Ok(result)
    }

    /// Lets nobody through any more.
    pub(super) fn shatter(&self) {
        self.lock().broken = true;
        self.moved.notify_all();
    }

    /// The value, when all workers are done.
    pub(super) fn into_value(self) -> T {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).value
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_in_order_whoever_waits() {
        let turnstile = Turnstile::new(Vec::new());
        std::thread::scope(|scope| {
            for worker in 0..4_u64 {
                let turnstile = &turnstile;
                scope.spawn(move || {
                    for round in 0..50_u64 {
                        let turn = round * 4 + worker;
                        turnstile.pass(turn, |seen| seen.push(turn)).expect("nobody breaks it");
                    }
                });
            }
        });
        assert_eq!(turnstile.into_value(), (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn a_broken_turnstile_holds_nobody_up() {
        let turnstile = Turnstile::new(());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| turnstile.pass(1, |()| ()));
            turnstile.shatter();
            assert_eq!(waiting.join().expect("no panic"), Err(Broken));
        });
    }
}
