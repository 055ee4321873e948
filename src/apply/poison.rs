//! What to do about a chunk that the provider will not have as it is: find the number that it is about, and send the
//! rest.
//!
//! Receives a refusal and what was sent; yields a [`Remedy`]. Sends nothing itself. What the provider says of an element
//! is believed only when it fits what was sent: a wrong index would cost a good number.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::groups::{ApiError, ErrorClass, NamedElement};
use crate::numbers::Msisdn;
use crate::plan::Chunk;

/// How many refused numbers a run looks for, beside [`SHARE`].
const REFUSED: u64 = 16;

/// One more for so many numbers of the run: 1 %.
const SHARE: u64 = 100;

/// The most numbers that a request holds.
const REQUEST: u64 = 10_000;

/// After so many named numbers in a row a chunk is halved: every refusal costs a request with all that is left of it.
pub(super) const NAMED_IN_A_ROW: u32 = 8;

/// How many characters of the provider's words are kept for each number.
const WORDS: usize = 300;

/// What may be done about a failed chunk that had no effect.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Take this number out and send the rest.
    SetAside(Msisdn),
    /// Halve the chunk: one of its numbers is refused, and nobody says which.
    Halve,
    /// Halve the chunk, and send no larger one from here.
    Shrink,
    /// Nothing that could be done about the numbers in it.
    None,
}

/// What to do about a chunk of which a request failed. `named` is the number that the provider has named, as
/// [`named`] believes it.
pub(super) fn remedy(error: &ApiError, named: Option<Msisdn>, chunk: &Chunk) -> Remedy {
    match error.class {
        ErrorClass::Refused if is_about_something_else(error) => Remedy::None,
        ErrorClass::Refused => match (named, only(chunk)) {
            (Some(number), _) if holds(chunk, number) => Remedy::SetAside(number),
            // A replacement sends others too: one that is none of ours cannot be set aside.
            (Some(_), _) => Remedy::None,
            (None, Some(number)) => Remedy::SetAside(number),
            (None, None) => Remedy::Halve,
        },
        ErrorClass::TooLarge if chunk.len() > 1 => Remedy::Shrink,
        ErrorClass::TooLarge
        | ErrorClass::NotApplied
        | ErrorClass::Ambiguous
        | ErrorClass::NotFound
        | ErrorClass::NameTaken
        | ErrorClass::Account
        | ErrorClass::Stop => Remedy::None,
    }
}

/// Whether a refusal is of no number: of the body's syntax, or of a field that a replacement sends along.
fn is_about_something_else(error: &ApiError) -> bool {
    let names = |field: &str| error.words().is_some_and(|words| words.contains(field));
    error.code.as_deref() == Some("syntax_invalid_json")
        || ["'name'", "'auto_update", "'child_groups"].into_iter().any(names)
}

/// The chunk's only number.
fn only(chunk: &Chunk) -> Option<Msisdn> {
    match (chunk.add.as_slice(), chunk.remove.as_slice()) {
        ([number], []) | ([], [number]) => Some(*number),
        _ => None,
    }
}

fn holds(chunk: &Chunk, number: Msisdn) -> bool {
    chunk.add.contains(&number) || chunk.remove.contains(&number)
}

/// The number that the provider names, if it was sent: at this place, with this value, or both where both are named.
/// `sent` yields a list of the body by its name.
pub(super) fn named<'a>(element: &NamedElement, sent: impl Fn(&str) -> Option<&'a [Msisdn]>) -> Option<Msisdn> {
    let list = sent(&element.list)?;
    let by_place = match element.index {
        Some(index) => Some(*list.get(index)?),
        None => None,
    };
    let by_value = match &element.value {
        Some(value) => Some(read(value).filter(|number| list.contains(number))?),
        None => None,
    };
    match (by_place, by_value) {
        (Some(place), Some(value)) => (place == value).then_some(place),
        (place, value) => place.or(value),
    }
}

/// A number as the provider repeats it: as it was sent, or without its `+`.
fn read(value: &str) -> Option<Msisdn> {
    let digits = value.trim();
    Msisdn::from_digits(digits.strip_prefix('+').unwrap_or(digits).as_bytes()).ok()
}

/// The provider's words for the papers that hold numbers.
pub(super) fn words(error: &ApiError) -> String {
    error.words().unwrap_or(error.summary()).chars().take(WORDS).collect()
}

/// What a run has learnt of the provider, and what it may still spend on learning.
pub(super) struct Learning {
    /// Requests that may still be sent beyond those planned.
    budget: AtomicU64,
    /// The most numbers in a request.
    most: AtomicUsize,
}

impl Learning {
    /// For a run that sends so many numbers.
    ///
    /// Finding one number among n by halving costs up to 2·log2(n) requests more than planned. A run may spend that on
    /// 16 numbers and on 1 % of all that it sends; a number that is named costs one. What is left then is left for a
    /// resumption, which may spend as much again: a provider that refuses everything should not be asked all night.
    pub(super) fn new(numbers: u64) -> Self {
        let halvings = u64::from(numbers.clamp(2, REQUEST).next_power_of_two().ilog2());
        let budget = 2 * halvings * (REFUSED + numbers / SHARE);
        Self { budget: AtomicU64::new(budget), most: AtomicUsize::new(usize::MAX) }
    }

