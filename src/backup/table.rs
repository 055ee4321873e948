//! The tables of a backup: written through a hash, and read only when they have that hash still.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::manifest::{FileEntry, hex};
use super::{BackupError, Kept};
use crate::contacts::RecordWriter;
use crate::ledger::{How, Leaver};
use crate::numbers::{Msisdn, NumberSet, describe};
use crate::output::{Output, OutputError};

/// The columns of members: those of an export, and how somebody came to be a member.
const MEMBERS: [&str; 5] = ["msisdn", "region", "type", "group", "origin"];
/// The columns of leavers, as `rollcall leavers export` has them.
const LEAVERS: [&str; 6] = ["msisdn", "group", "since", "how", "run", "account"];

/// A member whom a list has named.
const OURS: &str = "ours";
/// A member who joined without a list naming them.
const JOINED: &str = "joined";

/// Members, and those of them who joined by themselves.
pub(super) struct Members {
    pub(super) all: NumberSet,
    pub(super) joined: Option<NumberSet>,
}

/// Writes the members of a group.
pub(super) fn write_members(folder: &Path, file: String, kept: &Kept) -> Result<FileEntry, BackupError> {
    write(folder, file, |rows| {
        rows.write_record(MEMBERS)?;
        for number in kept.members.iter() {
            let (region, kind) = describe(number);
            let origin = match &kept.joined {
                None => "",
                Some(joined) if joined.contains(number) => JOINED,
                Some(_) => OURS,
            };
            let number = number.to_string();
            rows.write_record([number.as_str(), region.as_str(), kind.as_str(), kept.label(), origin])?;
        }
        Ok(kept.members.len())
    })
}

/// Writes those who left a group.
pub(super) fn write_leavers(
    folder: &Path,
    file: String,
    account: &str,
    group: &str,
    leavers: &[Leaver],
) -> Result<FileEntry, BackupError> {
    write(folder, file, |rows| {
        rows.write_record(LEAVERS)?;
        for leaver in leavers {
            let run = leaver.run.as_ref().map(ToString::to_string).unwrap_or_default();
            let (number, since) = (leaver.number.to_string(), leaver.since.to_string());
            rows.write_record([number.as_str(), group, &since, &leaver.how.to_string(), &run, account])?;
        }
        Ok(leavers.len())
    })
}

/// Reads the members of a group.
pub(super) fn read_members(folder: &Path, entry: &FileEntry) -> Result<Members, BackupError> {
    let (mut all, mut joined, mut known) = (Vec::new(), Vec::new(), false);
    read(folder, entry, &MEMBERS, |cells| {
        let number = cells.get(0)?.parse::<Msisdn>().ok()?;
        all.push(number);
        match cells.get(4)? {
            "" => {}
            OURS => known = true,
            JOINED => {
                known = true;
                joined.push(number);
            }
            _ => return None,
        }
        Some(())
    })?;
    Ok(Members { all: NumberSet::from_unsorted(all), joined: known.then(|| NumberSet::from_unsorted(joined)) })
}

/// Reads those who left a group. How they came to be known is a matter of the machine that took the backup.
pub(super) fn read_leavers(folder: &Path, entry: &FileEntry) -> Result<Vec<Leaver>, BackupError> {
    let mut leavers = Vec::new();
    read(folder, entry, &LEAVERS, |cells| {
        let number = cells.get(0)?.parse::<Msisdn>().ok()?;
        let since = cells.get(2)?.parse::<Timestamp>().ok()?;
        leavers.push(Leaver { number, since, run: None, how: How::Imported });
        Some(())
    })?;
    Ok(leavers)
}

fn write(
    folder: &Path,
    file: String,
    table: impl FnOnce(&mut RecordWriter<Hashing>) -> io::Result<usize>,
) -> Result<FileEntry, BackupError> {
    let path = folder.join(&file);
    let output = Hashing { output: Output::create(&path)?, hash: Sha256::new() };
    let mut rows = RecordWriter::new(output, b',');
    let count = table(&mut rows).map_err(|source| OutputError { path, source })?;
    let Hashing { output, hash } = rows.into_inner();
    output.finish()?;
    let rows = u64::try_from(count).unwrap_or(u64::MAX);
    Ok(FileEntry { file, rows, sha256: hex(&hash.finalize()) })
}

/// Checks a file against its entry, then hands out its records. The two are separate so that not a single cell of a
/// changed file is believed.
fn read(
    folder: &Path,
    entry: &FileEntry,
    columns: &[&str],
    mut take: impl FnMut(&csv::StringRecord) -> Option<()>,
) -> Result<(), BackupError> {
    let path = entry.path(folder)?;
    let open = || match File::open(&path) {
        Ok(file) => Ok(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(BackupError::damaged(&path, "is missing")),
        Err(error) => Err(BackupError::unusable(&path)(error)),
    };
    if digest(open()?).map_err(BackupError::unusable(&path))? != entry.sha256 {
        return Err(BackupError::damaged(&path, "was changed or damaged since the backup was taken"));
    }
    let odd = || BackupError::damaged(&path, "is no table of a backup");
    let mut table = csv::ReaderBuilder::new().from_reader(open()?);
    if table.headers().map_err(|_| odd())?.iter().ne(columns.iter().copied()) {
        return Err(odd());
    }
    let (mut cells, mut rows) = (csv::StringRecord::new(), 0_u64);
    while table.read_record(&mut cells).map_err(|_| odd())? {
        take(&cells).ok_or_else(odd)?;
        rows += 1;
    }
    if rows == entry.rows { Ok(()) } else { Err(odd()) }
}

fn digest(mut file: File) -> io::Result<String> {
    let (mut hash, mut block) = (Sha256::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hex(&hash.finalize())),
            length => hash.update(block.get(..length).unwrap_or_default()),
        }
    }
}

/// An output, and the hash of what went there.
struct Hashing {
    output: Output,
    hash: Sha256,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.output.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}
