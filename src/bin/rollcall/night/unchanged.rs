//! Whether another night would change anything: how the last one left things, and whether they are still so.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rollcall::contacts::{Input, expand};
use rollcall::groups::{Group, GroupId, GroupsApi};
use rollcall::ledger::{InputRole, Ledger, StateFolder};
use rollcall::numbers::{METADATA_VERSION, NumberSet};
use rollcall::report::Report;
use sha2::{Digest, Sha256};

use crate::account::{self, Settings};
use crate::args::{Common, ImportArgs};
use crate::connect::{self, Link};
use crate::failure::Failure;
use crate::signals::Stop;
use crate::terminal::Terminal;

use super::memory::{Left, LeftGroup};
use super::pause::Deadline;

/// A job that imports, as it is tonight.
pub(super) struct Tonight<'a> {
    pub(super) args: &'a ImportArgs,
    pub(super) common: &'a Common,
    /// What the job was told, without its lists.
    pub(super) told: &'a [OsString],
    pub(super) deadline: Deadline,
    pub(super) state: &'a StateFolder,
    pub(super) terminal: &'a Terminal,
}

impl Tonight<'_> {
    /// Whether everything is as the last night left it. What cannot be found out counts as changed: the night then finds
    /// out for itself.
    pub(super) fn is_as(&self, left: &Left) -> bool {
        let own =
            || Some(self.files().ok()? == left.files && self.settings() == left.settings && program()? == left.program);
        if own() != Some(true) {
            return false;
        }
        let there = || {
            let settings = self.account().ok()?;
            let ledger = Ledger::open(self.state).ok()?;
            if settings.key() != left.account || remembered(&ledger, left).ok()? != left.remembered {
                return None;
            }
            let groups: Vec<GroupId> = left.groups.iter().map(|group| GroupId::new(group.id.clone())).collect();
            let now = self.asking(settings, async |link| shown(link, &groups).await).ok()?;
            Some(now.into_iter().map(left_group).collect::<Option<Vec<_>>>()? == left.groups)
        };
        there() == Some(true)
    }

    /// How a night has left things; none when that cannot be said for sure.
    pub(super) fn left(&self, report: &Report) -> Option<Left> {
        let settings = self.account().ok()?;
        let ledger = Ledger::open(self.state).ok()?;
        let run = ledger.find_run(report.run.as_deref()?).ok()?;
        let files = ledger.inputs(&run.id).ok()?;
        let files = files.iter().map(|input| named(input.role, &input.sha256)).collect();
        let ids: Option<Vec<GroupId>> = report.groups.iter().map(|group| group.id.clone().map(GroupId::new)).collect();
        let (ids, account) = (ids.filter(|ids| !ids.is_empty())?, settings.key());
        // First what the provider shows of the groups, then who is in them: whatever changes in between has left its
        // mark by the next night.
        let seen = self.asking(settings, async |link| {
            let groups = shown(link, &ids).await?;
            let mut members = NumberSet::new();
            for id in &ids {
                members = members.union(&link.api.members(id).await?);
            }
            Ok((groups, members))
        });
        let (groups, members) = seen.ok()?;
        let groups = groups.into_iter().map(left_group).collect::<Option<Vec<_>>>()?;
        let mut left = Left {
            run: run.id.to_string(),
            files,
            settings: self.settings(),
            program: program()?,
            account,
            groups,
            remembered: String::new(),
        };
        if members != baselines(&ledger, &left).ok()? {
            return None;
        }
        left.remembered = remembered(&ledger, &left).ok()?;
        Some(left)
    }

    fn account(&self) -> Result<Settings, Failure> {
        account::settings(&self.args.connection, self.common, self.state)
    }

    /// The content of the lists and suppression lists.
    fn files(&self) -> Result<Vec<String>, Failure> {
        let list = &self.args.list;
        let mut files = Vec::new();
        for (role, patterns) in [(InputRole::List, &list.inputs), (InputRole::Suppression, &list.suppress)] {
            if patterns.is_empty() {
                continue;
            }
            for input in expand(patterns)? {
                let Input::Path(path) = input else {
                    return Err(Failure::internal(anyhow::anyhow!("standard input has no content yet")));
                };
                files.push(named(role, &content(&path).map_err(Failure::internal)?));
            }
        }
        Ok(files)
    }

    fn settings(&self) -> String {
        let mut hash = Sha256::new();
        for word in self.told {
            hash.update(word.as_bytes());
            hash.update([0]);
        }
        hex(&hash.finalize())
    }

    fn asking<T>(&self, settings: Settings, ask: impl AsyncFnOnce(&Link) -> Result<T, Failure>) -> Result<T, Failure> {
        let runtime = connect::runtime()?;
        let (stop, hushed) = (Stop::listen(&runtime, self.terminal)?, self.terminal.hushed());
        stop.at_deadline(&runtime, self.deadline.left(), &hushed)?;
        runtime.block_on(async {
            let link = Link::open(settings, &stop.token, &hushed).await?;
            let answer = ask(&link).await;
            link.close().await;
            answer
        })
    }
}

