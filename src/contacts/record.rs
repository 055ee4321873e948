//! Where a record ends, whatever happened to it.
//!
//! A record is cells with delimiters between them, up to a line break (RFC 4180). A cell that begins with a quote runs
//! to the next single quote, over line breaks too; a quote elsewhere in a cell is a character like any other.
//!
//! Files are damaged where people edit them: a quote too many or too few. Read to the letter, such a quote swallows
//! neighbours up to the next one, megabytes away. So a record is taken to be damaged when
//!
//! 1. something other than a delimiter or a line break follows a closing quote, or a quote is never closed;
//! 2. it runs over several lines, has an unusual number of cells, and one of those lines would be a contact by itself;
//! 3. it runs over several lines, and all of the lines inside would be contacts by themselves.
//!
//! "Would be a contact by itself": read alone, the line is a flawless record of a usual number of cells, at least two,
//! with five digits in a phone column. A damaged record ends *before the first line that stands on its own* (a flawless
//! record of a usual number of cells), or else with the line on which its quote closed, or with the file.
//!
//! Everything here is decided by the record's own bytes, at most [`RECORD_LIMIT`] of them: never by how the text was cut
//! into blocks. Work stays linear for hostile text as well: a record over several lines may have few more cells than
//! usual, and each line that opens a quote anew costs it a cell.

use memchr::{memchr, memchr3};

use super::RECORD_LIMIT;
use super::layout::Layout;
use super::lines::{after_break, breaks, has_break, line};

/// How far ahead a line is read to see whether it stands on its own.
const STAND_BYTES: usize = 16 << 10;

/// A record's extent, or why there is none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// A flawless record on one line; its line break included.
    Line { next: usize },
    /// A flawless record over several lines.
    Lines { next: usize, lines: u64 },
    /// A damaged record, and where reading goes on.
    Damaged { next: usize, lines: u64, why: Damage },
    /// Longer than [`RECORD_LIMIT`]; `quoted` when it was inside quotes at the limit.
    Endless { quoted: bool },
    /// More text is needed to tell.
    Unknown,
}

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    Unclosed,
    BehindQuote,
    SwallowsLines,
    TooLong,
}

impl Damage {
    pub(super) fn why(self) -> &'static str {
        match self {
            Self::Unclosed => "a quote is opened and not closed",
            Self::BehindQuote => "a closing quote is followed by text",
            Self::SwallowsLines => "a quote takes in the lines that follow",
            Self::TooLong => "the record is longer than 1 MiB",
        }
    }
}

/// A record read to the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scan {
    /// `loose`: a quote stands inside an unquoted cell.
    Record { end: usize, next: usize, cells: usize, loose: bool },
    /// Cannot go on at this place.
    Broken { at: usize, why: Damage },
    /// The text ended inside quotes.
    Open,
    /// The text ended outside quotes, and more is to come.
    Cut,
}

/// Finds the extent of the record at the start of `bytes`. `last` says that nothing follows them.
pub(super) fn extent(bytes: &[u8], layout: &Layout, last: bool) -> Extent {
    let full = bytes.len() > RECORD_LIMIT;
    let window = if full { bytes.get(..RECORD_LIMIT).unwrap_or(bytes) } else { bytes };
    let last = last && !full;
    match scan(window, layout, last) {
        Scan::Record { end, next, cells, .. } => {
            let record = window.get(..end).unwrap_or(window);
            if !has_break(record) {
                return Extent::Line { next };
            }
            let lines = breaks(record) + 1;
            if layout.sheet {
                return Extent::Lines { next, lines: 1 };
            }
            match first_swallowed(record, cells, layout) {
                None => Extent::Lines { next, lines },
                Some(from) => damaged(window, from, Damage::SwallowsLines),
            }
        }
        Scan::Broken { at, why } => match line(window, at, last) {
            Some(fault) => match first_standing(window, fault.next, layout, last, full) {
                Search::Found(from) => damaged(window, from, why),
                Search::None => damaged(window, fault.next, why),
                Search::Unknown => Extent::Unknown,
            },
            None if full => Extent::Endless { quoted: false },
            None => Extent::Unknown,
        },
        Scan::Open if last || full => match first_standing(window, window.len(), layout, last, full) {
            Search::Found(from) => damaged(window, from, Damage::Unclosed),
            Search::None if full => Extent::Endless { quoted: true },
            Search::None => damaged(window, window.len(), Damage::Unclosed),
            Search::Unknown => Extent::Unknown,
        },
        Scan::Cut if full => Extent::Endless { quoted: false },
        Scan::Open | Scan::Cut => Extent::Unknown,
    }
}

/// Whether the line at the start of `bytes` is a record that stands on its own. `None`: more text is needed to tell.
pub(super) fn stands(bytes: &[u8], layout: &Layout, last: bool) -> Option<bool> {
    let near = bytes.get(..STAND_BYTES).unwrap_or(bytes);
    let whole = near.len() == bytes.len();
    match scan(near, layout, last && whole) {
        Scan::Record { end, cells, loose, .. } => Some(end > 0 && !loose && layout.usual(cells)),
        Scan::Open | Scan::Cut if whole && !last => None,
        Scan::Broken { .. } | Scan::Open | Scan::Cut => Some(false),
    }
}

/// How many cells a line has, if it is a flawless record by itself.
fn flawless_cells(text: &[u8], layout: &Layout) -> Option<usize> {
    match scan(text, layout, true) {
        Scan::Record { cells, loose: false, .. } => Some(cells),
        Scan::Record { .. } | Scan::Broken { .. } | Scan::Open | Scan::Cut => None,
    }
}

