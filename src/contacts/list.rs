//! Several inputs, read as one list.

use std::io;
use std::sync::Arc;

use super::columns::{Columns, is_ours};
use super::layout::Layout;
use super::probe::{Probe, probe};
use super::source::Source;
use super::split::{BLOCK_BYTES, Splitter};
use super::text::Text;
use super::{Block, ContactsError, Input, ReadOptions};

/// Whether a cell reads as a phone number, given the row's region cell (empty when there is none).
pub type PhoneJudge<'a> = &'a dyn Fn(&[u8], &[u8]) -> bool;

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
    files: Vec<File>,
    names: Vec<String>,
    header: Vec<Vec<u8>>,
    has_header: bool,
    detections: Vec<Detection>,
    splitter: Option<Splitter>,
    /// The file that comes when the present one is read.
    next: usize,
    block_bytes: usize,
}

/// A file of the list, as it was found when the list was opened.
struct File {
    input: Input,
    /// The text, where it can be had only once.
    text: Option<Text>,
    layout: Arc<Layout>,
    /// Where its rows begin, in bytes of text, and on which line.
    rows: (usize, u64),
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
        let mut list = Self {
            files: Vec::new(),
            names: inputs.iter().map(Input::name).collect(),
            header: Vec::new(),
            has_header: false,
            detections: Vec::new(),
            splitter: None,
            next: 0,
            block_bytes,
        };
        for (place, input) in inputs.iter().enumerate() {
            list.add(place, input, options, judge)?;
        }
        Ok(list)
    }

    /// The columns of all files, in order of appearance, without those that a rejects file added (`_…`). Where a file
    /// has no header its columns are matched by place, and called `column_1` and so on when no other file names them.
    #[must_use]
    pub fn header(&self) -> &[Vec<u8>] {
        &self.header
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
                let splitter = file.split(self.block_bytes).map_err(|error| self.unreadable(self.next, error))?;
                self.splitter = Some(splitter);
                self.next += 1;
            }
            let Some(splitter) = &mut self.splitter else { return Ok(false) };
            if splitter.next_block(block).map_err(|error| self.unreadable(self.next - 1, error))? {
                return Ok(true);
            }
            self.splitter = None;
        }
    }

    fn unreadable(&self, file: usize, source: io::Error) -> ContactsError {
        ContactsError::Unreadable { file: self.names.get(file).cloned().unwrap_or_default(), source }
    }

    fn add(
        &mut self,
        place: usize,
        input: &Input,
        options: &ReadOptions,
        judge: PhoneJudge<'_>,
    ) -> Result<(), ContactsError> {
        let name = input.name();
        let source = Source::open(input).map_err(|error| self.unreadable(place, error))?;
        let again = source.again;
        let mut text = Text::open(source.bytes).map_err(|error| self.unreadable(place, error))?;
        let found = probe(&mut text, options, judge).map_err(|error| self.unreadable(place, error))?;
        let mut layout = Layout {
            file: place,
            dialect: found.dialect,
            widths: found.widths.clone(),
            columns: found.names.len(),
            ..Layout::default()
        };
        if !found.names.is_empty() {
            let columns = Columns { file: &name, names: &found.names };
            let find = |column: &Option<_>| column.as_ref().map(|column| columns.find(column)).transpose();
            layout.region = find(&options.region_column)?;
            layout.group = find(&options.group_column)?;
            layout.action = find(&options.action_column)?;
            layout.phones = if options.phone_columns.is_empty() {
                columns.phones()?
            } else {
                options.phone_columns.iter().map(|column| columns.find(column)).collect::<Result<_, _>>()?
            };
        }
        self.unite(&found, &mut layout);
        let rows = found.rows;
        let text = if again {
            None
        } else {
            text.unread(found.head);
            Some(text)
        };
        self.files.push(File { input: input.clone(), text, layout: Arc::new(layout), rows });
        Ok(())
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
        layout.same_columns = places.iter().enumerate().all(|(place, column)| *column == Some(place))
            && places.len() == found.names.len();
        layout.union = places;
    }
}

impl File {
    fn split(&mut self, block_bytes: usize) -> io::Result<Splitter> {
        let text = match self.text.take() {
            Some(text) => text,
            None => Text::open(Source::open(&self.input)?.bytes)?,
        };
        let (head, line) = self.rows;
        Ok(Splitter::new(text, Arc::clone(&self.layout), head, line, block_bytes))
    }
}
