//! What was forgotten of a number.

use serde::{Deserialize, Serialize};

/// How often a number stood in what is kept on this machine, until it was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ForgottenReport {
    /// Sets of numbers in the ledger.
    pub sets: u64,
    /// Audiences that it was remembered to have left.
    pub leavers: u64,
    /// Refusals by the provider.
    pub refusals: u64,
    /// Rows of tables in the folders of runs and of deleted groups.
    pub rows: u64,
    /// Files that were removed as a whole, as nobody can tell their rows.
    pub files: u64,
}

impl ForgottenReport {
    /// How often it stood in the ledger.
    #[must_use]
    pub fn mentions(&self) -> u64 {
        self.sets + self.leavers + self.refusals
    }
}