/// A flawless record, of one line or several, at the start of a file's head: how many cells, and where the next begins.
pub(super) fn flawless_record(head: &[u8], layout: &Layout) -> Option<(usize, usize)> {
    match scan(head.get(..STAND_BYTES).unwrap_or(head), layout, head.len() <= STAND_BYTES) {
        Scan::Record { end, next, cells, loose: false } if end > 0 => Some((cells, next)),
        Scan::Record { .. } | Scan::Broken { .. } | Scan::Open | Scan::Cut => None,
    }
}

fn damaged(window: &[u8], next: usize, why: Damage) -> Extent {
    let taken = window.get(..next).unwrap_or(window);
    // The last line of a file need not be ended by a break, and is a line all the same.
    let unended = !matches!(taken.last(), Some(b'\n' | b'\r'));
    Extent::Damaged { next, lines: breaks(taken) + u64::from(unended), why }
}

enum Search {
    Found(usize),
    None,
    Unknown,
}

/// The first line behind the record's first, and before `until`, that stands on its own.
fn first_standing(window: &[u8], until: usize, layout: &Layout, last: bool, full: bool) -> Search {
    let mut from = 0;
    while let Some(line) = line(window, from, last) {
        from = line.next;
        if from >= until {
            break;
        }
        match stands(window.get(from..).unwrap_or_default(), layout, last) {
            Some(true) => return Search::Found(from),
            Some(false) => {}
            None if full => {}
            None => return Search::Unknown,
        }
    }
    Search::None
}

/// Where the neighbours begin that a record over several lines has swallowed, when there is reason to think so.
fn first_swallowed(record: &[u8], cells: usize, layout: &Layout) -> Option<usize> {
    let usual = layout.usual(cells);
    let mut first = None;
    let mut from = line(record, 0, true)?.next;
    while let Some(inner) = line(record, from, true) {
        let text = record.get(from..inner.end).unwrap_or_default();
        let is_last = inner.next >= record.len();
        if is_contact(text, layout) {
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

/// Whether a line would be a contact by itself.
fn is_contact(text: &[u8], layout: &Layout) -> bool {
    if !flawless_cells(text, layout).is_some_and(|cells| cells >= 2 && layout.usual(cells)) {
        return false;
    }
    // Only digits are counted, so it does not matter that a delimiter inside quotes divides a cell here.
    let mut cells = text.split(|byte| *byte == layout.dialect.delimiter).enumerate();
    cells.any(|(at, cell)| layout.phones.contains(&at) && cell.iter().filter(|byte| byte.is_ascii_digit()).count() >= 5)
}

/// Reads the record at the start of `bytes` to the letter.
fn scan(bytes: &[u8], layout: &Layout, last: bool) -> Scan {
    let Some(quote) = layout.dialect.quote else {
        let cells = |end| count(layout.dialect.delimiter, bytes.get(..end).unwrap_or_default()) + 1;
        return line(bytes, 0, last).map_or(Scan::Cut, |line| Scan::Record {
            end: line.end,
            next: line.next,
            cells: cells(line.end),
            loose: false,
        });
    };
    let delimiter = layout.dialect.delimiter;
    let most_cells = layout.most_cells();
    let (mut at, mut cells, mut loose) = (0, 0, false);
    // Up to where the record was searched for line breaks.
    let mut searched = 0;
    let mut several_lines = false;
    loop {
        cells += 1;
        if cells > most_cells && !layout.sheet {
            several_lines |= bytes.get(searched..at).is_some_and(has_break);
            searched = at;
            if several_lines {
                return Scan::Broken { at, why: Damage::SwallowsLines };
            }
        }
        let end = if let Some(opening) = layout.dialect.opening(bytes, at) {
            match closing(bytes, opening + 1, quote) {
                Some(closing) => layout.dialect.behind_quote(bytes, closing.next),
                None => return Scan::Open,
            }
        } else {
            let rest = bytes.get(at..).unwrap_or_default();
            let length = memchr3(delimiter, b'\n', b'\r', rest).unwrap_or(rest.len());
            loose = loose || rest.get(..length).is_some_and(|cell| memchr(quote, cell).is_some());
            at + length
        };
        match bytes.get(end) {
            Some(&byte) if byte == delimiter => at = end + 1,
            Some(b'\n' | b'\r') => {
                return match after_break(bytes, end, last) {
                    Some(next) => Scan::Record { end, next, cells, loose },
                    None => Scan::Cut,
                };
            }
            Some(_) => return Scan::Broken { at: end, why: Damage::BehindQuote },
            None if last => return Scan::Record { end, next: end, cells, loose },
            None => return Scan::Cut,
        }
    }
}

/// The place behind the quote that closes a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) next: usize,
    /// The cell's text has quotes in it, each of them doubled.
    pub(super) doubled: bool,
}

/// Finds the end of the cell whose text, behind its opening quote, starts at `from`.
///
/// At the end of the text a quote is taken to close; if the text is cut there, what follows decides anew.
#[inline]
pub(super) fn closing(bytes: &[u8], mut from: usize, quote: u8) -> Option<Closing> {
    let mut doubled = false;
    loop {
        from += memchr(quote, bytes.get(from..)?)? + 1;
        if bytes.get(from) != Some(&quote) {
            return Some(Closing { next: from, doubled });
        }
        doubled = true;
        from += 1;
    }
}

fn count(byte: u8, bytes: &[u8]) -> usize {
    memchr::memchr_iter(byte, bytes).count()
}
