//! The folder of a backup: made beside its place and moved there when it is complete, and opened again.

use std::fs::{DirBuilder, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::TempDir;

use super::manifest::{DepartedEntry, GroupEntry, Manifest};
use super::summary::summary;
use super::table::{Members, read_leavers, read_members, write_leavers, write_members};
use super::{BackupError, Kept};
use crate::groups::GroupId;
use crate::ledger::Leaver;
use crate::numbers::{Msisdn, NumberSet};
use crate::output::{Output, OutputError};

const GROUPS: &str = "groups";
const LEAVERS: &str = "leavers";

/// A backup that is being taken. Dropped without [`NewBackup::finish`] it leaves no trace.
#[derive(Debug)]
pub struct NewBackup {
    place: PathBuf,
    /// Whether an earlier backup stands in the place.
    earlier: bool,
    folder: TempDir,
    account: String,
    began: Timestamp,
    /// By the groups' places in the account's list.
    groups: Vec<(usize, GroupEntry)>,
    departed: Vec<DepartedEntry>,
}

impl NewBackup {
    /// Begins a backup of an account in a folder that is empty or not there yet, or that holds an earlier backup, which
    /// the new one is to replace.
    ///
    /// # Errors
    /// When the folder holds something else, or cannot be made.
    pub fn begin(place: &Path, account: &str, replace: bool) -> Result<Self, BackupError> {
        // A link stays a link: the folder that it leads to is taken.
        let place = match std::fs::canonicalize(place) {
            Ok(real) => real,
            Err(_) => std::path::absolute(place).map_err(BackupError::unusable(place))?,
        };
        let earlier = match std::fs::read_dir(&place) {
            Ok(mut entries) => match entries.next() {
                None => false,
                Some(_) => match (Manifest::read(&place), replace) {
                    (Ok(_), true) => true,
                    (Ok(_), false) => return Err(BackupError::Exists { folder: place }),
                    (Err(_), _) => return Err(BackupError::NotEmpty { folder: place }),
                },
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(BackupError::NoFolder { folder: place });
            }
            Err(error) => return Err(BackupError::unusable(&place)(error)),
        };
        let Some(beside) = place.parent() else { return Err(BackupError::NotEmpty { folder: place }) };
        make(beside)?;
        let folder = beside_of(beside)?;
        make(&folder.path().join(GROUPS))?;
        let (account, began) = (account.to_owned(), now());
        let (groups, departed) = (Vec::new(), Vec::new());
        Ok(Self { place, earlier, folder, account, began, groups, departed })
    }

    /// Adds a group; `at` is its place in the account's list, which may be filled in any order.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn add(&mut self, at: usize, kept: &Kept) -> Result<(), BackupError> {
        let name = file_name(at, kept.label());
        let members = write_members(self.folder.path(), format!("{GROUPS}/{name}"), kept)?;
        let leavers = self.leavers(&name, &kept.audience, &kept.leavers)?;
        let entry = GroupEntry {
            group: kept.group.clone(),
            audience: kept.audience.clone(),
            spread: kept.spread.clone(),
            steady: kept.steady,
            members,
            leavers,
        };
        self.groups.push((at, entry));
        Ok(())
    }

    /// Adds those who left a group that the account has no more.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn add_departed(&mut self, audience: &str, leavers: &[Leaver]) -> Result<(), BackupError> {
        let name = format!("departed-{}", file_name(self.departed.len(), audience));
        let leavers = self.leavers(&name, audience, leavers)?;
        self.departed.extend(leavers.map(|leavers| DepartedEntry { audience: audience.to_owned(), leavers }));
        Ok(())
    }

    fn leavers(&self, name: &str, audience: &str, leavers: &[Leaver]) -> Result<Option<super::FileEntry>, BackupError> {
        if leavers.is_empty() {
            return Ok(None);
        }
        make(&self.folder.path().join(LEAVERS))?;
        let file = format!("{LEAVERS}/{name}");
        write_leavers(self.folder.path(), file, &self.account, audience, leavers).map(Some)
    }

    /// Puts the backup into its place. `whole` says that these are all groups of the account; `appeared` and `vanished`
    /// are groups that came or went meanwhile.
    ///
    /// # Errors
    /// When something cannot be written or moved; the place is then as it was.
    pub fn finish(
        mut self,
        whole: bool,
        appeared: Vec<GroupId>,
        vanished: Vec<GroupId>,
    ) -> Result<Backup, BackupError> {
        self.groups.sort_by_key(|(at, _)| *at);
        let manifest = Manifest {
            rollcall: env!("CARGO_PKG_VERSION").to_owned(),
            account: self.account,
            began: self.began,
            ended: now(),
            whole,
            groups: self.groups.into_iter().map(|(_, entry)| entry).collect(),
            departed: self.departed,
            appeared,
            vanished,
        };
        let path = self.folder.path().join("summary.txt");
        let mut output = Output::create(&path)?;
        output.write_all(summary(&manifest).as_bytes()).map_err(|source| OutputError { path, source })?;
        output.finish()?;
        manifest.write(self.folder.path())?;
        let place = self.place;
        let moved = |folder: &Path| std::fs::rename(folder, &place).map_err(BackupError::unusable(&place));
        if self.earlier {
            // The earlier one goes only when the new one is in its place.
            let beside = place.parent().unwrap_or(&place);
            let aside = beside_of(beside)?;
            let old = aside.path().join("old");
            std::fs::rename(&place, &old).map_err(BackupError::unusable(&place))?;
            if let Err(error) = moved(self.folder.path()) {
                std::fs::rename(&old, &place).map_err(BackupError::unusable(&place))?;
                return Err(error);
            }
        } else {
            moved(self.folder.path())?;
        }
        // It has another name now, and is to stay.
        let _ = self.folder.keep();
        Ok(Backup { folder: place, manifest })
    }
}

