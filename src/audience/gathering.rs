//! A set of numbers while it is being filled, and what was last asked for each of them.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::Action;
use super::settings::ListedNumbers;
use crate::numbers::{Msisdn, NumberSet};

/// How many parts a set has. A hash table doubles by holding the old and the new one at once; in parts, only one
/// part in 64 does so at a time, so that the peak stays near 21 bytes a number instead of 31.
const PARTS: usize = 64;

/// A hash set of numbers for filling, in parts that grow one after another.
#[derive(Default)]
pub(super) struct Gathering {
    parts: Vec<HashTable<Slot>>,
    hasher: foldhash::fast::RandomState,
    len: usize,
    removals: usize,
    contradicted: u64,
}

/// What a number was to a gathering before it was named once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// It was not there.
    Unknown,
    /// The same had been asked for it.
    Same,
    /// The opposite had been asked for it, and is now overruled.
    Opposite,
}

/// A number and what was last asked for it, in eight bytes: a number needs 50 bits of them.
#[derive(Clone, Copy)]
struct Slot(u64);

impl Slot {
    const REMOVE: u64 = 1 << 62;
    /// Both has been asked for it.
    const CONTRADICTED: u64 = 1 << 63;

    fn new(number: Msisdn, action: Action) -> Self {
        Self(number.value() | Self::bit(action))
    }

    fn bit(action: Action) -> u64 {
        match action {
            Action::Add => 0,
            Action::Remove => Self::REMOVE,
        }
    }

    fn value(self) -> u64 {
        self.0 & !(Self::REMOVE | Self::CONTRADICTED)
    }

    fn action(self) -> Action {
        if self.0 & Self::REMOVE == 0 { Action::Add } else { Action::Remove }
    }

    fn is_contradicted(self) -> bool {
        self.0 & Self::CONTRADICTED != 0
    }

    fn overrule(&mut self) {
        self.0 = (self.0 ^ Self::REMOVE) | Self::CONTRADICTED;
    }
}

impl Gathering {
    /// Notes what is asked for a number; the last word counts.
    pub(super) fn insert(&mut self, number: Msisdn, action: Action) -> Before {
        if self.parts.is_empty() {
            self.parts.resize_with(PARTS, HashTable::new);
        }
        let hash = self.hasher.hash_one(number.value());
        let Some(part) = self.parts.get_mut(part_of(hash)) else { return Before::Same };
        let value = number.value();
        match part.entry(hash, |held| held.value() == value, |held| self.hasher.hash_one(held.value())) {
            Entry::Vacant(place) => {
                place.insert(Slot::new(number, action));
                self.len += 1;
                self.removals += usize::from(action == Action::Remove);
                Before::Unknown
            }
            Entry::Occupied(place) if place.get().action() == action => Before::Same,
            Entry::Occupied(place) => {
                let held = place.into_mut();
                self.contradicted += u64::from(!held.is_contradicted());
                held.overrule();
                match action {
                    Action::Add => self.removals -= 1,
                    Action::Remove => self.removals += 1,
                }
                Before::Opposite
            }
        }
    }

    /// What was last asked for a number.
    pub(super) fn last_word(&self, number: Msisdn) -> Option<Action> {
        let hash = self.hasher.hash_one(number.value());
        let part = self.parts.get(part_of(hash))?;
        part.find(hash, |held| held.value() == number.value()).map(|held| held.action())
    }

    /// How many numbers there are for which both was asked.
    pub(super) fn contradicted(&self) -> u64 {
        self.contradicted
    }

    /// The numbers, sorted and dense. Each part is freed as soon as it has been copied.
    pub(super) fn into_numbers(self) -> ListedNumbers {
        let mut to_add = Vec::with_capacity(self.len - self.removals);
        let mut to_remove = Vec::with_capacity(self.removals);
        for part in self.parts {
            for held in part {
                let numbers = match held.action() {
                    Action::Add => &mut to_add,
                    Action::Remove => &mut to_remove,
                };
                numbers.extend(Msisdn::from_value(held.value()));
            }
        }
        ListedNumbers { listed: NumberSet::from_unsorted(to_add), unlisted: NumberSet::from_unsorted(to_remove) }
    }
}

/// The part for a hash. The table itself uses the lowest bits for the place and the top seven for the tag.
fn part_of(hash: u64) -> usize {
    usize::try_from((hash >> 48) % 64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn the_last_word_on_each_number_counts(
            asked in proptest::collection::vec((1..300u64, any::<bool>()), 0..800),
        ) {
            let mut gathering = Gathering::default();
            let (mut model, mut contradicted) = (BTreeMap::new(), std::collections::BTreeSet::new());
            for (value, add) in asked {
                let number = Msisdn::from_value(value).expect("in range");
                let action = if add { Action::Add } else { Action::Remove };
                let before = match model.insert(number, action) {
                    None => Before::Unknown,
                    Some(same) if same == action => Before::Same,
                    Some(_) => Before::Opposite,
                };
                prop_assert_eq!(gathering.insert(number, action), before);
                if before == Before::Opposite {
                    contradicted.insert(number);
                }
            }
            for value in 1..300 {
                let number = Msisdn::from_value(value).expect("in range");
                prop_assert_eq!(gathering.last_word(number), model.get(&number).copied());
            }
            prop_assert_eq!(usize::try_from(gathering.contradicted()).ok(), Some(contradicted.len()));
            let numbers = gathering.into_numbers();
            let with = |wanted: Action| model.iter().filter(move |(_, action)| **action == wanted).map(|(number, _)| *number);
            prop_assert!(numbers.listed.iter().eq(with(Action::Add)));
            prop_assert!(numbers.unlisted.iter().eq(with(Action::Remove)));
        }
    }
}
