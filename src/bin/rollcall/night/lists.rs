//! What can be wrong with the lists of a job however they are written: one that is no file, and a folder to put them in
//! where they are found again.

use std::ffi::OsString;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rollcall::contacts::{Input, expand, fits};
use rollcall::jobs::{Job, dated};

use crate::failure::Failure;

/// The lists that a job names, from the folder of its file, as they are called on a day.
pub(super) fn of_day(patterns: &[String], day: Date) -> Result<Vec<String>, Failure> {
    let filled = patterns.iter().map(|pattern| dated(pattern, day));
    filled.collect::<Result<_, _>>().map_err(|error| Failure::usage(error.to_string(), "change `inputs` of the job"))
}

/// What is there of the lists that are meant. Whoever reads them says which are missing.
pub(crate) fn there(patterns: &[String]) -> Vec<Input> {
    patterns.iter().flat_map(|pattern| expand([pattern]).unwrap_or_default()).collect()
}

/// Refuses what is no file, as far as it is there. Opening a pipe waits for somebody who writes into it, past any
/// deadline; a person sees that and ends it.
pub(crate) fn are_files(inputs: &[Input]) -> Result<(), Failure> {
    for input in inputs {
        let Input::Path(path) = input else { continue };
        // What cannot be looked at cannot be read either, and reading it says why.
        let Some(kind) = std::fs::metadata(path).ok().map(|there| there.file_type()) else { continue };
        let what = if kind.is_fifo() {
            "a named pipe"
        } else if kind.is_socket() {
            "a socket"
        } else if kind.is_char_device() || kind.is_block_device() {
            "a device"
        } else {
            continue;
        };
        return Err(Failure::usage(
            format!("{} is {what}, and a job reads files only: nobody may ever write into it", path.display()),
            "have the list written into a file, or piped into `rollcall run` and `inputs = \"-\"`",
        ));
    }
    Ok(())
}

/// Refuses to put lists of these names where `patterns` find them: what was brought in must not be found again as if it
/// were new, as people who have been taken off the list since would be on it again.
pub(super) fn apart<'a>(
    names: impl IntoIterator<Item = &'a Path>,
    patterns: &[String],
    job: &Job,
) -> Result<(), Failure> {
    let names: Vec<&Path> = names.into_iter().collect();
    let kept = [("archive_to", &job.archive_to, ".RUN.zst"), ("move_to", &job.move_to, "")];
    for (key, folder, behind) in kept {
        let Some(folder) = folder else { continue };
        // Without `.`, and without links.
        let folders = [Some(folder.components().collect()), folder.canonicalize().ok()];
        let folders: Vec<PathBuf> = folders.into_iter().flatten().collect();
        let mut places = folders.iter().flat_map(|folder| names.iter().map(|list| folder.join(put_as(list, behind))));
        if places.any(|place| patterns.iter().any(|pattern| fits(pattern, &place))) {
            return Err(Failure::usage(
                format!("`{key}` puts lists where `inputs` finds them again: {}", folder.display()),
                "name a folder that `inputs` does not reach",
            ));
        }
    }
    Ok(())
}

/// The name of a list in the folder where it is put.
pub(super) fn put_as(list: &Path, behind: &str) -> OsString {
    let mut name = list.file_name().unwrap_or_default().to_owned();
    name.push(behind);
    name
}

/// What a night would refuse, found out by day, when its lists may not be there yet.
pub(crate) fn foreseen(patterns: &[String], job: &Job, day: Date) -> Result<(), Failure> {
    let patterns = of_day(patterns, day)?;
    let there = there(&patterns);
    are_files(&there)?;
    let likely = patterns.iter().filter_map(|pattern| likely(pattern));
    let there = there.into_iter().filter_map(|input| match input {
        Input::Path(path) => Some(path),
        Input::Stdin | Input::Known { .. } => None,
    });
    let names: Vec<PathBuf> = there.chain(likely).collect();
    apart(names.iter().map(PathBuf::as_path), &patterns, job)
}

/// What a list may be called that a pattern means.
fn likely(pattern: &str) -> Option<PathBuf> {
    let path = Path::new(pattern);
    if path.is_dir() {
        return Some("list.csv".into());
    }
    let name = path.file_name()?.to_str()?;
    let (mut made, mut signs) = (String::new(), name.chars());
    while let Some(sign) = signs.next() {
        match sign {
            '*' | '?' => made.push('x'),
            '[' => {
                let inside: String = signs.by_ref().take_while(|sign| *sign != ']').collect();
                made.push(inside.chars().next().filter(|first| *first != '!').unwrap_or('x'));
            }
            sign => made.push(sign),
        }
    }
    fits(name, Path::new(&made)).then(|| made.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_likely_name_is_one_that_the_pattern_means() {
        for (pattern, name) in [
            ("in/list.csv", Some("list.csv")),
            ("in/*.csv", Some("x.csv")),
            ("**/list-[0-9]?.csv*", Some("list-0x.csvx")),
            ("in/[!a].csv", Some("x.csv")),
            ("in/[!x].csv", None),
            ("in/**", Some("xx")),
            ("-", Some("-")),
        ] {
            assert_eq!(likely(pattern), name.map(PathBuf::from), "{pattern}");
        }
    }
}
