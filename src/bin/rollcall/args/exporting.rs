//! What makes tables of members.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rollcall::contacts::ColumnRef;
use rollcall::export::Column;

use super::beside::BesideArgs;
use super::changing::RejectsOk;
use super::connection::ConnectionArgs;

#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  rollcall export News > news.csv
  rollcall export News -o news.parquet
  rollcall export News --excel -o news.csv
  rollcall export News --join contacts.csv -o news.csv
  rollcall export News --without Sports
  rollcall export News Sports --per-group --columns msisdn,group
  rollcall export News --pseudonymize key -o news.parquet",
    after_help = "\
Columns: msisdn, region, type, group, national, international, calling_code, and from what is
remembered on this machine first_seen, last_seen, left_at."
)]
pub(crate) struct ExportArgs {
    /// Groups, by name or id
    #[arg(required = true, value_name = "G")]
    pub(crate) groups: Vec<String>,
    /// Where to write; `.gz` and `.zst` compress [default: stdout]
    #[arg(short, long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub(crate) output: PathBuf,
    /// Write the report here: as JSON, or as a page to read when the name ends in .html
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// The columns, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "msisdn,region,type,group")]
    pub(crate) columns: Vec<Column>,
    /// The form of the rows [default: by the file's name, else csv]
    #[arg(long, value_enum, value_name = "FORM")]
    pub(crate) format: Option<ExportFormat>,
    /// For a spreadsheet: numbers stay as they are, and no text becomes a formula
    #[arg(long)]
    pub(crate) excel: bool,
    /// One row for each number and group
    #[arg(long)]
    pub(crate) per_group: bool,
    /// Replace each number by its keyed hash: HMAC-SHA-256 under the key in this file
    #[arg(long, value_name = "KEYFILE")]
    pub(crate) pseudonymize: Option<PathBuf>,
    /// Export although the members do not add up to the group's size
    #[arg(long)]
    pub(crate) allow_size_mismatch: bool,
    #[command(flatten)]
    pub(crate) sets: SetArgs,
    #[command(flatten)]
    pub(crate) join: JoinArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// Which of the members.
#[derive(Debug, Args)]
#[command(next_help_heading = "Set work")]
pub(crate) struct SetArgs {
    /// The members of this group as well; may be repeated
    #[arg(long, value_name = "G")]
    pub(crate) with: Vec<String>,
    /// Only those who are not in this group; may be repeated
    #[arg(long, value_name = "G")]
    pub(crate) without: Vec<String>,
    /// Only those who are in both groups, or in all of them
    #[arg(long)]
    pub(crate) only_in_both: bool,
}

/// Which list is joined.
#[derive(Debug, Args)]
#[command(next_help_heading = "Joining a list")]
pub(crate) struct JoinArgs {
    /// Bring the columns of this list to the members that its rows name; may be repeated
    #[arg(long, value_name = "INPUT")]
    pub(crate) join: Vec<String>,
    /// Only these columns of it, by name or number, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',', requires = "join")]
    pub(crate) join_columns: Vec<ColumnRef>,
    /// Write its rows that name no member here
    #[arg(long, value_name = "FILE", requires = "join")]
    pub(crate) unmatched_rows: Option<PathBuf>,
    /// Write the members that no row names here
    #[arg(long, value_name = "FILE", requires = "join")]
    pub(crate) unmatched_members: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) beside: BesideArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    Csv,
    Tsv,
    Ndjson,
    Parquet,
}

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall compare News Sports
  rollcall compare contacts.csv News --region GB
  rollcall compare contacts.csv News --only-a missing.csv --only-b extra.csv")]
pub(crate) struct CompareArgs {
    /// A group, by name or id, or a list
    #[arg(value_name = "A")]
    pub(crate) a: String,
    /// Another
    #[arg(value_name = "B")]
    pub(crate) b: String,
    /// Write who is in both; the file's name chooses its form
    #[arg(long, value_name = "FILE")]
    pub(crate) both: Option<PathBuf>,
    /// Write who is only in A
    #[arg(long, value_name = "FILE")]
    pub(crate) only_a: Option<PathBuf>,
    /// Write who is only in B
    #[arg(long, value_name = "FILE")]
    pub(crate) only_b: Option<PathBuf>,
    /// Compare although the members do not add up to the group's size
    #[arg(long)]
    pub(crate) allow_size_mismatch: bool,
    #[command(flatten)]
    pub(crate) rejects_ok: RejectsOk,
    #[command(flatten)]
    pub(crate) beside: BesideArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}
