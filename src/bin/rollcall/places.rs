//! Where a job reads and writes on this machine, besides the state folder: for whoever checks it, and for whoever has to
//! permit it.

use std::path::{Path, PathBuf};

use rollcall::jobs::{Config, Given, Job};

/// A file or a folder that a job writes into.
pub(crate) struct Written {
    /// The key that names it.
    pub(crate) key: String,
    pub(crate) place: Place,
}

/// What is written.
pub(crate) enum Place {
    /// A file that is written anew and put in its place.
    File(PathBuf),
    /// A file that grows.
    Log(PathBuf),
    /// A folder that is made when it is needed.
    Folder(PathBuf),
    /// A folder that lists are taken out of.
    Source(PathBuf),
}

impl Place {
    /// The folder that changes.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match self {
            Self::File(file) | Self::Log(file) => file.parent(),
            Self::Folder(folder) | Self::Source(folder) => Some(folder),
        }
    }
}

/// What a job writes.
pub(crate) fn written(config: &Config, job: &Job) -> Vec<Written> {
    let mut all = Vec::new();
    let mut add = |key: &str, place| all.push(Written { key: key.to_owned(), place });
    let Job { log_file, metrics, archive_to, move_to, .. } = job;
    if let Some(file) = log_file.as_ref().filter(|file| file.as_os_str() != "-") {
        add("log_file", Place::Log(file.clone()));
    }
    if let Some(file) = metrics {
        add("metrics", Place::File(file.clone()));
    }
    let (_, flags) = job.task().unzip();
    for flag in flags.unwrap_or_default() {
        if let ("rejects" | "verdicts" | "report" | "output" | "unmatched_rows" | "unmatched_members", Given::One(file)) =
            (flag.key.as_str(), flag.given)
            && file != "-"
        {
            add(&flag.key, Place::File(config.folder().join(file)));
        }
    }
    for (key, folder) in [("archive_to", archive_to), ("move_to", move_to)] {
        if let Some(folder) = folder {
            add(key, Place::Folder(folder.clone()));
        }
    }
    if move_to.is_some() {
        for folder in read(config, job) {
            add("move_to", Place::Source(folder));
        }
    }
    all
}

/// The folders that the job's lists lie in: whoever takes a list away changes its folder.
fn read(config: &Config, job: &Job) -> Vec<PathBuf> {
    let folder = |pattern: String| {
        let path = config.folder().join(pattern);
        let plain = |path: &&Path| !path.to_string_lossy().contains(['*', '?', '[', '{']);
        path.ancestors().skip(1).find(plain).map(Path::to_owned)
    };
    inputs(job).into_iter().filter_map(folder).collect()
}

/// The job's lists, as the file names them.
pub(crate) fn inputs(job: &Job) -> Vec<String> {
    let (_, flags) = job.task().unzip();
    let inputs = flags.unwrap_or_default().into_iter().find(|flag| flag.key == "inputs").map(|flag| flag.given);
    match inputs {
        Some(Given::One(pattern)) => vec![pattern],
        Some(Given::Many(patterns)) => patterns,
        Some(Given::Switch(_) | Given::Unfit(_)) | None => Vec::new(),
    }
}
