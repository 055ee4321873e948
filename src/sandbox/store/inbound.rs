//! People who text a keyword, and so join a group or leave it behind the importer's back.
//!
//! The provider does this by itself when a message comes in; here `POST /sandbox/v1/{plan}/groups/{id}/inbound` plays
//! the message.

use super::super::refusal::Refusal;
use super::book::Book;
use crate::groups::{AutoUpdate, GroupId, GroupUpdate};
use crate::numbers::Msisdn;

/// A text message that somebody sent.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// Who sent it.
    pub from: Msisdn,
    /// To which number or short code; `None` stands for the group's own.
    pub to: Option<String>,
    /// What it says.
    pub body: String,
}

/// What a message did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// Its sender is a member now and was none before.
    Joined,
    /// Its sender is no member any more.
    Left,
    /// It is none of the group's keywords, or it changed nothing.
    Nothing,
}

impl Joined {
    /// One word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Left => "left",
            Self::Nothing => "nothing",
        }
    }
}

impl Book {
    /// A group that is full takes nobody in, and says nothing of it to whoever wrote.
    pub(super) fn inbound(&mut self, id: &GroupId, message: &Inbound) -> Result<Joined, Refusal> {
        let group = self.retrieve(id)?;
        let Some(keywords) = group.auto_update else { return Ok(Joined::Nothing) };
        let from = vec![message.from];
        let (done, update) = if !is_for(&keywords, message) {
            return Ok(Joined::Nothing);
        } else if says(&message.body, &keywords.add_words()) {
            (Joined::Joined, GroupUpdate { add: from, ..GroupUpdate::default() })
        } else if says(&message.body, &keywords.remove_words()) {
            (Joined::Left, GroupUpdate { remove: from, ..GroupUpdate::default() })
        } else {
            return Ok(Joined::Nothing);
        };
        match self.update(id, &update) {
            Ok(after) if after.modified_at != group.modified_at => Ok(done),
            Ok(_) | Err(Refusal::GroupFull { .. }) => Ok(Joined::Nothing),
            Err(refusal) => Err(refusal),
        }
    }
}

fn is_for(keywords: &AutoUpdate, message: &Inbound) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    match (&message.to, keywords.to()) {
        (None, _) => true,
        (Some(to), Some(own)) => digits(to) == digits(&own),
        (Some(_), None) => false,
    }
}

/// Whether a message begins with these words, in any case.
fn says(body: &str, words: &[String]) -> bool {
    let mut said = body.split_whitespace().map(str::to_lowercase);
    !words.is_empty() && words.iter().all(|word| said.next() == Some(word.to_lowercase()))
}
