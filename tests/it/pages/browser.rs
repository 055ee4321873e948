//! A browser without a window.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::tools::{found, runs};

/// Chromium, wherever it is.
pub(super) struct Browser {
    program: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Light,
    Dark,
}

/// What a page has come to.
#[derive(Debug)]
pub(super) struct Look {
    /// The document when it had settled.
    pub(super) dom: String,
    /// What the browser and the page have said on the console.
    pub(super) console: Vec<String>,
}

impl Browser {
    /// The browser; none where there is none and nobody insists.
    pub(super) fn find() -> Option<Self> {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let program = names.into_iter().find(|program| runs(program, &["--version"]));
        found(program, "no chromium here; no browser looks at the report's page").map(|program| Self { program })
    }

    /// Opens a file, waits until it has loaded, and looks at it.
    pub(super) fn open(&self, file: &Path, scheme: Scheme) -> Look {
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new(self.program);
        command
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            // The pages of a folder may look into each other.
            .args(["--allow-file-access-from-files", "--enable-logging=stderr", "--dump-dom"])
            .arg(format!("--user-data-dir={}", profile.path().display()));
        if scheme == Scheme::Dark {
            command.arg("--blink-settings=preferredColorScheme=0");
        }
        let output = command.arg(format!("file://{}", file.display())).output().expect("the browser starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        Look {
            dom: String::from_utf8_lossy(&output.stdout).into_owned(),
            console: said.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect(),
        }
    }
}

impl Look {
    /// What the harness has found.
    pub(super) fn found(&self) -> Value {
        let text = self.dom.split("<pre id=\"found\">").nth(1).and_then(|rest| rest.split("</pre>").next());
        let text = text.unwrap_or_default().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {}", self.dom))
    }
}
