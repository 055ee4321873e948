//! Cuts text into blocks of whole records and counts lines: the serial half of reading.
//!
//! Where no quote is near, a block ends at the last line break that was read, and nothing is looked at twice. Lines with
//! quotes are followed cell by cell; records that are not simply one line are fenced in, so that parsing a block
//! needs to decide nothing.

use std::io;
use std::sync::Arc;

use memchr::{memchr, memrchr2};

use super::block::Block;
use super::layout::Layout;
use super::lines::{breaks, has_lone_return, line, whole_lines};
use super::neighbours::is_contact_here;
use super::record::{Closing, Damage, Extent, closing, extent};
use super::text::{Found, Text};
use super::{KEPT_BYTES, RECORD_LIMIT};

/// How much text a block aims at, in bytes.
///
/// Large enough that handing blocks between threads costs nothing, small enough that a block stays in a core's own cache
/// while it is parsed, normalised and looked up.
pub const BLOCK_BYTES: usize = 256 << 10;

/// A record whose extent is not simply the rest of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fence {
    pub(super) start: usize,
    /// Behind its line break.
    pub(super) next: usize,
    pub(super) lines: u64,
    pub(super) damage: Option<Damage>,
}

/// Cuts one file.
pub(super) struct Splitter {
    text: Text,
    layout: Arc<Layout>,
    block_bytes: usize,
    /// Text that was read and not yet given out.
    carry: Vec<u8>,
    /// Bytes at the start of the text that are no rows: the header.
    head: usize,
    /// The line on which `carry` starts.
    line: u64,
    ended: bool,
    skipping: Option<Skipping>,
}

/// On the way out of a record that is too long to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Skipping {
    ToBreak,
    ToClosingQuote { mid_line: bool },
}

impl Splitter {
    /// A splitter for rows that begin `head` bytes into the text, on line `first_line`.
    pub(super) fn new(text: Text, layout: Arc<Layout>, head: usize, first_line: u64, block_bytes: usize) -> Self {
        Self {
            text,
            layout,
            block_bytes: block_bytes.max(1),
            carry: Vec::new(),
            head,
            line: first_line,
            ended: false,
            skipping: None,
        }
    }

    /// What was found out about the text's encoding since the last question.
    pub(super) fn found(&mut self) -> Option<Found> {
        self.text.found()
    }

    /// Fills `block` with the next whole records; `false` when there are no more.
    pub(super) fn next_block(&mut self, block: &mut Block) -> io::Result<bool> {
        block.reset(&self.layout);
        block.bytes.append(&mut self.carry);
        loop {
            self.read(&mut block.bytes)?;
            if self.head > 0 {
                block.bytes.drain(..self.head.min(block.bytes.len()));
                self.head = 0;
            }
            if self.skipping.is_none() || self.skip(&mut block.bytes) {
                self.skipping = None;
                let cut = cut(&block.bytes, &self.layout, self.ended, &mut block.fences);
                if cut.end > 0 || cut.endless.is_some() {
                    self.give_out(block, &cut);
                    return Ok(true);
                }
            }
            if self.ended {
                block.bytes.clear();
                return Ok(false);
            }
        }
    }

    /// Reads until there is a block's worth of text, and more than there was.
    fn read(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let wanted = match bytes.len() {
            few if few < self.block_bytes => self.block_bytes,
            many => many * 2,
        };
        let wanted = wanted.max(self.head);
        while bytes.len() < wanted && !self.ended {
            self.ended = !self.text.append(bytes, wanted - bytes.len())?;
        }
        Ok(())
    }

    fn give_out(&mut self, block: &mut Block, cut: &Cut) {
        block.first_line = self.line;
        self.line += cut.lines;
        match cut.endless {
            None => {
                self.carry.extend_from_slice(block.bytes.get(cut.end..).unwrap_or_default());
                block.bytes.truncate(cut.end);
            }
            Some(quoted) => {
                let start = cut.end;
                let known = if quoted { start + RECORD_LIMIT } else { start };
                let known = known - usize::from(quoted && block.bytes.get(known - 1) == Some(&b'\r'));
                self.line += breaks(block.bytes.get(start..known).unwrap_or_default());
                self.skipping =
                    Some(if quoted { Skipping::ToClosingQuote { mid_line: true } } else { Skipping::ToBreak });
                self.carry.extend_from_slice(block.bytes.get(known..).unwrap_or_default());
                let kept = whole_letters(&block.bytes, start + KEPT_BYTES);
                block.bytes.truncate(kept);
                block.fences.push(Fence { start, next: kept, lines: 0, damage: Some(Damage::TooLong) });
            }
        }
        block.lone_returns = has_lone_return(&block.bytes);
    }

