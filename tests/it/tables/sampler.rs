//! Digits that a metadata pattern matches.

use fastrand::Rng;
use regex_syntax::hir::{Class, Hir, HirKind};

/// A pattern, turned round: it makes what it would match.
pub(crate) enum Sampler {
    Text(String),
    OneOf(Vec<char>),
    Times(Box<Sampler>, u32, u32),
    All(Vec<Sampler>),
    Any(Vec<Sampler>),
}

impl Sampler {
    /// The sampler of a pattern that the library compiles too.
    pub(crate) fn new(pattern: &str) -> Self {
        let parsed = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
        Self::of(&parsed.expect("the library compiles the same pattern"))
    }

    fn of(pattern: &Hir) -> Self {
        match pattern.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::All(Vec::new()),
            HirKind::Literal(literal) => Self::Text(literal.0.iter().map(|byte| char::from(*byte)).collect()),
            HirKind::Class(Class::Bytes(class)) => {
                Self::OneOf(class.iter().flat_map(|range| range.start()..=range.end()).map(char::from).collect())
            }
            HirKind::Class(Class::Unicode(class)) => {
                Self::OneOf(class.iter().flat_map(|range| range.start()..=range.end()).collect())
            }
            HirKind::Repetition(repetition) => {
                let most = repetition.max.unwrap_or(repetition.min + 3);
                Self::Times(Box::new(Self::of(&repetition.sub)), repetition.min, most)
            }
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Concat(parts) => Self::All(parts.iter().map(Self::of).collect()),
            HirKind::Alternation(choices) => Self::Any(choices.iter().map(Self::of).collect()),
        }
    }

    /// Appends digits that the pattern matches.
    pub(crate) fn append(&self, rng: &mut Rng, digits: &mut String) {
        match self {
            Self::Text(text) => digits.push_str(text),
            Self::OneOf(choices) => digits.extend(rng.choice(choices)),
            Self::Times(part, least, most) => {
                for _ in 0..rng.u32(*least..=*most) {
                    part.append(rng, digits);
                }
            }
            Self::All(parts) => parts.iter().for_each(|part| part.append(rng, digits)),
            Self::Any(choices) => {
                if let Some(choice) = rng.choice(choices) {
                    choice.append(rng, digits);
                }
            }
        }
    }
}
