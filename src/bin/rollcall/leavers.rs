//! `rollcall leavers`: those who left, as they are remembered on this machine. Asks nobody.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use jiff::Timestamp;
use rollcall::audience::{Explain, Papers};
use rollcall::contacts::{Block, ColumnRef, List, ReadOptions, RecordWriter, Scratch, expand};
use rollcall::ledger::{Audience, How, Leaver, Ledger};
use rollcall::numbers::{Msisdn, NumberSet, Region};
use rollcall::output::{Output, OutputError};
use rollcall::plan::Mode;
use rollcall::plan::brakes::min_rows;
use rollcall::report::{Report, counted, escaped};
use serde_json::json;

use crate::account::account_key;
use crate::args::{Common, LeaversAction, LeaversArgs, LeaversImportArgs, OfflineArgs};
use crate::check::rejects_exit;
use crate::connect;
use crate::failure::{Exit, Failure};
use crate::list::{Reading, gather, inputs, paper};
use crate::number::typed;
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: &LeaversArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let ledger = Ledger::open(&connect::state(common)?)?;
    match &args.action {
        LeaversAction::List { group, account } => list(&ledger, group.as_deref(), &whose(account, common)?, terminal),
        LeaversAction::Export { group, output, account } => {
            export(&ledger, group.as_deref(), output, &whose(account, common)?, terminal)
        }
        LeaversAction::Forget { group, numbers, all, region, account } => {
            let who = Who { numbers, all: *all, region: *region };
            forget(&ledger, group, &who, &whose(account, common)?, terminal)
        }
        LeaversAction::Import(args) => import(&ledger, args, &whose(&args.account, common)?, terminal),
    }
}

/// Someone who left, and what they left.
struct Entry {
    audience: Audience,
    leaver: Leaver,
}

impl Entry {
    /// The columns of the export, which are also the fields of the JSON.
    const COLUMNS: [&'static str; 6] = ["msisdn", "group", "since", "how", "run", "account"];

    fn cells(&self) -> [String; 6] {
        [
            self.leaver.number.to_string(),
            self.audience.name.clone(),
            self.leaver.since.to_string(),
            self.leaver.how.to_string(),
            self.leaver.run.as_ref().map(ToString::to_string).unwrap_or_default(),
            self.audience.account.clone(),
        ]
    }
}

/// Whose groups are meant.
struct Whose {
    /// The account's key; none when no account is named anywhere.
    key: Option<String>,
    /// Whether it was named by its key.
    by_key: bool,
}

fn whose(args: &OfflineArgs, common: &Common) -> Result<Whose, Failure> {
    Ok(Whose { key: account_key(args, common)?, by_key: args.account.is_some() })
}

fn list(ledger: &Ledger, group: Option<&str>, account: &Whose, terminal: &Terminal) -> Result<Exit, Failure> {
    let entries = entries(ledger, group, account)?;
    if terminal.json() {
        let rows: Vec<serde_json::Value> = entries.iter().map(|entry| fields(&entry.cells())).collect();
        let text = serde_json::to_string_pretty(&rows).map_err(Failure::internal)?;
        terminal.out(&(text + "\n"))?;
        return Ok(Exit::Done);
    }
    if entries.is_empty() {
        terminal.note("nobody is remembered as having left");
        return Ok(Exit::Done);
    }
    let width = entries.iter().map(|entry| escaped(&entry.audience.name).chars().count()).max().unwrap_or(0).max(5);
    let mut text = format!("{:<16}  {:<width$}  {:<20}  {:<8}  account\n", "number", "group", "since", "how");
    for Entry { audience, leaver } in &entries {
        text += &format!(
            "{:<16}  {:<width$}  {:<20}  {:<8}  {}\n",
            leaver.number.to_string(),
            escaped(&audience.name),
            leaver.since.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            leaver.how.to_string(),
            escaped(&audience.account),
        );
    }
    terminal.out(&text)?;
    Ok(Exit::Done)
}

/// One leaver in JSON; what is not known is null.
fn fields(cells: &[String]) -> serde_json::Value {
    let known = |cell: &String| if cell.is_empty() { serde_json::Value::Null } else { json!(cell) };
    let fields = Entry::COLUMNS.into_iter().zip(cells).map(|(name, cell)| (name.to_owned(), known(cell)));
    serde_json::Value::Object(fields.collect())
}

fn export(
    ledger: &Ledger,
    group: Option<&str>,
    path: &Path,
    account: &Whose,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let entries = entries(ledger, group, account)?;
    let failed = |source| OutputError { path: path.to_owned(), source };
    let mut rows = RecordWriter::new(Output::create(path)?, b',');
    rows.write_record(Entry::COLUMNS).map_err(failed)?;
    for entry in &entries {
        rows.write_record(entry.cells()).map_err(failed)?;
    }
    rows.into_inner().finish()?;
    if path.as_os_str() != "-" {
        terminal.note(&format!(
            "wrote {} to {}",
            counted(entries.len(), "row", "rows"),
            escaped(&path.display().to_string())
        ));
    }
    Ok(Exit::Done)
}

/// Whom to forget.
struct Who<'a> {
    numbers: &'a [String],
    all: bool,
    region: Option<Region>,
}

