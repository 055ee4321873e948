//! The state folder and the folders of its runs.

use std::fs::{DirBuilder, DirEntry};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::RunId;

/// The folder in which everything is remembered.
#[derive(Debug, Clone)]
pub struct StateFolder {
    path: PathBuf,
    /// What the first run that is begun is to be called.
    first: Option<RunId>,
}

/// The folder of one run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    id: String,
    path: PathBuf,
}

/// A file or folder that was never finished, or is not yet.
#[derive(Debug)]
pub struct HalfWritten {
    path: PathBuf,
}

impl HalfWritten {
    /// How long nothing of it may have changed before it counts as given up.
    const PATIENCE: Duration = Duration::from_mins(10);

    /// Whether somebody may be writing it still.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        is_fresh(&self.path, Self::PATIENCE)
    }

    /// Removes it. What is gone already is as good.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(self) -> Result<(), StateError> {
        remove(&self.path)
    }
}

/// Whether anything of a file or folder has changed lately.
fn is_fresh(path: &Path, patience: Duration) -> bool {
    let Ok(there) = std::fs::symlink_metadata(path) else { return false };
    let changed = there.modified().ok().and_then(|at| at.elapsed().ok());
    if changed.is_none_or(|ago| ago < patience) {
        return true;
    }
    let inside = there.is_dir().then(|| std::fs::read_dir(path).ok()).flatten();
    inside.is_some_and(|mut entries| entries.any(|entry| entry.is_ok_and(|entry| is_fresh(&entry.path(), patience))))
}

fn remove(path: &Path) -> Result<(), StateError> {
    let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match removed {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StateError { path: path.to_owned(), source }),
        _ => Ok(()),
    }
}

/// The state folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the state folder {}", path.display())]
pub struct StateError {
    /// The folder, or a file in it.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl StateError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some("name a folder that you may write to with --state-dir or ROLLCALL_STATE_DIR".to_owned())
    }
}

impl StateFolder {
    /// Opens the state folder, making it when it is missing.
    ///
    /// # Errors
    /// When it cannot be made or is no folder.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        make_private(path)?;
        Ok(Self { path: path.to_owned(), first: None })
    }

    /// The same folder, in which the first run that is begun gets this name, unless it is taken.
    #[must_use]
    pub fn calling_the_first(self, run: RunId) -> Self {
        Self { first: Some(run), ..self }
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the embedded sandbox keeps its groups.
    #[must_use]
    pub fn sandbox_file(&self) -> PathBuf {
        self.path.join("sandbox.sqlite")
    }

    /// Begins a run: a new folder, named by the time (UTC) and random letters, so that names sort by time.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn begin_run(&self) -> Result<RunFolder, StateError> {
        let runs = self.path.join("runs");
        make_private(&runs)?;
        let mut attempts = 0;
        loop {
            let first = self.first.clone().filter(|_| attempts == 0);
            let id = first.unwrap_or_else(RunId::fresh).as_str().to_owned();
            let path = runs.join(&id);
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(RunFolder { id, path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempts < 100 => attempts += 1,
                Err(source) => return Err(StateError { path, source }),
            }
        }
    }

    /// The folder of a run that was begun earlier; it may be gone.
    #[must_use]
    pub fn run(&self, id: &RunId) -> RunFolder {
        RunFolder { id: id.as_str().to_owned(), path: self.path.join("runs").join(id.as_str()) }
    }

    /// The folders of all runs that have one, oldest first: the files in them may hold numbers.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn runs(&self) -> Result<Vec<RunFolder>, StateError> {
        let runs = self.path.join("runs");
        let mut folders = Vec::new();
        for entry in entries(&runs)? {
            if let (Ok(id), true) = (entry.file_name().into_string(), entry.path().is_dir()) {
                folders.push(RunFolder { id, path: entry.path() });
            }
        }
        folders.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(folders)
    }

    /// The folder of a job, made when it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn job(&self, name: &str) -> Result<PathBuf, StateError> {
        let path = self.folder("jobs")?.join(name);
        make_private(&path)?;
        Ok(path)
    }

    /// Where the backups of deleted groups lie, a folder each.
    #[must_use]
    pub fn deleted_folder(&self) -> PathBuf {
        self.path.join("deleted")
    }

    /// The backups of deleted groups.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn deleted(&self) -> Result<Vec<PathBuf>, StateError> {
        let mut folders = Vec::new();
        for entry in entries(&self.deleted_folder())? {
            // What begins with a dot is a backup that was never completed.
            if entry.path().is_dir() && !entry.file_name().as_encoded_bytes().starts_with(b".") {
                folders.push(entry.path());
            }
        }
        folders.sort();
        Ok(folders)
    }

    /// Keeps the backups of the groups that were deleted last, and removes all others.
    ///
    /// # Errors
    /// When they cannot be listed or removed.
    pub fn keep_deleted(&self, keep: u32) -> Result<(), StateError> {
        let deleted = self.deleted()?;
        let keep = usize::try_from(keep).unwrap_or(usize::MAX);
        for path in deleted.iter().take(deleted.len().saturating_sub(keep)) {
            remove(path)?;
        }
        Ok(())
    }

    /// What processes that were killed have left half written in the folders of runs and of deleted groups; files that
    /// somebody writes now are among them.
    ///
    /// # Errors
    /// When the folders cannot be listed.
    pub fn half_written(&self) -> Result<Vec<HalfWritten>, StateError> {
        let mut found = Vec::new();
        let runs = self.runs()?.into_iter().map(|run| run.path);
        for folder in runs.chain([self.deleted_folder()]) {
            for entry in entries(&folder)? {
                let name = entry.file_name();
                let name = name.as_encoded_bytes();
                if name.starts_with(b".rollcall-") && name.ends_with(b".part") {
                    found.push(HalfWritten { path: entry.path() });
                }
            }
        }
        Ok(found)
    }

    /// A folder of the state folder, made when it is missing.
    pub(super) fn folder(&self, name: &str) -> Result<PathBuf, StateError> {
        let path = self.path.join(name);
        make_private(&path)?;
        Ok(path)
    }
}