    /// Drops what belongs to a record past the limit; `false` when more text is needed.
    fn skip(&mut self, bytes: &mut Vec<u8>) -> bool {
        let mut at = 0;
        let done = loop {
            let rest = bytes.get(at..).unwrap_or_default();
            if rest.is_empty() && self.ended {
                break true;
            }
            let quoted = match self.skipping {
                None => break true,
                Some(Skipping::ToBreak) => false,
                Some(Skipping::ToClosingQuote { mid_line }) => {
                    match if mid_line { Some(false) } else { is_contact_here(rest, &self.layout, self.ended) } {
                        Some(true) => break true,
                        Some(false) => true,
                        None => break false,
                    }
                }
            };
            let Some(found) = line(rest, 0, self.ended) else {
                // Everything but the last byte, which may be half of a line break or of a closing quote.
                let sure = rest.len().saturating_sub(1);
                if quoted && self.closes(rest.get(..sure).unwrap_or_default(), false) {
                    self.skipping = Some(Skipping::ToBreak);
                } else if quoted {
                    self.skipping = Some(Skipping::ToClosingQuote { mid_line: true });
                }
                at += sure;
                break false;
            };
            let closes = self.closes(rest.get(..found.end).unwrap_or_default(), true);
            at += found.next;
            self.line += 1;
            if !quoted || closes {
                break true;
            }
            self.skipping = Some(Skipping::ToClosingQuote { mid_line: false });
        };
        bytes.drain(..at);
        done
    }

    /// Whether a quote closes in a line, read from inside quotes.
    fn closes(&self, text: &[u8], whole: bool) -> bool {
        let dialect = self.layout.dialect;
        if dialect.quote.is_none() {
            return true;
        }
        let mut from = 0;
        while let Some(Closing { next: end, .. }) = closing(text, from, dialect) {
            match text.get(end) {
                None if whole => return true,
                Some(&byte) if byte == dialect.delimiter => return true,
                _ => from = end,
            }
        }
        false
    }
}

/// The whole records at the start of a text, as a block of their own that starts on line 1.
pub(super) fn block_of(text: &[u8], layout: &Arc<Layout>, last: bool) -> Block {
    let mut block = Block { first_line: 1, layout: Arc::clone(layout), ..Block::default() };
    let cut = cut(text, layout, last, &mut block.fences);
    block.bytes.extend_from_slice(text.get(..cut.end).unwrap_or_default());
    block.lone_returns = has_lone_return(&block.bytes);
    block
}

struct Cut {
    /// The end of the whole records.
    end: usize,
    /// How many lines they take.
    lines: u64,
    /// A record begins at `end` that is too long; whether it is inside quotes at the limit.
    endless: Option<bool>,
}

/// Finds how far `bytes` hold whole records.
fn cut(bytes: &[u8], layout: &Layout, last: bool, fences: &mut Vec<Fence>) -> Cut {
    fences.clear();
    let (mut at, mut lines) = (0, 0);
    loop {
        // In files that quote everything, nothing plain is in front of the next quote.
        if layout.dialect.opening(bytes, at).is_none() {
            let rest = bytes.get(at..).unwrap_or_default();
            let quote = layout.dialect.quote.and_then(|quote| memchr(quote, rest));
            let plain = match quote {
                Some(found) => rest.get(..found).and_then(|rest| memrchr2(b'\n', b'\r', rest)).map_or(0, |at| at + 1),
                None => whole_lines(rest, last),
            };
            let plain = rest.get(..plain).unwrap_or_default();
            if let Some(long) = first_long_line(plain, last) {
                lines += breaks(plain.get(..long).unwrap_or_default());
                return Cut { end: at + long, lines, endless: Some(false) };
            }
            lines += breaks(plain);
            at += plain.len();
            if quote.is_none() {
                let endless = (bytes.len() - at > RECORD_LIMIT).then_some(false);
                return Cut { end: at, lines, endless };
            }
        }
        match extent(bytes.get(at..).unwrap_or_default(), layout, last) {
            Extent::Line { next } => {
                at += next;
                lines += 1;
            }
            Extent::Lines { next, lines: taken } => {
                fences.push(Fence { start: at, next: at + next, lines: taken, damage: None });
                at += next;
                lines += taken;
            }
            Extent::Damaged { next, lines: taken, why } => {
                fences.push(Fence { start: at, next: at + next, lines: taken, damage: Some(why) });
                at += next;
                lines += taken;
            }
            Extent::Endless { quoted } => return Cut { end: at, lines, endless: Some(quoted) },
            Extent::Unknown => return Cut { end: at, lines, endless: None },
        }
    }
}

/// Where a line longer than the limit begins.
fn first_long_line(bytes: &[u8], last: bool) -> Option<usize> {
    let mut from = 0;
    while bytes.len() - from > RECORD_LIMIT {
        let next = line(bytes, from, last)?.next;
        if next - from > RECORD_LIMIT {
            return Some(from);
        }
        from = next;
    }
    None
}

/// The nearest place at or before `at` that does not divide a letter of UTF-8.
fn whole_letters(bytes: &[u8], at: usize) -> usize {
    let mut at = at.min(bytes.len());
    while at > 0 && bytes.get(at).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {
        at -= 1;
    }
    at
}
