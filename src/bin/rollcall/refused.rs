//! The rows of numbers that the provider has refused: moved from the accepted to the rejected, in the report and in the
//! papers, for which the list is read once more. Where it cannot be, the numbers are written down by themselves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rollcall::audience::{Explain, Papers};
use rollcall::contacts::{self, Fingerprint, RecordWriter};
use rollcall::ledger::{Input, InputRole, Ledger, Run, RunFolder};
use rollcall::numbers::Msisdn;
use rollcall::output::{Output, OutputError};
use rollcall::plan::Mode;
use rollcall::report::{Report, escaped};

use crate::failure::{Exit, Failure};
use crate::list::{Gathered, Reading, gather, paper};
use crate::settings::{ListSettings, RunSettings};
use crate::signals::Stop;
use crate::terminal::Terminal;

/// The file of those whose rows are not known, in the run's folder.
const REFUSED: &str = "refused.csv";

/// Tells whom the provider has refused in a run, as far as the run has come. A failure here is one of telling: the run
/// stands as it is.
pub(crate) fn tell(
    run: &Run,
    folder: &RunFolder,
    ledger: &Ledger,
    stop: &Stop,
    terminal: &Terminal,
    report: &mut Report,
) -> Exit {
    match told(run, folder, ledger, stop, terminal, report) {
        Ok(()) => Exit::Done,
        Err(failure) => {
            terminal.failure(&failure);
            failure.exit
        }
    }
}

fn told(
    run: &Run,
    folder: &RunFolder,
    ledger: &Ledger,
    stop: &Stop,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<(), Failure> {
    let refused = refused(ledger, run)?;
    if refused.is_empty() {
        return Ok(());
    }
    folder.ensure()?;
    let settings = RunSettings::of_run(run);
    let (inputs, mode) = (ledger.inputs(&run.id)?, Mode::from_name(&run.mode));
    let why = match &settings.list {
        None => None,
        Some(list) if is_as_it_was(&inputs) => match again(list, &inputs, mode, &refused, folder, stop, terminal) {
            Ok((gathered, rejects)) => {
                report.set_tally(&gathered.audience.tally);
                report.files.rejects = Some(rejects.display().to_string());
                return Ok(());
            }
            Err(failure) if failure.exit == Exit::Interrupted => return Err(failure),
            Err(failure) => {
                terminal.failure(&failure);
                Some("the list could not be read again")
            }
        },
        Some(_) => Some("the list is no longer what was read"),
    };
    let path = folder.file(REFUSED);
    write(&refused, &path)?;
    let shown = path.display().to_string();
    if let Some(why) = why {
        let place = escaped(&shown);
        terminal.warn(&format!("{why}: the refused numbers are in {place}, without their rows"));
    }
    report.files.refused = Some(shown);
    Ok(())
}

/// The numbers that the provider has refused in some group and taken in none, with its words.
fn refused(ledger: &Ledger, run: &Run) -> Result<BTreeMap<Msisdn, String>, Failure> {
    let mut refused = BTreeMap::new();
    for plan in ledger.plans(&run.id)? {
        let refusals = ledger.refusals(plan.id)?;
        refused.extend(refusals.into_iter().map(|refusal| (refusal.number, refusal.words)));
    }
    if refused.is_empty() {
        return Ok(refused);
    }
    for plan in ledger.plans(&run.id)? {
        let effect = ledger.took_effect(plan.id)?;
        refused.retain(|number, _| ![&effect.added, &effect.removed].into_iter().any(|set| set.contains(*number)));
    }
    Ok(refused)
}

/// Whether every file is still what was read.
fn is_as_it_was(inputs: &[Input]) -> bool {
    inputs
        .iter()
        .all(|input| Fingerprint::of(&input.path).is_ok_and(|now| now.size == input.size && now.sha256 == input.sha256))
}

/// Reads the list again, and writes its papers anew.
fn again(
    list: &ListSettings,
    inputs: &[Input],
    mode: Option<Mode>,
    refused: &BTreeMap<Msisdn, String>,
    folder: &RunFolder,
    stop: &Stop,
    terminal: &Terminal,
) -> Result<(Gathered, PathBuf), Failure> {
    let rejects = list.rejects.clone().unwrap_or_else(|| folder.file("rejects.csv"));
    let papers =
        Papers { verdicts: paper_again(list.verdicts.as_deref())?, clean: None, rejects: paper_again(Some(&rejects))? };
    let files = inputs.iter().filter(|input| input.role == InputRole::List);
    let called =
        |(input, name): (&Input, &String)| contacts::Input::Known { path: input.path.clone(), name: name.clone() };
    let files: Vec<_> = files.zip(&list.names).map(called).collect();
    let reading = Reading { args: &list.args, inputs: &files, mode, explain: Explain::Nothing, refused };
    Ok((gather(reading, papers, stop, &terminal.hushed())?, rejects))
}

/// Opens a paper to write it once more. What is no file has been written to its reader already.
fn paper_again(path: Option<&Path>) -> Result<Option<Output>, Failure> {
    paper(path.filter(|path| path.is_file() || !path.exists() && *path != Path::new("-")))
}

fn write(refused: &BTreeMap<Msisdn, String>, path: &Path) -> Result<(), Failure> {
    let failed = |source| OutputError { path: path.to_owned(), source };
    let mut output = Output::create(path)?;
    let mut writer = RecordWriter::new(&mut output, b',');
    writer.write_record(["msisdn", "why"]).map_err(failed)?;
    for (number, words) in refused {
        writer.write_record([number.to_string().as_str(), words]).map_err(failed)?;
    }
    output.finish()?;
    Ok(())
}
