//! What looks at runs, goes on with them and takes them back.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use rollcall::plan::Digest;
use rollcall::plan::brakes::Limit;

use super::changing::chunk_size;
use super::connection::ConnectionArgs;
use super::shared::ReportArg;

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall runs list
  rollcall runs show k3xq
  rollcall runs resume
  rollcall runs undo k3xq --dry-run
  rollcall runs verify k3xq")]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    pub(crate) action: RunsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsAction {
    /// The runs that are remembered, newest first
    List(RunsListArgs),
    /// Everything that is known of one run
    Show(ShowArgs),
    /// Send what is left of a run, the newest unless one is named
    Resume(ResumeArgs),
    /// Take back what a run has changed
    Undo(UndoArgs),
    /// Read the members again and compare them with what a run did
    Verify(VerifyArgs),
    /// Leave the rest of a run unsent for good
    Abandon(RunArg),
}

/// One run.
#[derive(Debug, Args)]
pub(crate) struct RunArg {
    /// The run's id, its beginning, or its last letters
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) run: RunArg,
    /// Write the run's report here: as JSON, or as a page to read when the name ends in .html
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RunsListArgs {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: u32,
    /// Only runs of this account, such as sandbox/demo
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
}

/// How to reach a run's account, where that is not as it was: without a flag everything is as the run had it. Secrets
/// come from the environment.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Connection",
    mut_arg("sandbox", |arg| arg.help("Use the Groups API in this process")),
    mut_arg("rate", |arg| arg.help("Requests a second, at most; fractions allowed")),
    mut_arg("concurrency", |arg| arg.help("Requests under way at once")),
    mut_arg("timeout", |arg| arg.help("How long one request may take")),
    mut_arg("retries", |arg| arg.help("How often a failed request is repeated"))
)]
pub(crate) struct ReachArgs {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    /// How long members that are not as planned are read again
    #[arg(long, value_name = "SECS")]
    pub(crate) verify_wait: Option<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// The run's id, its beginning, or its last letters [default: the newest that has something left]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Only the first N adds of the rest
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Stop after this time; resuming again goes on
    #[arg(long, value_name = "SECS")]
    pub(crate) deadline: Option<f64>,
    #[command(flatten)]
    pub(crate) report: ReportArg,
    #[command(flatten)]
    pub(crate) connection: ReachArgs,
}

#[derive(Debug, Args)]
pub(crate) struct UndoArgs {
    #[command(flatten)]
    pub(crate) run: RunArg,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Ask nothing
    #[arg(long)]
    pub(crate) yes: bool,
    /// Delete the groups that the run has made, when they are empty again
    #[arg(long)]
    pub(crate) delete_created: bool,
    /// Add again those who left
    #[arg(long)]
    pub(crate) readd_left: bool,
    /// Numbers in one request, 1 to 10,000 [default: 10,000]
    #[arg(long, value_name = "N", value_parser = chunk_size)]
    pub(crate) chunk_size: Option<NonZeroUsize>,
    /// Members that a group gets at most [default: 10,000; of a spread audience 9,500]
    #[arg(long, value_name = "N")]
    pub(crate) group_limit: Option<NonZeroU64>,
    /// Stop after this time; `runs resume` goes on
    #[arg(long, value_name = "SECS")]
    pub(crate) deadline: Option<f64>,
    #[command(flatten)]
    pub(crate) report: ReportArg,
    /// Let exactly the plan with this digest pass all brakes
    #[arg(long, value_name = "DIGEST", help_heading = "Brakes")]
    pub(crate) r#override: Option<Digest>,
    /// Leave out groups whose brakes trip, instead of stopping all
    #[arg(long, help_heading = "Brakes")]
    pub(crate) keep_going: bool,
    /// Refuse when more members of ours are gone than this [default: 20%, at least 10]
    #[arg(long, value_name = "N|P%", help_heading = "Brakes")]
    pub(crate) max_left: Option<Limit>,
    /// Go on although the members do not add up to the group's size
    #[arg(long, help_heading = "Brakes")]
    pub(crate) allow_size_mismatch: bool,
    #[command(flatten)]
    pub(crate) connection: ReachArgs,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) run: RunArg,
    #[command(flatten)]
    pub(crate) connection: ReachArgs,
}
