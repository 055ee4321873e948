//! What can go wrong before a row is read.

use std::io;

/// What an error means for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// It is there, and cannot be read.
    Unreadable,
    /// A name or a setting that leads nowhere, or to two things.
    Nowhere,
}

/// Why a list cannot be read. Names from files are shown without control characters and without long runs of digits.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the messages show")]
pub enum ContactsError {
    /// No such path.
    #[error("{path} does not exist")]
    Missing { path: String },
    /// The pattern fits no file.
    #[error("nothing matches {pattern}")]
    NoMatch { pattern: String },
    /// The pattern cannot be read.
    #[error("{pattern} is no pattern: {why}")]
    BadPattern { pattern: String, why: &'static str },
    /// The folder holds no list.
    #[error("the folder {path} holds no contact list")]
    NoLists { path: String },
    /// No input at all was named.
    #[error("no list was named")]
    NoInput,
    /// stdin can be read once.
    #[error("stdin is named twice")]
    StdinTwice,
    /// No column has that name or number.
    #[error("{file} has no column {column}; it has {}", listed(.columns))]
    UnknownColumn { file: String, column: String, columns: Vec<String>, closest: Option<String> },
    /// The name fits two columns.
    #[error("{file} has several columns called {column}: {}", numbered(.numbers))]
    AmbiguousColumn { file: String, column: String, numbers: Vec<usize> },
    /// No column looks like the phone column.
    #[error("no column of {file} looks like phone numbers; it has {}", listed(.columns))]
    NoPhoneColumn { file: String, columns: Vec<String> },
    /// Several columns look like the phone column: name, number, share of valid numbers in per cent.
    #[error("several columns of {file} look like phone numbers: {}", weighed(.candidates))]
    SeveralPhoneColumns { file: String, candidates: Vec<(String, usize, usize)> },
    /// It is not clear what separates the cells.
    #[error("it is not clear what separates the cells of {file}: {}", .candidates.join("; "))]
    UnclearDelimiter { file: String, candidates: Vec<String> },
    /// Nobody has an encoding of that name.
    #[error("there is no encoding `{label}`")]
    UnknownEncoding { label: String },
    /// The workbook has no such sheet.
    #[error("{file} has no sheet `{}`; it has {}", shown(.sheet.as_bytes()), listed(.sheets))]
    UnknownSheet { file: String, sheet: String, sheets: Vec<String> },
    /// A sheet was named, and the file has none.
    #[error("{file} is no workbook, and so has no sheet `{}`", shown(.sheet.as_bytes()))]
    NoWorkbook { file: String, sheet: String },
    /// No record begins where the header is to be.
    #[error("no record of {file} begins on line {line}, where its header is to be")]
    NoHeaderLine { file: String, line: u64 },
    /// It is something else than a list.
    #[error("{file} is {kind}")]
    Foreign { file: String, kind: &'static str },
    /// The workbook cannot be read.
    #[error("cannot read the workbook {file}: {}", shown(.why.as_bytes()))]
    Workbook { file: String, why: String },
    /// A byte that cannot separate cells.
    #[error("{} cannot separate cells", shown(&[*.delimiter]))]
    BadDelimiter { delimiter: u8 },
    /// The file cannot be read.
    #[error("cannot read {file}")]
    Unreadable { file: String, source: io::Error },
}

impl ContactsError {
    /// What the error means for whoever asked.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Unreadable { .. } | Self::Foreign { .. } | Self::Workbook { .. } => ErrorClass::Unreadable,
            Self::Missing { .. }
            | Self::NoMatch { .. }
            | Self::BadPattern { .. }
            | Self::NoLists { .. }
            | Self::NoInput
            | Self::StdinTwice
            | Self::UnknownColumn { .. }
            | Self::AmbiguousColumn { .. }
            | Self::NoPhoneColumn { .. }
            | Self::SeveralPhoneColumns { .. }
            | Self::UnclearDelimiter { .. }
            | Self::UnknownEncoding { .. }
            | Self::UnknownSheet { .. }
            | Self::NoWorkbook { .. }
            | Self::NoHeaderLine { .. }
            | Self::BadDelimiter { .. } => ErrorClass::Nowhere,
        }
    }

