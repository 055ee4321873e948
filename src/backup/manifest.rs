//! The manifest: what a backup holds, sealed against every change.

use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::BackupError;
use crate::groups::{Group, GroupId};
use crate::output::{Output, OutputError};

/// The format that is written; formats up to it are read.
pub(super) const FORMAT: u64 = 1;
/// The manifest's file.
pub(super) const NAME: &str = "manifest.json";

/// What a backup holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// The program that took it.
    pub rollcall: String,
    /// The account's key, such as `sandbox/demo`.
    pub account: String,
    /// When it was begun.
    pub began: Timestamp,
    /// When it was complete.
    pub ended: Timestamp,
    /// Whether these are all groups of the account.
    pub whole: bool,
    /// The groups, newest first.
    pub groups: Vec<GroupEntry>,
    /// Leavers of groups that the account has no more; of a whole account only.
    pub departed: Vec<DepartedEntry>,
    /// Groups that were made while it was taken, and are not in it.
    pub appeared: Vec<GroupId>,
    /// Groups that were deleted while it was taken, and are not in it, or are as they were before.
    pub vanished: Vec<GroupId>,
}

/// One group of a backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GroupEntry {
    /// The group, as the provider described it.
    pub group: Group,
    /// The name by which it was remembered.
    pub audience: String,
    /// How the groups of that audience are named, where those may be several, such as `{name}-{number}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<String>,
    /// Whether it stood still while it was read.
    pub steady: bool,
    /// Its members.
    pub members: FileEntry,
    /// Those who left it, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leavers: Option<FileEntry>,
}

/// Those who left a group that is no more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DepartedEntry {
    /// The name by which the group is remembered.
    pub audience: String,
    /// Those who left it.
    pub leavers: FileEntry,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Where it lies in the folder.
    pub file: String,
    /// Rows, the header not counted.
    pub rows: u64,
    /// SHA-256 over its bytes, 64 hexadecimal digits.
    pub sha256: String,
}

impl GroupEntry {
    /// The group's name, or its id.
    #[must_use]
    pub fn label(&self) -> &str {
        self.group.name.as_deref().unwrap_or(self.group.id.as_str())
    }
}

impl FileEntry {
    /// The file's path below a backup's folder. A manifest must not lead out of its folder.
    pub(super) fn path(&self, folder: &Path) -> Result<PathBuf, BackupError> {
        let plain = |name: &str| {
            let mut bytes = name.bytes();
            bytes.next().is_some_and(|byte| byte.is_ascii_alphanumeric())
                && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        match self.file.split_once('/') {
            Some((place, name)) if plain(place) && plain(name) => Ok(folder.join(place).join(name)),
            _ => Err(BackupError::damaged(&folder.join(NAME), "names a file that no backup has")),
        }
    }
}

/// The manifest as it is written. The seal is over the very bytes of `backup`.
#[derive(Serialize)]
struct Sealing<'a> {
    format: u64,
    sha256: String,
    backup: &'a RawValue,
}

/// The manifest as it is read, whatever its format.
#[derive(Deserialize)]
struct Sealed<'a> {
    format: u64,
    #[serde(default)]
    sha256: String,
    #[serde(borrow)]
    backup: Option<&'a RawValue>,
}

impl Manifest {
    /// Writes the manifest into a folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let path = folder.join(NAME);
        let failed = |source| OutputError { path: path.clone(), source };
        let backup = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        let backup = RawValue::from_string(backup).map_err(|error| failed(error.into()))?;
        let sha256 = hex(&Sha256::digest(backup.get()));
        let text = serde_json::to_string(&Sealing { format: FORMAT, sha256, backup: &backup });
        let text = text.map_err(|error| failed(error.into()))?;
        let mut output = Output::create(&path)?;
        writeln!(output, "{text}").map_err(failed)?;
        Ok(output.finish()?)
    }

    /// Reads the manifest of a folder.
    pub(super) fn read(folder: &Path) -> Result<Self, BackupError> {
        let path = folder.join(NAME);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                return Err(BackupError::Nothing { folder: folder.to_owned() });
            }
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(BackupError::damaged(&path, "is no manifest of a backup"));
            }
            Err(error) => return Err(BackupError::unusable(&path)(error)),
        };
        let foreign = |_| BackupError::damaged(&path, "is no manifest of a backup");
        let Sealed { format, sha256, backup } = serde_json::from_str(&text).map_err(foreign)?;
        if format > FORMAT {
            return Err(BackupError::Newer { found: format, known: FORMAT });
        }
        if format == 0 {
            return Err(BackupError::damaged(&path, "is no manifest of a backup"));
        }
        let changed = || BackupError::damaged(&path, "was changed or damaged since the backup was taken");
        let backup = backup.ok_or_else(changed)?;
        if hex(&Sha256::digest(backup.get())) != sha256 {
            return Err(changed());
        }
        serde_json::from_str(backup.get()).map_err(foreign)
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
