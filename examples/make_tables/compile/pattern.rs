//! One metadata pattern as a machine over digits.

use std::collections::HashMap;
use std::rc::Rc;

use regex_automata::Anchored;
use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::util::syntax;

/// How a pattern is asked, as the library does.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Ask {
    /// Does it match all the digits?
    Whole,
    /// Does it match how they begin?
    Start,
}

/// A pattern, ready to be stepped through.
pub(super) struct Pattern {
    dfa: dense::DFA<Vec<u32>>,
    ask: Ask,
}

/// Where a pattern stands after some digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Stand {
    /// It cannot match any more.
    No,
    /// It has matched how the digits begin.
    Yes,
    /// It depends on what follows.
    Open(StateID),
}

/// Patterns already built: many regions share them.
#[derive(Default)]
pub(super) struct Cache(HashMap<(String, Ask), Rc<Pattern>>);

impl Cache {
    /// The machine of a pattern as the metadata hold it, `^(?:…)$`.
    pub(super) fn get(&mut self, wrapped: &str, ask: Ask) -> Rc<Pattern> {
        let pattern = self.0.entry((wrapped.to_owned(), ask)).or_insert_with(|| Rc::new(Pattern::new(wrapped, ask)));
        Rc::clone(pattern)
    }
}

/// The pattern as it is applied to the start of the digits: the library cuts off the last `$`.
pub(super) fn start_of(wrapped: &str) -> &str {
    assert!(
        wrapped.starts_with("^(?:") && wrapped.ends_with(")$") && wrapped.len() > 6,
        "the library would read this pattern as an empty one"
    );
    &wrapped[..wrapped.len() - 1]
}

impl Pattern {
    fn new(wrapped: &str, ask: Ask) -> Self {
        let start = start_of(wrapped);
        let text = match ask {
            Ask::Whole => wrapped,
            Ask::Start => start,
        };
        let dfa = dense::Builder::new()
            .configure(dense::Config::new().start_kind(StartKind::Anchored).minimize(true))
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .build(text)
            .expect("the library compiles the same pattern");
        Self { dfa, ask }
    }

    /// Before the first digit.
    pub(super) fn start(&self) -> Stand {
        let start =
            self.dfa.start_state(&start::Config::new().anchored(Anchored::Yes)).expect("built with an anchored start");
        self.stand(start)
    }

    /// After one more digit.
    pub(super) fn step(&self, stand: Stand, digit: u8) -> Stand {
        match stand {
            Stand::Open(state) => self.stand(self.dfa.next_state(state, digit)),
            settled => settled,
        }
    }

    /// Whether the pattern matches, should the digits end here.
    pub(super) fn matches(&self, stand: Stand) -> bool {
        match stand {
            Stand::No => false,
            Stand::Yes => true,
            Stand::Open(state) => self.dfa.is_match_state(self.dfa.next_eoi_state(state)),
        }
    }

    fn stand(&self, state: StateID) -> Stand {
        if self.dfa.is_dead_state(state) {
            Stand::No
        } else if self.dfa.is_match_state(state) {
            // A match shows one byte late. Where all the digits have to match, it shows at the end of the input only.
            assert!(self.ask == Ask::Start, "a pattern of all digits matched before their end");
            Stand::Yes
        } else {
            Stand::Open(state)
        }
    }
}
