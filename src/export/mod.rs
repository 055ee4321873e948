//! Members of groups as a table.
//!
//! Receives sets of members with their groups' names, and perhaps a list to join; yields rows in ascending order, into
//! any writer and in any [`Format`], holding no more of them in memory than a bounded part. Knows nothing of how members
//! were read or changed.

mod column;
mod columnar;
mod history;
mod join;
mod lines;
mod merge;
mod pseudonym;
mod rows;
mod shelf;
mod spreadsheet;
mod table;

pub use column::{Column, UnknownColumn};
pub use history::{History, Known};
pub use join::{JoinError, JoinFigures, JoinSettings, Joined, Rest};
pub use merge::{Merged, merged};
pub use pseudonym::{Key, KeyError, LONGEST_KEY, SHORTEST_KEY};
pub use table::{Format, Layout, Members, Table, Written};
