//! One file of a list: how it was found, and how its rows are read.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use super::fingerprint::{Fingerprint, Meter};
use super::gzip::Padding;
use super::layout::Layout;
use super::source::Source;
use super::split::Splitter;
use super::text::Text;
use super::{ContactsError, Input, ReadOptions};

/// A file of the list, as it was found when the list was opened.
pub(super) struct ListedFile {
    pub(super) input: Input,
    /// The text, where it can be had only once.
    pub(super) text: Option<Text>,
    pub(super) layout: Arc<Layout>,
    /// Where its rows begin, in bytes of text, and on which line.
    pub(super) rows: (usize, u64),
    /// Zeros behind what is packed in it, known when it is read.
    pub(super) padding: Padding,
    /// What sees the bytes that the rows are read from, where that is wanted.
    pub(super) meter: Option<Meter>,
    /// When it was last changed, as it was opened.
    pub(super) modified: Option<SystemTime>,
}

impl ListedFile {
    pub(super) fn path(&self) -> Option<&PathBuf> {
        match &self.input {
            Input::Stdin => None,
            Input::Path(path) | Input::Known { path, .. } => Some(path),
        }
    }

    pub(super) fn fingerprint(&self) -> Option<Result<Fingerprint, ContactsError>> {
        let seen = self.meter.as_ref()?.reading(self.modified);
        // A packed file is read to the end of what is packed in it, which need not be its own.
        let whole = |path: &PathBuf| path.metadata().is_ok_and(|about| about.is_file() && about.len() > seen.size);
        Some(match self.path().filter(|path| whole(path)) {
            None => Ok(seen),
            Some(path) => {
                Fingerprint::of(path).map_err(|source| ContactsError::Unreadable { file: self.input.name(), source })
            }
        })
    }

    pub(super) fn split(&mut self, options: &ReadOptions, block_bytes: usize) -> Result<Splitter, ContactsError> {
        let text = if let Some(text) = self.text.take() {
            text
        } else {
            self.modified = self.path().and_then(|path| path.metadata().ok()?.modified().ok());
            let source = Source::open(&self.input, options.sheet.as_deref(), self.meter.as_ref())?;
            self.padding = source.padding.clone();
            let mut text = source
                .text(options.encoding()?)
                .map_err(|source| ContactsError::Unreadable { file: self.input.name(), source })?;
            // It was said when the list was opened.
            text.found();
            text
        };
        let (head, line) = self.rows;
        Ok(Splitter::new(text, Arc::clone(&self.layout), head, line, block_bytes))
    }
}
