//! An account's groups, kept in a folder: members, settings, and who has left.
//!
//! Receives [`Kept`] groups; yields a folder that is absent or complete, and from such a folder the groups again, exactly
//! as they were or not at all. Knows nothing of HTTP, and of no plan: who is brought back is for others to decide.
//!
//! ```text
//! DIR/manifest.json             what there is: settings, counts, SHA-256 of every file; it seals itself
//! DIR/summary.txt               the same for people
//! DIR/groups/0001-News.csv      msisdn,region,type,group,origin: members, ascending
//! DIR/leavers/0001-News.csv     as `rollcall leavers export` writes them
//! ```
//!
//! Folders are 0700 and files 0600. A list of members is a list like any other: everything that reads contacts reads
//! it, without this program if need be.

mod adopted;
mod again;
mod error;
mod folder;
mod kept;
mod manifest;
mod summary;
mod table;
#[cfg(test)]
mod tests;

pub use adopted::{Adopted, adopted};
pub use again::{Again, AgainError, Kit, Target};
pub use error::BackupError;
pub use folder::{Backup, NewBackup};
pub use kept::Kept;
pub use manifest::{DepartedEntry, FileEntry, GroupEntry, Manifest};
