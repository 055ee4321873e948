//! `rollcall init`: a starting file that says what it can say, and the schema by which editors check it.

use std::io::Write;
use std::path::Path;

use rollcall::output::{Output, OutputError};

use crate::args::InitArgs;
use crate::failure::{Exit, Failure};
use crate::job::schema;
use crate::terminal::Terminal;

/// The starting file: everything in it is true, and most of it is commented out.
const STARTING: &str = include_str!("starting.toml");

pub(crate) fn run(args: &InitArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    if args.schema {
        terminal.out(&format!("{:#}\n", schema()))?;
        return Ok(Exit::Done);
    }
    if args.file == Path::new("-") {
        terminal.out(STARTING)?;
        return Ok(Exit::Done);
    }
    let shown = args.file.display();
    if args.file.exists() {
        return Err(Failure::usage(format!("{shown} is there already"), "name another file, or `-` to see a new one"));
    }
    let mut output = Output::create(&args.file)?;
    let failed = |source| OutputError { path: args.file.clone(), source };
    output.write_all(STARTING.as_bytes()).map_err(failed)?;
    output.finish()?;
    terminal.note(&format!("wrote {shown}"));
    terminal.hint("`rollcall doctor` checks it, `rollcall run --list` shows its jobs");
    Ok(Exit::Done)
}
