//! Turns rows into sets of members per group, and writes down what became of every row.
//!
//! Receives a [`List`](crate::contacts::List) and a [`Normalizer`](crate::numbers::Normalizer); yields an
//! [`Audience`]: routed, deduplicated, suppressed, with its [`Tally`]. Knows nothing of HTTP.
//!
//! Blocks of rows are judged in parallel and counted in order, so that the same list always gives the same papers,
//! whatever the number of threads.

mod action;
mod explaining;
mod gathering;
mod judging;
mod mentions;
mod papers;
mod reading;
mod routing;
mod settings;
mod suppression;
mod tally;
mod turnstile;
mod waiting;

pub use action::Action;
pub use explaining::{Explain, ExplainedNumber, ExplainedReading, ExplainedRegion, Explanation};
pub use mentions::{RejectedRow, forget_rows, rejected_rows};
pub use papers::{PaperError, Papers};
pub use reading::read;
pub use settings::{Audience, AudienceError, AudienceMember, ListedNumbers, ReadFile, Routing, Settings};
pub use suppression::{Suppression, SuppressionSettings};
pub use tally::{Outcome, RowCounts, Tally};
pub use waiting::WaitingError;
