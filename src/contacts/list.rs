//! Several inputs, read as one list.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::columns::{Columns, is_ours};
use super::error::shown;
use super::fingerprint::{Fingerprint, Meter};
use super::guess::Sample;
use super::layout::Layout;
use super::listed::ListedFile;
use super::probe::{Failure, Probe, probe};
use super::source::Source;
use super::split::{BLOCK_BYTES, Splitter};
use super::text::Found;
use super::{Block, ColumnRef, ContactsError, Input, PhoneJudge, ReadOptions};

/// Something that was found out about a file instead of being told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detection {
    /// The file, as [`List::files`] has it.
    pub file: usize,
    /// What it is about: `encoding`, `delimiter`, `header`, `phone column`, ….
    pub what: &'static str,
    /// What was found.
    pub value: String,
    /// Why that.
    pub evidence: String,
}

/// Inputs that are read as one list, in their order.
pub struct List {
    files: Vec<ListedFile>,
    names: Vec<String>,
    header: Vec<Vec<u8>>,
    has_header: bool,
    detections: Vec<Detection>,
    splitter: Option<Splitter>,
    /// The file that comes when the present one is read.
    next: usize,
    options: ReadOptions,
    block_bytes: usize,
}

impl List {
    /// Opens all inputs, finds out how each is to be read, and resolves its columns. Nothing is read past the first
    /// [`super::SAMPLE_BYTES`] or so of each.
    ///
    /// An input without rows is no error; it is among the [`List::detections`].
    ///
    /// # Errors
    ///
    /// When an input cannot be opened or read, when a column does not exist in one of the files or fits two, and when
    /// what was not pinned cannot be told with confidence.
    pub fn open(inputs: &[Input], options: &ReadOptions, judge: PhoneJudge<'_>) -> Result<Self, ContactsError> {
        Self::open_in_blocks(inputs, options, judge, BLOCK_BYTES)
    }

    /// [`List::open`] with blocks of about `block_bytes`: a tuning value, which no row depends on.
    ///
    /// # Errors
    ///
    /// As [`List::open`].
    pub fn open_in_blocks(
        inputs: &[Input],
        options: &ReadOptions,
        judge: PhoneJudge<'_>,
        block_bytes: usize,
    ) -> Result<Self, ContactsError> {
        options.check_delimiter()?;
        let mut list = Self {
            files: Vec::new(),
            names: inputs.iter().map(Input::name).collect(),
            header: Vec::new(),
            has_header: false,
            detections: Vec::new(),
            splitter: None,
            next: 0,
            options: options.clone(),
            block_bytes,
        };
        for (place, input) in inputs.iter().enumerate() {
            let file = list.look_at(place, input, options, judge)?;
            list.files.push(file);
        }
        // Only now all columns are known.
        for layout in list.files.iter_mut().filter_map(|file| Arc::get_mut(&mut file.layout)) {
            layout.union.resize(list.header.len(), None);
            layout.same_columns = layout.columns == layout.union.len()
                && layout.union.iter().enumerate().all(|(place, column)| *column == Some(place));
        }
        Ok(list)
    }

    /// The columns of all files, in order of appearance, without those that a rejects file added (`_…`). Where a file
    /// has no header its columns are matched by place, and called `column_1` and so on when no other file names them.
    #[must_use]
    pub fn header(&self) -> &[Vec<u8>] {
        &self.header
    }

    /// The name of a column as a message may show it: a header that was taken for one may hold numbers.
    #[must_use]
    pub fn shown_column(&self, place: usize) -> String {
        self.header.get(place).map(|name| shown(name)).unwrap_or_default()
    }

    /// The place of a column in the header.
    ///
    /// # Errors
    ///
    /// When there is no such column, or several fit.
    pub fn column(&self, column: &ColumnRef) -> Result<usize, ContactsError> {
        let file = self.names.first().map(String::as_str).unwrap_or_default();
        Columns { file, names: &self.header }.find(column)
    }

    /// Whether the columns' names come from a file.
    #[must_use]
    pub fn has_header(&self) -> bool {
        self.has_header
    }

    /// The first input's delimiter, for text outputs.
    #[must_use]
    pub fn delimiter(&self) -> u8 {
        self.files.first().map_or(b',', |file| file.layout.dialect.delimiter)
    }

