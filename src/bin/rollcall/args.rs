//! What can be typed. Turned into settings at once: nothing in here travels further than the command's own file.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use rollcall::contacts::ColumnRef;
use rollcall::export::Column;
use rollcall::numbers::{METADATA_VERSION, Mark, Msisdn, NumberType, Region};
use rollcall::plan::Digest;
use rollcall::plan::brakes::Limit;

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
    Export(ExportArgs),
    /// Look at groups
    Groups(GroupsArgs),
    /// Look at runs, go on with them, take them back
    Runs(RunsArgs),
    /// Those who left: see them, carry them to another machine, let them be added again
    Leavers(LeaversArgs),
    /// Everything that is known of one number
    Find(FindArgs),
    /// Take one number out of every group, and out of everything that is kept on this machine
    Forget(ForgetArgs),
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

/// Which account, and how fast.
///
/// Without a flag the account comes from the environment: `SINCH_SERVICE_PLAN_ID` and `SINCH_API_TOKEN`, or
/// `SINCH_PROJECT_ID`, `SINCH_KEY_ID` and `SINCH_KEY_SECRET`; `SINCH_REGION` says where it lives.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// Use the Groups API in this process; its groups are kept in the state folder, and no account is needed
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Everything before `/groups`, ending in the plan's id; https, or http to this machine
    #[arg(long, value_name = "URL", env = "ROLLCALL_BASE_URL", hide_env_values = true)]
    pub(crate) base_url: Option<String>,
    /// Where project keys are exchanged for tokens; `/oauth2/token` is appended
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) auth_url: Option<String>,
    /// Trust the authorities in this PEM file too
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Requests a second, at most; fractions allowed
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    pub(crate) rate: f64,
    /// Requests under way at once
    #[arg(long, value_name = "N", default_value = "4")]
    pub(crate) concurrency: NonZeroUsize,
    /// How long one request may take
    #[arg(long, value_name = "SECS", default_value_t = 30.0)]
    pub(crate) timeout: f64,
    /// How often a failed request is repeated
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) retries: u32,
}

/// How a list is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading the list")]
pub(crate) struct ListArgs {
    /// Lists: paths, quoted globs, folders, or `-` for stdin; several are read as one
    #[arg(required = true, value_name = "INPUT", help_heading = None)]
    pub(crate) inputs: Vec<String>,
    /// A column of phone numbers, by name or number (from 1); may be repeated
    #[arg(long, value_name = "NAME|N")]
    pub(crate) phone_column: Vec<ColumnRef>,
    /// The column that names each row's region
    #[arg(long, value_name = "NAME|N")]
    pub(crate) region_column: Option<ColumnRef>,
    /// The region of rows that name none: ISO code, English name or calling code
    #[arg(long, value_name = "CC", value_parser = region)]
    pub(crate) region: Option<Region>,
    /// The column that names each row's group; several names are separated by `;` or `|`
    #[arg(long, value_name = "NAME|N")]
    pub(crate) group_column: Option<ColumnRef>,
    /// The column that says whether a row adds or removes: add/remove, subscribe/unsubscribe, 1/0, …; the last row of
    /// a number wins
    #[arg(long, value_name = "NAME|N")]
    pub(crate) action_column: Option<ColumnRef>,
    /// A list of numbers that are not to be written to, in any form that can be read; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) suppress: Vec<String>,
    /// The list has no header line
    #[arg(long)]
    pub(crate) no_header: bool,
    /// The delimiter: one character, or `tab`
    #[arg(long, value_name = "C", value_parser = delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// The encoding, such as utf-8, utf-16le or windows-1252
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
    /// The sheet of a workbook
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Option<String>,
    /// Threads that read
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}

