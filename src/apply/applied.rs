//! What became of plans, and why not more.

use super::{Check, Job};
use crate::groups::{ApiError, ErrorClass, GroupId};
use crate::ledger::{Creation, LedgerError};

/// Why a plan was not carried out to its end.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The provider, or the way to it.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// What has to be written down could not be.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl ApplyError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Api(error) => error.hint(),
            Self::Ledger(error) => error.hint(),
        }
    }

    /// Whether nothing else of the run can be expected to do better.
    pub(super) fn is_fatal(&self) -> bool {
        match self {
            Self::Api(error) => error.class.is_fatal(),
            Self::Ledger(_) => true,
        }
    }
}

/// What became of all plans.
#[derive(Debug)]
pub struct Applied {
    /// One entry for each job, in the same order.
    pub groups: Vec<AppliedGroup>,
}

/// What became of one plan.
#[derive(Debug)]
pub struct AppliedGroup {
    /// The group's id; none when it could not be made.
    pub id: Option<GroupId>,
    /// The group's name, or its id where it has none.
    pub label: String,
    /// Whether this run made the group.
    pub created: bool,
    /// Numbers that were added, and were not members before.
    pub added: u64,
    /// Numbers that were removed, and were members before.
    pub removed: u64,
    /// Numbers that the provider would not have.
    pub refused: u64,
    /// Chunks that did not take effect, or of which nobody knows.
    pub unsent: u64,
    /// The first failure.
    pub failure: Option<ApplyError>,
    /// What the members look like now; none when they could not be read.
    pub check: Option<Check>,
}

impl AppliedGroup {
    /// Before anything has been done.
    pub(super) fn of(job: &Job) -> Self {
        Self {
            id: job.plan.group.clone(),
            label: job.plan.group_ref().label().to_owned(),
            created: job.plan.creation == Creation::Made,
            added: 0,
            removed: 0,
            refused: 0,
            unsent: 0,
            failure: None,
            check: None,
        }
    }

    /// Whether everything planned for the group was sent.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unsent == 0 && self.failure.is_none()
    }
}

impl Applied {
    /// Whether all chunks of all groups took effect.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.groups.iter().all(AppliedGroup::is_complete)
    }

    /// Whether nothing is left to do: everything was sent, and the members of all groups were read back.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_complete() && self.groups.iter().all(|group| group.check.is_some())
    }

    /// Whether the members were found as planned: none, when they could not be read.
    #[must_use]
    pub fn verified(&self) -> Option<bool> {
        let mut all = true;
        for group in &self.groups {
            all &= group.check.as_ref()?.astray == 0;
        }
        Some(all && self.is_complete())
    }

    /// The failure that says most about the run: the ledger's or the account's first.
    #[must_use]
    pub fn failure(&self) -> Option<&ApplyError> {
        let failures = || self.groups.iter().filter_map(|group| group.failure.as_ref());
        let weighty = |error: &&ApplyError| match error {
            ApplyError::Ledger(_) => true,
            ApplyError::Api(error) => error.class == ErrorClass::Account,
        };
        failures().find(weighty).or_else(|| failures().next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_and_not_read_back_is_complete_but_not_over() {
        let group = AppliedGroup {
            id: None,
            label: "News".to_owned(),
            created: false,
            added: 1,
            removed: 0,
            refused: 0,
            unsent: 0,
            failure: None,
            check: None,
        };
        let applied = Applied { groups: vec![group] };
        assert!(applied.is_complete() && !applied.is_over());
        assert_eq!(applied.verified(), None);
    }
}
