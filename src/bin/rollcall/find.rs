//! `rollcall find`: everything that is known of one number, here and at the provider.

use std::path::PathBuf;
use std::sync::Arc;

use rollcall::audience::{RejectedRow, rejected_rows};
use rollcall::backup::{Backup, GroupEntry};
use rollcall::groups::{ApiError, ErrorClass, Group, GroupsApi, all_groups};
use rollcall::ledger::{Ledger, StateFolder, Trace};
use rollcall::numbers::Msisdn;
use rollcall::report::escaped;
use serde_json::{Value, json};

use crate::account;
use crate::args::{Common, FindArgs};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::number::typed;
use crate::signals::Stop;
use crate::terminal::Terminal;

/// What is known of a number.
struct Known {
    number: Msisdn,
    /// The account that was asked and the groups that have the number; none when nobody was asked.
    groups: Option<(String, Vec<Group>)>,
    trace: Trace,
    /// Rejected rows that could mean it, by run.
    rejected: Vec<(String, RejectedRow)>,
    /// Backups of deleted groups that hold it, with the groups' names.
    deleted: Vec<(PathBuf, String)>,
}

pub(crate) fn run(args: &FindArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let number = typed(&args.number, args.region)?;
    let state = connect::state(common)?;
    let settings = if args.offline { None } else { account::settings_if_any(&args.connection, common, &state)? };
    if settings.is_none() && !args.offline {
        terminal.note("no account is set, so that no groups were asked: this is what is remembered on this machine");
    }
    let groups = match settings {
        Some(settings) => {
            let runtime = connect::runtime()?;
            let stop = Stop::listen(&runtime, terminal)?;
            Some(runtime.block_on(async {
                let link = Link::open(settings, &stop.token, terminal).await?;
                let found = holders(&link.api, number).await;
                let account = link.account().key();
                link.close().await;
                found.map(|found| (account, found)).map_err(|error| unless_stopped(error.into(), stop.exit()))
            })?)
        }
        None => None,
    };
    let trace = Ledger::open(&state)?.trace(number)?;
    let (rejected, deleted) = (rejected(&state, number)?, deleted(&state, number, terminal)?);
    let known = Known { number, groups, trace, rejected, deleted };
    if terminal.json() {
        terminal.out(&format!("{:#}\n", known.json()))?;
    } else if known.is_nothing() {
        terminal.note("nothing is known of this number");
    } else {
        terminal.out(&known.card())?;
    }
    Ok(Exit::Done)
}

