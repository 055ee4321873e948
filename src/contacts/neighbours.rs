//! Which lines behind a damaged record are records of their own.
//!
//! A line *stands* when it is a flawless record of a usual number of cells. It is a *contact* when, besides, a phone
//! column of it has five digits. A damaged record ends before the run of standing lines that leads to the first
//! contact: the neighbours that its quote would have swallowed. Without any contact it ends before the first line that
//! stands, or else with the line on which its quote closed, or with the file.

use super::layout::Layout;
use super::lines::line;
use super::record::{Scan, scan};

/// How far ahead a line is read to see whether it stands.
const NEAR: usize = 16 << 10;

/// What a search for neighbours found.
pub(super) enum Search {
    /// They begin there, and a contact is among them.
    Contact(usize),
    /// The first line that stands; no contact is near.
    Standing(usize),
    None,
    /// More text is needed to tell.
    Unknown,
}

/// Looks for neighbours behind the first line of a damaged record, and before `until`.
///
/// `last`: nothing follows `window`. `full`: nothing that follows it may be looked at.
pub(super) fn first_neighbour(window: &[u8], until: usize, layout: &Layout, last: bool, full: bool) -> Search {
    let (mut first, mut run) = (None, None);
    let mut from = match line(window, 0, last) {
        Some(line) => line.next,
        None => return Search::None,
    };
    while from < until {
        let Some(line) = line(window, from, last) else { break };
        let rest = window.get(from..).unwrap_or_default();
        match standing(rest, layout, last) {
            Standing::Yes { next, contact } => {
                first = first.or(Some(from));
                run = run.or(Some(from));
                if contact {
                    return run.map_or(Search::None, Search::Contact);
                }
                from += next;
            }
            Standing::Unknown if !full => return Search::Unknown,
            Standing::No | Standing::Unknown => {
                // A blank line is neither here nor there.
                if line.end > from {
                    run = None;
                }
                from = line.next;
            }
        }
    }
    first.map_or(Search::None, Search::Standing)
}

/// Whether the line at the start of `bytes` is a contact. `None`: more text is needed to tell.
pub(super) fn is_contact_here(bytes: &[u8], layout: &Layout, last: bool) -> Option<bool> {
    match standing(bytes, layout, last) {
        Standing::Yes { contact, .. } => Some(contact),
        Standing::No => Some(false),
        Standing::Unknown => None,
    }
}

enum Standing {
    Yes {
        /// Behind the record, which may take several lines.
        next: usize,
        contact: bool,
    },
    No,
    Unknown,
}

fn standing(bytes: &[u8], layout: &Layout, last: bool) -> Standing {
    let near = bytes.get(..NEAR).unwrap_or(bytes);
    let whole = near.len() == bytes.len();
    match scan(near, layout, last && whole) {
        Scan::Record { end, next, cells, loose: false } if end > 0 && layout.usual(cells) => {
            Standing::Yes { next, contact: has_number(near.get(..end).unwrap_or_default(), layout) }
        }
        Scan::Open | Scan::Cut if whole && !last => Standing::Unknown,
        Scan::Record { .. } | Scan::Broken { .. } | Scan::Open | Scan::Cut => Standing::No,
    }
}

/// Where the neighbours begin that a record over several lines has swallowed, when there is reason to think so.
///
/// Never while the phone columns are not known.
pub(super) fn first_swallowed(record: &[u8], cells: usize, layout: &Layout) -> Option<usize> {
    if layout.phones.is_empty() {
        return None;
    }
    let usual = layout.usual(cells);
    let mut first = None;
    let mut from = line(record, 0, true)?.next;
    while let Some(inner) = line(record, from, true) {
        let text = record.get(from..inner.end).unwrap_or_default();
        let is_last = inner.next >= record.len();
        if is_contact_line(text, layout) {
            if !usual {
                return Some(from);
            }
            first = first.or(Some(from));
        } else if usual && !is_last {
            return None;
        }
        if is_last {
            break;
        }
        from = inner.next;
    }
    first
}

/// Whether a line, taken alone, is a contact of two cells or more. A single cell is as good as any text.
fn is_contact_line(text: &[u8], layout: &Layout) -> bool {
    match scan(text, layout, true) {
        Scan::Record { cells, loose: false, .. } => cells >= 2 && layout.usual(cells) && has_number(text, layout),
        Scan::Record { .. } | Scan::Broken { .. } | Scan::Open | Scan::Cut => false,
    }
}

/// Whether a phone column has five digits; true as well while the phone columns are not known yet.
///
/// Only digits are counted, so it does not matter that a delimiter inside quotes divides a cell here.
fn has_number(record: &[u8], layout: &Layout) -> bool {
    let mut cells = record.split(|byte| *byte == layout.dialect.delimiter).enumerate();
    let digits = |cell: &[u8]| cell.iter().filter(|byte| byte.is_ascii_digit()).count();
    layout.phones.is_empty() || cells.any(|(at, cell)| layout.phones.contains(&at) && digits(cell) >= 5)
}

/// A flawless record, of one line or several, at the start of a file's head: how many cells, and where the next begins.
pub(super) fn flawless_record(head: &[u8], layout: &Layout) -> Option<(usize, usize)> {
    match scan(head.get(..NEAR).unwrap_or(head), layout, head.len() <= NEAR) {
        Scan::Record { end, next, cells, loose: false } if end > 0 => Some((cells, next)),
        Scan::Record { .. } | Scan::Broken { .. } | Scan::Open | Scan::Cut => None,
    }
}
