//! How a successful answer's body becomes a value: small ones whole, members as they come in.

use std::fmt;
use std::future::Future;
use std::io::{self, BufReader, Read};
use std::time::Duration;

use bytes::{Buf, Bytes};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::error::Category;
use tokio::sync::mpsc;

use super::{Group, GroupPage};
use crate::numbers::{Msisdn, NumberSet};

/// What an answer can be. Each reads itself from the body of a success.
pub(super) trait Answer: Sized + Send + 'static {
    /// Reads the body; `patience` is for the whole of a small one and for each piece of a large one.
    fn read(body: reqwest::Response, patience: Duration) -> impl Future<Output = Result<Self, Unread>> + Send;

    /// What it means that the group is gone when an earlier attempt of the same call may have been applied.
    fn when_gone() -> Option<Self> {
        None
    }
}

/// Why a body could not be used.
pub(super) enum Unread {
    /// The connection failed within it.
    Lost(reqwest::Error),
    /// It stood still for too long.
    Slow,
    /// It ends too early, or is no JSON.
    Torn,
    /// It is JSON, but not what this operation answers.
    Alien(String),
}

/// The answer to a delete: nothing that needs reading.
pub(super) struct Deleted;

/// Far above any group or page that the provider can answer.
const SMALL: usize = 16 * 1024 * 1024;
/// An error's body is read up to here.
const ERROR: usize = 64 * 1024;

impl Answer for Group {
    async fn read(body: reqwest::Response, patience: Duration) -> Result<Self, Unread> {
        read_small(body, patience).await
    }
}

impl Answer for GroupPage {
    async fn read(body: reqwest::Response, patience: Duration) -> Result<Self, Unread> {
        read_small(body, patience).await
    }
}

impl Answer for Deleted {
    async fn read(body: reqwest::Response, patience: Duration) -> Result<Self, Unread> {
        // The status has said it all; a short body is drained so that the connection can serve again.
        drop(read_start(body, ERROR, patience).await);
        Ok(Self)
    }

    fn when_gone() -> Option<Self> {
        Some(Self)
    }
}

impl Answer for NumberSet {
    async fn read(mut body: reqwest::Response, patience: Duration) -> Result<Self, Unread> {
        let (pieces, incoming) = mpsc::channel(4);
        let parsing = tokio::task::spawn_blocking(move || {
            parse_members(BufReader::with_capacity(64 * 1024, Pieces::new(incoming)))
        });
        let trouble = loop {
            match tokio::time::timeout(patience, body.chunk()).await {
                Err(_) => break Some(Unread::Slow),
                Ok(Err(error)) => break Some(Unread::Lost(error)),
                Ok(Ok(None)) => break None,
                Ok(Ok(Some(piece))) => {
                    if pieces.send(piece).await.is_err() {
                        // The parser has seen enough: it knows what is wrong.
                        break None;
                    }
                }
            }
        };
        drop(pieces);
        let parsed = parsing.await;
        match (trouble, parsed) {
            (Some(trouble), _) => Err(trouble),
            (None, Ok(parsed)) => parsed.map_err(|error| unread(&error)),
            (None, Err(_)) => Err(Unread::Alien("the members could not be read".to_owned())),
        }
    }
}

async fn read_small<T: DeserializeOwned>(body: reqwest::Response, patience: Duration) -> Result<T, Unread> {
    let body = read_start(body, SMALL, patience).await?;
    serde_json::from_slice(&body).map_err(|error| unread(&error))
}

/// The body of an error, as far as it came.
pub(super) async fn read_error(body: reqwest::Response, patience: Duration) -> Bytes {
    read_start(body, ERROR, patience).await.unwrap_or_default()
}

/// The first `limit` bytes of a body.
async fn read_start(mut body: reqwest::Response, limit: usize, patience: Duration) -> Result<Bytes, Unread> {
    let reading = async {
        let mut read = Vec::new();
        while let Some(piece) = body.chunk().await? {
            let room = limit - read.len();
            read.extend_from_slice(piece.get(..room).unwrap_or(&piece));
            if read.len() == limit {
                break;
            }
        }
        Ok(Bytes::from(read))
    };
    match tokio::time::timeout(patience, reading).await {
        Err(_) => Err(Unread::Slow),
        Ok(read) => read.map_err(Unread::Lost),
    }
}

/// The library's words for a mismatch repeat values, which may be numbers: only the field's place is kept.
fn unread(error: &serde_json::Error) -> Unread {
    match error.classify() {
        // Torn at its end is one thing, wrong from its first byte on another: that is a web page, usually.
        Category::Syntax if (error.line(), error.column()) == (1, 1) => {
            Unread::Alien("the answer is no JSON".to_owned())
        }
        Category::Io | Category::Syntax | Category::Eof => Unread::Torn,
        Category::Data => {
            let text = error.to_string();
            let ours = text.strip_prefix(ELEMENT).and_then(|rest| rest.split_once(';'));
            Unread::Alien(match ours {
                Some((index, _)) => format!("members[{index}] is not a phone number"),
                None => format!("the answer has another shape (line {}, column {})", error.line(), error.column()),
            })
        }
    }
}

