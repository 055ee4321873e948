//! `rollcall backup`: every group with its settings, its members, and those who left it, in a folder.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use rollcall::apply;
use rollcall::backup::{Backup, Kept, NewBackup};
use rollcall::groups::{ErrorClass, Group, GroupId, PictureError, all_groups, picture};
use rollcall::ledger::Ledger;
use rollcall::plan::GroupRef;
use rollcall::report::{GroupReport, Report, counted, escaped};
use tokio::task::JoinSet;

use crate::account;
use crate::args::{BackupArgs, Common};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::membership;
use crate::report_file::ReportFile;
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: &BackupArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let began = Instant::now();
    let state = connect::state(common)?;
    let settings = account::settings(&args.connection, common, &state)?;
    let ledger = Ledger::open(&state)?;
    let report_file = ReportFile::create(args.report.file.as_deref())?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    let mut report = Report::new("backup");
    let backup = runtime.block_on(async {
        let link = Link::open(settings, &stop.token, terminal).await?;
        let backup = take(args, &link, &ledger, terminal, &mut report).await;
        link.tell(&mut report);
        link.close().await;
        backup.map_err(|failure| unless_stopped(failure, stop.exit()))
    })?;
    report.files.backup = Some(backup.folder().display().to_string());
    report.seconds = began.elapsed().as_secs_f64();
    report.files.report = report_file.as_ref().map(ReportFile::name);
    if let Some(file) = report_file {
        file.write(&report, Some(&ledger))?;
    }
    if terminal.json() {
        terminal.report(&report)?;
    } else {
        terminal.note(&told(&backup));
    }
    Ok(Exit::Done)
}

fn told(backup: &Backup) -> String {
    let manifest = backup.manifest();
    let members: u64 = manifest.groups.iter().map(|entry| entry.members.rows).sum();
    let left = manifest.groups.iter().filter_map(|entry| entry.leavers.as_ref());
    let left: u64 = left.chain(manifest.departed.iter().map(|entry| &entry.leavers)).map(|file| file.rows).sum();
    format!(
        "{} with {}, and {left} who left: kept in {}",
        counted(manifest.groups.len().try_into().unwrap_or(u64::MAX), "group", "groups"),
        counted(members, "member", "members"),
        escaped(&backup.folder().display().to_string())
    )
}

async fn take(
    args: &BackupArgs,
    link: &Link,
    ledger: &Ledger,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<Backup, Failure> {
    let mut new = NewBackup::begin(&args.folder, &link.account().key(), args.replace)?;
    let all = all_groups(&*link.api).await?;
    let whole = args.groups.is_empty();
    let chosen = if whole { all } else { membership::groups(&args.groups, ledger, link).await? };
    let ids: Vec<GroupId> = chosen.iter().map(|group| group.id.clone()).collect();
    let mut seen = Vec::new();
    let reading = Reading { link, ledger, any_size: args.allow_size_mismatch, terminal };
    let mut vanished = reading
        .each(chosen, |at, kept| {
            report.groups.push(described(&kept));
            new.add(at, &kept)?;
            seen.push(kept.audience);
            Ok(())
        })
        .await?;
    let mut appeared = Vec::new();
    if whole {
        for figures in ledger.audiences()? {
            let audience = figures.audience;
            if audience.account == link.account().key() && !seen.contains(&audience.name) {
                new.add_departed(&audience.name, &ledger.leavers(&audience)?)?;
            }
        }
        let now: Vec<GroupId> = all_groups(&*link.api).await?.into_iter().map(|group| group.id).collect();
        appeared.extend(now.iter().filter(|id| !ids.contains(id)).cloned());
        vanished
            .extend(ids.iter().filter(|id| !now.contains(id) && !vanished.contains(id)).cloned().collect::<Vec<_>>());
    }
    for (ids, what) in [(&appeared, "was made"), (&vanished, "was deleted")] {
        for id in ids {
            terminal.warn(&format!("the group {} {what} while the backup was taken", escaped(id.as_str())));
        }
    }
    let backup = new.finish(whole, appeared, vanished)?;
    let place = |told: &GroupReport| ids.iter().position(|id| Some(id.as_str()) == told.id.as_deref());
    report.groups.sort_by_key(place);
    Ok(backup)
}

fn described(kept: &Kept) -> GroupReport {
    let members = u64::try_from(kept.members.len()).unwrap_or(u64::MAX);
    GroupReport {
        id: Some(kept.group.id.to_string()),
        name: kept.group.name.clone(),
        before: members,
        after: Some(members),
        changed_while_read: !kept.steady,
        ..GroupReport::default()
    }
}

/// Puts one group into a folder of its own.
pub(crate) async fn keep_one(group: Group, place: &Path, reading: &Reading<'_>) -> Result<Option<Backup>, Failure> {
    let mut new = NewBackup::begin(place, &reading.link.account().key(), false)?;
    let vanished = reading.each(vec![group], |at, kept| Ok(new.add(at, &kept)?)).await?;
    if vanished.is_empty() { Ok(Some(new.finish(false, Vec::new(), vanished)?)) } else { Ok(None) }
}

/// How groups are read as a whole.
pub(crate) struct Reading<'a> {
    pub(crate) link: &'a Link,
    pub(crate) ledger: &'a Ledger,
    /// Take members that do not add up to the group's size.
    pub(crate) any_size: bool,
    pub(crate) terminal: &'a Terminal,
}

