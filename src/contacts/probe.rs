//! Looks at the head of a file to find out how it is to be read.

use std::io;
use std::sync::Arc;

use super::layout::{Dialect, Layout};
use super::split::block_of;
use super::text::Text;
use super::{PhoneJudge, RECORD_LIMIT, ReadOptions, Scratch};

/// How much of a file is looked at, in bytes of UTF-8.
pub const SAMPLE_BYTES: usize = 64 << 10;

/// What the head of a file says.
pub(super) struct Probe {
    /// The text that was read.
    pub(super) head: Vec<u8>,
    pub(super) dialect: Dialect,
    pub(super) has_header: bool,
    /// The columns' names. None at all when the file holds no record.
    pub(super) names: Vec<Vec<u8>>,
    pub(super) widths: Vec<usize>,
    /// Where rows begin, in bytes of text, and on which line.
    pub(super) rows: (usize, u64),
}

/// Reads the head of a text and finds out how it is to be read.
pub(super) fn probe(text: &mut Text, options: &ReadOptions, _judge: PhoneJudge<'_>) -> io::Result<Probe> {
    let mut head = Vec::new();
    let mut ended = false;
    while head.len() < SAMPLE_BYTES && !ended {
        let wanted = SAMPLE_BYTES - head.len();
        ended = !text.append(&mut head, wanted)?;
    }
    let dialect = Dialect { delimiter: options.delimiter.unwrap_or(b','), ..Dialect::default() };
    let layout = Arc::new(Layout { dialect, ..Layout::default() });
    // A first record that is longer than the sample is read as far as a record may go.
    let mut block = block_of(&head, &layout, ended);
    while block.is_empty() && !ended && head.len() <= RECORD_LIMIT {
        let more = head.len();
        ended = !text.append(&mut head, more)?;
        block = block_of(&head, &layout, ended);
    }
    let mut scratch = Scratch::default();
    let mut rows = block.rows(&mut scratch);
    let first: Vec<Vec<u8>> = rows.next_row().map(|row| row.cells().map(<[u8]>::to_vec).collect()).unwrap_or_default();
    let behind = rows.position();
    let has_header = !options.no_header && !first.is_empty();
    let widths = vec![first.len()];
    let (names, rows) = if has_header {
        (first, behind)
    } else {
        ((1..=first.len()).map(|number| format!("column_{number}").into_bytes()).collect(), (0, 1))
    };
    Ok(Probe { head, dialect, has_header, names, widths, rows })
}
