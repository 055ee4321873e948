//! All that one text could mean, before any rule chooses.
//!
//! Receives a text that holds one number at most; yields its readings, valid or not. The plus-less rules choose among
//! them, suppression lists take them all.

use super::engine::{self, Number, Parsed, Source, from_first_digit};
use super::joined::Joined;
use super::outline::Outline;
use super::tables::Tables;
use super::{Reason, Region};

/// On which way a reading was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The text has its `+`.
    Plus,
    /// By the dialling rules of the region.
    National,
    /// `00`, or the region's own international prefix, stands for the `+`.
    Prefix,
    /// As if a `+` stood in front, which does not.
    AddedPlus,
}

/// One thing that a text could mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) way: Way,
    pub(super) parsed: Parsed,
}

impl Candidate {
    pub(super) fn number(&self) -> Option<Number> {
        match self.parsed {
            Parsed::Number(number) => Some(number),
            Parsed::Refused(_) => None,
        }
    }

    pub(super) fn valid(&self) -> Option<Number> {
        self.number().filter(Number::is_valid)
    }
}

/// The candidates of a text, three at most, in the order in which they are told of: national before prefixed, and the
/// reading with an added plus last.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Candidates {
    list: [Option<Candidate>; 3],
}

impl Candidates {
    fn push(&mut self, way: Way, parsed: Parsed) {
        if let Some(slot) = self.list.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(Candidate { way, parsed });
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Candidate> {
        self.list.iter().flatten()
    }

    /// What was found on a way, first come.
    pub(super) fn on(&self, way: Way) -> Option<Parsed> {
        self.iter().find(|candidate| candidate.way == way).map(|candidate| candidate.parsed)
    }
}

/// Finds everything that a text with or without `+` could mean.
pub(super) fn candidates(text: &str, outline: &Outline, region: Option<Region>) -> Candidates {
    let mut found = Candidates::default();
    if outline.plus {
        with_plus(text, outline, region, &mut found);
    } else if outline.double_zero {
        with_double_zero(text, region, &mut found);
    } else if let Some(region) = region {
        let (national, international) = engine::parse_both(text, Some(region));
        if is_prefixed(&national) {
            found.push(Way::National, forced_national(text, region));
            found.push(Way::Prefix, national);
        } else {
            found.push(Way::National, national);
        }
        found.push(Way::AddedPlus, international);
    } else {
        found.push(Way::AddedPlus, behind_plus(text));
    }
    found
}

fn with_plus(text: &str, outline: &Outline, region: Option<Region>, found: &mut Candidates) {
    let parsed = engine::parse(text, region);
    // `+011 44 …` of a US list: the library drops a plus that leads nowhere and tries the region's prefix.
    found.push(if is_prefixed(&parsed) { Way::Prefix } else { Way::Plus }, parsed);
    if outline.double_zero {
        found.push(Way::Prefix, behind_double_zero(text));
    }
}

fn with_double_zero(text: &str, region: Option<Region>, found: &mut Candidates) {
    if let Some(region) = region {
        let parsed = engine::parse(text, Some(region));
        if is_prefixed(&parsed) {
            found.push(Way::National, forced_national(text, region));
            found.push(Way::Prefix, parsed);
        } else {
            found.push(Way::National, parsed);
        }
    }
    found.push(Way::Prefix, behind_double_zero(text));
}

pub(super) fn is_prefixed(parsed: &Parsed) -> bool {
    matches!(parsed, Parsed::Number(Number { source: Source::InternationalPrefix, .. }))
}

/// The text read by the region's rules although it begins with the region's international prefix: the library, asked
/// directly, never says what such a text means inside the region.
fn forced_national(text: &str, region: Region) -> Parsed {
    match Tables::get().calling_code(region) {
        Some(code) => engine::parse(Joined::calling(code, from_first_digit(text)).as_str(), None),
        None => Parsed::Refused(Reason::NoRegion),
    }
}

/// The text with a `+` in front of its first digit.
pub(super) fn behind_plus(text: &str) -> Parsed {
    engine::parse(Joined::plus(from_first_digit(text)).as_str(), None)
}

/// What follows the first two digits, with a `+` for them.
fn behind_double_zero(text: &str) -> Parsed {
    let second = text.match_indices(|character: char| character.is_ascii_digit()).nth(1);
    let behind = second.and_then(|(at, digit)| text.get(at + digit.len()..)).unwrap_or_default();
    engine::parse(Joined::plus(behind).as_str(), None)
}
