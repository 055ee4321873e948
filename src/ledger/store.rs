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
use super::{StateError, StateFolder};

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
    match std::fs::remove_file(&young) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error).into()),
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
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let path = PathBuf::from(name);
        let failed = |source| StateError { path: path.clone(), source };
        match std::fs::metadata(&path) {
            Ok(found) if found.permissions().mode() & 0o077 == 0 => {}
            Ok(_) => std::fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(())
}
