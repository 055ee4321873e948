//! The command line of rollcall: turns what was typed into settings for the library's rooms, opens their doors in
//! order, and tells how it went. Holds no rules of its own.

mod account;
mod apply;
mod args;
mod backup;
mod bring;
mod carry;
mod check;
mod compare;
mod completions;
mod connect;
mod copy;
mod doctor;
mod export;
mod failure;
mod find;
mod forget;
mod groups;
mod import;
mod init;
mod job;
mod leavers;
mod list;
mod log;
mod membership;
mod night;
mod number;
mod places;
mod plan;
mod refused;
mod report_file;
mod restore;
mod routed;
mod runs;
mod sandbox;
mod schedule;
mod seconds;
mod settings;
mod show;
mod signals;
mod tail;
mod terminal;
mod touches;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use failure::{Exit, Failure};
use terminal::Terminal;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Terminal::new(&cli.common);
    let result = opened(&cli).and_then(|()| run(cli, &terminal));
    terminal.clear();
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            terminal.failure(&failure);
            failure.exit.into()
        }
    }
}

/// Opens the log. A job knows better where it is to be.
fn opened(cli: &Cli) -> Result<(), Failure> {
    if matches!(cli.command, Command::Run(_)) { Ok(()) } else { log::open(&cli.common) }
}

fn run(cli: Cli, terminal: &Terminal) -> Result<Exit, Failure> {
    let common = &cli.common;
    match cli.command {
        Command::Check(args) => check::run(&args, common, terminal),
        Command::Import(args) => import::run(&args, common, terminal),
        Command::Plan(args) => plan::run(&args, common, terminal),
        Command::Apply(args) => apply::run(&args, common, terminal),
        Command::Export(args) => export::run(&args, common, terminal),
        Command::Compare(args) => compare::run(&args, common, terminal),
        Command::Groups(args) => groups::run(args, common, terminal),
        Command::Backup(args) => backup::run(&args, common, terminal),
        Command::Restore(args) => restore::run(&args, common, terminal),
        Command::Copy(args) => copy::run(&args, common, terminal),
        Command::Runs(args) => runs::run(&args, common, terminal),
        Command::Leavers(args) => leavers::run(&args, common, terminal),
        Command::Find(args) => find::run(&args, common, terminal),
        Command::Forget(args) => forget::run(&args, common, terminal),
        Command::Run(args) => night::run(&args, common, terminal),
        Command::Schedule(args) => schedule::run(&args, common, terminal),
        Command::Init(args) => init::run(&args, terminal),
        Command::Doctor(args) => doctor::run(&args, common, terminal),
        Command::Sandbox(args) => sandbox::run(&args, terminal),
        Command::Completions(args) => completions::shell(&args, terminal),
        Command::Man(args) => completions::man(&args, terminal),
    }
}
