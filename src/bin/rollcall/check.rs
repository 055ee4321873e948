//! `rollcall check`: every row's verdict, offline.

use std::time::Instant;

use rollcall::audience::Papers;
use rollcall::plan::brakes::{Limit, min_rows};
use rollcall::report::Report;

use crate::args::{CheckArgs, Common};
use crate::connect;
use crate::failure::{Exit, Failure};
use crate::list::{gather, paper};
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: &CheckArgs, _common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let began = Instant::now();
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    let papers = Papers {
        verdicts: paper(args.verdicts.as_deref())?,
        clean: paper(args.output.as_deref())?,
        rejects: paper(args.rejects.as_deref())?,
    };
    let gathered = gather(&args.list, None, papers, &stop, terminal)?;
    let mut report = Report::new("check");
    report.set_tally(&gathered.audience.tally);
    report.detected = gathered.detected;
    let shown = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
    report.files.rejects = shown(&args.rejects);
    report.files.verdicts = shown(&args.verdicts);
    report.files.clean = shown(&args.output);
    let brake = min_rows(&gathered.audience.tally, args.min_rows);
    let braked = if brake.tripped { Exit::Brake } else { Exit::Done };
    report.add_brakes(&[brake]);
    let exit = braked.and(rejects_exit(&report, args.rejects_ok.rejects_ok));
    report.exit = exit.code();
    report.seconds = began.elapsed().as_secs_f64();
    terminal.report(&report)?;
    Ok(exit)
}

/// Rejected rows are worth a code of their own, unless so many were expected.
pub(crate) fn rejects_exit(report: &Report, expected: Option<Limit>) -> Exit {
    let rejected = report.rows.rejected;
    if rejected == 0 || expected.is_some_and(|limit| !limit.exceeded(rejected, report.rows.read)) {
        Exit::Done
    } else {
        Exit::Rejects
    }
}
