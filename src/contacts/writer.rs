//! Writes records as text: UTF-8, one delimiter, quotes only where they are needed.

use std::io::{self, Write};

/// Writes records, one line each. Cheap enough for a hot loop: it keeps one buffer and asks the output once a record,
/// so give it a `Vec<u8>` or something buffered.
#[derive(Debug)]
pub struct RecordWriter<W> {
    out: W,
    /// The record being written.
    line: Vec<u8>,
    cells: usize,
    delimiter: u8,
    /// The delimiter is none of a word's characters.
    words_are_plain: bool,
}

impl<W: Write> RecordWriter<W> {
    /// A writer with that byte between cells, and LF behind each record.
    pub fn new(out: W, delimiter: u8) -> Self {
        let words_are_plain = !delimiter.is_ascii_alphanumeric() && !matches!(delimiter, b'+' | b'_');
        Self { out, line: Vec::new(), cells: 0, delimiter, words_are_plain }
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

    /// Adds a cell to the record.
    #[inline]
    pub fn push_cell(&mut self, cell: &[u8]) {
        if self.cells > 0 {
            self.line.push(self.delimiter);
        }
        self.cells += 1;
        let delimiter = self.delimiter;
        let special = |byte: u8| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r');
        #[expect(clippy::unnecessary_fold, reason = "without an early end many bytes are compared at once")]
        if cell.iter().fold(false, |found, byte| special(*byte) || found) {
            self.push_quoted(cell);
        } else {
            self.line.extend_from_slice(cell);
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
        if self.cells > 0 {
            self.line.push(self.delimiter);
        }
        self.cells += 1;
        self.line.extend_from_slice(cells);
    }

    /// Ends the record and hands it to the output.
    ///
    /// # Errors
    ///
    /// When the output fails.
    #[inline]
    pub fn end_record(&mut self) -> io::Result<()> {
        // A line of blanks would be read back as no record.
        if self.cells == 1 && self.line.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            let cell = std::mem::take(&mut self.line);
            self.push_quoted(&cell);
        }
        self.cells = 0;
        self.line.push(b'\n');
        let written = self.out.write_all(&self.line);
        self.line.clear();
        written
    }

    /// The output, with every ended record in it.
    pub fn get_ref(&self) -> &W {
        &self.out
    }

    /// The output, to be emptied or flushed between two records.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// Gives the output back.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn push_quoted(&mut self, cell: &[u8]) {
        self.line.push(b'"');
        for byte in cell {
            if *byte == b'"' {
                self.line.push(b'"');
            }
            self.line.push(*byte);
        }
        self.line.push(b'"');
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
            let mut records = records;
            for record in &mut records {
                for cell in &*record {
                    writer.push_cell(cell.as_bytes());
                }
                writer.push_word(word.as_bytes());
                writer.end_record().unwrap();
                record.push(word.clone());
            }
            let text = writer.into_inner();
            let mut reader =
                csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(&text[..]);
            let read: Vec<Vec<String>> =
                reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
            prop_assert_eq!(read, records);
        }
    }
}
