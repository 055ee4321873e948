//! Turns rows into sets of members per group, and writes down what became of every row.
//!
//! Receives a [`List`](crate::contacts::List) and a [`Normalizer`](crate::numbers::Normalizer); yields an
//! [`Audience`]: routed, deduplicated, suppressed, with its [`Tally`]. Knows nothing of HTTP.
//!
//! Blocks of rows are judged in parallel and counted in order, so that the same list always gives the same papers,
//! whatever the number of threads.

mod gathering;
mod judging;
mod papers;
mod reading;
mod routing;
mod tally;
mod turnstile;

pub use papers::{PaperError, Papers};
pub use reading::{Audience, AudienceError, AudienceMember, Routing, Settings, read};
pub use tally::{Outcome, RowCounts, Tally};
