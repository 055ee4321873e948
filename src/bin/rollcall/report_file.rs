//! `--report FILE`: the report as JSON, or as a page for people when the name ends in `.html`.

use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rollcall::ledger::{Ledger, LedgerError, RunFilter};
use rollcall::output::{Output, OutputError};
use rollcall::report::{History, Report, page};

use crate::failure::Failure;

/// A report that is going to be written.
pub(crate) struct ReportFile {
    output: Output,
    path: PathBuf,
}

impl ReportFile {
    /// Opens the file before any work is done for it.
    pub(crate) fn create(path: Option<&Path>) -> Result<Option<Self>, Failure> {
        let Some(path) = path else { return Ok(None) };
        Ok(Some(Self { output: Output::create(path)?, path: path.to_owned() }))
    }

    /// The name, as it was given.
    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Writes the report. What earlier runs did to the same groups is found in the ledger.
    pub(crate) fn write(self, report: &Report, ledger: Option<&Ledger>) -> Result<(), Failure> {
        let text = if self.is_page() {
            let earlier = ledger.map_or_else(|| Ok(Vec::new()), |ledger| earlier(report, ledger))?;
            page(report, &History::of(report, earlier))
        } else {
            report.to_json().map_err(Failure::internal)?
        };
        self.put(&text)
    }

    /// The same for a command that has a JSON form of its own.
    pub(crate) fn write_or(self, report: &Report, json: &str, ledger: &Ledger) -> Result<(), Failure> {
        if self.is_page() { self.write(report, Some(ledger)) } else { self.put(json) }
    }

    fn put(mut self, text: &str) -> Result<(), Failure> {
        self.output.write_all(text.as_bytes()).map_err(|source| OutputError { path: self.path, source })?;
        Ok(self.output.finish()?)
    }

    fn is_page(&self) -> bool {
        let name = self.name().to_ascii_lowercase();
        let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
        [".html", ".htm"].iter().any(|ending| name.ends_with(ending))
    }
}

/// What the runs of this account before this one have told, the oldest first, as far as their reports are kept.
fn earlier(report: &Report, ledger: &Ledger) -> Result<Vec<(Timestamp, Report)>, LedgerError> {
    let Some(account) = report.account.as_deref() else { return Ok(Vec::new()) };
    let mut runs = ledger.runs(RunFilter { account: Some(account), ..RunFilter::default() })?;
    if let Some(place) = runs.iter().position(|run| Some(run.id.as_str()) == report.run.as_deref()) {
        runs.drain(..=place);
    }
    let mut told = Vec::new();
    for run in runs.into_iter().rev() {
        // Of a run that was killed or trimmed there is none, and what cannot be read tells nothing.
        let text = ledger.report(&run.id)?.unwrap_or_default();
        told.extend(Report::from_json(&text).ok().map(|report| (run.started, report)));
    }
    Ok(told)
}
