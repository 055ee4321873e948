//! What a row asks for its numbers: to be added, or to be removed.

/// What a row asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Action {
    /// Its numbers are to be members.
    #[default]
    Add,
    /// Its numbers are not to be members.
    Remove,
}

/// What an action cell may hold, told to whoever wrote something else.
pub(super) const UNDERSTOOD: &str =
    "add, subscribe, opt-in, yes, true or 1; remove, unsubscribe, opt-out, no, false or 0";

/// The words, in lower case and without anything between their letters.
const WORDS: [(Action, &[&str]); 2] = [
    (
        Action::Add,
        &["add", "subscribe", "subscribed", "optin", "optedin", "in", "join", "yes", "y", "true", "t", "on", "1", "+"],
    ),
    (
        Action::Remove,
        &[
            "remove",
            "removed",
            "unsubscribe",
            "unsubscribed",
            "optout",
            "optedout",
            "out",
            "leave",
            "delete",
            "no",
            "n",
            "false",
            "f",
            "off",
            "0",
            "-",
        ],
    ),
];

impl Action {
    /// The stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
        }
    }

    /// Reads an action cell. Case, blanks, `-` and `_` do not matter; `None` for anything that is not understood, an
    /// empty cell included: who guesses wrongly here writes to someone who asked to be left alone.
    #[must_use]
    pub fn read(cell: &[u8]) -> Option<Self> {
        const LONGEST: usize = 16;
        let cell = cell.trim_ascii();
        let mut word = [0; LONGEST];
        let mut letters = word.iter_mut();
        let sign = matches!(cell, b"+" | b"-");
        for byte in cell.iter().filter(|byte| sign || !matches!(byte, b' ' | b'-' | b'_')) {
            *letters.next()? = byte.to_ascii_lowercase();
        }
        let unused = letters.len();
        let word = word.get(..LONGEST - unused)?;
        WORDS.iter().find(|(_, words)| words.iter().any(|known| known.as_bytes() == word)).map(|(action, _)| *action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn actions_are_read_in_any_case_and_nothing_is_guessed() {
        for word in ["add", "Subscribe", "OPT-IN", "opt in", "Opt_In", "yes", "TRUE", "1", " + "] {
            assert_eq!(Action::read(word.as_bytes()), Some(Action::Add), "{word}");
        }
        for word in ["remove", "Unsubscribe", "opt-out", "Opt Out", "no", "False", "0", "-"] {
            assert_eq!(Action::read(word.as_bytes()), Some(Action::Remove), "{word}");
        }
        for word in ["", " ", "maybe", "10", "--", "+1", "unsubscribed, it seems", "ünsubscribe"] {
            assert_eq!(Action::read(word.as_bytes()), None, "{word}");
        }
    }

    #[test]
    fn what_is_told_is_understood() {
        let told = |part: Option<&'static str>| part.into_iter().flat_map(|words| words.split([',', ' '])).collect();
        let mut halves = UNDERSTOOD.split(';');
        for action in [Action::Add, Action::Remove] {
            let words: Vec<&str> = told(halves.next());
            for word in words.into_iter().filter(|word| !matches!(*word, "" | "or")) {
                assert_eq!(Action::read(word.as_bytes()), Some(action), "{word}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_cell_is_too_long(cell in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Action::read(&cell);
        }
    }
}