/// Groups as the provider shows them.
async fn shown(link: &Link, ids: &[GroupId]) -> Result<Vec<Group>, Failure> {
    let mut groups = Vec::new();
    for id in ids {
        groups.push(link.api.retrieve(id).await?);
    }
    Ok(groups)
}

/// What tells whether a group has changed; none where the provider does not say, or where a change of another group
/// would not show.
fn left_group(group: Group) -> Option<LeftGroup> {
    let Group { id, name, size, modified_at, child_groups, .. } = group;
    let (size, modified_at) = (size?, modified_at?);
    child_groups.is_empty().then(|| LeftGroup { id: id.to_string(), name, size, modified_at })
}

/// The members that are remembered of the groups.
fn baselines(ledger: &Ledger, left: &Left) -> Result<NumberSet, Failure> {
    let mut members = NumberSet::new();
    for figures in ledger.audiences()?.into_iter().filter(|figures| is_of(&figures.groups, left)) {
        if figures.audience.account == left.account
            && let Some(baseline) = ledger.baseline(&figures.audience)?
        {
            members = members.union(&baseline.ours).union(&baseline.joined);
        }
    }
    Ok(members)
}

/// What is remembered of the groups' audiences, in a form to be compared: a leaver that was forgotten may be added
/// tonight.
fn remembered(ledger: &Ledger, left: &Left) -> Result<String, Failure> {
    let mut text = String::new();
    for figures in ledger.audiences()?.into_iter().filter(|figures| is_of(&figures.groups, left)) {
        if figures.audience.account == left.account {
            let baseline = ledger.baseline(&figures.audience)?.map(|baseline| baseline.run);
            // One leaver forgotten and another brought in are as many as before, but not since the same time.
            let leavers = ledger.leavers(&figures.audience)?;
            let since: i128 = leavers.iter().map(|leaver| leaver.since.as_nanosecond()).sum();
            // Writing into a string cannot fail.
            let _ = writeln!(
                text,
                "{baseline:?} {:?} {} {} {} {since}",
                figures.taken, figures.ours, figures.joined, figures.leavers
            );
        }
    }
    Ok(text)
}

fn is_of(groups: &[GroupId], left: &Left) -> bool {
    groups.iter().any(|id| left.groups.iter().any(|group| group.id == id.as_str()))
}

/// The program, as far as it can be told from another: a build of the same version may judge numbers otherwise.
fn program() -> Option<String> {
    let binary = std::fs::metadata(std::env::current_exe().ok()?).ok()?;
    let built = binary.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos();
    Some(format!("{} {METADATA_VERSION} {} {built}", env!("CARGO_PKG_VERSION"), binary.len()))
}

pub(super) fn named(role: InputRole, sha256: &[u8]) -> String {
    format!("{role:?} {}", hex(sha256))
}

pub(super) fn content(path: &Path) -> io::Result<Vec<u8>> {
    let (mut file, mut hash, mut block) = (File::open(path)?, Sha256::new(), vec![0; 256 << 10]);
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(hash.finalize().to_vec()),
            Ok(length) => hash.update(block.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
