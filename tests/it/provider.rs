//! The sandbox and the client, held against what the provider publishes: its clients, its document, and the bodies as we
//! know them.

mod clients;
mod recorder;
mod schema;
mod traffic;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The script that installs the provider's clients below `target/`, and runs them.
const SCRIPT: &str = "scripts/with-provider";

/// Whether what cannot be tried must fail.
fn is_ci() -> bool {
    std::env::var("CI").as_deref() == Ok("true")
}

fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}");
}

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the script, when its tools are there or may be fetched. Yields what it prints.
fn with_provider(tool: &str, args: &[&str]) -> Option<String> {
    let script = |args: &[&str]| {
        let mut command = Command::new(root().join(SCRIPT));
        command.current_dir(root()).arg(tool).args(args).stdin(Stdio::null());
        command
    };
    let mut ready = script(&["--ready"]);
    if !is_ci() && !ready.status().is_ok_and(|status| status.success()) {
        skipped(&format!("`{SCRIPT} {tool} --install` fetches what this needs; nothing was tried with {tool}"));
        return None;
    }
    let output = script(args).output().expect("the script runs: it needs sh");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{tool} {args:?}\n{}\n{said}", String::from_utf8_lossy(&output.stdout));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The provider's own document, where somebody has put it: it is not ours to give away.
fn document() -> Option<PathBuf> {
    let beside = || root().parent().map(|parent| parent.join("shared/api/openapi-2021.yaml"));
    let named = std::env::var_os("ROLLCALL_TEST_OPENAPI").map(PathBuf::from);
    let found = named.or_else(beside).filter(|path| path.is_file());
    if found.is_none() {
        skipped("ROLLCALL_TEST_OPENAPI names no file; nothing was held against the provider's document");
    }
    found
}
