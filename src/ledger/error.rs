//! What can go wrong with what is remembered.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::StateError;

/// Why something could not be remembered or recalled. What was remembered before is as it was.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the messages show")]
pub enum LedgerError {
    /// The state folder cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The file is not what was written.
    #[error("the ledger {} is damaged: {detail}", path.display())]
    Damaged { path: PathBuf, detail: String },
    /// A later program has written the file.
    #[error("the ledger {} is of version {found}, and this program knows versions up to {known}", path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    /// A database, and not ours.
    #[error("{} is a database of something else", path.display())]
    Foreign { path: PathBuf },
    /// No room on the disk.
    #[error("no space is left for the ledger {}", path.display())]
    Full { path: PathBuf },
    /// The file may not be written to.
    #[error("the ledger {} cannot be written to", path.display())]
    ReadOnly { path: PathBuf },
    /// Another process has kept the file to itself for long.
    #[error("the ledger {} is in use by another process", path.display())]
    Busy { path: PathBuf },
    /// A number is out of the ledger, but its traces could not be wiped yet.
    #[error("traces remain in {} because another process is reading the ledger", path.display())]
    Traces { path: PathBuf },
    /// The file cannot be opened, or the disk fails.
    #[error("cannot use the ledger {}", path.display())]
    Unusable { path: PathBuf, source: io::Error },
    /// No run is called that.
    #[error("there is no run {0}")]
    NoRun(String),
    /// The text fits several runs.
    #[error("{text} fits several runs: {}", ids.join(", "))]
    ManyRuns { text: String, ids: Vec<String> },
    /// The run's numbers were let go.
    #[error("run {0} is too old: its numbers are no longer kept")]
    Trimmed(String),
    /// The audience's new name is taken.
    #[error("something is already remembered about {0}")]
    NameTaken(String),
    /// A step that is not next: a fault of this program.
    #[error("internal fault: {0}")]
    OutOfOrder(&'static str),
    /// The database refuses for a reason of its own: a fault of this program.
    #[error("internal fault in the ledger {}", path.display())]
    Internal { path: PathBuf, source: rusqlite::Error },
}

/// What an error means for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerErrorClass {
    /// The file, the disk, or a fault of this program.
    Failed,
    /// A name that leads nowhere, or to two things.
    Nowhere,
}

impl LedgerError {
    /// What the error means for whoever asked.
    #[must_use]
    pub fn class(&self) -> LedgerErrorClass {
        match self {
            Self::NoRun(_) | Self::ManyRuns { .. } | Self::NameTaken(_) => LedgerErrorClass::Nowhere,
            Self::State(_)
            | Self::Damaged { .. }
            | Self::Newer { .. }
            | Self::Foreign { .. }
            | Self::Full { .. }
            | Self::ReadOnly { .. }
            | Self::Busy { .. }
            | Self::Traces { .. }
            | Self::Unusable { .. }
            | Self::Trimmed(_)
            | Self::OutOfOrder(_)
            | Self::Internal { .. } => LedgerErrorClass::Failed,
        }
    }

    /// What to do about it, naming the flag or the file to change.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::State(error) => error.hint(),
            Self::Damaged { path, .. } => Some(format!(
                "bring {} back from a backup of the state folder; without one, move it (and its -wal and -shm) away: \
                 baselines and leavers begin anew, so the next sync is two-way",
                path.display()
            )),
            Self::Newer { .. } => {
                Some("use the newer rollcall, or another state folder (--state-dir or ROLLCALL_STATE_DIR)".to_owned())
            }
            Self::Foreign { .. } | Self::ReadOnly { .. } | Self::Unusable { .. } => {
                Some("name a folder that you may write to with --state-dir or ROLLCALL_STATE_DIR".to_owned())
            }
            Self::Full { .. } => Some("make room; nothing that was recorded is lost".to_owned()),
            Self::Busy { .. } => Some("wait for the other rollcall to end, and try again".to_owned()),
            Self::Traces { .. } => Some("run the same command again when no other rollcall is running".to_owned()),
            Self::NoRun(_) => Some("`rollcall runs list` shows them".to_owned()),
            Self::ManyRuns { .. } => Some("give more of the run's id".to_owned()),
            Self::Trimmed(_) => Some("a list of the numbers can still be imported, in --mode add or remove".to_owned()),
            Self::NameTaken(_) | Self::OutOfOrder(_) | Self::Internal { .. } => None,
        }
    }
}

/// An error on its way out of the store, before it is told which file it is about.
#[derive(Debug)]
pub(super) enum Fault {
    /// The database's own.
    Sql(rusqlite::Error),
    /// Ours already.
    Ledger(LedgerError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<StateError> for Fault {
    fn from(error: StateError) -> Self {
        Self::Ledger(LedgerError::State(error))
    }
}

impl Fault {
    /// The error as others see it.
    pub(super) fn about(self, path: &Path) -> LedgerError {
        let error = match self {
            Self::Ledger(error) => return error,
            Self::Sql(error) => error,
        };
        let path = path.to_owned();
        match Cause::of(&error) {
            Cause::Damaged(detail) => LedgerError::Damaged { path, detail },
            Cause::Full => LedgerError::Full { path },
            Cause::ReadOnly => LedgerError::ReadOnly { path },
            Cause::Busy => LedgerError::Busy { path },
            Cause::Disk => {
                // The system's own words are gone by now: the database keeps only its own.
                LedgerError::Unusable { path, source: io::Error::other(error.to_string()) }
            }
            Cause::Program => LedgerError::Internal { path, source: error },
        }
    }
}

/// Whose fault a database error is.
#[derive(Debug, PartialEq, Eq)]
enum Cause {
    Damaged(String),
    Full,
    ReadOnly,
    Busy,
    Disk,
    Program,
}

impl Cause {
    fn of(error: &rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(failure, words) => {
                Self::of_code(failure.code, words.as_deref().unwrap_or("not readable as a database"))
            }
            rusqlite::Error::FromSqlConversionFailure(_, _, why) => Self::Damaged(why.to_string()),
            rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..) => Self::Damaged("a value that was not written like that".to_owned()),
            // The library reserves the right to add further ones; what it cannot name is ours to find.
            _ => Self::Program,
        }
    }

    fn of_code(code: ErrorCode, words: &str) -> Self {
        match code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged(words.to_owned()),
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::FileLockingProtocolFailed => Self::Disk,
            // Misuse and the like are ours to find. The enum is open by its author's choice, so that no list can be whole.
            _ => Self::Program,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(code: i32) -> Cause {
        Cause::of(&rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None))
    }

    #[test]
    fn the_database_s_troubles_are_told_apart() {
        use rusqlite::ffi;
        assert_eq!(cause(ffi::SQLITE_FULL), Cause::Full);
        assert_eq!(cause(ffi::SQLITE_READONLY), Cause::ReadOnly);
        assert_eq!(cause(ffi::SQLITE_BUSY), Cause::Busy);
        assert_eq!(cause(ffi::SQLITE_IOERR), Cause::Disk);
        assert_eq!(cause(ffi::SQLITE_CANTOPEN), Cause::Disk);
        assert_eq!(cause(ffi::SQLITE_MISUSE), Cause::Program);
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB] {
            assert!(matches!(cause(code), Cause::Damaged(_)), "{code}");
        }
    }
}
