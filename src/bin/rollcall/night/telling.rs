//! Whoever wants to know how a night went: the report that is kept, the metrics, the hooks. None of them changes how it
//! went.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rollcall::jobs::{Hook, Metrics, Moment, News};
use rollcall::output::{Output, OutputError};
use rollcall::report::escaped;
use serde_json::{Map, Value};

use crate::connect;
use crate::failure::{Exit, Failure};
use crate::terminal::Terminal;

use super::memory::ended_well;

/// Reports that are kept unless the job says otherwise.
pub(super) const KEPT: usize = 90;

/// How a night has ended.
pub(super) struct Ended {
    pub(super) exit: Exit,
    pub(super) skipped: bool,
    pub(super) seconds: f64,
    /// What is known of it: the report, or as much of one as there is.
    pub(super) report: Value,
    /// Why it has failed.
    pub(super) error: Option<String>,
    /// What to do about it.
    pub(super) hint: Option<String>,
}

impl Ended {
    /// The moment for those who hear of several: the rarest that fits.
    fn moments(&self, was_well: bool, was_brake: bool) -> Vec<Moment> {
        if ended_well(self.exit.code()) {
            let recovered = (!was_well).then_some(Moment::Recovery);
            recovered.into_iter().chain([Moment::Success]).collect()
        } else {
            let first = (self.exit == Exit::Brake && !was_brake).then_some(Moment::Brake);
            first.into_iter().chain([Moment::Failure]).collect()
        }
    }
}

/// The one who tells, for one job.
pub(super) struct Teller<'a> {
    pub(super) job: &'a str,
    pub(super) run: &'a str,
    pub(super) hooks: &'a [Hook],
    pub(super) terminal: &'a Terminal,
}

impl Teller<'_> {
    /// Tells that a night begins.
    pub(super) fn begins(&self) {
        let news = News {
            text: format!("rollcall {}: begins", self.job),
            event: Moment::Start,
            job: self.job.to_owned(),
            run: Some(self.run.to_owned()),
            exit: None,
            report: Value::Null,
            report_file: None,
        };
        self.tell(&[Moment::Start], &news);
    }

    /// Tells how it has ended.
    pub(super) fn has_ended(&self, ended: &Ended, was_well: bool, was_brake: bool, report_file: Option<PathBuf>) {
        let moments = ended.moments(was_well, was_brake);
        let news = News {
            text: self.text(ended, &moments),
            event: Moment::Success,
            job: self.job.to_owned(),
            run: Some(self.run.to_owned()),
            exit: Some(ended.exit.code()),
            report: excerpt(ended),
            report_file,
        };
        self.tell(&moments, &news);
    }

    /// Each hook hears once: of the first of the moments that it is there for.
    fn tell(&self, moments: &[Moment], news: &News) {
        let heard = |hook: &Hook| moments.iter().copied().find(|moment| hook.on.contains(moment));
        let calls: Vec<(&Hook, News)> = self
            .hooks
            .iter()
            .filter_map(|hook| heard(hook).map(|event| (hook, News { event, ..news.clone() })))
            .collect();
        if calls.is_empty() {
            return;
        }
        let told = connect::runtime().map(|runtime| {
            runtime.block_on(async {
                for (hook, news) in calls {
                    for error in hook.tell(&news).await {
                        self.terminal.warn(&escaped(&error.to_string()));
                    }
                }
            });
        });
        if let Err(failure) = told {
            self.terminal.warn(&format!("nobody could be told: {}", escaped(&failure.error.to_string())));
        }
    }

    fn text(&self, ended: &Ended, moments: &[Moment]) -> String {
        let (job, exit) = (self.job, ended.exit.code());
        let figure = |place: &str| ended.report.pointer(place).and_then(Value::as_u64).unwrap_or_default();
        if !ended_well(exit) {
            let why = ended.error.clone().or_else(|| tripped(&ended.report)).or_else(|| failed(&ended.report));
            let why = why.unwrap_or_else(|| "see the report".to_owned());
            let hint = ended.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            let word = if ended.exit == Exit::Brake { "stopped by a brake" } else { "failed" };
            return format!("rollcall {job}: {word}, exit {exit}, run {}: {why}{hint}", self.run);
        }
        let again = if moments.contains(&Moment::Recovery) { "well again, " } else { "" };
        if ended.skipped {
            return format!("rollcall {job}: {again}skipped, as nothing has changed");
        }
        if let Some(written) = ended.report.pointer("/rows/written").and_then(Value::as_u64) {
            return format!("rollcall {job}: {again}{} members exported, in {written} rows", figure("/members"));
        }
        format!(
            "rollcall {job}: {again}{} added, {} removed, {} of {} rows rejected (exit {exit})",
            figure("/members/added"),
            figure("/members/removed"),
            figure("/rows/rejected"),
            figure("/rows/read"),
        )
    }
}

