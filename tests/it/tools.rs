//! What some tests need beyond cargo. CI has to have it; elsewhere a test that cannot run says so and is passed over.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs the repository's scripts with the packages that they need, below `target/`.
const WITH_PACKAGES: &str = "scripts/with-packages";

/// Whether what cannot be tried must fail.
fn are_required() -> bool {
    std::env::var("CI").as_deref() == Ok("true")
}

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Tells that something is not tried: past the capture of the test runner, which hides what a passing test prints.
pub(crate) fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}");
}

/// What is there; where `found` is none, CI fails and others are told what is not tried.
pub(crate) fn found<T>(found: Option<T>, missing: &str) -> Option<T> {
    if found.is_none() {
        assert!(!are_required(), "CI needs this: {missing} (scripts/install-test-tools)");
        skipped(missing);
    }
    found
}

/// Whether a program can be started and says that all is well.
pub(crate) fn runs(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// A script of the repository, ready to run with its packages in any folder; none where they are not installed and
/// nobody insists.
pub(crate) fn script(path: &str) -> Option<Command> {
    let (runner, path) = (root().join(WITH_PACKAGES), root().join(path));
    let ready = Command::new(&runner).arg("--ready").arg(&path).status().is_ok_and(|status| status.success());
    let missing = format!("the packages of {}: `{WITH_PACKAGES} --install` fetches them", path.display());
    found((ready || are_required()).then_some(()), &missing)?;
    let mut command = Command::new(runner);
    command.arg(path).stdin(Stdio::null());
    Some(command)
}

/// What a command prints; it has to succeed.
pub(crate) fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{}\n{said}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).unwrap()
}
