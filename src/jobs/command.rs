//! Commands that the file names: for a secret, or to tell somebody something.

use std::path::PathBuf;
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

#[cfg(test)]
impl CommandLine {
    pub(super) fn of_words(words: Vec<String>) -> Self {
        Written::Words(words).into()
    }

    pub(super) fn of_line(line: &str) -> Self {
        Written::Line(line.to_owned()).into()
    }
}
