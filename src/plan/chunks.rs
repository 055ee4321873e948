//! Changes in parts that fit into one request each.

use std::num::NonZeroUsize;

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

/// Numbers to add and to remove as chunks, with at most `size` of each in one.
pub fn chunks<'a>(
    add: &'a [Msisdn],
    remove: &'a [Msisdn],
    size: NonZeroUsize,
) -> impl Iterator<Item = Chunk> + use<'a> {
    let (mut adds, mut removes) = (add.chunks(size.get()), remove.chunks(size.get()));
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
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_is_in_exactly_one_chunk(adds in 0..200u64, removes in 0..200u64, size in 1..50usize) {
            let numbers = |from: u64, count: u64| -> Vec<Msisdn> {
                (from..from + count).filter_map(Msisdn::from_value).collect()
            };
            let (add, remove) = (numbers(1, adds), numbers(1_000, removes));
            let parts: Vec<Chunk> = chunks(&add, &remove, NonZeroUsize::new(size).expect("not zero")).collect();
            let all_adds: Vec<Msisdn> = parts.iter().flat_map(|chunk| chunk.add.clone()).collect();
            let all_removes: Vec<Msisdn> = parts.iter().flat_map(|chunk| chunk.remove.clone()).collect();
            prop_assert_eq!(all_adds, add);
            prop_assert_eq!(all_removes, remove);
            for (index, chunk) in parts.iter().enumerate() {
                prop_assert_eq!(chunk.number, index);
                prop_assert!(!chunk.is_empty() && chunk.add.len() <= size && chunk.remove.len() <= size);
            }
        }
    }
}
