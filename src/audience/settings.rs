//! How rows become members, what comes of it, and why it may not.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use super::explaining::{Explain, Explanation};
use super::gathering::Gathering;
use super::papers::PaperError;
use super::suppression::Suppression;
use super::tally::Tally;
use super::waiting::WaitingError;
use crate::contacts::{ContactsError, Detection, Fingerprint, List};
use crate::numbers::{Msisdn, Normalizer, NumberSet, Region};

/// How rows become members.
pub struct Settings<'a> {
    /// Reads the cells.
    pub normalizer: &'a Normalizer,
    /// The region of rows that name none.
    pub region: Option<Region>,
    /// Whom nobody may write to.
    pub suppressed: &'a Suppression,
    /// Which groups the rows are for.
    pub routing: Routing,
    /// Whether the list's action column says what each row asks; without it, all rows add.
    pub actions: bool,
    /// Whether the verdicts show every number of a row, or its best.
    pub every_number: bool,
    /// Whether to gather everyone whom a rejected row may have meant. Takes memory for them.
    pub possible: bool,
    /// Which rows' way to their verdict is to be told.
    pub explain: Explain,
    /// Numbers that the provider has refused, with its words. The rows that brought them are rejected.
    pub refused: &'a BTreeMap<Msisdn, String>,
    /// How many threads may work.
    pub threads: NonZeroUsize,
    /// Set from elsewhere when nobody wants the answer any more.
    pub stop: &'a AtomicBool,
}

impl Settings<'_> {
    pub(super) fn routed(&self) -> bool {
        self.routing == Routing::Column
    }

    pub(super) fn refuses(&self, number: Msisdn) -> bool {
        !self.refused.is_empty() && self.refused.contains_key(&number)
    }
}

/// Which groups the rows are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// All rows for one group.
    One,
    /// Each row names its groups in the list's group column.
    Column,
}

/// The members that a list asks for.
pub struct Audience {
    /// The groups by name; under [`Routing::One`] one without a name.
    pub groups: Vec<AudienceMember>,
    /// Everyone whom a rejected row may have meant, if [`Settings::possible`].
    pub possible: NumberSet,
    /// What became of the rows.
    pub tally: Tally,
    /// The way of the rows that [`Settings::explain`] asks for.
    pub explained: Vec<Explanation>,
    /// What was found out about the list only while it was read, by file.
    pub found_late: Vec<(String, Detection)>,
    /// The files of which the list consists, in order.
    pub files: Vec<ReadFile>,
}

/// A file that was read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFile {
    /// Where it lies; what came by standard input and was not kept lies nowhere.
    pub path: Option<PathBuf>,
    /// What it was then, if [`crate::contacts::ReadOptions::fingerprints`].
    pub fingerprint: Option<Fingerprint>,
    /// Data rows.
    pub rows: u64,
}

impl ReadFile {
    /// The files of a list that was read to its end, given the rows of each.
    pub(super) fn of(list: &List, rows: &[u64]) -> Result<Vec<Self>, ContactsError> {
        let prints = list.fingerprints()?;
        let rows = |file: usize| rows.get(file).copied().unwrap_or(0);
        let file = |(file, path)| Self { path, fingerprint: prints.get(file).cloned(), rows: rows(file) };
        Ok(list.paths().into_iter().enumerate().map(file).collect())
    }
}

/// One group and its numbers, which are not in order yet: a list that is only checked never asks for that.
#[derive(Default)]
pub struct AudienceMember {
    /// The group's name as the list writes it; empty under [`Routing::One`].
    pub name: String,
    pub(super) gathering: Gathering,
}

impl AudienceMember {
    /// The group's numbers, put in order.
    #[must_use]
    pub fn into_numbers(self) -> ListedNumbers {
        self.gathering.into_numbers()
    }
}

/// What a list asks of one group.
#[derive(Debug, Default)]
pub struct ListedNumbers {
    /// The group's numbers.
    pub listed: NumberSet,
    /// Numbers that the list asks to remove from it. None of them is in `listed`: the last row wins.
    pub unlisted: NumberSet,
}

/// Why a list could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum AudienceError {
    /// The list itself.
    #[error(transparent)]
    Contacts(#[from] ContactsError),
    /// What is written down of it.
    #[error(transparent)]
    Paper(#[from] PaperError),
    /// What must be kept until the end of the list cannot be kept.
    #[error(transparent)]
    Waiting(#[from] WaitingError),
    /// A suppression list that suppresses nobody.
    #[error("the suppression list {file} holds no number")]
    NothingSuppressed {
        /// The list.
        file: String,
    },
    /// A group's name is no text.
    #[error("a group name in the list is not UTF-8")]
    GroupName,
    /// Someone asked to stop.
    #[error("stopped while the list was read; nothing was changed")]
    Interrupted,
}

impl AudienceError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Contacts(error) => error.hint(),
            Self::Paper(error) => error.hint(),
            Self::Waiting(_) => {
                Some("free some space in the folder for temporary files, or name another with TMPDIR".to_owned())
            }
            Self::NothingSuppressed { .. } => Some(
                "check that --suppress names the right file; national numbers in it are read only with --region or a \
                 column of regions"
                    .to_owned(),
            ),
            Self::GroupName => Some("name the list's encoding with --encoding".to_owned()),
            Self::Interrupted => None,
        }
    }
}
