//! Whole records of one file, and their cells: the parallel half of reading.

use std::ops::Range;
use std::sync::Arc;

use memchr::memchr;

use super::ends::CellEnds;
use super::layout::Layout;
use super::lines::{after_break, line};
use super::record::{Closing, closing, decode};
use super::split::Fence;

/// Whole records of one file, as [`super::List::next_block`] cuts them. Reuse it: its buffers stay.
#[derive(Default)]
pub struct Block {
    pub(super) bytes: Vec<u8>,
    /// The line on which `bytes` start.
    pub(super) first_line: u64,
    /// The records that are not simply a line, in order.
    pub(super) fences: Vec<Fence>,
    /// A CR without LF ends a line somewhere.
    pub(super) lone_returns: bool,
    pub(super) layout: Arc<Layout>,
}

/// What parsing a row needs for itself. Reuse it for all blocks of a thread.
#[derive(Default)]
pub struct Scratch {
    cells: Vec<Cell>,
    /// The text of cells whose quotes had to be undone.
    undone: Vec<u8>,
}

/// Where a cell's text is.
#[derive(Clone, Copy)]
struct Cell {
    start: usize,
    end: usize,
    /// In [`Scratch::undone`], not in the block.
    undone: bool,
}

/// The rows of a block, one after the other.
pub struct Rows<'a> {
    block: &'a Block,
    scratch: &'a mut Scratch,
    at: usize,
    line: u64,
    fence: usize,
    ends: CellEnds,
}

/// A record of a list.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    block: &'a Block,
    scratch: &'a Scratch,
    line: u64,
    start: usize,
    end: usize,
    damage: Option<&'static str>,
}

impl Block {
    /// Empties the block for a file's next records.
    pub(super) fn reset(&mut self, layout: &Arc<Layout>) {
        self.bytes.clear();
        self.fences.clear();
        if !Arc::ptr_eq(&self.layout, layout) {
            self.layout = Arc::clone(layout);
        }
    }

    /// Parses the block's rows, in the order of the file.
    #[must_use]
    pub fn rows<'a>(&'a self, scratch: &'a mut Scratch) -> Rows<'a> {
        let delimiter = self.layout.dialect.delimiter;
        let ends = CellEnds::of([delimiter, b'\n', if self.lone_returns { b'\r' } else { b'\n' }]);
        Rows { block: self, scratch, at: 0, line: self.first_line, fence: 0, ends }
    }

    /// The text at a [`Row::place`] of this block.
    #[must_use]
    pub fn text(&self, place: Range<usize>) -> &[u8] {
        self.bytes.get(place).unwrap_or_default()
    }

    /// The file's place in the list.
    #[must_use]
    pub fn file(&self) -> usize {
        self.layout.file
    }

