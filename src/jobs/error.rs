//! What can be wrong with the file.

use std::path::PathBuf;

/// The file, or what was looked for in it.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// There is no file where one is needed.
    #[error("there is no rollcall.toml")]
    Missing {
        /// Where it was looked for.
        looked: Vec<PathBuf>,
    },
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file says something that cannot be.
    #[error("{}, line {line}: {problem}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A profile or a job that the file does not have.
    #[error("{} has no {kind} {name:?}", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// `profile` or `job`.
        kind: &'static str,
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
}

impl JobsError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { looked } => {
                let looked: Vec<String> = looked.iter().map(|path| path.display().to_string()).collect();
                Some(format!(
                    "`rollcall init` writes one, --config FILE names one; looked for {}",
                    looked.join(" and ")
                ))
            }
            Self::Unreadable { .. } => Some("name another file with --config".to_owned()),
            Self::Invalid { hint, .. } => hint.clone(),
            Self::Unknown { kind, known, name, .. } => Some(match meant(name, known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if known.is_empty() => format!("the file has no {kind}s yet: begin one with [{kind}s.{name}]"),
                None => format!("the file has {}", known.join(", ")),
            }),
        }
    }
}

/// The word that was probably meant.
pub(super) fn meant<'a>(written: &str, words: &'a [String]) -> Option<&'a str> {
    let place = crate::meant::place(written, words.iter().map(String::as_str))?;
    words.get(place).map(String::as_str)
}
