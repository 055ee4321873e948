//! What carries whole groups: into folders, back, and from account to account.

use std::path::PathBuf;

use clap::Args;

use super::connection::ConnectionArgs;

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall backup groups-2026-11-23
  rollcall backup nightly --replace
  rollcall backup two News Sports")]
pub(crate) struct BackupArgs {
    /// A folder that is empty or not there yet
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Groups, by name or id [default: all]
    #[arg(value_name = "G")]
    pub(crate) groups: Vec<String>,
    /// Take the new backup in the place of the one in the folder
    #[arg(long)]
    pub(crate) replace: bool,
    /// Keep groups although their members do not add up to their size
    #[arg(long)]
    pub(crate) allow_size_mismatch: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}
