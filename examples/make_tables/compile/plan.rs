//! The numbering plan of one calling code: all patterns of all its regions, asked at once.

use std::collections::HashMap;
use std::rc::Rc;

use super::forest::{Forest, Label, Node};
use super::metadata::{Desc, Format, Numbering};
use super::pattern::{Ask, Cache, Pattern, Stand};

/// The places of the types in a label; 0 is a number that is not valid. The first eight are in the order of
/// [`Numbering::types`].
const FIXED_LINE: u8 = 9;
const MOBILE: u8 = 10;
const FIXED_LINE_OR_MOBILE: u8 = 11;

/// What is known of a national number: the content of a label.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Meaning {
    /// For each region of the code, in their order, whether its general pattern matches.
    pub(super) general: u32,
    /// The place of the region that the number belongs to, or [`Meaning::NOBODY`].
    pub(super) owner: u8,
    /// Its type, as a place in the list of `numbers::tables`; 0 for a number that is not valid.
    pub(super) kind: u8,
    /// Whether the national format of this valid number begins with the national prefix.
    pub(super) with_prefix: bool,
}

impl Meaning {
    pub(super) const NOBODY: u8 = u8::MAX;
}

/// Every meaning that is in use.
#[derive(Default)]
pub(super) struct Labels {
    rows: Vec<Meaning>,
    known: HashMap<Meaning, Label>,
}

impl Labels {
    pub(super) fn rows(&self) -> &[Meaning] {
        &self.rows
    }

    fn label(&mut self, meaning: Meaning) -> Label {
        let fresh = Label::try_from(self.rows.len()).expect("there are some hundreds of labels");
        let label = *self.known.entry(meaning).or_insert(fresh);
        if label == fresh {
            self.rows.push(meaning);
        }
        label
    }
}

/// A pattern's place among all patterns of the plan.
type Place = usize;

struct Ready {
    possible: Vec<i32>,
    pattern: Option<Place>,
}

struct Member {
    leading_digits: Option<Place>,
    general: Ready,
    types: Vec<Ready>,
    same_fixed_line_and_mobile: bool,
}

struct Shape {
    pattern: Place,
    leading_digits: Option<Place>,
    with_prefix: bool,
}

/// The patterns of a calling code, each of them once, and what they mean together.
pub(super) struct Plan {
    patterns: Vec<Rc<Pattern>>,
    members: Vec<Member>,
    formats: Vec<Shape>,
}

/// How many digits there were, and where each pattern stands after them.
type State = (usize, Vec<Stand>);

impl Plan {
    /// The plan of the regions that share a code, the main one first: formats are the main region's, as in the
    /// library.
    pub(super) fn new(regions: &[Numbering], cache: &mut Cache) -> Self {
        assert!(regions.len() <= 32, "a label has a bit for each region");
        let mut patterns: Vec<Rc<Pattern>> = Vec::new();
        let mut place = |text: &str, ask: Ask| {
            let pattern = cache.get(text, ask);
            patterns.iter().position(|known| Rc::ptr_eq(known, &pattern)).unwrap_or_else(|| {
                patterns.push(pattern);
                patterns.len() - 1
            })
        };
        let members = regions
            .iter()
            .map(|region| {
                let mut ready = |desc: &Desc| Ready {
                    possible: desc.possible.clone(),
                    pattern: desc.pattern.as_deref().map(|text| place(text, Ask::Whole)),
                };
                Member {
                    general: ready(&region.general),
                    types: region.types.iter().map(ready).collect(),
                    leading_digits: region.leading_digits.as_deref().map(|text| place(text, Ask::Start)),
                    same_fixed_line_and_mobile: region.same_fixed_line_and_mobile,
                }
            })
            .collect();
        let formats = regions.first().map_or(&[][..], |main| &main.formats);
        // A plan that never writes its prefix needs no look at its formats.
        let formats = if formats.iter().any(|format| format.with_prefix) { formats } else { &[] };
        let formats = formats
            .iter()
            .map(|Format { pattern, leading_digits, with_prefix }| Shape {
                pattern: place(pattern, Ask::Whole),
                leading_digits: leading_digits.as_deref().map(|text| place(text, Ask::Start)),
                with_prefix: *with_prefix,
            })
            .collect();
        Self { patterns, members, formats }
    }

