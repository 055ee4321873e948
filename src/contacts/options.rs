//! What the caller pins instead of leaving it to detection.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use encoding_rs::Encoding;
use serde::{Deserialize, Serialize};

use super::ContactsError;
use super::error::shown;

/// How a list is to be read. Everything left at its default is detected, and reported with its evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The columns that hold phone numbers.
    pub phone_columns: Vec<ColumnRef>,
    /// The column that holds the region of the row's numbers.
    pub region_column: Option<ColumnRef>,
    /// The column that routes a row to its group. Never detected.
    pub group_column: Option<ColumnRef>,
    /// The column that says whether the row adds or removes. Never detected.
    pub action_column: Option<ColumnRef>,
    /// The first record is data, not names.
    pub no_header: bool,
    /// The line on which the header stands, from 1, where something else stands above it. [`Self::no_header`] is not set
    /// then.
    pub header_line: Option<u64>,
    /// Quotes inside a quoted cell have a backslash before them.
    pub backslash: bool,
    /// The byte between two cells.
    pub delimiter: Option<u8>,
    /// The text's encoding, by any of its usual labels (`utf-8`, `windows-1252`, `utf-16le`, …).
    pub encoding: Option<String>,
    /// The sheet of a workbook, by name. Without it the first visible sheet is read.
    pub sheet: Option<String>,
    /// Every column that holds phone numbers counts, not just the best one, and the columns named above are used only
    /// where they exist: for suppression lists, which have columns of their own and of which no number may be missed.
    pub every_phone_column: bool,
    /// Take the files' fingerprints while they are read.
    pub fingerprints: bool,
}

impl ReadOptions {
    /// The encoding that is pinned, if one is.
    pub(super) fn encoding(&self) -> Result<Option<&'static Encoding>, ContactsError> {
        let known = |label: &String| {
            Encoding::for_label_no_replacement(label.as_bytes())
                .ok_or_else(|| ContactsError::UnknownEncoding { label: shown(label.as_bytes()) })
        };
        self.encoding.as_ref().map(known).transpose()
    }

    /// Whether a column is called by its name, so that the list must have names.
    pub(super) fn names_a_column(&self) -> bool {
        let others = [&self.region_column, &self.group_column, &self.action_column];
        let mut all = self.phone_columns.iter().chain(others.into_iter().flatten());
        all.any(|column| matches!(column, ColumnRef::Name(_)))
    }

    /// Refuses a delimiter that cannot divide cells.
    pub(super) fn check_delimiter(&self) -> Result<(), ContactsError> {
        match self.delimiter {
            Some(delimiter @ (b'"' | b'\n' | b'\r' | 0x80..)) => Err(ContactsError::BadDelimiter { delimiter }),
            Some(_) | None => Ok(()),
        }
    }
}

/// A column as the user names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnRef {
    /// By its header: as it stands there, or else in another case and without the blanks around it.
    Name(String),
    /// By its place in the file, counted from 1, whatever its name.
    Number(usize),
}

impl FromStr for ColumnRef {
    type Err = Infallible;

    /// All digits are a place, everything else is a name.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        Ok(match text.parse() {
            Ok(number) if digits => Self::Number(number),
            _ => Self::Name(text.to_owned()),
        })
    }
}

impl fmt::Display for ColumnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "`{}`", shown(name.as_bytes())),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_a_place_and_the_rest_is_a_name() {
        assert_eq!("2".parse(), Ok(ColumnRef::Number(2)));
        assert_eq!("phone".parse(), Ok(ColumnRef::Name("phone".to_owned())));
        assert_eq!("2nd".parse(), Ok(ColumnRef::Name("2nd".to_owned())));
        assert_eq!("+2".parse(), Ok(ColumnRef::Name("+2".to_owned())));
        assert_eq!("".parse(), Ok(ColumnRef::Name(String::new())));
    }
}
