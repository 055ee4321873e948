//! The report of one command: the figures that people and scripts read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde::{Deserialize, Serialize};

use super::{ForgottenReport, PaceReport};
use crate::audience::{Explanation, Suppression, Tally};
use crate::numbers::Census;
use crate::plan::brakes::{BrakeVerdict, Limit};
use crate::plan::{Cost, Mode};

/// Counts by name.
pub type Figures = BTreeMap<String, u64>;

/// Everything that a command has to say. Its JSON form is a contract: fields are added, never renamed. What an older
/// program has written can be read, and what a field is not said to be is nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// The format's version, 1.
    pub format: u32,
    /// The command.
    pub command: Cow<'static, str>,
    /// When the command began, to the second.
    pub started: Option<Timestamp>,
    /// The account's key, such as `sandbox/demo`; none for a command that asks nobody.
    pub account: Option<String>,
    /// The run's id; none for a command that changes nothing.
    pub run: Option<String>,
    /// How the list relates to the groups.
    pub mode: Option<Mode>,
    /// Whether it was only shown what would happen.
    pub dry_run: bool,
    /// Whether nothing was done, as nothing can have changed since the last time.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub skipped: bool,
    /// One entry for each group.
    pub groups: Vec<GroupReport>,
    /// Rows by outcome.
    pub rows: RowReport,
    /// Rejected rows by reason.
    pub rejected_by_reason: Figures,
    /// Repairs and marks by name.
    pub repairs: Figures,
    /// Numbers in groups that some rows ask to add and others to remove; the last row has won.
    pub superseded: u64,
    /// What the suppression lists hold; none without such lists.
    pub suppression: Option<SuppressionReport>,
    /// What somebody should know before the numbers are written to.
    pub warnings: Vec<String>,
    /// Groups that earlier runs of this list have filled, and that it does not name any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unnamed: Vec<String>,
    /// Accepted numbers by region.
    pub by_region: Figures,
    /// Accepted numbers by type.
    pub by_type: Figures,
    /// Numbers in groups.
    pub members: MemberReport,
    /// The members of the groups by region, as last read.
    pub members_by_region: Figures,
    /// The members of the groups by type, as last read.
    pub members_by_type: Figures,
    /// Requests to the provider.
    pub requests: RequestReport,
    /// The requests over time.
    pub pace: PaceReport,
    /// What carrying out the plan will cost; only of a saved plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// Groups that have changed since the plan was made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<MovedReport>,
    /// Whether the members were read back as planned; none when they were not read back.
    pub verified: Option<bool>,
    /// What each brake said.
    pub brakes: Vec<BrakeReport>,
    /// The digest of the plan, 64 hexadecimal digits.
    pub digest: Option<String>,
    /// Files that were written.
    pub files: FileReport,
    /// What was found out about the list, and how.
    pub detected: Vec<DetectionReport>,
    /// The run that is taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_of: Option<String>,
    /// Numbers of the run that is taken back that are left as they are, by reason.
    #[serde(skip_serializing_if = "Figures::is_empty")]
    pub kept: Figures,
    /// What was forgotten on this machine; none where that was not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<ForgottenReport>,
    /// The way of the rows that somebody has asked about. Holds numbers.
    #[serde(skip_serializing_if = "Vec::is_empty", skip_deserializing)]
    pub explained: Vec<Explanation>,
    /// How long it took.
    pub seconds: f64,
    /// The exit code.
    pub exit: u8,
}

/// What became of one group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupReport {
    /// The group's id; none while it has not been made.
    pub id: Option<String>,
    /// Its name, when it has one.
    pub name: Option<String>,
    /// The audience that it is one of several groups of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Whether this run made it.
    pub created: bool,
    /// Whether it was deleted in the end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// Whether somebody changed it every time it was read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub changed_while_read: bool,
    /// What was set of it besides its members: `name`, `auto_update`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Cow<'static, str>>,
    /// Members before.
    pub before: u64,
    /// Numbers added.
    pub added: u64,
    /// Numbers removed.
    pub removed: u64,
    /// Members after, as read back; none when they were not.
    pub after: Option<u64>,
    /// Numbers that the plan adds.
    pub to_add: u64,
    /// Numbers that the plan removes.
    pub to_remove: u64,
    /// Numbers that joined by themselves while we worked.
    pub joined: u64,
    /// Numbers that left by themselves while we worked.
    pub left: u64,
    /// Members of ours who were found to have left since the run before.
    pub new_leavers: u64,
    /// What went wrong, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// Rows by outcome: `read` is the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is the outcome's name")]
pub struct RowReport {
    pub read: u64,
    pub accepted: u64,
    pub duplicate: u64,
    pub suppressed: u64,
    pub rejected: u64,
}

/// What the suppression lists hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SuppressionReport {
    /// How many lists.
    pub lists: u64,
    /// Numbers that they could mean.
    pub numbers: u64,
    /// Rows that mean no number, or are damaged.
    pub rejects: u64,
}

/// Numbers in groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MemberReport {
    /// Numbers that the plan adds.
    pub to_add: u64,
    /// Numbers that the plan removes.
    pub to_remove: u64,
    /// Numbers that were added.
    pub added: u64,
    /// Numbers that were removed.
    pub removed: u64,
    /// Numbers of the list for which nothing had to be done.
    pub already: u64,
    /// Numbers of the list that were not added because they have left.
    pub left: u64,
    /// Members whom no list has named, and who were kept.
    pub joined: u64,
    /// Members that were kept because a rejected row may have meant them.
    pub held: u64,
    /// Numbers that the provider did not take.
    pub refused: u64,
}

