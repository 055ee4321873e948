//! One run at a time for one group, and for one job.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{StateError, StateFolder};

/// A hold on one group of one account. It is the kernel's lock on a file, not the file's presence, that counts: when
/// its process ends, however it ends, the hold is gone.
#[derive(Debug)]
pub struct GroupLock(#[expect(dead_code, reason = "it lets go when dropped")] Hold);

/// A hold on one job, of the same kind.
#[derive(Debug)]
pub struct JobLock(#[expect(dead_code, reason = "it lets go when dropped")] Hold);

/// A locked file.
#[derive(Debug)]
struct Hold(File);

impl Hold {
    fn take(path: &Path, what: &'static str) -> Result<Self, LockError> {
        let failed = |source| StateError { path: path.to_owned(), source };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        // From here on it is let go in whatever way this ends.
        let mut hold = match file.try_lock() {
            Ok(()) => Self(file),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let read = (&file).read_to_string(&mut holder).is_ok();
                return Err(LockError::Held { what, holder: (read && !holder.is_empty()).then_some(holder) });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source).into()),
        };
        let word =
            format!("process {}, since {}", std::process::id(), jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%SZ"));
        hold.sign(&word).map_err(failed)?;
        Ok(hold)
    }

    /// Leaves word of who holds it, for whoever comes meanwhile.
    fn sign(&mut self, word: &str) -> io::Result<()> {
        let Self(file) = self;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(word.as_bytes())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // Closing it would do, were it not for commands: one that is being started has all our files for a moment, and
        // would hold the lock as long.
        let _ = self.0.unlock();
    }
}

/// The group or the job could not be held.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run holds it.
    #[error("another run holds this {what}{}", holder_words(.holder.as_deref()))]
    Held {
        /// `group` or `job`.
        what: &'static str,
        /// Who, as far as it left word: process id and start.
        holder: Option<String>,
    },
    /// The lock file cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
}

impl LockError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Held { .. } => Some("wait for it to end, or stop it, and try again".to_owned()),
            Self::State(error) => error.hint(),
        }
    }
}

fn holder_words(holder: Option<&str>) -> String {
    holder.map_or_else(String::new, |holder| format!(" ({holder})"))
}

impl GroupLock {
    /// Holds a group, named by its account and its id or, before it is made, by its name.
    ///
    /// # Errors
    /// [`LockError::Held`] at once when another process holds it.
    pub fn take(state: &StateFolder, account: &str, group: &str) -> Result<Self, LockError> {
        let mut name = String::with_capacity(64);
        for byte in Sha256::digest(format!("{account}\n{group}")) {
            // Writing into a string cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        Hold::take(&state.folder("locks")?.join(name), "group").map(Self)
    }
}

impl JobLock {
    /// Holds a job, so that no two of its nights overlap.
    ///
    /// # Errors
    /// [`LockError::Held`] at once when another process holds it.
    pub fn take(state: &StateFolder, job: &str) -> Result<Self, LockError> {
        Hold::take(&state.job(job)?.join("lock"), "job").map(Self)
    }
}

/// Holds on several groups, which a run needs all at once.
#[derive(Debug, Default)]
pub struct Holds {
    held: BTreeMap<(String, String), GroupLock>,
}

impl Holds {
    /// Holds one more; what is held here already is not taken twice.
    ///
    /// # Errors
    /// [`LockError::Held`] at once when another process holds it.
    pub fn take(&mut self, state: &StateFolder, account: &str, group: &str) -> Result<(), LockError> {
        if let Entry::Vacant(place) = self.held.entry((account.to_owned(), group.to_owned())) {
            place.insert(GroupLock::take(state, account, group)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn a_group_is_held_once_and_let_go_with_its_holder() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        let held = GroupLock::take(&state, "sandbox/demo", "A").unwrap();
        let error = GroupLock::take(&state, "sandbox/demo", "A").unwrap_err();
        assert!(error.to_string().contains("process"), "{error}");
        GroupLock::take(&state, "sandbox/demo", "B").unwrap();
        GroupLock::take(&state, "provider/demo", "A").unwrap();
        let mut holds = Holds::default();
        holds.take(&state, "sandbox/demo", "B").unwrap();
        holds.take(&state, "sandbox/demo", "B").unwrap();
        holds.take(&state, "sandbox/demo", "A").unwrap_err();
        GroupLock::take(&state, "sandbox/demo", "B").unwrap_err();
        drop(held);
        GroupLock::take(&state, "sandbox/demo", "A").unwrap();
    }

    #[test]
    fn a_command_that_is_being_started_holds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = Hold::take(&path, "job").unwrap();
        // What a child has between its fork and its exec.
        let child = held.0.try_clone().unwrap();
        drop(held);
        Hold::take(&path, "job").unwrap();
        drop(child);
    }
}
