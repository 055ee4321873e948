//! What the groups of an audience are called that is kept in several.

use std::fmt;
use std::str::FromStr;

use super::{GroupName, NameError};

/// How the groups of a spread audience are named: a text with `{number}` (or `{n}`, for short), the group's number
/// from 1 without leading zeros, and, where it is wanted, `{name}`, the audience's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(String);

/// Why a text is no template, or names no group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Without a number all groups would have one name.
    #[error("a template for the names of groups holds {{number}} once")]
    Numberless,
    /// A brace that belongs to neither `{number}` nor `{name}`.
    #[error("a template for the names of groups knows only {{name}} and {{number}}")]
    Unknown,
    /// A name that the provider would not take.
    #[error("a group of this audience cannot be called {name:?}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        source: NameError,
    },
}

impl TemplateError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Numberless | Self::Unknown => "--spread-name takes a text such as '{name}-{number}'".to_owned(),
            Self::Name { .. } => format!(
                "give names of at most {} characters with --spread-name, such as 'List-{{number}}'",
                GroupName::MAX_CHARS
            ),
        }
    }
}

impl Template {
    /// The template that is used unless another is given.
    pub const DEFAULT: &str = "{name}-{number}";
    /// Where the number goes.
    const NUMBER: &str = "{number}";

    /// A checked template.
    ///
    /// # Errors
    /// When the number is not in it exactly once, or something else in braces is.
    pub fn new(text: impl Into<String>) -> Result<Self, TemplateError> {
        let text = text.into().replace("{n}", Self::NUMBER);
        if text.matches(Self::NUMBER).count() != 1 {
            return Err(TemplateError::Numberless);
        }
        if text.replace("{name}", "").replace(Self::NUMBER, "").contains(['{', '}']) {
            return Err(TemplateError::Unknown);
        }
        Ok(Self(text))
    }

    /// The template as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of an audience's group of this number.
    ///
    /// # Errors
    /// When the provider would not take it.
    pub fn name(&self, audience: &str, number: u32) -> Result<GroupName, TemplateError> {
        let (before, after) = self.around(audience);
        let name = format!("{before}{number}{after}");
        GroupName::new(name.as_str()).map_err(|source| TemplateError::Name { name, source })
    }

    /// The number of the audience's group that is called so; none when the name was not made by this template.
    #[must_use]
    pub fn number(&self, audience: &str, name: &str) -> Option<u32> {
        let (before, after) = self.around(audience);
        let number = name.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
        let plain = !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
        if plain { number.parse().ok() } else { None }
    }

    /// What stands before the number and behind it.
    fn around(&self, audience: &str) -> (String, String) {
        let (before, after) = self.0.split_once(Self::NUMBER).unwrap_or((&self.0, ""));
        (before.replace("{name}", audience), after.replace("{name}", audience))
    }
}

impl Default for Template {
    fn default() -> Self {
        Self(Self::DEFAULT.to_owned())
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

impl fmt::Display for Template {
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
        fn a_name_leads_back_to_its_number(
            audience in "[A-Z{}n-]{1,8}", before in "[a-z0-9 -]{0,3}", after in "[a-z0-9 -]{0,3}", named: bool,
            number in 1..10_000u32,
        ) {
            let text = format!("{before}{}{{n}}{after}", if named { "{name}" } else { "" });
            let template = Template::new(text).expect("a template");
            if let Ok(name) = template.name(&audience, number) {
                prop_assert_eq!(template.number(&audience, name.as_str()), Some(number));
            }
        }

        #[test]
        fn only_names_that_the_template_makes_have_a_number(name in "N?e?w?s?-?[0-9a-z]{0,6}") {
            let template = Template::default();
            let number = template.number("News", &name);
            let made = number.and_then(|number| template.name("News", number).ok());
            prop_assert!(number.is_none() || made.is_some_and(|made| made.as_str() == name));
            prop_assert!(number != Some(0));
        }
    }

    #[test]
    fn what_is_no_template_is_refused() {
        assert_eq!(Template::new("News"), Err(TemplateError::Numberless));
        assert_eq!(Template::new("{n}{n}"), Err(TemplateError::Numberless));
        assert_eq!(Template::new("{number}-{n}"), Err(TemplateError::Numberless));
        assert_eq!(Template::new("{list}-{n}"), Err(TemplateError::Unknown));
        assert_eq!(Template::new("{n"), Err(TemplateError::Numberless));
        assert_eq!(Template::new("{n}. {name}"), Template::new("{number}. {name}"));
        assert_eq!(Template::default(), Template::new(Template::DEFAULT).expect("a template"));
    }

    #[test]
    fn a_name_has_twenty_characters_with_its_number() {
        let template = Template::default();
        assert_eq!(
            template.name("Übersee-Freunde 24", 9).map(|name| name.to_string()),
            Ok("Übersee-Freunde 24-9".into())
        );
        assert!(matches!(template.name("Übersee-Freunde 24", 10), Err(TemplateError::Name { .. })));
    }
}
