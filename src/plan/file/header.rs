//! The first line of a section.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD as BASE64;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::verdict::Verdict;
use super::{Cost, FORMAT, Section, Sending};
use crate::groups::GroupId;
use crate::numbers::packing::{pack, unpack};
use crate::numbers::{Msisdn, NumberSet};
use crate::plan::{Digest, GroupRef, Mode, Plan};

/// What stands between the sealed part of a header and its seal.
const SEAL: &str = ",\"seal\":\"";
/// What stands behind the seal.
const END: &str = "\"}";

/// A header, without its seal. Fields that format 0 had not are optional.
#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    format: u32,
    account: String,
    #[serde(default)]
    audience: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spread: Option<String>,
    group: Group,
    mode: String,
    pub(super) digest: String,
    pub(super) counts: Counts,
    /// This section's number, from 1.
    #[serde(default = "one")]
    pub(super) section: usize,
    /// Sections in the file.
    #[serde(default = "one")]
    pub(super) sections: usize,
    /// The digest of all sections as one change.
    #[serde(default)]
    pub(super) whole: Option<String>,
    live: Live,
    /// Numbers of the list that are members already: those that are not are the additions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    listed: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    new_leavers: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    returned: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    held: String,
    #[serde(default)]
    two_way: bool,
    #[serde(default)]
    readd_left: bool,
    #[serde(default)]
    rows: Option<u64>,
    #[serde(default)]
    brakes: Vec<Verdict>,
    #[serde(default)]
    sending: Sending,
    #[serde(default)]
    cost: Cost,
    #[serde(default)]
    made_at: Option<Timestamp>,
}

/// The group; without an id, one that is to be made.
#[derive(Serialize, Deserialize)]
struct Group {
    id: Option<String>,
    name: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Counts {
    /// Numbers to add: so many lines follow that say so.
    pub(super) add: usize,
    /// Numbers to remove.
    pub(super) remove: usize,
    /// Members before, those that child groups bring included.
    before: u64,
    #[serde(default)]
    after: u64,
    #[serde(default)]
    already: u64,
    #[serde(default)]
    left: u64,
    #[serde(default)]
    joined: u64,
    #[serde(default)]
    held: usize,
}

/// The members that the plan was made against.
#[derive(Serialize, Deserialize)]
struct Live {
    count: usize,
    /// SHA-256 over the sorted numbers, eight bytes each, for comparing two files by eye.
    #[serde(default)]
    digest: Option<String>,
    members: String,
}

fn one() -> usize {
    1
}

impl Default for Sending {
    /// What every command does unless told otherwise.
    fn default() -> Self {
        Self { chunk_size: std::num::NonZeroUsize::MIN.saturating_add(9_999), group_limit: 10_000, atomic: false }
    }
}

impl Header {
    /// The header of a section: `section` of `sections`, counted from 1.
    pub(super) fn of(of: &Section, section: usize, sections: usize, whole: Digest) -> Self {
        let plan = &of.plan;
        let (id, name) = match &plan.group {
            GroupRef::Existing { id, name } => (Some(id.to_string()), name.clone()),
            GroupRef::New { name } => (None, Some(name.clone())),
        };
        Self {
            format: if of.spread.is_some() { FORMAT } else { 1 },
            account: plan.account.clone(),
            audience: Some(of.audience.clone()),
            spread: of.spread.clone(),
            group: Group { id, name },
            mode: plan.mode.to_string(),
            digest: plan.digest().to_string(),
            counts: Counts {
                add: plan.add.len(),
                remove: plan.remove.len(),
                before: plan.before,
                after: plan.after(),
                already: plan.already,
                left: plan.left,
                joined: plan.joined,
                held: plan.held.len(),
            },
            section,
            sections,
            whole: Some(whole.to_string()),
            live: Live {
                count: of.live.len(),
                digest: Some(fingerprint(&of.live)),
                members: BASE64.encode(pack(of.live.as_slice())),
            },
            listed: packed(&of.listed.difference(&plan.add)),
            new_leavers: packed(&plan.new_leavers),
            returned: packed(&plan.returned),
            held: packed(&plan.held),
            two_way: plan.two_way,
            readd_left: of.readd_left,
            rows: of.rows,
            brakes: of.verdicts.iter().map(Verdict::of).collect(),
            sending: of.sending,
            cost: of.cost,
            made_at: of.made,
        }
    }

