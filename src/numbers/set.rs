//! Many numbers at eight bytes each.

use std::borrow::Borrow;

use super::Msisdn;

/// A set of numbers, sorted and dense: 8 bytes a number, ascending order, no number twice.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct NumberSet(Vec<Msisdn>);

impl NumberSet {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// A set from numbers in any order, repeated or not. Sorts in place: no second copy is made.
    #[must_use]
    pub fn from_unsorted(mut numbers: Vec<Msisdn>) -> Self {
        numbers.sort_unstable();
        numbers.dedup();
        Self(numbers)
    }

    /// How many numbers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// How many numbers, as reports and the ledger count.
    #[must_use]
    pub fn count(&self) -> u64 {
        u64::try_from(self.len()).unwrap_or(u64::MAX)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the number is in the set.
    #[must_use]
    pub fn contains(&self, number: Msisdn) -> bool {
        self.0.binary_search(&number).is_ok()
    }

    /// The numbers in ascending order.
    #[must_use]
    pub fn as_slice(&self) -> &[Msisdn] {
        &self.0
    }

    /// The numbers in ascending order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Msisdn> + '_ {
        self.0.iter().copied()
    }

    /// The numbers of this set that are not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.merge(other, |ours, theirs| ours && !theirs)
    }

    /// The numbers that are in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.merge(other, |ours, theirs| ours && theirs)
    }

    /// The numbers that are in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.merge(other, |ours, theirs| ours || theirs)
    }

    /// The numbers that are in any of the sets.
    #[must_use]
    pub fn union_all<S: Borrow<Self>>(sets: &[S]) -> Self {
        let mut all = Vec::with_capacity(sets.iter().map(|set| set.borrow().len()).sum());
        for set in sets {
            all.extend_from_slice(set.borrow().as_slice());
        }
        Self::from_unsorted(all)
    }

    /// [`Self::union_all`] of sets that are not needed any more: each is let go of once it has been copied, and a single
    /// one is not copied.
    #[must_use]
    pub fn joined(mut sets: Vec<Self>) -> Self {
        if sets.len() < 2 {
            return sets.pop().unwrap_or_default();
        }
        let mut all = Vec::with_capacity(sets.iter().map(Self::len).sum());
        for set in sets {
            all.extend(set.0);
        }
        Self::from_unsorted(all)
    }

    /// The numbers that are in more than one of the sets.
    #[must_use]
    pub fn shared(sets: &[&Self]) -> Self {
        let mut all = Vec::with_capacity(sets.iter().map(|set| set.len()).sum());
        for set in sets {
            all.extend_from_slice(set.as_slice());
        }
        all.sort_unstable();
        all.chunk_by(|a, b| a == b).filter(|same| same.len() > 1).filter_map(|same| same.first().copied()).collect()
    }

    /// Adds the other set's numbers, in place: no second copy is made.
    pub fn insert_all(&mut self, other: &Self) {
        let mut known = Lookup::new(self);
        let new: Vec<Msisdn> = other.iter().filter(|number| !known.finds(*number)).collect();
        if !new.is_empty() {
            self.0.reserve_exact(new.len());
            self.0.extend(new);
            self.0.sort_unstable();
        }
    }

    /// Takes the other set's numbers out of this one, in place. Quick where there are none of them.
    pub fn remove_all(&mut self, other: &Self) {
        let mut ours = Lookup::new(self);
        if other.iter().any(|number| ours.finds(number)) {
            let mut others = Lookup::new(other);
            self.0.retain(|number| !others.finds(*number));
            self.give_back();
        }
    }

    /// Keeps only numbers that are in the other set, too, in place.
    pub fn retain_all(&mut self, other: &Self) {
        let mut others = Lookup::new(other);
        self.0.retain(|number| others.finds(*number));
        self.give_back();
    }

    /// The numbers of this set that are in none of the others.
    #[must_use]
    pub fn outside(&self, others: &[&Self]) -> Self {
        let mut others: Vec<Lookup<'_>> = others.iter().map(|set| Lookup::new(set)).collect();
        let mut kept: Vec<Msisdn> =
            self.iter().filter(|number| !others.iter_mut().any(|set| set.finds(*number))).collect();
        kept.shrink_to_fit();
        Self(kept)
    }

    /// How many numbers of this set are in none of the others.
    #[must_use]
    pub fn count_outside(&self, others: &[&Self]) -> u64 {
        let mut others: Vec<Lookup<'_>> = others.iter().map(|set| Lookup::new(set)).collect();
        self.iter().map(|number| u64::from(!others.iter_mut().any(|set| set.finds(number)))).sum()
    }

    /// Gives memory back that is mostly empty.
    fn give_back(&mut self) {
        if self.0.len() < self.0.capacity() / 2 {
            self.0.shrink_to_fit();
        }
    }

    /// Keeps the lowest numbers only.
    pub fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// One walk over both sets, in step: keeps the numbers for which the rule says so.
    fn merge(&self, other: &Self, keep: impl Fn(bool, bool) -> bool) -> Self {
        // Counted first, so that the result takes exactly what it holds.
        let mut count = 0;
        self.walk(other, &keep, |_| count += 1);
        let mut kept = Vec::with_capacity(count);
        self.walk(other, &keep, |number| kept.push(number));
        Self(kept)
    }

    fn walk(&self, other: &Self, keep: impl Fn(bool, bool) -> bool, mut found: impl FnMut(Msisdn)) {
        let (mut left, mut right) = (self.iter().peekable(), other.iter().peekable());
        loop {
            let (number, ours, theirs) = match (left.peek().copied(), right.peek().copied()) {
                (None, None) => break,
                (Some(a), None) => (a, true, false),
                (None, Some(b)) => (b, false, true),
                (Some(a), Some(b)) if a < b => (a, true, false),
                (Some(a), Some(b)) if a > b => (b, false, true),
                (Some(a), Some(_)) => (a, true, true),
            };
            if ours {
                left.next();
            }
            if theirs {
                right.next();
            }
            if keep(ours, theirs) {
                found(number);
            }
        }
    }
}

