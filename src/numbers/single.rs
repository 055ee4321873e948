//! A text that holds one number at most: brackets, letters and extensions, then the rules, then what is wanted.
//!
//! Receives an unwrapped text; yields its verdict, and whether the text as a whole is one valid number.

use std::borrow::Cow;

use super::engine::{Number, Source};
use super::hidden::hides_digits;
use super::outline::Outline;
use super::rules::{self, CONTEXT, Choice, Pick, Refusal};
use super::tables::Tables;
use super::{
    Extension, Letters, Mark, Marks, Msisdn, NumberType, Policy, Reading, Reason, Region, Rejection, RowRegion, Verdict,
};

/// What a text was found to be.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    /// Whether the whole text is one valid number without an extension, wanted or not.
    pub(super) is_number: bool,
}

impl From<Rejection> for Judged {
    fn from(rejection: Rejection) -> Self {
        Self { verdict: Err(rejection), is_number: false }
    }
}

/// The fewest digits among which letters may be a vanity number or a remark; with fewer the cell is just words.
const FEWEST_DIGITS: usize = 3;

/// Judges a text. `marks` are the repairs that it has needed so far.
pub(super) fn judge(policy: &Policy, text: &str, outline: &Outline, marks: Marks, region: RowRegion) -> Judged {
    if outline.digits == 0 {
        return nothing(text, outline).into();
    }
    if !outline.plain && hides_digits(text) {
        let reason = if outline.letters { Reason::Letters } else { Reason::NotANumber };
        return Rejection::new(reason, "some of the digits are hidden or cut off").into();
    }
    if has_letters(text, outline) && !only_labels_an_extension(policy, text, outline, region) {
        if outline.digits < FEWEST_DIGITS {
            return Rejection::new(Reason::NotANumber, "words, not a phone number").into();
        }
        if policy.letters == Letters::Refuse || !is_vanity(text) {
            let detail = "letters among the digits";
            return Rejection::new(Reason::Letters, detail)
                .suggesting(without_letters(policy, text, marks, region))
                .into();
        }
    }
    finish(policy, choose(policy, text, outline, region), marks)
}

/// Whether there are letters in the number itself: behind it they belong to the parameters of RFC 3966.
fn has_letters(text: &str, outline: &Outline) -> bool {
    outline.letters
        && text.split_once(CONTEXT).is_none_or(|(number, _)| {
            let number = number.split_once(";ext=").map_or(number, |(number, _)| number);
            number.contains(char::is_alphabetic)
        })
}

fn nothing(text: &str, outline: &Outline) -> Rejection {
    if text.is_empty() {
        Rejection::new(Reason::Empty, "the cell is empty")
    } else if outline.letters {
        Rejection::new(Reason::NotANumber, "words, not a phone number")
    } else {
        Rejection::new(Reason::NotANumber, "no digits")
    }
}

/// The rules, with a care for the bracketed trunk zero of `+44 (0)7911 …`.
fn choose(policy: &Policy, text: &str, outline: &Outline, region: RowRegion) -> Choice {
    let as_written = rules::choose(policy, text, outline, region);
    let Some(zero) = outline.bracket.then(|| bracketed_zero(text)).flatten() else {
        return as_written;
    };
    match as_written {
        Ok(mut pick) => {
            if zero.calling_code.is_some() {
                let without = choose_without_zero(policy, text, &zero, region);
                if let Ok(without) = without
                    && without.number.is_valid()
                    && !pick.number.is_valid()
                    && zero.is_in(without.number.msisdn)
                {
                    return Ok(without);
                }
                if could_be_other(&without, pick.number.msisdn) {
                    pick.marks.insert(Mark::Ambiguous);
                }
            }
            // The library has dropped the zero in silence, unless it belongs to the number (Italy).
            if pick.number.source != Source::DefaultRegion && !keeps_every_digit(text, pick.number.msisdn) {
                pick.marks.insert(Mark::TrunkZero);
            }
            Ok(pick)
        }
        Err(refusal) if refusal.is_number || zero.calling_code.is_none() => Err(refusal),
        Err(refusal) => match choose_without_zero(policy, text, &zero, region) {
            // Whoever writes `64 (0)2651080` means New Zealand, in a Thai list too.
            Ok(pick) if !zero.is_in(pick.number.msisdn) => Err(refusal),
            Ok(pick) => Ok(pick),
            Err(without) if without.is_number => Err(without),
            Err(_) => Err(refusal),
        },
    }
}

