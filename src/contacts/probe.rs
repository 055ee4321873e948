//! Looks at the head of a file to find out how it is to be read.

use std::io;

use super::block::Scratch;
use super::columns::{is_our_header, is_ours};
use super::dialect::{SAMPLE_ROWS, Trial, delimiter_name, settle};
use super::error::shown;
use super::guess::{self, Guess, NoPhone, Sample};
use super::layout::Dialect;
use super::lines::{line, whole_lines};
use super::text::Text;
use super::titles::{Above, above_line, titles};
use super::{ContactsError, PhoneJudge, RECORD_LIMIT, ReadOptions};

/// How much of a file is looked at, in bytes of UTF-8.
pub const SAMPLE_BYTES: usize = 64 << 10;

/// What the head of a file says.
pub(super) struct Probe {
    /// The text that was read.
    pub(super) head: Vec<u8>,
    pub(super) dialect: Dialect,
    pub(super) has_header: bool,
    /// The columns' names. None at all when the file holds no record.
    pub(super) names: Vec<Vec<u8>>,
    pub(super) widths: Vec<usize>,
    /// Where rows begin, in bytes of text, and on which line.
    pub(super) rows: (usize, u64),
    pub(super) sample: Vec<Vec<Vec<u8>>>,
    /// The file has no rows at all.
    pub(super) rowless: bool,
    /// What was found, and why.
    pub(super) said: Vec<(&'static str, Guess<String>)>,
}

/// Why a file cannot be probed.
pub(super) enum Failure {
    Unreadable(io::Error),
    /// The delimiters that could be meant.
    Unclear(Vec<String>),
    /// No record begins on the line where the header is to be.
    NoRecord(u64),
}

/// Reads the head of a text and finds out how it is to be read. `sheet`: we wrote the text ourselves.
pub(super) fn probe(
    text: &mut Text,
    options: &ReadOptions,
    sheet: bool,
    judge: PhoneJudge<'_>,
) -> Result<Probe, Failure> {
    let (head, ended) = read_head(text).map_err(Failure::Unreadable)?;
    let mut said = Vec::new();
    let told = if sheet { None } else { told_delimiter(&head) };
    let (mut skipped, mut skipped_lines) = told.map_or((0, 0), |(_, length)| (length, 1));
    let lines = head.get(skipped..).unwrap_or_default();
    let lines = lines.get(..whole_lines(lines, ended)).unwrap_or_default();
    let pinned = options.delimiter.or(told.map(|(delimiter, _)| delimiter));
    let tried = |lines| {
        if sheet {
            return Ok(Trial::of(lines, Dialect::default(), true, judge));
        }
        settle(lines, pinned, options.backslash, judge).map_err(Failure::Unclear)
    };
    let mut trial = tried(lines)?;
    let above = match options.header_line {
        Some(line) => {
            let below = line.checked_sub(skipped_lines).and_then(|line| above_line(&trial.block, line));
            Some(below.ok_or(Failure::NoRecord(line))?)
        }
        None if options.no_header => None,
        None => titles(&trial.block, trial.width, options, judge),
    };
    if let Some(Above { records, bytes, lines: above }) = above.filter(|above| above.records > 0) {
        trial = tried(lines.get(bytes..).unwrap_or_default())?;
        (skipped, skipped_lines) = (skipped + bytes, skipped_lines + above);
        if options.header_line.is_none() {
            let evidence = "a cell or two each, and below them a record that names a phone column".to_owned();
            said.push(("lines above the header", Guess { found: records.to_string(), evidence }));
        }
    }
    if !sheet {
        if options.delimiter.is_none() && !trial.block.is_empty() {
            let evidence = if told.is_some() { "the file's `sep=` line".to_owned() } else { trial.evidence() };
            said.push(("delimiter", Guess { found: delimiter_name(trial.dialect.delimiter), evidence }));
        }
        let quote = match trial.dialect.quote {
            Some(b'"') if trial.dialect.padded => Some("`\"` with blanks around it"),
            Some(b'"') if trial.dialect.escaped => Some("`\"`, and a backslash before each inside a cell"),
            Some(b'"') => None,
            Some(_) => Some("`'`"),
            None => Some("none"),
        };
        if let Some(quote) = quote {
            said.push(("quote", Guess { found: quote.to_owned(), evidence: trial.evidence() }));
        }
    }
    let mut scratch = Scratch::default();
    let mut rows = trial.block.rows(&mut scratch);
    let first: Vec<Vec<u8>> = rows.next_row().map(|row| row.cells().map(<[u8]>::to_vec).collect()).unwrap_or_default();
    let (behind, behind_line) = rows.position();
    let mut sample = Vec::new();
    let mut more = false;
    while let Some(row) = rows.next_row().filter(|_| sample.len() < SAMPLE_ROWS) {
        more = true;
        if row.damage().is_none() {
            sample.push(row.cells().map(<[u8]>::to_vec).collect());
        }
    }
    let mut has_header = !options.no_header && !first.is_empty();
    if options.header_line.is_some() {
        // It is where the user says.
    } else if is_our_header(&first) {
        has_header = true;
        let evidence = "the first record ends with the columns that rollcall adds".to_owned();
        said.push(("header", Guess { found: "yes".to_owned(), evidence }));
    } else if has_header && !options.names_a_column() {
        let guess = guess::header(&first, judge);
        has_header = guess.found;
        let found = if has_header { "yes" } else { "no" }.to_owned();
        said.push(("header", Guess { found, evidence: guess.evidence }));
    }
    let rowless = ended && (first.is_empty() || (has_header && !more));
    if rowless && first.is_empty() {
        said.push(("rows", Guess { found: "none".to_owned(), evidence: "the file is empty".to_owned() }));
    } else if rowless {
        let evidence = "the file holds a header and nothing else".to_owned();
        said.push(("rows", Guess { found: "none".to_owned(), evidence }));
    }
    let mut widths = trial.widths;
    let (names, rows) = if has_header {
        (first, (skipped + behind, behind_line + skipped_lines))
    } else {
        let columns = widths.iter().copied().chain([first.len()]).max().filter(|_| !first.is_empty()).unwrap_or(0);
        if !first.is_empty() {
            sample.insert(0, first);
        }
        let names = (1..=columns).map(|number| format!("column_{number}").into_bytes()).collect();
        (names, (skipped, 1 + skipped_lines))
    };
    if widths.is_empty() {
        widths.push(names.len());
    }
    Ok(Probe { head, dialect: trial.dialect, has_header, names, widths, rows, sample, rowless, said })
}

impl Probe {
    /// The sampled rows, to find columns in.
    pub(super) fn columns<'a>(&'a self, judge: PhoneJudge<'a>) -> Sample<'a> {
        let name = |name: &Vec<u8>| match (self.has_header, is_ours(name)) {
            (true, true) => None,
            (true, false) => Some(String::from_utf8_lossy(name).into_owned()),
            (false, _) => Some(String::new()),
        };
        Sample { names: self.names.iter().map(name).collect(), rows: &self.sample, rowless: self.rowless, judge }
    }

