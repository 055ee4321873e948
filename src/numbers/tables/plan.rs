//! The numbering plans, and the walk over their automata.

use std::ops::Range;

use super::super::engine::{Length, Number, Source};
use super::super::{Msisdn, NumberType, Region};

/// Entries of a node: where each digit leads, its label, and one that makes the multiplication cheap.
pub(super) const STRIDE: usize = 12;
/// The entry that holds the label.
pub(super) const LABEL: usize = 10;

/// How many digits may follow a node, and one more: as many as a rule can put together.
const COUNTED: usize = 41;

/// What is known of a national number.
#[derive(Clone, Copy)]
pub(super) struct Label {
    /// For each region of the calling code, in order, whether its general pattern matches.
    pub(super) general: u32,
    /// The place of the region that claims the number among those of the calling code.
    pub(super) owner: u8,
    pub(super) kind: NumberType,
    /// Whether the national format begins with the national prefix.
    pub(super) with_prefix: bool,
}

/// What takes the place of a prefix: the digits in front, those of `from..to`, and those from `rest` on.
#[derive(Clone, Copy)]
pub(super) struct Action {
    pub(super) front: [u8; 4],
    pub(super) front_len: u8,
    pub(super) from: u8,
    pub(super) to: u8,
    pub(super) rest: u8,
}

/// One calling code. The first of its regions is the main one.
pub(super) struct Code {
    pub(super) value: u16,
    pub(super) root: u16,
    pub(super) regions: Range<usize>,
}

/// One region's numbering.
pub(super) struct Numbering {
    pub(super) region: Region,
    /// The place of its calling code.
    pub(super) code: usize,
    /// Its place among the regions of that code.
    pub(super) place: u8,
    /// How many digits its trunk prefix has, and these as text.
    pub(super) trunk: [u8; 4],
    pub(super) idd: u16,
    pub(super) national_prefix: u16,
    /// A bit for each length that a number may have.
    pub(super) possible: u32,
    /// A bit for each length that only a number without its area code may have.
    pub(super) local_only: u32,
}

/// All plans. The default value knows no region and no calling code.
#[derive(Default)]
pub(super) struct Plans {
    next: Box<[u16]>,
    /// For each node at the front that only counts digits, its label behind none of them, behind one, and so on.
    counted: Box<[[u16; COUNTED]]>,
    labels: Box<[Label]>,
    actions: Box<[Action]>,
    codes: Box<[Code]>,
    regions: Box<[Numbering]>,
    /// For each pair of letters, one more than the place of the region; 0 for none.
    by_letters: Box<[u16]>,
    /// For each beginning of three digits, one more than the place of the calling code; 0 for none.
    by_digits: Box<[u16]>,
}

impl Code {
    /// How many digits it has.
    pub(super) fn width(&self) -> usize {
        match self.value {
            0..=9 => 1,
            10..=99 => 2,
            _ => 3,
        }
    }

    /// What follows the calling code in digits that begin with it.
    pub(super) fn strip<'a>(&self, digits: &'a [u8]) -> Option<&'a [u8]> {
        let (code, rest) = digits.split_at_checked(self.width())?;
        let value = code.iter().fold(0, |value, digit| value * 10 + u16::from(*digit));
        (value == self.value).then_some(rest)
    }
}

impl Numbering {
    /// What is dialled in front of a national number; empty for nothing.
    pub(super) fn trunk(&self) -> &str {
        let [length, digits @ ..] = &self.trunk;
        digits.get(..usize::from(*length)).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default()
    }

    /// What the length of a national number says of it, as the library's `test_number_length` has it.
    pub(super) fn length(&self, length: usize) -> Length {
        let bit = u32::try_from(length).ok().and_then(|length| 1_u32.checked_shl(length)).unwrap_or(0);
        if self.possible == 0 {
            Length::Impossible
        } else if self.local_only & bit != 0 {
            Length::LocalOnly
        } else if self.possible & bit != 0 {
            Length::Possible
        } else if bit == 0 || bit > self.possible {
            Length::TooLong
        } else if (bit - 1) & self.possible == 0 {
            Length::TooShort
        } else {
            Length::Impossible
        }
    }
}

impl Plans {
    pub(super) fn new(
        next: Box<[u16]>,
        labels: Box<[Label]>,
        actions: Box<[Action]>,
        codes: Box<[Code]>,
        regions: Box<[Numbering]>,
    ) -> Self {
        let mut by_letters = vec![0; 26 * 26];
        for (numbering, place) in regions.iter().zip(1..) {
            if let Some(slot) = letters(numbering.region).and_then(|index| by_letters.get_mut(index)) {
                *slot = place;
            }
        }
        let mut by_digits = vec![0; 1000];
        for (code, place) in codes.iter().zip(1..) {
            let scale = [1, 100, 10, 1].get(code.width()).copied().unwrap_or(1);
            let start = usize::from(code.value) * scale;
            by_digits.iter_mut().skip(start).take(scale).for_each(|slot| *slot = place);
        }
        let (counted, by_letters, by_digits) = (counted(&next), by_letters.into(), by_digits.into());
        Self { next, counted, labels, actions, codes, regions, by_letters, by_digits }
    }

    /// The numbering of a region; `None` for one that the library cannot read national numbers of either.
    pub(super) fn numbering(&self, region: Region) -> Option<&Numbering> {
        let place = usize::from(*self.by_letters.get(letters(region)?)?);
        self.regions.get(place.checked_sub(1)?)
    }

