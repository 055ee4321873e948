//! Writes plans down before anything of them is sent.

use crate::ledger::{Effect, Input, Ledger, LedgerError, NewPlan, Phase, RunId};
use crate::numbers::NumberSet;
use crate::plan::Chunk;

use super::{Drafted, Job};

/// Stores what a run that has begun was made from and its plans, each with its chunks as [`super::schedule`] has cut them, and yields what
/// is to be done. Leavers who are members again by themselves are leavers no more from here on, whatever the plan does
/// with them.
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
        one.listed.retain_all(&one.live);
    }
    let plans = drafted
        .iter()
        .zip(chunks)
        .map(|(one, chunks)| NewPlan {
            audience: &one.audience.name,
            plan: &one.plan,
            rows: Some(one.facts.rows),
            chunks: Box::new(chunks.into_iter()),
        })
        .collect();
    ledger.plan_run(run, inputs, plans)?;
    for one in &drafted {
        ledger.forget_leavers(&one.audience, &one.plan.returned)?;
    }
    let mut jobs = Vec::with_capacity(drafted.len());
    for (plan, one) in ledger.plans(run)?.into_iter().zip(drafted) {
        if !one.listed.is_empty() {
            // Whoever goes on with the run has no list to ask whose members these are.
            ledger.note_listed(plan.id, &one.listed)?;
        }
        jobs.push(Job {
            plan,
            before: one.live,
            inherited: one.inherited,
            ours: one.ours,
            listed: one.listed,
            earlier: Effect::default(),
            gone: NumberSet::new(),
            making: one.making,
        });
    }
    Ok(jobs)
}
