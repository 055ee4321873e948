//! What looks at groups and at what is remembered of numbers.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use rollcall::numbers::Region;

use super::changing::RejectsOk;
use super::connection::{ConnectionArgs, OfflineArgs};
use super::reading::{ListArgs, region};
use super::shared::{BrakeArgs, ReportArg};

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall leavers list
  rollcall leavers export News -o left.csv
  rollcall leavers import News left.csv
  rollcall leavers forget News +12125550100")]
pub(crate) struct LeaversArgs {
    #[command(subcommand)]
    pub(crate) action: LeaversAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LeaversAction {
    /// Who left which group, since when, and how that came to be known
    List {
        /// The group, by name or id [default: all]
        #[arg(value_name = "G")]
        group: Option<String>,
        #[command(flatten)]
        account: OfflineArgs,
    },
    /// The same as a table, which `leavers import` reads
    Export {
        /// The group, by name or id [default: all]
        #[arg(value_name = "G")]
        group: Option<String>,
        /// Where to write; `.gz` and `.zst` compress [default: stdout]
        #[arg(short, long, value_name = "FILE", default_value = "-", hide_default_value = true)]
        output: PathBuf,
        #[command(flatten)]
        account: OfflineArgs,
    },
    /// Let people be added again who left
    Forget {
        /// The group, by name or id
        #[arg(value_name = "G")]
        group: String,
        /// Who
        #[arg(value_name = "NUMBER", required_unless_present = "all", conflicts_with = "all")]
        numbers: Vec<String>,
        /// Everybody who left the group
        #[arg(long)]
        all: bool,
        /// The region of numbers without their `+`
        #[arg(long, value_name = "CC", value_parser = region)]
        region: Option<Region>,
        #[command(flatten)]
        account: OfflineArgs,
    },
    /// Remember that these have left: they will not be added
    Import(Box<LeaversImportArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct LeaversImportArgs {
    /// The group, by name or id; it need not be there yet
    #[arg(value_name = "G")]
    pub(crate) group: String,
    #[command(flatten)]
    pub(crate) list: ListArgs,
    /// Write the rejected rows here, with `_file,_line,_reason,_detail,_suggestion`
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub(crate) rejects: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) rejects_ok: RejectsOk,
    #[command(flatten)]
    pub(crate) account: OfflineArgs,
}

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall find +12125550100
  rollcall find '(212) 555-0100' --region US --offline")]
pub(crate) struct FindArgs {
    /// The number
    #[arg(value_name = "NUMBER", allow_hyphen_values = true)]
    pub(crate) number: String,
    /// The region of a number without its `+`
    #[arg(long, value_name = "CC", value_parser = region)]
    pub(crate) region: Option<Region>,
    /// Ask nobody: only what is remembered on this machine
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall forget +12125550100 --dry-run
  rollcall forget +12125550100 --yes --report forgotten.html
  rollcall forget '(212) 555-0100' --region US --offline")]
pub(crate) struct ForgetArgs {
    /// The number
    #[arg(value_name = "NUMBER", allow_hyphen_values = true)]
    pub(crate) number: String,
    /// The region of a number without its `+`
    #[arg(long, value_name = "CC", value_parser = region)]
    pub(crate) region: Option<Region>,
    /// Leave the groups as they are: only what is remembered on this machine
    #[arg(long)]
    pub(crate) offline: bool,
    /// Show what would be forgotten, and forget nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Ask nothing
    #[arg(long)]
    pub(crate) yes: bool,
    /// How long members that are not as planned are read again
    #[arg(long, value_name = "SECS", default_value_t = 10.0)]
    pub(crate) verify_wait: f64,
    #[command(flatten)]
    pub(crate) report: ReportArg,
    #[command(flatten)]
    pub(crate) brakes: BrakeArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}
