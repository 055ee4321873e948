//! Which files a job reads tonight: dates filled in, the newest of several, waited for while they grow, and not too old.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use jiff::civil::Date;
use rollcall::contacts::{Input, expand};
use rollcall::jobs::{Job, Length, Newest};
use rollcall::report::escaped;

use crate::failure::{Exit, Failure};
use crate::terminal::Terminal;

use super::lists::{apart, are_files, of_day};
use super::pause::Pause;

/// How long a file must have stood still unless the job says otherwise: long enough for a copy that is under way to
/// write its next block.
const SETTLE: Duration = Duration::from_secs(2);
/// How long a file that grows is waited for unless the job says otherwise.
const PATIENCE: Duration = Duration::from_mins(10);

/// What became of looking for the files.
pub(super) enum Found {
    /// These are to be read. None of them when the job reads standard input or a folder's own choice.
    Files(Vec<String>),
    /// There is none, and the job says that this is fine.
    Nothing,
    /// A file is older than it may be.
    Stale {
        /// Which.
        file: String,
        /// How old it is.
        age: Length,
    },
}

/// Looks for the files of a job. `patterns` are as the job names them, from the folder of its file.
pub(super) fn find(
    patterns: &[String],
    job: &Job,
    today: Date,
    pause: &Pause,
    terminal: &Terminal,
) -> Result<Found, Failure> {
    let filled = of_day(patterns, today)?;
    let wait = job.wait.map_or(Duration::ZERO, |wait| wait.0);
    let began = Instant::now();
    let found = loop {
        match expand(&filled) {
            Ok(found) => break found,
            Err(_) if began.elapsed() < wait => pause.a_moment(wait.saturating_sub(began.elapsed()))?,
            Err(_) if job.skip_missing => return Ok(Found::Nothing),
            Err(error) => return Err(error.into()),
        }
    };
    are_files(&found)?;
    let mut files: Vec<PathBuf> = Vec::new();
    for input in found {
        match input {
            Input::Path(path) => files.push(path),
            // Nobody knows what will come by standard input, nor when.
            Input::Stdin | Input::Known { .. } => return Ok(Found::Files(filled)),
        }
    }
    if let Some(newest) = job.newest {
        files = newest_of(files, newest).into_iter().collect();
    }
    for file in &files {
        settle(file, job, pause, terminal)?;
    }
    if let Some(most) = job.max_age {
        for file in &files {
            let age = age(file).unwrap_or_default();
            if age > most.0 {
                return Ok(Found::Stale { file: file.display().to_string(), age: Length(age) });
            }
        }
    }
    apart(files.iter().map(PathBuf::as_path), &filled, job)?;
    // A file is named as it is: nothing in its name is a pattern any more.
    let named = files.iter().map(|file| file.to_string_lossy().into_owned());
    Ok(Found::Files(named.collect()))
}

fn newest_of(files: Vec<PathBuf>, by: Newest) -> Option<PathBuf> {
    let name = |file: &PathBuf| file.file_name().map(OsStr::to_owned);
    match by {
        Newest::Name => files.into_iter().max_by_key(name),
        Newest::Modified => files.into_iter().max_by_key(|file| (modified(file), name(file))),
    }
}

/// Waits until a file has stood still for as long as it must.
fn settle(file: &Path, job: &Job, pause: &Pause, terminal: &Terminal) -> Result<(), Failure> {
    let still = job.settle.map_or(SETTLE, |settle| settle.0);
    let patience = job.wait.map_or(PATIENCE, |wait| wait.0).max(still);
    let (began, mut told) = (Instant::now(), false);
    let (mut seen, mut since) = (look(file), None::<Instant>);
    loop {
        // Since it was last seen to change or, if it was never seen to, since it says that it changed.
        let stood = since.map_or_else(|| age(file).unwrap_or_default(), |since| since.elapsed());
        if stood >= still {
            return Ok(());
        }
        if began.elapsed() > patience {
            return Err(Failure::new(
                Exit::Failed,
                anyhow::anyhow!("{} is still growing", file.display()),
                Some("have it written beside its place and renamed, or give the job a longer `wait`".to_owned()),
            ));
        }
        if !told {
            terminal.note(&format!("waiting until {} stands still", escaped(&file.display().to_string())));
            told = true;
        }
        pause.a_moment(still.saturating_sub(stood))?;
        let now = look(file);
        if now != seen {
            (seen, since) = (now, Some(Instant::now()));
        } else if since.is_none() && age(file).is_none() {
            // Its time lies in the future: what it says of itself is no help.
            since = Some(began);
        }
    }
}

fn look(file: &Path) -> Option<(u64, Option<SystemTime>)> {
    let there = std::fs::metadata(file).ok()?;
    Some((there.len(), there.modified().ok()))
}

fn modified(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).ok()?.modified().ok()
}

/// How long ago a file was changed; none when its time lies in the future.
fn age(file: &Path) -> Option<Duration> {
    modified(file)?.elapsed().ok()
}
