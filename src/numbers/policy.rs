//! What the user wants a cell to become where there is a choice.

use super::{Mark, Marks, NumberType};

/// How cells are read where NUMBERS leaves a choice. The default is the careful one.
#[derive(Debug, Clone)]
pub struct Policy {
    /// What a cell without `+` is.
    pub plus_less: PlusLess,
    /// What to do with several numbers in a cell.
    pub multiple: Multiple,
    /// What to do with a number that has an extension.
    pub extension: Extension,
    /// What to do with letters among the digits.
    pub letters: Letters,
    /// How sure a number has to be.
    pub level: Level,
    /// The types that are wanted; empty for all.
    pub types: Vec<NumberType>,
    /// The repairs that are switched off (`--no-repair`): a cell that needs one is refused.
    pub refused_repairs: Marks,
    /// Whether a missing `+` is put in front where only that makes the number valid (`--repair plus`).
    pub repair_plus: bool,
}

/// What a cell without `+` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlusLess {
    /// Judge each cell by both readings.
    #[default]
    Auto,
    /// Always a national number of the row's region.
    National,
    /// Always an international number whose `+` was lost.
    International,
    /// Never good enough.
    Refuse,
}

/// What to do with several numbers in one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Multiple {
    /// Refuse the row.
    #[default]
    Refuse,
    /// Take the first number.
    First,
    /// Take every number.
    All,
}

/// What to do with an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extension {
    /// Refuse the row.
    #[default]
    Refuse,
    /// Take the number without it.
    Drop,
}

/// What to do with letters among the digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Letters {
    /// Refuse the row.
    #[default]
    Refuse,
    /// Read them as the keypad does.
    Read,
}

/// How sure a number has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// In a range that is assigned.
    #[default]
    Valid,
    /// Of a possible length.
    Possible,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            plus_less: PlusLess::Auto,
            multiple: Multiple::Refuse,
            extension: Extension::Refuse,
            letters: Letters::Refuse,
            level: Level::Valid,
            types: Vec::new(),
            refused_repairs: Marks::NONE,
            repair_plus: false,
        }
    }
}

impl Policy {
    /// Whether a repair may be used on a cell.
    #[must_use]
    pub fn allows(&self, repair: Mark) -> bool {
        match repair {
            Mark::Plus => self.repair_plus,
            other => !self.refused_repairs.contains(other),
        }
    }
}
