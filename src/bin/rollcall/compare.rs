//! `rollcall compare`: what two groups have in common, or a list and a group, or two lists.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rollcall::apply::{WholeError, find_whole};
use rollcall::audience::{Explain, Papers};
use rollcall::export::{Layout, Members, Table};
use rollcall::groups::FindError;
use rollcall::ledger::Ledger;
use rollcall::numbers::NumberSet;
use rollcall::output::{Output, OutputError};
use rollcall::report::{Report, escaped};
use serde_json::{Value, json};

use crate::account::{self, Settings};
use crate::args::{Common, CompareArgs};
use crate::check::rejects_exit;
use crate::connect::{self, Link, unless_stopped};
use crate::export::format_of_name;
use crate::failure::{Exit, Failure};
use crate::list::{Reading, gather, inputs, paper};
use crate::membership::{self, Grain, SizeCheck};
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: &CompareArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let began = Instant::now();
    let papers = Differences::create(args)?;
    let state = connect::state(common)?;
    // Two files need no account.
    let settings = if is_file(&args.a) && is_file(&args.b) {
        account::settings_if_any(&args.connection, common, &state)?
    } else {
        Some(account::settings(&args.connection, common, &state)?)
    };
    let ledger = Ledger::open(&state)?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    let [a, b] = runtime.block_on(async {
        let meant = look_up(args, settings, &ledger, &stop, terminal).await;
        meant.map_err(|failure| unless_stopped(failure, stop.exit()))
    })?;
    let (a, b) = (a.into_side(args, &stop, terminal)?, b.into_side(args, &stop, terminal)?);
    let overlap = Overlap::of(&a, &b);
    papers.write(&a, &b, &overlap)?;
    let exit = a.exit.and(b.exit);
    if terminal.json() {
        let shown = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let told = json!({
            "format": 1, "command": "compare", "a": a.json(), "b": b.json(),
            "both": overlap.both.len(), "only_a": overlap.only_a.len(), "only_b": overlap.only_b.len(),
            "files": {"both": shown(&args.both), "only_a": shown(&args.only_a), "only_b": shown(&args.only_b)},
            "seconds": began.elapsed().as_secs_f64(), "exit": exit.code(),
        });
        terminal.out(&format!("{told:#}\n"))?;
    } else {
        terminal.out(&table(&a, &b, &overlap))?;
    }
    Ok(exit)
}

/// Whether a name is that of a file, or of standard input.
fn is_file(name: &str) -> bool {
    name == "-" || Path::new(name).exists()
}

/// What one of the two names means.
enum Meant {
    /// A group, read.
    Group(Side),
    /// A list, to be read.
    List(String),
}

/// One of the two that are compared.
struct Side {
    name: String,
    kind: &'static str,
    numbers: NumberSet,
    /// Rows of a list that no number could be read from.
    rejected: u64,
    exit: Exit,
}

/// Finds out what the names mean, and reads those that are groups. Without an account both are lists.
async fn look_up(
    args: &CompareArgs,
    settings: Option<Settings>,
    ledger: &Ledger,
    stop: &Stop,
    terminal: &Terminal,
) -> Result<[Meant; 2], Failure> {
    let Some(settings) = settings else {
        return Ok([Meant::List(args.a.clone()), Meant::List(args.b.clone())]);
    };
    let link = Link::open(settings, &stop.token, terminal).await?;
    let both = async { Ok([one(&args.a, args, ledger, &link).await?, one(&args.b, args, ledger, &link).await?]) }.await;
    link.close().await;
    both
}

