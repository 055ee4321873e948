//! What changes groups: check, import, plan and apply.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rollcall::groups::Template;
use rollcall::plan::Digest;
use rollcall::plan::brakes::Limit;

use super::connection::ConnectionArgs;
use super::reading::ListArgs;
use super::shared::{BrakeArgs, ReportArg};

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall check contacts.csv --region GB
  rollcall check contacts.csv --region-column country -o clean.csv --rejects rejects.csv
  rollcall check - --phone-column mobile --json < contacts.csv")]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) list: ListArgs,
    /// Write the accepted rows here, with `_e164,_region,_type`
    #[arg(short, long, value_name = "FILE", help_heading = "Files")]
    pub(crate) output: Option<PathBuf>,
    /// Write the rejected rows here, with `_file,_line,_reason,_detail,_suggestion`
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub(crate) rejects: Option<PathBuf>,
    /// Write one line for each row here: what became of it and why
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub(crate) verdicts: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) report: ReportArg,
    /// Show everything that was detected, with the evidence, and the way of the first rows
    #[arg(long, conflicts_with = "explain_line")]
    pub(crate) explain: bool,
    /// Show the way of the row on this line: cell, repairs, region, readings, verdict
    #[arg(long, value_name = "N")]
    pub(crate) explain_line: Option<u64>,
    #[command(flatten)]
    pub(crate) rejects_ok: RejectsOk,
    /// Refuse a list of fewer rows
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Brakes")]
    pub(crate) min_rows: u64,
    /// Refuse when more rows than this of the suppression lists mean no number
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Brakes")]
    pub(crate) max_suppress_rejects: u64,
}

#[derive(Debug, Args)]
pub(crate) struct RejectsOk {
    /// Exit with 0 although rows were rejected, up to a share of them if one is given
    #[arg(long, value_name = "P%", num_args = 0..=1, require_equals = true, default_missing_value = "100%", help_heading = "Brakes")]
    pub(crate) rejects_ok: Option<Limit>,
}

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall import contacts.csv --group News --create --sandbox
  rollcall import contacts.csv --group News --region DE --dry-run
  rollcall import contacts.csv --group-column list --create
  rollcall import everybody.csv --group News --spread --create --mode sync
  rollcall import left.csv --group News --mode remove")]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(crate) list: ListArgs,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
    #[command(flatten)]
    pub(crate) rejects_ok: RejectsOk,
    /// Write the rejected rows here [default: rejects.csv in the run's folder]
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub(crate) rejects: Option<PathBuf>,
    /// Write one line for each row here: what became of it and why
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub(crate) verdicts: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) report: ReportArg,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// What changes, and how much may.
#[derive(Debug, Args)]
#[command(next_help_heading = "Changing groups")]
pub(crate) struct ChangeArgs {
    /// The group, by name or id
    #[arg(long, value_name = "G", required_unless_present = "group_column", conflicts_with = "group_column")]
    pub(crate) group: Option<String>,
    /// What the list does to the group
    #[arg(long, value_enum, value_name = "MODE", default_value_t = Mode::Add)]
    pub(crate) mode: Mode,
    /// Make groups that are missing
    #[arg(long)]
    pub(crate) create: bool,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Ask nothing
    #[arg(long)]
    pub(crate) yes: bool,
    /// Numbers in one request, 1 to 10,000 [default: 10,000]
    #[arg(long, value_name = "N", value_parser = chunk_size)]
    pub(crate) chunk_size: Option<NonZeroUsize>,
    /// How long members that are not as planned are read again
    #[arg(long, value_name = "SECS", default_value_t = 10.0)]
    pub(crate) verify_wait: f64,
    /// All of a group's change in one request, or none of it
    #[arg(long)]
    pub(crate) atomic: bool,
    /// Add again those who left
    #[arg(long)]
    pub(crate) readd_left: bool,
    /// Remove those whom no list has named, too
    #[arg(long)]
    pub(crate) remove_joined: bool,
    /// Only the first N adds; `runs resume` does the rest
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Stop after this time; `runs resume` goes on
    #[arg(long, value_name = "SECS")]
    pub(crate) deadline: Option<f64>,
    /// Keep an audience in as many groups as it needs; known members stay where they are
    #[arg(long)]
    pub(crate) spread: bool,
    /// How the groups of a spread audience are called: a text with `{number}` in it and, where it is wanted,
    /// `{name}`, the audience's name [default: {name}-{number}]
    #[arg(long, value_name = "TEMPLATE", requires = "spread")]
    pub(crate) spread_name: Option<Template>,
    /// Delete the last groups of a spread audience when nobody is left in them
    #[arg(long, requires = "spread")]
    pub(crate) drop_empty: bool,
    /// Members that a group gets at most [default: 10,000; with --spread 9,500, so that people can join by keyword]
    #[arg(long, value_name = "N")]
    pub(crate) group_limit: Option<NonZeroU64>,
    #[command(flatten)]
    pub(crate) brakes: BrakeArgs,
    /// Leave out groups whose brakes trip, instead of stopping all
    #[arg(long, help_heading = "Brakes")]
    pub(crate) keep_going: bool,
    /// Refuse when the list is so much shorter than the last one [default: 30%, under sync and replace]
    #[arg(long, value_name = "P%", help_heading = "Brakes")]
    pub(crate) max_shrink: Option<Limit>,
    /// Refuse a group with members of which nothing is remembered here
    #[arg(long, help_heading = "Brakes")]
    pub(crate) require_baseline: bool,
    /// Refuse when more rows than this are rejected [default: 20%, 5% under sync and replace]
    #[arg(long, value_name = "N|P%", help_heading = "Brakes")]
    pub(crate) max_rejects: Option<Limit>,
    /// Refuse a list of fewer rows
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Brakes")]
    pub(crate) min_rows: u64,
    /// Refuse when more rows than this of the suppression lists mean no number
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Brakes")]
    pub(crate) max_suppress_rejects: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// The list's numbers become members
    Add,
    /// The list's numbers are removed
    Remove,
    /// The group becomes the list: adds what is missing, removes what the list no longer names
    Sync,
    /// The group becomes the list, in one request
    Replace,
}

