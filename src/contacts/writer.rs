//! Writes records as text: UTF-8, one delimiter, quotes only where they are needed.

use std::io::{self, Write};

/// The text of records, one line each, while it is put together. Cheap enough for a hot loop: reuse it.
#[derive(Debug)]
pub struct Records {
    text: Vec<u8>,
    /// Where the record begins that is being written.
    start: usize,
    /// How many cells it has so far.
    cells: usize,
    delimiter: u8,
    /// The delimiter is none of a word's characters.
    words_are_plain: bool,
}

impl Records {
    /// No records yet; they will have that byte between cells, and LF behind each.
    #[must_use]
    pub fn new(delimiter: u8) -> Self {
        let words_are_plain = !delimiter.is_ascii_alphanumeric() && !matches!(delimiter, b'+' | b'_');
        Self { text: Vec::new(), start: 0, cells: 0, delimiter, words_are_plain }
    }

    /// Adds a whole record.
    pub fn push_record<I>(&mut self, cells: I)
    where
        I: IntoIterator,
        I::Item: AsRef<[u8]>,
    {
        for cell in cells {
            self.push_cell(cell.as_ref());
        }
        self.end_record();
    }

    /// Adds a cell to the record.
    #[inline]
    pub fn push_cell(&mut self, cell: &[u8]) {
        self.begin_cell();
        let delimiter = self.delimiter;
        let special = |byte: u8| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r');
        #[expect(clippy::unnecessary_fold, reason = "without an early end many bytes are compared at once")]
        if cell.iter().fold(false, |found, byte| special(*byte) || found) {
            self.push_quoted(cell);
        } else {
            self.text.extend_from_slice(cell);
        }
    }

    /// Adds a cell of ASCII letters, digits, `+` and `_` alone: a figure, a number, a name of ours. Nearly no delimiter
    /// asks for quotes around it.
    #[inline]
    pub fn push_word(&mut self, word: &[u8]) {
        if self.words_are_plain { self.push_verbatim(word) } else { self.push_cell(word) }
    }

    /// Adds several cells at once that are a record already: [`super::Row::verbatim`].
    #[inline]
    pub fn push_verbatim(&mut self, cells: &[u8]) {
        self.begin_cell();
        self.text.extend_from_slice(cells);
    }

    /// Ends the record.
    #[inline]
    pub fn end_record(&mut self) {
        if self.cells == 1 {
            self.quote_blanks();
        }
        self.text.push(b'\n');
        (self.start, self.cells) = (self.text.len(), 0);
    }

    /// Adds a blank line: no record to whoever reads it.
    pub fn end_line(&mut self) {
        self.text.push(b'\n');
        self.start = self.text.len();
    }

    /// The records, the last of them perhaps not ended.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    /// Takes the records out; what comes is written behind nothing.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        (self.start, self.cells) = (0, 0);
        std::mem::take(&mut self.text)
    }

    /// Forgets all records and keeps the room.
    pub fn clear(&mut self) {
        (self.start, self.cells) = (0, 0);
        self.text.clear();
    }

    #[inline]
    fn begin_cell(&mut self) {
        if self.cells > 0 {
            self.text.push(self.delimiter);
        }
        self.cells += 1;
    }

    /// A line of blanks would be read back as no record.
    fn quote_blanks(&mut self) {
        let cell = self.text.get(self.start..).unwrap_or_default();
        if cell.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            let cell = self.text.split_off(self.start);
            self.push_quoted(&cell);
        }
    }

    fn push_quoted(&mut self, cell: &[u8]) {
        self.text.push(b'"');
        for byte in cell {
            if *byte == b'"' {
                self.text.push(b'"');
            }
            self.text.push(*byte);
        }
        self.text.push(b'"');
    }
}

/// Writes records to an output, one call a record: give it something buffered.
#[derive(Debug)]
pub struct RecordWriter<W> {
    out: W,
    /// The record being written.
    record: Records,
}

impl<W: Write> RecordWriter<W> {
    /// A writer with that byte between cells, and LF behind each record.
    pub fn new(out: W, delimiter: u8) -> Self {
        Self { out, record: Records::new(delimiter) }
    }

    /// Writes a whole record.
    ///
    /// # Errors
    ///
    /// When the output fails.
    pub fn write_record<I>(&mut self, cells: I) -> io::Result<()>
    where
        I: IntoIterator,
        I::Item: AsRef<[u8]>,
    {
        for cell in cells {
            self.push_cell(cell.as_ref());
        }
        self.end_record()
    }

    /// Adds a cell to the record: [`Records::push_cell`].
    pub fn push_cell(&mut self, cell: &[u8]) {
        self.record.push_cell(cell);
    }

    /// Adds several cells at once: [`Records::push_verbatim`].
    pub fn push_verbatim(&mut self, cells: &[u8]) {
        self.record.push_verbatim(cells);
    }

    /// Ends the record and hands it to the output.
    ///
    /// # Errors
    ///
    /// When the output fails.
    pub fn end_record(&mut self) -> io::Result<()> {
        self.record.end_record();
        let written = self.out.write_all(self.record.as_bytes());
        self.record.clear();
        written
    }

    /// Gives the output back.
    pub fn into_inner(self) -> W {
        self.out
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            records in prop::collection::vec(prop::collection::vec("[a, \t;\"\n\r]{0,4}", 1..4), 1..5),
            word in "[A-Za-z0-9+_]{1,12}",
            delimiter in prop::sample::select(vec![b',', b';', b'\t', b'|', b'_', b'+', b'7', b'e']),
        ) {
            let mut writer = RecordWriter::new(Vec::new(), delimiter);
            let mut together = Records::new(delimiter);
            let mut records = records;
            for record in &mut records {
                for cell in &*record {
                    together.push_cell(cell.as_bytes());
                }
                together.push_word(word.as_bytes());
                together.end_record();
                record.push(word.clone());
                writer.write_record(&*record).unwrap();
            }
            let text = writer.into_inner();
            prop_assert_eq!(together.as_bytes(), &text);
            let mut reader =
                csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(&text[..]);
            let read: Vec<Vec<String>> =
                reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
            prop_assert_eq!(read, records);
        }
    }
}