/// Tells whether numbers are in a set, asked in ascending order: each search begins where the last one ended, in steps
/// that double. Neighbours are found at once, far ones in the logarithm of their distance.
struct Lookup<'a> {
    /// The numbers that have not been passed yet.
    ahead: &'a [Msisdn],
}

impl<'a> Lookup<'a> {
    fn new(set: &'a NumberSet) -> Self {
        Self { ahead: &set.0 }
    }

    fn finds(&mut self, number: Msisdn) -> bool {
        let mut reach = 1;
        while self.ahead.get(reach).is_some_and(|there| *there < number) {
            reach *= 2;
        }
        let near = self.ahead.get(..=reach).unwrap_or(self.ahead);
        let passed = near.partition_point(|there| *there < number);
        self.ahead = self.ahead.get(passed..).unwrap_or_default();
        self.ahead.first() == Some(&number)
    }
}

impl FromIterator<Msisdn> for NumberSet {
    fn from_iter<T: IntoIterator<Item = Msisdn>>(numbers: T) -> Self {
        Self::from_unsorted(numbers.into_iter().collect())
    }
}

impl std::fmt::Debug for NumberSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NumberSet({} numbers)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn small_set() -> impl Strategy<Value = BTreeSet<Msisdn>> {
        proptest::collection::btree_set(
            (1..60u64).prop_map(|value| Msisdn::from_value(value).expect("in range")),
            0..40,
        )
    }

    proptest! {
        #[test]
        fn set_work_agrees_with_the_standard_library(a in small_set(), b in small_set(), c in small_set()) {
            let third: NumberSet = c.iter().copied().collect();
            let (left, right): (NumberSet, NumberSet) = (a.iter().copied().collect(), b.iter().copied().collect());
            prop_assert!(left.difference(&right).iter().eq(a.difference(&b).copied()));
            prop_assert!(left.intersection(&right).iter().eq(a.intersection(&b).copied()));
            prop_assert!(left.union(&right).iter().eq(a.union(&b).copied()));
            prop_assert_eq!(NumberSet::union_all(&[&left, &right]), left.union(&right));
            prop_assert_eq!(NumberSet::joined(vec![left.clone(), right.clone()]), left.union(&right));
            prop_assert_eq!(&NumberSet::joined(vec![left.clone()]), &left);
            prop_assert!(NumberSet::joined(Vec::new()).is_empty());
            let among = [a.clone(), b.clone(), c.clone()];
            let twice = a.iter().chain(&b).chain(&c).copied();
            let twice: BTreeSet<_> = twice.filter(|one| among.iter().filter(|set| set.contains(one)).count() > 1).collect();
            prop_assert!(NumberSet::shared(&[&left, &right, &third]).iter().eq(twice.iter().copied()));
            let mut all = left.clone();
            all.insert_all(&right);
            prop_assert_eq!(&all, &left.union(&right));
            let outside = left.outside(&[&right, &third]);
            prop_assert!(outside.iter().eq(a.iter().copied().filter(|number| !b.contains(number) && !c.contains(number))));
            prop_assert_eq!(left.count_outside(&[&right, &third]), outside.count());
            let mut ours = left.clone();
            ours.remove_all(&right);
            prop_assert_eq!(&ours, &left.difference(&right));
            let mut shared = left.clone();
            shared.retain_all(&right);
            prop_assert_eq!(&shared, &left.intersection(&right));
            for number in a.union(&b) {
                prop_assert_eq!(left.contains(*number), a.contains(number));
            }
        }
    }
}
