//! What can go wrong at the provider, classified by what may be done about it.

use std::fmt;

/// One of the seven operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the operation's name")]
pub enum Operation {
    Create,
    List,
    Retrieve,
    Members,
    Update,
    Replace,
    Delete,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create a group",
            Self::List => "list the groups",
            Self::Retrieve => "look a group up",
            Self::Members => "read a group's members",
            Self::Update => "update a group",
            Self::Replace => "replace a group",
            Self::Delete => "delete a group",
        })
    }
}

/// What may be done about a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// Known not to have been applied, and worth repeating after a pause (429, 500, 503, no connection).
    NotApplied,
    /// Nobody knows whether it was applied (the answer was lost or torn, 502, 504): look before repeating.
    Ambiguous,
    /// The body was refused for what is in it (400, 403 `illegal_number_type`).
    Refused,
    /// The body holds too much (413, "too many elements").
    TooLarge,
    /// No such group (404, 403 `unknown_group`).
    NotFound,
    /// The name is taken (403 `conflict_group_name`).
    NameTaken,
    /// The account is not allowed in (401, 403 `blocked_account` and unknown 403).
    Account,
    /// Nothing that repeating or changing the body would mend.
    Stop,
}

impl ErrorClass {
    /// Whether no other call of this account can be expected to do better.
    #[must_use]
    pub fn is_fatal(self) -> bool {
        match self {
            Self::Account | Self::Stop => true,
            Self::NotApplied | Self::Ambiguous | Self::Refused | Self::TooLarge | Self::NotFound | Self::NameTaken => {
                false
            }
        }
    }
}

/// A call that failed: what it was, what may be done about it, and what the provider said.
///
/// `Display` masks every run of five or more digits in the provider's words, so that no number reaches a log or a
/// terminal; [`ApiError::words`] gives them whole, for the rejects file.
#[derive(Clone, thiserror::Error)]
#[error("could not {operation}: {summary}")]
pub struct ApiError {
    /// What was tried.
    pub operation: Operation,
    /// What may be done about it.
    pub class: ErrorClass,
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The provider's error code (`syntax_constraint_violation`, …), when there was one.
    pub code: Option<String>,
    /// The element of the body that the provider named, when it named one.
    pub element: Option<NamedElement>,
    summary: String,
    words: Option<String>,
}

/// An element of the request that the provider's error names.
#[derive(Clone, PartialEq, Eq)]
pub struct NamedElement {
    /// The body's list: `members`, `add` or `remove`.
    pub list: String,
    /// Its place in that list, from 0.
    pub index: Option<usize>,
    /// The value as the provider repeats it: somebody's number.
    pub value: Option<String>,
}

impl ApiError {
    /// An error from its parts; `summary` says what happened in one fragment and holds no number and no secret.
    #[must_use]
    pub fn new(operation: Operation, class: ErrorClass, summary: impl Into<String>) -> Self {
        Self { operation, class, status: None, code: None, element: None, summary: summary.into(), words: None }
    }

    /// The provider's own words, unmasked: they may hold numbers.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        self.words.as_deref()
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("operation", &self.operation)
            .field("class", &self.class)
            .field("status", &self.status)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}
