//! What looks at groups, makes, changes and deletes them.

use clap::builder::Resettable;
use clap::{Arg, Args, Subcommand};
use rollcall::groups::{Keywords, TextTo};
use rollcall::numbers::Region;

use super::changing::ImportArgs;
use super::connection::ConnectionArgs;
use super::reading::{SuppressArgs, region};
use super::shared::{BrakeArgs, ReportArg};

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall groups list
  rollcall groups show News --json
  rollcall groups create News contacts.csv --auto-update +12125550199 --join-word 'JOIN NEWS' --leave-word 'STOP NEWS'
  rollcall groups update News --name Sports --add +12125550100 --remove-from Left
  rollcall groups delete News --yes")]
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
    /// One group and its settings; an audience and its groups
    Show {
        /// The group, by name or id; or the audience, by name
        #[arg(value_name = "G")]
        group: String,
        #[command(flatten)]
        connection: ConnectionArgs,
    },
    /// The numbers of a group or of an audience in several, one a line
    Members {
        /// The group, by name or id; or the audience, by name
        #[arg(value_name = "G")]
        group: String,
        /// Print what there is, although the members do not add up to the group's size
        #[arg(long)]
        allow_size_mismatch: bool,
        #[command(flatten)]
        connection: ConnectionArgs,
    },
    /// Make a group, with the members of a list or with none
    Create(Box<CreateArgs>),
    /// Rename a group, set its keywords, add and remove single numbers or the members of other groups
    Update(Box<UpdateArgs>),
    /// Make a group's members exactly those of a list, in one request; name, keywords and child groups stay
    Replace(Box<ReplaceArgs>),
    /// Delete a group, after a backup of it was put into the state folder
    Delete(DeleteArgs),
}

#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  rollcall groups create News
  rollcall groups create News contacts.csv --region GB
  rollcall groups create News --auto-update +12125550199 --join-word JOIN --leave-word STOP",
    mut_arg("group", |arg| named(arg, "NAME", "The group's name: 1 to 20 characters, not yet taken")),
    mut_arg("inputs", |arg| arg.index(2).required(false).help("Lists of the members [default: none]")),
    mut_arg("group_column", |arg| arg.hide(true)),
    mut_arg("action_column", |arg| arg.hide(true)),
    mut_arg("mode", |arg| arg.hide(true)),
    mut_arg("create", |arg| arg.hide(true)),
    mut_arg("remove_joined", |arg| arg.hide(true)),
    mut_arg("max_remove", |arg| arg.hide(true)),
    mut_arg("max_shrink", |arg| arg.hide(true)),
    mut_arg("keep_going", |arg| arg.hide(true))
)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    pub(crate) import: ImportArgs,
    #[command(flatten)]
    pub(crate) keywords: KeywordArgs,
}

#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  rollcall groups replace News contacts.csv --dry-run
  rollcall groups replace News contacts.csv --max-remove 50%",
    mut_arg("group", |arg| named(arg, "G", "The group, by name or id")),
    mut_arg("inputs", |arg| arg.index(2)),
    mut_arg("group_column", |arg| arg.hide(true)),
    mut_arg("action_column", |arg| arg.hide(true)),
    mut_arg("mode", |arg| arg.default_value("replace").hide(true)),
    mut_arg("atomic", |arg| arg.hide(true)),
    mut_arg("limit", |arg| arg.hide(true)),
    mut_arg("remove_joined", |arg| arg.hide(true)),
    mut_arg("keep_going", |arg| arg.hide(true))
)]
pub(crate) struct ReplaceArgs {
    #[command(flatten)]
    pub(crate) import: ImportArgs,
}

/// `--group G` of an import, as the first word of a command that is about one group.
fn named(group: Arg, value: &'static str, help: &'static str) -> Arg {
    let none: Option<&'static str> = None;
    group
        .long(none)
        .required_unless_present(Resettable::Reset)
        .index(1)
        .required(true)
        .value_name(value)
        .help(help)
        .help_heading(none)
}

/// How people join and leave a group by themselves.
#[derive(Debug, Args)]
#[command(next_help_heading = "Keywords")]
pub(crate) struct KeywordArgs {
    /// The number or short code to which people text the keywords
    #[arg(long, value_name = "NUMBER")]
    pub(crate) auto_update: Option<TextTo>,
    /// Who texts this joins: one word or two, each of at most 15 characters
    #[arg(long, value_name = "WORDS")]
    pub(crate) join_word: Option<Keywords>,
    /// Who texts this leaves
    #[arg(long, value_name = "WORDS")]
    pub(crate) leave_word: Option<Keywords>,
}

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall groups update News --name Sports
  rollcall groups update News --add +12125550100 +12125550101 --remove '(212) 555-0102' --region US
  rollcall groups update News --add-from Sports --remove-from Left --dry-run
  rollcall groups update News --auto-update +12125550199 --join-word 'JOIN NEWS'")]
pub(crate) struct UpdateArgs {
    /// The group, by name or id
    #[arg(value_name = "G")]
    pub(crate) group: String,
    /// Rename the group: 1 to 20 characters
    #[arg(long, value_name = "NAME", conflicts_with = "no_name")]
    pub(crate) name: Option<String>,
    /// Take the group's name away
    #[arg(long)]
    pub(crate) no_name: bool,
    /// Add these numbers; several are separated by commas or blanks
    #[arg(long, value_name = "NUMBER", num_args = 1.., value_delimiter = ',')]
    pub(crate) add: Vec<String>,
    /// Remove these numbers
    #[arg(long, value_name = "NUMBER", num_args = 1.., value_delimiter = ',')]
    pub(crate) remove: Vec<String>,
    /// The region of numbers without their `+`, those of suppression lists included
    #[arg(long, value_name = "CC", value_parser = region)]
    pub(crate) region: Option<Region>,
    /// Add the members of another group, as they are now; may be repeated
    #[arg(long, value_name = "G")]
    pub(crate) add_from: Vec<String>,
    /// Remove the members of another group, as they are now; may be repeated
    #[arg(long, value_name = "G")]
    pub(crate) remove_from: Vec<String>,
    /// Add again those who left
    #[arg(long)]
    pub(crate) readd_left: bool,
    #[command(flatten)]
    pub(crate) suppress: SuppressArgs,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Ask nothing
    #[arg(long)]
    pub(crate) yes: bool,
    /// How long members that are not as planned are read again
    #[arg(long, value_name = "SECS", default_value_t = 10.0)]
    pub(crate) verify_wait: f64,
    /// Members that a group holds
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) group_limit: u64,
    #[command(flatten)]
    pub(crate) keywords: KeywordArgs,
    #[command(flatten)]
    pub(crate) report: ReportArg,
    #[command(flatten)]
    pub(crate) brakes: BrakeArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  rollcall groups delete News --dry-run
  rollcall groups delete News --yes")]
pub(crate) struct DeleteArgs {
    /// The group, by name or id
    #[arg(value_name = "G")]
    pub(crate) group: String,
    /// Show what would be deleted, and delete nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Ask nothing; needed where there is no terminal to ask on
    #[arg(long)]
    pub(crate) yes: bool,
    /// Delete although the members that can be backed up do not add up to the group's size
    #[arg(long)]
    pub(crate) allow_size_mismatch: bool,
    #[command(flatten)]
    pub(crate) report: ReportArg,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}
