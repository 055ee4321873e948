//! What can be wrong with a backup.

use std::io;
use std::path::{Path, PathBuf};

use crate::output::OutputError;

/// Why a backup could not be taken or used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the messages show")]
pub enum BackupError {
    /// The folder holds something else.
    #[error("{} is not empty, and holds no backup", folder.display())]
    NotEmpty { folder: PathBuf },
    /// The folder holds an earlier backup.
    #[error("{} holds a backup already", folder.display())]
    Exists { folder: PathBuf },
    /// A file stands where the folder should be.
    #[error("{} is no folder", folder.display())]
    NoFolder { folder: PathBuf },
    /// There is no backup.
    #[error("{} holds no backup", folder.display())]
    Nothing { folder: PathBuf },
    /// A later program has taken it.
    #[error("the backup is of format {found}, and this program knows formats up to {known}")]
    Newer { found: u64, known: u64 },
    /// A file is not what it was when the backup was taken.
    #[error("{} {what}", file.display())]
    Damaged { file: PathBuf, what: &'static str },
    /// A file or folder cannot be read or made.
    #[error("cannot use {}", path.display())]
    Unusable { path: PathBuf, source: io::Error },
    /// A file of the backup cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl BackupError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::NotEmpty { .. } | Self::NoFolder { .. } => "name a folder that is empty, or not there yet",
                Self::Exists { .. } => "name another folder, or take the new one in its place with --replace",
                Self::Nothing { .. } => "name a folder that `rollcall backup` has written",
                Self::Newer { .. } => "restore it with the rollcall that has taken it, or a later one",
                Self::Damaged { .. } => {
                    "a backup is used exactly as it was taken, or not at all; any file of members that is sound can \
                     still be imported by itself"
                }
                Self::Unusable { .. } => "check the folder and the rights to it",
                Self::Output(error) => return error.hint(),
            }
            .to_owned(),
        )
    }

    /// Whether a name has led nowhere, or to something else; the other errors are failures.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::NotEmpty { .. }
            | Self::Exists { .. }
            | Self::NoFolder { .. }
            | Self::Nothing { .. }
            | Self::Newer { .. } => true,
            Self::Damaged { .. } | Self::Unusable { .. } | Self::Output(_) => false,
        }
    }

    pub(super) fn unusable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Unusable { path, source }
    }

    pub(super) fn damaged(file: &Path, what: &'static str) -> Self {
        Self::Damaged { file: file.to_owned(), what }
    }
}
