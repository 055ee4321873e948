//! `rollcall runs verify`: reads the members again and compares them with what a run did. Changes nothing.

use std::time::{Duration, Instant};

use rollcall::apply::{Seen, look};
use rollcall::groups::{ErrorClass, GroupId, GroupsApi};
use rollcall::ledger::{ChunkState, Ledger, LedgerError, Run, StateFolder, StoredPlan};
use rollcall::numbers::NumberSet;
use rollcall::report::{counted, escaped};
use serde::Serialize;

use crate::account::{self, ProfileName};
use crate::args::{Common, VerifyArgs};
use crate::connect::{self, Link, unless_stopped};
use crate::failure::{Exit, Failure};
use crate::seconds::seconds;
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
    /// Others who were members when the group was last read back, and are none: of an audience in several groups all
    /// those who are in none of them stand with the first, as nobody knows in which they were.
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
    let plans: Vec<StoredPlan> = ledger.plans(&run.id)?.into_iter().filter(|plan| plan.group.is_some()).collect();
    for of_audience in plans.chunk_by(|a, b| a.audience == b.audience) {
        findings.extend(Expected::of(ledger, run, of_audience)?.compare(link, wait, stop).await?);
    }
    Ok(findings)
}

/// What the groups of an audience should look like after a run.
struct Expected<'a> {
    groups: Vec<(&'a StoredPlan, Done)>,
    /// Groups of the audience that the run had no plan for.
    elsewhere: Vec<GroupId>,
    /// Numbers that later runs have changed.
    later: NumberSet,
    /// The members when the audience was last read back; none when it never was.
    seen: Option<NumberSet>,
}

impl<'a> Expected<'a> {
    fn of(ledger: &Ledger, run: &Run, plans: &'a [StoredPlan]) -> Result<Self, Failure> {
        let mut expected = Self { groups: Vec::new(), elsewhere: Vec::new(), later: NumberSet::new(), seen: None };
        let Some(StoredPlan { audience, .. }) = plans.first() else { return Ok(expected) };
        for plan in plans {
            expected.groups.push((plan, done(ledger, plan)?));
        }
        let same = |id: Option<&GroupId>| plans.iter().any(|plan| plan.group.as_ref() == id);
        let homes = ledger.homes(audience)?;
        let spread = homes.are_spread();
        expected.elsewhere = homes.groups.into_iter().filter(|id| spread && !same(Some(id))).collect();
        for other in runs_of(ledger, audience)?.iter().take_while(|other| other.id != run.id && !other.trimmed) {
            let theirs = |theirs: &&StoredPlan| spread && theirs.audience == *audience || same(theirs.group.as_ref());
            for theirs in ledger.plans(&other.id)?.iter().filter(theirs) {
                let done = done(ledger, theirs)?;
                expected.later = expected.later.union(&done.added).union(&done.removed).union(&done.doubtful);
            }
        }
        expected.seen = ledger.baseline(audience)?.map(|baseline| baseline.ours.union(&baseline.joined));
        Ok(expected)
    }

    /// Reads until everything is as it should be, or the patience ends.
    async fn compare(self, link: &Link, wait: Duration, stop: &Stop) -> Result<Vec<Finding>, Failure> {
        let until = Instant::now() + wait;
        let mut pause = Duration::from_millis(200);
        loop {
            let findings = self.findings(link).await?;
            let sound = findings.iter().all(|finding| finding.missing + finding.returned == 0);
            if sound || stop.token.is_cancelled() || Instant::now() >= until {
                return Ok(findings);
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.token.cancelled() => {}
            }
            pause = (pause * 2).min(Duration::from_secs(2));
        }
    }

    async fn findings(&self, link: &Link) -> Result<Vec<Finding>, Failure> {
        let ids = self.groups.iter().filter_map(|(plan, _)| plan.group.as_ref());
        let mut lives = Vec::new();
        for id in ids.chain(&self.elsewhere) {
            lives.push(live(link, id).await?);
        }
        let everyone = NumberSet::union_all(&lives.iter().map(|(live, _)| live).collect::<Vec<_>>());
        let seen = self.seen.as_ref().unwrap_or(&everyone);
        let mut gone = seen.difference(&everyone);
        for ((_, done), (live, _)) in self.groups.iter().zip(&lives) {
            gone.remove_all(&done.added.difference(live));
        }
        let findings = self.groups.iter().zip(&lives).enumerate().map(|(index, ((plan, done), (live, members)))| {
            // Whoever is in another of the audience's groups is not missing.
            let (missing, returned) = (done.added.difference(&everyone), done.removed.intersection(live));
            let joined = live.difference(seen).difference(&returned);
            Finding {
                id: plan.group.as_ref().map(ToString::to_string).unwrap_or_default(),
                name: plan.name.clone(),
                members: *members,
                added: count(done.added.len()),
                removed: count(done.removed.len()),
                missing: count(missing.difference(&self.later).len()),
                returned: count(returned.difference(&self.later).len()),
                explained: count(missing.union(&returned).intersection(&self.later).len()),
                joined: count(joined.len()),
                left: if index == 0 { count(gone.len()) } else { 0 },
                unsent: done.unsent,
            }
        });
        Ok(findings.collect())
    }
}

/// A group's members without those that child groups bring, and how many it has in all; nobody and none when it is not
/// there any more.
async fn live(link: &Link, id: &GroupId) -> Result<(NumberSet, Option<u64>), Failure> {
    match link.api.retrieve(id).await {
        Ok(group) => {
            let Seen { members, inherited, .. } = look(&*link.api, Some(&group)).await?;
            Ok((members.difference(&inherited), Some(count(members.len()))))
        }
        Err(error) if error.class == ErrorClass::NotFound => Ok((NumberSet::new(), None)),
        Err(error) => Err(error.into()),
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
        terminal.note(&format!("{name}: {}", counted(members, "member", "members")));
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