    /// What to change, naming the flag or the file.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some("check the path; `-` reads stdin".to_owned()),
            Self::NoMatch { .. } => {
                Some("check the pattern; it is matched from the current folder, and case counts".to_owned())
            }
            Self::BadPattern { .. } => {
                Some("`*`, `**`, `?` and `[…]` are the wildcards; `[*]` means the sign itself".to_owned())
            }
            Self::NoLists { .. } => {
                Some("files ending in .csv, .tsv, .txt or .xlsx are read, also with .gz or .zst behind".to_owned())
            }
            Self::NoInput => Some("name a file, a folder, a quoted pattern, or `-` for stdin".to_owned()),
            Self::StdinTwice => Some("name `-` once".to_owned()),
            Self::UnknownColumn { closest: Some(closest), .. } => Some(format!("did you mean `{closest}`?")),
            Self::UnknownColumn { closest: None, .. } => {
                Some("name a column as the header has it, or by its number, counted from 1".to_owned())
            }
            Self::AmbiguousColumn { .. } => Some("name the column by its number, counted from 1".to_owned()),
            Self::NoPhoneColumn { .. } => Some(
                "name it with --phone-column; national numbers are recognised only with --region, and --header-line \
                     says where the header is when something stands above it"
                    .to_owned(),
            ),
            Self::SeveralPhoneColumns { .. } => {
                Some("name the one to use with --phone-column, or several by repeating the flag".to_owned())
            }
            Self::UnclearDelimiter { .. } => Some("name the sign with --delimiter".to_owned()),
            Self::UnknownEncoding { .. } => {
                Some("--encoding takes names such as utf-8, utf-16le, windows-1252, iso-8859-15, shift_jis".to_owned())
            }
            Self::UnknownSheet { .. } => Some("name a sheet with --sheet as the workbook has it".to_owned()),
            Self::NoWorkbook { .. } => Some("--sheet is for .xlsx files: leave it out".to_owned()),
            Self::NoHeaderLine { .. } => Some(
                "--header-line counts the lines of the file from 1, and the header is among its first 64 KiB"
                    .to_owned(),
            ),
            Self::Foreign { .. } => Some("save it as CSV or .xlsx, or unpack it, and name that file".to_owned()),
            Self::Workbook { .. } => Some("open and save it again, or save the sheet as CSV".to_owned()),
            Self::BadDelimiter { .. } => {
                Some("--delimiter takes one sign such as `,` `;` `|` or the word `tab`".to_owned())
            }
            Self::Unreadable { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => Some("check who may read the file".to_owned()),
                io::ErrorKind::UnexpectedEof => Some("the file seems to be cut short; fetch it again".to_owned()),
                _ => None,
            },
        }
    }
}

/// Text of a file as a message may show it: at most 60 characters, no control characters, and five or more digits in a
/// row masked, as a header that was taken for one may hold numbers.
pub(super) fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut out = String::new();
    let mut digits = 0;
    for (count, letter) in text.trim().chars().enumerate() {
        if count == 60 {
            out.push('…');
            break;
        }
        digits = if letter.is_numeric() { digits + 1 } else { 0 };
        match letter {
            _ if digits == 5 => {
                let keep = out.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
                out.truncate(keep);
                out.push_str("•••••");
            }
            _ if digits > 5 => {}
            _ if letter.is_control() || is_direction(letter) => out.push('·'),
            _ => out.push(letter),
        }
    }
    out
}

/// Marks that turn the direction of text, which a terminal may obey.
fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn listed(names: &[String]) -> String {
    let some = names.iter().take(20).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(20) {
        0 => some,
        more => format!("{some} and {more} more"),
    }
}

fn weighed(candidates: &[(String, usize, usize)]) -> String {
    let shown = |(name, number, share): &(String, usize, usize)| format!("`{name}` (column {number}, {share} % valid)");
    candidates.iter().map(shown).collect::<Vec<_>>().join(", ")
}

fn numbered(numbers: &[usize]) -> String {
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn numbers_and_control_characters_of_a_header_are_not_shown() {
        assert_eq!(shown(b" phone 1 "), "phone 1");
        assert_eq!(shown(b"a1234b"), "a1234b");
        assert_eq!(shown(b"+447911123456 home"), "+••••• home");
        assert_eq!(shown(b"a\x1b[31mb"), "a·[31mb");
    }
}
