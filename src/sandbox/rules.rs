//! What a request may hold, whichever way it came.
//!
//! Receives typed requests; yields a refusal or nothing. The limits are those of the provider's documents (its
//! schema and the reference of the Groups API).

use std::collections::HashSet;

use serde_json::Value;

use super::refusal::Refusal;
use crate::groups::{AutoUpdate, GroupUpdate, NameChange, NewGroup, Replacement};
use crate::numbers::Msisdn;

/// The most elements in `members`, `add` or `remove` of one request.
const MAX_ELEMENTS: usize = 10_000;
/// The most ids in `child_groups`.
const MAX_CHILDREN: usize = 10;
/// The most characters of a group's name; it has at least one.
const NAME_CHARS: usize = 20;
/// The most characters of a keyword.
const WORD_CHARS: usize = 15;
/// The least seven-digit number: what is shorter is nobody's E.164 number.
const LEAST_NUMBER: u64 = 1_000_000;
/// How many digits a short code or a number to text to may have.
const TEXT_TO_DIGITS: std::ops::RangeInclusive<usize> = 3..=15;

/// The settings among the rules.
#[derive(Clone)]
pub struct Rules {
    /// The most members of a group (10,000 at the provider), checked after an update's adds and before its removes.
    pub group_limit: u64,
    /// Numbers that are refused wherever they stand, as the provider refuses what is no number to it.
    pub refuse: HashSet<Msisdn>,
    /// Whether a name belongs to one group only, as in the provider's older documents.
    pub unique_names: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { group_limit: 10_000, refuse: HashSet::new(), unique_names: false }
    }
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules")
            .field("group_limit", &self.group_limit)
            .field("refuse", &format_args!("{} numbers", self.refuse.len()))
            .field("unique_names", &self.unique_names)
            .finish()
    }
}

impl Rules {
    pub(super) fn check_new(&self, new: &NewGroup) -> Result<(), Refusal> {
        name(new.name.as_deref())?;
        self.numbers("members", &new.members)?;
        at_most("child_groups", new.child_groups.len(), MAX_CHILDREN)
    }

    pub(super) fn check_update(&self, update: &GroupUpdate) -> Result<(), Refusal> {
        match &update.name {
            NameChange::Set(text) => name(Some(text))?,
            NameChange::Keep | NameChange::Erase => {}
        }
        self.numbers("add", &update.add)?;
        self.numbers("remove", &update.remove)
    }

    pub(super) fn check_replacement(&self, replacement: &Replacement) -> Result<(), Refusal> {
        name(replacement.name.as_deref())?;
        self.numbers("members", &replacement.members)?;
        at_most("child_groups", replacement.child_groups.len(), MAX_CHILDREN)
    }

    fn numbers(&self, list: &'static str, numbers: &[Msisdn]) -> Result<(), Refusal> {
        at_most(list, numbers.len(), MAX_ELEMENTS)?;
        let bad = |number: &Msisdn| number.value() < LEAST_NUMBER || self.refuse.contains(number);
        match numbers.iter().enumerate().find(|(_, number)| bad(number)) {
            None => Ok(()),
            Some((index, number)) => Err(not_a_number(list, index, number.to_string())),
        }
    }
}

/// The documented words for a bad element.
pub(super) fn not_a_number(list: &str, index: usize, value: String) -> Refusal {
    Refusal::Format { parameter: list.to_owned(), index: Some(index), value, wanted: "MSISDN or group ID" }
}

fn at_most(list: &'static str, count: usize, limit: usize) -> Result<(), Refusal> {
    if count > limit { Err(Refusal::TooMany { list, count, limit }) } else { Ok(()) }
}

fn name(name: Option<&str>) -> Result<(), Refusal> {
    match name.map(|name| name.chars().count()) {
        None | Some(1..=NAME_CHARS) => Ok(()),
        Some(count) => Err(Refusal::Constraint(format!(
            "The constraint of parameter 'name' is violated: {count} characters, it has 1 to {NAME_CHARS}."
        ))),
    }
}

/// Checks the keywords and yields the JSON to keep: the very text that was sent, unless there are nulls in it, which
/// answers leave out.
pub(super) fn auto_update(sent: &AutoUpdate) -> Result<String, Refusal> {
    let wrong = |parameter: &str, value: &Value, wanted| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Refusal::Format { parameter: format!("auto_update{parameter}"), index: None, value, wanted }
    };
    let mut whole: Value = serde_json::from_str(sent.json()).map_err(|error| Refusal::NotJson(error.to_string()))?;
    let had_nulls = drop_nulls(&mut whole);
    let Value::Object(fields) = &whole else { return Err(wrong("", &whole, "object")) };

    match fields.get("to") {
        Some(to @ (Value::String(_) | Value::Number(_))) if is_text_to(to) => {}
        Some(to) => return Err(wrong(".to", to, "MSISDN or short code")),
        None => return Err(Refusal::Constraint("The parameter 'auto_update.to' is missing.".to_owned())),
    }
    for action in ["add", "remove"] {
        let Some(words) = fields.get(action) else { continue };
        let Value::Object(words) = words else { return Err(wrong(&format!(".{action}"), words, "object")) };
        if !words.contains_key("first_word") {
            let text = format!("The parameter 'auto_update.{action}.first_word' is missing.");
            return Err(Refusal::Constraint(text));
        }
        for place in ["first_word", "second_word"] {
            let parameter = format!(".{action}.{place}");
            match words.get(place) {
                None => {}
                Some(Value::String(word)) => keyword(&parameter, word)?,
                Some(other) => return Err(wrong(&parameter, other, "string")),
            }
        }
    }
    Ok(if had_nulls { whole.to_string() } else { sent.json().to_owned() })
}

/// One word of 1 to 15 characters; the schema's pattern is `^\w+$`.
fn keyword(parameter: &str, word: &str) -> Result<(), Refusal> {
    let count = word.chars().count();
    let one_word = word.chars().all(|char| char.is_alphanumeric() || char == '_');
    if one_word && (1..=WORD_CHARS).contains(&count) {
        return Ok(());
    }
    Err(Refusal::Constraint(format!(
        "The constraint of parameter 'auto_update{parameter}' is violated: it is one word of 1 to {WORD_CHARS} characters."
    )))
}

fn is_text_to(to: &Value) -> bool {
    let text = to.as_str().map_or_else(|| to.to_string(), str::to_owned);
    let kept: String = text.chars().filter(|char| !is_ignored(*char)).collect();
    let digits = kept.strip_prefix('+').unwrap_or(&kept);
    TEXT_TO_DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The characters that the provider overlooks in a number: spaces, dashes and brackets.
pub(super) const fn is_ignored(char: char) -> bool {
    matches!(char, ' ' | '-' | '(' | ')' | '[' | ']')
}

/// Takes every null field out; says whether there was one.
fn drop_nulls(value: &mut Value) -> bool {
    let Value::Object(fields) = value else { return false };
    let before = fields.len();
    fields.retain(|_, field| !field.is_null());
    let mut dropped = fields.len() < before;
    for field in fields.values_mut() {
        dropped |= drop_nulls(field);
    }
    dropped
}
