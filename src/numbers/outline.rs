//! One look over a text: which kinds of characters it holds, so that the dear questions are asked of few cells.
//!
//! Receives a cleaned text (digits are ASCII, `+` is `+`); yields an [`Outline`]. Knows nothing of what they mean.

/// What a text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Outline {
    /// How many digits.
    pub(super) digits: usize,
    /// A `+` stands before the first digit.
    pub(super) plus: bool,
    /// A `+` stands behind a digit: where a second number would begin.
    pub(super) second_plus: bool,
    /// The first two digits are `00`.
    pub(super) double_zero: bool,
    /// Something that separates numbers, and sometimes only groups of digits.
    pub(super) separators: bool,
    /// A `(`.
    pub(super) bracket: bool,
    /// A `.`, or a `,`.
    pub(super) point: bool,
    /// A letter of any script.
    pub(super) letters: bool,
    /// Only ASCII digits, `+`, blanks and `-.()/`: nothing that would need cleaning.
    pub(super) plain: bool,
}

impl Outline {
    /// Looks over a text.
    pub(super) fn of(text: &str) -> Self {
        let mut outline = Self { plain: true, ..Self::default() };
        let mut first_is_zero = false;
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' => {
                    match outline.digits {
                        0 => first_is_zero = byte == b'0',
                        1 => outline.double_zero = first_is_zero && byte == b'0',
                        _ => {}
                    }
                    outline.digits += 1;
                }
                b' ' | b'-' | b')' => {}
                b'+' if outline.digits == 0 => outline.plus = true,
                b'+' => outline.second_plus = true,
                b'(' => outline.bracket = true,
                b'.' => outline.point = true,
                b'/' => outline.separators = true,
                _ => outline.plain = false,
            }
        }
        if !outline.plain {
            outline.look_closer(text);
        }
        outline
    }

    fn look_closer(&mut self, text: &str) {
        self.letters = text.chars().any(char::is_alphabetic);
        self.point |= text.contains(',');
        self.separators |= text.contains(is_separator) || self.letters;
    }
}

/// Whether the character can stand between two numbers. (`/` also stands within numbers, and `,` and `;` in front of
/// extensions.)
pub(super) fn is_separator(character: char) -> bool {
    matches!(character, ';' | ',' | '|' | '/' | '\n' | '\r' | '；' | '，' | '、' | '｜' | '／')
}
