//! Works out exactly what would change, and asks the brakes whether it should.
//!
//! Receives desired members and live members; yields [`Plan`]s, their [`Digest`], and the verdicts of the [`brakes`].
//! A plan is a value: nothing here sends, prints or remembers anything.

pub mod brakes;
mod change;
mod chunks;
mod digest;
mod file;
mod inverse;
mod moved;
mod placement;

pub use change::{Choices, GroupRef, Memory, Mode, Plan, Wish};
pub use chunks::{Chunk, chunks};
pub use digest::Digest;
pub use file::{Cost, PlanFile, PlanFileError, Section, Sending};
pub use inverse::{Deeds, Inverse, Kept};
pub use moved::Moved;
pub use placement::{Home, Placed};
