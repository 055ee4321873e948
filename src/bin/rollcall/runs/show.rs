//! `rollcall runs show`: everything that is known of one run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use rollcall::ledger::{Input, Ledger, LedgerError, Run, StateFolder, StoredPlan};
use rollcall::report::{Report, counted, escaped};
use serde::Serialize;
use serde_json::{Value, json as value};

use crate::args::ShowArgs;
use crate::failure::{Exit, Failure};
use crate::report_file::ReportFile;
use crate::terminal::Terminal;

use super::{count, json, list};

/// What was read.
#[derive(Serialize)]
struct InputLine {
    role: &'static str,
    path: String,
    rows: u64,
    bytes: u64,
    modified: Option<Timestamp>,
    sha256: String,
}

/// What became of one plan.
#[derive(Serialize)]
struct PlanLine {
    group: String,
    id: Option<String>,
    creation: &'static str,
    mode: &'static str,
    before: u64,
    to_add: u64,
    to_remove: u64,
    added: Option<u64>,
    removed: Option<u64>,
    refused: u64,
    /// Requests by what is known of them.
    requests: BTreeMap<&'static str, u64>,
}

pub(super) fn run(args: &ShowArgs, state: &StateFolder, terminal: &Terminal) -> Result<Exit, Failure> {
    let ledger = Ledger::open(state)?;
    let run = ledger.find_run(&args.run.run)?;
    let plans = ledger.plans(&run.id)?;
    let plans = plans.iter().map(|plan| plan_line(&ledger, &run, plan)).collect::<Result<Vec<_>, LedgerError>>()?;
    let inputs: Vec<InputLine> = ledger.inputs(&run.id)?.iter().map(input_line).collect();
    let report = ledger.report(&run.id)?;
    if let Some(file) = ReportFile::create(args.report.as_deref())? {
        file.write(&told(&run, report.as_deref())?, Some(&ledger))?;
        terminal.note(&format!("wrote the report of run {}", run.id));
    }
    let files = files(state, &run);
    let resume = (run.state.is_resumable() && run.undone_by.is_none()).then(|| terminal.resume(&run.id));
    if terminal.json() {
        let mut report =
            report.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_else(|| without_report(&run));
        let line = serde_json::to_value(list::line(&ledger, &run)?).map_err(Failure::internal)?;
        if let (Value::Object(report), Value::Object(line)) = (&mut report, line) {
            // What the report says itself stays as it was said.
            for (name, value) in line {
                report.entry(name).or_insert(value);
            }
            report.insert("state".to_owned(), value!(run.state.as_str()));
            report.insert("plans".to_owned(), serde_json::to_value(&plans).map_err(Failure::internal)?);
            report.insert("inputs".to_owned(), serde_json::to_value(&inputs).map_err(Failure::internal)?);
            report.insert("folder".to_owned(), value!(files));
            report.insert("resume".to_owned(), value!(resume));
        }
        terminal.out(&json(&report)?)?;
    } else {
        terminal.out(&card(&run, &inputs, &plans, &files, resume.as_deref()))?;
    }
    Ok(Exit::Done)
}

/// The report of the run's last end.
fn told(run: &Run, report: Option<&str>) -> Result<Report, Failure> {
    let Some(text) = report else {
        let why = if run.trimmed { "is no longer kept" } else { "was never written: it did not come to an end" };
        return Err(Failure::usage(
            format!("the report of run {} {why}", run.id),
            "`rollcall runs show RUN` shows what is known of it",
        ));
    };
    let mut told = Report::from_json(text).map_err(Failure::internal)?;
    // Of both an older program has written nothing.
    told.started.get_or_insert(run.started);
    told.account.get_or_insert_with(|| run.account.clone());
    Ok(told)
}

/// What a run that was killed would have said of itself.
fn without_report(run: &Run) -> Value {
    value!({ "format": 1, "command": run.command, "run": run.id.as_str(), "mode": run.mode, "exit": run.exit })
}

fn input_line(input: &Input) -> InputLine {
    InputLine {
        role: input.role.as_str(),
        path: input.path.display().to_string(),
        rows: input.rows,
        bytes: input.size,
        modified: input.modified,
        sha256: input.sha256.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")),
    }
}