/// Requests to the provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestReport {
    /// Requests sent, repeats included.
    pub sent: u64,
    /// Requests that were repeats.
    pub retried: u64,
    /// Answers that asked us to slow down.
    pub throttled: u64,
    /// Calls that failed for good.
    pub failed: u64,
}

impl RequestReport {
    /// Those to this account and those to another.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            retried: self.retried + other.retried,
            throttled: self.throttled + other.throttled,
            failed: self.failed + other.failed,
        }
    }
}

/// What happened to a group since a plan was made against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedReport {
    /// The group's name or id.
    pub group: String,
    /// Members now who were none then.
    pub joined: u64,
    /// Members then who are none now.
    pub left: u64,
    /// Of both and of those known to have opted out, those whom the plan would have added or removed.
    pub touched: u64,
}

/// What one brake said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BrakeReport {
    /// The brake's stable name.
    pub name: Cow<'static, str>,
    /// The group that it looked at; none for a brake that looks at the whole list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The figure it looked at.
    pub value: u64,
    /// Where it trips: a count, or a share such as `"20%"`.
    pub limit: LimitReport,
    /// Whether it tripped.
    pub tripped: bool,
    /// The figures in words, of a brake that has tripped; empty otherwise, as they tell what is too much.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The flag that moves it.
    pub flag: Cow<'static, str>,
}

/// A limit as scripts read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each variant is the form's name")]
pub enum LimitReport {
    Count(u64),
    Share(String),
}

/// Files that were written.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is the file's name")]
pub struct FileReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejects: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clean: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// Something that was found out about the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetectionReport {
    /// The file.
    pub file: String,
    /// What it is: `delimiter`, `encoding`, `header`, `phone column`, …
    pub what: String,
    /// What was found.
    pub value: String,
    /// Why.
    pub evidence: String,
}

impl Report {
    /// An empty report of a command that begins now.
    #[must_use]
    pub fn new(command: &'static str) -> Self {
        let second = TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Trunc);
        let started = Timestamp::now().round(second).ok();
        Self { format: 1, command: command.into(), started, ..Self::default() }
    }

    /// Takes over what was counted while the list was read.
    pub fn set_tally(&mut self, tally: &Tally) {
        let rows = &tally.rows;
        self.rows = RowReport {
            read: rows.read,
            accepted: rows.accepted,
            duplicate: rows.duplicate,
            suppressed: rows.suppressed,
            rejected: rows.rejected,
        };
        self.rejected_by_reason = named(&tally.reasons);
        self.repairs = named(&tally.marks);
        self.superseded = tally.superseded;
        self.by_region = named(&tally.regions);
        self.by_type = named(&tally.types);
    }

    /// Takes over who the members of the groups are.
    pub fn set_members(&mut self, census: &Census) {
        self.members_by_region = named(&census.regions);
        self.members_by_type = named(&census.types);
    }

    /// Takes over what the suppression lists hold.
    pub fn set_suppression(&mut self, suppression: &Suppression) {
        self.suppression = (suppression.lists > 0).then(|| SuppressionReport {
            lists: suppression.lists,
            numbers: u64::try_from(suppression.numbers().len()).unwrap_or(u64::MAX),
            rejects: suppression.rejects,
        });
    }

    /// Takes over what the brakes said.
    pub fn add_brakes(&mut self, verdicts: &[BrakeVerdict]) {
        self.brakes.extend(verdicts.iter().map(|verdict| BrakeReport {
            name: verdict.name.into(),
            group: verdict.group.clone(),
            value: verdict.value,
            limit: match verdict.limit {
                Limit::Count(count) => LimitReport::Count(count),
                Limit::Percent(_) => LimitReport::Share(verdict.limit.to_string()),
            },
            tripped: verdict.tripped,
            message: if verdict.tripped { verdict.message.clone() } else { String::new() },
            flag: verdict.flag.into(),
        }));
    }

    /// Whether nothing has been changed: the groups are as they would be.
    #[must_use]
    pub fn is_planned(&self) -> bool {
        self.dry_run || self.groups.iter().all(|group| group.after.is_none())
    }

    /// Whether some of the change is left to do.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        matches!(self.exit, 5 | 130)
    }

    /// What lets through the plan that brakes have stopped as a whole; none where they have not.
    #[must_use]
    pub fn way_past_brakes(&self) -> Option<String> {
        let braked = self.is_planned() && self.brakes.iter().any(|brake| brake.tripped);
        let digest = self.digest.as_ref().filter(|_| braked)?;
        let command = if self.command == "plan" { "`rollcall apply FILE --override " } else { "`--override " };
        Some(format!("{command}{digest}` lets exactly this plan through"))
    }

    /// The JSON form, indented, with a line end.
    ///
    /// # Errors
    /// Never in practice: all fields are plain.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Reads the JSON form again, but for the rows that somebody has asked about.
    ///
    /// # Errors
    /// When it is no report.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

fn named<K: ToString>(counts: &BTreeMap<K, u64>) -> Figures {
    counts.iter().map(|(name, count)| (name.to_string(), *count)).collect()
}
