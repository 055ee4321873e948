//! Runs: what was asked, when, of which account, and how it ended.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, named_params};
use serde::{Deserialize, Serialize};

use super::cells::{Count, Instant, unknown, words};
use super::error::Fault;
use super::{Ledger, LedgerError, RunFolder};

/// A run's name: that of its folder, which begins with the time (UTC), so that names sort by time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(String);

words! {
    /// How far a run has come.
    pub enum RunState ("run state") {
        /// It reads and plans; nothing is planned yet.
        Begun = "begun",
        /// Its plans are stored; nothing has been sent.
        Planned = "planned",
        /// It has begun to send. A run that was killed stays like this.
        Applying = "applying",
        /// It has stopped before everything was sent; the rest is kept.
        Incomplete = "incomplete",
        /// Everything was sent and took effect; the members were not read back.
        Applied = "applied",
        /// The members were read back and are as planned.
        Verified = "verified",
        /// The members were read back and are not as planned.
        Differs = "differs",
        /// Brakes or the person said no; nothing was sent.
        Refused = "refused",
        /// It has ended, and there is nothing to resume.
        Failed = "failed",
        /// Its rest will never be sent.
        Abandoned = "abandoned",
    }
}

impl RunState {
    /// Whether the rest of the run may be sent later.
    #[must_use]
    pub fn is_resumable(self) -> bool {
        match self {
            Self::Planned | Self::Applying | Self::Incomplete => true,
            Self::Begun
            | Self::Applied
            | Self::Verified
            | Self::Differs
            | Self::Refused
            | Self::Failed
            | Self::Abandoned => false,
        }
    }

    /// Whether all of the run took effect.
    #[must_use]
    pub fn is_applied(self) -> bool {
        match self {
            Self::Applied | Self::Verified | Self::Differs => true,
            Self::Begun
            | Self::Planned
            | Self::Applying
            | Self::Incomplete
            | Self::Refused
            | Self::Failed
            | Self::Abandoned => false,
        }
    }
}

/// How the run's account was reached, so that a later command can reach it again. Secrets have no place in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reach {
    /// `--sandbox`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
    /// The profile's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Everything before `/groups`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The file that the profile stands in, when it was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<PathBuf>,
}

/// A run that begins.
#[derive(Debug, Clone)]
pub struct NewRun<'a> {
    /// The run's folder's id.
    pub id: &'a RunId,
    /// The command, such as `import`.
    pub command: &'a str,
    /// The account's key, such as `sandbox/demo`.
    pub account: &'a str,
    /// How to reach the account again.
    pub reach: &'a Reach,
    /// The mode's stable name.
    pub mode: &'a str,
    /// The run that this one takes back.
    pub undo_of: Option<&'a RunId>,
    /// The settings that a resumed run needs.
    pub settings: &'a serde_json::Value,
}

/// A run as it is remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its name.
    pub id: RunId,
    /// The command.
    pub command: String,
    /// The account's key.
    pub account: String,
    /// How to reach the account again.
    pub reach: Reach,
    /// The mode's stable name.
    pub mode: String,
    /// How far it has come.
    pub state: RunState,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; a killed run never did.
    pub ended: Option<Timestamp>,
    /// Its exit code.
    pub exit: Option<u8>,
    /// The run that it takes back.
    pub undo_of: Option<RunId>,
    /// The newest run that has taken this one back.
    pub undone_by: Option<RunId>,
    /// The settings that it ran under.
    pub settings: serde_json::Value,
    /// Groups that it has plans for.
    pub plans: u64,
    /// Numbers that it was to add, over all groups.
    pub adds: u64,
    /// Numbers that it was to remove, over all groups.
    pub removes: u64,
    /// Whether its numbers were let go.
    pub trimmed: bool,
}

/// Which runs to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunFilter<'a> {
    /// Only runs on this account.
    pub account: Option<&'a str>,
    /// Only runs with a plan for the audience of this name.
    pub audience: Option<&'a str>,
    /// Only runs that can be resumed.
    pub resumable: bool,
    /// At most so many.
    pub limit: Option<u32>,
}

