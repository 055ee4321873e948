//! A file's text, as UTF-8.

use std::io::{self, Read};

/// The byte order mark of UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Text that is read piece by piece.
pub(super) struct Text {
    bytes: Box<dyn Read + Send>,
    /// Bytes that were read to look at them.
    held: Vec<u8>,
}

impl Text {
    /// Text of those bytes, their byte order mark dropped.
    pub(super) fn open(mut bytes: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut held = Vec::new();
        bytes.by_ref().take(3).read_to_end(&mut held)?;
        if held == BOM {
            held.clear();
        }
        Ok(Self { bytes, held })
    }

    /// Puts text back that was read.
    pub(super) fn unread(&mut self, text: Vec<u8>) {
        self.held = text;
    }

    /// Appends about `wanted` bytes of text, at least one; `false` at the end, with nothing left to come.
    pub(super) fn append(&mut self, out: &mut Vec<u8>, wanted: usize) -> io::Result<bool> {
        out.append(&mut self.held);
        let wanted = wanted.max(1);
        out.reserve(wanted);
        let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
        let read = self.bytes.by_ref().take(wanted).read_to_end(out)?;
        Ok(u64::try_from(read).is_ok_and(|read| read == wanted))
    }
}
