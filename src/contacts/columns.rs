//! Which column is which: names and numbers of the user, resolved in one file's header.

use super::error::shown;
use super::{ColumnRef, ContactsError};
use crate::meant;

/// A file's columns.
pub(super) struct Columns<'a> {
    pub(super) file: &'a str,
    pub(super) names: &'a [Vec<u8>],
}

/// The columns that a rejects file adds to those of its list.
pub const REJECTS_COLUMNS: [&str; 5] = ["_file", "_line", "_reason", "_detail", "_suggestion"];

/// The columns that a clean list adds to those of its list.
pub const CLEAN_COLUMNS: [&str; 3] = ["_e164", "_region", "_type"];

/// Whether a first record ends as we end the headers that we write: then it is a header, whatever anybody says.
pub(super) fn is_our_header(first: &[Vec<u8>]) -> bool {
    let ends = |columns: &[&str]| {
        let last = first.len().checked_sub(columns.len()).and_then(|at| first.get(at..)).unwrap_or_default();
        !last.is_empty() && last.iter().map(Vec::as_slice).eq(columns.iter().map(|name| name.as_bytes()))
    };
    ends(&REJECTS_COLUMNS) || ends(&CLEAN_COLUMNS)
}

/// Whether a column is one of those that rejects files add.
pub(super) fn is_ours(name: &[u8]) -> bool {
    name.starts_with(b"_")
}

impl Columns<'_> {
    /// The place of a column, counted from 0.
    pub(super) fn find(&self, column: &ColumnRef) -> Result<usize, ContactsError> {
        let name = match column {
            ColumnRef::Number(number) => {
                let place = number.checked_sub(1).filter(|place| *place < self.names.len());
                return place.ok_or_else(|| self.unknown(column, None));
            }
            ColumnRef::Name(name) => name,
        };
        let exact = self.places(|header| header == name.as_bytes());
        let wanted = folded(name.as_bytes());
        let places = if exact.is_empty() { self.places(|header| folded(header) == wanted) } else { exact };
        match places.as_slice() {
            [] => Err(self.unknown(column, self.closest(&wanted))),
            [place] => Ok(*place),
            several => Err(ContactsError::AmbiguousColumn {
                file: self.file.to_owned(),
                column: column.to_string(),
                numbers: several.iter().map(|place| place + 1).collect(),
            }),
        }
    }

    fn places(&self, fits: impl Fn(&[u8]) -> bool) -> Vec<usize> {
        self.names.iter().enumerate().filter(|(_, name)| fits(name)).map(|(place, _)| place).collect()
    }

    fn unknown(&self, column: &ColumnRef, closest: Option<String>) -> ContactsError {
        ContactsError::UnknownColumn {
            file: self.file.to_owned(),
            column: column.to_string(),
            columns: self.names.iter().map(|name| shown(name)).collect(),
            closest,
        }
    }

    /// The header that was probably meant, if one is near.
    fn closest(&self, wanted: &str) -> Option<String> {
        let headers: Vec<(String, &Vec<u8>)> =
            self.names.iter().filter(|name| !is_ours(name)).map(|name| (folded(name), name)).collect();
        let place = meant::place(wanted, headers.iter().map(|(header, _)| header.as_str()))?;
        headers.get(place).map(|(_, name)| shown(name))
    }
}

/// A name as names are compared: in lower case, without blanks and quotes around it.
pub(super) fn folded(name: &[u8]) -> String {
    String::from_utf8_lossy(name)
        .trim_matches(|sign: char| sign.is_whitespace() || matches!(sign, '"' | '\''))
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn find(names: &[&str], column: &str) -> Result<usize, ContactsError> {
        let names: Vec<Vec<u8>> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        Columns { file: "a.csv", names: &names }.find(&column.parse().unwrap())
    }

    #[test]
    fn a_column_is_found_by_name_in_any_case_or_by_number() {
        assert_eq!(find(&["name", "Phone "], "phone").unwrap(), 1);
        assert_eq!(find(&["PHONE", "phone"], "phone").unwrap(), 1);
        assert_eq!(find(&["name", "phone"], "2").unwrap(), 1);
        assert!(matches!(find(&["name", "phone"], "0"), Err(ContactsError::UnknownColumn { .. })));
        assert!(matches!(find(&["name", "phone"], "3"), Err(ContactsError::UnknownColumn { .. })));
        assert!(matches!(find(&["phone", "x", "phone"], "phone"), Err(ContactsError::AmbiguousColumn { .. })));
    }

    #[test]
    fn an_unknown_column_lists_those_there_are_and_the_closest() {
        let error = find(&["name", "phone", "_reason"], "phon").unwrap_err();
        assert_eq!(error.to_string(), "a.csv has no column `phon`; it has `name`, `phone`, `_reason`");
        assert_eq!(error.hint().unwrap(), "did you mean `phone`?");
        let error = find(&["name", "phone"], "xyzzy").unwrap_err();
        assert!(error.hint().unwrap().contains("number"));
    }
}