/// Where a `(0)` stands.
struct BracketedZero {
    start: usize,
    end: usize,
    /// The digits in front of it without a `00`, when there are as many as a calling code has.
    calling_code: Option<String>,
}

impl BracketedZero {
    /// Whether what stands in front of the zero is the calling code of a number.
    fn is_in(&self, number: Msisdn) -> bool {
        let code = self.calling_code.as_deref();
        code.is_some_and(|code| number.value().to_string().starts_with(code))
    }
}

fn bracketed_zero(text: &str) -> Option<BracketedZero> {
    const ZERO: &str = "(0)";
    let start = text.find(ZERO)?;
    let head = text.get(..start)?;
    let digits: String = head.chars().filter(char::is_ascii_digit).collect();
    let code = digits.strip_prefix("00").unwrap_or(&digits);
    let calling_code = (1..=3).contains(&code.len()).then(|| code.to_owned());
    Some(BracketedZero { start, end: start + ZERO.len(), calling_code })
}

fn without_bracketed_zero(text: &str, zero: &BracketedZero) -> String {
    [text.get(..zero.start).unwrap_or_default(), text.get(zero.end..).unwrap_or_default()].concat()
}

fn choose_without_zero(policy: &Policy, text: &str, zero: &BracketedZero, region: RowRegion) -> Choice {
    let without = without_bracketed_zero(text, zero);
    rules::choose(policy, &without, &Outline::of(&without), region)
        .map(|pick| Pick { marks: pick.marks.with(Mark::TrunkZero), ..pick })
}

/// Whether the text is another valid number without its zero: `+39 (0)343 123456` is a fixed line by the zero, and a
/// mobile phone by the habit of writing such a zero behind every calling code.
fn could_be_other(without: &Choice, number: Msisdn) -> bool {
    match without {
        Ok(pick) => pick.number.is_valid() && pick.number.msisdn != number,
        Err(Refusal { rejection, .. }) => {
            rejection.reason == Reason::Ambiguous || rejection.suggestion.is_some_and(|other| other != number)
        }
    }
}

/// The text without its bracketed trunk zero, if it has one behind a calling code.
pub(super) fn without_trunk_zero(text: &str) -> Option<String> {
    let zero = bracketed_zero(text).filter(|zero| zero.calling_code.is_some())?;
    Some(without_bracketed_zero(text, &zero))
}

fn keeps_every_digit(text: &str, number: Msisdn) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.ends_with(&number.value().to_string())
}

/// Whether all letters of the text belong to the label of an extension: then they never reach the number.
fn only_labels_an_extension(policy: &Policy, text: &str, outline: &Outline, region: RowRegion) -> bool {
    let Some(head) = text.find(char::is_alphabetic).and_then(|at| text.get(..at)) else {
        return false;
    };
    let found = |text: &str, outline: &Outline| match choose(policy, text, outline, region) {
        Ok(pick) => Some((pick.number.msisdn, pick.number.extension)),
        Err(refusal) => refusal.rejection.suggestion.map(|number| (number, false)),
    };
    match (found(head, &Outline::of(head)), choose(policy, text, outline, region)) {
        (Some((number, false)), Ok(whole)) => whole.number.extension && whole.number.msisdn == number,
        // Refused for its missing plus, extension and all: the letters are not to blame.
        (Some((number, false)), Err(refusal)) => refusal.rejection.suggestion == Some(number),
        _ => false,
    }
}

