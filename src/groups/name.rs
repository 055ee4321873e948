//! What a group may be called.

use std::fmt;
use std::str::FromStr;

/// A group's name: 1 to 20 characters (the provider's documents), none of them a control character.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupName(String);

/// Why a text cannot be a group's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or nothing but blanks.
    #[error("a group's name cannot be empty")]
    Empty,
    /// More than [`GroupName::MAX_CHARS`].
    #[error("a group's name has at most {max} characters, this one has {0}", max = GroupName::MAX_CHARS)]
    TooLong(usize),
    /// A line break, a tab or another control character.
    #[error("a group's name cannot hold control characters")]
    Control,
}

impl NameError {
    /// What to change.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Empty => "give the group a name of 1 to 20 characters, or its id".to_owned(),
            Self::TooLong(_) => "shorten the name; an id goes where a group exists already".to_owned(),
            Self::Control => "remove line breaks and tabs from the name".to_owned(),
        })
    }
}

impl GroupName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 20;

    /// A checked name.
    ///
    /// # Errors
    /// When the provider's rule for names does not hold.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        if name.trim().is_empty() {
            return Err(NameError::Empty);
        }
        if name.chars().any(char::is_control) {
            return Err(NameError::Control);
        }
        match name.chars().count() {
            ..=Self::MAX_CHARS => Ok(Self(name)),
            count => Err(NameError::TooLong(count)),
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as text of its own.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl FromStr for GroupName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_passes_exactly_when_the_rule_holds(name in "\\PC{0,24}") {
            let holds = !name.trim().is_empty() && name.chars().count() <= 20;
            prop_assert_eq!(GroupName::new(name.as_str()).is_ok(), holds);
        }
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert!(GroupName::new("ü".repeat(20)).is_ok());
        assert_eq!(GroupName::new("ü".repeat(21)), Err(NameError::TooLong(21)));
        assert_eq!(GroupName::new(" "), Err(NameError::Empty));
        assert_eq!(GroupName::new("a\tb"), Err(NameError::Control));
    }
}
