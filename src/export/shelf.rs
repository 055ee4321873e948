//! Records that are put away and fetched again in another order.

use std::io::{self, Read, Seek, SeekFrom, Write};

use tempfile::SpooledTempFile;

/// How many bytes stay in memory; beyond that a private file without a name holds them.
const IN_MEMORY: usize = 8 << 20;

/// Records of texts, and the one that was fetched last.
pub(super) struct Shelf {
    file: SpooledTempFile,
    /// How long the file is.
    end: u64,
    /// Records that are yet to be written.
    pending: Vec<u8>,
    /// The record that was fetched last: its cells, each behind its length.
    record: Vec<u8>,
}

/// How many bytes are written at once.
const PENDING: usize = 256 << 10;

impl Default for Shelf {
    fn default() -> Self {
        Self { file: SpooledTempFile::new(IN_MEMORY), end: 0, pending: Vec::new(), record: Vec::new() }
    }
}

impl Shelf {
    /// Puts a record away; yields its place.
    pub(super) fn put<'a>(&mut self, cells: impl Iterator<Item = &'a [u8]>) -> io::Result<u64> {
        let place = self.end + length(self.pending.len());
        let head = self.pending.len();
        self.pending.extend_from_slice(&[0; 8]);
        for cell in cells {
            // Text was decoded when the list was read; a cell is UTF-8 unless somebody has said otherwise.
            let cell = String::from_utf8_lossy(cell);
            self.pending.extend_from_slice(&length(cell.len()).to_le_bytes());
            self.pending.extend_from_slice(cell.as_bytes());
        }
        let body = length(self.pending.len() - head - 8).to_le_bytes();
        if let Some(head) = self.pending.get_mut(head..head + 8) {
            head.copy_from_slice(&body);
        }
        if self.pending.len() >= PENDING {
            self.write_out()?;
        }
        Ok(place)
    }

    /// Fetches the record at a place.
    pub(super) fn fetch(&mut self, place: u64) -> io::Result<()> {
        self.write_out()?;
        self.file.seek(SeekFrom::Start(place))?;
        let mut head = [0; 8];
        self.file.read_exact(&mut head)?;
        self.record.clear();
        let body = u64::from_le_bytes(head);
        let read = Read::by_ref(&mut self.file).take(body).read_to_end(&mut self.record)?;
        if length(read) < body { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// The cells of the record that was fetched last.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        let mut rest = self.record.as_slice();
        std::iter::from_fn(move || {
            let (head, behind) = rest.split_first_chunk::<8>()?;
            let (cell, behind) = behind.split_at_checked(usize::try_from(u64::from_le_bytes(*head)).ok()?)?;
            rest = behind;
            Some(std::str::from_utf8(cell).unwrap_or_default())
        })
    }

    fn write_out(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            self.file.seek(SeekFrom::Start(self.end))?;
            self.file.write_all(&self.pending)?;
            self.end += length(self.pending.len());
            self.pending.clear();
        }
        Ok(())
    }
}

fn length(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_put_away_is_fetched_in_any_order(
            records in prop::collection::vec(prop::collection::vec(".{0,9}", 0..4), 1..30),
            asked in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
        ) {
            let mut shelf = Shelf { file: SpooledTempFile::new(64), ..Shelf::default() };
            let mut places = Vec::new();
            for record in &records {
                places.push(shelf.put(record.iter().map(String::as_bytes)).unwrap());
            }
            for index in asked {
                shelf.fetch(*index.get(&places)).unwrap();
                prop_assert_eq!(shelf.cells().collect::<Vec<_>>(), index.get(&records).iter().collect::<Vec<_>>());
            }
        }
    }
}
