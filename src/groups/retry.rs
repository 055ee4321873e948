//! Repeats what may be repeated, after a wait, and gives up when that makes no sense.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::answer::Answer;
use super::breaker::{Breaker, Leave};
use super::events::Counters;
use super::failure::{Failure, Signal};
use super::http::Call;
use super::pace::Pace;
use super::pause::full_jitter;
use super::{ApiError, ErrorClass, GroupId, GroupsEvent, Operation, PauseReason};

/// The outermost layer: a call goes in, and what comes out is final.
pub(super) struct Retry {
    pub(super) pace: Pace,
    retries: u32,
    breaker: Breaker,
    /// Groups made a moment ago, for which 404 means "not loaded yet" (the provider's documents).
    young: Mutex<Vec<(GroupId, Instant)>>,
}

/// The first wait, doubled with each repeat.
const FIRST: Duration = Duration::from_millis(250);
/// The longest wait between two attempts.
const LONGEST: Duration = Duration::from_secs(20);
/// How long a group is young.
const YOUTH: Duration = Duration::from_secs(10);
/// A 429 is an answer of a provider in good health, so it uses up a quarter of a retry only.
const THROTTLES_A_RETRY: u32 = 4;

/// What to do about a failed attempt.
enum Verdict {
    /// Repeat after a wait, at this cost, in quarters of a retry.
    Repeat { cost: u32 },
    /// Repeat once with a new token, at no cost.
    Renew,
    /// It is final.
    Give,
}

impl Retry {
    pub(super) fn new(pace: Pace, retries: u32) -> Self {
        Self { pace, retries, breaker: Breaker::new(), young: Mutex::default() }
    }

    /// Makes the call, repeated as often as it may and must be.
    pub(super) async fn call<A: Answer>(&self, call: &Call) -> Result<A, ApiError> {
        let mut budget = match self.breaker.ask() {
            Leave::Go => self.retries.saturating_mul(THROTTLES_A_RETRY),
            Leave::Once => 0,
            Leave::Rest => {
                Counters::count(&self.pace.counters.failed);
                let why = "the provider failed call after call; nothing is sent for a while";
                return Err(ApiError::new(call.operation, ErrorClass::NotApplied, why));
            }
        };
        let (mut repeats, mut renewed, mut unknown) = (0, false, false);
        let error = loop {
            let failure = match self.pace.attempt::<A>(call, repeats).await {
                Ok(answer) => {
                    self.breaker.answered();
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            if unknown
                && failure.error.class == ErrorClass::NotFound
                && let Some(answer) = A::when_gone()
            {
                self.breaker.answered();
                return Ok(answer);
            }
            if failure.error.interrupted {
                break failure.error;
            }
            unknown |= failure.error.class == ErrorClass::Ambiguous;
            let wait = match self.verdict(call, &failure, renewed) {
                Verdict::Repeat { cost } if cost <= budget => {
                    budget -= cost;
                    // During a pause for all, the pause is the wait.
                    match failure.signal {
                        Signal::Pause { .. } => Duration::ZERO,
                        Signal::None | Signal::TokenExpired => full_jitter(FIRST, repeats, LONGEST),
                    }
                }
                Verdict::Renew => {
                    renewed = true;
                    Duration::ZERO
                }
                Verdict::Repeat { .. } | Verdict::Give => break failure.error,
            };
            repeats += 1;
            let event =
                GroupsEvent::Retrying { operation: call.operation, repeat: repeats, wait, error: failure.error };
            (self.pace.events)(&event);
            if self.pace.unless_stopped(call.operation, tokio::time::sleep(wait)).await.is_err() {
                break ApiError::interrupted(call.operation);
            }
        };
        Err(self.given_up(error, unknown))
    }

    fn verdict(&self, call: &Call, failure: &Failure, renewed: bool) -> Verdict {
        if failure.signal == Signal::TokenExpired {
            return if renewed { Verdict::Give } else { Verdict::Renew };
        }
        let repeat = Verdict::Repeat { cost: THROTTLES_A_RETRY };
        match failure.error.class {
            ErrorClass::NotApplied => match failure.signal {
                Signal::Pause { why: PauseReason::TooManyRequests, .. } => Verdict::Repeat { cost: 1 },
                Signal::Pause { .. } | Signal::None | Signal::TokenExpired => repeat,
            },
            ErrorClass::Ambiguous if call.harmless => repeat,
            ErrorClass::NotFound if self.is_young(call) => repeat,
            ErrorClass::Ambiguous
            | ErrorClass::Refused
            | ErrorClass::TooLarge
            | ErrorClass::NotFound
            | ErrorClass::NameTaken
            | ErrorClass::Account
            | ErrorClass::Stop => Verdict::Give,
        }
    }

    /// The final word on a call, told to whoever counts.
    fn given_up(&self, mut error: ApiError, unknown: bool) -> ApiError {
        if unknown && error.class == ErrorClass::NotApplied {
            // An attempt before this one may have been applied.
            error.class = ErrorClass::Ambiguous.of(error.operation);
        }
        match error.class {
            ErrorClass::NotApplied | ErrorClass::Ambiguous if error.interrupted => {}
            ErrorClass::NotApplied | ErrorClass::Ambiguous => {
                Counters::count(&self.pace.counters.failed);
                if self.breaker.failed() {
                    (self.pace.events)(&GroupsEvent::Broken { wait: Breaker::REST });
                }
            }
            ErrorClass::Account | ErrorClass::Stop => Counters::count(&self.pace.counters.failed),
            ErrorClass::Refused | ErrorClass::TooLarge | ErrorClass::NotFound | ErrorClass::NameTaken => {
                self.breaker.answered();
            }
        }
        error
    }

    /// Remembers a group that was made just now.
    pub(super) fn made(&self, group: &GroupId) {
        let mut young = self.young.lock().unwrap_or_else(PoisonError::into_inner);
        young.retain(|(_, made)| made.elapsed() < YOUTH);
        young.push((group.clone(), Instant::now()));
    }

    /// Forgets a group that was deleted just now: that it is not found is no wonder.
    pub(super) fn deleted(&self, group: &GroupId) {
        self.young.lock().unwrap_or_else(PoisonError::into_inner).retain(|(id, _)| id != group);
    }

    fn is_young(&self, call: &Call) -> bool {
        let young = self.young.lock().unwrap_or_else(PoisonError::into_inner);
        let made = |group: &GroupId| young.iter().find(|(id, _)| id == group).map(|(_, made)| made.elapsed());
        call.operation != Operation::Delete && call.group.as_ref().and_then(made).is_some_and(|age| age < YOUTH)
    }
}
