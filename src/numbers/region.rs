//! The country whose dialling rules read a national number.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::region_names::REGIONS;

/// An ISO 3166-1 two-letter code, or `001` for the non-geographic networks (+800, +870, +883 …).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Region([u8; 2]);

/// What a row says of its region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowRegion {
    /// No region was given, by the row or for the whole list.
    None,
    /// The region to read national numbers in.
    Known(Region),
    /// The row names a region that cannot be read: only international numbers of that row can be used.
    Unknown,
}

impl RowRegion {
    /// The region to read national numbers in, if there is one.
    #[must_use]
    pub fn known(self) -> Option<Region> {
        match self {
            Self::Known(region) => Some(region),
            Self::None | Self::Unknown => None,
        }
    }
}

impl Region {
    /// The region of numbers that belong to no country.
    pub const NON_GEOGRAPHIC: Self = Self(*b"01");
    /// The region of numbers whose calling code nobody has (CLDR's code for an unknown region).
    pub const UNKNOWN: Self = Self(*b"ZZ");

    /// A region from its two ASCII letters, any case. Does not ask whether the country exists.
    #[must_use]
    pub fn from_iso2(code: &[u8]) -> Option<Self> {
        match code {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Some(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => None,
        }
    }

    /// The English short name; none for what is no country.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        let place = REGIONS.binary_search_by_key(&self.as_str(), |(code, ..)| code).ok()?;
        REGIONS.get(place).and_then(|(.., names)| names.first().copied())
    }

    /// A region from its two capital letters.
    pub(super) fn of_letters(letters: [u8; 2]) -> Self {
        Self(letters)
    }

    /// The two letters of a country, or what stands for no country.
    pub(super) fn letters(self) -> [u8; 2] {
        self.0
    }

    /// The code as ASCII text: two capital letters, or `001`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        if *self == Self::NON_GEOGRAPHIC { b"001" } else { &self.0 }
    }

    /// The code as text: two capital letters, or `001`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        if *self == Self::NON_GEOGRAPHIC {
            return "001";
        }
        std::str::from_utf8(&self.0).unwrap_or("ZZ")
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.as_str().to_owned()
    }
}

impl TryFrom<String> for Region {
    type Error = &'static str;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        match code.as_str() {
            "001" => Ok(Self::NON_GEOGRAPHIC),
            letters => Self::from_iso2(letters.as_bytes()).ok_or("no region's code"),
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
