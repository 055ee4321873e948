//! What runs with nobody watching: named jobs, and what helps to set them up.

use std::path::PathBuf;

use clap::Args;

use super::connection::ConnectionArgs;

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall run nightly
  rollcall run nightly --dry-run
  rollcall run --list")]
pub(crate) struct RunArgs {
    /// The job, by its name in rollcall.toml
    #[arg(value_name = "JOB", required_unless_present = "list", conflicts_with = "list")]
    pub(crate) job: Option<String>,
    /// Show which jobs there are
    #[arg(long)]
    pub(crate) list: bool,
    /// Show what would change, and change nothing
    #[arg(long, conflicts_with = "list")]
    pub(crate) dry_run: bool,
    /// Begin at once, and do all of it although nothing can have changed
    #[arg(long, conflicts_with = "list")]
    pub(crate) now: bool,
}

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall init
  rollcall init /etc/rollcall/rollcall.toml
  rollcall init --schema > rollcall.schema.json")]
pub(crate) struct InitArgs {
    /// Where to write the starting file; `-` is stdout
    #[arg(value_name = "FILE", default_value = "rollcall.toml")]
    pub(crate) file: PathBuf,
    /// Print the JSON schema of the file instead, for editors that check and complete it
    #[arg(long)]
    pub(crate) schema: bool,
}

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall doctor
  rollcall doctor --profile main
  rollcall doctor --offline --json")]
pub(crate) struct DoctorArgs {
    /// Ask nobody: only what can be seen on this machine
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall schedule nightly --systemd
  rollcall schedule nightly --systemd --at 02:30 -o /etc/systemd/system
  rollcall schedule nightly --cron")]
pub(crate) struct ScheduleArgs {
    /// The job, by its name in rollcall.toml
    #[arg(value_name = "JOB")]
    pub(crate) job: String,
    /// A systemd service and its timer
    #[arg(long, required_unless_present = "cron", conflicts_with = "cron")]
    pub(crate) systemd: bool,
    /// A line for a crontab
    #[arg(long)]
    pub(crate) cron: bool,
    /// When, every day, on this machine's clock [default: the job's `at`, or 03:00]
    #[arg(long, value_name = "HH:MM")]
    pub(crate) at: Option<String>,
    /// As whom the service runs [default: you]
    #[arg(long, value_name = "NAME", requires = "systemd")]
    pub(crate) user: Option<String>,
    /// Write the units into this folder [default: stdout]
    #[arg(short, long, value_name = "DIR", requires = "systemd")]
    pub(crate) output: Option<PathBuf>,
}