    /// How many bytes of text the block holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the block holds no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl Rows<'_> {
    /// The next row, until there are no more.
    pub fn next_row(&mut self) -> Option<Row<'_>> {
        let block = self.block;
        let bytes = block.bytes.as_slice();
        loop {
            let (start, line) = (self.at, self.line);
            if start >= bytes.len() {
                return None;
            }
            self.scratch.cells.clear();
            self.scratch.undone.clear();
            if let Some(fence) = block.fences.get(self.fence).filter(|fence| fence.start == start) {
                self.fence += 1;
                self.at = fence.next;
                self.line += fence.lines;
                let end = without_break(bytes, start, fence.next);
                self.fenced_cells(start, end);
                let damage = fence.damage.map(super::record::Damage::why);
                return Some(Row { block, scratch: self.scratch, line, start, end, damage });
            }
            self.line += 1;
            if let Some(next) = self.blank(start) {
                self.at = next;
                continue;
            }
            let end = self.line_cells(start);
            return Some(Row { block, scratch: self.scratch, line, start, end, damage: None });
        }
    }

    /// Behind the last row: the place in the block, and its line.
    pub(super) fn position(&self) -> (usize, u64) {
        (self.at, self.line)
    }

    /// Behind the line at `start`, if nothing is on it but blanks.
    #[inline]
    fn blank(&self, start: usize) -> Option<usize> {
        let bytes = self.block.bytes.as_slice();
        match bytes.get(start)? {
            b'\n' => Some(start + 1),
            b'\r' => after_break(bytes, start, true),
            b' ' | b'\t' => {
                let line = line(bytes, start, true)?;
                let delimiter = self.block.layout.dialect.delimiter;
                let text = bytes.get(start..line.end)?;
                text.iter().all(|byte| matches!(byte, b' ' | b'\t') && *byte != delimiter).then_some(line.next)
            }
            _ => None,
        }
    }

    /// Parses a record that is known to be flawless and to end with its line; returns where its text ends.
    #[inline]
    fn line_cells(&mut self, start: usize) -> usize {
        let bytes = self.block.bytes.as_slice();
        let dialect = self.block.layout.dialect;
        let lone_returns = self.block.lone_returns;
        let mut from = start;
        loop {
            let end = if let Some(opening) = dialect.opening(bytes, from) {
                self.quoted_cell(opening, bytes.len())
            } else {
                let mut end = self.ends.next(bytes, from);
                // Without lone returns, one before a feed (or at the end) is half of a line break.
                let broken = bytes.get(end) != Some(&dialect.delimiter);
                if broken && !lone_returns && end > from && bytes.get(end - 1) == Some(&b'\r') {
                    end -= 1;
                }
                self.scratch.cells.push(Cell { start: from, end, undone: false });
                end
            };
            if bytes.get(end) == Some(&dialect.delimiter) {
                from = end + 1;
            } else {
                self.at = after_break(bytes, end, true).unwrap_or(end).min(bytes.len());
                return end;
            }
        }
    }

    /// Parses a record of known extent, damaged or not.
    fn fenced_cells(&mut self, start: usize, end: usize) {
        let bytes = self.block.bytes.get(..end).unwrap_or_default();
        let dialect = self.block.layout.dialect;
        let mut from = start;
        loop {
            let stop = if let Some(opening) = dialect.opening(bytes, from) {
                self.quoted_cell(opening, end)
            } else {
                let rest = bytes.get(from..).unwrap_or_default();
                let stop = from + memchr(dialect.delimiter, rest).unwrap_or(rest.len());
                self.scratch.cells.push(Cell { start: from, end: stop, undone: false });
                stop
            };
            if stop >= end {
                return;
            }
            from = stop + 1;
        }
    }

    /// Parses the cell whose opening quote is at `from`; returns what follows it.
    ///
    /// Text behind the closing quote, which only a damaged record has, is kept in the cell; a quote that nothing closes
    /// is a character like any other.
    fn quoted_cell(&mut self, from: usize, limit: usize) -> usize {
        let bytes = self.block.bytes.get(..limit).unwrap_or_default();
        let dialect = self.block.layout.dialect;
        let rest = |from: usize| bytes.get(from..).unwrap_or_default();
        let Some(Closing { next: closed, coded }) = closing(bytes, from + 1, dialect) else {
            let stop = from + memchr(dialect.delimiter, rest(from)).unwrap_or(limit - from);
            self.scratch.cells.push(Cell { start: from, end: stop, undone: false });
            return stop;
        };
        let text = bytes.get(from + 1..closed - 1).unwrap_or_default();
        let behind = dialect.behind_quote(bytes, closed);
        let ends = match bytes.get(behind) {
            None | Some(b'\n' | b'\r') => true,
            Some(byte) => *byte == dialect.delimiter,
        };
        if ends && !coded {
            self.scratch.cells.push(Cell { start: from + 1, end: closed - 1, undone: false });
            return behind;
        }
        let undone = &mut self.scratch.undone;
        let start = undone.len();
        decode(text, dialect, undone);
        let mut stop = behind;
        if !ends {
            stop = closed + memchr(dialect.delimiter, rest(closed)).unwrap_or(limit - closed);
            undone.extend_from_slice(bytes.get(closed..stop).unwrap_or_default());
        }
        let end = undone.len();
        self.scratch.cells.push(Cell { start, end, undone: true });
        stop
    }
}

impl<'a> Row<'a> {
    /// The line of the file on which the record starts, counted from 1, the header's included. In a sheet: its row.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The file's place in the list.
    #[must_use]
    pub fn file(&self) -> usize {
        self.block.layout.file
    }

