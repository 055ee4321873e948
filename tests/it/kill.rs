//! The real binary, killed at a chosen send; and a world that can be had again as it was before.

use std::path::Path;
use std::process::{Command, Stdio};

use rollcall::sandbox::{Data, Running, Sandbox, Settings};
use serde_json::Value;

use crate::workdir::{Ended, Workdir, end};

/// How a command ended that was to be killed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Killed,
    /// It had ended before anybody saw that it was time.
    Missed,
    /// It has fewer requests.
    Whole,
}

/// Kills a command as soon as so many more requests have ended.
pub(crate) async fn killed_at_send(running: &Running, mut command: Command, sends: usize) -> End {
    let before = running.log().entries().len();
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    loop {
        let ended = child.try_wait().unwrap().is_some();
        let due = running.log().entries().len() >= before + sends;
        if ended {
            return if due { End::Missed } else { End::Whole };
        }
        if due {
            child.kill().unwrap();
            return if child.wait().unwrap().success() { End::Missed } else { End::Killed };
        }
        tokio::task::yield_now().await;
    }
}

/// A folder with everything in it: the state of the binary, and the groups of a sandbox.
pub(crate) struct World {
    pub(crate) dir: Workdir,
    pub(crate) running: Running,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::of(Workdir::new()).await
    }

    async fn of(dir: Workdir) -> Self {
        std::fs::create_dir_all(dir.path("groups")).unwrap();
        let data = Data::File(dir.path("groups").join("sandbox.sqlite"));
        let running = Sandbox::start(Settings { data, ..Settings::default() }).await.unwrap();
        Self { dir, running }
    }

    /// The same once more, for something else to happen.
    pub(crate) async fn twin(&self) -> Self {
        let dir = Workdir::new();
        copy(&self.dir.path("."), &dir.path("."));
        Self::of(dir).await
    }

    /// How many requests ended before the first that changes something.
    pub(crate) fn reads(&self) -> usize {
        self.running.log().entries().iter().take_while(|entry| entry.method == "GET").count()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.dir.command(args);
        command.env("ROLLCALL_BASE_URL", self.running.base_url()).env("SINCH_API_TOKEN", self.running.token());
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn end(&self, args: &[&str]) -> Ended {
        let mut command = self.command(args);
        tokio::task::spawn_blocking(move || end(&mut command)).await.unwrap()
    }

    /// Runs a command that must end well, and reads what it tells scripts.
    pub(crate) async fn told(&self, args: &[&str]) -> Value {
        let ended = self.end(&[args, &["--json"]].concat()).await;
        serde_json::from_str(&ended.code(0).stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
