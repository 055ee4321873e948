//! How fast it went, over time, in a bounded number of slices.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Event;

/// So many slices at most; with one more they are joined two by two.
const MOST: usize = 60;

/// What happened in each slice of the time, from the moment at which the account was first reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaceReport {
    /// How long a slice is: 1 second, or 2, 4, 8 … for what took longer.
    pub slice_seconds: u64,
    /// The slices, at most 60, the last one with something in it.
    pub slices: Vec<PaceSlice>,
}

/// What happened in one slice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PaceSlice {
    /// Requests sent, repeats included.
    pub sent: u64,
    /// Requests that were repeats.
    pub retried: u64,
    /// Answers that asked us to slow down.
    pub throttled: u64,
    /// Numbers in chunks that took effect.
    pub numbers: u64,
}

/// Counts events as they come.
#[derive(Debug)]
pub struct Pace {
    began: Instant,
    report: PaceReport,
}

impl Default for PaceReport {
    fn default() -> Self {
        Self { slice_seconds: 1, slices: Vec::new() }
    }
}

impl Pace {
    /// Counts from now on.
    #[must_use]
    pub fn begin() -> Self {
        Self { began: Instant::now(), report: PaceReport::default() }
    }

    /// Counts an event in the slice of this moment.
    pub fn see(&mut self, event: &Event) {
        self.report.count(self.began.elapsed(), event);
    }

    /// What was counted so far.
    #[must_use]
    pub fn report(&self) -> PaceReport {
        self.report.clone()
    }
}

impl PaceReport {
    fn count(&mut self, at: Duration, event: &Event) {
        let slice = match event {
            Event::RequestSent { again } => PaceSlice { sent: 1, retried: u64::from(*again), ..PaceSlice::default() },
            Event::Throttled => PaceSlice { throttled: 1, ..PaceSlice::default() },
            Event::ChunkDone { numbers, applied: true } => PaceSlice { numbers: *numbers, ..PaceSlice::default() },
            Event::ChunkDone { applied: false, .. }
            | Event::GroupCreated { .. }
            | Event::Sending { .. }
            | Event::Waiting { .. }
            | Event::Retrying { .. }
            | Event::Verifying { .. }
            | Event::Unsettled { .. } => return,
        };
        let place = loop {
            match usize::try_from(at.as_secs() / self.slice_seconds) {
                Ok(place) if place < MOST => break place,
                _ => self.widen(),
            }
        };
        if self.slices.len() <= place {
            self.slices.resize(place + 1, PaceSlice::default());
        }
        if let Some(counted) = self.slices.get_mut(place) {
            *counted = counted.plus(slice);
        }
    }

    fn widen(&mut self) {
        self.slice_seconds *= 2;
        let two = |pair: &[PaceSlice]| pair.iter().fold(PaceSlice::default(), |sum, slice| sum.plus(*slice));
        self.slices = self.slices.chunks(2).map(two).collect();
    }
}

impl PaceSlice {
    fn plus(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            retried: self.retried + other.retried,
            throttled: self.throttled + other.throttled,
            numbers: self.numbers + other.numbers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            any::<bool>().prop_map(|again| Event::RequestSent { again }),
            Just(Event::Throttled),
            (0..10_000u64, any::<bool>()).prop_map(|(numbers, applied)| Event::ChunkDone { numbers, applied }),
        ]
    }

    proptest! {
        /// Whenever it happens and in whatever order: nothing is lost, and everything stands in the slice of its time.
        #[test]
        fn everything_is_counted_in_its_slice(
            events in proptest::collection::vec((prop_oneof![0..90u64, 0..1_000_000u64], event()), 0..80),
        ) {
            let mut pace = PaceReport::default();
            for (at, event) in &events {
                pace.count(Duration::from_secs(*at), event);
            }
            prop_assert!(pace.slices.len() <= MOST && pace.slice_seconds.is_power_of_two());
            for (place, slice) in (0..).zip(&pace.slices) {
                let span = place * pace.slice_seconds..(place + 1) * pace.slice_seconds;
                let mut expected = PaceReport { slice_seconds: u64::MAX, slices: Vec::new() };
                for (_, event) in events.iter().filter(|(at, _)| span.contains(at)) {
                    expected.count(Duration::ZERO, event);
                }
                prop_assert_eq!(*slice, expected.slices.first().copied().unwrap_or_default());
            }
            let latest = events.iter().map(|(at, _)| *at).max().unwrap_or_default();
            // No wider than it has to be.
            prop_assert!(pace.slice_seconds == 1 || latest >= pace.slice_seconds / 2 * 60);
            let all = |event: &Event| matches!(event, Event::RequestSent { .. });
            let sent = events.iter().filter(|(_, event)| all(event)).count();
            prop_assert_eq!(pace.slices.iter().map(|slice| slice.sent).sum::<u64>(), u64::try_from(sent).unwrap_or_default());
        }
    }
}
