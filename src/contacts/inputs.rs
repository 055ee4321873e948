//! From what was typed to the files that are meant.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use glob::MatchOptions;

use super::ContactsError;

/// Names that make a file of a folder a list, also with `.gz` or `.zst` behind.
const EXTENSIONS: [&str; 4] = ["csv", "tsv", "txt", "xlsx"];

/// Something to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    Path(PathBuf),
    /// A file that messages and files call otherwise: standard input, kept so that it can be read twice, or a file of a
    /// list that is read again from another folder.
    Known {
        /// Where it lies.
        path: PathBuf,
        /// What it is called.
        name: String,
    },
}

impl Input {
    /// The name that messages and files show.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::Path(path) => path.to_string_lossy().into_owned(),
            Self::Known { name, .. } => name.clone(),
        }
    }
}

/// The inputs meant by arguments: paths, quoted globs, folders, and `-` for stdin, in their order.
///
/// The files of a folder (not of the folders in it, and not hidden ones) and the matches of a glob come sorted by name.
/// A path that exists is taken as it is, even when it holds wildcards.
///
/// # Errors
///
/// When a path does not exist or cannot be looked at, a glob fits nothing, a folder holds no list, `-` comes twice, or
/// there is no argument.
pub fn expand<I>(arguments: I) -> Result<Vec<Input>, ContactsError>
where
    I: IntoIterator,
    I::Item: AsRef<OsStr>,
{
    let mut inputs = Vec::new();
    for argument in arguments {
        let argument = argument.as_ref();
        if argument == "-" {
            if inputs.contains(&Input::Stdin) {
                return Err(ContactsError::StdinTwice);
            }
            inputs.push(Input::Stdin);
        } else {
            expand_path(Path::new(argument), &mut inputs)?;
        }
    }
    if inputs.is_empty() {
        return Err(ContactsError::NoInput);
    }
    Ok(inputs)
}

/// Whether a list of that name would be among those that an argument means: a pattern, a folder that is there, or a path.
#[must_use]
pub fn fits(argument: &str, path: &Path) -> bool {
    let folder = Path::new(argument);
    if folder.is_dir() {
        let canonical = |path: &Path| path.canonicalize().ok();
        let lies_in =
            |parent: &Path| parent == folder || canonical(parent).is_some_and(|at| Some(at) == canonical(folder));
        return is_list(path) && path.parent().is_some_and(lies_in);
    }
    glob::Pattern::new(argument).is_ok_and(|pattern| pattern.matches_path_with(path, MATCHING))
}

/// How a pattern is matched: hidden files have to be named as such.
const MATCHING: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

fn expand_path(path: &Path, inputs: &mut Vec<Input>) -> Result<(), ContactsError> {
    match fs::metadata(path) {
        Ok(about) if about.is_dir() => expand_folder(path, inputs),
        Ok(_) => {
            inputs.push(Input::Path(path.to_owned()));
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => match path.to_str() {
            Some(pattern) if pattern.contains(['*', '?', '[']) => expand_glob(pattern, inputs),
            _ => Err(ContactsError::Missing { path: name(path) }),
        },
        Err(error) => Err(unreadable(path, error)),
    }
}

fn expand_folder(folder: &Path, inputs: &mut Vec<Input>) -> Result<(), ContactsError> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if is_list(&path) && !path.is_dir() {
            found.insert(path);
        }
    }
    if found.is_empty() {
        return Err(ContactsError::NoLists { path: name(folder) });
    }
    inputs.extend(found.into_iter().map(Input::Path));
    Ok(())
}

fn expand_glob(pattern: &str, inputs: &mut Vec<Input>) -> Result<(), ContactsError> {
    let paths = glob::glob_with(pattern, MATCHING)
        .map_err(|error| ContactsError::BadPattern { pattern: pattern.to_owned(), why: error.msg })?;
    let before = inputs.len();
    for path in paths {
        let path = path.map_err(|error| {
            let path = error.path().to_owned();
            unreadable(&path, error.into())
        })?;
        if !path.is_dir() {
            inputs.push(Input::Path(path));
        }
    }
    if inputs.len() == before {
        return Err(ContactsError::NoMatch { pattern: pattern.to_owned() });
    }
    Ok(())
}

/// Whether a file of a folder is a list, by its name. `~$…` is what a spreadsheet program leaves beside an open file.
fn is_list(path: &Path) -> bool {
    let Some(name) = path.file_name().map(OsStr::to_string_lossy) else { return false };
    if name.starts_with('.') || name.starts_with("~$") {
        return false;
    }
    let name = name.to_ascii_lowercase();
    let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    plain.rsplit_once('.').is_some_and(|(_, extension)| EXTENSIONS.contains(&extension))
}

fn name(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn unreadable(path: &Path, source: std::io::Error) -> ContactsError {
    ContactsError::Unreadable { file: name(path), source }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn a_folder_yields_its_lists_by_name_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.TSV.gz", "c.xlsx", "d.pdf", ".e.csv", "~$c.xlsx", "f.txt.zst", "csv"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("g.csv")).unwrap();
        let names = |inputs: Vec<Input>| -> Vec<String> {
            inputs.iter().map(|input| input.name().rsplit('/').next().unwrap().to_owned()).collect()
        };
        assert_eq!(names(expand([folder.path()]).unwrap()), ["a.TSV.gz", "b.csv", "c.xlsx", "f.txt.zst"]);
        assert_eq!(names(expand([folder.path().join("*.csv")]).unwrap()), ["b.csv"]);
    }

    #[test]
    fn names_that_lead_nowhere_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert!(matches!(expand([at("no.csv")]), Err(ContactsError::Missing { .. })));
        assert!(matches!(expand([at("*.csv")]), Err(ContactsError::NoMatch { .. })));
        assert!(matches!(expand([at("")]), Err(ContactsError::NoLists { .. })));
        assert!(matches!(expand(["-", "-"]), Err(ContactsError::StdinTwice)));
        assert!(matches!(expand::<[&str; 0]>([]), Err(ContactsError::NoInput)));
        fs::write(at("a[1].csv"), "").unwrap();
        assert_eq!(expand([at("a[1].csv")]).unwrap(), [Input::Path(at("a[1].csv"))]);
    }
}