/// What an import takes, and where the plan goes. What says how to send, and not what, is for `apply` to hear.
#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  rollcall plan contacts.csv --group News -o news.plan
  rollcall plan contacts.csv --group News --mode sync -o news.plan.zst --detailed-exitcode
  rollcall apply news.plan --show",
    mut_arg("dry_run", |arg| arg.hide(true)),
    mut_arg("yes", |arg| arg.hide(true)),
    mut_arg("keep_going", |arg| arg.hide(true)),
    mut_arg("limit", |arg| arg.hide(true)),
    mut_arg("verify_wait", |arg| arg.hide(true))
)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) import: ImportArgs,
    /// Write the plan here; `.zst` and `.gz` compress, `-` is stdout
    #[arg(short, long, value_name = "FILE", help_heading = "Files")]
    pub(crate) output: Option<PathBuf>,
    /// Exit with 10 when there is something to change, with 0 when there is not
    #[arg(long, help_heading = "Files")]
    pub(crate) detailed_exitcode: bool,
}

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall apply news.plan --show
  rollcall apply news.plan --digest 3f9a…
  rollcall apply news.plan --tolerate 5 --list-moved moved.ndjson")]
pub(crate) struct ApplyArgs {
    /// The plan, as `rollcall plan` has written it; `-` is stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Show what the plan would do, all of it with -v, and change nothing; needs no account
    #[arg(long)]
    pub(crate) show: bool,
    /// Apply only the plan with this digest
    #[arg(long, value_name = "DIGEST")]
    pub(crate) digest: Option<Digest>,
    /// Go on although so many members came or went since, if the plan touches none of them
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) tolerate: usize,
    /// Write here who came or went since
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub(crate) list_moved: Option<PathBuf>,
    /// Find out whether the plan can be applied, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Ask nothing
    #[arg(long)]
    pub(crate) yes: bool,
    /// How long members that are not as planned are read again
    #[arg(long, value_name = "SECS", default_value_t = 10.0)]
    pub(crate) verify_wait: f64,
    /// Only the first N adds; `runs resume` does the rest
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Stop after this time; `runs resume` goes on
    #[arg(long, value_name = "SECS")]
    pub(crate) deadline: Option<f64>,
    /// Let exactly the plan with this digest pass all brakes
    #[arg(long, value_name = "DIGEST", help_heading = "Brakes")]
    pub(crate) r#override: Option<Digest>,
    /// Leave out groups whose brakes trip, instead of stopping all
    #[arg(long, help_heading = "Brakes")]
    pub(crate) keep_going: bool,
    /// Go on although the members do not add up to the group's size
    #[arg(long, help_heading = "Brakes")]
    pub(crate) allow_size_mismatch: bool,
    #[command(flatten)]
    pub(crate) report: ReportArg,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

pub(super) fn chunk_size(text: &str) -> Result<NonZeroUsize, String> {
    match text.parse::<usize>() {
        Ok(size @ 1..=10_000) => NonZeroUsize::new(size).ok_or_else(String::new),
        _ => Err("expected a number from 1 to 10,000".to_owned()),
    }
}
