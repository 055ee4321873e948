//! The one type behind which cells become numbers.

use super::Msisdn;
use super::{Policy, Reading, Rejection, RowRegion};

/// What one number of a cell became.
pub type Verdict = Result<Reading, Rejection>;

/// Turns cells into verdicts by one [`Policy`]. Cheap to share between threads: reading needs only `&self`.
pub struct Normalizer {
    policy: Policy,
}

impl Normalizer {
    /// A normalizer that follows a policy.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy }
    }

    /// Reads one cell (UTF-8 or not) and appends what it became: one verdict, or one for each number of the cell
    /// under [`super::Multiple::All`]. Never panics, whatever the bytes.
    pub fn read(&self, cell: &[u8], region: RowRegion, verdicts: &mut Vec<Verdict>) {
        let _ = (&self.policy, cell, region, verdicts);
    }

    /// Appends every number that the cell could mean: all valid readings of every number in it, extensions
    /// dropped. For suppression lists, and for members whom a rejected row may have meant.
    pub fn meanings(&self, cell: &[u8], region: RowRegion, numbers: &mut Vec<Msisdn>) {
        let _ = (&self.policy, cell, region, numbers);
    }
}
