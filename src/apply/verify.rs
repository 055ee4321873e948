//! Reads members back, compares them with what was sent, and remembers them.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::stage::bounded;
use super::{ApplyError, Child, Job, Known, Making, Shop};
use crate::groups::{ApiError, GroupId, GroupsApi};
use crate::ledger::{Audience, ChunkState, Effect, Look, PlanId};
use crate::numbers::{Census, NumberSet};
use crate::report::Event;

/// What reading the members back has shown.
#[derive(Debug, Clone, Default)]
pub struct Check {
    /// Members now.
    pub after: u64,
    /// Who they are.
    pub members: Census,
    /// Numbers of the plan that are not as planned: adds that are missing, removals that are still there.
    pub astray: u64,
    /// Numbers that somebody else has added meanwhile.
    pub joined: u64,
    /// Numbers that somebody else has removed meanwhile.
    pub left: u64,
}

/// What became of a plan, as far as can be told.
#[derive(Default)]
pub(super) struct Glance {
    pub(super) added: u64,
    pub(super) removed: u64,
    pub(super) refused: u64,
    pub(super) unsent: u64,
    /// Whether there is a group at all.
    exists: bool,
    pub(super) check: Option<Check>,
    pub(super) failure: Option<ApplyError>,
}

/// What was done to a group, and what it was before.
struct Sent {
    before: Arc<NumberSet>,
    /// Numbers that this process has added, without those who have left already.
    added: NumberSet,
    /// Numbers that this process has removed.
    removed: NumberSet,
}

impl Sent {
    /// What was done now, of all that was done of a plan: who was added by an earlier process may have left since, and
    /// who was removed may be back.
    fn of(before: Arc<NumberSet>, whole: Effect, earlier: &Effect, gone: &NumberSet) -> Self {
        let Effect { mut added, mut removed, .. } = whole;
        added.remove_all(&earlier.added);
        added.remove_all(gone);
        removed.remove_all(&earlier.removed);
        Self { before, added, removed }
    }
}

/// A group of an audience, and what was to be done in it.
pub(super) struct Sighted {
    /// Its place among all groups of the run.
    pub(super) index: usize,
    pub(super) job: Job,
    /// None when it could not be made.
    pub(super) id: Option<GroupId>,
    pub(super) label: String,
}

impl Sighted {
    /// Whether both are of one audience.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        self.job.plan.audience == other.job.plan.audience
    }
}

/// A group whose members were read back.
struct Back {
    id: GroupId,
    live: NumberSet,
    added: NumberSet,
    removed: NumberSet,
    /// See [`Job::gone`].
    gone: NumberSet,
    unremoved: NumberSet,
}

/// Adds up what took effect of the plans of one audience; and, unless the run was stopped, reads the members back and
/// remembers them: of all groups at once, or not at all.
pub(super) async fn look_back<A: GroupsApi>(shop: &Shop<A>, groups: Vec<Sighted>) -> Vec<(usize, Glance)> {
    let Some(first) = groups.first() else { return Vec::new() };
    let audience = first.job.plan.audience.clone();
    let mut known: Vec<Arc<Known>> = groups.iter().map(|group| Arc::clone(&group.job.known)).collect();
    known.dedup_by(|a, b| Arc::ptr_eq(a, b));
    // Who may have seen everybody is known when all groups have been read, and no request waits for another.
    let never = CancellationToken::new();
    let looks = bounded(groups.into_iter(), shop.settings.concurrency, &never, |sighted| {
        let shop = shop.clone();
        async move {
            let (index, mut glance) = (sighted.index, Glance::default());
            let back = look(&shop, sighted, &mut glance).await;
            (index, glance, back)
        }
    });
    let mut looks = looks.await;
    looks.sort_by_key(|(index, ..)| *index);
    let (mut glances, mut backs, mut whole) = (Vec::with_capacity(looks.len()), Vec::with_capacity(looks.len()), true);
    for (index, mut glance, back) in looks {
        match back {
            Ok(back) => {
                // A group that could not be made has no members to be missed.
                whole &= back.is_some() || !glance.exists;
                backs.extend(back);
            }
            Err(error) => {
                whole = false;
                glance.failure = Some(error);
            }
        }
        glances.push((index, glance));
    }
    if whole
        && !backs.is_empty()
        && let Err(error) = remember(shop, &audience, known, backs).await
        && let Some((_, glance)) = glances.first_mut()
    {
        glance.failure.get_or_insert(error);
    }
    glances
}

