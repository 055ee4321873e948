//! Sends all that is left of a phase, of all plans, through one bounded stage.

use std::sync::Arc;

use super::send::{self, Errand};
use super::stage::bounded;
use super::{AppliedGroup, ApplyError, Job, Shop};
use crate::groups::GroupsApi;
use crate::ledger::{ChunkState, LedgerError, Phase};
use crate::numbers::NumberSet;
use crate::plan::Mode;
use crate::report::Event;

/// Sends the chunks of one phase of all plans through one bounded stage.
pub(super) async fn send_all<A: GroupsApi>(
    shop: &Shop<A>,
    jobs: &mut [Job],
    groups: &mut [AppliedGroup],
    phase: Phase,
) {
    let errands = match errands(shop, jobs, groups, phase).await {
        Ok(errands) => errands,
        Err(error) => {
            if let Some(group) = groups.first_mut() {
                group.failure.get_or_insert(error.into());
            }
            return;
        }
    };
    let numbers = errands.iter().map(|errand| errand.numbers).sum();
    let chunks = errands.iter().map(|errand| errand.chunks.len()).sum::<usize>();
    let chunks = u64::try_from(chunks).unwrap_or(u64::MAX);
    (shop.events)(&Event::Sending { chunks, numbers });
    // A failure of the account, or of the provider as a whole, ends the run; one group's failure ends nothing.
    let halt = shop.stop.child_token();
    let before: Vec<Arc<NumberSet>> = jobs.iter().map(|job| Arc::clone(&job.before)).collect();
    let results = bounded(errands.into_iter(), shop.settings.concurrency, &halt, |errand| {
        let (shop, halt) = (shop.clone(), halt.clone());
        let before = before.get(errand.job).cloned().unwrap_or_default();
        async move {
            let sent = send::send(&shop, &errand, &before, &halt).await;
            if sent.failure.as_ref().is_some_and(ApplyError::is_fatal) {
                halt.cancel();
            }
            (shop.events)(&Event::ChunkDone { numbers: errand.numbers, applied: sent.failure.is_none() });
            (errand.job, sent)
        }
    });
    for (index, sent) in results.await {
        let (Some(job), Some(group)) = (jobs.get_mut(index), groups.get_mut(index)) else { continue };
        job.gone.insert_all(&sent.gone);
        if let Some(error) = sent.failure {
            group.failure.get_or_insert(error);
        }
    }
}

/// What is left to do of a phase. A plan whose first phase is not over has no second one yet.
async fn errands<A: GroupsApi>(
    shop: &Shop<A>,
    jobs: &[Job],
    groups: &[AppliedGroup],
    phase: Phase,
) -> Result<Vec<Errand>, LedgerError> {
    let (mut errands, mut left) = (Vec::new(), shop.settings.limit.unwrap_or(u64::MAX));
    for (index, (job, group)) in jobs.iter().zip(groups).enumerate() {
        let Some(id) = &group.id else { continue };
        if group.failure.is_some() {
            continue;
        }
        let (plan, whole, full) = (job.plan.id, job.plan.mode == Mode::Replace, Arc::default());
        for chunk in shop.ledger(move |ledger| ledger.chunks(plan)).await? {
            let over = matches!(chunk.state, ChunkState::Applied | ChunkState::Refused);
            if over || chunk.phase != phase || chunk.adds > left {
                continue;
            }
            left -= chunk.adds;
            if let Some(errand) = errands.last_mut().filter(|errand: &&mut Errand| whole && errand.job == index) {
                errand.chunks.push(chunk.id);
                errand.numbers += chunk.adds + chunk.removes;
                continue;
            }
            errands.push(Errand {
                job: index,
                chunks: vec![chunk.id],
                whole,
                full: Arc::clone(&full),
                id: id.clone(),
                fresh: group.created,
                numbers: chunk.adds + chunk.removes,
            });
        }
    }
    Ok(errands)
}
