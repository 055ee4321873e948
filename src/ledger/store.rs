//! The file: made once, opened by many, read and written in transactions.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::error::{Fault, LedgerError};
use super::schema::{self, Age};
use super::{StateError, StateFolder, whole};

/// How long another process is waited for. A plan of a million numbers holds the file for about a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is remembered on this machine. Shared by reference between threads; each call is one transaction, and what a
/// call has written when it returns survives the process and the power.
pub struct Ledger {
    connection: Mutex<Connection>,
    path: PathBuf,
    state: StateFolder,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Ledger {
    /// Opens the ledger of a state folder, making it when there is none and bringing an older one up to date.
    ///
    /// # Errors
    /// When the file is damaged, of a later version or not a ledger; when it cannot be made, read or written.
    pub fn open(state: &StateFolder) -> Result<Self, LedgerError> {
        Self::open_with(state, schema::STEPS)
    }

    fn open_with(state: &StateFolder, steps: &[&str]) -> Result<Self, LedgerError> {
        let path = state.path().join("ledger.sqlite");
        if !exists(&path)? {
            let _alone = alone(state)?;
            if !exists(&path)? {
                make(&path, steps).map_err(|fault| fault.about(&path))?;
            }
        }
        keep_private(&path)?;
        let about = |fault: Fault| fault.about(&path);
        let mut connection = connect(&path).map_err(about)?;
        whole::ends_whole(&connection, &path).map_err(about)?;
        match schema::age(&connection, steps).map_err(about)? {
            Age::Current => {}
            Age::Older => {
                let _alone = alone(state)?;
                schema::migrate(&mut connection, steps).map_err(about)?;
            }
            Age::Newer(found) => return Err(LedgerError::Newer { path, found, known: schema::latest(steps) }),
            Age::Foreign => return Err(LedgerError::Foreign { path }),
            Age::Empty => return Err(LedgerError::Damaged { path, detail: "the file is empty".to_owned() }),
        }
        Ok(Self { connection: Mutex::new(connection), path, state: state.clone() })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn state(&self) -> &StateFolder {
        &self.state
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic in the middle of a call has rolled its transaction back: the connection is as good as before.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One consistent look.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, LedgerError> {
        self.transact(TransactionBehavior::Deferred, work)
    }

    /// One change, whole or not at all, and durable when this returns.
    pub(super) fn write<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, LedgerError> {
        self.transact(TransactionBehavior::Immediate, work)
    }

    fn transact<T>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, LedgerError> {
        let mut connection = self.connection();
        let result = Transaction::new(&mut connection, behavior).map_err(Fault::from).and_then(|transaction| {
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        });
        result.map_err(|fault| fault.about(&self.path))
    }

    /// Work that stands outside of any transaction.
    pub(super) fn bare<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, LedgerError> {
        work(&self.connection()).map_err(|fault| fault.about(&self.path))
    }
}

/// Makes the file beside its place and puts it there when it is whole: a ledger that is there and empty has been
/// damaged, and is never mistaken for a new one.
fn make(path: &Path, steps: &[&str]) -> Result<(), Fault> {
    let young = path.with_extension("sqlite.new");
    let failed = |source| StateError { path: young.clone(), source };
    // A journal that an earlier attempt left behind would be rolled back into the new file.
    for leftover in beside(&young, &["", "-journal", "-wal", "-shm"]) {
        match std::fs::remove_file(&leftover) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(StateError { path: leftover, source }.into()),
        }
    }
    // The database gives its -wal and -shm files the mode of the file itself.
    drop(OpenOptions::new().create_new(true).write(true).mode(0o600).open(&young).map_err(failed)?);
    let mut connection = open_file(&young)?;
    // Both must stand before the first table does.
    connection.pragma_update(None, "auto_vacuum", "incremental")?;
    connection.pragma_update(None, "secure_delete", true)?;
    schema::migrate(&mut connection, steps)?;
    connection.close().map_err(|(_, error)| error)?;
    std::fs::rename(&young, path).map_err(failed)?;
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(())
}

fn open_file(path: &Path) -> Result<Connection, Fault> {
    // The mutex around the connection does what the database's own would.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// Opens the file and says how it is to be treated; see the room's page for why.
fn connect(path: &Path) -> Result<Connection, Fault> {
    let connection = open_file(path)?;
    if connection.is_readonly("main")? {
        return Err(LedgerError::ReadOnly { path: path.to_owned() }.into());
    }
    let journal: String = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if !journal.eq_ignore_ascii_case("wal") {
        let source = io::Error::new(io::ErrorKind::Unsupported, "the folder's file system cannot share memory");
        return Err(LedgerError::Unusable { path: path.to_owned(), source }.into());
    }
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    // Nothing of it may lie in files elsewhere, not even for a moment.
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Keeps other processes from making or changing the tables; let go when dropped, and when the process ends.
fn alone(state: &StateFolder) -> Result<File, StateError> {
    let path = state.folder("locks")?.join("ledger");
    let failed = |source| StateError { path: path.clone(), source };
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

fn exists(path: &Path) -> Result<bool, StateError> {
    path.try_exists().map_err(|source| StateError { path: path.to_owned(), source })
}

/// Takes from others what they should never have been given. The files are never opened for this: closing a file lets
/// go of all locks that this process, and so the database in it, holds on it.
fn keep_private(path: &Path) -> Result<(), StateError> {
    for path in beside(path, &["", "-wal", "-shm"]) {
        let failed = |source| StateError { path: path.clone(), source };
        match std::fs::metadata(&path) {
            Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                std::fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(failed)?;
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(())
}

/// The file's name with other endings.
fn beside(path: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let named = |ending: &&str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    endings.iter().map(named).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::super::{Audience, Homes, How, Leaver};
    use super::*;
    use crate::groups::GroupId;
    use crate::numbers::Msisdn;

    fn room() -> (tempfile::TempDir, StateFolder) {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        (folder, state)
    }

    fn leavers(count: u64) -> Vec<Leaver> {
        let since = jiff::Timestamp::UNIX_EPOCH;
        let leaver = |number| Leaver { number, since, run: None, how: How::Imported };
        (1..=count).filter_map(Msisdn::from_value).map(leaver).collect()
    }

    fn audience() -> Audience {
        Audience::new("sandbox/demo", "news")
    }

    fn tables(ledger: &Ledger) -> Vec<String> {
        ledger
            .read(|connection| {
                let mut select =
                    connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
                let names = select.query_map([], |row| row.get(0))?;
                Ok(names.collect::<Result<_, _>>()?)
            })
            .unwrap()
    }

    /// The released steps, and one that is not.
    fn with(step: &'static str) -> Vec<&'static str> {
        schema::STEPS.iter().copied().chain([step]).collect()
    }

    #[test]
    fn an_older_file_is_brought_up_to_date_and_a_newer_one_refused() {
        let (_folder, state) = room();
        let ledger = Ledger::open(&state).unwrap();
        ledger.add_leavers(&audience(), &leavers(3)).unwrap();
        let before = tables(&ledger);
        drop(ledger);
        let steps = with("CREATE TABLE later (a INTEGER) STRICT; INSERT INTO later SELECT number FROM leavers;");
        let ledger = Ledger::open_with(&state, &steps).unwrap();
        let copied: i64 = ledger
            .read(|connection| Ok(connection.query_row("SELECT sum(a) FROM later", [], |row| row.get(0))?))
            .unwrap();
        assert_eq!(copied, 6);
        assert_eq!(tables(&ledger).len(), before.len() + 1);
        drop(ledger);
        let ledger = Ledger::open_with(&state, &steps).unwrap();
        assert_eq!(ledger.leavers(&audience()).unwrap(), leavers(3), "no step is taken twice");
        drop(ledger);
        let known = schema::latest(schema::STEPS);
        let error = Ledger::open(&state).unwrap_err();
        assert!(
            matches!(error, LedgerError::Newer { found, known: k, .. } if (found, k) == (known + 1, known)),
            "{error}"
        );
    }

    #[test]
    fn a_file_of_before_audiences_had_several_groups_is_brought_up_to_date() {
        let (_folder, state) = room();
        let first = schema::STEPS.get(..2).unwrap();
        let ledger = Ledger::open_with(&state, first).unwrap();
        ledger.add_leavers(&audience(), &leavers(3)).unwrap();
        drop(ledger);
        let ledger = Ledger::open(&state).unwrap();
        assert_eq!(ledger.homes(&audience()).unwrap(), Homes::default());
        let homes = Homes { template: Some("{name}-{number}".to_owned()), groups: vec![GroupId::new("A")] };
        ledger.keep_homes(&audience(), &homes, &[]).unwrap();
        assert_eq!((ledger.homes(&audience()).unwrap(), ledger.leavers(&audience()).unwrap()), (homes, leavers(3)));
    }

    #[test]
    fn a_step_that_fails_has_changed_nothing() {
        let (_folder, state) = room();
        let before = tables(&Ledger::open(&state).unwrap());
        let steps = with("CREATE TABLE later (a INTEGER) STRICT; INSERT INTO later VALUES ('no figure');");
        let error = Ledger::open_with(&state, &steps).unwrap_err();
        assert!(matches!(error, LedgerError::Internal { .. }), "{error}");
        assert_eq!(tables(&Ledger::open(&state).unwrap()), before);
    }

    #[test]
    fn a_full_disk_is_named_and_what_was_there_is_still_there() {
        let (_folder, state) = room();
        let ledger = Ledger::open(&state).unwrap();
        ledger.add_leavers(&audience(), &leavers(3)).unwrap();
        let limit = |pages: i64| {
            ledger.bare(|connection| {
                Ok(connection.pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0))?)
            })
        };
        limit(1).unwrap();
        let error = ledger.add_leavers(&audience(), &leavers(100_000)).unwrap_err();
        assert!(matches!(error, LedgerError::Full { .. }), "{error}");
        assert!(error.hint().is_some());
        assert_eq!(ledger.leavers(&audience()).unwrap(), leavers(3));
        limit(1_000_000).unwrap();
        assert_eq!(ledger.add_leavers(&audience(), &leavers(1_000)).unwrap(), 997);
    }

    #[test]
    fn a_look_that_keeps_traces_is_told_and_the_next_try_wipes_them() {
        let (_folder, state) = room();
        let (ledger, reader) = (Ledger::open(&state).unwrap(), Ledger::open(&state).unwrap());
        ledger.add_leavers(&audience(), &leavers(3)).unwrap();
        let number = Msisdn::from_value(2).unwrap();
        let look = |sql| reader.bare(|connection| Ok(connection.execute_batch(sql)?)).unwrap();
        look("BEGIN; SELECT count(*) FROM leavers;");
        ledger.bare(|connection| Ok(connection.busy_timeout(Duration::ZERO)?)).unwrap();
        let error = ledger.forget(number).unwrap_err();
        assert!(matches!(error, LedgerError::Traces { .. }), "{error}");
        assert!(error.hint().is_some());
        assert_eq!(ledger.leavers(&audience()).unwrap().len(), 2);
        look("COMMIT");
        assert!(ledger.forget(number).unwrap().is_nothing());
        let log = state.path().join("ledger.sqlite-wal");
        assert_eq!(std::fs::metadata(log).unwrap().len(), 0);
    }

    #[test]
    fn a_file_that_others_keep_busy_is_named() {
        let (_folder, state) = room();
        let (ledger, writer) = (Ledger::open(&state).unwrap(), Ledger::open(&state).unwrap());
        writer.bare(|connection| Ok(connection.execute_batch("BEGIN IMMEDIATE")?)).unwrap();
        ledger.bare(|connection| Ok(connection.busy_timeout(Duration::ZERO)?)).unwrap();
        let error = ledger.add_leavers(&audience(), &leavers(1)).unwrap_err();
        assert!(matches!(error, LedgerError::Busy { .. }), "{error}");
        assert_eq!(ledger.leavers(&audience()).unwrap(), [], "looking is possible all the same");
    }

    #[test]
    fn nothing_that_is_shown_holds_a_number() {
        let (_folder, state) = room();
        let ledger = Ledger::open(&state).unwrap();
        let number = Msisdn::from_value(4_915_112_345_678).unwrap();
        let leaver = Leaver { number, since: jiff::Timestamp::UNIX_EPOCH, run: None, how: How::Imported };
        ledger.add_leavers(&audience(), std::slice::from_ref(&leaver)).unwrap();
        let shown = format!("{leaver:?} {ledger:?} {:?}", ledger.trace(number).unwrap());
        assert!(!shown.contains("112345"), "{shown}");
    }
}