impl RunFolder {
    /// The run's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A file of the run.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The files of the run, by name; none when the folder is gone.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn files(&self) -> Result<Vec<PathBuf>, StateError> {
        let files = entries(&self.path)?.into_iter().map(|entry| entry.path());
        let mut files: Vec<PathBuf> = files.filter(|path| path.is_file()).collect();
        files.sort();
        Ok(files)
    }

    /// Makes the folder again where it was dropped as empty.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn ensure(&self) -> Result<(), StateError> {
        make_private(&self.path)
    }

    /// Removes the folder and all that is in it. One that is gone already is as good.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(self) -> Result<(), StateError> {
        match std::fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StateError { path: self.path, source: error }),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Removes the folder if nothing was put into it; says whether it is gone.
    #[must_use]
    pub fn drop_if_empty(&self) -> bool {
        // The system refuses to remove a folder that holds something: that is the point.
        std::fs::remove_dir(&self.path).is_ok()
    }
}

/// What is in a folder, in no order; nothing when there is no such folder.
fn entries(folder: &Path) -> Result<Vec<DirEntry>, StateError> {
    let listed = match std::fs::read_dir(folder) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    listed.map_err(|source| StateError { path: folder.to_owned(), source })
}

fn make_private(path: &Path) -> Result<(), StateError> {
    let failed = |source| StateError { path: path.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
    let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        // A folder that was there before may be open to others. Where it is not ours to change, the files in it
        // are private all the same.
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn runs_get_folders_of_their_own_that_nobody_else_can_read() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(&folder.path().join("deep").join("state")).unwrap();
        let runs: Vec<RunFolder> = (0..20).map(|_| state.begin_run().unwrap()).collect();
        let ids: std::collections::BTreeSet<&str> = runs.iter().map(RunFolder::id).collect();
        assert_eq!(ids.len(), 20);
        for run in &runs {
            assert_eq!(std::fs::metadata(&run.path).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn a_file_in_the_way_is_an_error_with_a_hint() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        std::fs::write(&path, "").unwrap();
        assert!(StateFolder::open(&path).unwrap_err().hint().is_some());
    }
}
