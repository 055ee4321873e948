//! Members of groups as a table.
//!
//! Receives sets of members with their groups' names; yields rows in ascending numeric order, into any writer.
//! Knows nothing of how members were read or changed.

mod merge;
mod table;

pub use merge::{Merged, merged};
pub use table::{Column, Format, Layout, UnknownColumn, write};
