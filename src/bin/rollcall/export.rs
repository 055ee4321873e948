//! `rollcall export`: the members of groups as a table.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rollcall::export::{
    Format, History, JoinFigures, JoinSettings, Joined, Key, Layout, Members, Rest, Table, Written,
};
use rollcall::ledger::Ledger;
use rollcall::numbers::{Census, Normalizer};
use rollcall::output::{Output, OutputError};
use rollcall::report::{GroupReport, Report, counted, escaped};
use serde_json::{Value, json};

use crate::account;
use crate::args::{Common, ExportArgs, ExportFormat};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::list;
use crate::membership::{self, Grain, Named, SizeCheck};
use crate::report_file::ReportFile;
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: &ExportArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    export(args, common, terminal)?;
    Ok(Exit::Done)
}

/// Exports, and yields the report for whoever keeps it.
pub(crate) fn export(args: &ExportArgs, common: &Common, terminal: &Terminal) -> Result<Value, Failure> {
    let began = Instant::now();
    let layout = layout(args)?;
    one_result_on_stdout(args, common)?;
    let key = key(args, terminal)?;
    let state = connect::state(common)?;
    let settings = account::settings(&args.connection, common, &state)?;
    let ledger = Ledger::open(&state)?;
    let mut papers = Papers::create(args)?;
    let report_file = ReportFile::create(args.report.as_deref())?;
    let mut report = Report::new("export");
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    let named = runtime.block_on(async {
        let link = Link::open(settings, &stop.token, terminal).await?;
        let named = members(args, &ledger, &link).await;
        link.tell(&mut report);
        link.close().await;
        named.map_err(|failure| unless_stopped(failure, stop.exit()))
    })?;
    describe(&named, &mut report);
    let groups = remembered(named, &layout, &ledger)?;
    let mut joined = joined(args, &groups, &layout, &mut papers, &stop, terminal)?;
    let written = papers.write(&groups, &layout, joined.as_mut(), key.as_ref())?;
    papers.finish()?;
    let told = Told { args, layout: &layout, groups: &groups, joined: joined.as_ref(), written };
    told.say(terminal);
    report.seconds = began.elapsed().as_secs_f64();
    let value = told.json(&report)?;
    let json = format!("{value:#}\n");
    if let Some(file) = report_file {
        file.write_or(&report, &json, &ledger)?;
    }
    if terminal.json() {
        terminal.out(&json)?;
    }
    Ok(value)
}

/// What was typed, as the table that it means.
fn layout(args: &ExportArgs) -> Result<Layout, Failure> {
    let columns = args.columns.clone();
    if let Some(column) = columns.iter().find(|column| columns.iter().filter(|other| other == column).count() > 1) {
        return Err(Failure::usage(format!("the column {column} is named twice"), "name it once"));
    }
    let format = args.format.map_or_else(|| format_of_name(&args.output), format_of_flag);
    if args.excel && matches!(format, Format::Ndjson | Format::Parquet) {
        return Err(Failure::usage("--excel is for csv and tsv", "leave it out, or choose --format csv"));
    }
    if format == Format::Parquet {
        if matches!(extension(&args.output), Some("gz" | "zst")) {
            return Err(Failure::usage("Parquet is compressed inside", "let the file's name end in .parquet"));
        }
        if is_stdout(&args.output) && std::io::stdout().is_terminal() {
            return Err(Failure::usage("Parquet is nothing for a terminal", "name a file with -o"));
        }
    }
    Ok(Layout { columns, format, excel: args.excel, per_group: args.per_group })
}

/// Two results on one stdout would be none.
fn one_result_on_stdout(args: &ExportArgs, common: &Common) -> Result<(), Failure> {
    let rest = [&args.join.unmatched_rows, &args.join.unmatched_members, &args.report];
    let papers = rest.into_iter().map(Option::as_ref).chain([Some(&args.output)]);
    let on_stdout = papers.flatten().filter(|path| is_stdout(path)).count();
    if on_stdout + usize::from(common.json) > 1 {
        return Err(Failure::usage("stdout can take one result", "name a file with -o, or leave out --json"));
    }
    Ok(())
}

fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The key of the pseudonyms, when there are to be any. Whatever else would show a number is refused.
fn key(args: &ExportArgs, terminal: &Terminal) -> Result<Option<Key>, Failure> {
    let Some(path) = &args.pseudonymize else { return Ok(None) };
    if let Some(column) = args.columns.iter().find(|column| column.reveals_number()) {
        return Err(Failure::usage(
            format!("the column {column} would show the numbers that --pseudonymize hides"),
            "leave one of them out",
        ));
    }
    if args.join.unmatched_rows.is_some() {
        return Err(Failure::usage(
            "--unmatched-rows would show numbers, which --pseudonymize hides",
            "write them with an export of its own",
        ));
    }
    let key = Key::read(path)?;
    if key.is_exposed() {
        terminal.warn(&format!(
            "others on this machine may read the key in {path}, and with it find out whom a pseudonym stands for: \
             chmod 600 {path}",
            path = escaped(&path.display().to_string())
        ));
    }
    Ok(Some(key))
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
pub(crate) fn format_of_name(path: &Path) -> Format {
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

/// What is written, opened before any work is done for it, and put in its place when all of it is written.
struct Papers<'a> {
    table: (Output, &'a Path),
    unmatched_rows: Option<(Output, &'a Path)>,
    unmatched_members: Option<(Output, &'a Path)>,
}

impl<'a> Papers<'a> {
    fn create(args: &'a ExportArgs) -> Result<Self, Failure> {
        let open = |path: &'a Path| Ok::<_, Failure>((Output::create(path)?, path));
        Ok(Self {
            table: open(&args.output)?,
            unmatched_rows: args.join.unmatched_rows.as_deref().map(open).transpose()?,
            unmatched_members: args.join.unmatched_members.as_deref().map(open).transpose()?,
        })
    }

    fn write(
        &mut self,
        groups: &[Members],
        layout: &Layout,
        mut joined: Option<&mut Joined>,
        key: Option<&Key>,
    ) -> Result<Written, Failure> {
        if let Some((output, path)) = &mut self.unmatched_members {
            let layout = Layout { format: format_of_name(path), ..Layout::default() };
            let table = Table { groups, layout: &layout, joined: joined.as_deref_mut(), key };
            table.write_unjoined(output).map_err(failed(path))?;
        }
        let (output, path) = &mut self.table;
        Ok(Table { groups, layout, joined, key }.write(output).map_err(failed(path))?)
    }

    fn finish(self) -> Result<(), Failure> {
        for (output, _) in [Some(self.table), self.unmatched_rows, self.unmatched_members].into_iter().flatten() {
            output.finish()?;
        }
        Ok(())
    }
}

/// An output's error that the system's error means.
fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> OutputError {
    move |source| OutputError { path: path.to_owned(), source }
}

/// The groups that were named, with those of their members that are wanted.
async fn members(args: &ExportArgs, ledger: &Ledger, link: &Link) -> Result<Vec<Named>, Failure> {
    let sets = &args.sets;
    let check = SizeCheck::of_flag(args.allow_size_mismatch);
    let grain = if args.per_group { Grain::Group } else { Grain::Audience };
    let wanted: Vec<String> = args.groups.iter().chain(&sets.with).cloned().collect();
    let mut groups = membership::read(&wanted, grain, check, ledger, link).await?;
    if sets.only_in_both && groups.len() < 2 {
        return Err(Failure::usage("--only-in-both takes two groups", "name another one, or add it with --with"));
    }
    for left_out in membership::read(&sets.without, grain, check, ledger, link).await? {
        for group in &mut groups {
            group.members.remove_all(&left_out.members);
        }
    }
    if sets.only_in_both
        && let Some((first, others)) = groups.split_first_mut()
    {
        for other in &*others {
            first.members.retain_all(&other.members);
        }
        for other in others {
            other.members.retain_all(&first.members);
        }
    }
    Ok(groups)
}

/// Writes into the report who is exported.
fn describe(named: &[Named], report: &mut Report) {
    let mut all = Census::default();
    for Named { name, id, members, .. } in named {
        let count = u64::try_from(members.len()).unwrap_or(u64::MAX);
        report.groups.push(GroupReport {
            id: id.as_ref().map(ToString::to_string),
            name: Some(name.clone()),
            // All of its groups, told as one.
            audience: id.is_none().then(|| name.clone()),
            before: count,
            after: Some(count),
            ..GroupReport::default()
        });
        all += &Census::from(members);
    }
    report.set_members(&all);
}

/// The groups with what the ledger knows of their members, when a column asks for it.
fn remembered(named: Vec<Named>, layout: &Layout, ledger: &Ledger) -> Result<Vec<Members>, Failure> {
    let wanted = layout.columns.iter().any(|column| column.is_remembered());
    let mut groups = Vec::new();
    for named in named {
        let history = if wanted { Some(history(ledger, &named)?) } else { None };
        groups.push(Members { name: named.name, numbers: named.members, history });
    }
    Ok(groups)
}

fn history(ledger: &Ledger, named: &Named) -> Result<History, Failure> {
    let mut history = History::of_members(&named.members);
    ledger.sightings(&named.audience, |at, numbers| history.saw(&named.members, at, numbers))?;
    for leaver in ledger.leavers(&named.audience)? {
        history.left(leaver.number, leaver.since);
    }
    Ok(history)
}

/// The list that is joined, read.
fn joined(
    args: &ExportArgs,
    groups: &[Members],
    layout: &Layout,
    papers: &mut Papers<'_>,
    stop: &Stop,
    terminal: &Terminal,
) -> Result<Option<Joined>, Failure> {
    if args.join.join.is_empty() {
        return Ok(None);
    }
    let list = args.join.beside.list(args.join.join.clone());
    let normalizer = Normalizer::new(list::policy(&list.policy));
    let settings = JoinSettings {
        normalizer: &normalizer,
        region: list.region,
        columns: &args.join.join_columns,
        private: args.pseudonymize.is_some(),
        stop: &stop.flag,
    };
    let opened = list::open_beside(&list, &normalizer, stop, terminal)?;
    let rest = papers.unmatched_rows.as_mut().map(|(out, path)| Rest { out, path });
    let joined = Joined::read(opened, groups, layout, &settings, rest);
    joined.map(Some).map_err(|error| unless_stopped(error.into(), stop.exit()))
}

/// What there is to tell of an export.
struct Told<'a> {
    args: &'a ExportArgs,
    layout: &'a Layout,
    groups: &'a [Members],
    joined: Option<&'a Joined>,
    written: Written,
}

impl Told<'_> {
    fn say(&self, terminal: &Terminal) {
        let Written { rows, members, unjoined } = self.written;
        if let Some(joined) = self.joined {
            let JoinFigures { rows, repeated, unmatched, rejected, .. } = joined.figures();
            terminal.note(&format!("{} of {members} members have a row in the list", members - unjoined));
            terminal.note(&format!(
                "of its {rows} rows {unmatched} name no member, {repeated} name a member again (the first counts), \
                 {rejected} mean no number for sure"
            ));
        }
        if !is_stdout(&self.args.output) {
            let path = escaped(&self.args.output.display().to_string());
            terminal.note(&format!("wrote {} to {path}", counted(rows, "row", "rows")));
        }
    }

    /// The report of every command, with what an export has to say in its place.
    fn json(&self, report: &Report) -> Result<Value, Failure> {
        let shown = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let own = self.layout.columns.iter().map(|column| column.as_str());
        let columns: Vec<&str> =
            own.chain(self.joined.into_iter().flat_map(|joined| joined.names().iter().map(String::as_str))).collect();
        let join = self.joined.map(|joined| {
            let JoinFigures { rows, matched, repeated, unmatched, rejected } = joined.figures();
            json!({
                "rows": rows, "matched": matched, "repeated": repeated, "unmatched": unmatched,
                "rejected": rejected, "members_unmatched": self.written.unjoined,
            })
        });
        let mut told = serde_json::to_value(report).map_err(Failure::internal)?;
        let groups = told.get_mut("groups").and_then(Value::as_array_mut);
        for (told, group) in groups.into_iter().flatten().zip(self.groups) {
            if let Value::Object(told) = told {
                told.insert("name".to_owned(), json!(group.name));
                told.insert("members".to_owned(), json!(group.numbers.len()));
            }
        }
        let particular = json!({
            "columns": columns,
            "members": self.written.members, "rows": {"written": self.written.rows}, "join": join,
            "files": {
                "output": self.args.output.display().to_string(),
                "unmatched_rows": shown(&self.args.join.unmatched_rows),
                "unmatched_members": shown(&self.args.join.unmatched_members),
                "report": shown(&self.args.report),
            },
        });
        if let (Value::Object(told), Value::Object(particular)) = (&mut told, particular) {
            told.extend(particular);
        }
        Ok(told)
    }
}
