//! How a command can end.

use std::process::ExitCode;

use rollcall::apply::{Applied, AppliedGroup, ApplyError, DraftError, WholeError};
use rollcall::audience::AudienceError;
use rollcall::backup::{AgainError, BackupError};
use rollcall::contacts::{self, ContactsError};
use rollcall::export::{JoinError, KeyError};
use rollcall::groups::{ApiError, ConnectError, ErrorClass, FindError, NameError, PictureError};
use rollcall::jobs::{JobsError, SecretError};
use rollcall::ledger::{LedgerError, LedgerErrorClass, LockError, StateError};
use rollcall::output::OutputError;
use rollcall::plan::PlanFileError;
use rollcall::sandbox::SandboxError;

/// The exit codes that scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All that was asked is so.
    Done,
    /// A file that cannot be read or written, the disk, an internal fault.
    Failed,
    /// Usage, configuration, or a name that leads nowhere or to two things.
    Usage,
    /// Done, but some rows were rejected or refused.
    Rejects,
    /// A brake refused; nothing was sent.
    Brake,
    /// The network or the provider failed for good, SIGTERM, a deadline or a limit.
    Incomplete,
    /// The provider refused the account.
    Account,
    /// Another run holds this group.
    Held,
    /// Verification found a difference.
    Unverified,
    /// The group is no longer what the plan was made against.
    Moved,
    /// There is something to change, and somebody asked.
    Changes,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    /// Which code counts when several apply, first come first.
    const PRECEDENCE: [Self; 12] = [
        Self::Usage,
        Self::Failed,
        Self::Held,
        Self::Account,
        Self::Moved,
        Self::Brake,
        Self::Interrupted,
        Self::Incomplete,
        Self::Unverified,
        Self::Changes,
        Self::Rejects,
        Self::Done,
    ];

    /// The number that the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Rejects => 3,
            Self::Brake => 4,
            Self::Incomplete => 5,
            Self::Account => 6,
            Self::Held => 7,
            Self::Unverified => 8,
            Self::Moved => 9,
            Self::Changes => 10,
            Self::Interrupted => 130,
        }
    }

    /// The code that counts when both apply.
    pub(crate) fn and(self, other: Self) -> Self {
        Self::PRECEDENCE.into_iter().find(|exit| [self, other].contains(exit)).unwrap_or(self)
    }

    /// What a failed call to the provider means for the whole.
    pub(crate) fn of_call(error: &ApiError) -> Self {
        match error.class {
            ErrorClass::Account => Self::Account,
            ErrorClass::NotApplied
            | ErrorClass::Ambiguous
            | ErrorClass::Refused
            | ErrorClass::TooLarge
            | ErrorClass::NotFound
            | ErrorClass::NameTaken
            | ErrorClass::Stop => Self::Incomplete,
        }
    }

    /// How applying has ended.
    pub(crate) fn of_applied(applied: &Applied) -> Self {
        let group = |group: &AppliedGroup| {
            let failed = group.failure.as_ref().map_or(Self::Done, |error| match error {
                ApplyError::Api(error) => Self::of_call(error),
                ApplyError::Ledger(_) => Self::Failed,
            });
            let unsent = if group.unsent > 0 { Self::Incomplete } else { Self::Done };
            let astray = group.check.as_ref().is_some_and(|check| check.astray > 0);
            failed.and(unsent).and(if astray { Self::Unverified } else { Self::Done })
        };
        applied.groups.iter().map(group).fold(Self::Done, Self::and)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A command that could not do what was asked: how it ends, why, and what to do next.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) error: anyhow::Error,
    pub(crate) hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, error: impl Into<anyhow::Error>, hint: Option<String>) -> Self {
        Self { exit, error: error.into(), hint }
    }

    /// Something that was typed and cannot be.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, error: anyhow::Error::msg(message.into()), hint: Some(hint.into()) }
    }

    /// Something inside that should have worked.
    pub(crate) fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Failed, error: error.into(), hint: None }
    }
}

impl From<ContactsError> for Failure {
    fn from(error: ContactsError) -> Self {
        let exit = match error.class() {
            contacts::ErrorClass::Unreadable => Exit::Failed,
            contacts::ErrorClass::Nowhere => Exit::Usage,
        };
        let hint = error.hint();
        Self::new(exit, error, hint)
    }
}

impl From<AudienceError> for Failure {
    fn from(error: AudienceError) -> Self {
        match error {
            AudienceError::Contacts(error) => error.into(),
            AudienceError::Paper(error) => error.into(),
            AudienceError::GroupName | AudienceError::NothingSuppressed { .. } => {
                let hint = error.hint();
                Self::new(Exit::Usage, error, hint)
            }
            AudienceError::Waiting(_) => {
                let hint = error.hint();
                Self::new(Exit::Failed, error, hint)
            }
            AudienceError::Interrupted => Self::new(Exit::Interrupted, error, None),
        }
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        // Whoever read our output has had enough: that is their right, and no failure.
        let exit = if error.is_broken_pipe() { Exit::Done } else { Exit::Failed };
        let hint = error.hint();
        Self::new(exit, error, hint)
    }
}