    /// Unfolds the plan, from before the first digit of a national number.
    pub(super) fn unfold(&self, forest: &mut Forest, labels: &mut Labels) -> Node {
        let start: State = (0, self.patterns.iter().map(|pattern| pattern.start()).collect());
        forest.unfold(
            start,
            &mut |state| (labels.label(self.meaning(state)), self.settled(state)),
            &|(length, stands), digit| {
                let stands =
                    self.patterns.iter().zip(stands).map(|(pattern, stand)| pattern.step(*stand, digit)).collect();
                (length + 1, stands)
            },
            &mut HashMap::new(),
        )
    }

    /// Whether nothing that follows can change the meaning: no number is valid any more, no general pattern matches,
    /// and who owns it is known.
    fn settled(&self, (_, stands): &State) -> bool {
        let open = |place: Option<Place>| place.is_some_and(|place| matches!(stands[place], Stand::Open(_)));
        // No type is asked where the general pattern does not match.
        self.members.iter().all(|member| !open(member.general.pattern) && !open(member.leading_digits))
    }

    /// What the library says of a national number that ends here (`get_region_for_number_from_region_list` and
    /// `get_number_type_helper`).
    fn meaning(&self, state: &State) -> Meaning {
        let general = self
            .members
            .iter()
            .enumerate()
            .filter(|(_, member)| self.matches(state, member.general.pattern))
            .fold(0, |bits, (place, _)| bits | 1 << place);
        let owner = self.members.iter().enumerate().find_map(|(place, member)| {
            let kind = self.kind(state, member);
            (kind != 0 || self.matches(state, member.leading_digits)).then_some((place, kind))
        });
        let (owner, kind) = match owner {
            Some((place, kind)) => (u8::try_from(place).expect("at most 32"), kind),
            None => (Meaning::NOBODY, 0),
        };
        // A region that is alone owns invalid numbers too. That is known without a label, and not to write it down
        // lets all countries share their dead ends.
        let owner = if kind == 0 && self.members.len() == 1 { Meaning::NOBODY } else { owner };
        let format = self.formats.iter().find(|format| {
            (format.leading_digits.is_none() || self.matches(state, format.leading_digits))
                && self.matches(state, Some(format.pattern))
        });
        let with_prefix = kind != 0 && format.is_some_and(|format| format.with_prefix);
        Meaning { general, owner, kind, with_prefix }
    }

    fn kind(&self, state: &State, member: &Member) -> u8 {
        let of_desc = |desc: &Ready| {
            let length = i32::try_from(state.0).expect("a number is short");
            (desc.possible.is_empty() || desc.possible.contains(&length)) && self.matches(state, desc.pattern)
        };
        if !of_desc(&member.general) {
            return 0;
        }
        let [special @ .., fixed_line, mobile] = &member.types[..] else { return 0 };
        if let Some(kind) = (1..).zip(special).find_map(|(kind, desc)| of_desc(desc).then_some(kind)) {
            return kind;
        }
        match (of_desc(fixed_line), member.same_fixed_line_and_mobile, of_desc(mobile)) {
            (true, true, _) | (true, false, true) => FIXED_LINE_OR_MOBILE,
            (true, false, false) => FIXED_LINE,
            (false, false, true) => MOBILE,
            (false, _, _) => 0,
        }
    }

    fn matches(&self, (_, stands): &State, place: Option<Place>) -> bool {
        place.is_some_and(|place| self.patterns[place].matches(stands[place]))
    }
}
