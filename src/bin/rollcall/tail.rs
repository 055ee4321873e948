//! Empty groups at the end of an audience.

use rollcall::groups::{ErrorClass, GroupsApi};
use rollcall::ledger::{Audience, Ledger, RunId};
use rollcall::numbers::NumberSet;
use rollcall::report::{Report, escaped};

use crate::connect::Link;
use crate::failure::Failure;
use crate::terminal::{Terminal, ask};

/// Deletes the last groups of a run's spread audiences as long as nobody is in them. The first group always stays: it
/// has the keywords by which people join.
pub(crate) async fn drop_empty_tails(
    ledger: &Ledger,
    run: &RunId,
    yes: bool,
    link: &Link,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut audiences: Vec<Audience> = ledger.plans(run)?.into_iter().map(|plan| plan.audience).collect();
    audiences.dedup();
    for audience in audiences {
        let homes = ledger.homes(&audience)?;
        if !homes.are_spread() {
            continue;
        }
        for group in homes.groups.iter().skip(1).rev() {
            match link.api.members(group).await {
                Ok(members) if members.is_empty() => {}
                Ok(_) => break,
                Err(error) if error.class == ErrorClass::NotFound => {
                    // Somebody has deleted it: we ourselves, before we were killed.
                    ledger.drop_home(&audience, group, &NumberSet::new())?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
            let told = report.groups.iter_mut().find(|told| told.id.as_deref() == Some(group.as_str()));
            let name = told.as_ref().and_then(|told| told.name.as_deref()).unwrap_or(group.as_str());
            let name = escaped(name);
            if !yes && ask(&format!("Delete the empty group {name}?")) == Some(false) {
                break;
            }
            link.api.delete(group).await?;
            ledger.drop_home(&audience, group, &NumberSet::new())?;
            terminal.note(&format!("deleted the empty group {name}"));
            if let Some(told) = told {
                told.deleted = true;
            }
        }
    }
    Ok(())
}
