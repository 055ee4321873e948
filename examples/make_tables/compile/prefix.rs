//! National and international prefixes: patterns whose *end*, and whose groups, matter.
//!
//! A pattern is run as a backtracking engine would run it, but for all digits at once: the state is the list of its
//! threads in order of preference, each with the positions of its groups. What remains of the list when a match is
//! met, and which match was preferred, is then known for every continuation.

use std::collections::HashMap;

use regex_automata::nfa::thompson::{self, NFA, State as NfaState, WhichCaptures};
use regex_automata::util::look::Look;
use regex_automata::util::primitives::{PatternID, StateID};
use regex_automata::util::syntax;

use super::forest::{Forest, Label, Node};
use super::pattern::start_of;

/// What is put in place of a prefix: these digits, those of `from..to`, and those from `rest` on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Action {
    pub(super) front: [u8; 4],
    pub(super) front_len: u8,
    pub(super) from: u8,
    pub(super) to: u8,
    pub(super) rest: u8,
}

/// Every action that is in use; label 0 is that there is no prefix.
pub(super) struct Actions {
    rows: Vec<Action>,
    known: HashMap<Action, Label>,
}

impl Default for Actions {
    fn default() -> Self {
        let mut actions = Self { rows: Vec::new(), known: HashMap::new() };
        actions.label(Action { front: [0; 4], front_len: 0, from: 0, to: 0, rest: 0 });
        actions
    }
}

impl Actions {
    pub(super) fn rows(&self) -> &[Action] {
        &self.rows
    }

    fn label(&mut self, action: Action) -> Label {
        let fresh = Label::try_from(self.rows.len()).expect("there are some dozens of actions");
        let label = *self.known.entry(action).or_insert(fresh);
        if label == fresh {
            self.rows.push(action);
        }
        label
    }
}

/// The positions of the whole match and of two groups, as pairs of start and end.
type Slots = [Option<u8>; 6];

/// The threads before their next digit, in order of preference, and the match that they would have to outdo.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Race {
    at: u8,
    threads: Vec<(StateID, Slots)>,
    found: Option<Slots>,
}

/// Unfolds a prefix pattern (as the metadata hold it; `None` matches nothing) with its rule of transformation.
pub(super) fn unfold(wrapped: Option<&str>, rule: &str, forest: &mut Forest, actions: &mut Actions) -> Node {
    let Some(wrapped) = wrapped else { return forest.sink(0) };
    let nfa = thompson::Compiler::new()
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .configure(thompson::Config::new().which_captures(WhichCaptures::All))
        .build(start_of(wrapped))
        .expect("the library compiles the same pattern");
    assert!(nfa.group_info().group_len(PatternID::ZERO) <= 3, "the library looks at two groups");
    let start = Race { at: 0, threads: vec![(nfa.start_anchored(), [None; 6])], found: None };
    forest.unfold(
        start,
        &mut |race| {
            let (stopped, open) = (race.closed(&nfa, true), race.closed(&nfa, false));
            let label = stopped.found.map_or(0, |slots| actions.label(action(slots, rule)));
            (label, open.threads.is_empty() && open.found == stopped.found)
        },
        &|race, digit| race.closed(&nfa, false).step(&nfa, digit),
        &mut HashMap::new(),
    )
}

/// What the library does with a match (`maybe_strip_national_prefix_and_carrier_code`).
fn action(slots: Slots, rule: &str) -> Action {
    let span = |group: usize| match (slots[2 * group], slots[2 * group + 1]) {
        (Some(start), Some(end)) => Some((start, end)),
        _ => None,
    };
    let (_, end) = span(0).expect("a match has a start and an end");
    let filled = |group: Option<(u8, u8)>| group.is_some_and(|(start, end)| start < end);
    let transformed =
        !rule.is_empty() && span(1).is_some() && (filled(span(2)) || span(2).is_none() && filled(span(1)));
    if !transformed {
        return Action { front: [0; 4], front_len: 0, from: end, to: end, rest: end };
    }
    let (digits, group) = rule.split_once('$').expect("a rule names a group");
    let group: usize = group.parse().expect("a rule ends with its group");
    let (from, to) = span(group).unwrap_or((end, end));
    let mut front = [0; 4];
    for (slot, digit) in front.iter_mut().zip(digits.bytes()) {
        assert!(digit.is_ascii_digit(), "a rule puts digits in front");
        *slot = digit - b'0';
    }
    let front_len = u8::try_from(digits.len()).expect("a rule is short");
    assert!(front_len <= 4, "a rule puts at most four digits in front");
    Action { front, front_len, from, to, rest: end }
}

impl Race {
    /// Follows every thread up to where it wants a digit, and stops at the first match: whatever comes after it in
    /// the list is not preferred to it.
    fn closed(&self, nfa: &NFA, at_end: bool) -> Self {
        let mut closed = Self { at: self.at, threads: Vec::new(), found: self.found };
        for (state, slots) in &self.threads {
            if closed.follow(nfa, *state, *slots, at_end) {
                break;
            }
        }
        closed
    }

    /// Whether a match was met.
    fn follow(&mut self, nfa: &NFA, state: StateID, mut slots: Slots, at_end: bool) -> bool {
        match nfa.state(state) {
            NfaState::ByteRange { .. } | NfaState::Sparse(_) | NfaState::Dense(_) => {
                // Of two threads in the same place the first one wins, as in every such engine.
                if !self.threads.iter().any(|(known, _)| *known == state) {
                    self.threads.push((state, slots));
                }
                false
            }
            NfaState::Look { look, next } => {
                let holds = match look {
                    Look::Start => self.at == 0,
                    Look::End => at_end,
                    other => unreachable!("the metadata use no {other:?}"),
                };
                holds && self.follow(nfa, *next, slots, at_end)
            }
            NfaState::Union { alternates } => {
                alternates.iter().any(|alternate| self.follow(nfa, *alternate, slots, at_end))
            }
            NfaState::BinaryUnion { alt1, alt2 } => {
                self.follow(nfa, *alt1, slots, at_end) || self.follow(nfa, *alt2, slots, at_end)
            }
            NfaState::Capture { next, slot, .. } => {
                slots[slot.as_usize()] = Some(self.at);
                self.follow(nfa, *next, slots, at_end)
            }
            NfaState::Fail => false,
            NfaState::Match { .. } => {
                self.found = Some(slots);
                true
            }
        }
    }

    /// The closed threads that live on after a digit.
    fn step(&self, nfa: &NFA, digit: u8) -> Self {
        let next = |state: &StateID| match nfa.state(*state) {
            NfaState::ByteRange { trans } => trans.matches_byte(digit).then_some(trans.next),
            NfaState::Sparse(transitions) => transitions.matches_byte(digit),
            NfaState::Dense(transitions) => transitions.matches_byte(digit),
            _ => None,
        };
        let threads = self.threads.iter().filter_map(|(state, slots)| Some((next(state)?, *slots))).collect();
        Self { at: self.at + 1, threads, found: self.found }
    }
}