/// Reads the members of one group back, and tells others' changes from ours. None when there is no group, or the run
/// was stopped.
async fn look<A: GroupsApi>(shop: &Shop<A>, sighted: Sighted, glance: &mut Glance) -> Result<Option<Back>, ApplyError> {
    let Sighted { job, id, label, .. } = sighted;
    let plan = job.plan.id;
    glance.exists = id.is_some();
    let chunks = shop.ledger(move |ledger| ledger.chunks(plan)).await?;
    let over = |state| matches!(state, ChunkState::Applied | ChunkState::Refused);
    glance.unsent = count(chunks.iter().filter(|chunk| !over(chunk.state)).count());
    let effect = shop.ledger(move |ledger| ledger.took_effect(plan)).await?;
    (glance.added, glance.removed) = (count(effect.added.len()), count(effect.removed.len()));
    glance.refused = count(shop.ledger(move |ledger| ledger.refusals(plan)).await?.len());
    let Some(id) = id.filter(|_| !shop.stop.is_cancelled()) else { return Ok(None) };
    let removed = effect.removed.clone();
    let sent = Sent::of(job.before, effect, &job.earlier, &job.gone);
    let mut inherited = job.inherited.union(&brought(&*shop.api, &job.making).await?);
    // Whom we have added is a member in their own right, whoever brings them besides.
    inherited.remove_all(&sent.added);
    let (live, astray) = settle(shop, &id, &label, &sent, &inherited).await?;
    glance.check = Some(check(&sent, &live, &inherited, &astray));
    shop.ledger(move |ledger| ledger.note_astray(plan, &astray)).await?;
    let unremoved = unremoved(shop, plan).await?;
    Ok(Some(Back { id, live, added: sent.added, removed, gone: job.gone, unremoved }))
}

/// Remembers who is in the audience now, and who has left it: whoever is in another of its groups has not.
async fn remember<A: GroupsApi>(
    shop: &Shop<A>,
    audience: &Audience,
    known: Vec<Arc<Known>>,
    mut backs: Vec<Back>,
) -> Result<(), ApplyError> {
    let mut groups: Vec<GroupId> = backs.iter().map(|back| back.id.clone()).collect();
    let mut elsewhere = Vec::new();
    for id in known.iter().flat_map(|known| &known.elsewhere) {
        if !groups.contains(id) {
            elsewhere.push(shop.api.members(id).await?);
            groups.push(id.clone());
        }
    }
    let unremoved = all(&mut backs, |back| &mut back.unremoved);
    let mut joined = strangers(&known, &unremoved, &backs, &elsewhere);
    let (gone, removed, mut live) = (
        all(&mut backs, |back| &mut back.gone),
        all(&mut backs, |back| &mut back.removed),
        all(&mut backs, |back| &mut back.live),
    );
    for others in elsewhere {
        live.insert_all(&others);
    }
    let mut left = gone;
    for known in &known {
        left.insert_all(&known.ours.difference(&live));
        joined.insert_all(&live.intersection(&known.guests));
    }
    left.remove_all(&live);
    left.remove_all(&removed);
    drop((known, backs));
    let mut ours = live;
    ours.remove_all(&joined);
    let (audience, run) = (audience.clone(), shop.run.clone());
    let remembered = shop.ledger(move |ledger| {
        let taken = jiff::Timestamp::now();
        let look = Look { run: &run, taken, groups: &groups, ours: &ours, joined: &joined, left: &left };
        ledger.remember(&audience, &look)
    });
    Ok(remembered.await?)
}

/// The numbers of one kind of all groups.
fn all(backs: &mut [Back], part: fn(&mut Back) -> &mut NumberSet) -> NumberSet {
    NumberSet::joined(backs.iter_mut().map(part).map(std::mem::take).collect())
}

/// Members whom neither a list nor a run of ours has named. They are few, and looked for in one group after the other:
/// of all the others no copy is made.
fn strangers(known: &[Arc<Known>], unremoved: &NumberSet, backs: &[Back], elsewhere: &[NumberSet]) -> NumberSet {
    let known = known.iter().flat_map(|known| [&known.ours, &known.listed]);
    let named: Vec<&NumberSet> = known.chain([unremoved]).collect();
    let outside = |live: &NumberSet, added: Option<&NumberSet>| {
        live.outside(&named.iter().copied().chain(added).collect::<Vec<_>>())
    };
    let in_groups = backs.iter().map(|back| outside(&back.live, Some(&back.added)));
    let mut strangers = NumberSet::joined(in_groups.chain(elsewhere.iter().map(|live| outside(live, None))).collect());
    for back in backs {
        strangers.remove_all(&back.added);
    }
    strangers
}

