//! Two pieces of text side by side, without the heap: the readings with a `+` in front are asked for on every row.

use super::engine::MAX_TEXT;

/// A prefix (`+`, and at most a calling code) and a text behind it.
pub(super) struct Joined {
    bytes: [u8; MAX_TEXT + 8],
    length: usize,
}

impl Joined {
    /// A `+` and the text. A text too long for any number becomes an empty one, which is none either.
    pub(super) fn plus(text: &str) -> Self {
        Self::of(&[b"+", text.as_bytes()])
    }

    /// A `+`, the calling code and the text.
    pub(super) fn calling(code: u16, text: &str) -> Self {
        let digit = |value: u16| b'0' + u8::try_from(value % 10).unwrap_or(0);
        let digits = [digit(code / 100), digit(code / 10), digit(code)];
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        Self::of(&[b"+", digits.get(leading..).unwrap_or_default(), text.as_bytes()])
    }

    fn of(pieces: &[&[u8]]) -> Self {
        let mut joined = Self { bytes: [0; MAX_TEXT + 8], length: 0 };
        for piece in pieces {
            let end = joined.length + piece.len();
            match joined.bytes.get_mut(joined.length..end) {
                Some(room) => room.copy_from_slice(piece),
                None => return Self { length: 0, ..joined },
            }
            joined.length = end;
        }
        joined
    }

    pub(super) fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_pieces_stand_side_by_side(code in 1..1000u16, text in "\\PC{0,80}") {
            let (plus, calling) = (Joined::plus(&text), Joined::calling(code, &text));
            if text.len() <= MAX_TEXT {
                prop_assert_eq!(plus.as_str(), format!("+{text}"));
                prop_assert_eq!(calling.as_str(), format!("+{code}{text}"));
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_no_number() {
        assert_eq!(Joined::plus(&"1".repeat(MAX_TEXT + 8)).as_str(), "");
    }
}