    /// The section of this header and these changes; what cannot be is said in a few words.
    pub(super) fn section(self, add: NumberSet, remove: NumberSet) -> Result<Section, &'static str> {
        let live = unpacked(&self.live.members).ok_or("its members cannot be read")?;
        let group = match (self.group.id, self.group.name) {
            (Some(id), name) => GroupRef::Existing { id: GroupId::new(id), name },
            (None, Some(name)) => GroupRef::New { name },
            (None, None) => return Err("it names no group"),
        };
        let plan = Plan {
            account: self.account,
            group,
            mode: Mode::from_name(&self.mode).ok_or("its mode is unknown")?,
            before: self.counts.before,
            already: self.counts.already,
            left: self.counts.left,
            joined: self.counts.joined,
            held: unpacked(&self.held).ok_or("those whom it holds cannot be read")?,
            new_leavers: unpacked(&self.new_leavers).ok_or("its leavers cannot be read")?,
            returned: unpacked(&self.returned).ok_or("its leavers cannot be read")?,
            two_way: self.two_way,
            add,
            remove,
        };
        if live.len() != self.live.count || self.live.digest.is_some_and(|digest| digest != fingerprint(&live)) {
            return Err("its members are not those it was made against");
        }
        let verdicts = self.brakes.into_iter().map(Verdict::read).collect::<Option<_>>();
        Ok(Section {
            audience: self.audience.unwrap_or_else(|| plan.group.label().to_owned()),
            spread: self.spread,
            listed: unpacked(&self.listed).ok_or("its list cannot be read")?.union(&plan.add),
            plan,
            live,
            rows: self.rows,
            readd_left: self.readd_left,
            verdicts: verdicts.ok_or("its brakes cannot be read")?,
            sending: self.sending,
            cost: self.cost,
            made: self.made_at,
        })
    }

    /// Whether a header of this format has to be sealed.
    pub(super) fn is_sealed(&self) -> bool {
        self.format > 0
    }
}

/// The SHA-256 of a section's bytes, as they are taken in.
#[derive(Default)]
pub(super) struct Seal(Sha256);

impl Seal {
    /// Takes in a line, without its end.
    pub(super) fn line(&mut self, line: &str) {
        self.0.update(line);
        self.0.update(b"\n");
    }

    /// The seal: 64 hexadecimal digits.
    pub(super) fn finish(self) -> String {
        hex(&self.0.finalize())
    }

    /// A header with its seal.
    pub(super) fn put(prefix: &str, seal: &str) -> String {
        format!("{prefix}{SEAL}{seal}{END}")
    }

    /// The sealed part of a header, and its seal.
    pub(super) fn split(header: &str) -> Option<(&str, &str)> {
        let (prefix, seal) = header.strip_suffix(END)?.rsplit_once(SEAL)?;
        (seal.len() == 64).then_some((prefix, seal))
    }
}

fn packed(numbers: &NumberSet) -> String {
    if numbers.is_empty() { String::new() } else { BASE64.encode(pack(numbers.as_slice())) }
}

fn unpacked(text: &str) -> Option<NumberSet> {
    if text.is_empty() {
        return Some(NumberSet::new());
    }
    unpack(&BASE64.decode(text).ok()?).ok()
}

fn fingerprint(numbers: &NumberSet) -> String {
    let mut hash = Sha256::new();
    numbers.iter().map(Msisdn::value).for_each(|value| hash.update(value.to_be_bytes()));
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
