//! gzip as `gzip -d` reads it: streams one after the other, and zeros behind the last, as tapes and block devices leave them.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::GzDecoder;

type Packed = BufReader<Box<dyn Read + Send>>;

/// How many zeros stand behind what is packed, for whoever has to say so; known when the text has ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Padding(Arc<AtomicU64>);

impl Padding {
    /// How many there are, asked for once.
    pub(super) fn take(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// Unpacks.
pub(super) struct Gzip {
    /// None when all is read.
    stream: Option<GzDecoder<Packed>>,
    padding: Padding,
}

impl Gzip {
    pub(super) fn new(packed: Box<dyn Read + Send>, padding: Padding) -> Self {
        Self { stream: Some(GzDecoder::new(BufReader::new(packed))), padding }
    }
}

impl Read for Gzip {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(stream) = &mut self.stream {
            let read = stream.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            self.stream = match self.stream.take() {
                Some(stream) => next(stream.into_inner(), &self.padding)?,
                None => None,
            };
        }
        Ok(0)
    }
}

/// The stream behind one that has ended; none when nothing is there but zeros.
fn next(mut packed: Packed, padding: &Padding) -> io::Result<Option<GzDecoder<Packed>>> {
    let mut zeros = 0;
    loop {
        let bytes = packed.fill_buf()?;
        let blank = bytes.iter().take_while(|byte| **byte == 0).count();
        if bytes.is_empty() {
            padding.0.store(zeros, Ordering::Relaxed);
            return Ok(None);
        }
        if blank < bytes.len() {
            if zeros == 0 && blank == 0 {
                return Ok(Some(GzDecoder::new(packed)));
            }
            return Err(io::Error::new(io::ErrorKind::InvalidData, "something else stands behind the gzip stream"));
        }
        zeros += u64::try_from(blank).unwrap_or(u64::MAX);
        packed.consume(blank);
    }
}