/// The groups of the account that have a number, newest first.
pub(crate) async fn holders<A: GroupsApi>(api: &Arc<A>, number: Msisdn) -> Result<Vec<Group>, ApiError> {
    let mut asked = Vec::new();
    for group in all_groups(&**api).await? {
        // The client lets only so many requests go at once.
        let (api, id) = (Arc::clone(api), group.id.clone());
        asked.push((group, tokio::spawn(async move { api.members(&id).await.map(|all| all.contains(number)) })));
    }
    let mut holders = Vec::new();
    for (group, answer) in asked {
        match answer.await {
            Ok(Ok(true)) => holders.push(group),
            Ok(Ok(false)) => {}
            // Somebody has deleted it meanwhile: then it has nobody.
            Ok(Err(error)) if error.class == ErrorClass::NotFound => {}
            Ok(Err(error)) => return Err(error),
            Err(error) => {
                if let Ok(panic) = error.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }
    Ok(holders)
}

/// The rejected rows, in the folders of runs, that could mean a number.
fn rejected(state: &StateFolder, number: Msisdn) -> Result<Vec<(String, RejectedRow)>, Failure> {
    let mut found = Vec::new();
    for run in state.runs()? {
        let path = run.file("rejects.csv");
        if path.is_file() {
            found.extend(rejected_rows(&path, number)?.into_iter().map(|row| (run.id().to_owned(), row)));
        }
    }
    Ok(found)
}

/// The backups of deleted groups that hold a number. One that cannot be read is told of.
fn deleted(state: &StateFolder, number: Msisdn, terminal: &Terminal) -> Result<Vec<(PathBuf, String)>, Failure> {
    let mut found = Vec::new();
    for folder in state.deleted()? {
        let looked = Backup::open(&folder).and_then(|backup| Ok((backup.mentions(number)?, backup)));
        match looked {
            Ok((0, _)) => {}
            Ok((_, backup)) => {
                let names: Vec<&str> = backup.manifest().groups.iter().map(GroupEntry::label).collect();
                found.push((folder, names.join(", ")));
            }
            Err(error) => terminal.warn(&format!("not looked into: {}", escaped(&error.to_string()))),
        }
    }
    Ok(found)
}

impl Known {
    fn is_nothing(&self) -> bool {
        self.trace == Trace::default()
            && self.rejected.is_empty()
            && self.deleted.is_empty()
            && self.groups.as_ref().is_none_or(|(_, groups)| groups.is_empty())
    }

    fn json(&self) -> Value {
        let groups = self.groups.as_ref().map(|(account, groups)| {
            let one = |group: &Group| json!({"account": account, "id": group.id.as_str(), "name": group.name});
            groups.iter().map(one).collect::<Vec<Value>>()
        });
        let runs = self.trace.runs.iter().map(|mention| {
            json!({
                "run": mention.run.as_str(), "command": mention.command, "started": mention.started.to_string(),
                "account": mention.account, "group": mention.group, "deed": mention.deed.to_string(),
            })
        });
        let left = self.trace.leavers.iter().map(|(audience, leaver)| {
            json!({
                "account": audience.account, "group": audience.name, "since": leaver.since.to_string(),
                "how": leaver.how.to_string(), "run": leaver.run.as_ref().map(ToString::to_string),
            })
        });
        let seen = self.trace.baselines.iter().map(|sighting| {
            json!({
                "account": sighting.audience.account, "group": sighting.audience.name,
                "origin": sighting.origin.to_string(), "run": sighting.run.as_str(), "at": sighting.taken.to_string(),
            })
        });
        let rejected = self
            .rejected
            .iter()
            .map(|(run, row)| json!({"run": run, "file": row.file, "line": row.line, "reason": row.reason}));
        let deleted =
            self.deleted.iter().map(|(folder, group)| json!({"group": group, "backup": folder.display().to_string()}));
        json!({
            "format": 1, "command": "find", "msisdn": self.number.to_string(), "found": !self.is_nothing(),
            "groups": groups, "runs": runs.collect::<Vec<Value>>(), "left": left.collect::<Vec<Value>>(),
            "seen": seen.collect::<Vec<Value>>(), "rejected": rejected.collect::<Vec<Value>>(),
            "deleted": deleted.collect::<Vec<Value>>(), "exit": 0,
        })
    }

    /// What a person reads.
    fn card(&self) -> String {
        let mut text = format!("{}\n", self.number);
        match &self.groups {
            Some((account, groups)) if groups.is_empty() => {
                text += &format!("  in no group of {}\n", escaped(account));
            }
            Some((account, groups)) => {
                for group in groups {
                    let id = escaped(group.id.as_str());
                    let name = group.name.as_deref().map_or_else(|| id.clone(), escaped);
                    text += &format!("  member of {name} ({id}) of {}\n", escaped(account));
                }
            }
            None => {
                for seen in &self.trace.baselines {
                    let (name, account) = (escaped(&seen.audience.name), escaped(&seen.audience.account));
                    text += &format!("  was a member of {name} of {account} on {}\n", day(seen.taken));
                }
            }
        }
        for (audience, leaver) in &self.trace.leavers {
            let (name, account) = (escaped(&audience.name), escaped(&audience.account));
            text += &format!("  left {name} of {account}, known since {} ({})\n", day(leaver.since), leaver.how);
        }
        for mention in &self.trace.runs {
            let group = mention.group.as_deref().map(|group| format!(" {}", escaped(group))).unwrap_or_default();
            let deed = mention.deed.to_string().replace('_', " ");
            text +=
                &format!("  {}  {:<8}  {deed}{group}  (run {})\n", day(mention.started), mention.command, mention.run);
        }
        for (run, row) in &self.rejected {
            let (file, reason) = (escaped(&row.file), escaped(&row.reason));
            text += &format!("  could be meant by line {} of {file}, rejected as {reason}  (run {run})\n", row.line);
        }
        for (folder, group) in &self.deleted {
            let (group, folder) = (escaped(group), escaped(&folder.display().to_string()));
            text += &format!("  in the backup of the deleted group {group}: {folder}\n");
        }
        text
    }
}

fn day(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}