/// A backup that was taken: its manifest is as it was written, its tables are looked at when they are read.
#[derive(Debug)]
pub struct Backup {
    folder: PathBuf,
    manifest: Manifest,
}

impl Backup {
    /// Opens a backup.
    ///
    /// # Errors
    /// When there is none, or its manifest was changed.
    pub fn open(folder: &Path) -> Result<Self, BackupError> {
        Ok(Self { folder: folder.to_owned(), manifest: Manifest::read(folder)? })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What there is.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// A group as it was.
    ///
    /// # Errors
    /// When a file of it is missing, unreadable, or not what was written.
    pub fn group(&self, entry: &GroupEntry) -> Result<Kept, BackupError> {
        let Members { all, joined } = read_members(&self.folder, &entry.members)?;
        let leavers = match &entry.leavers {
            Some(file) => read_leavers(&self.folder, file)?,
            None => Vec::new(),
        };
        Ok(Kept {
            group: entry.group.clone(),
            audience: entry.audience.clone(),
            spread: entry.spread.clone(),
            members: all,
            joined,
            leavers,
            steady: entry.steady,
        })
    }

    /// Takes a number out of all tables; yields in how many rows it stood. The backup is written anew beside its place,
    /// so that it is never half changed. What is remembered of how leavers came to be known goes with it.
    ///
    /// # Errors
    /// When a file is not what was written, or cannot be written; the backup is then as it was.
    pub fn forget(self, number: Msisdn) -> Result<u64, BackupError> {
        let beside = self.folder.parent().unwrap_or(&self.folder);
        let mut new = NewBackup {
            place: self.folder.clone(),
            earlier: true,
            folder: beside_of(beside)?,
            account: self.manifest.account.clone(),
            began: self.manifest.began,
            groups: Vec::new(),
            departed: Vec::new(),
        };
        make(&new.folder.path().join(GROUPS))?;
        let only: NumberSet = [number].into_iter().collect();
        let mut rows = 0;
        let mut without = |leavers: Vec<Leaver>| -> Vec<Leaver> {
            let others: Vec<Leaver> = leavers.iter().filter(|leaver| leaver.number != number).cloned().collect();
            rows += leavers.len() - others.len();
            others
        };
        let mut members = 0;
        for (at, entry) in self.manifest.groups.iter().enumerate() {
            let mut kept = self.group(entry)?;
            members += kept.members.intersection(&only).len();
            kept.members.remove_all(&only);
            kept.leavers = without(kept.leavers);
            new.add(at, &kept)?;
        }
        for entry in &self.manifest.departed {
            new.add_departed(&entry.audience, &without(self.departed(entry)?))?;
        }
        rows += members;
        if rows > 0 {
            let Manifest { whole, appeared, vanished, .. } = self.manifest;
            new.finish(whole, appeared, vanished)?;
        }
        Ok(u64::try_from(rows).unwrap_or(u64::MAX))
    }

    /// In how many rows a number stands.
    ///
    /// # Errors
    /// When a file is not what was written.
    pub fn mentions(&self, number: Msisdn) -> Result<u64, BackupError> {
        let is = |leaver: &Leaver| leaver.number == number;
        let mut rows = 0;
        for entry in &self.manifest.groups {
            let kept = self.group(entry)?;
            rows += usize::from(kept.members.contains(number)) + kept.leavers.iter().filter(|one| is(one)).count();
        }
        for entry in &self.manifest.departed {
            rows += self.departed(entry)?.iter().filter(|one| is(one)).count();
        }
        Ok(u64::try_from(rows).unwrap_or(u64::MAX))
    }

    /// Those who left a group that was no more.
    ///
    /// # Errors
    /// When the file is missing, unreadable, or not what was written.
    pub fn departed(&self, entry: &DepartedEntry) -> Result<Vec<Leaver>, BackupError> {
        read_leavers(&self.folder, &entry.leavers)
    }
}

/// `0001-News.csv`: a name that every file system takes, and that says which group it is.
fn file_name(at: usize, label: &str) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() || char == '-' { char } else { '_' };
    let label: String = label.chars().take(40).map(plain).collect();
    format!("{:04}-{label}.csv", at + 1)
}

fn make(folder: &Path) -> Result<(), BackupError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(BackupError::unusable(folder))
}

fn beside_of(parent: &Path) -> Result<TempDir, BackupError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".rollcall-").suffix(".part").permissions(Permissions::from_mode(0o700));
    builder.tempdir_in(parent).map_err(BackupError::unusable(parent))
}

/// The time, as exactly as anybody wants to know it.
fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now)
}
