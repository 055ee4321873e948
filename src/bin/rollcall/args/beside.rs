//! How a list is read that stands beside groups: to be joined to them, or compared with them.

use clap::Args;
use rollcall::contacts::ColumnRef;
use rollcall::numbers::Region;
use serde::{Deserialize, Serialize};

use super::reading::{ListArgs, PolicyArgs, delimiter, region};

/// How a list beside groups is read.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Reading a list")]
pub(crate) struct BesideArgs {
    /// A column of phone numbers, by name or number (from 1); may be repeated
    #[arg(long, value_name = "NAME|N")]
    pub(crate) phone_column: Vec<ColumnRef>,
    /// The column that names each row's region
    #[arg(long, value_name = "NAME|N")]
    pub(crate) region_column: Option<ColumnRef>,
    /// The region of rows that name none: ISO code, English name or calling code
    #[arg(long, value_name = "CC", value_parser = region)]
    pub(crate) region: Option<Region>,
    /// The list has no header line
    #[arg(long)]
    pub(crate) no_header: bool,
    /// The line on which the header stands, where something else stands above it
    #[arg(long, value_name = "N", conflicts_with = "no_header", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) header_line: Option<u64>,
    /// Quotes inside a quoted cell are written with a backslash before them
    #[arg(long)]
    pub(crate) backslash: bool,
    /// The delimiter: one character, or `tab`
    #[arg(long, value_name = "C", value_parser = delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// The encoding, such as utf-8, utf-16le or windows-1252
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
    /// The sheet of a workbook
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Option<String>,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}

impl BesideArgs {
    /// The same for these inputs, as an import would have it.
    pub(crate) fn list(&self, inputs: Vec<String>) -> ListArgs {
        let Self {
            phone_column,
            region_column,
            region,
            no_header,
            header_line,
            backslash,
            delimiter,
            encoding,
            sheet,
            policy,
        } = self.clone();
        ListArgs {
            inputs,
            phone_column,
            region_column,
            region,
            group_column: None,
            action_column: None,
            suppress: Vec::new(),
            no_header,
            header_line,
            backslash,
            delimiter,
            encoding,
            sheet,
            threads: None,
            policy,
        }
    }
}
