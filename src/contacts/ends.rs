//! Finds the bytes that end cells, sixty-four places at a time.
//!
//! Cells are short: to search for the end of each anew costs more than to look at every byte once.

/// How many bytes are looked at together: one for each bit.
const WIDTH: usize = 64;

/// The places of up to three different bytes in a text, asked for in ascending order.
pub(super) struct CellEnds {
    wanted: [u8; 3],
    /// Where the bytes begin that were looked at last.
    base: usize,
    /// Where they end.
    end: usize,
    /// A bit for each wanted byte among them.
    bits: u64,
}

impl CellEnds {
    /// Looks for any of the bytes.
    pub(super) fn of(wanted: [u8; 3]) -> Self {
        Self { wanted, base: 0, end: 0, bits: 0 }
    }

    /// The first wanted byte at `from` or behind it; the text's length when there is none. Each call is given the same
    /// text, and no smaller `from` than the one before.
    #[inline]
    pub(super) fn next(&mut self, text: &[u8], mut from: usize) -> usize {
        if from >= self.end {
            self.look(text, from);
        }
        loop {
            let left = self.bits & (u64::MAX << (from - self.base));
            if left != 0 {
                return self.base + usize::try_from(left.trailing_zeros()).unwrap_or_default();
            }
            from = self.end;
            if from >= text.len() {
                return text.len();
            }
            self.look(text, from);
        }
    }

    /// Looks at the bytes from `base` on.
    fn look(&mut self, text: &[u8], base: usize) {
        (self.base, self.end) = (base, base + WIDTH);
        let rest = text.get(base..).unwrap_or_default();
        self.bits = if let Some(whole) = rest.first_chunk() {
            bits(whole, self.wanted)
        } else {
            let mut padded = [0; WIDTH];
            padded.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
            bits(&padded, self.wanted) & ((1 << rest.len()) - 1)
        };
    }
}

/// A bit for each wanted byte, the first one lowest.
fn bits(bytes: &[u8; WIDTH], [one, two, three]: [u8; 3]) -> u64 {
    // Written so that the compiler compares many bytes at once.
    let mut found = [0; WIDTH];
    for (slot, byte) in found.iter_mut().zip(bytes) {
        *slot = u8::from(*byte == one) | u8::from(*byte == two) | u8::from(*byte == three);
    }
    let (eights, _) = found.as_chunks::<8>();
    // The product has the lowest bit of each byte in its highest byte, side by side.
    let side_by_side = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    eights.iter().rev().fold(0, |bits, eight| bits << 8 | side_by_side(eight))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_wanted_byte_is_found(
            text in proptest::collection::vec(prop::sample::select(b"ab,\n\r\0\xff".to_vec()), 0..300),
            wanted in prop::sample::select(vec![*b",\n\r", *b",\n\n", *b"\0\xff\n"]),
            leaps in proptest::collection::vec(0..100usize, 0..20),
        ) {
            let mut ends = CellEnds::of(wanted);
            let (mut from, mut leaps) = (0, leaps.into_iter());
            while from <= text.len() {
                let behind = text.get(from..).unwrap_or_default();
                let expected = behind.iter().position(|byte| wanted.contains(byte)).unwrap_or(behind.len());
                let found = ends.next(&text, from);
                prop_assert_eq!(found, from + expected);
                from = found + 1 + leaps.next().unwrap_or_default();
            }
        }
    }
}
