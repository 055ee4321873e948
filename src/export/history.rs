//! What the ledger knows of a group's members: when it saw them, and whether they had left.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::numbers::{Msisdn, NumberSet};

/// When the members of one group were seen in it. Eight bytes a member, and as much for each look.
#[derive(Debug, Default)]
pub struct History {
    /// The instants of the looks, from 1.
    looks: Vec<Timestamp>,
    /// The first and the last look that saw each member, by its place in the set; 0 for none.
    seen: Vec<(u32, u32)>,
    /// Those who had left.
    left: BTreeMap<Msisdn, Timestamp>,
}

/// What is known of one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known {
    /// When it was first seen.
    pub first_seen: Option<Timestamp>,
    /// When it was last seen.
    pub last_seen: Option<Timestamp>,
    /// Since when it is remembered as having left.
    pub left_at: Option<Timestamp>,
}

impl History {
    /// The history of nobody yet, for a set of members.
    #[must_use]
    pub fn of_members(members: &NumberSet) -> Self {
        Self { looks: Vec::new(), seen: vec![(0, 0); members.len()], left: BTreeMap::new() }
    }

    /// Notes that numbers were seen in the group at an instant. In any order; those that are no members do not count.
    pub fn saw(&mut self, members: &NumberSet, at: Timestamp, numbers: &NumberSet) {
        self.looks.push(at);
        let Ok(look) = u32::try_from(self.looks.len()) else { return };
        for number in numbers.iter() {
            let Ok(place) = members.as_slice().binary_search(&number) else { continue };
            let Some((first, last)) = self.seen.get(place).copied() else { continue };
            let first = self.look(first).filter(|first| *first <= at).map_or(look, |_| first);
            let last = self.look(last).filter(|last| *last >= at).map_or(look, |_| last);
            if let Some(seen) = self.seen.get_mut(place) {
                *seen = (first, last);
            }
        }
    }

    /// Notes that somebody had left.
    pub fn left(&mut self, number: Msisdn, since: Timestamp) {
        self.left.insert(number, since);
    }

    /// What is known of a member.
    #[must_use]
    pub fn of(&self, members: &NumberSet, number: Msisdn) -> Known {
        let place = members.as_slice().binary_search(&number).ok();
        let (first, last) = place.and_then(|place| self.seen.get(place)).copied().unwrap_or_default();
        Known { first_seen: self.look(first), last_seen: self.look(last), left_at: self.left.get(&number).copied() }
    }

    fn look(&self, look: u32) -> Option<Timestamp> {
        self.looks.get(usize::try_from(look).ok()?.checked_sub(1)?).copied()
    }
}

impl Known {
    /// What is known of a number in two groups.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let either =
            |ours: Option<Timestamp>, theirs: Option<Timestamp>, pick: fn(Timestamp, Timestamp) -> Timestamp| {
                ours.zip(theirs).map(|(ours, theirs)| pick(ours, theirs)).or(ours).or(theirs)
            };
        Self {
            first_seen: either(self.first_seen, other.first_seen, Ord::min),
            last_seen: either(self.last_seen, other.last_seen, Ord::max),
            left_at: either(self.left_at, other.left_at, Ord::max),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn set(values: &[u64]) -> NumberSet {
        values.iter().filter_map(|value| Msisdn::from_value(*value)).collect()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_first_and_the_last_look_count_in_whatever_order_they_come() {
        let members = set(&[1, 2, 3]);
        let mut history = History::of_members(&members);
        history.saw(&members, at(20), &set(&[1, 2, 9]));
        history.saw(&members, at(10), &set(&[1]));
        history.saw(&members, at(30), &set(&[1]));
        history.saw(&members, at(25), &set(&[1]));
        history.left(Msisdn::from_value(2).unwrap(), at(40));
        let of = |value| history.of(&members, Msisdn::from_value(value).unwrap());
        assert_eq!(of(1), Known { first_seen: Some(at(10)), last_seen: Some(at(30)), left_at: None });
        assert_eq!(of(2), Known { first_seen: Some(at(20)), last_seen: Some(at(20)), left_at: Some(at(40)) });
        assert_eq!(of(3), Known::default());
        assert_eq!(of(2).and(of(1)), Known { left_at: Some(at(40)), ..of(1) });
    }
}
