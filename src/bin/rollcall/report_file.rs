//! `--report FILE`: the report as JSON, or as a page for people when the name ends in `.html`.

use std::io::Write;
use std::path::{Path, PathBuf};

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
    pub(crate) fn write(mut self, report: &Report, ledger: Option<&Ledger>) -> Result<(), Failure> {
        let text = if self.is_page() {
            let history = ledger.map_or_else(|| Ok(History::of(report)), |ledger| history(report, ledger))?;
            page(report, &history)
        } else {
            report.to_json().map_err(Failure::internal)?
        };
        self.output.write_all(text.as_bytes()).map_err(|source| OutputError { path: self.path, source })?;
        Ok(self.output.finish()?)
    }

    fn is_page(&self) -> bool {
        let name = self.name().to_ascii_lowercase();
        let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
        [".html", ".htm"].iter().any(|ending| name.ends_with(ending))
    }
}

/// What the runs of this account before this one have done to its groups, as far as their reports are kept.
fn history(report: &Report, ledger: &Ledger) -> Result<History, LedgerError> {
    let mut history = History::of(report);
    let Some(account) = report.account.as_deref() else { return Ok(history) };
    for run in ledger.runs(RunFilter { account: Some(account), ..RunFilter::default() })?.iter().rev() {
        let earlier = report.started.is_none_or(|started| run.started <= started)
            && Some(run.id.as_str()) != report.run.as_deref();
        if let (true, Some(text)) = (earlier, ledger.report(&run.id)?)
            && let Ok(told) = Report::from_json(&text)
        {
            history.add(run.started, &told);
        }
    }
    Ok(history)
}
