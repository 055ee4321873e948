//! Writes plans down before anything of them is sent.

use crate::ledger::{Effect, Ledger, LedgerError, NewPlan, Phase, RunId};
use crate::numbers::NumberSet;
use crate::plan::Chunk;

use super::{Drafted, Job};

/// Stores the plans of a run that has begun, each with its chunks as [`super::schedule`] has cut them, and yields what
/// is to be done. Leavers who are members again by themselves are leavers no more from here on, whatever the plan does
/// with them.
///
/// # Errors
/// When the ledger cannot be written; nothing may be sent then.
pub fn record(
    ledger: &Ledger,
    run: &RunId,
    drafted: Vec<Drafted>,
    chunks: Vec<Vec<(Phase, Chunk)>>,
) -> Result<Vec<Job>, LedgerError> {
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
    ledger.plan_run(run, &[], plans)?;
    for one in &drafted {
        ledger.forget_leavers(&one.audience, &one.plan.returned)?;
    }
    let stored = ledger.plans(run)?;
    for (plan, one) in stored.iter().zip(&drafted) {
        // Whoever goes on with the run has no list to ask whose members these are.
        let listed = one.listed.intersection(&one.live);
        if !listed.is_empty() {
            ledger.note_listed(plan.id, &listed)?;
        }
    }
    let job = |(plan, one): (_, Drafted)| Job {
        plan,
        before: one.live,
        inherited: one.inherited,
        ours: one.ours,
        listed: one.listed,
        earlier: Effect::default(),
        gone: NumberSet::new(),
    };
    Ok(stored.into_iter().zip(drafted).map(job).collect())
}
