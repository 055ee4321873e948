//! Writes plans down before anything of them is sent.

use std::borrow::Cow;
use std::sync::Arc;

use crate::ledger::{Effect, Input, Ledger, LedgerError, NewPlan, Phase, RunId};
use crate::numbers::NumberSet;
use crate::plan::Chunk;

use super::{Drafted, Job, Known};

/// Stores what a run that has begun was made from and its plans, each with its chunks as [`super::schedule`] has cut
/// them, in the order of the drafts and their parts, and yields what is to be done. Leavers who are members again by
/// themselves are leavers no more from here on, whatever the plan does with them.
///
/// # Errors
/// When the ledger cannot be written; nothing may be sent then.
pub fn record(
    ledger: &Ledger,
    run: &RunId,
    inputs: &[Input],
    mut drafted: Vec<Drafted>,
    chunks: Vec<Vec<(Phase, Chunk)>>,
) -> Result<Vec<Job>, LedgerError> {
    for one in &mut drafted {
        // Whom the plan adds is in the plan; of the rest of the list only the members count.
        match one.parts.as_slice() {
            [part] => one.listed.retain_all(&part.live),
            parts => {
                let listed: Vec<_> = parts.iter().map(|part| one.listed.intersection(&part.live)).collect();
                one.listed = NumberSet::union_all(&listed);
            }
        }
        if let Some(spread) = &one.spread {
            ledger.keep_homes(&one.audience, &spread.homes, &spread.absorbed)?;
        }
    }
    let mut chunks = chunks.into_iter();
    let mut plans = Vec::with_capacity(chunks.len());
    for one in &drafted {
        // Those of an audience are remembered of all of it, and so with the first of its groups.
        let mut guests = one.guests.clone();
        for (part, chunks) in one.parts.iter().zip(chunks.by_ref()) {
            plans.push(NewPlan {
                audience: &one.audience.name,
                plan: &part.plan,
                rows: one.facts.rows,
                listed: match one.spread {
                    None => Cow::Borrowed(&one.listed),
                    Some(_) => Cow::Owned(one.listed.intersection(&part.live)),
                },
                guests: std::mem::take(&mut guests),
                chunks: Box::new(chunks.into_iter()),
            });
        }
    }
    ledger.plan_run(run, inputs, plans)?;
    for one in &drafted {
        for plan in one.plans() {
            ledger.forget_leavers(&one.audience, &plan.returned)?;
        }
    }
    let mut stored = ledger.plans(run)?.into_iter();
    let mut jobs = Vec::with_capacity(stored.len());
    for one in drafted {
        let homes = ledger.homes(&one.audience)?;
        let elsewhere = homes.groups.iter().filter(|_| homes.are_spread() && one.spread.is_none()).cloned().collect();
        let known = Arc::new(Known { ours: one.ours, listed: one.listed, guests: one.guests, elsewhere });
        let mut making = one.making;
        for (part, plan) in one.parts.into_iter().zip(stored.by_ref()) {
            jobs.push(Job {
                plan,
                before: part.live,
                inherited: part.inherited,
                known: Arc::clone(&known),
                earlier: Effect::default(),
                gone: NumberSet::new(),
                making: making.clone(),
            });
            // Members whom child groups bring are brought once.
            making.children.clear();
        }
    }
    Ok(jobs)
}
