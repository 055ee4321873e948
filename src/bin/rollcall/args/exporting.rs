//! What makes tables of members.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rollcall::export::Column;

use super::connection::ConnectionArgs;

#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  rollcall export News > news.csv
  rollcall export News -o news.parquet
  rollcall export News --excel -o news.csv
  rollcall export News Sports -o both.csv.gz
  rollcall export News Sports --per-group --columns msisdn,group",
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
    Ndjson,
    Parquet,
}
