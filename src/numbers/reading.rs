//! A cell that was understood, and what had to be done to it.

use serde::{Deserialize, Serialize};

use std::fmt;

use super::{Msisdn, NumberType, Region};

/// A cell that became a number: which, where, of what kind, and what had to be done to it first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The number.
    pub msisdn: Msisdn,
    /// The region that the number belongs to (not the one that it was read in).
    pub region: Region,
    /// The type of the number.
    pub kind: NumberType,
    /// The repairs and marks that the way to the number has earned.
    pub marks: Marks,
    /// Whether the cell had neither `+` nor an international prefix (`00`, or the region's own). All such cells,
    /// read or rejected, are the denominator of the brake `plus_stripped`.
    pub plus_less: bool,
}

/// A named, counted change made to a cell before it could be read; or, last in the list, a remark on how it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// A leading `'`, as spreadsheets write it to keep a text a text.
    Apostrophe,
    /// `="…"`, the other way to do that.
    Formula,
    /// Bidirectional marks, zero-width characters, no-break spaces.
    Invisible,
    /// Full-width, Arabic-Indic and other digits than ASCII's.
    UnicodeDigits,
    /// A `tel:` address.
    TelUri,
    /// A bracketed trunk zero behind the calling code, `+44 (0)…`.
    TrunkZero,
    /// `00`, or the region's own international prefix, for `+`.
    DoubleZero,
    /// The `.0` that a spreadsheet put behind the digits.
    Decimal,
    /// Scientific notation whose mantissa still holds every digit.
    Scientific,
    /// A `+` put in front because only so the number is valid (off unless asked for).
    Plus,
    /// Not a repair: the cell could have meant another subscriber too.
    Ambiguous,
}

impl Mark {
    /// Every mark, in the order in which files show them.
    pub const ALL: [Self; 11] = [
        Self::Apostrophe,
        Self::Formula,
        Self::Invisible,
        Self::UnicodeDigits,
        Self::TelUri,
        Self::TrunkZero,
        Self::DoubleZero,
        Self::Decimal,
        Self::Scientific,
        Self::Plus,
        Self::Ambiguous,
    ];

    /// The stable name that flags, files and reports use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apostrophe => "apostrophe",
            Self::Formula => "formula",
            Self::Invisible => "invisible",
            Self::UnicodeDigits => "unicode_digits",
            Self::TelUri => "tel_uri",
            Self::TrunkZero => "trunk_zero",
            Self::DoubleZero => "double_zero",
            Self::Decimal => "decimal",
            Self::Scientific => "scientific",
            Self::Plus => "plus",
            Self::Ambiguous => "ambiguous",
        }
    }

    const fn bit(self) -> u16 {
        match self {
            Self::Apostrophe => 1,
            Self::Formula => 1 << 1,
            Self::Invisible => 1 << 2,
            Self::UnicodeDigits => 1 << 3,
            Self::TelUri => 1 << 4,
            Self::TrunkZero => 1 << 5,
            Self::DoubleZero => 1 << 6,
            Self::Decimal => 1 << 7,
            Self::Scientific => 1 << 8,
            Self::Plus => 1 << 9,
            Self::Ambiguous => 1 << 10,
        }
    }
}

/// A set of [`Mark`]s in two bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks(u16);

impl Marks {
    /// No mark.
    pub const NONE: Self = Self(0);

    /// Adds a mark.
    pub fn insert(&mut self, mark: Mark) {
        self.0 |= mark.bit();
    }

    /// This set with one more mark.
    #[must_use]
    pub fn with(mut self, mark: Mark) -> Self {
        self.insert(mark);
        self
    }

    /// The marks of both sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the mark is in the set.
    #[must_use]
    pub fn contains(self, mark: Mark) -> bool {
        self.0 & mark.bit() != 0
    }

    /// Whether nothing was done to the cell.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The marks of the set, in the order of [`Mark::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Mark> {
        Mark::ALL.into_iter().filter(move |mark| self.contains(*mark))
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Marks {
    /// The names joined by `+`, as the verdicts file holds them; nothing for an empty set.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mark) in self.iter().enumerate() {
            if index > 0 {
                f.write_str("+")?;
            }
            f.write_str(mark.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}
