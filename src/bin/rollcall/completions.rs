//! `rollcall completions` and `rollcall man`: made from the very flags.

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::failure::{Exit, Failure};
use crate::terminal::Terminal;

pub(crate) fn shell(args: &CompletionsArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "rollcall", &mut script);
    terminal.out(&String::from_utf8(script).map_err(Failure::internal)?)?;
    Ok(Exit::Done)
}

pub(crate) fn man(args: &ManArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| {
        let hint = Some("name a folder that you may write to".to_owned());
        Failure::new(
            Exit::Failed,
            anyhow::Error::new(error).context(format!("cannot write manual pages into {}", args.folder.display())),
            hint,
        )
    };
    std::fs::create_dir_all(&args.folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), &args.folder).map_err(failed)?;
    terminal.note(&format!("wrote the manual pages into {}", args.folder.display()));
    Ok(Exit::Done)
}
