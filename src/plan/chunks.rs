//! A plan in parts that fit into one request each.

use std::num::NonZeroUsize;

use super::Plan;
use crate::numbers::Msisdn;

/// A numbered part of a plan. A number is in at most one chunk of a group, so that chunks commute and may be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Its number within the plan, from 0.
    pub number: usize,
    /// Numbers to add.
    pub add: Vec<Msisdn>,
    /// Numbers to remove.
    pub remove: Vec<Msisdn>,
}

impl Chunk {
    /// How many numbers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.add.len() + self.remove.len()
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The chunks of a plan, with at most `size` numbers to add and as many to remove in each.
pub fn chunks(plan: &Plan, size: NonZeroUsize) -> impl Iterator<Item = Chunk> + '_ {
    let mut adds = plan.add.as_slice().chunks(size.get());
    let mut removes = plan.remove.as_slice().chunks(size.get());
    (0..).map_while(move |number| {
        let (add, remove) = (adds.next(), removes.next());
        if add.is_none() && remove.is_none() {
            return None;
        }
        Some(Chunk { number, add: add.unwrap_or_default().to_vec(), remove: remove.unwrap_or_default().to_vec() })
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Choices, GroupRef, Memory, Mode, Wish};
    use super::*;
    use crate::numbers::NumberSet;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_is_in_exactly_one_chunk(adds in 0..200u64, removes in 0..200u64, size in 1..50usize) {
            let set = |from: u64, count: u64| -> NumberSet {
                (from..from + count).filter_map(Msisdn::from_value).collect()
            };
            let group = GroupRef::New { name: "g".into() };
            let (wish, memory) = (Wish::default(), Memory::default());
            let mut plan = Plan::draft(
                String::new(), group, Mode::Add, &wish, &NumberSet::new(), &memory, Choices::default(),
            );
            (plan.add, plan.remove) = (set(1, adds), set(1_000, removes));
            let parts: Vec<Chunk> = chunks(&plan, NonZeroUsize::new(size).expect("not zero")).collect();
            let all_adds: Vec<Msisdn> = parts.iter().flat_map(|chunk| chunk.add.clone()).collect();
            let all_removes: Vec<Msisdn> = parts.iter().flat_map(|chunk| chunk.remove.clone()).collect();
            prop_assert_eq!(all_adds.as_slice(), plan.add.as_slice());
            prop_assert_eq!(all_removes.as_slice(), plan.remove.as_slice());
            for (index, chunk) in parts.iter().enumerate() {
                prop_assert_eq!(chunk.number, index);
                prop_assert!(!chunk.is_empty() && chunk.add.len() <= size && chunk.remove.len() <= size);
            }
        }
    }
}
