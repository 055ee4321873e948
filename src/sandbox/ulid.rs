//! Group ids as the provider makes them now: 26 characters that sort by time (the ULID specification's text form).

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// An id from milliseconds since 1970 (48 bits are kept) and 80 bits of chance.
pub(super) fn ulid(millis: u64, chance: u128) -> String {
    let bits = (u128::from(millis & 0xFFFF_FFFF_FFFF) << 80) | (chance & ((1 << 80) - 1));
    (0..26)
        .rev()
        .filter_map(|place| usize::try_from((bits >> (5 * place)) & 31).ok())
        .filter_map(|digit| CROCKFORD.get(digit).copied().map(char::from))
        .collect()
}

/// Whether a text has an id's shape.
pub(super) fn is_ulid(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|byte| CROCKFORD.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_ten_characters_are_the_time() {
        assert_eq!(ulid(0, 0), "0".repeat(26));
        assert_eq!(ulid(1_469_918_176_385, 0), "01ARYZ6S410000000000000000");
        assert_eq!(ulid(u64::MAX, u128::MAX), format!("7{}", "Z".repeat(25)));
    }

    proptest! {
        #[test]
        fn a_later_id_sorts_after_an_earlier_one(a in 0..1u64 << 47, later in 1..1u64 << 40, x: u128, y: u128) {
            let (first, second) = (ulid(a, x), ulid(a + later, y));
            prop_assert!(first < second);
            prop_assert!(is_ulid(&first) && is_ulid(&second));
        }
    }
}
