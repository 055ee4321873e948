//! The tables, and the steps that bring an older file up to them.
//!
//! A step that has been released is never edited; a change is a step more. The file says in `user_version` how many
//! steps it has seen, and in `application_id` that it is a ledger at all.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::Fault;

/// `rlcl`, in the header of every ledger.
pub(super) const APPLICATION_ID: i32 = 0x726c_636c;

/// Each brings a file from the version of its position to the next.
pub(super) const STEPS: &[&str] = &[ONE, TWO, THREE];

/// What a file is, before anything of it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// As this program writes it.
    Current,
    /// To be brought up to date.
    Older,
    /// Written by a later program, at this version.
    Newer(i64),
    /// A database of somebody else's.
    Foreign,
    /// Nothing at all.
    Empty,
}

/// Looks at the header.
pub(super) fn age(connection: &Connection, steps: &[&str]) -> Result<Age, Fault> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION_ID {
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let empty = application == 0 && version == 0 && tables == 0;
        return Ok(if empty { Age::Empty } else { Age::Foreign });
    }
    let known = latest(steps);
    Ok(match version {
        _ if version > known => Age::Newer(version),
        _ if version == known => Age::Current,
        _ => Age::Older,
    })
}

/// The version after all steps.
pub(super) fn latest(steps: &[&str]) -> i64 {
    i64::try_from(steps.len()).unwrap_or(i64::MAX)
}

/// Takes the steps that the file has not seen, each whole or not at all.
pub(super) fn migrate(connection: &mut Connection, steps: &[&str]) -> Result<(), Fault> {
    for (version, step) in (0_i64..).zip(steps) {
        let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
        let seen: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if seen == version {
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", version + 1)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

/// All sets of numbers lie in the one table `numbers`, whomever they belong to (`run` for what a run noted, `plan` and
/// `chunk` for what is sent, `audience` for a baseline), so that finding or forgetting a number cannot miss a place.
/// The other two places are `leavers` and `refusals`, where each number has a row.
///
/// The states of chunks stand apart from their numbers: changing a row rewrites all its pages, and a state changes
/// several times. `turn` is the order in which they changed, as clocks are no order.
const ONE: &str = "
CREATE TABLE runs (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    command TEXT NOT NULL,
    account TEXT NOT NULL,
    reach TEXT NOT NULL,
    mode TEXT NOT NULL,
    state TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    exit INTEGER,
    undo_of TEXT,
    settings TEXT NOT NULL,
    report TEXT,
    trimmed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX runs_undo_of ON runs (undo_of) WHERE undo_of IS NOT NULL;

CREATE TABLE inputs (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    position INTEGER NOT NULL,
    path BLOB NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER,
    sha256 BLOB NOT NULL,
    rows INTEGER NOT NULL,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE audiences (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (account, name)
) STRICT;

CREATE TABLE audience_groups (
    audience INTEGER NOT NULL REFERENCES audiences ON DELETE CASCADE,
    position INTEGER NOT NULL,
    group_id TEXT NOT NULL,
    PRIMARY KEY (audience, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE baselines (
    audience INTEGER PRIMARY KEY REFERENCES audiences ON DELETE CASCADE,
    run TEXT NOT NULL,
    taken INTEGER NOT NULL
) STRICT;

CREATE TABLE leavers (
    audience INTEGER NOT NULL REFERENCES audiences ON DELETE CASCADE,
    number INTEGER NOT NULL,
    since INTEGER NOT NULL,
    run TEXT,
    how TEXT NOT NULL,
    PRIMARY KEY (audience, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE plans (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    audience INTEGER NOT NULL REFERENCES audiences,
    group_id TEXT,
    group_name TEXT,
    creation TEXT NOT NULL,
    mode TEXT NOT NULL,
    digest TEXT NOT NULL,
    members_before INTEGER NOT NULL,
    already INTEGER NOT NULL,
    gone INTEGER NOT NULL,
    joined INTEGER NOT NULL,
    held INTEGER NOT NULL,
    two_way INTEGER NOT NULL,
    adds INTEGER NOT NULL,
    removes INTEGER NOT NULL,
    rows INTEGER
) STRICT;
CREATE INDEX plans_run ON plans (run);
CREATE INDEX plans_audience ON plans (audience);

CREATE TABLE chunks (
    plan INTEGER NOT NULL REFERENCES plans ON DELETE CASCADE,
    number INTEGER NOT NULL,
    phase TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    turn INTEGER NOT NULL DEFAULT 0,
    words TEXT,
    absorbed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (plan, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX chunks_turn ON chunks (turn);

CREATE TABLE refusals (
    plan INTEGER NOT NULL REFERENCES plans ON DELETE CASCADE,
    number INTEGER NOT NULL,
    side TEXT NOT NULL,
    words TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (plan, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE numbers (
    id INTEGER PRIMARY KEY,
    run INTEGER REFERENCES runs ON DELETE CASCADE,
    plan INTEGER REFERENCES plans ON DELETE CASCADE,
    chunk INTEGER,
    audience INTEGER REFERENCES audiences ON DELETE CASCADE,
    role TEXT NOT NULL,
    count INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX numbers_run ON numbers (run) WHERE run IS NOT NULL;
CREATE INDEX numbers_plan ON numbers (plan, chunk) WHERE plan IS NOT NULL;
CREATE INDEX numbers_audience ON numbers (audience) WHERE audience IS NOT NULL;
";

/// Suppression lists are inputs, too.
const TWO: &str = "ALTER TABLE inputs ADD COLUMN role TEXT NOT NULL DEFAULT 'list'";

/// Audiences that are kept in several groups: how those are named. Null for an audience that is one group.
const THREE: &str = "ALTER TABLE audiences ADD COLUMN template TEXT;";