/// What a cell may become.
#[derive(Debug, Args)]
#[command(next_help_heading = "Judging numbers")]
pub(crate) struct PolicyArgs {
    /// How sure a number has to be
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = Accept::Valid)]
    pub(crate) accept: Accept,
    /// Only these types, separated by commas (mobile numbers: `mobile,fixed_line_or_mobile`)
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = number_type)]
    pub(crate) types: Vec<NumberType>,
    /// What a number without `+` is
    #[arg(long, value_enum, value_name = "HOW", default_value_t = PlusLess::Auto)]
    pub(crate) plus_less: PlusLess,
    /// What to do with several numbers in a cell
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Multiple::Refuse)]
    pub(crate) multiple: Multiple,
    /// What to do with extensions
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Extension::Refuse)]
    pub(crate) extension: Extension,
    /// What to do with letters
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Letters::Refuse)]
    pub(crate) letters: Letters,
    /// Refuse cells that need this repair; may be repeated
    #[arg(long, value_name = "NAME", value_parser = repair)]
    pub(crate) no_repair: Vec<Mark>,
    /// Allow a repair that is off unless asked for: plus
    #[arg(long, value_name = "NAME", value_parser = ["plus"])]
    pub(crate) repair: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Accept {
    Valid,
    Possible,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlusLess {
    Auto,
    National,
    International,
    Refuse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Multiple {
    Refuse,
    First,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Extension {
    Refuse,
    Drop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Letters {
    Refuse,
    Read,
}

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
    /// Write the report here, as JSON
    #[arg(long, value_name = "FILE.json", help_heading = "Files")]
    pub(crate) report: Option<PathBuf>,
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
    /// Numbers in one request, 1 to 10,000
    #[arg(long, value_name = "N", default_value = "10000", value_parser = chunk_size)]
    pub(crate) chunk_size: NonZeroUsize,
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
    /// Members that a group holds
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) group_limit: u64,
    /// Let exactly the plan with this digest pass all brakes
    #[arg(long, value_name = "DIGEST", help_heading = "Brakes")]
    pub(crate) r#override: Option<Digest>,
    /// Leave out groups whose brakes trip, instead of stopping all
    #[arg(long, help_heading = "Brakes")]
    pub(crate) keep_going: bool,
    /// Refuse when more members than this would be removed [default: 20% of a group of 10 or more]
    #[arg(long, value_name = "N|P%", help_heading = "Brakes")]
    pub(crate) max_remove: Option<Limit>,
    /// Refuse when the list is so much shorter than the last one [default: 30%, under sync and replace]
    #[arg(long, value_name = "P%", help_heading = "Brakes")]
    pub(crate) max_shrink: Option<Limit>,
    /// Refuse when more members of ours are gone than this [default: 20%, at least 10]
    #[arg(long, value_name = "N|P%", help_heading = "Brakes")]
    pub(crate) max_left: Option<Limit>,
    /// Go on although the members do not add up to the group's size
    #[arg(long, help_heading = "Brakes")]
    pub(crate) allow_size_mismatch: bool,
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

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall export News > news.csv
  rollcall export News Sports -o both.csv.gz
  rollcall export News Sports --per-group --columns msisdn,group")]
pub(crate) struct ExportArgs {
    /// Groups, by name or id
    #[arg(required = true, value_name = "G")]
    pub(crate) groups: Vec<String>,
    /// Where to write; `.gz` and `.zst` compress [default: stdout]
    #[arg(short, long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub(crate) output: PathBuf,
    /// The columns, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "msisdn,region,type,group")]
    pub(crate) columns: Vec<Column>,
    /// The form of the rows
    #[arg(long, value_enum, value_name = "FORM", default_value_t = ExportFormat::Csv)]
    pub(crate) format: ExportFormat,
    /// One row for each number and group
    #[arg(long)]
    pub(crate) per_group: bool,
    /// Export although the members do not add up to the group's size
    #[arg(long)]
    pub(crate) allow_size_mismatch: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    Csv,
    Tsv,
}

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall groups list
  rollcall groups show News --json
  rollcall groups members News")]
pub(crate) struct GroupsArgs {
    #[command(subcommand)]
    pub(crate) action: GroupsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GroupsAction {
    /// All groups of the account, newest first
    List {
        #[command(flatten)]
        connection: ConnectionArgs,
    },
    /// One group and its settings
    Show {
        /// The group, by name or id
        #[arg(value_name = "G")]
        group: String,
        #[command(flatten)]
        connection: ConnectionArgs,
    },
    /// The numbers of a group, one a line
    Members {
        /// The group, by name or id
        #[arg(value_name = "G")]
        group: String,
        #[command(flatten)]
        connection: ConnectionArgs,
    },
}

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
    Show(RunArg),
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
#[command(next_help_heading = "Connection")]
pub(crate) struct ReachArgs {
    /// Use the Groups API in this process
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Everything before `/groups`, ending in the plan's id; https, or http to this machine
    #[arg(long, value_name = "URL", env = "ROLLCALL_BASE_URL", hide_env_values = true)]
    pub(crate) base_url: Option<String>,
    /// Where project keys are exchanged for tokens; `/oauth2/token` is appended
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) auth_url: Option<String>,
    /// Trust the authorities in this PEM file too
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Requests a second, at most; fractions allowed
    #[arg(long, value_name = "N")]
    pub(crate) rate: Option<f64>,
    /// Requests under way at once
    #[arg(long, value_name = "N")]
    pub(crate) concurrency: Option<NonZeroUsize>,
    /// How long one request may take
    #[arg(long, value_name = "SECS")]
    pub(crate) timeout: Option<f64>,
    /// How often a failed request is repeated
    #[arg(long, value_name = "N")]
    pub(crate) retries: Option<u32>,
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
    /// Numbers in one request, 1 to 10,000
    #[arg(long, value_name = "N", default_value = "10000", value_parser = chunk_size)]
    pub(crate) chunk_size: NonZeroUsize,
    /// Members that a group holds
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) group_limit: u64,
    /// Stop after this time; `runs resume` goes on
    #[arg(long, value_name = "SECS")]
    pub(crate) deadline: Option<f64>,
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

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall sandbox
  rollcall sandbox --listen 127.0.0.1:8080 --plan demo --token secret --data sandbox.sqlite
  rollcall sandbox --faults 429=10,lost=5 --seed 7 --rate-limit 20/s")]
pub(crate) struct SandboxArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: std::net::SocketAddr,
    /// The service plan's id, which is also the project's
    #[arg(long, value_name = "ID")]
    pub(crate) plan: Option<String>,
    /// The API token that is accepted
    #[arg(long, value_name = "T")]
    pub(crate) token: Option<String>,
    /// The key id that is accepted for OAuth
    #[arg(long, value_name = "K", requires = "key_secret")]
    pub(crate) key_id: Option<String>,
    /// The key's secret
    #[arg(long, value_name = "S", requires = "key_id")]
    pub(crate) key_secret: Option<String>,
    /// Where the groups are kept
    #[arg(long, value_name = "FILE|:memory:", default_value = ":memory:")]
    pub(crate) data: String,
    /// Members that a group holds
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) group_limit: u64,
    /// Requests a second before 429
    #[arg(long, value_name = "N/s")]
    pub(crate) rate_limit: Option<String>,
    /// Requests at once before 429
    #[arg(long, value_name = "N")]
    pub(crate) max_outstanding: Option<NonZeroUsize>,
    /// Milliseconds before each answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency: u64,
    /// Faults by kind, in percent: 429, 500, 503, reset, lost, hang, slow, truncate
    #[arg(long, value_name = "KIND=P,…")]
    pub(crate) faults: Option<String>,
    /// The seed of the faults
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// A number that is refused; may be repeated
    #[arg(long, value_name = "NUMBER")]
    pub(crate) refuse: Vec<Msisdn>,
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
    /// Write the report here, as JSON
    #[arg(long, value_name = "FILE.json", help_heading = "Files")]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The folder
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

/// Which account, where nobody has to be asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Account")]
pub(crate) struct OfflineArgs {
    /// The account of the Groups API in this process
    #[arg(long, conflicts_with = "account")]
    pub(crate) sandbox: bool,
    /// The account at this address
    #[arg(long, value_name = "URL", env = "ROLLCALL_BASE_URL", hide_env_values = true)]
    pub(crate) base_url: Option<String>,
    /// The account with this key, as `leavers list` shows it
    #[arg(long, value_name = "KEY")]
    pub(crate) account: Option<String>,
}

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
  rollcall forget +12125550100 --yes
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
    /// Let exactly the plan with this digest pass all brakes
    #[arg(long, value_name = "DIGEST", help_heading = "Brakes")]
    pub(crate) r#override: Option<Digest>,
    /// Refuse when more members than this would be removed from a group [default: 20% of a group of 10 or more]
    #[arg(long, value_name = "N|P%", help_heading = "Brakes")]
    pub(crate) max_remove: Option<Limit>,
    /// Refuse when more members of ours are gone than this [default: 20%, at least 10]
    #[arg(long, value_name = "N|P%", help_heading = "Brakes")]
    pub(crate) max_left: Option<Limit>,
    /// Go on although the members do not add up to the group's size
    #[arg(long, help_heading = "Brakes")]
    pub(crate) allow_size_mismatch: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

fn region(text: &str) -> Result<Region, String> {
    Region::read(text.as_bytes())
        .ok_or_else(|| "no such region; expected an ISO code such as GB, a name, or a calling code".to_owned())
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [one] if *one != b'"' && *one != b'\n' && *one != b'\r' && one.is_ascii() => Ok(*one),
        _ => Err("expected one character, or `tab`".to_owned()),
    }
}

fn number_type(text: &str) -> Result<NumberType, String> {
    NumberType::from_name(text.trim()).ok_or_else(|| {
        let names: Vec<&str> = NumberType::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("no such type; there are {}", names.join(", "))
    })
}

fn repair(text: &str) -> Result<Mark, String> {
    let repairs = || Mark::ALL.into_iter().filter(|mark| *mark != Mark::Ambiguous);
    repairs().find(|mark| mark.as_str() == text).ok_or_else(|| {
        let names: Vec<&str> = repairs().map(Mark::as_str).collect();
        format!("no such repair; there are {}", names.join(", "))
    })
}

fn chunk_size(text: &str) -> Result<NonZeroUsize, String> {
    match text.parse::<usize>() {
        Ok(size @ 1..=10_000) => NonZeroUsize::new(size).ok_or_else(String::new),
        _ => Err("expected a number from 1 to 10,000".to_owned()),
    }
}
