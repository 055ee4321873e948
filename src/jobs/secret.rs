//! Where a secret comes from, and how it is fetched: never from the file itself.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use super::CommandLine;
use crate::groups::Secret;

/// How long a command may take to print a secret.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longer than any secret: a command or a file that has more is not what somebody thinks.
const MOST: u64 = 64 << 10;

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file that its owner alone, and at most a group, can read.
    File(PathBuf),
    /// A command's output.
    Command(CommandLine),
}

/// A secret could not be had. Says where it was to come from, and never what was found there.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not there, or empty.
    #[error("the environment variable {0} is not set")]
    Unset(String),
    /// The file cannot be read.
    #[error("cannot read the secret in {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Everybody on this machine can read the file.
    #[error("everybody on this machine can read the secret in {} (mode {mode:04o})", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The command cannot be started.
    #[error("the command {command:?} for the secret does not start")]
    NotStarted {
        /// Its first word.
        command: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The command has failed.
    #[error("the command {command:?} for the secret has failed ({status})")]
    Failed {
        /// Its first word.
        command: String,
        /// How it ended.
        status: String,
    },
    /// The command does not end.
    #[error("the command {command:?} for the secret has not ended after {} s", PATIENCE.as_secs())]
    Slow {
        /// Its first word.
        command: String,
    },
    /// Nothing is there, or what is there is no text.
    #[error("{0} gives no secret: it is empty, or no text")]
    Empty(String),
    /// There is more than a secret.
    #[error("{0} gives several lines, and not just a secret")]
    Several(String),
}

impl SecretError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unset(name) => format!("set {name} where rollcall is started"),
            Self::Unreadable { .. } => "the file holds nothing but the secret; its owner runs rollcall".to_owned(),
            Self::Open { path, .. } => format!("chmod 600 {}, and have the secret changed", path.display()),
            Self::NotStarted { .. } | Self::Failed { .. } | Self::Slow { .. } => {
                "run the command by hand as the same user: it prints the secret, and asks nothing".to_owned()
            }
            Self::Empty(_) => "put the secret there, and nothing else".to_owned(),
            Self::Several(_) => {
                "put the secret there alone; of a command that prints more take one line, as with `| head -n 1`"
                    .to_owned()
            }
        })
    }
}

/// One line, and no more: a password manager that prints notes below a password would have them all sent.
fn one_line(text: &str) -> bool {
    text.trim().lines().count() <= 1
}

impl SecretSource {
    /// Fetches the secret.
    ///
    /// # Errors
    /// When it is not there, or everybody could have read it.
    pub fn fetch(&self) -> Result<Secret, SecretError> {
        let text = match self {
            Self::Env(name) => {
                let value = std::env::var(name).unwrap_or_default();
                if value.trim().is_empty() {
                    return Err(SecretError::Unset(name.clone()));
                }
                value
            }
            Self::File(path) => {
                if let Some(mode) = self.mode()?.filter(|mode| mode & 0o004 != 0) {
                    return Err(SecretError::Open { path: path.clone(), mode });
                }
                let failed = |source| SecretError::Unreadable { path: path.clone(), source };
                let mut bytes = Vec::new();
                std::fs::File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes)).map_err(failed)?;
                String::from_utf8(bytes).unwrap_or_default()
            }
            Self::Command(command) => output(command)?,
        };
        if !one_line(&text) {
            return Err(SecretError::Several(self.to_string()));
        }
        let secret = Secret::new(text);
        if secret.is_empty() { Err(SecretError::Empty(self.to_string())) } else { Ok(secret) }
    }

    /// Who can read the secret's file, as permission bits; none when it is no regular file.
    ///
    /// # Errors
    /// When the file is not there.
    pub fn mode(&self) -> Result<Option<u32>, SecretError> {
        let Self::File(path) = self else { return Ok(None) };
        let failed = |source| SecretError::Unreadable { path: path.clone(), source };
        let there = std::fs::metadata(path).map_err(failed)?;
        Ok(there.is_file().then(|| there.permissions().mode() & 0o777))
    }
}

impl std::fmt::Display for SecretSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Command(command) => write!(f, "the command {:?}", command.name()),
        }
    }
}

/// What a command prints.
fn output(line: &CommandLine) -> Result<String, SecretError> {
    let command = line.name();
    let started = line.command().stdout(Stdio::piped()).spawn();
    let mut child = started.map_err(|source| SecretError::NotStarted { command: command.clone(), source })?;
    let (told, heard) = sync_channel(1);
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut text = String::new();
            let read = stdout.take(MOST).read_to_string(&mut text);
            // Whoever waited may have lost patience.
            let _ = told.send(read.map(|_| text).unwrap_or_default());
        });
    }
    let text = match heard.recv_timeout(PATIENCE) {
        Ok(text) => text,
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            // It may have ended meanwhile.
            let _ = child.kill();
            let _ = child.wait();
            return Err(SecretError::Slow { command });
        }
    };
    match child.wait() {
        Ok(status) if status.success() => Ok(text),
        Ok(status) => Err(SecretError::Failed { command, status: status.to_string() }),
        Err(source) => Err(SecretError::NotStarted { command, source }),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn command(words: &[&str]) -> SecretSource {
        SecretSource::Command(CommandLine::of_words(words.iter().map(|&word| word.to_owned()).collect()))
    }

    #[test]
    fn a_commands_output_is_the_secret_without_its_line_end() {
        assert_eq!(command(&["echo", "s3cret"]).fetch().unwrap().expose(), "s3cret");
        let line = SecretSource::Command(CommandLine::of_line("echo s3 | tr 3 4"));
        assert_eq!(line.fetch().unwrap().expose(), "s4");
    }

    #[test]
    fn a_command_that_fails_is_told_by_its_name_alone() {
        let error = command(&["sh", "-c", "echo s3cret; exit 3"]).fetch().unwrap_err();
        assert!(matches!(error, SecretError::Failed { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        assert!(matches!(command(&["true"]).fetch(), Err(SecretError::Empty(_))));
        assert!(matches!(command(&["/no/such/program"]).fetch(), Err(SecretError::NotStarted { .. })));
    }

    #[test]
    fn several_lines_are_no_secret() {
        for text in ["s3cret\nnote", "\n\ns3cret\r\nnote\n"] {
            let error = command(&["printf", text]).fetch().unwrap_err();
            assert!(matches!(error, SecretError::Several(_)), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        }
        assert_eq!(command(&["printf", "\\ns3cret\\r\\n\\n"]).fetch().unwrap().expose(), "s3cret");
    }

    #[test]
    fn a_file_that_everybody_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "s3cret\n").unwrap();
        let source = SecretSource::File(path.clone());
        for (mode, fine) in [(0o600, true), (0o400, true), (0o440, true), (0o644, false), (0o604, false)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(source.fetch().is_ok(), fine, "{mode:o}");
        }
    }
}
