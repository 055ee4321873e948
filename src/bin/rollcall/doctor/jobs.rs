//! What a job would only find out at night.

use rollcall::contacts::expand;
use rollcall::jobs::{Config, Job, Length};
use rollcall::output::{Output, OutputError};

use crate::args::{Command, Common, ExportArgs, ImportArgs};
use crate::failure::Failure;
use crate::job::{Called, command_line};
use crate::night::{are_files, foreseen, there};
use crate::places::{self, Place, Written};
use crate::seconds::seconds;

use super::Examination;

/// Every job: that its keys make a command, that its night could go well, and that it could write where it has to.
pub(super) fn look(config: &Config, common: &Common, seen: &mut Examination) {
    for (name, job) in config.jobs() {
        match command_line(config, name, job, &Called::to_look(common)) {
            Ok(told) => {
                seen.well("job", name);
                match &told.cli.command {
                    Command::Import(args) => import(name, job, args, seen),
                    Command::Export(args) => export(name, args, seen),
                    _ => {}
                }
            }
            Err(failure) => seen.ill("job", &failure),
        }
        for written in places::written(config, job) {
            writable(name, &written, seen);
        }
    }
}

fn import(name: &str, job: &Job, args: &ImportArgs, seen: &mut Examination) {
    let mut expect = |result: Result<(), Failure>, context: String| {
        if let Err(failure) = result {
            let error = failure.error.context(context);
            seen.ill("job", &Failure { error, ..failure });
        }
    };
    let today = jiff::ZonedDateTime::now().date();
    expect(foreseen(&args.list.inputs, job, today), format!("job {name}: its list cannot be read at night"));
    if !args.list.suppress.is_empty() {
        let found = expand(&args.list.suppress).map_err(Failure::from).and_then(|lists| are_files(&lists));
        expect(found, format!("job {name}: a suppression list cannot be read at night"));
    }
    expect(
        args.change.deadline.map_or(Ok(()), |deadline| seconds("deadline", deadline).map(drop)),
        format!("job {name}"),
    );
    if let (Some(Length(jitter)), Some(deadline)) = (job.jitter, args.change.deadline)
        && jitter.as_secs_f64() >= deadline
    {
        seen.warning(
            "job",
            format!("{name}: it may wait for {} before it begins, and ends after {deadline} s", Length(jitter)),
            "give it less jitter, or a later deadline: it counts from when the job is started",
        );
    }
}

fn export(name: &str, args: &ExportArgs, seen: &mut Examination) {
    // One that is missing may come later.
    if let Err(failure) = are_files(&there(&args.join.join)) {
        let error = failure.error.context(format!("job {name}: a list to join cannot be read at night"));
        seen.ill("job", &Failure { error, ..failure });
    }
}

/// Whether a job could write where it has to, found out by trying, and leaving nothing behind.
fn writable(job: &str, written: &Written, seen: &mut Examination) {
    let Written { key, place } = written;
    let (shown, tried) = match place {
        Place::Log(file) if file.exists() => {
            let open = std::fs::OpenOptions::new().append(true).open(file);
            (file, open.map(drop).map_err(|source| OutputError { path: file.clone(), source }))
        }
        Place::File(file) | Place::Log(file) => (file, Output::create(file).map(drop)),
        Place::Folder(folder) | Place::Source(folder) => {
            // One that is not there yet is made, in the nearest that is.
            let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(folder);
            (folder, Output::create(&there.join(".rollcall-doctor")).map(drop))
        }
    };
    match tried {
        Ok(()) => seen.well("place", format!("job {job}: {key} {}", shown.display())),
        Err(error) => {
            let failure = Failure::from(error);
            let error = failure.error.context(format!("job {job}: {key} cannot be written"));
            seen.ill("place", &Failure { error, ..failure });
        }
    }
}
