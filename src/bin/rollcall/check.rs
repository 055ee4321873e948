//! `rollcall check`: every row's verdict, offline.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use rollcall::audience::{Explain, Papers};
use rollcall::numbers::Reason;
use rollcall::plan::Mode;
use rollcall::plan::brakes::{Limit, RowLimits, judge_rows};
use rollcall::report::{Report, explained};

use crate::args::{CheckArgs, Common, PlusLess};
use crate::connect;
use crate::failure::{Exit, Failure};
use crate::list::{Gathered, Reading, gather, inputs, paper};
use crate::report_file::ReportFile;
use crate::signals::Stop;
use crate::terminal::Terminal;

/// How many rows `--explain` shows.
const ROWS_EXPLAINED: usize = 10;

pub(crate) fn run(args: &CheckArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let began = Instant::now();
    one_result_on_stdout(args, common)?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    let papers = Papers {
        verdicts: paper(args.verdicts.as_deref())?,
        clean: paper(args.output.as_deref())?,
        rejects: paper(args.rejects.as_deref())?,
    };
    let report_file = ReportFile::create(args.report.file.as_deref())?;
    let explain = match args.explain_line {
        Some(line) => Explain::Line(line),
        None if args.explain => Explain::First(ROWS_EXPLAINED),
        None => Explain::Nothing,
    };
    let inputs = inputs(&args.list, None, &stop)?;
    let reading = Reading { args: &args.list, inputs: &inputs, mode: None, explain, refused: &BTreeMap::new() };
    let mut gathered = gather(reading, papers, &stop, terminal)?;
    let mut report = Report::new("check");
    gathered.describe(&mut report);
    report.explained = std::mem::take(&mut gathered.audience.explained);
    if let (Some(line), true) = (args.explain_line, report.explained.is_empty()) {
        let hint = "lines count from 1, the header's included; blank lines are no rows";
        return Err(Failure::usage(format!("no row stands on line {line}"), hint));
    }
    let shown = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    report.files.rejects = shown(&args.rejects);
    report.files.verdicts = shown(&args.verdicts);
    report.files.clean = shown(&args.output);
    let braked = brakes(args, &gathered, &mut report, terminal);
    let exit = braked.and(rejects_exit(&report, args.rejects_ok.rejects_ok));
    report.exit = exit.code();
    report.seconds = began.elapsed().as_secs_f64();
    report.files.report = report_file.as_ref().map(ReportFile::name);
    if let Some(file) = report_file {
        file.write(&report, None)?;
    }
    if !terminal.json() && explain != Explain::Nothing {
        let detected = if args.explain { report.detected.as_slice() } else { &[] };
        terminal.out(&explained(detected, &report.explained))?;
    }
    terminal.report(&report)?;
    Ok(exit)
}

/// Asks the brakes that say something of the lists themselves. Rejected rows are what a check is asked for, so the
/// brakes that count them do not stop it; that they would stop an import is worth a warning.
fn brakes(args: &CheckArgs, gathered: &Gathered, report: &mut Report, terminal: &Terminal) -> Exit {
    let limits = RowLimits {
        max_rejects: None,
        min_rows: Some(args.min_rows),
        max_suppress_rejects: args.max_suppress_rejects,
        plus_less_auto: args.list.policy.plus_less == PlusLess::Auto,
    };
    let verdicts = judge_rows(&gathered.audience.tally, Mode::Add, gathered.suppression.rejects, &limits);
    let (own, others): (Vec<_>, Vec<_>) =
        verdicts.into_iter().partition(|verdict| matches!(verdict.name, "min_rows" | "suppress_rejects"));
    for brake in others.iter().filter(|brake| brake.tripped) {
        let warning = format!("the brake {} would stop an import: {}", brake.name, brake.message);
        terminal.warn(&warning);
        report.warnings.push(warning);
    }
    report.add_brakes(&own);
    if own.iter().any(|brake| brake.tripped) { Exit::Brake } else { Exit::Done }
}

/// Two results on one stdout would be none.
fn one_result_on_stdout(args: &CheckArgs, common: &Common) -> Result<(), Failure> {
    let papers = [&args.output, &args.rejects, &args.verdicts, &args.report.file];
    let on_stdout = papers.into_iter().flatten().filter(|path| path.as_os_str() == "-").count();
    let told = common.json || args.explain || args.explain_line.is_some();
    if on_stdout + usize::from(told) > 1 {
        return Err(Failure::usage("stdout can take one result", "name a file for the others instead of `-`"));
    }
    Ok(())
}

/// Rejected rows, and numbers that the provider has refused, are worth a code of their own, unless so many were
/// expected.
pub(crate) fn rejects_exit(report: &Report, expected: Option<Limit>) -> Exit {
    let among_rows = report.rejected_by_reason.contains_key(Reason::ProviderRefused.as_str());
    let rejected = report.rows.rejected + if among_rows { 0 } else { report.members.refused };
    if rejected == 0 || expected.is_some_and(|limit| !limit.exceeded(rejected, report.rows.read)) {
        Exit::Done
    } else {
        Exit::Rejects
    }
}