    /// All cells of the record, in the file's own order, quotes undone; as many as there are.
    #[must_use]
    pub fn cells(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        let row = *self;
        row.scratch.cells.iter().map(move |cell| row.text(*cell))
    }

    /// The cells in the order of [`super::List::header`]: empty where the file or the record has none.
    pub fn union_cells(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let row = *self;
        row.block.layout.union.iter().map(move |column| column.map_or(&[][..], |column| row.cell(column)))
    }

    /// One of [`Self::union_cells`], by its place in the header.
    #[must_use]
    pub fn union_cell(&self, place: usize) -> &'a [u8] {
        let column = self.block.layout.union.get(place).copied().flatten();
        column.map_or(&[][..], |column| self.cell(column))
    }

    /// The cells past the file's last column.
    pub fn extra_cells(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.cells().skip(self.block.layout.columns)
    }

    /// The cells of the phone columns, in the order of the options; empty ones included.
    #[must_use]
    pub fn phones(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        let row = *self;
        row.block.layout.phones.iter().map(move |column| row.cell(*column))
    }

    /// The cell of the region column, if there is one.
    #[must_use]
    pub fn region(&self) -> Option<&'a [u8]> {
        self.block.layout.region.map(|column| self.cell(column))
    }

    /// The cell of the group column, if there is one.
    #[must_use]
    pub fn group(&self) -> Option<&'a [u8]> {
        self.block.layout.group.map(|column| self.cell(column))
    }

    /// The cell of the action column, if there is one.
    #[must_use]
    pub fn action(&self) -> Option<&'a [u8]> {
        self.block.layout.action.map(|column| self.cell(column))
    }

    /// The record as the file has it, in UTF-8, without its line break.
    ///
    /// Of a record past [`super::RECORD_LIMIT`] only the first [`super::KEPT_BYTES`].
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.block.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Where [`Row::raw`] is in its block, for [`Block::text`] once the row is gone.
    #[must_use]
    pub fn place(&self) -> Range<usize> {
        self.start..self.end
    }

    /// [`Row::raw`], when it reads back as exactly [`Row::union_cells`] in a file with that delimiter: what may be
    /// copied instead of written cell by cell.
    #[must_use]
    pub fn verbatim(&self, delimiter: u8) -> Option<&'a [u8]> {
        let layout = &self.block.layout;
        let same = layout.same_columns
            && layout.dialect.delimiter == delimiter
            && self.damage.is_none()
            && self.scratch.cells.len() == layout.columns
            && self.end > self.start;
        let raw = self.raw();
        let quotes = match layout.dialect.quote {
            Some(b'"') if !layout.dialect.padded && !layout.dialect.escaped => true,
            _ => memchr(b'"', raw).is_none(),
        };
        (same && quotes).then_some(raw)
    }

    /// Why the record is damaged, if it is. Its cells are then a best guess.
    #[must_use]
    pub fn damage(&self) -> Option<&'static str> {
        self.damage
    }

    /// How many cells are quoted.
    pub(super) fn quoted_cells(&self) -> usize {
        let quote = self.block.layout.dialect.quote;
        let quoted = |cell: &&Cell| {
            let before = cell.start.checked_sub(1).filter(|before| *before >= self.start);
            cell.undone || before.is_some_and(|before| self.block.bytes.get(before).copied() == quote)
        };
        self.scratch.cells.iter().filter(quoted).count()
    }

    #[inline]
    fn cell(&self, column: usize) -> &'a [u8] {
        self.scratch.cells.get(column).map_or(&[][..], |cell| self.text(*cell))
    }

    #[inline]
    fn text(&self, cell: Cell) -> &'a [u8] {
        let bytes = if cell.undone { &self.scratch.undone } else { &self.block.bytes };
        bytes.get(cell.start..cell.end).unwrap_or_default()
    }
}

/// The end of a record's text, for one that ends behind its line break at `next`.
fn without_break(bytes: &[u8], start: usize, next: usize) -> usize {
    match bytes.get(start..next) {
        Some([.., b'\r', b'\n']) => next - 2,
        Some([.., b'\r' | b'\n']) => next - 1,
        _ => next,
    }
}
