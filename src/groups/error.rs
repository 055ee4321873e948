//! What can go wrong at the provider, by what may be done about it.

use std::fmt;

use super::complaint::{self, Complaint};

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

impl Operation {
    /// Whether it changes nothing, so that it may always be repeated.
    #[must_use]
    pub const fn is_read(self) -> bool {
        match self {
            Self::List | Self::Retrieve | Self::Members => true,
            Self::Create | Self::Update | Self::Replace | Self::Delete => false,
        }
    }
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
    /// Nobody knows whether it was applied (the answer was lost or torn, 408, 502, 504): look before repeating.
    /// Reads never answer this: there is nothing to apply.
    Ambiguous,
    /// The body was refused for what is in it (400, 422, 403 `illegal_number_type`).
    Refused,
    /// The body holds too much (413, "too many elements").
    TooLarge,
    /// No such group (404, 410, 403 `unknown_group`).
    NotFound,
    /// The name is taken (403 or 409 `conflict_group_name`).
    NameTaken,
    /// The account is not allowed in (401, 402, 403 `blocked_account` and unknown 403).
    Account,
    /// Nothing that repeating or changing the body would mend.
    Stop,
}

impl ErrorClass {
    /// The class for an operation: where nothing could be applied, nothing is ambiguous.
    #[must_use]
    pub const fn of(self, operation: Operation) -> Self {
        match self {
            Self::Ambiguous if operation.is_read() => Self::NotApplied,
            class => class,
        }
    }

    /// Whether no other call of this account can be expected to do better.
    #[must_use]
    pub const fn is_fatal(self) -> bool {
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
/// `Display` masks whatever could be a number in the provider's words and escapes what a terminal would obey;
/// [`ApiError::words`] gives them whole, for the rejects file.
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
    pub element: Option<Box<NamedElement>>,
    /// Whether it was our own stop signal, and not the provider, that ended the call.
    pub interrupted: bool,
    summary: Box<str>,
    words: Option<Box<str>>,
    advice: Option<&'static str>,
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

impl fmt::Debug for NamedElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedElement").field("list", &self.list).field("index", &self.index).finish_non_exhaustive()
    }
}

impl ApiError {
    /// An error from its parts; `summary` says what happened in one fragment and holds no number and no secret.
    #[must_use]
    pub fn new(operation: Operation, class: ErrorClass, summary: impl Into<String>) -> Self {
        Self {
            operation,
            class: class.of(operation),
            status: None,
            code: None,
            element: None,
            interrupted: false,
            summary: summary.into().into(),
            words: None,
            advice: None,
        }
    }

    /// The error that an answer with this status and body is. The body may have any shape, or none.
    #[must_use]
    pub fn from_answer(operation: Operation, status: u16, body: &[u8]) -> Self {
        let complaint = Complaint::read(body);
        let class = super::classify::class_of(status, &complaint);
        let element = match class {
            ErrorClass::Refused => complaint.text.as_deref().and_then(complaint::named_element).map(Box::new),
            _ => None,
        };
        Self {
            status: Some(status),
            element,
            words: complaint.words.clone().map(Into::into),
            summary: complaint.summary(status).into(),
            code: complaint.code,
            ..Self::new(operation, class, "")
        }
    }

    /// The call was given up because the stop signal came: nothing of it was applied.
    #[must_use]
    pub fn interrupted(operation: Operation) -> Self {
        Self { interrupted: true, ..Self::new(operation, ErrorClass::NotApplied, "stopped before it was sent") }
    }

    /// The provider's own words, unmasked: they may hold numbers.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        self.words.as_deref()
    }

    /// What happened, without what was tried: one fragment.
    #[must_use]
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// The flag, variable or file to change, or what else would help.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        if self.interrupted {
            return None;
        }
        if let Some(advice) = self.advice {
            return Some(advice.to_owned());
        }
        let hint = match (self.class, self.status) {
            (ErrorClass::Account, _) => {
                "check SINCH_API_TOKEN and SINCH_SERVICE_PLAN_ID (or SINCH_KEY_ID, SINCH_KEY_SECRET and \
                 SINCH_PROJECT_ID), and that SINCH_REGION is the account's region"
            }
            (ErrorClass::NotApplied, Some(429)) => "lower --rate or --concurrency, or try again later",
            (ErrorClass::NotApplied | ErrorClass::Ambiguous, Some(_)) => {
                "the provider is not well: try again later, or raise --retries"
            }
            (ErrorClass::NotApplied | ErrorClass::Ambiguous, None) => {
                "check the network, the proxy (HTTPS_PROXY, NO_PROXY), --base-url and --timeout"
            }
            (ErrorClass::TooLarge, _) => {
                "lower --chunk-size; a group holds at most --group-limit members, and --spread uses several"
            }
            (ErrorClass::NotFound, _) => "`rollcall groups list` shows the groups of this account",
            (ErrorClass::NameTaken, _) => "choose another name, or use the group that has this one",
            (ErrorClass::Refused, _) => return None,
            (ErrorClass::Stop, Some(407)) => "check the user name and password in HTTPS_PROXY",
            (ErrorClass::Stop, _) => "check --base-url and SINCH_REGION: this is no answer of the Groups API",
        };
        Some(hint.to_owned())
    }

    /// The same error with better advice than its class alone would give.
    pub(super) fn advising(mut self, advice: &'static str) -> Self {
        self.advice = Some(advice);
        self
    }

    /// The same error with a secret taken out of the provider's words: some servers repeat what they were sent.
    pub(super) fn without(mut self, secret: &str) -> Self {
        if !secret.is_empty() {
            let hide = |text: &str| text.replace(secret, "…");
            self.summary = hide(&self.summary).into();
            self.words = self.words.map(|words| hide(&words).into());
            self.code = self.code.map(|code| hide(&code));
        }
        self
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("operation", &self.operation)
            .field("class", &self.class)
            .field("status", &self.status)
            .field("summary", &self.summary)
            .field("interrupted", &self.interrupted)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_is_never_ambiguous() {
        assert_eq!(ApiError::from_answer(Operation::Members, 504, b"").class, ErrorClass::NotApplied);
        assert_eq!(ApiError::from_answer(Operation::Update, 504, b"").class, ErrorClass::Ambiguous);
    }

    #[test]
    fn a_refused_number_is_in_the_element_and_the_words_and_nowhere_else() {
        let body = br#"{"code":"syntax_invalid_parameter_format","text":"The format of parameter 'add[7]' is invalid; value '+15550100123' is not a valid MSISDN or group ID."}"#;
        let error = ApiError::from_answer(Operation::Update, 400, body);
        let element = error.element.clone().expect("it is named");
        assert_eq!((element.list.as_str(), element.index), ("add", Some(7)));
        assert_eq!(element.value.as_deref(), Some("+15550100123"));
        assert!(error.words().is_some_and(|words| words.contains("15550100123")));
        for shown in [error.to_string(), format!("{error:?}"), format!("{element:?}"), error.summary().to_owned()] {
            assert!(!shown.contains("15550100123") && !shown.contains("0100"), "{shown}");
        }
    }

    #[test]
    fn a_secret_that_a_server_repeats_is_taken_out() {
        let error = ApiError::from_answer(Operation::List, 500, br#"{"code":"x","text":"sent was hush-hush"}"#);
        let error = error.without("hush-hush");
        assert!(!error.to_string().contains("hush") && !error.words().unwrap_or_default().contains("hush"));
    }
}
