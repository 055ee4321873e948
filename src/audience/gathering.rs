//! A set of numbers while it is being filled.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::numbers::{Msisdn, NumberSet};

/// How many parts a set has. A hash table doubles by holding the old and the new one at once; in parts, only one
/// part in 64 does so at a time, so that the peak stays near 21 bytes a number instead of 31.
const PARTS: usize = 64;

/// A hash set of numbers for filling, in parts that grow one after another.
#[derive(Default)]
pub(super) struct Gathering {
    parts: Vec<HashTable<Msisdn>>,
    hasher: foldhash::fast::RandomState,
    len: usize,
}

impl Gathering {
    /// Adds a number; says whether it was new.
    pub(super) fn insert(&mut self, number: Msisdn) -> bool {
        if self.parts.is_empty() {
            self.parts.resize_with(PARTS, HashTable::new);
        }
        let hash = self.hasher.hash_one(number);
        // The table itself uses the lowest bits for the place and the top seven for the tag.
        let index = usize::try_from((hash >> 48) % 64).unwrap_or_default();
        let Some(part) = self.parts.get_mut(index) else { return false };
        match part.entry(hash, |held| *held == number, |held| self.hasher.hash_one(held)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(number);
                self.len += 1;
                true
            }
        }
    }

    /// The numbers, sorted and dense. Each part is freed as soon as it has been copied.
    pub(super) fn into_set(self) -> NumberSet {
        let mut numbers = Vec::with_capacity(self.len);
        for part in self.parts {
            numbers.extend(part);
        }
        NumberSet::from_unsorted(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_gathering_is_a_set(values in proptest::collection::vec(1..500u64, 0..800)) {
            let mut gathering = Gathering::default();
            let mut model = BTreeSet::new();
            for value in values {
                let number = Msisdn::from_value(value).expect("in range");
                prop_assert_eq!(gathering.insert(number), model.insert(number));
            }
            prop_assert!(gathering.into_set().iter().eq(model.into_iter()));
        }
    }
}