/// Groups that are read ahead of the one that is written: what is in memory at once.
const AHEAD: usize = 4;

impl Reading<'_> {
    /// Reads groups, a few at a time, and hands each over with its place as soon as it is there. Yields those that are
    /// gone meanwhile.
    pub(crate) async fn each(
        &self,
        groups: Vec<Group>,
        mut take: impl FnMut(usize, Kept) -> Result<(), Failure>,
    ) -> Result<Vec<GroupId>, Failure> {
        let (mut reading, mut vanished) = (JoinSet::new(), Vec::new());
        let mut rest = groups.into_iter().enumerate();
        loop {
            while reading.len() < AHEAD
                && let Some((at, group)) = rest.next()
            {
                let (api, any_size) = (Arc::clone(&self.link.api), self.any_size);
                reading.spawn(async move { (at, picture(&*api, &group, any_size).await, group.id) });
            }
            let (at, picture, id) = match reading.join_next().await {
                None => return Ok(vanished),
                Some(Ok(read)) => read,
                Some(Err(error)) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(error) => return Err(Failure::internal(error)),
                },
            };
            match picture {
                Ok(picture) => take(at, self.kept(picture)?)?,
                Err(PictureError::Api(error)) if error.class == ErrorClass::NotFound => vanished.push(id),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Adds what is remembered of a group to what was read.
    fn kept(&self, picture: rollcall::groups::Picture) -> Result<Kept, Failure> {
        let group = &picture.group;
        let target = GroupRef::Existing { id: group.id.clone(), name: group.name.clone() };
        let audience = apply::audience(self.ledger, &self.link.account().key(), &target)?;
        let mut memory = self.ledger.memory(&audience, &picture.members)?;
        let homes = self.ledger.homes(&audience)?;
        if homes.are_spread() {
            // Who is not in this one of its groups is in another, or has left: one group does not tell.
            memory.ours.retain_all(&picture.members);
        }
        let leavers = self.ledger.leavers(&audience)?;
        let (kept, lost) = Kept::of(picture, &audience, &memory, leavers, Timestamp::now());
        let kept = Kept { spread: homes.template, ..kept };
        let name = escaped(kept.label());
        if lost > 0 {
            self.terminal.warn(&format!(
                "{name}: {lost} members of ours are gone since the last run; so many at once are taken for an accident, \
                 and not for leavers"
            ));
        }
        if !kept.steady {
            self.terminal.warn(&format!("{name} changed every time it was read: what is kept is its last reading"));
        }
        Ok(kept)
    }
}
