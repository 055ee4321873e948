//! The words by which people join and leave a group, and the number that they text them to.

use std::fmt;
use std::str::FromStr;

/// One word or two, each of 1 to 15 letters, digits and underscores (the provider's schema).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keywords(Vec<String>);

/// The number or short code that people text keywords to: 3 to 15 digits, kept as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextTo(String);

/// Why keywords, or the number that they are sent to, cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeywordError {
    /// No word, or more than two.
    #[error("expected one word or two, such as `JOIN` or `JOIN NEWS`; these are {0}")]
    Count(usize),
    /// More than [`Keywords::MAX_CHARS`].
    #[error("a keyword has at most {max} characters, this one has {0}", max = Keywords::MAX_CHARS)]
    TooLong(usize),
    /// Something that is no letter, digit or underscore.
    #[error("a keyword is made of letters, digits and underscores")]
    NotPlain,
    /// No number and no short code.
    #[error("expected a number such as +12125550100, or a short code of at least 3 digits")]
    NoNumber,
}

impl Keywords {
    /// The longest keyword, in characters.
    pub const MAX_CHARS: usize = 15;

    /// The words, first and second.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.0
    }
}

impl FromStr for Keywords {
    type Err = KeywordError;

    fn from_str(text: &str) -> Result<Self, KeywordError> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        if !(1..=2).contains(&words.len()) {
            return Err(KeywordError::Count(words.len()));
        }
        for word in &words {
            if !word.chars().all(|char| char.is_alphanumeric() || char == '_') {
                return Err(KeywordError::NotPlain);
            }
            let count = word.chars().count();
            if count > Self::MAX_CHARS {
                return Err(KeywordError::TooLong(count));
            }
        }
        Ok(Self(words))
    }
}

impl TextTo {
    /// The number as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TextTo {
    type Err = KeywordError;

    fn from_str(text: &str) -> Result<Self, KeywordError> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        if (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeywordError::NoNumber)
        }
    }
}

impl fmt::Display for TextTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_or_two_of_the_documented_kind_pass() {
        assert_eq!("JOIN NEWS".parse::<Keywords>().map(|words| words.0), Ok(vec!["JOIN".into(), "NEWS".into()]));
        assert!("Ä_1".parse::<Keywords>().is_ok());
        assert!("x".repeat(15).parse::<Keywords>().is_ok());
        assert_eq!("x".repeat(16).parse::<Keywords>(), Err(KeywordError::TooLong(16)));
        assert_eq!("a b c".parse::<Keywords>(), Err(KeywordError::Count(3)));
        assert_eq!(" ".parse::<Keywords>(), Err(KeywordError::Count(0)));
        assert_eq!("JOIN!".parse::<Keywords>(), Err(KeywordError::NotPlain));
    }

    #[test]
    fn a_number_to_text_to_is_a_number_or_a_short_code() {
        for good in ["+12125550100", "12125550100", "443"] {
            assert!(good.parse::<TextTo>().is_ok(), "{good}");
        }
        for bad in ["", "44", "+", "++4412345", "1234567890123456", "12 34", "JOIN"] {
            assert_eq!(bad.parse::<TextTo>(), Err(KeywordError::NoNumber), "{bad}");
        }
    }
}
