//! What can be typed. Turned into settings at once: nothing in here travels further than the command's own file.

mod beside;
mod changing;
mod connection;
mod exporting;
mod groups;
mod looking;
mod moving;
mod nights;
mod reading;
mod runs;
mod serving;
mod shared;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use rollcall::ledger::DEFAULT_KEEP;
use rollcall::numbers::METADATA_VERSION;

pub(crate) use changing::{ApplyArgs, ChangeArgs, CheckArgs, ImportArgs, Mode, PlanArgs};
pub(crate) use connection::{ConnectionArgs, OfflineArgs};
pub(crate) use exporting::{CompareArgs, ExportArgs, ExportFormat};
pub(crate) use groups::{CreateArgs, DeleteArgs, GroupsAction, GroupsArgs, KeywordArgs, UpdateArgs};
pub(crate) use looking::{FindArgs, ForgetArgs, LeaversAction, LeaversArgs, LeaversImportArgs};
pub(crate) use moving::{BackupArgs, BringArgs, BringMode, CopyArgs, RestoreArgs};
pub(crate) use nights::{DoctorArgs, InitArgs, RunArgs, ScheduleArgs};
pub(crate) use reading::{Accept, Extension, Letters, ListArgs, Multiple, PlusLess, PolicyArgs, SuppressArgs};
pub(crate) use runs::{ReachArgs, ResumeArgs, RunsAction, RunsArgs, RunsListArgs, ShowArgs, UndoArgs, VerifyArgs};
pub(crate) use serving::{CompletionsArgs, ManArgs, SandboxArgs};

const EXAMPLES: &str = "\
Examples:
  rollcall check contacts.csv --region GB                          every row's verdict, offline
  rollcall import contacts.csv --group News --create --sandbox     try it, no account needed
  rollcall import contacts.csv --group News --dry-run              what would change
  rollcall export News -o news.csv                                 a group's members as a table

Exit codes: 0 done, 1 failed, 2 usage, 3 some rows rejected, 4 a brake refused, 5 incomplete,
6 account refused, 7 group held by another run, 8 not verified, 9 the group has moved,
10 there are changes (plan --detailed-exitcode), 130 interrupted";

/// Carries CSV contact lists into SMS groups and back.
#[derive(Debug, Parser)]
#[command(name = "rollcall", version = version(), before_help = EXAMPLES, max_term_width = 110, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// The version, and that of the metadata by which numbers are judged.
fn version() -> String {
    format!("{} (number metadata {})", env!("CARGO_PKG_VERSION"), METADATA_VERSION)
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read a list and say what each row is; changes nothing, needs no account
    Check(CheckArgs),
    /// Bring a list into its group: plan, brakes, apply, verify, report
    Import(Box<ImportArgs>),
    /// Save what an import would do, for review; changes nothing
    Plan(Box<PlanArgs>),
    /// Do exactly what a saved plan says, or nothing
    Apply(Box<ApplyArgs>),
    /// Write the members of groups as a table
    Export(Box<ExportArgs>),
    /// Say what two groups have in common, or a list and a group
    Compare(Box<CompareArgs>),
    /// Look at groups, make, change and delete them
    Groups(GroupsArgs),
    /// Keep every group, with its members and those who left, in a folder
    Backup(BackupArgs),
    /// Bring the groups of a backup back, in this account or another
    Restore(Box<RestoreArgs>),
    /// Copy groups, with those who left them, to the account of another profile
    Copy(Box<CopyArgs>),
    /// Look at runs, go on with them, take them back
    Runs(RunsArgs),
    /// Those who left: see them, carry them to another machine, let them be added again
    Leavers(LeaversArgs),
    /// Everything that is known of one number
    Find(FindArgs),
    /// Take one number out of every group, and out of everything that is kept on this machine
    Forget(ForgetArgs),
    /// Run a job of rollcall.toml
    Run(RunArgs),
    /// Print what makes a job run every day
    Schedule(ScheduleArgs),
    /// Write a starting rollcall.toml
    Init(InitArgs),
    /// Check settings, secrets, state folder and account, and say what to do
    Doctor(Box<DoctorArgs>),
    /// Serve the Groups API on this machine
    Sandbox(SandboxArgs),
    /// Print the completions for a shell
    Completions(CompletionsArgs),
    /// Write the manual pages into a folder
    Man(ManArgs),
}

/// What every command understands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Common {
    /// Print the report as JSON on stdout, and nothing else there
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// Append a log to a file; it never holds a number
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,
    /// The log's form
    #[arg(long, global = true, value_enum, value_name = "FORM", default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    /// Where runs are remembered [default: the platform's state folder]
    #[arg(long, global = true, value_name = "DIR", env = "ROLLCALL_STATE_DIR", hide_env_values = true)]
    pub(crate) state_dir: Option<PathBuf>,
    /// The account and the pace that have this name in rollcall.toml [default: `default`, if there is one]
    #[arg(long, global = true, value_name = "P")]
    pub(crate) profile: Option<String>,
    /// The file of profiles and jobs [default: ./rollcall.toml, then the platform's config folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Runs whose numbers, reports and files are kept; of older ones a line stays
    #[arg(long, global = true, value_name = "N", default_value_t = DEFAULT_KEEP)]
    pub(crate) keep: u32,
}

impl Common {
    /// The state folder, when it was named by the flag and not by the environment.
    pub(crate) fn named_state_dir(&self) -> Option<PathBuf> {
        let by_environment = std::env::var_os("ROLLCALL_STATE_DIR");
        let named = self.state_dir.as_ref().filter(|path| Some(path.as_os_str()) != by_environment.as_deref())?;
        // A command is pasted in another folder, too.
        Some(std::path::absolute(named).unwrap_or_else(|_| named.clone()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}
