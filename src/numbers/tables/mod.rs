//! The numbering plans of the world as automata: what the phone-number library answers, some twenty times sooner.
//!
//! Receives an ordinary cell (ASCII digits, blanks, the usual punctuation, one `+`) and a default region; yields
//! exactly what the library would say of it, or `None` for a cell that only the library can judge. Knows nothing of
//! the patterns that the automata were made from: `examples/make_tables` compiles them out of the library's metadata
//! into `tables.bin`, and a test compiles them again and compares.
//!
//! For each calling code there is one acyclic, minimal automaton over the digits of a national number. Where the walk
//! ends, a label says whether the number is valid, of which region and type, and which regions' general pattern
//! matches: the library asks for the latter before it takes a prefix off. National and international prefixes are
//! automata too; equal states of all of them are shared. A walk ends early where the digits that are left only count,
//! as most of a subscriber's number does. [`Tables::parse`] then takes the same decisions in the same order as the
//! library's `parse_helper`.

mod blob;
mod digits;
mod parse;
mod plan;

use std::sync::LazyLock;

use super::engine::{Number, Parsed, Source};
use super::{Msisdn, Region};
pub(super) use digits::{Digits, Room};
use plan::{Numbering, Plans};

/// All numbering plans. There is one value of it, [`Tables::get`].
pub struct Tables {
    plans: Plans,
}

/// Only the library can tell.
struct Uncovered;

impl Tables {
    /// The tables of the metadata that the program was built with. The first call reads them.
    #[must_use]
    pub fn get() -> &'static Self {
        // Tables of another layout would cover nothing, and the library would answer. A test holds that they do.
        static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables { plans: blob::read().unwrap_or_default() });
        &TABLES
    }

    /// What the library makes of a text with this default region; `None` when only the library can tell.
    #[must_use]
    pub fn parse(&self, text: &[u8], default_region: Option<Region>) -> Option<Parsed> {
        self.parse_digits(Digits::scan(text, &mut Room::default())?, default_region)
    }

    /// [`Self::parse`], for digits that were taken out of their text.
    pub(super) fn parse_digits(&self, digits: Digits<'_>, default_region: Option<Region>) -> Option<Parsed> {
        let home = self.home(default_region).ok()?;
        if digits.has_plus() {
            self.plans.with_plus(digits.as_slice(), home)
        } else {
            self.plans.without_plus(digits.as_slice(), home)
        }
    }

    /// Both readings of a text without `+`: as it is, and with a `+` put in front and no default region. `None` when
    /// only the library can tell, and for a text with a `+`.
    #[must_use]
    pub fn parse_both(&self, text: &[u8], default_region: Option<Region>) -> Option<(Parsed, Parsed)> {
        let mut room = Room::default();
        let digits = Digits::scan(text, &mut room).filter(|digits| !digits.has_plus())?;
        self.parse_both_ways(digits, default_region)
    }

    /// [`Self::parse_both`], for digits without a `+` that were taken out of their text.
    pub(super) fn parse_both_ways(
        &self,
        digits: Digits<'_>,
        default_region: Option<Region>,
    ) -> Option<(Parsed, Parsed)> {
        let home = self.home(default_region).ok()?;
        // Behind a `+` the library wants three digits at least.
        let digits = Some(digits.as_slice()).filter(|digits| digits.len() > 2)?;
        Some((self.plans.without_plus(digits, home)?, self.plans.with_plus(digits, None)?))
    }

    /// What stands behind the first digits, read as if those were a `+`.
    pub(super) fn parse_behind(&self, digits: Digits<'_>, prefix: usize) -> Option<Parsed> {
        let behind = digits.as_slice().get(prefix..).filter(|digits| digits.len() > 2)?;
        self.plans.with_plus(behind, None)
    }

    /// Digits read as a national number of a country, even if they begin with its international prefix.
    pub(super) fn parse_inside(&self, digits: Digits<'_>, region: Region) -> Option<Parsed> {
        let code = self.plans.code_of(self.plans.numbering(region)?)?;
        self.plans.national(code, digits.as_slice())
    }

    /// What is known of a number as it stands, no prefix taken off; `None` when nobody has its calling code.
    #[must_use]
    pub fn describe(&self, number: Msisdn) -> Option<Number> {
        let mut room = Room::default();
        let digits = Digits::of(number, &mut room);
        let (code, national) = self.plans.calling_code(digits.as_slice())?;
        let label = self.plans.label(code.root, national)?;
        Some(self.plans.number(number, code, national.len(), label, Source::Plus))
    }

    /// The calling code of a country.
    #[must_use]
    pub fn calling_code(&self, region: Region) -> Option<u16> {
        self.plans.code_of(self.plans.numbering(region)?).map(|code| code.value)
    }

    /// What is dialled in front of a national number of a country; empty for nothing.
    #[must_use]
    pub fn trunk_prefix(&self, region: Region) -> &str {
        self.plans.numbering(region).map(Numbering::trunk).unwrap_or_default()
    }

    /// The main region of a calling code: US for 1, RU for 7, GB for 44, `001` for the networks of no country.
    #[must_use]
    pub fn main_region(&self, calling_code: u16) -> Option<Region> {
        self.plans.main_region(self.plans.code(calling_code)?).map(|main| main.region)
    }

    /// The main region of a number's calling code.
    #[must_use]
    pub fn main_region_of(&self, number: Msisdn) -> Option<Region> {
        self.main_region(self.calling_code_of(number)?)
    }

    /// The calling code of a number, valid or not; `None` when nobody has it.
    #[must_use]
    pub fn calling_code_of(&self, number: Msisdn) -> Option<u16> {
        let beginning =
            std::iter::successors(Some(number.value()), |value| Some(value / 10)).find(|value| *value < 1000)?;
        // No calling code begins another, so the order of asking does not matter.
        let mut codes = [1, 10, 100].into_iter().filter_map(|scale| u16::try_from(beginning / scale).ok());
        codes.find(|code| self.plans.code(*code).is_some())
    }

    /// Whether the library's national format of a valid number begins with the national prefix of its country;
    /// `None` when nobody has its calling code.
    #[must_use]
    pub fn is_written_with_prefix(&self, number: Msisdn) -> Option<bool> {
        let mut room = Room::default();
        let digits = Digits::of(number, &mut room);
        let (code, national) = self.plans.calling_code(digits.as_slice())?;
        self.plans.label(code.root, national).map(|label| label.with_prefix)
    }

    /// The numbering of the default region, if there is one.
    fn home(&self, region: Option<Region>) -> Result<Option<&Numbering>, Uncovered> {
        match region {
            // The library knows this region, but not how to read numbers in it: a state that is not worth a table.
            Some(Region::NON_GEOGRAPHIC) => Err(Uncovered),
            region => Ok(region.and_then(|region| self.plans.numbering(region))),
        }
    }
}
