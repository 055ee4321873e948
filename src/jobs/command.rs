//! Commands that the file names: for a secret, or to tell somebody something.

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use schemars::JsonSchema;
use serde::Deserialize;

/// A command: its words, or one line for the shell. It runs in the folder of the file that it stands in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "Written")]
#[schemars(with = "Written")]
pub struct CommandLine {
    written: Written,
    pub(super) folder: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a line for the shell, or a list of words")]
enum Written {
    /// A line for the shell.
    Line(String),
    /// A program and its arguments.
    Words(Vec<String>),
}

impl From<Written> for CommandLine {
    fn from(written: Written) -> Self {
        Self { written, folder: PathBuf::new() }
    }
}

impl CommandLine {
    /// The program, which is all that is told of a command: its arguments may be delicate.
    pub(super) fn name(&self) -> String {
        let name = match &self.written {
            Written::Line(line) => line.split_whitespace().next(),
            Written::Words(words) => words.first().map(String::as_str),
        };
        name.unwrap_or_default().to_owned()
    }

    /// Whether there is nothing to run.
    pub(super) fn is_empty(&self) -> bool {
        self.name().is_empty()
    }

    /// Whether the command could be started as it stands, without starting it; or what keeps it from that.
    pub(super) fn look(&self) -> Result<(), &'static str> {
        match &self.written {
            Written::Words(words) => runnable(words.first().map(String::as_str).unwrap_or_default(), &self.folder),
            Written::Line(line) => {
                if !self.shell(["-n", "-c", line]) {
                    return Err("is no line that the shell understands");
                }
                let word = self.name();
                // What the shell first puts together may be anything.
                let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./+".contains(&byte));
                if plain && word.contains('/') {
                    runnable(&word, &self.folder)
                } else if plain && !self.shell(["-c", "command -v \"$1\"", "sh", &word]) {
                    Err("does not exist")
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Whether the shell is content, in the command's folder.
    fn shell<const N: usize>(&self, words: [&str; N]) -> bool {
        let mut command = Command::new("sh");
        if !self.folder.as_os_str().is_empty() {
            command.current_dir(&self.folder);
        }
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// The command, ready to be started.
    pub(super) fn command(&self) -> Command {
        let mut command = match &self.written {
            Written::Line(line) => {
                let mut shell = Command::new("sh");
                shell.arg("-c").arg(line);
                shell
            }
            Written::Words(words) => {
                let mut command = Command::new(words.first().map(String::as_str).unwrap_or_default());
                command.args(words.iter().skip(1));
                command
            }
        };
        if !self.folder.as_os_str().is_empty() {
            command.current_dir(&self.folder);
        }
        command.stdin(Stdio::null());
        command
    }
}

/// Whether a program could be started in that folder, by its path or as the shell would find it.
fn runnable(program: &str, folder: &Path) -> Result<(), &'static str> {
    let places: Vec<PathBuf> = if program.contains('/') {
        vec![folder.join(program)]
    } else {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).map(|place| folder.join(place).join(program)).collect()
    };
    let there: Vec<_> = places.iter().filter_map(|place| place.metadata().ok()).filter(Metadata::is_file).collect();
    if there.iter().any(|file| file.permissions().mode() & 0o111 != 0) {
        Ok(())
    } else if there.is_empty() {
        Err("does not exist")
    } else {
        Err("is not executable")
    }
}

#[cfg(test)]
impl CommandLine {
    pub(super) fn of_words(words: Vec<String>) -> Self {
        Written::Words(words).into()
    }

    pub(super) fn of_line(line: &str) -> Self {
        Written::Line(line.to_owned()).into()
    }
}
