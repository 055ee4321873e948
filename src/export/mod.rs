//! Members of groups as a table.
//!
//! Receives sets of members with their groups' names; yields rows in ascending numeric order, into any writer and in
//! any [`Format`], holding no more of them in memory than a bounded part. Knows nothing of how members were read or
//! changed.

mod column;
mod columnar;
mod history;
mod lines;
mod merge;
mod rows;
mod spreadsheet;
mod table;

pub use column::{Column, UnknownColumn};
pub use history::{History, Known};
pub use merge::{Merged, merged};
pub use table::{Format, Layout, Members, write};