impl RunId {
    /// A name that no run has: the time (UTC) and eight random letters. With four, one in 457,000 pairs of runs that began
    /// in the same second had the same name.
    #[must_use]
    pub fn fresh() -> Self {
        let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
        let suffix: String = std::iter::repeat_with(fastrand::lowercase).take(8).collect();
        Self(format!("{now}-{suffix}"))
    }

    /// The name of a run, from its folder.
    #[must_use]
    pub fn of(folder: &RunFolder) -> Self {
        Self(folder.id().to_owned())
    }

    /// The name as text: letters, digits and dashes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

impl ToSql for RunId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for RunId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        // The name becomes a folder's: a damaged one must not lead elsewhere.
        let sound = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if sound { Ok(Self(text.to_owned())) } else { Err(unknown("run name")) }
    }
}

const RUN: &str = "
    SELECT id, command, account, reach, mode, state, started, ended, exit, undo_of, settings, trimmed,
           (SELECT count(*) FROM plans WHERE run = seq),
           (SELECT coalesce(sum(adds), 0) FROM plans WHERE run = seq),
           (SELECT coalesce(sum(removes), 0) FROM plans WHERE run = seq),
           (SELECT id FROM runs AS undo WHERE undo.undo_of = runs.id AND undo.state IN ('applied', 'verified')
            ORDER BY seq DESC LIMIT 1)
    FROM runs";

fn run_of(row: &Row<'_>) -> rusqlite::Result<Run> {
    let json = |index: usize| row.get::<_, String>(index);
    Ok(Run {
        id: row.get(0)?,
        command: row.get(1)?,
        account: row.get(2)?,
        reach: parsed(&json(3)?, 3)?,
        mode: row.get(4)?,
        state: row.get(5)?,
        started: row.get::<_, Instant>(6)?.0,
        ended: row.get::<_, Option<Instant>>(7)?.map(|at| at.0),
        exit: row.get(8)?,
        undo_of: row.get(9)?,
        settings: parsed(&json(10)?, 10)?,
        trimmed: row.get(11)?,
        plans: row.get::<_, Count>(12)?.0,
        adds: row.get::<_, Count>(13)?.0,
        removes: row.get::<_, Count>(14)?.0,
        undone_by: row.get(15)?,
    })
}

fn parsed<T: serde::de::DeserializeOwned>(text: &str, column: usize) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|_| {
        let why = super::cells::Unknown("form of settings");
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(why))
    })
}

/// The run's place in the order of beginning, which is what other tables call it by.
pub(super) fn seq(connection: &Connection, run: &RunId) -> Result<i64, Fault> {
    let found = connection.prepare_cached("SELECT seq FROM runs WHERE id = ?1")?.query_row([run], |row| row.get(0));
    found.optional()?.ok_or_else(|| LedgerError::NoRun(run.0.clone()).into())
}

/// As [`seq`], for a run whose numbers are still kept.
pub(super) fn kept_seq(connection: &Connection, run: &RunId) -> Result<i64, Fault> {
    let seq = seq(connection, run)?;
    let trimmed: bool =
        connection.prepare_cached("SELECT trimmed FROM runs WHERE seq = ?1")?.query_row([seq], |row| row.get(0))?;
    if trimmed { Err(LedgerError::Trimmed(run.0.clone()).into()) } else { Ok(seq) }
}

