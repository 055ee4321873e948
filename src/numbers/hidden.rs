//! Digits that were struck out or cut off: `+43 664 12****34`, `0664 1234…`.
//!
//! Lists are handed on with masked numbers, and a table on a screen shows but the beginning of a long cell. The library
//! skips a `*` and whatever stands behind the last digit; where numbers have no fixed length, the rest is somebody's.

/// Whether a text shows that digits of its number are missing: signs of one kind in a row that stand for digits, a `*`
/// between digits, or an ellipsis.
pub(super) fn hides_digits(text: &str) -> bool {
    let signs: Vec<char> = text.chars().filter(|sign| !matches!(sign, ' ' | '-' | '.' | '/')).collect();
    let runs: Vec<&[char]> = signs.chunk_by(PartialEq::eq).collect();
    let neighbour = |at: Option<usize>| at.and_then(|at| runs.get(at)?.first().copied());
    runs.iter().enumerate().any(|(at, run)| {
        let (before, behind) = (neighbour(at.checked_sub(1)), neighbour(Some(at + 1)));
        let beside = |is: fn(char) -> bool| (before.is_some_and(is), behind.is_some_and(is));
        match run {
            ['…', ..] => true,
            ['*'] => beside(|sign| sign.is_ascii_digit()) == (true, true),
            // Not the end of a name.
            ['x' | 'X', _, ..] => beside(char::is_alphabetic) == (false, false),
            [sign, _, ..] => STRIKES.contains(sign),
            _ => false,
        }
    })
}

/// What is put in the place of digits. (`-` and `.` also stand between groups of them.)
const STRIKES: [char; 12] = ['*', '＊', '∗', '•', '●', '·', '■', '█', '×', '#', '_', '?'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_digits_are_seen() {
        for text in [
            "+43 664 12****34",
            "+43 664 12 ** ** 34",
            "0664 1*234",
            "0664 1 * 234",
            "0664 1234**",
            "****1234567",
            "0664 1234____",
            "0664 1234 ??",
            "0664 ••• 1234",
            "0664 12XX34",
            "0664 12xxx",
            "XX 1234567",
            "0664 1234…",
        ] {
            assert!(hides_digits(text), "{text}");
        }
    }

    #[test]
    fn what_is_written_beside_a_whole_number_hides_nothing() {
        for text in [
            "+43 664 1234567",
            "*0664 1234567",
            "0664 1234567*",
            "* 0664 1234567 *",
            "0664 1234567?",
            "0664 1234567 x12",
            "0664 1234567,,12#",
            "0664 1234567 #12",
            "0664 1234567 (Foxx)",
            "Xxaver 0664 1234567",
            "0664--1234567",
            "0664 //1234567..",
            "1-800-FLOWERS",
            "",
        ] {
            assert!(!hides_digits(text), "{text}");
        }
    }
}
