//! Flags that several commands take.

use std::path::PathBuf;

use clap::Args;
use rollcall::plan::Digest;
use rollcall::plan::brakes::{ChangeLimits, Limit};

/// What stops a change of members, and what lets it pass.
#[derive(Debug, Args)]
#[command(next_help_heading = "Brakes")]
pub(crate) struct BrakeArgs {
    /// Let exactly the plan with this digest pass all brakes
    #[arg(long, value_name = "DIGEST")]
    pub(crate) r#override: Option<Digest>,
    /// Refuse when more members than this would be removed [default: 20% of a group of 10 or more]
    #[arg(long, value_name = "N|P%")]
    pub(crate) max_remove: Option<Limit>,
    /// Refuse when more members of ours are gone than this [default: 20%, at least 10]
    #[arg(long, value_name = "N|P%")]
    pub(crate) max_left: Option<Limit>,
    /// Go on although the members do not add up to the group's size
    #[arg(long)]
    pub(crate) allow_size_mismatch: bool,
}

impl BrakeArgs {
    /// The limits that they set.
    pub(crate) fn limits(&self) -> ChangeLimits {
        ChangeLimits {
            max_remove: self.max_remove,
            max_left: self.max_left,
            allow_size_mismatch: self.allow_size_mismatch,
            ..ChangeLimits::default()
        }
    }
}

/// Where the report goes.
#[derive(Debug, Args)]
pub(crate) struct ReportArg {
    /// Write the report here: as JSON, or as a page to read when the name ends in .html
    #[arg(id = "report", long = "report", value_name = "FILE", help_heading = "Files")]
    pub(crate) file: Option<PathBuf>,
}
