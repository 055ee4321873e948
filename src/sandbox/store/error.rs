//! Why the data cannot be used, and what a failure of the database means to a request.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use super::super::refusal::Refusal;

/// Why a store does not open.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened or made.
    #[error("cannot open {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The data cannot be used by `SQLite`.
    #[error("cannot use the sandbox's data")]
    Database(#[from] rusqlite::Error),
    /// The file is something else, or a database of something else.
    #[error("{} is not a sandbox's data", .0.display())]
    NotOurs(PathBuf),
    /// The file was written by a later version.
    #[error("{} has format {found}; this version knows format {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The thread in which the data were opened did not end.
    #[error("the sandbox's data could not be opened")]
    Aborted,
}

impl StoreError {
    /// The flag to change, where one would help.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::File { .. } | Self::NotOurs(_) => "choose another file with --data, or :memory:",
            Self::Newer { .. } => "update rollcall, or choose another file with --data",
            Self::Database(_) | Self::Aborted => return None,
        };
        Some(hint.to_owned())
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        if is_busy(&error) { Self::Busy } else { Self::Broken(error.to_string()) }
    }
}

/// Whether another process has the database, so that it is worth trying again.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
