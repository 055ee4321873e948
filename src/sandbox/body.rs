//! A request's JSON, read strictly into the types of `groups/`.
//!
//! Receives bytes; yields a typed request, or the first thing in it that cannot be read. Fields that are not known
//! are ignored; `null` counts as absent, except for `name` on update, which it erases.

use std::collections::HashMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::refusal::Refusal;
use super::rules::{is_ignored, not_a_number};
use crate::groups::{AutoUpdate, GroupId, GroupUpdate, NameChange, NewGroup, Replacement};
use crate::numbers::Msisdn;

/// How much of a wrong value an error repeats.
const SHOWN_CHARS: usize = 80;

/// The body of `POST /groups`.
pub(super) fn new_group(body: &[u8]) -> Result<NewGroup, Refusal> {
    let fields = Fields::read(body)?;
    Ok(NewGroup {
        name: fields.text("name")?,
        members: fields.numbers("members")?.unwrap_or_default(),
        child_groups: fields.ids("child_groups")?,
        auto_update: fields.auto_update()?,
    })
}

/// The body of `POST /groups/{id}`.
pub(super) fn update(body: &[u8]) -> Result<GroupUpdate, Refusal> {
    let fields = Fields::read(body)?;
    let name = match fields.0.get("name").map(|raw| raw.get()) {
        None => NameChange::Keep,
        Some("null") => NameChange::Erase,
        Some(_) => fields.text("name")?.map_or(NameChange::Erase, NameChange::Set),
    };
    Ok(GroupUpdate {
        add: fields.numbers("add")?.unwrap_or_default(),
        remove: fields.numbers("remove")?.unwrap_or_default(),
        name,
        add_from_group: fields.text("add_from_group")?.map(GroupId::new),
        remove_from_group: fields.text("remove_from_group")?.map(GroupId::new),
        auto_update: fields.auto_update()?,
    })
}

/// The body of `PUT /groups/{id}`.
pub(super) fn replacement(body: &[u8]) -> Result<Replacement, Refusal> {
    let fields = Fields::read(body)?;
    let members = fields
        .numbers("members")?
        .ok_or_else(|| Refusal::Constraint("The parameter 'members' is missing.".to_owned()))?;
    Ok(Replacement {
        members,
        name: fields.text("name")?,
        child_groups: fields.ids("child_groups")?,
        auto_update: fields.auto_update()?,
    })
}

/// The body of the sandbox's own `POST …/inbound`: a text message that somebody sent.
pub(super) fn inbound(body: &[u8]) -> Result<super::Inbound, Refusal> {
    let fields = Fields::read(body)?;
    let missing = |field| Refusal::Constraint(format!("The parameter '{field}' is missing."));
    let from = fields.text("from")?.ok_or_else(|| missing("from"))?;
    let number = number(&from).ok_or_else(|| wrong("from", &from, "MSISDN"))?;
    Ok(super::Inbound {
        from: number,
        to: fields.text("to")?,
        body: fields.text("body")?.ok_or_else(|| missing("body"))?,
    })
}

/// The same refusal with a bad element's value as it stood in the body, where the rules only know the number.
pub(super) fn reworded(refusal: Refusal, body: &[u8]) -> Refusal {
    let Refusal::Format { parameter, index: Some(index), value, wanted } = refusal else { return refusal };
    let sent = serde_json::from_slice::<serde_json::Value>(body)
        .ok()
        .and_then(|body| Some(body.get(&parameter)?.get(index)?.as_str()?.to_owned()));
    Refusal::Format { parameter, index: Some(index), value: sent.unwrap_or(value), wanted }
}

/// A number as the provider reads it: with `+`, `00` or neither; spaces, dashes and brackets are nothing.
fn number(text: &str) -> Option<Msisdn> {
    if let Ok(number) = Msisdn::from_digits(text.as_bytes()) {
        return Some(number);
    }
    let kept: String = text.chars().filter(|char| !is_ignored(*char)).collect();
    let digits = kept.strip_prefix('+').or_else(|| kept.strip_prefix("00")).unwrap_or(&kept);
    if digits.starts_with('+') {
        return None;
    }
    Msisdn::from_digits(digits.as_bytes()).ok()
}

fn wrong(parameter: &str, value: &str, wanted: &'static str) -> Refusal {
    let value = value.chars().take(SHOWN_CHARS).collect();
    Refusal::Format { parameter: parameter.to_owned(), index: None, value, wanted }
}

/// A JSON object, its values not yet read.
struct Fields<'a>(HashMap<String, &'a RawValue>);