/// The members that the child groups bring with which a group was made. They were filled by the same run, maybe.
async fn brought<A: GroupsApi>(api: &A, making: &Making) -> Result<NumberSet, ApiError> {
    let mut brought = NumberSet::new();
    for child in &making.children {
        if let Child::Known(id) = child {
            brought.insert_all(&api.members(id).await?);
        }
    }
    Ok(brought)
}

/// Numbers that the plan was to remove and did not. They are ours to remove still: remembered as if they had joined by
/// themselves, they would be kept for ever.
async fn unremoved<A: GroupsApi>(shop: &Shop<A>, plan: PlanId) -> Result<NumberSet, ApplyError> {
    let numbers = shop.ledger(move |ledger| {
        let mut numbers: NumberSet = ledger.refusals(plan)?.iter().map(|refusal| refusal.number).collect();
        for chunk in ledger.chunks(plan)? {
            let over = matches!(chunk.state, ChunkState::Applied | ChunkState::Refused);
            if !over && chunk.removes > 0 {
                numbers.insert_all(&ledger.chunk(chunk.id)?.remove.into_iter().collect());
            }
        }
        Ok(numbers)
    });
    Ok(numbers.await?)
}

/// Reads until everything is as planned or the patience ends: providers answer from copies that may lag. Yields the
/// members, without those that child groups bring, and the plan's numbers that are not as planned.
async fn settle<A: GroupsApi>(
    shop: &Shop<A>,
    id: &GroupId,
    label: &str,
    sent: &Sent,
    inherited: &NumberSet,
) -> Result<(NumberSet, NumberSet), ApplyError> {
    let until = tokio::time::Instant::now() + shop.settings.verify_wait;
    let mut pause = Duration::from_millis(200);
    loop {
        let mut live = shop.api.members(id).await?;
        live.remove_all(inherited);
        let astray = astray(sent, &live);
        if astray.is_empty() || shop.stop.is_cancelled() || tokio::time::Instant::now() >= until {
            return Ok((live, astray));
        }
        (shop.events)(&Event::Unsettled { group: label.to_owned(), numbers: count(astray.len()) });
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shop.stop.cancelled() => {}
        }
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}

/// Adds that are missing, and removals that are still there.
fn astray(sent: &Sent, live: &NumberSet) -> NumberSet {
    sent.added.difference(live).union(&sent.removed.intersection(live))
}

fn check(sent: &Sent, live: &NumberSet, inherited: &NumberSet, astray: &NumberSet) -> Check {
    let mut members = Census::from(live);
    members += &Census::from(inherited);
    Check {
        after: count(live.len() + inherited.len()),
        members,
        astray: count(astray.len()),
        joined: live.count_outside(&[&sent.before, &sent.added]),
        left: sent.before.count_outside(&[&sent.removed, live]),
    }
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::Msisdn;

    fn set(values: &[u64]) -> NumberSet {
        values.iter().filter_map(|value| Msisdn::from_value(*value)).collect()
    }

    fn sent(before: &[u64], added: &[u64], removed: &[u64]) -> Sent {
        let effect = Effect { added: set(added), removed: set(removed), ..Effect::default() };
        Sent::of(set(before).into(), effect, &Effect::default(), &NumberSet::new())
    }

    fn compare(sent: &Sent, live: &[u64]) -> (u64, u64, u64, u64) {
        let live = set(live);
        let check = check(sent, &live, &NumberSet::new(), &astray(sent, &live));
        (check.after, check.astray, check.joined, check.left)
    }

    #[test]
    fn others_changes_are_told_from_ours() {
        assert_eq!(compare(&sent(&[1, 2, 3], &[4, 5], &[3]), &[1, 4, 5, 9]), (4, 0, 1, 1));
    }

    #[test]
    fn what_an_earlier_process_did_may_have_been_undone_by_others() {
        let whole = Effect { added: set(&[4, 5]), removed: set(&[3]), ..Effect::default() };
        let earlier = Effect { added: set(&[4]), removed: set(&[3]), ..Effect::default() };
        let sent = Sent::of(set(&[1, 3]).into(), whole.clone(), &earlier, &NumberSet::new());
        assert_eq!(compare(&sent, &[1, 3, 5]).1, 0);
        assert_eq!(compare(&sent, &[1, 3]).1, 1);
        let gone = Sent::of(set(&[1, 3]).into(), whole, &Effect::default(), &set(&[5]));
        assert_eq!(compare(&gone, &[1, 4]).1, 0, "who left before a lost answer was looked into is not astray");
    }

    #[test]
    fn what_we_sent_and_do_not_find_is_astray() {
        assert_eq!(compare(&sent(&[1, 3], &[4, 5], &[3]), &[1, 3, 4]), (3, 2, 0, 0));
    }
}