/// What the brakes that refused have said.
fn tripped(report: &Value) -> Option<String> {
    let brakes = report.get("brakes")?.as_array()?.iter();
    let tripped = brakes.filter(|brake| brake.get("tripped").and_then(Value::as_bool) == Some(true));
    let said: Vec<&str> = tripped.filter_map(|brake| brake.get("message")?.as_str()).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// What has kept groups from being carried through.
fn failed(report: &Value) -> Option<String> {
    let groups = report.get("groups")?.as_array()?.iter();
    let mut said: Vec<&str> = groups.filter_map(|group| group.get("failure")?.as_str()).collect();
    said.dedup();
    (!said.is_empty()).then(|| said.join("; "))
}

/// The figures that go around the world: no names of files but those of reports.
fn excerpt(ended: &Ended) -> Value {
    let kept = ["command", "mode", "groups", "rows", "rejected_by_reason", "members", "requests", "verified", "brakes"];
    let mut excerpt: Map<String, Value> =
        kept.iter().filter_map(|name| Some(((*name).to_owned(), ended.report.get(name)?.clone()))).collect();
    excerpt.insert("skipped".to_owned(), ended.skipped.into());
    excerpt.insert("seconds".to_owned(), ended.seconds.into());
    excerpt.insert("error".to_owned(), ended.error.clone().into());
    Value::Object(excerpt)
}

/// Keeps the report of a night, and lets the oldest ones go.
pub(super) fn keep(folder: &Path, run: &str, ended: &Ended, keep: usize) -> Result<Option<PathBuf>, Failure> {
    if keep == 0 {
        return Ok(None);
    }
    let reports = folder.join("reports");
    let failed = |source| OutputError { path: reports.clone(), source };
    std::fs::create_dir_all(&reports).map_err(failed)?;
    let path = reports.join(format!("{run}.json"));
    let text = serde_json::to_string_pretty(&ended.report).map_err(Failure::internal)?;
    write(&path, &text, 0o600)?;
    let mut all: Vec<PathBuf> = std::fs::read_dir(&reports)
        .map_err(failed)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    // They are named by their time; this one is the newest, whatever the clock said meanwhile.
    all.retain(|other| *other != path);
    all.sort();
    let old = (all.len() + 1).saturating_sub(keep);
    for path in all.into_iter().take(old) {
        std::fs::remove_file(&path).map_err(failed)?;
    }
    Ok(Some(path))
}

/// Writes the metrics, for whoever collects them: they hold no numbers.
pub(super) fn measure(path: &Path, metrics: &Metrics) -> Result<(), Failure> {
    write(path, &metrics.text(), 0o644)
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let failed = |source| OutputError { path: path.to_owned(), source };
    let mut output = Output::create(path)?;
    output.write_all(text.as_bytes()).map_err(failed)?;
    output.finish()?;
    if mode != 0o600 {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(failed)?;
    }
    Ok(())
}
