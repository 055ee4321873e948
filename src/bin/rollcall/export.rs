//! `rollcall export`: the members of groups as a table.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rollcall::apply::audience;
use rollcall::export::{Format, History, Layout, Members, write};
use rollcall::groups::{Group, GroupsApi, find_group};
use rollcall::ledger::{Ledger, StateFolder};
use rollcall::numbers::NumberSet;
use rollcall::output::{Output, OutputError};
use rollcall::plan::GroupRef;
use serde_json::{Value, json};

use crate::account;
use crate::args::{Common, ExportArgs, ExportFormat};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: &ExportArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let began = Instant::now();
    let layout = layout(args, common)?;
    let state = connect::state(common)?;
    let settings = account::settings(&args.connection, common, &state)?;
    let output = Output::create(&args.output)?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    let (account, found) = runtime.block_on(async {
        let link = Link::open(settings, &stop.token, terminal).await?;
        let found = read(args, &link).await;
        let account = link.account().key();
        link.close().await;
        found.map(|found| (account, found)).map_err(|failure| unless_stopped(failure, stop.exit()))
    })?;
    let groups = remembered(found, &account, &layout, &state)?;
    let rows = write_table(args, &groups, &layout, output)?;
    if args.output.as_os_str() != "-" {
        terminal.note(&format!("wrote {rows} rows to {}", args.output.display()));
    }
    if terminal.json() {
        terminal.out(&format!("{:#}\n", report(args, &layout, &groups, rows, began)))?;
    }
    Ok(Exit::Done)
}

/// What was typed, as the table that it means.
fn layout(args: &ExportArgs, common: &Common) -> Result<Layout, Failure> {
    if let Some(column) =
        args.columns.iter().find(|column| args.columns.iter().filter(|other| other == column).count() > 1)
    {
        return Err(Failure::usage(format!("the column {column} is named twice"), "name it once"));
    }
    let format = args.format.map_or_else(|| format_of_name(&args.output), format_of_flag);
    if args.excel && matches!(format, Format::Ndjson | Format::Parquet) {
        return Err(Failure::usage("--excel is for csv and tsv", "leave it out, or choose --format csv"));
    }
    let to_stdout = args.output.as_os_str() == "-";
    if to_stdout && common.json {
        return Err(Failure::usage("stdout can take one result", "name a file with -o, or leave out --json"));
    }
    if format == Format::Parquet {
        if matches!(extension(&args.output), Some("gz" | "zst")) {
            return Err(Failure::usage("Parquet is compressed inside", "let the file's name end in .parquet"));
        }
        if to_stdout && std::io::stdout().is_terminal() {
            return Err(Failure::usage("Parquet is nothing for a terminal", "name a file with -o"));
        }
    }
    Ok(Layout { columns: args.columns.clone(), format, excel: args.excel, per_group: args.per_group })
}

fn format_of_flag(format: ExportFormat) -> Format {
    match format {
        ExportFormat::Csv => Format::Csv,
        ExportFormat::Tsv => Format::Tsv,
        ExportFormat::Ndjson => Format::Ndjson,
        ExportFormat::Parquet => Format::Parquet,
    }
}

/// The form that a file's name promises.
fn format_of_name(path: &Path) -> Format {
    let ending = match extension(path) {
        Some("gz" | "zst") => path.file_stem().map(Path::new).and_then(extension),
        ending => ending,
    };
    match ending {
        Some("tsv" | "tab") => Format::Tsv,
        Some("ndjson" | "jsonl") => Format::Ndjson,
        Some("parquet") => Format::Parquet,
        _ => Format::Csv,
    }
}

fn extension(path: &Path) -> Option<&str> {
    path.extension().and_then(|extension| extension.to_str())
}

/// A group that was named, and its members.
struct Found {
    group: Group,
    members: NumberSet,
}

/// The members of every group that was named, each group once.
async fn read(args: &ExportArgs, link: &Link) -> Result<Vec<Found>, Failure> {
    let mut named: Vec<Group> = Vec::new();
    for name in &args.groups {
        let group = find_group(&*link.api, name).await?.group;
        if !named.iter().any(|other| other.id == group.id) {
            named.push(group);
        }
    }
    let mut found = Vec::new();
    for group in named {
        let members = members(args, &link.api, &group).await?;
        found.push(Found { group, members });
    }
    Ok(found)
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
        anyhow::anyhow!("the members of {} do not add up to its size of {}", label(group), size.unwrap_or_default()),
        Some("try again later, or take what there is with --allow-size-mismatch; nothing was written".to_owned()),
    ))
}

fn label(group: &Group) -> &str {
    group.name.as_deref().unwrap_or(group.id.as_str())
}

/// The groups with what the ledger knows of their members, when a column asks for it.
fn remembered(found: Vec<Found>, account: &str, layout: &Layout, state: &StateFolder) -> Result<Vec<Members>, Failure> {
    let ledger =
        if layout.columns.iter().any(|column| column.is_remembered()) { Some(Ledger::open(state)?) } else { None };
    let mut groups = Vec::new();
    for Found { group, members } in found {
        let history = ledger.as_ref().map(|ledger| history(ledger, account, &group, &members)).transpose()?;
        groups.push(Members { name: label(&group).to_owned(), numbers: members, history });
    }
    Ok(groups)
}

fn history(ledger: &Ledger, account: &str, group: &Group, members: &NumberSet) -> Result<History, Failure> {
    let group = GroupRef::Existing { id: group.id.clone(), name: group.name.clone() };
    let audience = audience(ledger, account, &group)?;
    let mut history = History::of_members(members);
    ledger.sightings(&audience, |at, numbers| history.saw(members, at, numbers))?;
    for leaver in ledger.leavers(&audience)? {
        history.left(leaver.number, leaver.since);
    }
    Ok(history)
}

fn write_table(args: &ExportArgs, groups: &[Members], layout: &Layout, mut output: Output) -> Result<u64, Failure> {
    let rows =
        write(groups, layout, &mut output).map_err(|source| OutputError { path: args.output.clone(), source })?;
    output.finish()?;
    Ok(rows)
}

fn report(args: &ExportArgs, layout: &Layout, groups: &[Members], rows: u64, began: Instant) -> Value {
    let groups: Vec<Value> =
        groups.iter().map(|group| json!({"name": group.name, "members": group.numbers.len()})).collect();
    let columns: Vec<&str> = layout.columns.iter().map(|column| column.as_str()).collect();
    json!({
        "format": 1, "command": "export", "groups": groups, "columns": columns, "rows": {"written": rows},
        "files": {"output": args.output.display().to_string()},
        "seconds": began.elapsed().as_secs_f64(), "exit": Exit::Done.code(),
    })
}
