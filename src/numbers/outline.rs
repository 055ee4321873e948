//! One look over a text: which kinds of characters it holds, so that the dear questions are asked of few cells.
//!
//! Receives a cleaned text (digits are ASCII, `+` is `+`); yields an [`Outline`]. Knows nothing of what they mean.

/// What a text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any of them may go together")]
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
        let (mut digits, mut met) = (0, 0);
        // On every row: no branch depends on what a byte is, as where people put their blanks cannot be predicted.
        for byte in text.bytes() {
            let class = class(byte);
            digits += usize::from(class == DIGIT);
            met |= class;
        }
        let has = |class: u8| met & class != 0;
        let mut outline = Self {
            digits,
            separators: has(SLASH),
            bracket: has(BRACKET),
            point: has(POINT),
            plain: !has(OTHER),
            ..Self::default()
        };
        let mut first = text.bytes().filter(u8::is_ascii_digit);
        outline.double_zero = first.next() == Some(b'0') && first.next() == Some(b'0');
        if has(PLUS) {
            let head = text.find(|character: char| character.is_ascii_digit()).unwrap_or(text.len());
            let (before, behind) = text.split_at_checked(head).unwrap_or((text, ""));
            outline.plus = before.contains('+');
            outline.second_plus = behind.contains('+');
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

const DIGIT: u8 = 1;
const PLUS: u8 = 2;
const SLASH: u8 = 4;
const BRACKET: u8 = 8;
const POINT: u8 = 16;
const OTHER: u8 = 32;

fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(OTHER)
}

static CLASSES: [u8; 256] = classes();

#[expect(clippy::indexing_slicing, clippy::as_conversions, reason = "evaluated by the compiler, which checks both")]
const fn classes() -> [u8; 256] {
    let mut classes = [OTHER; 256];
    let known =
        [(b"0123456789".as_slice(), DIGIT), (b"+", PLUS), (b"/", SLASH), (b"(", BRACKET), (b".", POINT), (b" -)", 0)];
    let mut kind = 0;
    while kind < known.len() {
        let (bytes, class) = known[kind];
        let mut index = 0;
        while index < bytes.len() {
            classes[bytes[index] as usize] = class;
            index += 1;
        }
        kind += 1;
    }
    classes
}

/// Whether the character can stand between two numbers. (`/` also stands within numbers, and `,` and `;` in front of
/// extensions.)
pub(super) fn is_separator(character: char) -> bool {
    matches!(
        character,
        ';' | ','
            | '|'
            | '/'
            | '；'
            | '，'
            | '、'
            | '｜'
            | '／'
            | '\n'
            | '\r'
            | '\u{B}'
            | '\u{C}'
            | '\u{85}'
            | '\u{2028}'
            | '\u{2029}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_outline_says_what_is_there(text in "[-+ .()/0-9]{0,24}|[-+ .()/0-9,;|a-e\n\u{e9}]{0,24}") {
            let outline = Outline::of(&text);
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let head = text.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default();
            prop_assert_eq!(outline.digits, digits.len());
            prop_assert_eq!(outline.double_zero, digits.starts_with("00"));
            prop_assert_eq!(outline.plus, head.contains('+'));
            prop_assert_eq!(outline.second_plus, text[head.len()..].contains('+'));
            prop_assert_eq!(outline.letters, text.contains(char::is_alphabetic));
            prop_assert_eq!(outline.bracket, text.contains('('));
            prop_assert_eq!(outline.point, text.contains(['.', ',']));
            prop_assert_eq!(outline.separators, text.contains(is_separator) || outline.letters);
            prop_assert_eq!(outline.plain, text.chars().all(|c| "-+ .()/0123456789".contains(c)));
        }
    }
}
