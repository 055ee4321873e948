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
//! Where such a record ends is told by its neighbours: see [`super::neighbours`].
//!
//! Everything here is decided by the record's own bytes, at most [`RECORD_LIMIT`] of them: never by how the text was cut
//! into blocks. Work stays linear for hostile text as well: a record over several lines may have few more cells than
//! usual, and each line that opens a quote anew costs it a cell.

use memchr::{memchr, memchr2, memchr3};

use super::RECORD_LIMIT;
use super::layout::{Dialect, Layout};
use super::lines::{after_break, breaks, has_break, line};
use super::neighbours::{Search, first_neighbour, first_swallowed};

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
pub(super) enum Scan {
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
            Some(fault) => match first_neighbour(window, fault.next, layout, last, full) {
                Search::Contact(from) | Search::Standing(from) => damaged(window, from, why),
                Search::None => damaged(window, fault.next, why),
                Search::Unknown => Extent::Unknown,
            },
            None if full => Extent::Endless { quoted: false },
            None => Extent::Unknown,
        },
        Scan::Open if last || full => match first_neighbour(window, window.len(), layout, last, full) {
            Search::Standing(_) | Search::None if full => Extent::Endless { quoted: true },
            Search::Contact(from) | Search::Standing(from) => damaged(window, from, Damage::Unclosed),
            Search::None => damaged(window, window.len(), Damage::Unclosed),
            Search::Unknown => Extent::Unknown,
        },
        Scan::Cut if full => Extent::Endless { quoted: false },
        Scan::Open | Scan::Cut => Extent::Unknown,
    }
}

fn damaged(window: &[u8], next: usize, why: Damage) -> Extent {
    let taken = window.get(..next).unwrap_or(window);
    // The last line of a file need not be ended by a break, and is a line all the same.
    let unended = !matches!(taken.last(), Some(b'\n' | b'\r'));
    Extent::Damaged { next, lines: breaks(taken) + u64::from(unended), why }
}

/// Reads the record at the start of `bytes` to the letter.
pub(super) fn scan(bytes: &[u8], layout: &Layout, last: bool) -> Scan {
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
            match closing(bytes, opening + 1, layout.dialect) {
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
    /// The cell's text has quotes in it, each of them doubled, or backslashes that take a meaning away.
    pub(super) coded: bool,
}

/// Finds the end of the cell whose text, behind its opening quote, starts at `from`.
///
/// At the end of the text a quote is taken to close; if the text is cut there, what follows decides anew.
#[inline]
pub(super) fn closing(bytes: &[u8], mut from: usize, dialect: Dialect) -> Option<Closing> {
    let quote = dialect.quote?;
    let mut coded = false;
    if dialect.escaped {
        return closing_escaped(bytes, from, quote);
    }
    loop {
        from += memchr(quote, bytes.get(from..)?)? + 1;
        if bytes.get(from) != Some(&quote) {
            return Some(Closing { next: from, coded });
        }
        coded = true;
        from += 1;
    }
}

/// As [`closing`], where a backslash takes the meaning from what follows it.
fn closing_escaped(bytes: &[u8], mut from: usize, quote: u8) -> Option<Closing> {
    let mut coded = false;
    loop {
        from += memchr2(quote, b'\\', bytes.get(from..)?)? + 1;
        let escapes = bytes.get(from - 1) == Some(&b'\\');
        if !escapes && bytes.get(from) != Some(&quote) {
            return Some(Closing { next: from, coded });
        }
        coded = true;
        from += 1;
    }
}

/// Appends the text of a coded cell, read from between its quotes, as it was before it was written.
pub(super) fn decode(text: &[u8], dialect: Dialect, into: &mut Vec<u8>) {
    let Some(quote) = dialect.quote else { return into.extend_from_slice(text) };
    let mut text = text;
    loop {
        let found = if dialect.escaped { memchr2(quote, b'\\', text) } else { memchr(quote, text) };
        let Some(found) = found else { return into.extend_from_slice(text) };
        let (plain, rest) = text.split_at(found);
        into.extend_from_slice(plain);
        match rest {
            // A backslash before anything else is one.
            [b'\\', behind, ..] if dialect.escaped && !matches!(*behind, b'\\') && *behind != quote => {
                into.push(b'\\');
                text = rest.get(1..).unwrap_or_default();
            }
            [_, behind, ..] => {
                into.push(*behind);
                text = rest.get(2..).unwrap_or_default();
            }
            _ => return into.extend_from_slice(rest),
        }
    }
}

fn count(byte: u8, bytes: &[u8]) -> usize {
    memchr::memchr_iter(byte, bytes).count()
}