/// Whether the letters can be read as a keypad does: three at least, as libphonenumber asks, or only in front.
fn is_vanity(text: &str) -> bool {
    let number = text.find(|character: char| character.is_ascii_digit() || character == '+');
    let behind = number.and_then(|at| text.get(at..)).unwrap_or_default();
    let letters = behind.chars().filter(|character| character.is_alphabetic()).count();
    letters == 0 || letters >= 3
}

/// The one number that a text with letters probably means: what is left without the words, or what the keypad makes
/// of them, when only one of the two is a number. Fewer letters than a keypad needs would only be dropped by the
/// library, and the digits around them joined: `0151 1234567O8` has lost a zero, and is no nine-digit number.
fn without_letters(policy: &Policy, text: &str, marks: Marks, region: RowRegion) -> Option<Msisdn> {
    let suggestion = |text: &str| {
        let outline = Outline::of(text);
        finish(policy, choose(policy, text, &outline, region), marks).verdict.ok().map(|reading| reading.msisdn)
    };
    let mut pieces = pieces_without_letters(text);
    let bare = match (pieces.next(), pieces.next()) {
        (Some(only), None) => suggestion(only),
        _ => None,
    };
    let by_keypad = is_vanity(text).then(|| suggestion(text)).flatten();
    match (bare, by_keypad) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => one.or(other),
    }
}

/// The pieces between the letters that hold any digit.
pub(super) fn pieces_without_letters(text: &str) -> impl Iterator<Item = &str> {
    text.split(char::is_alphabetic).filter(|piece| piece.contains(|character: char| character.is_ascii_digit()))
}

/// All numbers of the USA and Canada are `fixed_line_or_mobile`: whoever asks for `mobile` alone loses them.
fn wrong_type(policy: &Policy, kind: NumberType) -> String {
    let hint = if kind == NumberType::FixedLineOrMobile && policy.types.contains(&NumberType::Mobile) {
        ", which mobile alone leaves out: ask for mobile,fixed_line_or_mobile"
    } else {
        ""
    };
    format!("a number of the type {kind}{hint}")
}

/// What is wanted: extensions, repairs, types.
fn finish(policy: &Policy, choice: Choice, marks: Marks) -> Judged {
    let Pick { number, marks: earned, plus_less } = match choice {
        Ok(pick) => pick,
        Err(Refusal { rejection, is_number }) => return Judged { verdict: Err(rejection), is_number },
    };
    let is_number = number.is_valid() && !number.extension;
    let marks = marks.union(earned);
    let suggestion = number.is_valid().then_some(number.msisdn);
    let refuse = |reason, detail: Cow<'static, str>, suggestion| {
        let rejection = Rejection::new(reason, detail).suggesting(suggestion);
        Judged { verdict: Err(Rejection { plus_less, ..rejection }), is_number }
    };
    if number.extension && policy.extension == Extension::Refuse {
        return refuse(Reason::HasExtension, "an extension, which no SMS can reach".into(), suggestion);
    }
    if !marks.is_empty()
        && let Some(repair) = marks.iter().find(|mark| !policy.allows(*mark))
    {
        let detail = format!("readable only by the repair {repair}, which is switched off");
        return refuse(Reason::NeedsRepair, detail.into(), suggestion);
    }
    if !policy.types.is_empty() && !policy.types.contains(&number.kind) {
        return refuse(Reason::WrongType, wrong_type(policy, number.kind).into(), None);
    }
    Judged { verdict: Ok(reading(&number, marks, plus_less)), is_number }
}

/// A number as a cell's reading.
pub(super) fn reading(number: &Number, marks: Marks, plus_less: bool) -> Reading {
    let region = number.region.or_else(|| Tables::get().main_region_of(number.msisdn)).unwrap_or(Region::UNKNOWN);
    Reading { msisdn: number.msisdn, region, kind: number.kind, marks, plus_less }
}