fn plan_line(ledger: &Ledger, run: &Run, plan: &StoredPlan) -> Result<PlanLine, LedgerError> {
    let mut requests = BTreeMap::new();
    for chunk in ledger.chunks(plan.id)? {
        *requests.entry(chunk.state.as_str()).or_default() += 1;
    }
    let effect = if run.trimmed { None } else { Some(ledger.took_effect(plan.id)?) };
    Ok(PlanLine {
        group: plan.group_ref().label().to_owned(),
        id: plan.group.as_ref().map(ToString::to_string),
        creation: plan.creation.as_str(),
        mode: plan.mode.as_str(),
        before: plan.before,
        to_add: plan.adds,
        to_remove: plan.removes,
        added: effect.as_ref().map(|effect| count(effect.added.len())),
        removed: effect.as_ref().map(|effect| count(effect.removed.len())),
        refused: count(ledger.refusals(plan.id)?.len()),
        requests,
    })
}

/// The files in the run's folder, by name.
fn files(state: &StateFolder, run: &Run) -> Vec<String> {
    let folder: PathBuf = state.run(&run.id).file("");
    // A run without rejects has no folder.
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<String> = entries.flatten().map(|entry| entry.path().display().to_string()).collect();
    files.sort();
    files
}

fn card(run: &Run, inputs: &[InputLine], plans: &[PlanLine], files: &[String], resume: Option<&str>) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| text += &format!("{label:<9}  {value}\n");
    line("run", run.id.as_str());
    line("command", &escaped(&run.command));
    line("account", &escaped(&run.account));
    line("mode", &escaped(&run.mode));
    line("state", &format!("{} ({})", run.state, meaning(run.state)));
    line("started", &run.started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    if let Some(ended) = run.ended {
        line("ended", &ended.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    }
    if let Some(exit) = run.exit {
        line("exit", &exit.to_string());
    }
    if let Some(other) = &run.undo_of {
        line("undoes", other.as_str());
    }
    if let Some(other) = &run.undone_by {
        line("undone by", other.as_str());
    }
    for input in inputs {
        let what = if input.role == "list" { "" } else { "suppression list " };
        line("read", &format!("{what}{} ({})", escaped(&input.path), counted(input.rows, "row", "rows")));
    }
    for plan in plans {
        line("group", &plan_text(plan));
    }
    if run.trimmed {
        line("numbers", "no longer kept");
    }
    for file in files {
        line("file", &escaped(file));
    }
    if let Some(resume) = resume {
        line("resume", &escaped(resume));
    }
    text
}

fn plan_text(plan: &PlanLine) -> String {
    let figure = |done: Option<u64>, planned: u64| match done {
        Some(done) => format!("{done} of {planned}"),
        None => planned.to_string(),
    };
    let mut text = format!(
        "{}: {} before, {} added, {} removed",
        escaped(&plan.group),
        plan.before,
        figure(plan.added, plan.to_add),
        figure(plan.removed, plan.to_remove),
    );
    if plan.refused > 0 {
        text += &format!(", {} refused", plan.refused);
    }
    let requests: Vec<String> = plan.requests.iter().map(|(state, count)| format!("{count} {state}")).collect();
    if !requests.is_empty() {
        text += &format!("; requests: {}", requests.join(", "));
    }
    if plan.creation == "made" {
        text += "; made by this run";
    }
    text
}

fn meaning(state: rollcall::ledger::RunState) -> &'static str {
    use rollcall::ledger::RunState;
    match state {
        RunState::Begun => "it ended before anything was planned",
        RunState::Planned => "nothing was sent yet",
        RunState::Applying => "it is at work, or was killed",
        RunState::Incomplete => "the rest is kept",
        RunState::Applied => "everything was sent; the members were not read back",
        RunState::Verified => "the members were read back and are as planned",
        RunState::Differs => "the members were read back and are not as planned",
        RunState::Refused => "nothing was sent",
        RunState::Failed => "there is nothing to resume",
        RunState::Abandoned => "its rest will never be sent",
    }
}