    /// The files' names for messages, by a row's file.
    #[must_use]
    pub fn files(&self) -> &[String] {
        &self.names
    }

    /// What was found out instead of being told, with the evidence.
    #[must_use]
    pub fn detections(&self) -> &[Detection] {
        &self.detections
    }

    /// Fills `block` with the next whole records of the list; `false` at its end.
    ///
    /// # Errors
    ///
    /// When a file cannot be read further.
    pub fn next_block(&mut self, block: &mut Block) -> Result<bool, ContactsError> {
        loop {
            if self.splitter.is_none() {
                let Some(file) = self.files.get_mut(self.next) else { return Ok(false) };
                let splitter = file.split(&self.options, self.block_bytes)?;
                self.splitter = Some(splitter);
                self.next += 1;
            }
            let Some(splitter) = &mut self.splitter else { return Ok(false) };
            let file = self.next - 1;
            let more = splitter.next_block(block).map_err(|error| ContactsError::Unreadable {
                file: self.names.get(file).cloned().unwrap_or_default(),
                source: error,
            })?;
            let late = splitter.found();
            self.note_encoding(file, late);
            if more {
                return Ok(true);
            }
            self.splitter = None;
            self.note_padding(file);
        }
    }

    /// What each file was when it was read, if [`ReadOptions::fingerprints`]. To be asked at the list's end.
    ///
    /// # Errors
    ///
    /// When a packed file has something behind its end, and cannot be read again.
    pub fn fingerprints(&self) -> Result<Vec<Fingerprint>, ContactsError> {
        self.files.iter().filter_map(ListedFile::fingerprint).collect()
    }

    /// Where each file lies; what came by standard input and was not kept lies nowhere.
    #[must_use]
    pub fn paths(&self) -> Vec<Option<PathBuf>> {
        self.files.iter().map(|file| file.path().cloned()).collect()
    }

    fn unreadable(&self, file: usize, source: io::Error) -> ContactsError {
        ContactsError::Unreadable { file: self.names.get(file).cloned().unwrap_or_default(), source }
    }

    /// Opens a file and finds out how it is to be read; keeps its text when it can be had only once.
    fn look_at(
        &mut self,
        place: usize,
        input: &Input,
        options: &ReadOptions,
        judge: PhoneJudge<'_>,
    ) -> Result<ListedFile, ContactsError> {
        let name = input.name();
        let encoding = options.encoding()?;
        let first = options.fingerprints.then(Meter::default);
        let source = Source::open(input, options.sheet.as_deref(), first.as_ref())?;
        let (again, sheet) = (source.again, source.sheet.is_some());
        self.note_packing(place, &source);
        let padding = source.padding.clone();
        let mut text = source.text(encoding).map_err(|error| self.unreadable(place, error))?;
        let found = probe(&mut text, options, sheet, judge).map_err(|failure| match failure {
            Failure::Unreadable(error) => self.unreadable(place, error),
            Failure::Unclear(candidates) => ContactsError::UnclearDelimiter { file: name.clone(), candidates },
            Failure::NoRecord(line) => ContactsError::NoHeaderLine { file: name.clone(), line },
        })?;
        if encoding.is_none() {
            self.note_encoding(place, text.found());
        }
        for (what, guess) in &found.said {
            self.note(place, what, guess.found.clone(), guess.evidence.clone());
        }
        let mut layout = Layout {
            file: place,
            dialect: found.dialect,
            widths: found.widths.clone(),
            columns: found.names.len(),
            sheet,
            ..Layout::default()
        };
        if !found.names.is_empty() {
            self.resolve(&name, &found, options, judge, &mut layout)?;
        }
        self.unite(&found, &mut layout);
        let rows = found.rows;
        let text = if again {
            None
        } else {
            text.unread(found.head);
            Some(text)
        };
        // What is opened again for its rows is metered then.
        let meter = if again { first.map(|_| Meter::default()) } else { first };
        Ok(ListedFile { input: input.clone(), text, layout: Arc::new(layout), rows, padding, meter, modified: None })
    }

