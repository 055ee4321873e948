//! Times that people give as seconds, in flags and in settings.

use std::time::Duration;

use crate::failure::Failure;

/// A time by the name of what gives it; an error for what is none (negative, or beyond all measure).
pub(crate) fn seconds(name: &str, seconds: f64) -> Result<Duration, Failure> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| Failure::usage(format!("{name} is no time"), "give seconds, such as 10 or 2.5"))
}
