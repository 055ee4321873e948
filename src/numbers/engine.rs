//! The one door through which a text becomes a number: what the reference says of it, nothing more.
//!
//! Receives a trimmed text and the region to read it in; yields a [`Parsed`], exactly what libphonenumber would say.
//! Knows nothing of repairs, policies and the plus-less rules: those are the normalizer's.

use super::joined::Joined;
use super::tables::Tables;
use super::{Msisdn, NumberType, Reason, Region, extension, glance, library};

/// The longest text, in bytes, that is looked at: libphonenumber's own limit, which keeps its patterns quick.
pub(super) const MAX_TEXT: usize = 250;

/// What the reference makes of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parsed {
    /// Digits that could be taken apart into a calling code and a national number. Not yet a valid number.
    Number(Number),
    /// Not even that: [`Reason::NotANumber`], [`Reason::TooShort`], [`Reason::TooLong`],
    /// [`Reason::InvalidCallingCode`] or [`Reason::NoRegion`].
    Refused(Reason),
}

/// A text that was taken apart, and how far it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// The E.164 form. More than 15 digits are refused as [`Reason::TooLong`] instead.
    pub msisdn: Msisdn,
    /// The region whose plan holds the number (libphonenumber's `region_code_for_number`), `001` for the
    /// non-geographic networks. `None` for a number that no region of a shared calling code claims.
    pub region: Option<Region>,
    /// The type; [`NumberType::Unknown`] exactly when the number is not valid.
    pub kind: NumberType,
    /// What the length alone says (libphonenumber's `is_possible_number_with_reason`).
    pub length: Length,
    /// Where the calling code was found.
    pub source: Source,
    /// Whether an extension was taken off the end.
    pub extension: bool,
}

/// What the length of a national number says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// A whole number may have this length.
    Possible,
    /// Only a number without its area code may.
    LocalOnly,
    /// Shorter than every number of the calling code.
    TooShort,
    /// Longer than every number of the calling code.
    TooLong,
    /// Between the two, and still no number has it.
    Impossible,
}

/// Where the calling code of a number was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Behind a `+`.
    Plus,
    /// Behind the international prefix of the default region.
    InternationalPrefix,
    /// At the start of the digits, without any prefix: the default region's own calling code.
    OwnCallingCode,
    /// Not in the text: it is the default region's.
    DefaultRegion,
}

impl Number {
    /// Whether the number lies in a range that is assigned (libphonenumber's `is_valid_number`).
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.kind != NumberType::Unknown
    }

    /// Whether the length alone makes it a number (a whole one: no phone network reaches a local one).
    pub(super) fn is_possible(&self) -> bool {
        self.length == Length::Possible
    }
}

/// Takes a text apart as libphonenumber does with this default region, and judges what comes out. No rule of ours has
/// a say in it: what a cell becomes is asked of [`super::Normalizer`].
///
/// A text with a `+` ignores the default region. Never panics.
#[must_use]
pub fn parse(text: &str, default_region: Option<Region>) -> Parsed {
    if let Some(parsed) = Tables::get().parse(text.as_bytes(), default_region) {
        return parsed;
    }
    if text.len() > MAX_TEXT {
        return Parsed::Refused(Reason::TooLong);
    }
    if glance::is_no_number(text) {
        return Parsed::Refused(Reason::NotANumber);
    }
    if let Some(inner) = glance::inner(text)
        && let Some(parsed) = Tables::get().parse(inner.as_bytes(), default_region)
    {
        return parsed;
    }
    if let Some(head) = extension::split(text)
        && let Some(parsed) = Tables::get().parse(head.as_bytes(), default_region)
    {
        return match parsed {
            Parsed::Number(number) => Parsed::Number(Number { extension: true, ..number }),
            refused @ Parsed::Refused(_) => refused,
        };
    }
    library::parse(text, default_region)
}

/// A text from its first digit on. The library skips what stands in front, a quotation mark or a bracket, but not once
/// a `+` has been put there: `+"33612345678"` would be no number, and `"33612345678"` in a German list not ambiguous.
pub(super) fn from_first_digit(text: &str) -> &str {
    text.find(|character: char| character.is_ascii_digit()).and_then(|at| text.get(at..)).unwrap_or_default()
}

/// Both readings of a text without `+`: as a number of the region, and with a `+` put in front.
pub(super) fn parse_both(text: &str, default_region: Option<Region>) -> (Parsed, Parsed) {
    Tables::get()
        .parse_both(text.as_bytes(), default_region)
        .unwrap_or_else(|| (parse(text, default_region), parse(Joined::plus(from_first_digit(text)).as_str(), None)))
}
