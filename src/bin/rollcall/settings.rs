//! What the ledger keeps of a run for whoever goes on with it: how fast it went, what it may, and what it had read.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use rollcall::apply::Making;
use rollcall::ledger::Run;
use rollcall::plan::brakes::Limit;
use rollcall::report::{Figures, FileReport, Report, RowReport};
use serde::{Deserialize, Serialize};

use crate::account::{Pace, Settings};
use crate::args::{ListArgs, ReachArgs};
use crate::failure::Failure;
use crate::routed::Routed;
use crate::touches::Touch;

/// The settings of a run. A field that an older program did not know has its usual value.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RunSettings {
    pub(crate) auth_url: Option<String>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) rate: f64,
    pub(crate) concurrency: NonZeroUsize,
    pub(crate) timeout: f64,
    pub(crate) retries: u32,
    pub(crate) verify_wait: f64,
    /// Whether a group's whole change goes in one request.
    pub(crate) atomic: bool,
    /// Whether those who left may be added again.
    pub(crate) readd_left: bool,
    /// Whether empty groups at the end of an audience are deleted.
    pub(crate) drop_empty: bool,
    /// What the list is known by, when it names groups itself.
    pub(crate) routed: Option<Routed>,
    /// Whether an undo deletes the groups that the run has made, once they are empty.
    pub(crate) delete_created: bool,
    /// The share of rejected rows that is no reason for another exit code.
    pub(crate) rejects_ok: Option<String>,
    /// What groups get that are to be made, by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) making: BTreeMap<String, Making>,
    /// What groups get once their members are there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) touches: Vec<Touch>,
    /// What was read, and what became of it.
    pub(crate) read: Reading,
    /// How to read it again; none for a run without a list.
    pub(crate) list: Option<ListSettings>,
}

/// How a list was read, so that it can be read again from any folder. Its files are among the run's inputs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ListSettings {
    pub(crate) args: ListArgs,
    /// What its files are called.
    pub(crate) names: Vec<String>,
    /// Where the rejects were asked for.
    pub(crate) rejects: Option<PathBuf>,
    /// Where the verdicts were asked for.
    pub(crate) verdicts: Option<PathBuf>,
}

/// The figures of a list.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Reading {
    rows: RowReport,
    rejected_by_reason: Figures,
    repairs: Figures,
    superseded: u64,
    by_region: Figures,
    by_type: Figures,
    files: FileReport,
    digest: Option<String>,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            auth_url: None,
            ca_file: None,
            rate: 10.0,
            concurrency: NonZeroUsize::MIN.saturating_add(3),
            timeout: 30.0,
            retries: 5,
            verify_wait: 10.0,
            atomic: false,
            readd_left: false,
            drop_empty: false,
            routed: None,
            delete_created: false,
            rejects_ok: None,
            making: BTreeMap::new(),
            touches: Vec::new(),
            read: Reading::default(),
            list: None,
        }
    }
}

impl RunSettings {
    /// The settings of a run that reaches its account in this way.
    pub(crate) fn of_connection(settings: &Settings) -> Self {
        let Pace { rate, concurrency, timeout, retries, .. } = settings.pace;
        Self {
            auth_url: settings.auth_url.clone(),
            // Whoever goes on may stand in another folder.
            ca_file: settings.ca_file.as_ref().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone())),
            rate,
            concurrency,
            timeout,
            retries,
            ..Self::default()
        }
    }

    /// The settings that a run ran under.
    pub(crate) fn of_run(run: &Run) -> Self {
        serde_json::from_value(run.settings.clone()).unwrap_or_default()
    }

    /// The settings of a run with what was given anew.
    pub(crate) fn but(self, given: &ReachArgs) -> Self {
        Self {
            auth_url: given.connection.auth_url.clone().or(self.auth_url),
            ca_file: given.connection.ca_file.clone().or(self.ca_file),
            rate: given.connection.rate.unwrap_or(self.rate),
            concurrency: given.connection.concurrency.unwrap_or(self.concurrency),
            timeout: given.connection.timeout.unwrap_or(self.timeout),
            retries: given.connection.retries.unwrap_or(self.retries),
            verify_wait: given.verify_wait.unwrap_or(self.verify_wait),
            ..self
        }
    }

    /// The form in which they are kept, with what the report knows of the list.
    pub(crate) fn with(&self, report: &Report) -> Result<serde_json::Value, Failure> {
        let read = Reading {
            rows: report.rows,
            rejected_by_reason: report.rejected_by_reason.clone(),
            repairs: report.repairs.clone(),
            superseded: report.superseded,
            by_region: report.by_region.clone(),
            by_type: report.by_type.clone(),
            files: report.files.clone(),
            digest: report.digest.clone(),
        };
        serde_json::to_value(Self { read, ..self.clone() }).map_err(Failure::internal)
    }

    /// Tells the report what was read when the run began.
    pub(crate) fn recall(&self, report: &mut Report) {
        let read = self.read.clone();
        report.rows = read.rows;
        report.rejected_by_reason = read.rejected_by_reason;
        report.repairs = read.repairs;
        report.superseded = read.superseded;
        report.by_region = read.by_region;
        report.by_type = read.by_type;
        report.files = read.files;
        report.digest = read.digest;
    }

    /// The share of rejected rows that is no reason for another exit code.
    pub(crate) fn rejects_limit(&self) -> Option<Limit> {
        self.rejects_ok.as_deref().and_then(|limit| limit.parse().ok())
    }
}