    /// The calling code of an international number, and the national digits behind it.
    pub(super) fn calling_code<'a>(&self, digits: &'a [u8]) -> Option<(&Code, &'a [u8])> {
        let [first, second, third] = *digits.first_chunk()?;
        let start = usize::from(first) * 100 + usize::from(second) * 10 + usize::from(third);
        let place = usize::from(*self.by_digits.get(start)?);
        let code = self.codes.get(place.checked_sub(1)?)?;
        Some((code, digits.get(code.width()..)?))
    }

    /// The plan of a calling code.
    pub(super) fn code(&self, value: u16) -> Option<&Code> {
        self.codes.get(self.codes.binary_search_by_key(&value, |code| code.value).ok()?)
    }

    /// The calling code of a region.
    pub(super) fn code_of(&self, numbering: &Numbering) -> Option<&Code> {
        self.codes.get(numbering.code)
    }

    /// The main region of a calling code.
    pub(super) fn main_region(&self, code: &Code) -> Option<&Numbering> {
        self.regions.get(code.regions.start)
    }

    /// What is known of the digits of a national number.
    pub(super) fn label(&self, root: u16, digits: &[u8]) -> Option<Label> {
        self.labels.get(self.walk(root, digits)?).copied()
    }

    /// What is to be done with the prefix of these digits; `None` when there is none.
    pub(super) fn action(&self, root: u16, digits: &[u8]) -> Option<Action> {
        let action = self.walk(root, digits)?;
        if action == 0 { None } else { self.actions.get(action).copied() }
    }

    /// Walks an automaton, up to where digits only count: most of a subscriber's number does. Each step waits for the
    /// memory that the one before has asked for, so that steps are what a walk costs.
    fn walk(&self, root: u16, digits: &[u8]) -> Option<usize> {
        let mut node = usize::from(root);
        let mut rest = digits;
        loop {
            if let Some(labels) = self.counted.get(node) {
                return labels.get(rest.len()).copied().map(usize::from);
            }
            let Some((digit, behind)) = rest.split_first() else {
                return self.next.get(node * STRIDE + LABEL).copied().map(usize::from);
            };
            node = usize::from(*self.next.get(node * STRIDE + usize::from(*digit))?);
            rest = behind;
        }
    }

    /// A number and its label, put together.
    pub(super) fn number(&self, msisdn: Msisdn, code: &Code, length: usize, label: Label, source: Source) -> Number {
        // A region that has a calling code for itself owns every number of it.
        let owner = if code.regions.len() == 1 { 0 } else { usize::from(label.owner) };
        let regions = self.regions.get(code.regions.clone()).unwrap_or_default();
        Number {
            msisdn,
            region: regions.get(owner).map(|numbering| numbering.region),
            kind: label.kind,
            length: self.main_region(code).map_or(Length::Impossible, |main| main.length(length)),
            source,
            extension: false,
        }
    }
}

/// The labels behind digits that only count, for the nodes at the front where that is so: each leads with all ten
/// digits to itself, or to one before it.
fn counted(next: &[u16]) -> Box<[[u16; COUNTED]]> {
    let mut counted: Vec<[u16; COUNTED]> = Vec::new();
    for (place, node) in next.chunks_exact(STRIDE).enumerate() {
        let (Some((target, others)), Some(label)) = (node.get(..LABEL).and_then(<[u16]>::split_first), node.get(LABEL))
        else {
            break;
        };
        let target_place = usize::from(*target);
        if others.iter().any(|other| other != target) || target_place > place {
            break;
        }
        let mut labels = [*label; COUNTED];
        if let Some(behind) = counted.get(target_place) {
            labels.iter_mut().skip(1).zip(behind).for_each(|(slot, label)| *slot = *label);
        }
        counted.push(labels);
    }
    counted.into()
}

/// The place of a region's two letters among all pairs of letters.
fn letters(region: Region) -> Option<usize> {
    match region.letters() {
        [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] => {
            Some(usize::from(first - b'A') * 26 + usize::from(second - b'A'))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::blob;
    use super::*;

    #[test]
    fn where_digits_only_count_any_digits_lead_to_the_label_of_their_number() {
        let plans = blob::read().expect("the tables are of this layout");
        let step = |node: usize, digit: usize| plans.next.get(node * STRIDE + digit).copied().map(usize::from);
        for (place, labels) in plans.counted.iter().enumerate() {
            for (count, label) in labels.iter().enumerate() {
                let end = (0..count).try_fold(place, |node, digit| step(node, (digit * 7 + place) % 10));
                assert_eq!(end.and_then(|node| step(node, LABEL)), Some(usize::from(*label)), "{count} behind {place}");
            }
        }
        let nodes = plans.next.chunks_exact(STRIDE);
        let leads_to_one =
            |node: &[u16]| node.first().filter(|first| node.iter().take(LABEL).all(|next| next == *first)).copied();
        let missed = nodes
            .enumerate()
            .skip(plans.counted.len())
            .filter(|(_, node)| leads_to_one(node).is_some_and(|next| usize::from(next) < plans.counted.len()));
        assert_eq!(missed.count(), 0, "all of them are at the front");
        assert!(plans.counted.len() > 1_000, "{} of them", plans.counted.len());
    }
}