    /// Asks for one request more than planned.
    pub(super) fn spend(&self) -> bool {
        self.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    /// The most numbers in a request.
    pub(super) fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    /// A request with so many numbers was too large: half as many from here. Yields the most there may be now.
    pub(super) fn shrink(&self, size: usize) -> usize {
        let half = size.div_ceil(2);
        self.most.fetch_min(half, Ordering::Relaxed).min(half)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::groups::Operation;
    use proptest::prelude::*;

    fn number(value: u64) -> Msisdn {
        Msisdn::from_value(value).unwrap()
    }

    fn chunk(add: &[u64], remove: &[u64]) -> Chunk {
        let side = |values: &[u64]| values.iter().copied().map(number).collect();
        Chunk { number: 0, add: side(add), remove: side(remove) }
    }

    fn answer(status: u16, code: &str, text: &str) -> ApiError {
        let body = serde_json::json!({ "code": code, "text": text }).to_string();
        ApiError::from_answer(Operation::Update, status, body.as_bytes())
    }

    fn element(list: &str, index: Option<usize>, value: Option<&str>) -> NamedElement {
        NamedElement { list: list.to_owned(), index, value: value.map(str::to_owned) }
    }

    #[test]
    fn only_what_was_sent_is_believed() {
        let chunk = chunk(&[1_111_111, 2_222_222], &[3_333_333]);
        let lists = |name: &str| match name {
            "add" => Some(chunk.add.as_slice()),
            "remove" => Some(chunk.remove.as_slice()),
            _ => None,
        };
        let said = |list, index, value| named(&element(list, index, value), lists).map(Msisdn::value);
        assert_eq!(said("add", Some(1), None), Some(2_222_222));
        assert_eq!(said("add", None, Some("+1111111")), Some(1_111_111));
        assert_eq!(said("remove", Some(0), Some("3333333")), Some(3_333_333));
        for (list, index, value) in [
            ("add", Some(2), None),
            ("add", Some(0), Some("+2222222")),
            ("add", None, Some("+3333333")),
            ("add", Some(0), Some("+111…")),
            ("add", None, None),
            ("members", Some(0), None),
        ] {
            assert_eq!(said(list, index, value), None, "{list} {index:?} {value:?}");
        }
    }

    #[test]
    fn every_class_has_its_remedy() {
        let (pair, single) = (chunk(&[1_111_111], &[2_222_222]), chunk(&[1_111_111], &[]));
        let mute = answer(400, "syntax_invalid_parameter_format", "no");
        assert!(remedy(&mute, None, &pair) == Remedy::Halve);
        assert!(remedy(&mute, None, &single) == Remedy::SetAside(number(1_111_111)));
        assert!(remedy(&mute, Some(number(2_222_222)), &pair) == Remedy::SetAside(number(2_222_222)));
        assert!(remedy(&mute, Some(number(9_999_999)), &pair) == Remedy::None);
        assert!(remedy(&answer(403, "illegal_number_type", "no"), None, &pair) == Remedy::Halve);
        for status in [413, 400] {
            let error = answer(status, "syntax_constraint_violation", "Too many elements in 'add': at most 1");
            assert!(remedy(&error, None, &pair) == Remedy::Shrink);
            assert!(remedy(&error, None, &single) == Remedy::None);
        }
        for status in [401, 403, 404, 405, 415, 429, 500, 503, 504] {
            assert!(remedy(&answer(status, "", ""), None, &pair) == Remedy::None, "{status}");
        }
        for (code, text) in [("syntax_invalid_json", "no"), ("syntax_constraint_violation", "parameter 'name' is long")]
        {
            assert!(remedy(&answer(400, code, text), None, &pair) == Remedy::None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_named_was_sent(
            values in proptest::collection::vec(1_000_000..1_000_050u64, 1..20),
            index in proptest::option::of(0..30usize),
            value in proptest::option::of(1_000_000..1_000_060u64),
        ) {
            let sent: Vec<Msisdn> = values.into_iter().map(number).collect();
            let text = value.map(|value| format!("+{value}"));
            if let Some(found) = named(&element("add", index, text.as_deref()), |_| Some(sent.as_slice())) {
                prop_assert!(sent.contains(&found));
                prop_assert!(index.is_none_or(|index| sent.get(index) == Some(&found)));
                prop_assert!(value.is_none_or(|value| found.value() == value));
            }
        }
    }

    #[test]
    fn the_budget_ends_and_chunks_only_get_smaller() {
        let learning = Learning::new(1_000);
        assert_eq!((0..10_000).filter(|_| learning.spend()).count(), 2 * 10 * 26);
        assert_eq!(learning.shrink(1_001), 501);
        assert_eq!(learning.shrink(900), 450);
        assert_eq!(learning.shrink(1_000), 450);
        assert_eq!(learning.most(), 450);
    }
}
