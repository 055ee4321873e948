//! `rollcall plan`: what an import would do, saved for review. Changes nothing and holds nobody up.

use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use rollcall::apply::{Drafted, Part};
use rollcall::ledger::{Ledger, StateFolder};
use rollcall::numbers::Census;
use rollcall::output::{Output, OutputError};
use rollcall::plan::brakes::BrakeVerdict;
use rollcall::plan::{Cost, GroupRef, Mode, Plan, PlanFile, Section, Sending};
use rollcall::report::Report;

use crate::account;
use crate::args::{Common, PlanArgs};
use crate::carry::{Way, cut, describe, judge};
use crate::check::rejects_exit;
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::import::{self, Ending, ListDraft, Purpose, draft_list};
use crate::list::{Gathered, paper};
use crate::report_file::ReportFile;
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: &PlanArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let began = Instant::now();
    one_result_on_stdout(args, common)?;
    let list = &args.import;
    let state = connect::state(common)?;
    let connection = account::settings(&list.connection, common, &state)?;
    let pace = connection.pace;
    let way = import::way(list, pace)?;
    let ledger = Ledger::open(&state)?;
    let output = paper(args.output.as_deref())?;
    let report_file = ReportFile::create(list.report.file.as_deref())?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    stop.at_deadline(&runtime, list.change.deadline, terminal)?;

    let mut report = Report::new("plan");
    report.mode = Some(import::mode(&list.change));
    report.dry_run = true;
    let made = import::read(list, None, &stop, terminal, &mut report).and_then(|gathered| {
        runtime.block_on(async {
            let link = Link::open(connection, &stop.token, terminal).await?;
            let made = make(args, gathered, &way, pace.rate, &link, &ledger, &state).await;
            link.tell(&mut report);
            link.close().await;
            made.map_err(|failure| unless_stopped(failure, stop.exit()))
        })
    });
    let file = made?;
    let exit = judged(args, &file, &way, &mut report);
    if let (Some(output), Some(path)) = (output, &args.output) {
        save(&file, output, path)?;
        report.files.plan = Some(path.display().to_string());
    }
    let exit = exit.and(rejects_exit(&report, list.rejects_ok.rejects_ok));
    let ending = Ending { began, ledger: &ledger, run: None, keep: common.keep };
    import::finish(report, exit, &ending, report_file, terminal)
}

/// Two results on one stdout would be none.
fn one_result_on_stdout(args: &PlanArgs, common: &Common) -> Result<(), Failure> {
    let papers = [&args.output, &args.import.rejects, &args.import.verdicts, &args.import.report.file];
    let on_stdout = papers.into_iter().flatten().filter(|path| path.as_os_str() == "-").count();
    if on_stdout + usize::from(common.json) > 1 {
        return Err(Failure::usage("stdout can take one result", "name a file for the others instead of `-`"));
    }
    Ok(())
}

/// Drafts the plans and asks the brakes.
async fn make(
    args: &PlanArgs,
    gathered: Gathered,
    way: &Way,
    rate: f64,
    link: &Link,
    ledger: &Ledger,
    state: &StateFolder,
) -> Result<PlanFile, Failure> {
    let ListDraft { draft, verdicts: of_rows, .. } =
        draft_list(&Purpose::Import, &args.import, gathered, false, link, ledger, state).await?;
    let of_changes = judge(&draft.plans, &way.limits);
    let mut requests = cut(&draft.plans, way)?.into_iter().map(|chunks| chunks.len());
    let made = Timestamp::now().round(jiff::Unit::Second).ok();
    let mut sections: Vec<Section> = Vec::with_capacity(draft.plans.len());
    for one in draft.plans {
        let label = one.label().to_owned();
        let Drafted { audience, spread, facts, mut listed, parts, .. } = one;
        // What the brakes say of an audience stands in the first section of it.
        let own = of_changes.iter().filter(|verdict| verdict.group.as_deref() == Some(&label));
        let of_rows = if sections.is_empty() { of_rows.as_slice() } else { &[] };
        let mut verdicts: Vec<BrakeVerdict> = of_rows.iter().chain(own).cloned().collect();
        let whole = spread.is_none();
        for Part { plan, live, .. } in parts {
            let listed = if whole { std::mem::take(&mut listed) } else { listed.intersection(&live).union(&plan.add) };
            let cost = cost(&plan, requests.next().unwrap_or_default(), rate);
            sections.push(Section {
                plan,
                audience: audience.name.clone(),
                spread: spread.as_ref().and_then(|spread| spread.homes.template.clone()),
                live: std::sync::Arc::unwrap_or_clone(live),
                listed,
                rows: facts.rows,
                readd_left: args.import.change.readd_left,
                verdicts: std::mem::take(&mut verdicts),
                sending: Sending {
                    chunk_size: way.schedule.chunk_size,
                    group_limit: way.schedule.group_limit,
                    atomic: way.schedule.atomic,
                },
                cost,
                made,
            });
        }
    }
    Ok(PlanFile { sections })
}

/// What applying a plan costs: the changes, and what is around them.
fn cost(plan: &Plan, chunks: usize, rate: f64) -> Cost {
    // The group is looked for, made or read, and read back. A replacement sends its settings and the members who stay
    // again, which have to be read for it.
    let around = if plan.mode == Mode::Replace && chunks > 0 { 5 } else { 3 };
    let requests = around + u64::try_from(chunks).unwrap_or(u64::MAX);
    #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "nobody waits for 2^53 requests")]
    let seconds = requests as f64 / rate;
    Cost { requests, seconds }
}

/// Writes the plans into the report. A brake that trips stops nothing here: the plan is saved with what the brake says,
/// and `apply` will hear it.
fn judged(args: &PlanArgs, file: &PlanFile, way: &Way, report: &mut Report) -> Exit {
    let digest = file.digest();
    report.digest = Some(digest.to_string());
    report.cost = Some(file.cost());
    describe(file.sections.iter().map(Section::named), report);
    let mut members = Census::default();
    file.sections.iter().for_each(|section| members += &Census::from(&section.live));
    report.set_members(&members);
    let mut exit = Exit::Done;
    for section in &file.sections {
        report.add_brakes(&section.verdicts);
        if way.overriding != Some(digest) && section.verdicts.iter().any(|verdict| verdict.tripped) {
            exit = Exit::Brake;
        }
    }
    let changes = |section: &Section| !section.plan.is_empty() || matches!(section.plan.group, GroupRef::New { .. });
    if args.detailed_exitcode && file.sections.iter().any(changes) {
        exit = exit.and(Exit::Changes);
    }
    exit
}

fn save(file: &PlanFile, mut output: Output, path: &Path) -> Result<(), Failure> {
    file.write(&mut output).map_err(|source| OutputError { path: path.to_owned(), source })?;
    Ok(output.finish()?)
}
