//! Why a cell is no number we would send to.

use std::borrow::Cow;
use std::fmt;

use super::Msisdn;

/// A row that cannot be used: why, in one stable word and in one sentence, and what would work instead.
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The stable code.
    pub reason: Reason,
    /// One short sentence for a person. May quote the cell, so it belongs only into files that hold numbers.
    pub detail: Cow<'static, str>,
    /// The one number that was probably meant, when there is exactly one and it is valid.
    pub suggestion: Option<Msisdn>,
    /// Whether the cell had neither `+` nor an international prefix; see [`super::Reading::plus_less`].
    pub plus_less: bool,
}

impl Rejection {
    /// A rejection without a suggestion, of a cell that is not known to lack its `+`.
    #[must_use]
    pub fn new(reason: Reason, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, detail: detail.into(), suggestion: None, plus_less: false }
    }

    /// The same with the one number that was probably meant. The caller has made sure that it is valid.
    #[must_use]
    pub fn suggesting(mut self, number: Option<Msisdn>) -> Self {
        self.suggestion = number;
        self
    }

    /// Whether this row speaks for a column whose `+` was stripped: the numerator of the brake `plus_stripped`.
    /// Its denominator is all plus-less cells, read or rejected.
    #[must_use]
    pub fn blames_missing_plus(&self) -> bool {
        self.plus_less && matches!(self.reason, Reason::MissingPlus | Reason::Ambiguous)
    }
}

impl fmt::Debug for Rejection {
    /// The detail may quote a cell, so it is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection")
            .field("reason", &self.reason)
            .field("suggestion", &self.suggestion)
            .field("plus_less", &self.plus_less)
            .finish_non_exhaustive()
    }
}

macro_rules! reasons {
    ($($variant:ident = $name:literal, $doc:literal;)*) => {
        /// The stable reason codes of a rejected row.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason {
            $(#[doc = $doc] $variant,)*
        }

        impl Reason {
            /// Every reason, in the order of the summary.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// The stable code that files and reports use.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What it means, in one sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $doc,)*
                }
            }

            /// The reason of a stable code.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|reason| reason.as_str() == name)
            }
        }
    };
}

reasons! {
    Empty = "empty", "The cell holds nothing.";
    NotANumber = "not_a_number", "Nothing in the cell could be a phone number.";
    Letters = "letters", "Letters among the digits (a vanity number, or a remark).";
    TooShort = "too_short", "Fewer digits than any number of that region.";
    TooLong = "too_long", "More digits than any number of that region.";
    InvalidCallingCode = "invalid_calling_code", "Begins with a calling code that nobody has.";
    InvalidForRegion = "invalid_for_region", "No assigned range of that region holds it.";
    NoRegion = "no_region", "A national number, and no region to read it in.";
    UnknownRegion = "unknown_region", "The row's region cannot be read.";
    MissingPlus = "missing_plus", "Valid only with a `+` in front, which the cell lacks.";
    Ambiguous = "ambiguous", "Two readings, both valid, of two different subscribers.";
    PlusLess = "plus_less", "Every cell without `+` is refused, as asked.";
    NeedsRepair = "needs_repair", "Readable only by a repair that was switched off.";
    LossySpreadsheet = "lossy_spreadsheet", "A spreadsheet has thrown digits away.";
    MultipleNumbers = "multiple_numbers", "More than one number in the cell.";
    HasExtension = "has_extension", "An extension, which no SMS can reach.";
    WrongType = "wrong_type", "A valid number of a type that was not asked for.";
    MalformedRow = "malformed_row", "The record itself is damaged.";
    ProviderRefused = "provider_refused", "The provider did not take the number.";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
