//! Reads contact lists as people really have them.
//!
//! Receives paths, globs, folders and stdin; yields rows: the line where a record starts, its cells, its original
//! bytes. Knows nothing of phones, groups or HTTP: where it must tell a phone column from others, the caller passes a
//! [`PhoneJudge`].
//!
//! Reading has two halves, so that a list is read as fast as the machine's cores allow. [`List::next_block`] is serial
//! and cheap: it cuts the text into [`Block`]s of whole records and counts lines. [`Block::rows`] parses the cells, on
//! any thread, and allocates nothing per row.
//!
//! ```text
//! path -> source (gzip, zstd, xlsx by content) -> text (UTF-8 by BOM, flag or evidence)
//!      -> split (whole records, damage fenced in) -> Block -> rows
//! ```
//!
//! One rule holds throughout: a damaged record costs at most itself. See `record` for how reading finds its way again.

mod block;
mod columns;
mod dialect;
mod ends;
mod error;
mod fingerprint;
mod guess;
mod gzip;
mod inputs;
mod layout;
mod lines;
mod list;
mod listed;
mod neighbours;
mod options;
mod probe;
mod record;
mod sheet;
mod source;
mod split;
mod text;
mod titles;
mod words;
mod writer;

pub use block::{Block, Row, Rows, Scratch};
pub use columns::{CLEAN_COLUMNS, REJECTS_COLUMNS};
pub use error::{ContactsError, ErrorClass};
pub use fingerprint::Fingerprint;
pub use guess::PhoneJudge;
pub use inputs::{Input, expand, fits};
pub use list::{Detection, List};
pub use options::{ColumnRef, ReadOptions};
pub use probe::SAMPLE_BYTES;
pub use split::BLOCK_BYTES;
pub use writer::{RecordWriter, Records};

/// The longest record that is read, in bytes of UTF-8, its line break included: 1 MiB.
///
/// A longer one becomes a damaged row that keeps its first [`KEPT_BYTES`], so memory stays flat whatever a file holds.
pub const RECORD_LIMIT: usize = 1 << 20;

/// How much of a record past [`RECORD_LIMIT`] its row still shows.
pub const KEPT_BYTES: usize = 1 << 10;
