//! `rollcall export`: the members of groups as a table.

use std::sync::Arc;
use std::time::Duration;

use rollcall::export::{Format, Layout, write};
use rollcall::groups::{Group, GroupsApi, find_group};
use rollcall::numbers::NumberSet;
use rollcall::output::{Output, OutputError};

use crate::account;
use crate::args::{Common, ExportArgs, ExportFormat};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: &ExportArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let settings = account::settings(&args.connection, common, &connect::state(common)?)?;
    let output = Output::create(&args.output)?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    let groups = runtime.block_on(async {
        let link = Link::open(settings, &stop.token, terminal).await?;
        let groups = read(args, &link).await;
        link.close().await;
        groups.map_err(|failure| unless_stopped(failure, stop.exit()))
    })?;
    let rows = write_table(args, &groups, output)?;
    if args.output.as_os_str() != "-" {
        terminal.note(&format!("wrote {rows} rows to {}", args.output.display()));
    }
    Ok(Exit::Done)
}

/// The members of every group that was named, each group once.
async fn read(args: &ExportArgs, link: &Link) -> Result<Vec<(String, NumberSet)>, Failure> {
    let mut found: Vec<Group> = Vec::new();
    for name in &args.groups {
        let group = find_group(&*link.api, name).await?.group;
        if !found.iter().any(|other| other.id == group.id) {
            found.push(group);
        }
    }
    let mut groups = Vec::new();
    for group in found {
        let members = members(args, &link.api, &group).await?;
        groups.push((group.name.unwrap_or_else(|| group.id.to_string()), members));
    }
    Ok(groups)
}

/// A group's members, which must add up to its size: a short answer must never become a short file. A group may
/// change between the two questions, so that both are asked again before it counts.
async fn members<A: GroupsApi>(args: &ExportArgs, api: &Arc<A>, group: &Group) -> Result<NumberSet, Failure> {
    let mut size = group.size;
    for attempt in 0..4_u64 {
        let members = api.members(&group.id).await?;
        let count = u64::try_from(members.len()).unwrap_or(u64::MAX);
        if args.allow_size_mismatch || size.is_none_or(|size| size == count) {
            return Ok(members);
        }
        tokio::time::sleep(Duration::from_millis(100 * attempt)).await;
        size = api.retrieve(&group.id).await?.size;
        if size.is_none_or(|size| size == count) {
            return Ok(members);
        }
    }
    Err(Failure::new(
        Exit::Unverified,
        anyhow::anyhow!("the members of {} do not add up to its size of {}", name(group), size.unwrap_or_default()),
        Some("try again later, or take what there is with --allow-size-mismatch; nothing was written".to_owned()),
    ))
}

fn name(group: &Group) -> &str {
    group.name.as_deref().unwrap_or(group.id.as_str())
}

fn write_table(args: &ExportArgs, groups: &[(String, NumberSet)], mut output: Output) -> Result<u64, Failure> {
    let layout = Layout {
        columns: args.columns.clone(),
        format: match args.format {
            ExportFormat::Csv => Format::Csv,
            ExportFormat::Tsv => Format::Tsv,
        },
        per_group: args.per_group,
    };
    let rows =
        write(groups, &layout, &mut output).map_err(|source| OutputError { path: args.output.clone(), source })?;
    output.finish()?;
    Ok(rows)
}