fn forget(ledger: &Ledger, group: &str, who: &Who<'_>, account: &Whose, terminal: &Terminal) -> Result<Exit, Failure> {
    let audience = the_one(known(ledger, Some(group), account)?, group)?;
    let numbers: NumberSet = if who.all {
        ledger.leavers(&audience)?.iter().map(|leaver| leaver.number).collect()
    } else {
        who.numbers.iter().map(|text| typed(text, who.region)).collect::<Result<_, _>>()?
    };
    let forgotten = ledger.forget_leavers(&audience, &numbers)?;
    let asked = u64::try_from(numbers.len()).unwrap_or(u64::MAX);
    terminal.note(&format!("{}: {forgotten} leavers forgotten; a list may add them again", escaped(&audience.name)));
    if forgotten < asked {
        terminal.note(&format!("{} of the numbers were not remembered as having left", asked - forgotten));
    }
    if terminal.json() {
        let told = json!({
            "format": 1, "command": "leavers forget", "account": audience.account, "group": audience.name,
            "forgotten": forgotten, "unknown": asked - forgotten, "exit": 0,
        });
        terminal.out(&format!("{told:#}\n"))?;
    }
    Ok(Exit::Done)
}

fn import(ledger: &Ledger, args: &LeaversImportArgs, account: &Whose, terminal: &Terminal) -> Result<Exit, Failure> {
    let list = &args.list;
    if list.group_column.is_some() || list.action_column.is_some() || !list.suppress.is_empty() {
        return Err(Failure::usage(
            "a list of leavers is for one group, and all of its rows have left it",
            "leave out --group-column, --action-column and --suppress",
        ));
    }
    let audience = audience_to_be(ledger, &args.group, account)?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    let papers = Papers { rejects: paper(args.rejects.as_deref())?, ..Papers::default() };
    let inputs = inputs(list, None, &stop)?;
    let (mode, explain) = (Some(Mode::Remove), Explain::Nothing);
    let reading = Reading { args: list, inputs: &inputs, mode, explain, refused: &BTreeMap::new() };
    let gathered = gather(reading, papers, &stop, terminal)?;
    let mut report = Report::new("leavers import");
    gathered.describe(&mut report);
    let brake = min_rows(&gathered.audience.tally, 1);
    if brake.tripped {
        return Err(Failure::new(Exit::Brake, anyhow::Error::msg(brake.message), None));
    }
    let (now, since) = (Timestamp::now(), since(&list.inputs));
    let since = |number| since.get(&number).copied().filter(|at| *at < now).unwrap_or(now);
    let listed: Vec<_> = gathered.audience.groups.into_iter().map(|group| group.into_numbers().listed).collect();
    let leavers: Vec<Leaver> = listed
        .iter()
        .flat_map(NumberSet::iter)
        .map(|number| Leaver { number, since: since(number), run: None, how: How::Imported })
        .collect();
    let new = ledger.add_leavers(&audience, &leavers)?;
    let exit = rejects_exit(&report, args.rejects_ok.rejects_ok);
    let all = u64::try_from(leavers.len()).unwrap_or(u64::MAX);
    terminal.note(&format!(
        "{}: {new} people more are remembered as having left, {} were already; {} rows were rejected",
        escaped(&audience.name),
        all - new,
        report.rows.rejected
    ));
    if terminal.json() {
        let told = json!({
            "format": 1, "command": "leavers import", "account": audience.account, "group": audience.name,
            "rows": report.rows, "rejected_by_reason": report.rejected_by_reason,
            "imported": new, "already": all - new, "exit": exit.code(),
        });
        terminal.out(&format!("{told:#}\n"))?;
    }
    Ok(exit)
}

/// Since when they have left, where the list is an export of leavers and says so. Any other list does not, and stdin
/// cannot be read twice.
fn since(inputs: &[String]) -> HashMap<Msisdn, Timestamp> {
    let mut since = HashMap::new();
    let options = ReadOptions {
        phone_columns: vec![ColumnRef::Name("msisdn".to_owned())],
        // The list is routed nowhere: the column only has to come along.
        group_column: Some(ColumnRef::Name("since".to_owned())),
        ..ReadOptions::default()
    };
    let files: Vec<String> = inputs.iter().filter(|input| *input != "-").cloned().collect();
    let Ok(inputs) = expand(&files) else { return since };
    let Ok(mut list) = List::open(&inputs, &options, &|_, _| true) else { return since };
    let (mut block, mut scratch) = (Block::default(), Scratch::default());
    while let Ok(true) = list.next_block(&mut block) {
        let mut rows = block.rows(&mut scratch);
        while let Some(row) = rows.next_row() {
            let number = row.phones().next().and_then(|cell| std::str::from_utf8(cell).ok()?.parse().ok());
            let at = row.group().and_then(|cell| std::str::from_utf8(cell).ok()?.parse().ok());
            if let (Some(number), Some(at)) = (number, at) {
                since.insert(number, at);
            }
        }
    }
    since
}

