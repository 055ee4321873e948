//! Several sorted sets as one walk in ascending order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::numbers::{Msisdn, NumberSet};

/// The members of several groups, number by number.
pub struct Merged<'a> {
    /// The next number of each set that still has one, with the set's place.
    heads: BinaryHeap<Reverse<(Msisdn, usize)>>,
    rests: Vec<std::slice::Iter<'a, Msisdn>>,
    groups: Vec<usize>,
}

/// Walks over all sets at once. Nothing is copied: memory grows with the number of sets, not of members.
#[must_use]
pub fn merged<'a>(sets: impl Iterator<Item = &'a NumberSet>) -> Merged<'a> {
    let mut rests: Vec<_> = sets.map(|set| set.as_slice().iter()).collect();
    let heads = rests
        .iter_mut()
        .enumerate()
        .filter_map(|(index, rest)| rest.next().map(|number| Reverse((*number, index))))
        .collect();
    Merged { heads, rests, groups: Vec::new() }
}

impl Merged<'_> {
    /// The next number, and the places of the sets that hold it, ascending.
    pub fn next_number(&mut self) -> Option<(Msisdn, &[usize])> {
        self.groups.clear();
        let Reverse((number, _)) = *self.heads.peek()?;
        while let Some(Reverse((next, index))) = self.heads.peek().copied() {
            if next != number {
                break;
            }
            self.heads.pop();
            self.groups.push(index);
            if let Some(following) = self.rests.get_mut(index).and_then(Iterator::next) {
                self.heads.push(Reverse((*following, index)));
            }
        }
        Some((number, &self.groups))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    proptest! {
        #[test]
        fn each_number_comes_once_with_all_its_groups(
            model in proptest::collection::vec(proptest::collection::btree_set(1..40u64, 0..30), 0..6)
        ) {
            let sets: Vec<NumberSet> = model
                .iter()
                .map(|values: &BTreeSet<u64>| values.iter().filter_map(|value| Msisdn::from_value(*value)).collect())
                .collect();
            let mut expected: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
            for (index, values) in model.iter().enumerate() {
                for value in values {
                    expected.entry(*value).or_default().push(index);
                }
            }
            let mut walk = merged(sets.iter());
            let mut found = Vec::new();
            while let Some((number, groups)) = walk.next_number() {
                found.push((number.value(), groups.to_vec()));
            }
            prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
