//! How the records of one file are laid out: what splitting and parsing must know of it.

/// The bytes that structure a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// `None`: quotes mean nothing in this file.
    pub(super) quote: Option<u8>,
    /// Blanks between a quote and a delimiter mean nothing.
    pub(super) padded: bool,
    /// Inside quotes a backslash takes the meaning from the quote or the backslash behind it.
    pub(super) escaped: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { delimiter: b',', quote: Some(b'"'), padded: false, escaped: false }
    }
}

impl Dialect {
    /// Where the quote is that opens the cell at `at`, if one does.
    #[inline]
    pub(super) fn opening(self, bytes: &[u8], at: usize) -> Option<usize> {
        let quote = self.quote?;
        let at = if self.padded { at + self.blanks(bytes, at) } else { at };
        (bytes.get(at) == Some(&quote)).then_some(at)
    }

    /// Where a quoted cell ends, for a closing quote in front of `at`.
    #[inline]
    pub(super) fn behind_quote(self, bytes: &[u8], at: usize) -> usize {
        if self.padded { at + self.blanks(bytes, at) } else { at }
    }

    fn blanks(self, bytes: &[u8], at: usize) -> usize {
        let blank = |byte: &&u8| matches!(**byte, b' ' | b'\t') && **byte != self.delimiter;
        bytes.get(at..).unwrap_or_default().iter().take_while(blank).count()
    }
}

/// One file of a list, as its records are laid out.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The file's place in the list.
    pub(super) file: usize,
    pub(super) dialect: Dialect,
    /// The numbers of cells that records of this file usually have: the header's, and the sample's.
    pub(super) widths: Vec<usize>,
    pub(super) phones: Vec<usize>,
    pub(super) region: Option<usize>,
    pub(super) group: Option<usize>,
    pub(super) action: Option<usize>,
    /// For each column of the list, where this file has it.
    pub(super) union: Vec<Option<usize>>,
    /// The columns of this file are the list's, in the same order.
    pub(super) same_columns: bool,
    /// How many columns the file has. Cells past them are extra.
    pub(super) columns: usize,
    /// Written by ourselves from a sheet: nothing is damaged, and each record is one line however many it holds.
    pub(super) sheet: bool,
}

impl Layout {
    /// Whether records of this file usually have that many cells.
    pub(super) fn usual(&self, cells: usize) -> bool {
        self.widths.contains(&cells)
    }

    /// The most cells that a record over several lines may have before it counts as damage.
    pub(super) fn most_cells(&self) -> usize {
        self.widths.iter().max().copied().unwrap_or(0) + 16
    }
}
