//! Text from files and from the provider, made harmless for a terminal.

use std::fmt::Write;

/// The text with every control character, bidirectional override and line separator shown as an escape, so that what
/// a file or a provider says can neither move the cursor nor pretend to be ours.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        let reorders = matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
        if character.is_control() || reorders {
            // Writing into a string cannot fail.
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_text_stays_and_escapes_are_shown() {
        assert_eq!(escaped("Kunden Süd 電話"), "Kunden Süd 電話");
        assert_eq!(escaped("\u{1b}[2Jgone"), "\\u{1b}[2Jgone");
        assert_eq!(escaped("a\u{202e}b"), "a\\u{202e}b");
    }

    proptest! {
        #[test]
        fn no_control_character_survives(text in any::<String>()) {
            prop_assert!(!escaped(&text).chars().any(char::is_control));
        }
    }
}
