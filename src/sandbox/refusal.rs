//! Why a request was not carried out, as the provider would say it.

use std::fmt;

use serde_json::{Value, json};

use crate::groups::{ApiError, GroupId, Operation};

/// A request that was understood and not carried out. Nothing of it has been applied.
///
/// [`Refusal::text`] repeats values of the request, numbers among them, as the provider does; [`fmt::Debug`] does not.
pub(super) enum Refusal {
    /// The body is no JSON object.
    NotJson(String),
    /// A value of the wrong type or form.
    Format {
        /// The field's name.
        parameter: String,
        /// The element's place in the field's list.
        index: Option<usize>,
        /// The value, as it was sent.
        value: String,
        /// What it should have been.
        wanted: &'static str,
    },
    /// A field that is missing, too long, too large or empty.
    Constraint(String),
    /// More elements in a list than a request may have.
    TooMany {
        /// The list's name.
        list: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The group's members would pass its limit.
    GroupFull {
        /// How many members there would be.
        would_be: u64,
        /// How many there may be.
        limit: u64,
    },
    /// A group that the body names and that is not there.
    UnknownGroup(GroupId),
    /// Names have to be unique here, and this one is taken.
    NameTaken,
    /// The group that the path names is not there.
    NoSuchGroup,
    /// Another process has the data, and kept them for too long.
    Busy,
    /// The store failed, and said this.
    Broken(String),
}

impl Refusal {
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::NotJson(_)
            | Self::Format { .. }
            | Self::Constraint(_)
            | Self::TooMany { .. }
            | Self::GroupFull { .. } => 400,
            Self::UnknownGroup(_) | Self::NameTaken => 403,
            Self::NoSuchGroup => 404,
            Self::Busy => 503,
            Self::Broken(_) => 500,
        }
    }

    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::NotJson(_) => "syntax_invalid_json",
            Self::Format { .. } => "syntax_invalid_parameter_format",
            Self::Constraint(_) | Self::TooMany { .. } | Self::GroupFull { .. } => "syntax_constraint_violation",
            Self::UnknownGroup(_) => "unknown_group",
            Self::NameTaken => "conflict_group_name",
            Self::NoSuchGroup => "not_found",
            Self::Busy | Self::Broken(_) => "internal_error",
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::NotJson(why) => format!("The body is not a valid JSON object: {why}."),
            Self::Format { parameter, index, value, wanted } => {
                let place = index.map(|index| format!("[{index}]")).unwrap_or_default();
                format!(
                    "The format of parameter '{parameter}{place}' is invalid; value '{value}' is not a valid {wanted}."
                )
            }
            Self::Constraint(what) => what.clone(),
            Self::TooMany { list, count, limit } => {
                format!("Too many elements in parameter '{list}': {count}, at most {limit} are allowed.")
            }
            Self::GroupFull { would_be, limit } => {
                format!("The group would have {would_be} members; at most {limit} are allowed.")
            }
            Self::UnknownGroup(id) => format!("Group '{id}' is unknown or deleted"),
            Self::NameTaken => "Another group has this name already.".to_owned(),
            Self::NoSuchGroup => "The group is unknown or deleted.".to_owned(),
            Self::Busy => "Another process is using the sandbox's data.".to_owned(),
            Self::Broken(why) => format!("The sandbox failed: {why}."),
        }
    }

    /// The refusal as the provider writes it.
    pub(super) fn body(&self) -> Value {
        json!({ "code": self.code(), "text": self.text() })
    }

    /// What a client makes of this refusal when it comes as an answer.
    pub(super) fn into_api_error(self, operation: Operation) -> ApiError {
        ApiError::from_answer(operation, self.status(), self.body().to_string().as_bytes())
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({} {})", self.status(), self.code())
    }
}
