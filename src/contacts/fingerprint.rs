//! What a file was when it was read, so that somebody can tell later whether it is still the same.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

/// What a file is: its bytes, and when they were last changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Bytes.
    pub size: u64,
    /// When it was last changed, where the system knows; what is no file was never changed.
    pub modified: Option<SystemTime>,
    /// The SHA-256 of its bytes, packed as they lie there.
    pub sha256: [u8; 32],
}

impl Fingerprint {
    /// Reads a file to its end.
    ///
    /// # Errors
    /// When it cannot be opened or read.
    pub fn of(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let about = file.metadata()?;
        let meter = Meter::default();
        io::copy(&mut meter.on(file), &mut io::sink())?;
        Ok(meter.reading(about.is_file().then(|| about.modified().ok()).flatten()))
    }

    /// Whether the bytes are the same, whatever the clock says.
    #[must_use]
    pub fn same_bytes(&self, other: &Self) -> bool {
        self.size == other.size && self.sha256 == other.sha256
    }
}

/// Takes the fingerprint of bytes as they go by.
#[derive(Clone, Default)]
pub(super) struct Meter(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    size: u64,
    hash: Sha256,
}

/// Bytes that a meter sees.
pub(super) struct Metered<R> {
    bytes: R,
    meter: Meter,
}

impl Meter {
    /// The same bytes, seen by the meter.
    pub(super) fn on<R: Read>(&self, bytes: R) -> Metered<R> {
        Metered { bytes, meter: self.clone() }
    }

    /// What went by so far.
    pub(super) fn reading(&self, modified: Option<SystemTime>) -> Fingerprint {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Fingerprint { size: seen.size, modified, sha256: seen.hash.clone().finalize().into() }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.bytes.read(buffer)?;
        let mut seen = self.meter.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.size += u64::try_from(length).unwrap_or(u64::MAX);
        seen.hash.update(buffer.get(..length).unwrap_or_default());
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn a_fingerprint_is_that_of_the_bytes_however_they_are_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"abc").unwrap();
        let print = Fingerprint::of(file.path()).unwrap();
        assert_eq!(print.size, 3);
        // FIPS 180-2, appendix B.1.
        assert_eq!(print.sha256[..4], [0xba, 0x78, 0x16, 0xbf]);

        let meter = Meter::default();
        let mut bytes = meter.on(b"abc".as_slice());
        let mut one = [0];
        while bytes.read(&mut one).unwrap() > 0 {}
        assert!(print.same_bytes(&meter.reading(None)));
        std::fs::write(file.path(), b"abd").unwrap();
        assert!(!print.same_bytes(&Fingerprint::of(file.path()).unwrap()));
    }
}
