//! What becomes of a list that was brought in: a copy is kept, or it is put away.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rollcall::contacts::{Input, expand};
use rollcall::jobs::Job;
use rollcall::ledger::{InputRole, Ledger, StateFolder};
use rollcall::output::{Output, OutputError};
use rollcall::report::escaped;

use crate::failure::Failure;
use crate::log;
use crate::terminal::Terminal;

use super::lists::put_as;
use super::memory::Left;
use super::unchanged::{content, named};

/// Files the lists of a run that has ended well, as the job wishes. A list that is not what the run has read any more
/// stays where it is: it is another one by now.
pub(super) fn file(run: Option<&str>, job: &Job, state: &StateFolder, terminal: &Terminal) -> Result<(), Failure> {
    let (Some(run), true) = (run, job.archive_to.is_some() || job.move_to.is_some()) else { return Ok(()) };
    let ledger = Ledger::open(state)?;
    let read = ledger.inputs(&ledger.find_run(run)?.id)?;
    for input in read.iter().filter(|input| input.role == InputRole::List) {
        let list = &input.path;
        if content(list).map_err(|source| OutputError { path: list.clone(), source })? != input.sha256 {
            let shown = escaped(&list.display().to_string());
            terminal.warn(&format!("{shown} has changed since it was read, and stays where it is"));
            continue;
        }
        if let Some(folder) = &job.archive_to {
            let name = put_as(list, &format!(".{run}.zst"));
            let kept = copy(list, &made(folder)?.join(name))?;
            terminal.note(&format!("kept a copy of the list: {}", escaped(&kept.display().to_string())));
        }
        if let Some(folder) = &job.move_to {
            let moved = put_away(list, made(folder)?, run)?;
            terminal.note(&format!("moved the list: {}", escaped(&moved.display().to_string())));
        }
    }
    Ok(())
}

/// Moves the lists of a night that was skipped because nothing in them is new, where the job moves lists: left where
/// they are, they would be read together with the next one.
pub(super) fn put_away_known(lists: &[String], left: &Left, job: &Job, terminal: &Terminal) -> Result<(), Failure> {
    let Some(folder) = &job.move_to else { return Ok(()) };
    for list in expand(lists)? {
        let Input::Path(list) = list else { continue };
        let now = content(&list).map_err(|source| OutputError { path: list.clone(), source })?;
        if left.files.contains(&named(InputRole::List, &now)) {
            let moved = put_away(&list, made(folder)?, log::run().as_str())?;
            terminal.note(&format!("moved the list: {}", escaped(&moved.display().to_string())));
        }
    }
    Ok(())
}

/// Others have no business among the lists.
fn made(folder: &Path) -> Result<&Path, Failure> {
    let failed = |source| OutputError { path: folder.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    Ok(folder)
}

fn copy(list: &Path, target: &Path) -> Result<PathBuf, Failure> {
    let failed = |source| OutputError { path: target.to_owned(), source };
    let mut output = Output::create(target)?;
    let mut file = File::open(list).map_err(failed)?;
    io::copy(&mut file, &mut output).map_err(failed)?;
    output.finish()?;
    Ok(target.to_owned())
}

/// Moves a list, under its own name unless that is taken.
fn put_away(list: &Path, folder: &Path, run: &str) -> Result<PathBuf, Failure> {
    let plain = folder.join(put_as(list, ""));
    let target = if plain.exists() { folder.join(put_as(list, &format!(".{run}"))) } else { plain };
    let failed = |source| OutputError { path: target.clone(), source };
    match fs::rename(list, &target) {
        Ok(()) => Ok(target),
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            // Whole over there before it goes here. A name that ends in .gz must not be packed once more.
            let beside = folder.join(format!(".rollcall-{run}.part"));
            let mut from = File::open(list).map_err(failed)?;
            let mut to = tempfile_in(&beside).map_err(failed)?;
            io::copy(&mut from, &mut to).and_then(|_| to.sync_all()).map_err(failed)?;
            fs::rename(&beside, &target).and_then(|()| fs::remove_file(list)).map_err(failed)?;
            Ok(target)
        }
        Err(error) => Err(failed(error).into()),
    }
}

fn tempfile_in(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}