impl Ledger {
    /// Remembers that a run has begun.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn begin_run(&self, run: &NewRun<'_>) -> Result<(), LedgerError> {
        let reach = serde_json::to_string(run.reach).map_err(|_| LedgerError::OutOfOrder("a path that is no text"))?;
        self.write(|connection| {
            connection.execute(
                "INSERT INTO runs (id, command, account, reach, mode, state, started, undo_of, settings)
                 VALUES (:id, :command, :account, :reach, :mode, :state, :started, :undo_of, :settings)",
                named_params! {
                    ":id": run.id,
                    ":command": run.command,
                    ":account": run.account,
                    ":reach": reach,
                    ":mode": run.mode,
                    ":state": RunState::Begun,
                    ":started": Instant::now(),
                    ":undo_of": run.undo_of,
                    ":settings": run.settings.to_string(),
                },
            )?;
            Ok(())
        })
    }

    /// Remembers how a run has ended. A run that is resumed ends again.
    ///
    /// # Errors
    /// When the ledger cannot be written, or knows no such run.
    pub fn end_run(&self, run: &RunId, state: RunState, exit: u8, report: &str) -> Result<(), LedgerError> {
        self.write(|connection| {
            let seq = seq(connection, run)?;
            connection.execute(
                "UPDATE runs SET state = ?2, exit = ?3, report = ?4, ended = ?5 WHERE seq = ?1",
                (seq, state, exit, report, Instant::now()),
            )?;
            Ok(())
        })
    }

    /// Remembers that the rest of a run will never be sent.
    ///
    /// # Errors
    /// When the ledger cannot be written, or knows no such run; when there is no rest.
    pub fn abandon_run(&self, run: &RunId) -> Result<(), LedgerError> {
        self.write(|connection| {
            let seq = seq(connection, run)?;
            let state: RunState =
                connection.query_row("SELECT state FROM runs WHERE seq = ?1", [seq], |row| row.get(0))?;
            if !state.is_resumable() {
                return Err(LedgerError::OutOfOrder("a run without a rest was to be abandoned").into());
            }
            connection.execute("UPDATE runs SET state = ?2 WHERE seq = ?1", (seq, RunState::Abandoned))?;
            Ok(())
        })
    }

    /// Runs, newest first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn runs(&self, filter: RunFilter<'_>) -> Result<Vec<Run>, LedgerError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(&format!(
                "{RUN}
                 WHERE (:account IS NULL OR account = :account)
                   AND (:audience IS NULL OR seq IN (
                       SELECT plans.run FROM plans JOIN audiences ON audiences.id = plans.audience
                       WHERE audiences.name = :audience))
                   AND (NOT :resumable OR state IN (:planned, :applying, :incomplete))
                 ORDER BY seq DESC LIMIT :limit"
            ))?;
            let runs = select.query_map(
                named_params! {
                    ":account": filter.account,
                    ":audience": filter.audience,
                    ":resumable": filter.resumable,
                    ":planned": RunState::Planned,
                    ":applying": RunState::Applying,
                    ":incomplete": RunState::Incomplete,
                    ":limit": filter.limit.map_or(-1, i64::from),
                },
                run_of,
            )?;
            Ok(runs.collect::<Result<_, _>>()?)
        })
    }

    /// The run that a person means: its id, the beginning of it, or its last letters.
    ///
    /// # Errors
    /// When the text fits none or several, or the ledger cannot be read.
    pub fn find_run(&self, text: &str) -> Result<Run, LedgerError> {
        self.read(|connection| {
            let mut select = connection.prepare(&format!(
                "{RUN} WHERE length(:text) > 0 AND (substr(id, 1, length(:text)) = :text OR substr(id, -length(:text)) = :text)
                 ORDER BY id"
            ))?;
            let mut runs =
                select.query_map(named_params! { ":text": text }, run_of)?.collect::<Result<Vec<Run>, _>>()?;
            if let Some(exact) = runs.iter().position(|run| run.id.as_str() == text) {
                return Ok(runs.swap_remove(exact));
            }
            match (runs.pop(), runs.is_empty()) {
                (None, _) => Err(LedgerError::NoRun(text.to_owned()).into()),
                (Some(run), true) => Ok(run),
                (Some(last), false) => {
                    let ids = runs.iter().chain([&last]).map(|run| run.id.0.clone()).collect();
                    Err(LedgerError::ManyRuns { text: text.to_owned(), ids }.into())
                }
            }
        })
    }

    /// The JSON report of a run's last end.
    ///
    /// # Errors
    /// When the ledger cannot be read, or knows no such run.
    pub fn report(&self, run: &RunId) -> Result<Option<String>, LedgerError> {
        self.read(|connection| {
            let seq = seq(connection, run)?;
            Ok(connection.query_row("SELECT report FROM runs WHERE seq = ?1", [seq], |row| row.get(0))?)
        })
    }
}
