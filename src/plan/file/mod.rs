//! A plan as a file: written for review, applied later, by somebody else, or on another machine.
//!
//! Receives plans and what they were made from; yields them again, or says why the file is not what was written. Knows
//! nothing of accounts that can be talked to and of whether a plan still fits its group.
//!
//! A file is lines of JSON. A plan for several groups is a section for each, one after another. A section begins with
//! its header, followed by one line for each change, additions first, each kind in ascending order:
//!
//! ```text
//! {"format":1,"account":"sandbox/demo","group":{"id":"01H…","name":"News"},"mode":"sync","digest":"…",…,"seal":"…"}
//! {"add":"+12125550100"}
//! {"remove":"+12125550199"}
//! ```
//!
//! The digest says which change this is. The seal, always the header's last field, is the SHA-256 of the section's bytes
//! before it and below it, with a line feed after each line: whatever is edited shows. It is no signature: who wants to
//! be sure of the author keeps the digest apart from the file.

mod header;
mod read;
mod verdict;
mod write;

use std::io;
use std::num::NonZeroUsize;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::brakes::BrakeVerdict;
use super::{Digest, Plan};
use crate::numbers::NumberSet;

/// The newest format that is known. Format 0, of the first previews, had no seal and only the fields without which
/// nothing can be applied; it is still read. Format 1 is one group a section. Format 2, which is written only where it
/// is needed, has audiences in several groups: whoever took their sections for single groups would take members of the
/// one for leavers of the other.
const FORMAT: u32 = 2;

/// Everything that was planned at once.
#[derive(Debug, Clone)]
pub struct PlanFile {
    /// A section for each group; at least one.
    pub sections: Vec<Section>,
}

/// The plan of one group, and what it was made from.
#[derive(Debug, Clone)]
pub struct Section {
    /// What would change.
    pub plan: Plan,
    /// The name under which the group is remembered.
    pub audience: String,
    /// How the audience's groups are named, when it is kept in several: then the sections of all of them stand together.
    pub spread: Option<String>,
    /// The members that the plan was made against, without those that child groups bring.
    pub live: NumberSet,
    /// The numbers that the list names.
    pub listed: NumberSet,
    /// Rows of the list, where they are known.
    pub rows: Option<u64>,
    /// Whether those who have left were to be added again.
    pub readd_left: bool,
    /// What the brakes have said: of this group; in the first section, of the rows as well.
    pub verdicts: Vec<BrakeVerdict>,
    /// How it is to be sent.
    pub sending: Sending,
    /// What it will cost.
    pub cost: Cost,
    /// When it was made.
    pub made: Option<Timestamp>,
}

/// How the changes of a plan are to be cut into requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// Numbers in one request, 1 to 10,000.
    pub chunk_size: NonZeroUsize,
    /// Members that a group holds.
    pub group_limit: u64,
    /// Whether all of a group's change goes in one request.
    pub atomic: bool,
}

/// What carrying out a plan will cost, if nothing has to be repeated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Requests, those that only read included.
    pub requests: u64,
    /// Seconds, at the rate that was set when it was planned.
    pub seconds: f64,
}

/// Why a file is no plan that can be applied.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the messages show")]
pub enum PlanFileError {
    /// The file could not be read.
    #[error("the plan cannot be read")]
    Unreadable(#[source] io::Error),
    /// The packed file could not be unpacked.
    #[error("the plan cannot be unpacked: it was damaged or cut short")]
    Packing,
    /// The first line is no header.
    #[error("this is no plan file")]
    Foreign,
    /// A later program has written it.
    #[error("the plan is of format {found}, and this program knows formats up to {known}")]
    Newer { found: u64, known: u32 },
    /// A line that no program has written.
    #[error("line {line} of the plan {what}")]
    Line { line: usize, what: &'static str },
    /// The lines are well-formed, but not those that were written.
    #[error("the plan was edited: {what} (the section that begins in line {line})")]
    Edited { line: usize, what: &'static str },
    /// Lines are missing at the end.
    #[error("the plan ends after line {line}, and there is more to come")]
    Cut { line: usize },
}

impl PlanFileError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Unreadable(_) => return None,
                Self::Foreign => "name a file that `rollcall plan -o FILE` has written",
                Self::Newer { .. } => "apply it with the rollcall that has made it, or a later one",
                Self::Packing | Self::Line { .. } | Self::Edited { .. } | Self::Cut { .. } => {
                    "a plan is applied exactly as it was made, or not at all: make it again with `rollcall plan`"
                }
            }
            .to_owned(),
        )
    }
}

impl Section {
    /// The plan, and the name of its audience where that is not one group.
    #[must_use]
    pub fn named(&self) -> (&Plan, Option<&str>) {
        (&self.plan, self.spread.as_ref().map(|_| self.audience.as_str()))
    }

    /// Whether both are of one audience.
    #[must_use]
    pub fn is_beside(&self, other: &Self) -> bool {
        self.spread.is_some() && (&self.spread, &self.audience) == (&other.spread, &other.audience)
    }
}

impl PlanFile {
    /// The digest of the whole: what `--digest` and `--override` name.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_all(&self.sections.iter().map(|section| &section.plan).collect::<Vec<_>>())
    }

    /// What all of it will cost.
    #[must_use]
    pub fn cost(&self) -> Cost {
        let add = |sum: Cost, section: &Section| Cost {
            requests: sum.requests + section.cost.requests,
            seconds: sum.seconds + section.cost.seconds,
        };
        self.sections.iter().fold(Cost::default(), add)
    }
}

#[cfg(test)]
mod tests;