    /// A column as a message shows it.
    pub(super) fn column(&self, place: usize) -> String {
        shown(self.names.get(place).map_or(&[][..], Vec::as_slice))
    }

    /// A column as a finding shows it.
    pub(super) fn named(&self, place: usize) -> String {
        format!("`{}` (column {})", self.column(place), place + 1)
    }

    /// What to tell when no phone column was found.
    pub(super) fn without_phones(&self, file: &str, failure: NoPhone) -> ContactsError {
        let file = file.to_owned();
        match failure {
            NoPhone::Nothing => {
                let columns = (0..self.names.len()).map(|place| self.column(place)).collect();
                ContactsError::NoPhoneColumn { file, columns }
            }
            NoPhone::Several(several) => {
                let candidate = |(at, share)| (self.column(at), at + 1, share);
                ContactsError::SeveralPhoneColumns { file, candidates: several.into_iter().map(candidate).collect() }
            }
        }
    }
}

/// Reads a sample, and on to the end of the first line if that is longer; whether the text ended.
fn read_head(text: &mut Text) -> io::Result<(Vec<u8>, bool)> {
    let mut head = Vec::new();
    let mut wanted = SAMPLE_BYTES;
    loop {
        while head.len() < wanted {
            let more = wanted - head.len();
            if !text.append(&mut head, more)? {
                return Ok((head, true));
            }
        }
        if whole_lines(&head, false) > 0 || head.len() > RECORD_LIMIT {
            return Ok((head, false));
        }
        wanted *= 2;
    }
}

/// The delimiter that a `sep=;` line names, as spreadsheet programs write and read it, and the line's length.
fn told_delimiter(head: &[u8]) -> Option<(u8, usize)> {
    let first = line(head, 0, true)?;
    let text = head.get(..first.end)?;
    let text = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text);
    match text {
        [s, e, p, b'=', delimiter] if [s, e, p].map(u8::to_ascii_lowercase) == *b"sep" => {
            Some((*delimiter, first.next))
        }
        _ => None,
    }
}
