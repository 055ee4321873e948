//! `rollcall export`: the members of groups as a table.

use std::sync::Arc;
use std::time::Duration;

use rollcall::apply::{Whole, find_whole};
use rollcall::export::{Format, Layout, write};
use rollcall::groups::{Group, GroupId, GroupsApi};
use rollcall::ledger::Ledger;
use rollcall::numbers::NumberSet;
use rollcall::output::{Output, OutputError};

use crate::args::{Common, ExportArgs, ExportFormat};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: &ExportArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let state = connect::state(common)?;
    let settings = connect::settings(&args.connection, &state)?;
    let ledger = Ledger::open(&state)?;
    let output = Output::create(&args.output)?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    let groups = runtime.block_on(async {
        let link = Link::open(settings, &args.connection, &stop.token, terminal).await?;
        let groups = read(args, &link, &ledger).await;
        link.close().await;
        groups.map_err(|failure| unless_stopped(failure, stop.exit()))
    })?;
    let rows = write_table(args, &groups, output)?;
    if args.output.as_os_str() != "-" {
        terminal.note(&format!("wrote {rows} rows to {}", args.output.display()));
    }
    Ok(Exit::Done)
}

/// The members of every group or audience that was named, each group once. With `--per-group` an audience is its groups,
/// else one.
async fn read(args: &ExportArgs, link: &Link, ledger: &Ledger) -> Result<Vec<(String, NumberSet)>, Failure> {
    let (mut wholes, mut seen): (Vec<Whole>, Vec<GroupId>) = (Vec::new(), Vec::new());
    for name in &args.groups {
        let whole = find_whole(&*link.api, ledger, &link.account().key(), name).await?;
        if whole.groups().iter().any(|group| !seen.contains(&group.id)) {
            seen.extend(whole.groups().iter().map(|group| group.id.clone()));
            wholes.push(whole);
        }
    }
    let mut groups: Vec<(String, NumberSet)> = Vec::new();
    for whole in wholes {
        let mut of_whole = Vec::new();
        for group in whole.groups() {
            of_whole.push((name(group).to_owned(), members(args, &link.api, group).await?));
        }
        if args.per_group || of_whole.len() < 2 && matches!(whole, Whole::Group(_)) {
            groups.extend(of_whole);
        } else {
            let members: Vec<NumberSet> = of_whole.into_iter().map(|(_, members)| members).collect();
            groups.push((whole.label().to_owned(), NumberSet::union_all(&members)));
        }
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
