//! What a job remembers from one night to the next: how it ended, and how it left things. No numbers.

use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rollcall::output::{Output, OutputError};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The memory of a job. A field that an older program did not know has its usual value; a memory that cannot be read
/// is as good as none: the job then does everything again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Memory {
    /// Whether a night has begun and was never seen to end: the process was killed.
    pub(super) under_way: bool,
    /// How the last night ended.
    pub(super) exit: Option<u8>,
    /// When a night last ended well.
    pub(super) succeeded: Option<Timestamp>,
    /// Runs of which something is left. They are given up when a later night ends well.
    pub(super) unfinished: Vec<String>,
    /// How the last night left things; none when it did not end well or was not verified.
    pub(super) left: Option<Left>,
}

/// How a night left things: as long as all of this is the same, another night would change nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Left {
    /// The run that left it so.
    pub(super) run: String,
    /// The SHA-256 of the lists and suppression lists, in order, each behind its role.
    pub(super) files: Vec<String>,
    /// The SHA-256 of what the job was told.
    pub(super) settings: String,
    /// The program and its number metadata.
    pub(super) program: String,
    /// The account.
    pub(super) account: String,
    /// The groups as the provider shows them.
    pub(super) groups: Vec<LeftGroup>,
    /// What is remembered of the groups' audiences.
    pub(super) remembered: String,
}

/// A group as the provider shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LeftGroup {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) size: u64,
    pub(super) modified_at: String,
}

impl Memory {
    fn file(folder: &Path) -> PathBuf {
        folder.join("memory.json")
    }

    pub(super) fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(Self::file(folder)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let path = Self::file(folder);
        let text = serde_json::to_string_pretty(self).map_err(Failure::internal)?;
        let mut output = Output::create(&path)?;
        output.write_all(text.as_bytes()).map_err(|source| OutputError { path, source })?;
        Ok(output.finish()?)
    }

    /// Whether the last night ended well. A night that never ended did not; before the first night all is well.
    pub(super) fn is_well(&self) -> bool {
        !self.under_way && self.exit.is_none_or(ended_well)
    }
}

/// Whether an exit code means that all that was asked is so, at most with some rows rejected.
pub(super) fn ended_well(exit: u8) -> bool {
    matches!(exit, 0 | 3)
}
