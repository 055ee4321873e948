//! What was asked of the sandbox: one line for each request, with no number and no secret in it.

use std::collections::VecDeque;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::Fault;
use super::ulid::is_ulid;

/// How many requests are remembered; the file keeps them all.
const REMEMBERED: usize = 10_000;
/// From so many digits on a piece of a path may be somebody's number.
const TELLING_DIGITS: usize = 5;

/// How many numbers a request brought or an answer gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// In `members`, sent or given.
    pub members: Option<usize>,
    /// In `add`.
    pub add: Option<usize>,
    /// In `remove`.
    pub remove: Option<usize>,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its place among all requests, from 1.
    pub ordinal: u64,
    /// When it came.
    pub at: Timestamp,
    /// Its method.
    pub method: String,
    /// Its path and query; what is neither the plan nor a group's id has its numbers left out.
    pub path: String,
    /// The numbers in it.
    pub counts: Counts,
    /// The status it was answered with; `None` when there was no answer.
    pub status: Option<u16>,
    /// What was made to go wrong.
    pub fault: Option<Fault>,
}

impl fmt::Display for LogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:.3} {} {}", self.ordinal, self.at, self.method, self.path)?;
        let Counts { members, add, remove } = self.counts;
        for (name, count) in [("members", members), ("add", add), ("remove", remove)] {
            if let Some(count) = count {
                write!(f, " {name}={count}")?;
            }
        }
        match self.status {
            Some(status) => write!(f, " {status}")?,
            None => f.write_str(" -")?,
        }
        self.fault.map_or(Ok(()), |fault| write!(f, " {fault}"))
    }
}

/// The latest requests, in the order in which they ended.
#[derive(Debug)]
pub struct RequestLog {
    entries: Mutex<VecDeque<LogEntry>>,
    file: Option<File>,
}

impl RequestLog {
    pub(super) fn new(file: Option<&Path>) -> std::io::Result<Self> {
        let file = file.map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
        Ok(Self { entries: Mutex::new(VecDeque::new()), file })
    }

    /// The requests remembered.
    #[must_use]
    pub fn entries(&self) -> Vec<LogEntry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(super) fn record(&self, entry: LogEntry) {
        if let Some(mut file) = self.file.as_ref() {
            // A full disk must not change what the sandbox answers.
            let _ = file.write_all(format!("{entry}\n").as_bytes());
        }
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == REMEMBERED {
            entries.pop_front();
        }
        entries.push_back(entry);
    }
}

/// A path fit for the log: ids and the plan as they are; of everything else, what could be a number is left out and
/// what could upset a terminal is escaped.
pub(super) fn masked(path_and_query: &str, plan: &str) -> String {
    let separators = ['/', '?', '&', '='];
    let pieces = path_and_query.split_inclusive(separators).map(|piece| {
        let bare = piece.trim_end_matches(separators);
        let separator = piece.strip_prefix(bare).unwrap_or_default();
        let digits = bare.chars().filter(|char| char.is_numeric()).count();
        if bare == plan || is_ulid(bare) {
            piece.to_owned()
        } else if digits >= TELLING_DIGITS {
            format!("…{separator}")
        } else {
            format!("{}{separator}", bare.escape_default())
        }
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_are_kept_and_numbers_are_not() {
        let id = "01HF6123456789C3B3JWG4FYZ7";
        assert_eq!(
            masked(&format!("/xms/v1/p123456/groups/{id}/members?page=12"), "p123456"),
            format!("/xms/v1/p123456/groups/{id}/members?page=12")
        );
        assert_eq!(masked("/xms/v1/other/groups/+15550001111", "p"), "/xms/v1/other/groups/…");
    }

    proptest! {
        #[test]
        fn no_number_is_left_in_a_path(before in "[a-z/?]{0,9}", number in 10_000..=u64::MAX, after in "[a-z/?=&]{0,9}") {
            let shown = masked(&format!("{before}{number}{after}"), "plan");
            prop_assert!(!shown.contains(&number.to_string()), "{}", shown);
        }
    }
}
