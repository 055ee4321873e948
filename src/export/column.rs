//! The columns of an export, and what their cells are.

use std::fmt;
use std::str::FromStr;

/// A column of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// `+` and the digits.
    Msisdn,
    /// The region that the number belongs to.
    Region,
    /// The number's type.
    Type,
    /// The group's name, or its id where it has none; several are joined by `;`.
    Group,
    /// As it is written inside its region, such as `07911 123456`.
    National,
    /// As it is written for abroad, such as `+44 7911 123456`.
    International,
    /// The calling code, such as 44; nothing where nobody has that code.
    CallingCode,
    /// When the ledger first knows of it in the group.
    FirstSeen,
    /// When the ledger last knows of it in the group.
    LastSeen,
    /// Since when the ledger remembers it as having left the group.
    LeftAt,
}

impl Column {
    /// All columns, in their usual order.
    pub const ALL: [Self; 10] = [
        Self::Msisdn,
        Self::Region,
        Self::Type,
        Self::Group,
        Self::National,
        Self::International,
        Self::CallingCode,
        Self::FirstSeen,
        Self::LastSeen,
        Self::LeftAt,
    ];

    /// The columns that are there unless others are asked for.
    pub const USUAL: [Self; 4] = [Self::Msisdn, Self::Region, Self::Type, Self::Group];

    /// The column's name in the header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Msisdn => "msisdn",
            Self::Region => "region",
            Self::Type => "type",
            Self::Group => "group",
            Self::National => "national",
            Self::International => "international",
            Self::CallingCode => "calling_code",
            Self::FirstSeen => "first_seen",
            Self::LastSeen => "last_seen",
            Self::LeftAt => "left_at",
        }
    }

    /// Whether the column shows the number in a form that a pseudonym cannot stand for.
    #[must_use]
    pub fn reveals_number(self) -> bool {
        matches!(self, Self::National | Self::International)
    }

    /// Whether the column is filled from the ledger.
    #[must_use]
    pub fn is_remembered(self) -> bool {
        matches!(self, Self::FirstSeen | Self::LastSeen | Self::LeftAt)
    }

    /// What its cells are.
    pub(super) fn field(self) -> Field {
        let (shape, optional) = match self {
            Self::Msisdn | Self::National | Self::International => (Shape::Phone, false),
            Self::Region | Self::Type | Self::Group => (Shape::Text, false),
            Self::CallingCode => (Shape::Whole, true),
            Self::FirstSeen | Self::LastSeen | Self::LeftAt => (Shape::Time, true),
        };
        Field { name: self.as_str().to_owned(), shape, optional }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Column {
    type Err = UnknownColumn;

    fn from_str(name: &str) -> Result<Self, UnknownColumn> {
        let name = name.trim();
        Self::ALL.into_iter().find(|column| column.as_str() == name).ok_or_else(|| match name {
            "area" | "geographic" | "description" | "location" => UnknownColumn::Unmapped("area"),
            "carrier" => UnknownColumn::Unmapped("carrier"),
            "time_zone" | "timezone" => UnknownColumn::Unmapped("time_zone"),
            _ => UnknownColumn::Unknown(name.to_owned()),
        })
    }
}

/// A column that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownColumn {
    /// Nobody has it.
    #[error("no column `{0}`; there are {all}", all = Column::ALL.map(Column::as_str).join(", "))]
    Unknown(String),
    /// libphonenumber has it, and the library that rollcall is built with does not.
    #[error(
        "no column `{0}`: the number library of this program has no map of areas, carriers and time zones; \
         docs/analysis.md shows how to add it afterwards"
    )]
    Unmapped(&'static str),
}

/// A column as a format needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) shape: Shape,
    /// Whether a cell may be missing.
    pub(super) optional: bool,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A number in some form of its own, hardly ever twice the same.
    Phone,
    /// Text, often the same.
    Text,
    /// A small whole number.
    Whole,
    /// An instant, to the millisecond.
    Time,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_found_by_its_name() {
        for column in Column::ALL {
            assert_eq!(column.as_str().parse(), Ok(column));
        }
        assert!(matches!("phone".parse::<Column>(), Err(UnknownColumn::Unknown(_))));
        for name in ["area", "carrier", "time_zone"] {
            assert_eq!(name.parse::<Column>(), Err(UnknownColumn::Unmapped(name)));
        }
    }
}
