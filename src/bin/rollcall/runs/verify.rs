//! `rollcall runs verify`: reads the members again and compares them with what a run did. Changes nothing.

use std::time::{Duration, Instant};

use rollcall::apply::{Seen, look};
use rollcall::groups::{ErrorClass, GroupsApi};
use rollcall::ledger::{ChunkState, Ledger, LedgerError, Run, StateFolder, StoredPlan};
use rollcall::numbers::NumberSet;
use rollcall::report::escaped;
use serde::Serialize;

use crate::account::{self, ProfileName};
use crate::args::{Common, VerifyArgs};
use crate::carry::seconds;
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::settings::RunSettings;
use crate::signals::Stop;
use crate::terminal::Terminal;

use super::{connection, count, json, runs_of, same_account};

/// What was found, as scripts read it.
#[derive(Serialize)]
struct Findings {
    format: u32,
    command: &'static str,
    run: String,
    state: &'static str,
    verified: bool,
    groups: Vec<Finding>,
    seconds: f64,
    exit: u8,
}

/// What was found in one group.
#[derive(Serialize)]
struct Finding {
    id: String,
    name: Option<String>,
    /// Members now; none when the group is not there any more.
    members: Option<u64>,
    /// Numbers that the run has added.
    added: u64,
    /// Numbers that the run has removed.
    removed: u64,
    /// Of the added: no members, though no later run has removed them.
    missing: u64,
    /// Of the removed: members, though no later run has added them.
    returned: u64,
    /// Numbers that are otherwise because a later run has changed them.
    explained: u64,
    /// Others who are members and were none when the group was last read back.
    joined: u64,
    /// Others who were members when the group was last read back, and are none.
    left: u64,
    /// Requests of the run that were never sent.
    unsent: u64,
}

pub(super) fn run(
    args: &VerifyArgs,
    common: &Common,
    state: &StateFolder,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let began = Instant::now();
    let ledger = Ledger::open(state)?;
    let run = ledger.find_run(&args.run.run)?;
    if run.trimmed {
        return Err(LedgerError::Trimmed(run.id.to_string()).into());
    }
    let settings = RunSettings::of_run(&run).but(&args.connection);
    let connection_args = connection(&args.connection, &run, &settings);
    let connection = account::settings_under(&connection_args, &ProfileName::of_run(common, &run), state)?;
    let wait = seconds("--verify-wait", settings.verify_wait)?;
    let runtime = connect::runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    let groups = runtime.block_on(async {
        let link = Link::open(connection, &stop.token, terminal).await?;
        let groups = verify(&run, &ledger, &link, wait, &stop).await;
        link.close().await;
        groups.map_err(|failure| unless_stopped(failure, stop.exit()))
    })?;
    let verified = groups.iter().all(|group| group.missing + group.returned == 0);
    let exit = if verified { Exit::Done } else { Exit::Unverified };
    tell(&groups, verified, terminal);
    let unsent: u64 = groups.iter().map(|group| group.unsent).sum();
    if unsent > 0 {
        terminal.warn(&format!("{unsent} requests of the run were never sent; only what was sent is compared"));
        if run.state.is_resumable() {
            terminal.hint(&format!("`{}` does the rest", terminal.resume(&run.id)));
        }
    }
    if terminal.json() {
        let findings = Findings {
            format: 1,
            command: "runs verify",
            run: run.id.to_string(),
            state: run.state.as_str(),
            verified,
            groups,
            seconds: began.elapsed().as_secs_f64(),
            exit: exit.code(),
        };
        terminal.out(&json(&findings)?)?;
    }
    Ok(exit)
}

async fn verify(run: &Run, ledger: &Ledger, link: &Link, wait: Duration, stop: &Stop) -> Result<Vec<Finding>, Failure> {
    same_account(link, run)?;
    let mut findings = Vec::new();
    for plan in ledger.plans(&run.id)? {
        if plan.group.is_none() {
            continue;
        }
        findings.push(Expected::of(ledger, run, plan)?.compare(link, wait, stop).await?);
    }
    Ok(findings)
}

/// What a group should look like after a run.
struct Expected {
    plan: StoredPlan,
    added: NumberSet,
    removed: NumberSet,
    /// Numbers that later runs have changed.
    later: NumberSet,
    /// The members when the group was last read back; none when it never was.
    seen: Option<NumberSet>,
    unsent: u64,
}