    /// Finds the columns that matter: those that the user names, and the others by name and content.
    fn resolve(
        &mut self,
        file: &str,
        found: &Probe,
        options: &ReadOptions,
        judge: PhoneJudge<'_>,
        layout: &mut Layout,
    ) -> Result<(), ContactsError> {
        let columns = Columns { file, names: &found.names };
        if options.every_phone_column {
            return self.resolve_every(&columns, found, options, judge, layout);
        }
        let find = |column: &Option<_>| column.as_ref().map(|column| columns.find(column)).transpose();
        layout.region = find(&options.region_column)?;
        layout.group = find(&options.group_column)?;
        layout.action = find(&options.action_column)?;
        layout.phones = options.phone_columns.iter().map(|column| columns.find(column)).collect::<Result<_, _>>()?;
        let sample = found.columns(judge);
        if options.phone_columns.is_empty() {
            let guess = sample.phone().map_err(|failure| found.without_phones(file, failure))?;
            if let Some(guess) = guess {
                layout.phones = vec![guess.found];
                self.note(layout.file, "phone column", found.named(guess.found), guess.evidence);
            }
        }
        if options.region_column.is_none() {
            self.guess_region(&sample, found, layout);
        }
        Ok(())
    }

    /// As [`Self::resolve`], for a list of which no number may be missed.
    fn resolve_every(
        &mut self,
        columns: &Columns<'_>,
        found: &Probe,
        options: &ReadOptions,
        judge: PhoneJudge<'_>,
        layout: &mut Layout,
    ) -> Result<(), ContactsError> {
        let sample = found.columns(judge);
        match sample.phones() {
            Ok(guesses) => {
                for guess in guesses {
                    layout.phones.push(guess.found);
                    self.note(layout.file, "phone column", found.named(guess.found), guess.evidence);
                }
            }
            Err(failure) => {
                layout.phones = options.phone_columns.iter().filter_map(|column| columns.find(column).ok()).collect();
                if layout.phones.is_empty() {
                    return Err(found.without_phones(columns.file, failure));
                }
            }
        }
        layout.region = options.region_column.as_ref().and_then(|column| columns.find(column).ok());
        if layout.region.is_none() {
            self.guess_region(&sample, found, layout);
        }
        Ok(())
    }

    fn guess_region(&mut self, sample: &Sample<'_>, found: &Probe, layout: &mut Layout) {
        if let Some(guess) = sample.region(&layout.phones) {
            layout.region = Some(guess.found);
            self.note(layout.file, "region column", found.named(guess.found), guess.evidence);
        }
    }

    fn note(&mut self, file: usize, what: &'static str, value: String, evidence: String) {
        self.detections.push(Detection { file, what, value, evidence });
    }

    fn note_packing(&mut self, file: usize, source: &Source) {
        if !source.packed.is_empty() {
            self.note(file, "packing", source.packed.join(", "), "the file's first bytes".to_owned());
        }
        if let Some((sheet, others)) = &source.sheet {
            let evidence = match others.len() {
                0 => "the only sheet".to_owned(),
                more => format!("the workbook has {more} more"),
            };
            self.note(file, "sheet", format!("`{}`", shown(sheet.as_bytes())), evidence);
        }
    }

    fn note_padding(&mut self, file: usize) {
        let zeros = self.files.get(file).map_or(0, |file| file.padding.take());
        if zeros > 0 {
            self.note(file, "padding", format!("{zeros} zeros"), "behind the gzip stream, and ignored".to_owned());
        }
    }

    fn note_encoding(&mut self, file: usize, found: Option<Found>) {
        if let Some(Found { name, evidence }) = found {
            self.note(file, "encoding", name.to_owned(), evidence);
        }
    }

    /// Adds a file's columns to the list's, and notes which is which.
    fn unite(&mut self, found: &Probe, layout: &mut Layout) {
        self.has_header |= found.has_header;
        let mut places = vec![None; self.header.len()];
        for (column, name) in found.names.iter().enumerate() {
            if found.has_header && is_ours(name) {
                continue;
            }
            let place = if found.has_header {
                // The second column of a name is matched with the second.
                let free = |(place, header): (usize, &Vec<u8>)| header == name && places.get(place) == Some(&None);
                self.header.iter().enumerate().position(free)
            } else {
                Some(column).filter(|column| *column < self.header.len())
            };
            if let Some(place) = place.and_then(|place| places.get_mut(place)) {
                *place = Some(column);
            } else {
                self.header.push(name.clone());
                places.push(Some(column));
            }
        }
        layout.union = places;
    }
}
