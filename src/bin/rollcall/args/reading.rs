//! How a list is read, and what its cells may become.

use std::num::NonZeroUsize;

use clap::{Args, ValueEnum};
use rollcall::contacts::ColumnRef;
use rollcall::numbers::{Mark, NumberType, Region};
use serde::{Deserialize, Serialize};

/// How a list is read.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
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
    /// The line on which the header stands, where something else stands above it
    #[arg(long, value_name = "N", conflicts_with = "no_header", value_parser = clap::value_parser!(u64).range(1..))]
    #[serde(default)]
    pub(crate) header_line: Option<u64>,
    /// Quotes inside a quoted cell are written with a backslash before them
    #[arg(long)]
    #[serde(default)]
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
    /// Threads that read
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}

/// Whom nobody may write to, where there is no list beside.
#[derive(Debug, Clone, Args)]
pub(crate) struct SuppressArgs {
    /// A list of numbers that are not to be written to, in any form that can be read; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) suppress: Vec<String>,
    /// Refuse when more rows than this of the suppression lists mean no number
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Brakes")]
    pub(crate) max_suppress_rejects: u64,
}

/// What a cell may become.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Accept {
    Valid,
    Possible,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlusLess {
    Auto,
    National,
    International,
    Refuse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Multiple {
    Refuse,
    First,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Extension {
    Refuse,
    Drop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Letters {
    Refuse,
    Read,
}

pub(super) fn region(text: &str) -> Result<Region, String> {
    Region::read(text.as_bytes())
        .ok_or_else(|| "no such region; expected an ISO code such as GB, a name, or a calling code".to_owned())
}

pub(super) fn delimiter(text: &str) -> Result<u8, String> {
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