impl Expected {
    fn of(ledger: &Ledger, run: &Run, plan: StoredPlan) -> Result<Self, Failure> {
        let done = done(ledger, &plan)?;
        let mut later = NumberSet::new();
        for other in runs_of(ledger, &plan.audience)?.iter().take_while(|other| other.id != run.id && !other.trimmed) {
            for theirs in ledger.plans(&other.id)?.iter().filter(|theirs| theirs.group == plan.group) {
                let done = self::done(ledger, theirs)?;
                later = later.union(&done.added).union(&done.removed).union(&done.doubtful);
            }
        }
        let seen = ledger.baseline(&plan.audience)?.map(|baseline| baseline.ours.union(&baseline.joined));
        Ok(Self { plan, added: done.added, removed: done.removed, later, seen, unsent: done.unsent })
    }

    /// Reads until everything is as it should be, or the patience ends.
    async fn compare(self, link: &Link, wait: Duration, stop: &Stop) -> Result<Finding, Failure> {
        let until = Instant::now() + wait;
        let mut pause = Duration::from_millis(200);
        loop {
            let finding = self.finding(link).await?;
            let sound = finding.missing + finding.returned == 0;
            if sound || stop.token.is_cancelled() || Instant::now() >= until {
                return Ok(finding);
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.token.cancelled() => {}
            }
            pause = (pause * 2).min(Duration::from_secs(2));
        }
    }

    async fn finding(&self, link: &Link) -> Result<Finding, Failure> {
        let Some(id) = &self.plan.group else {
            return Err(Failure::internal(anyhow::anyhow!("a plan without a group")));
        };
        let (live, members) = match link.api.retrieve(id).await {
            Ok(group) => {
                let Seen { members, inherited, .. } = look(&*link.api, Some(&group)).await?;
                (members.difference(&inherited), Some(count(members.len())))
            }
            Err(error) if error.class == ErrorClass::NotFound => (NumberSet::new(), None),
            Err(error) => return Err(error.into()),
        };
        let (missing, returned) = (self.added.difference(&live), self.removed.intersection(&live));
        let astray = missing.union(&returned);
        let (joined, left) = match &self.seen {
            Some(seen) => (live.difference(seen).difference(&returned), seen.difference(&live).difference(&missing)),
            None => (NumberSet::new(), NumberSet::new()),
        };
        Ok(Finding {
            id: id.to_string(),
            name: self.plan.name.clone(),
            members,
            added: count(self.added.len()),
            removed: count(self.removed.len()),
            missing: count(missing.difference(&self.later).len()),
            returned: count(returned.difference(&self.later).len()),
            explained: count(astray.intersection(&self.later).len()),
            joined: count(joined.len()),
            left: count(left.len()),
            unsent: self.unsent,
        })
    }
}

/// What was sent of a plan, whether it was found when the members were read back or not.
#[derive(Default)]
struct Done {
    added: NumberSet,
    removed: NumberSet,
    /// Of requests whose outcome nobody knows.
    doubtful: NumberSet,
    unsent: u64,
}

fn done(ledger: &Ledger, plan: &StoredPlan) -> Result<Done, LedgerError> {
    let mut done = Done::default();
    for stored in ledger.chunks(plan.id)? {
        let chunk = ledger.chunk(stored.id)?;
        let (add, remove): (NumberSet, NumberSet) =
            (chunk.add.into_iter().collect(), chunk.remove.into_iter().collect());
        match stored.state {
            ChunkState::Applied => {
                done.added = done.added.union(&add);
                done.removed = done.removed.union(&remove);
            }
            ChunkState::Sent | ChunkState::Unknown => {
                done.doubtful = done.doubtful.union(&add).union(&remove);
                done.unsent += 1;
            }
            ChunkState::Pending | ChunkState::Failed => done.unsent += 1,
            ChunkState::Refused => {}
        }
    }
    Ok(done)
}

fn tell(groups: &[Finding], verified: bool, terminal: &Terminal) {
    for group in groups {
        let name = escaped(group.name.as_deref().unwrap_or(&group.id));
        let Some(members) = group.members else {
            terminal.warn(&format!("{name}: the group is not there any more"));
            continue;
        };
        terminal.note(&format!("{name}: {members} members"));
        for (count, what) in [
            (group.missing, "that the run added are no members any more"),
            (group.returned, "that the run removed are members again"),
        ] {
            if count > 0 {
                terminal.warn(&format!("{name}: {count} numbers {what}"));
            }
        }
        for (count, what) in [
            (group.explained, "are otherwise because a later run has changed them"),
            (group.joined, "others have joined since the group was last read back"),
            (group.left, "others have left since the group was last read back"),
        ] {
            if count > 0 {
                terminal.note(&format!("{name}: {count} {what}"));
            }
        }
    }
    if verified {
        terminal.note("verified: what the run did is as it left it, but for what later runs have changed");
    } else {
        terminal.warn("not verified: what the run did is not true of the members any more");
    }
}
