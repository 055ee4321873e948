//! A folder, a state folder and the real binary, for tests that use rollcall as a person would.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder of its own for one test; gone when the test is.
pub(crate) struct Workdir {
    folder: tempfile::TempDir,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    line: String,
}

impl Workdir {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder for the test") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("the test's own folder is writable");
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The binary with this folder as its own, no account in the environment, and the state inside the folder.
    pub(crate) fn command<I>(&self, args: I) -> Command
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("SINCH_") || name.starts_with("ROLLCALL_") || name.to_lowercase().ends_with("_proxy") {
                command.env_remove(name);
            }
        }
        command.env("ROLLCALL_STATE_DIR", self.path("state")).env("XDG_CONFIG_HOME", self.path("config"));
        command
    }

    /// Runs the binary and waits for its end.
    pub(crate) fn run<I>(&self, args: I) -> Ended
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        let mut command = self.command(args);
        end(&mut command)
    }

    /// Runs the binary and reads the JSON report on its stdout.
    pub(crate) fn report<I>(&self, args: I) -> (Ended, Value)
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        let mut command = self.command(args);
        command.arg("--json");
        let ended = end(&mut command);
        let report =
            serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("no report: {error}\n{ended:?}"));
        (ended, report)
    }
}

/// Runs a prepared command.
pub(crate) fn end(command: &mut Command) -> Ended {
    let line = format!("{command:?}");
    let Output { status, stdout, stderr } = command.output().expect("the binary starts");
    Ended {
        code: status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
        line,
    }
}

impl Ended {
    /// Asserts the exit code, and shows everything when it is another one.
    #[track_caller]
    pub(crate) fn code(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// Asserts that stderr says something.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        assert!(self.stderr.contains(words), "stderr does not say {words:?}\n{self:?}");
        self
    }
}

impl std::fmt::Debug for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.line)?;
        writeln!(f, "exit {}", self.code)?;
        writeln!(f, "--- stdout\n{}", self.stdout)?;
        writeln!(f, "--- stderr\n{}", self.stderr)
    }
}

/// A sample of the repository.
pub(crate) fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

/// `rollcall sandbox` in a process of its own; ended with the test.
pub(crate) struct Served {
    child: std::process::Child,
    pub(crate) base_url: String,
}

impl Served {
    /// Starts a sandbox with the token `t0ken` and further flags, and waits until it listens.
    pub(crate) fn start(dir: &Workdir, flags: &[&str]) -> Self {
        use std::io::BufRead;
        let mut command = dir.command(["sandbox", "--token", "t0ken", "--plan", "demo"]);
        let mut child = command.args(flags).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        std::io::BufReader::new(stdout).read_line(&mut line).expect("it says where it listens");
        let base_url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, base_url }
    }

    /// A command that talks to this sandbox.
    pub(crate) fn command(&self, dir: &Workdir, args: &[&str]) -> Command {
        let mut command = dir.command(args);
        command.env("ROLLCALL_BASE_URL", &self.base_url).env("SINCH_API_TOKEN", "t0ken");
        command
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Only a process that has ended by itself cannot be ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
