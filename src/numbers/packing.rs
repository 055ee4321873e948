//! Many numbers in few bytes: how a set of numbers lies in the file.
//!
//! A body is `version (1 byte) · how many (varint) · checksum (8 bytes) · numbers`, the numbers in ascending order, the
//! first as it is and each further one as its distance from the one before, all as LEB128 varints. 10,000 numbers of one
//! country take 20 to 40 KB; no set takes more than 7 bytes a number and 20 bytes. The checksum (the beginning of the
//! numbers' SHA-256) is there because a flipped bit in a distance would turn every later number into somebody else's.

use sha2::{Digest, Sha256};

use super::{Msisdn, NumberSet};

/// The first byte of every body.
const VERSION: u8 = 1;

/// How many bytes of the SHA-256 are kept.
const CHECKSUM: usize = 8;

/// A body that does not hold what was put into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Written by something else, or later.
    #[error("a set of numbers in an unknown form")]
    Form,
    /// Not the bytes that were written.
    #[error("a set of numbers that was damaged")]
    Damaged,
}

/// Packs numbers given in ascending order, no number twice.
pub fn pack(numbers: &[Msisdn]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(numbers.len() * 4);
    let mut before = 0;
    for number in numbers {
        let distance = number.value() - before;
        debug_assert!(distance > 0, "ascending, and no number twice");
        before = number.value();
        push_varint(&mut packed, distance);
    }
    let mut body = Vec::with_capacity(packed.len() + 1 + 10 + CHECKSUM);
    body.push(VERSION);
    push_varint(&mut body, u64::try_from(numbers.len()).unwrap_or(u64::MAX));
    body.extend_from_slice(&checksum(&packed));
    body.extend_from_slice(&packed);
    body
}

/// The numbers of a body.
pub fn unpack(body: &[u8]) -> Result<NumberSet, Unreadable> {
    let (version, mut rest) = body.split_first().ok_or(Unreadable::Damaged)?;
    if *version != VERSION {
        return Err(Unreadable::Form);
    }
    let count = take_varint(&mut rest).ok_or(Unreadable::Damaged)?;
    let (sum, mut packed) = rest.split_at_checked(CHECKSUM).ok_or(Unreadable::Damaged)?;
    if checksum(packed) != sum {
        return Err(Unreadable::Damaged);
    }
    // A number takes at least a byte: a damaged count reserves nothing that is not there.
    let count = usize::try_from(count).ok().filter(|count| *count <= packed.len()).ok_or(Unreadable::Damaged)?;
    let mut numbers = Vec::with_capacity(count);
    let mut before = 0_u64;
    for _ in 0..count {
        let distance = take_varint(&mut packed).filter(|distance| *distance > 0).ok_or(Unreadable::Damaged)?;
        before = before.checked_add(distance).ok_or(Unreadable::Damaged)?;
        numbers.push(Msisdn::from_value(before).ok_or(Unreadable::Damaged)?);
    }
    if packed.is_empty() { Ok(NumberSet::from_unsorted(numbers)) } else { Err(Unreadable::Damaged) }
}

fn checksum(packed: &[u8]) -> Vec<u8> {
    Sha256::digest(packed).iter().copied().take(CHECKSUM).collect()
}

fn push_varint(bytes: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            bytes.push(low & 0x7f);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

    use super::*;
    use proptest::prelude::*;

    fn numbers() -> impl Strategy<Value = NumberSet> {
        let value = prop_oneof![1..1_000u64, 4_915_100_000_000..4_915_199_999_999u64, 1..=Msisdn::MAX];
        proptest::collection::vec(value.prop_map(|value| Msisdn::from_value(value).unwrap()), 0..300)
            .prop_map(NumberSet::from_unsorted)
    }

    proptest! {
        #[test]
        fn a_set_comes_back_as_it_was(set in numbers()) {
            let body = pack(set.as_slice());
            prop_assert!(body.len() <= 20 + 8 * set.len());
            prop_assert_eq!(unpack(&body), Ok(set));
        }

        #[test]
        fn a_damaged_body_is_never_other_numbers(set in numbers(), at in any::<prop::sample::Index>(), flip in 1..=255u8) {
            let mut body = pack(set.as_slice());
            let at = at.index(body.len());
            body[at] ^= flip;
            if let Ok(read) = unpack(&body) {
                prop_assert_eq!(read, set);
            }
        }

        #[test]
        fn a_body_that_was_cut_short_is_unreadable(set in numbers(), at in any::<prop::sample::Index>()) {
            let body = pack(set.as_slice());
            prop_assert!(unpack(&body[..at.index(body.len())]).is_err());
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(set) = unpack(&bytes) {
                prop_assert_eq!(unpack(&pack(set.as_slice())), Ok(set));
            }
        }
    }

    #[test]
    fn ten_thousand_numbers_of_one_country_take_a_few_tens_of_kilobytes() {
        let mut random = fastrand::Rng::with_seed(1);
        let set: NumberSet = (0..10_000)
            .map(|_| Msisdn::from_value(random.u64(4_915_000_000_000..4_918_000_000_000)).unwrap())
            .collect();
        let size = pack(set.as_slice()).len();
        assert!((20_000..45_000).contains(&size), "{size}");
    }

    #[test]
    fn the_form_is_this_to_the_byte() {
        let set: NumberSet = [1, 130, 999_999_999_999_999].into_iter().filter_map(Msisdn::from_value).collect();
        let body = pack(set.as_slice());
        assert_eq!(body[..2], [1, 3]);
        assert_eq!(body[10..], [0x01, 0x81, 0x01, 0xfd, 0xfe, 0x99, 0xa6, 0xea, 0xaf, 0xe3, 0x01]);
    }
}