/// Everybody who left what is asked for, by account, group and number.
fn entries(ledger: &Ledger, group: Option<&str>, account: &Whose) -> Result<Vec<Entry>, Failure> {
    let mut entries = Vec::new();
    for audience in known(ledger, group, account)? {
        let leavers = ledger.leavers(&audience)?;
        entries.extend(leavers.into_iter().map(|leaver| Entry { audience: audience.clone(), leaver }));
    }
    Ok(entries)
}

/// The audiences that are meant: those of one account, or of all; the one of that name or id, or all of them.
///
/// A group of that name in several accounts is several audiences only where all accounts were asked for by naming none.
fn known(ledger: &Ledger, group: Option<&str>, account: &Whose) -> Result<Vec<Audience>, Failure> {
    let key = &account.key;
    let all = ledger.audiences()?;
    if let (Some(key), true) = (key, account.by_key)
        && !all.iter().any(|figures| figures.audience.account == *key)
    {
        let accounts: std::collections::BTreeSet<&str> =
            all.iter().map(|figures| figures.audience.account.as_str()).collect();
        return Err(Failure::usage(
            format!("nothing is remembered of an account {key:?}"),
            format!("there are: {}", accounts.into_iter().collect::<Vec<_>>().join(", ")),
        ));
    }
    let mine = all.into_iter().filter(|figures| key.as_ref().is_none_or(|key| figures.audience.account == *key));
    let Some(group) = group else { return Ok(mine.map(|figures| figures.audience).collect()) };
    let mine: Vec<_> = mine.collect();
    let by_id = mine.iter().filter(|figures| figures.groups.iter().any(|id| id.as_str() == group));
    let by_name = mine.iter().filter(|figures| figures.audience.name == group);
    let mut meant: Vec<Audience> = by_id.map(|figures| figures.audience.clone()).collect();
    if meant.is_empty() {
        meant = by_name.map(|figures| figures.audience.clone()).collect();
    }
    match meant.len() {
        0 => Err(Failure::usage(
            format!("nothing is remembered of a group {group:?}"),
            "`rollcall leavers list` shows whom is remembered; `rollcall groups list` the groups of the account",
        )),
        1 => Ok(meant),
        _ => Err(several(group, &meant)),
    }
}

fn several(group: &str, meant: &[Audience]) -> Failure {
    let accounts: Vec<&str> = meant.iter().map(|audience| audience.account.as_str()).collect();
    Failure::usage(
        format!("{group:?} is a group of {} accounts: {}", accounts.len(), accounts.join(", ")),
        "name one of them with --account",
    )
}

fn the_one(mut meant: Vec<Audience>, group: &str) -> Result<Audience, Failure> {
    match (meant.pop(), meant.is_empty()) {
        (Some(audience), true) => Ok(audience),
        (Some(audience), false) => {
            meant.push(audience);
            Err(several(group, &meant))
        }
        (None, _) => Err(Failure::usage(format!("nothing is remembered of a group {group:?}"), "check the name")),
    }
}

/// The audience that leavers are brought to: it may be unknown yet, as long as its account is known.
fn audience_to_be(ledger: &Ledger, group: &str, account: &Whose) -> Result<Audience, Failure> {
    let key = &account.key;
    let mut meant: Vec<Audience> = Vec::new();
    let mut accounts = std::collections::BTreeSet::new();
    for figures in ledger.audiences()? {
        accounts.insert(figures.audience.account.clone());
        let is_mine = key.as_ref().is_none_or(|key| figures.audience.account == *key);
        let is_meant = figures.audience.name == group || figures.groups.iter().any(|id| id.as_str() == group);
        if is_mine && is_meant {
            meant.push(figures.audience);
        }
    }
    if !meant.is_empty() {
        return the_one(meant, group);
    }
    match (key, accounts.len()) {
        (Some(key), _) => Ok(Audience::new(key.as_str(), group)),
        (None, 1) => accounts.pop_first().map(|key| Audience::new(key, group)).ok_or_else(|| unnamed(&accounts)),
        (None, _) => Err(unnamed(&accounts)),
    }
}

fn unnamed(accounts: &std::collections::BTreeSet<String>) -> Failure {
    let known: Vec<&str> = accounts.iter().map(String::as_str).collect();
    let known = if known.is_empty() { "none is known yet".to_owned() } else { known.join(", ") };
    Failure::usage(
        format!("whose group this is has to be said; known accounts: {known}"),
        "name the account with --sandbox, --account or SINCH_SERVICE_PLAN_ID",
    )
}