impl<'a> Fields<'a> {
    fn read(body: &'a [u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(body).map(Self).map_err(|error| {
            // serde_json's own words repeat a string that stands where the object should be: it may be a number.
            let (line, column) = (error.line(), error.column());
            let what = if error.is_data() { "it is something else" } else { "the syntax is wrong" };
            Refusal::NotJson(format!("{what} at line {line}, column {column}"))
        })
    }

    fn get<T: Deserialize<'a>>(&self, field: &'static str, wanted: &'static str) -> Result<Option<T>, Refusal> {
        match self.0.get(field).map(|raw| raw.get()) {
            None | Some("null") => Ok(None),
            Some(raw) => serde_json::from_str(raw).map(Some).map_err(|_| wrong(field, raw, wanted)),
        }
    }

    fn text(&self, field: &'static str) -> Result<Option<String>, Refusal> {
        self.get(field, "string")
    }

    fn ids(&self, field: &'static str) -> Result<Vec<GroupId>, Refusal> {
        Ok(self.get(field, "list of group IDs")?.unwrap_or_default())
    }

    fn auto_update(&self) -> Result<Option<AutoUpdate>, Refusal> {
        self.get("auto_update", "object")
    }

    fn numbers(&self, field: &'static str) -> Result<Option<Vec<Msisdn>>, Refusal> {
        match self.get::<Numbers>(field, "list of MSISDNs")? {
            None => Ok(None),
            Some(Numbers { bad: Some((index, value)), .. }) => Err(not_a_number(field, index, value)),
            Some(Numbers { numbers, .. }) => Ok(Some(numbers)),
        }
    }
}

/// A list of numbers, and the first element that is none.
struct Numbers {
    numbers: Vec<Msisdn>,
    bad: Option<(usize, String)>,
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Numbers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Numbers, A::Error> {
                let mut list = Numbers { numbers: Vec::new(), bad: None };
                let mut index = 0;
                while let Some(Element(read)) = seq.next_element()? {
                    match read {
                        Ok(number) => list.numbers.push(number),
                        Err(value) => {
                            list.bad.get_or_insert((index, value));
                        }
                    }
                    index += 1;
                }
                Ok(list)
            }
        }

        from.deserialize_seq(List)
    }
}

/// One element of a list of numbers: a number, or the value that is none.
struct Element(Result<Msisdn, String>);

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Element;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number as a string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Element, E> {
                Ok(Element(number(text).ok_or_else(|| text.chars().take(SHOWN_CHARS).collect())))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Element, E> {
                Ok(Element(Err(value.to_string())))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Element, E> {
                Ok(Element(Err(value.to_string())))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Element, E> {
                Ok(Element(Err(value.to_string())))
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Element, E> {
                Ok(Element(Err(value.to_string())))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Element, E> {
                Ok(Element(Err("null".to_owned())))
            }
        }

        from.deserialize_any(Text)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_as_the_provider_reads_them() {
        for text in [
            "+4915112345678",
            "004915112345678",
            "4915112345678",
            "+49 (151) 1234-5678",
            "(+49) 151 12345678",
            "[49]15112345678",
        ] {
            assert_eq!(number(text).map(Msisdn::value), Some(4_915_112_345_678), "{text}");
        }
        for text in ["", "+", "foo", "0151123456", "++4915112345678", "00+4915112345678", "+004915112345678", "4915.1"]
        {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn the_first_bad_element_is_named_by_place_and_value() {
        let refusal = update(br#"{"add":["+15550001111",5,"foo"]}"#).unwrap_err();
        assert_eq!(
            refusal.text(),
            "The format of parameter 'add[1]' is invalid; value '5' is not a valid MSISDN or group ID."
        );
    }

    #[test]
    fn null_is_absent_everywhere_but_in_an_updates_name() {
        let nulls = br#"{"add":null,"remove":null,"name":null,"add_from_group":null,"remove_from_group":null,"auto_update":null}"#;
        let update = update(nulls).unwrap();
        assert_eq!(update.name, NameChange::Erase);
        assert!(update.add.is_empty() && update.remove.is_empty());
        assert!(update.add_from_group.is_none() && update.remove_from_group.is_none() && update.auto_update.is_none());
        assert_eq!(new_group(br#"{"name":null,"members":null}"#).unwrap().name, None);
        assert_eq!(super::update(b"{}").unwrap().name, NameChange::Keep);
        assert_eq!(replacement(br#"{"members":null}"#).unwrap_err().code(), "syntax_constraint_violation");
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = (new_group(&body), update(&body), replacement(&body), inbound(&body));
        }

        #[test]
        fn what_the_client_writes_is_read_back(values in proptest::collection::vec(1..=Msisdn::MAX, 0..20)) {
            let add: Vec<Msisdn> = values.iter().filter_map(|value| Msisdn::from_value(*value)).collect();
            let sent = GroupUpdate { add, name: NameChange::Set("name \"x\"".to_owned()), ..GroupUpdate::default() };
            let read = update(&serde_json::to_vec(&sent).unwrap()).unwrap();
            prop_assert_eq!((&read.add, &read.name), (&sent.add, &sent.name));
        }
    }
}
