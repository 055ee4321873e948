//! The database: where it is, who may read it, what is in it.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::super::Data;
use super::error::{StoreError, is_busy};

/// How long one process waits for another that writes.
const BUSY: Duration = Duration::from_secs(10);
/// How often opening is tried again while another process opens or closes the same file: `SQLite` does not always ask
/// its busy handler when the journal is set up or taken down.
const OPEN_ATTEMPTS: u32 = 100;
/// The pause between two attempts.
const OPEN_PAUSE: Duration = Duration::from_millis(50);

/// `PRAGMA application_id` of a sandbox's file: "rcsb".
const APPLICATION: i64 = 0x7263_7362;
/// `PRAGMA user_version`: the format below.
const FORMAT: i64 = 1;

/// `key` stands for a group in the other tables: eight bytes for each member instead of 26 more. `clock` is the
/// latest instant given out, in milliseconds since 1970: no two are the same, so that "newest first" is an order.
const TABLES: &str = "
    CREATE TABLE groups (
        key INTEGER PRIMARY KEY,
        plan TEXT NOT NULL,
        id TEXT NOT NULL UNIQUE,
        name TEXT,
        size INTEGER NOT NULL,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        auto_update TEXT
    ) STRICT;
    CREATE UNIQUE INDEX groups_by_age ON groups (plan, created DESC);
    CREATE TABLE members (
        grp INTEGER NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (grp, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE children (
        parent INTEGER NOT NULL,
        position INTEGER NOT NULL,
        child INTEGER NOT NULL,
        PRIMARY KEY (parent, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX children_by_child ON children (child);
    CREATE TABLE clock (last INTEGER NOT NULL) STRICT;
    INSERT INTO clock VALUES (0);
";

pub(super) fn open(data: &Data) -> Result<Connection, StoreError> {
    let Data::File(path) = data else {
        let mut connection = Connection::open_in_memory()?;
        prepare(&mut connection, Path::new(":memory:"))?;
        return Ok(connection);
    };
    make_private(path).map_err(|source| StoreError::File { path: path.clone(), source })?;
    let mut attempt = 1;
    loop {
        match try_open(path) {
            Err(StoreError::Database(error)) if is_busy(&error) && attempt < OPEN_ATTEMPTS => attempt += 1,
            done => return done,
        }
        std::thread::sleep(OPEN_PAUSE);
    }
}

fn try_open(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    prepare(&mut connection, path)?;
    // A killed process loses no answered request; the power going may lose the last few, never a part of one.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(connection)
}

/// Makes the tables in an empty database, or checks that it is ours.
fn prepare(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(32);
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|error| {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => StoreError::NotOurs(path.to_owned()),
            _ => StoreError::Database(error),
        }
    })?;
    let number = |sql| change.query_row(sql, (), |row| row.get::<_, i64>(0));
    let (application, format) = (number("PRAGMA application_id")?, number("PRAGMA user_version")?);
    let is_empty = number("SELECT count(*) FROM sqlite_schema")? == 0;
    match (application, format) {
        (APPLICATION, FORMAT) => {}
        (APPLICATION, found) => {
            return Err(StoreError::Newer { path: path.to_owned(), found, known: FORMAT });
        }
        (0, 0) if is_empty => {
            change.execute_batch(TABLES)?;
            change.pragma_update(None, "application_id", APPLICATION)?;
            change.pragma_update(None, "user_version", FORMAT)?;
        }
        _ => return Err(StoreError::NotOurs(path.to_owned())),
    }
    change.commit()?;
    Ok(())
}

/// Makes the file when missing; in either case only its owner may read it. `SQLite` gives its side files the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        let file = options.mode(0o600).open(path)?;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
        Ok(())
    }
    #[cfg(not(unix))]
    options.open(path).map(drop)
}
