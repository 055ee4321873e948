//! The bodies that travel, in both directions.
//!
//! Written after the provider's documents and read loosely: unknown fields are ignored, absent ones are allowed
//! wherever the provider has been seen to leave them out.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::numbers::Msisdn;

/// The provider's name for a group: opaque, 26 characters like a ULID now, shorter in older accounts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupId(String);

impl GroupId {
    /// An id as the provider gave it.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A group as the provider describes it. Its members are a call of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Group {
    /// The group's id.
    pub id: GroupId,
    /// The group's name, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many members the group has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// When it was made: RFC 3339, UTC, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When it was last changed, by whomever: RFC 3339, UTC, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<String>,
    /// Groups whose members count as members of this one (being phased out by the provider).
    #[serde(default, deserialize_with = "null_as_default")]
    pub child_groups: Vec<GroupId>,
    /// The keywords by which people join and leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_update: Option<AutoUpdate>,
}

fn null_as_default<'de, D: serde::Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// One page of the list of groups.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GroupPage {
    /// The page's number, from 0.
    #[serde(default)]
    pub page: u32,
    /// How many groups are on this page.
    #[serde(default)]
    pub page_size: u32,
    /// How many groups there are in all.
    #[serde(default)]
    pub count: u64,
    /// The groups, newest first.
    #[serde(default, deserialize_with = "null_as_default")]
    pub groups: Vec<Group>,
}

/// The keywords by which people join and leave a group, kept as the very text that was received, so that sending it
/// back changes nothing. Older accounts show other shapes than today's documents; the accessors read them loosely.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AutoUpdate(Box<RawValue>);

impl AutoUpdate {
    /// Today's documented shape.
    ///
    /// # Errors
    /// Never in practice: the fields are plain strings.
    pub fn new(to: &str, add: Option<&[String]>, remove: Option<&[String]>) -> Result<Self, serde_json::Error> {
        let words = |words: &[String]| {
            let mut object = serde_json::Map::new();
            for (key, word) in ["first_word", "second_word"].into_iter().zip(words) {
                object.insert(key.to_owned(), word.clone().into());
            }
            serde_json::Value::Object(object)
        };
        let mut object = serde_json::Map::new();
        object.insert("to".to_owned(), to.into());
        if let Some(add) = add {
            object.insert("add".to_owned(), words(add));
        }
        if let Some(remove) = remove {
            object.insert("remove".to_owned(), words(remove));
        }
        serde_json::value::to_raw_value(&object).map(Self)
    }

    /// The JSON exactly as received.
    #[must_use]
    pub fn json(&self) -> &str {
        self.0.get()
    }

    /// The number or short code that people text to.
    #[must_use]
    pub fn to(&self) -> Option<String> {
        match self.field("to")? {
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The words that join, first and second.
    #[must_use]
    pub fn add_words(&self) -> Vec<String> {
        self.words("add")
    }

    /// The words that leave, first and second.
    #[must_use]
    pub fn remove_words(&self) -> Vec<String> {
        self.words("remove")
    }

    /// Whether both say the same, in whatever shape.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let says = |words: &Self| (words.to(), words.add_words(), words.remove_words());
        says(self) == says(other)
    }

    fn words(&self, key: &str) -> Vec<String> {
        match self.field(key) {
            Some(serde_json::Value::String(word)) => vec![word],
            Some(serde_json::Value::Object(words)) => ["first_word", "second_word"]
                .iter()
                .filter_map(|key| words.get(*key)?.as_str().map(str::to_owned))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn field(&self, key: &str) -> Option<serde_json::Value> {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(self.json()).ok()?;
        object.get(key).cloned()
    }
}

/// The body of `POST /groups`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewGroup {
    /// 1 to 20 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// At most 10,000.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "plus_digits")]
    pub members: Vec<Msisdn>,
    /// At most 10 ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub child_groups: Vec<GroupId>,
    /// The keywords to join and leave by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_update: Option<AutoUpdate>,
}

/// What an update does to the name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum NameChange {
    /// Leaves it.
    #[default]
    Keep,
    /// Sets it: 1 to 20 characters.
    Set(String),
    /// Erases it.
    Erase,
}

/// The body of `POST /groups/{id}`.
#[derive(Debug, Clone, Default)]
pub struct GroupUpdate {
    /// Numbers to add, at most 10,000. Those that are members already are no error.
    pub add: Vec<Msisdn>,
    /// Numbers to remove, at most 10,000. Those that are no members are no error.
    pub remove: Vec<Msisdn>,
    /// What becomes of the name.
    pub name: NameChange,
    /// A group whose members are added, once.
    pub add_from_group: Option<GroupId>,
    /// A group whose members are removed, once.
    pub remove_from_group: Option<GroupId>,
    /// The keywords to join and leave by; `None` leaves them.
    pub auto_update: Option<AutoUpdate>,
}

impl Serialize for GroupUpdate {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut body = to.serialize_struct("GroupUpdate", 6)?;
        if !self.add.is_empty() {
            body.serialize_field("add", &PlusDigits(&self.add))?;
        }
        if !self.remove.is_empty() {
            body.serialize_field("remove", &PlusDigits(&self.remove))?;
        }
        match &self.name {
            NameChange::Keep => {}
            NameChange::Set(name) => body.serialize_field("name", name)?,
            NameChange::Erase => body.serialize_field("name", &None::<String>)?,
        }
        if let Some(id) = &self.add_from_group {
            body.serialize_field("add_from_group", id)?;
        }
        if let Some(id) = &self.remove_from_group {
            body.serialize_field("remove_from_group", id)?;
        }
        if let Some(auto_update) = &self.auto_update {
            body.serialize_field("auto_update", auto_update)?;
        }
        body.end()
    }
}

/// The body of `PUT /groups/{id}`. What is absent here is cleared there.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Replacement {
    /// The group's members from now on, at most 10,000.
    #[serde(serialize_with = "plus_digits")]
    pub members: Vec<Msisdn>,
    /// 1 to 20 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// At most 10 ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub child_groups: Vec<GroupId>,
    /// The keywords to join and leave by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_update: Option<AutoUpdate>,
}

/// Numbers as they travel: `["+…", …]`.
struct PlusDigits<'a>(&'a [Msisdn]);

impl Serialize for PlusDigits<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().map(ToString::to_string))
    }
}

fn plus_digits<S: Serializer>(numbers: &[Msisdn], to: S) -> Result<S::Ok, S::Error> {
    PlusDigits(numbers).serialize(to)
}
