//! What carries whole groups: into folders, back, and from account to account.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rollcall::numbers::Region;

use super::changing::chunk_size;
use super::connection::ConnectionArgs;
use super::reading::{SuppressArgs, region};
use super::shared::{BrakeArgs, ReportArg};

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
    /// Groups, by name or id; of an audience's name all groups are meant [default: all]
    #[arg(value_name = "G")]
    pub(crate) groups: Vec<String>,
    /// Take the new backup in the place of the one in the folder
    #[arg(long)]
    pub(crate) replace: bool,
    /// Keep groups although their members do not add up to their size
    #[arg(long)]
    pub(crate) allow_size_mismatch: bool,
    #[command(flatten)]
    pub(crate) report: ReportArg,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall restore groups-2026-11-23 --dry-run
  rollcall restore groups-2026-11-23 News --as 'News=News again'
  rollcall restore groups-2026-11-23 --mode sync --remove-joined

Who has left a group since is not brought back, unless --readd-left says so. Nobody is removed, unless --mode does.")]
pub(crate) struct RestoreArgs {
    /// The folder of a backup
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Groups of the backup, by name or id; of an audience's name all groups are meant [default: all]
    #[arg(value_name = "G")]
    pub(crate) groups: Vec<String>,
    #[command(flatten)]
    pub(crate) bring: BringArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall copy --to-profile eu News Sports --dry-run
  rollcall copy --profile us --to-profile eu --all
  rollcall copy --to-profile test News --as 'News=News test'

Those who left travel along, and stay away. Nobody is removed on either side, unless --mode does.")]
pub(crate) struct CopyArgs {
    /// The profile of the account that the groups are copied to
    #[arg(long, value_name = "P")]
    pub(crate) to_profile: String,
    /// Groups, by name or id; of an audience's name all groups are meant
    #[arg(value_name = "G", required_unless_present = "all", conflicts_with = "all")]
    pub(crate) groups: Vec<String>,
    /// All groups of the account, and those who left groups that are no more
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) bring: BringArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// How groups are brought into an account.
#[derive(Debug, Args)]
#[command(next_help_heading = "Changing groups")]
pub(crate) struct BringArgs {
    /// A new name for a group, by its old name or id; may be repeated
    #[arg(long = "as", value_name = "OLD=NEW", value_parser = renamed)]
    pub(crate) names: Vec<(String, String)>,
    /// What becomes of groups that are there already
    #[arg(long, value_enum, value_name = "MODE", default_value_t = BringMode::Add)]
    pub(crate) mode: BringMode,
    /// Bring back those, too, who have left since
    #[arg(long)]
    pub(crate) readd_left: bool,
    /// Under sync, remove those whom no list has named, too
    #[arg(long)]
    pub(crate) remove_joined: bool,
    #[command(flatten)]
    pub(crate) suppress: SuppressArgs,
    /// The region of the suppression lists' numbers that name none
    #[arg(long, value_name = "CC", value_parser = region)]
    pub(crate) region: Option<Region>,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Ask nothing
    #[arg(long)]
    pub(crate) yes: bool,
    /// Numbers in one request, 1 to 10,000 [default: 10000]
    #[arg(long, value_name = "N", value_parser = chunk_size)]
    pub(crate) chunk_size: Option<NonZeroUsize>,
    /// Members that a group holds
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) group_limit: u64,
    /// How long members that are not as planned are read again
    #[arg(long, value_name = "SECS", default_value_t = 10.0)]
    pub(crate) verify_wait: f64,
    /// Stop after this time; `runs resume` goes on
    #[arg(long, value_name = "SECS")]
    pub(crate) deadline: Option<f64>,
    #[command(flatten)]
    pub(crate) report: ReportArg,
    #[command(flatten)]
    pub(crate) brakes: BrakeArgs,
    /// Leave out groups whose brakes trip, instead of stopping all
    #[arg(long, help_heading = "Brakes")]
    pub(crate) keep_going: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BringMode {
    /// Who is missing is added; nobody is removed
    Add,
    /// The group becomes as it was, but keeps those who joined by themselves
    Sync,
    /// The group becomes exactly as it was, in one request
    Replace,
}

fn renamed(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((old, new)) if !old.is_empty() && !new.is_empty() => Ok((old.to_owned(), new.to_owned())),
        _ => Err("expected OLD=NEW, such as News=Sports".to_owned()),
    }
}