/// How our own error begins, on its way through the library's.
const ELEMENT: &str = "no number at ";

fn parse_members(body: impl Read) -> serde_json::Result<NumberSet> {
    let mut json = serde_json::Deserializer::from_reader(body);
    let mut numbers = json.deserialize_seq(Members)?;
    json.end()?;
    numbers.shrink_to_fit();
    Ok(NumberSet::from_unsorted(numbers))
}

/// `["12015550100", …]` with or without `+`, straight into eight bytes each.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<Msisdn>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of phone numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut numbers = Vec::new();
        while let Some(number) = elements.next_element_seed(Element(numbers.len()))? {
            numbers.push(number);
        }
        Ok(numbers)
    }
}

/// One element of the array, which knows its place in it.
struct Element(usize);

impl Element {
    fn none<E: serde::de::Error>(&self) -> E {
        E::custom(format_args!("{ELEMENT}{};", self.0))
    }
}

impl<'de> DeserializeSeed<'de> for Element {
    type Value = Msisdn;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element {
    type Value = Msisdn;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a phone number")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Msisdn, E> {
        Msisdn::from_digits(text.as_bytes()).map_err(|_| self.none())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Msisdn, E> {
        Msisdn::from_value(value).ok_or_else(|| self.none())
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Msisdn, E> {
        Err(self.none())
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Msisdn, E> {
        Err(self.none())
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Msisdn, E> {
        Err(self.none())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Msisdn, E> {
        Err(self.none())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Msisdn, A::Error> {
        Err(A::Error::custom(format_args!("{ELEMENT}{};", self.0)))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, _: A) -> Result<Msisdn, A::Error> {
        Err(A::Error::custom(format_args!("{ELEMENT}{};", self.0)))
    }
}

/// A body's pieces as a reader, for the thread that parses.
struct Pieces {
    incoming: mpsc::Receiver<Bytes>,
    piece: Bytes,
}

impl Pieces {
    fn new(incoming: mpsc::Receiver<Bytes>) -> Self {
        Self { incoming, piece: Bytes::new() }
    }
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.incoming.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let count = self.piece.len().min(into.len());
        self.piece.copy_to_slice(into.get_mut(..count).unwrap_or_default());
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use proptest::prelude::*;

    fn trouble(body: &str) -> String {
        match unread(&parse_members(body.as_bytes()).unwrap_err()) {
            Unread::Alien(why) => why,
            Unread::Torn => "torn".to_owned(),
            Unread::Slow | Unread::Lost(_) => unreachable!("there is no connection here"),
        }
    }

    proptest! {
        #[test]
        fn members_come_back_as_they_were_sent(values in proptest::collection::vec(1..=Msisdn::MAX, 0..50), plus: bool) {
            let sign = if plus { "+" } else { "" };
            let texts: Vec<String> = values.iter().map(|value| format!("{sign}{value}")).collect();
            let body = serde_json::to_vec(&texts).unwrap();
            let expected: NumberSet = values.iter().filter_map(|value| Msisdn::from_value(*value)).collect();
            prop_assert_eq!(parse_members(body.as_slice()).unwrap(), expected);
        }

        #[test]
        fn a_torn_body_is_never_taken_for_a_shorter_one(count in 1usize..30, cut in 1usize..400) {
            let texts: Vec<String> = (0..count).map(|index| format!("1201555{index:04}")).collect();
            let body = serde_json::to_string(&texts).unwrap();
            let torn = body.get(..body.len() - cut.min(body.len())).unwrap();
            prop_assert_eq!(trouble(torn), "torn");
        }
    }

    #[test]
    fn what_is_no_number_is_named_by_its_place_alone() {
        for (body, index) in [
            (r#"["12015550100","foo"]"#, 1),
            (r#"[""]"#, 0),
            (r#"["12015550100",null]"#, 1),
            (r#"["12015550100",{"a":1}]"#, 1),
            (r#"[["12015550100"]]"#, 0),
            (r#"["12015550100",-5]"#, 1),
            (r#"["12015550100",1.5]"#, 1),
            ("[true]", 0),
            (r#"["1201555010012015550100"]"#, 0),
        ] {
            assert_eq!(trouble(body), format!("members[{index}] is not a phone number"), "{body}");
        }
        assert!(parse_members(r#" [ "\u002b12015550100" , 12015550101 ] "#.as_bytes()).is_ok_and(|set| set.len() == 2));
    }

    #[test]
    fn what_is_no_array_is_said_so_without_repeating_it() {
        let why = trouble(r#"{"members":["12015550100"]}"#);
        assert!(why.starts_with("the answer has another shape"), "{why}");
        assert_eq!(trouble("<html>"), "the answer is no JSON");
        assert_eq!(trouble(""), "torn");
        assert_eq!(trouble(r#"["12015550100"] and more"#), "torn");
    }
}