impl From<JoinError> for Failure {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Contacts(error) => error.into(),
            JoinError::Output(error) => error.into(),
            JoinError::Shelf(_) => {
                let hint = error.hint();
                Self::new(Exit::Failed, error, hint)
            }
            JoinError::Reveals { .. } => {
                let hint = error.hint();
                Self::new(Exit::Usage, error, hint)
            }
            JoinError::Interrupted => Self::new(Exit::Interrupted, error, None),
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        let hint = error.hint();
        Self::new(Exit::Usage, error, hint)
    }
}

impl From<PlanFileError> for Failure {
    fn from(error: PlanFileError) -> Self {
        let exit = match &error {
            PlanFileError::Unreadable(_) => Exit::Failed,
            PlanFileError::Packing
            | PlanFileError::Foreign
            | PlanFileError::Newer { .. }
            | PlanFileError::Line { .. }
            | PlanFileError::Edited { .. }
            | PlanFileError::Cut { .. } => Exit::Usage,
        };
        let hint = error.hint();
        Self::new(exit, error, hint)
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let hint = error.hint();
        Self::new(Exit::Failed, error, hint)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        let exit = match error.class() {
            LedgerErrorClass::Failed => Exit::Failed,
            LedgerErrorClass::Nowhere => Exit::Usage,
        };
        let hint = error.hint();
        Self::new(exit, error, hint)
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Held { .. } => {
                let hint = error.hint();
                Self::new(Exit::Held, error, hint)
            }
            LockError::State(error) => error.into(),
        }
    }
}

impl From<DraftError> for Failure {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::Whole(error) => error.into(),
            DraftError::Name(error) => error.into(),
            DraftError::AtOdds { .. } => {
                let hint = error.hint();
                Self::new(Exit::Usage, error, hint)
            }
            DraftError::Lock(error) => error.into(),
            DraftError::Ledger(error) => error.into(),
            DraftError::Api(error) => error.into(),
        }
    }
}

impl From<WholeError> for Failure {
    fn from(error: WholeError) -> Self {
        match error {
            WholeError::Find(error) => error.into(),
            WholeError::Api(error) => error.into(),
            WholeError::Ledger(error) => error.into(),
            WholeError::Template(_)
            | WholeError::Both { .. }
            | WholeError::Plain { .. }
            | WholeError::Part { .. }
            | WholeError::Gap { .. }
            | WholeError::Gone { .. }
            | WholeError::Full { .. } => {
                let hint = error.hint();
                Self::new(Exit::Usage, error, hint)
            }
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let exit = if error.is_usage() { Exit::Usage } else { Exit::Failed };
        let hint = error.hint();
        Self::new(exit, error, hint)
    }
}

impl From<AgainError> for Failure {
    fn from(error: AgainError) -> Self {
        let hint = error.hint();
        Self::new(Exit::Usage, error, hint)
    }
}

impl From<NameError> for Failure {
    fn from(error: NameError) -> Self {
        let hint = error.hint();
        Self::new(Exit::Usage, error, hint)
    }
}

impl From<PictureError> for Failure {
    fn from(error: PictureError) -> Self {
        match error {
            PictureError::Api(error) => error.into(),
            PictureError::DoesNotAddUp { .. } => {
                let hint = error.hint();
                Self::new(Exit::Unverified, error, hint)
            }
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let hint = error.hint();
        Self::new(Exit::Usage, error, hint)
    }
}

impl From<JobsError> for Failure {
    fn from(error: JobsError) -> Self {
        let hint = error.hint();
        Self::new(Exit::Usage, error, hint)
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        let hint = error.hint();
        Self::new(Exit::Usage, error, hint)
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let (exit, hint) = (Exit::of_call(&error), error.hint());
        Self::new(exit, error, hint)
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Api(error) => error.into(),
            ApplyError::Ledger(error) => error.into(),
        }
    }
}

impl From<FindError> for Failure {
    fn from(error: FindError) -> Self {
        match error {
            FindError::Api(error) => error.into(),
            FindError::TwoOfAName { .. } | FindError::NotFound(_) => {
                let hint = error.hint();
                Self::new(Exit::Usage, error, hint)
            }
        }
    }
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        let hint = error.hint();
        Self::new(Exit::Failed, error, hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_precedence_is_the_contracts() {
        let order: Vec<u8> = Exit::PRECEDENCE.iter().map(|exit| exit.code()).collect();
        assert_eq!(order, [2, 1, 7, 6, 9, 4, 130, 5, 8, 10, 3, 0]);
        for (rank, worse) in Exit::PRECEDENCE.into_iter().enumerate() {
            for better in Exit::PRECEDENCE.into_iter().skip(rank) {
                assert_eq!(worse.and(better), worse);
                assert_eq!(better.and(worse), worse);
            }
        }
    }
}