/// What a name means: a file with a folder in its name is a list, any other may be a group as well.
async fn one(name: &str, args: &CompareArgs, ledger: &Ledger, link: &Link) -> Result<Meant, Failure> {
    if is_file(name) {
        if name == "-" || name.contains(std::path::is_separator) {
            return Ok(Meant::List(name.to_owned()));
        }
        match find_whole(&*link.api, ledger, &link.account().key(), name).await {
            Err(WholeError::Find(FindError::NotFound(_))) => return Ok(Meant::List(name.to_owned())),
            Ok(_) | Err(WholeError::Find(FindError::TwoOfAName { .. }) | WholeError::Both { .. }) => {
                return Err(Failure::usage(
                    format!("{name:?} is a file and a group"),
                    format!("write ./{name} for the file, or the id of the group"),
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let check = SizeCheck::of_flag(args.allow_size_mismatch);
    let named = membership::read(&[name.to_owned()], Grain::Audience, check, ledger, link).await?;
    let side = named.into_iter().next().map(|named| Side {
        name: named.name,
        kind: "group",
        numbers: named.members,
        rejected: 0,
        exit: Exit::Done,
    });
    side.map(Meant::Group).ok_or_else(|| Failure::usage(format!("no group {name:?}"), "check the name"))
}

impl Meant {
    fn into_side(self, args: &CompareArgs, stop: &Stop, terminal: &Terminal) -> Result<Side, Failure> {
        let name = match self {
            Self::Group(side) => return Ok(side),
            Self::List(name) => name,
        };
        let list = args.beside.list(vec![name.clone()]);
        let papers = Papers::default();
        let inputs = inputs(&list, None, stop)?;
        let (explain, refused) = (Explain::Nothing, BTreeMap::new());
        let reading = Reading { args: &list, inputs: &inputs, mode: None, explain, refused: &refused };
        let gathered = gather(reading, papers, stop, terminal)?;
        let mut report = Report::new("compare");
        gathered.describe(&mut report);
        if report.rows.rejected > 0 {
            terminal.warn(&format!(
                "{} of {} rows of {} mean no number for sure, and are in neither count",
                report.rows.rejected,
                report.rows.read,
                escaped(&name)
            ));
        }
        Ok(Side {
            name,
            kind: "list",
            numbers: gathered
                .audience
                .groups
                .into_iter()
                .next()
                .map(|group| group.into_numbers().listed)
                .unwrap_or_default(),
            rejected: report.rows.rejected,
            exit: rejects_exit(&report, args.rejects_ok.rejects_ok),
        })
    }
}

impl Side {
    fn json(&self) -> Value {
        json!({"name": self.name, "kind": self.kind, "members": self.numbers.len(), "rejected": self.rejected})
    }
}

/// How two sets lie.
struct Overlap {
    both: NumberSet,
    only_a: NumberSet,
    only_b: NumberSet,
}

impl Overlap {
    fn of(a: &Side, b: &Side) -> Self {
        Self {
            both: a.numbers.intersection(&b.numbers),
            only_a: a.numbers.difference(&b.numbers),
            only_b: b.numbers.difference(&a.numbers),
        }
    }
}

/// The comparison for people.
fn table(a: &Side, b: &Side, overlap: &Overlap) -> String {
    let (name_a, name_b) = (escaped(&a.name), escaped(&b.name));
    let rows = [
        (name_a.clone(), a.numbers.len()),
        (name_b.clone(), b.numbers.len()),
        ("in both".to_owned(), overlap.both.len()),
        (format!("only in {name_a}"), overlap.only_a.len()),
        (format!("only in {name_b}"), overlap.only_b.len()),
    ];
    let width = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or_default();
    rows.iter().fold(String::new(), |text, (label, count)| text + &format!("{label:<width$}  {count:>9}\n"))
}

/// The files that were asked for.
struct Differences {
    both: Option<(Output, PathBuf)>,
    only_a: Option<(Output, PathBuf)>,
    only_b: Option<(Output, PathBuf)>,
}

impl Differences {
    /// Opens all files before anything is read.
    fn create(args: &CompareArgs) -> Result<Self, Failure> {
        let open = |path: &Option<PathBuf>| {
            let Some(path) = path else { return Ok(None) };
            if path.as_os_str() == "-" {
                return Err(Failure::usage("stdout takes the comparison itself", "name a file instead of `-`"));
            }
            Ok(paper(Some(path))?.map(|output| (output, path.clone())))
        };
        Ok(Self { both: open(&args.both)?, only_a: open(&args.only_a)?, only_b: open(&args.only_b)? })
    }

    /// Writes all of them, and puts them in their places when all are written.
    fn write(mut self, a: &Side, b: &Side, overlap: &Overlap) -> Result<(), Failure> {
        let members = |side: &Side, numbers: &NumberSet| Members::new(side.name.clone(), numbers.clone());
        write(&mut self.both, &[members(a, &overlap.both), members(b, &overlap.both)])?;
        write(&mut self.only_a, &[members(a, &overlap.only_a)])?;
        write(&mut self.only_b, &[members(b, &overlap.only_b)])?;
        for (output, _) in [self.both, self.only_a, self.only_b].into_iter().flatten() {
            output.finish()?;
        }
        Ok(())
    }
}

fn write(paper: &mut Option<(Output, PathBuf)>, groups: &[Members]) -> Result<(), Failure> {
    let Some((output, path)) = paper else { return Ok(()) };
    let layout = Layout { format: format_of_name(path), ..Layout::default() };
    let written = Table::new(groups, &layout).write(output);
    written.map_err(|source| OutputError { path: path.clone(), source })?;
    Ok(())
}
