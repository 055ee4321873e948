//! Deletes the groups that a run has made, once it is taken back.

use rollcall::groups::{ErrorClass, GroupsApi};
use rollcall::ledger::{Creation, Ledger, Run};
use rollcall::numbers::NumberSet;
use rollcall::report::{Report, escaped};

use crate::connect::Link;
use crate::failure::Failure;
use crate::terminal::{Terminal, ask};

/// Deletes the groups that the run has made, if nobody is in them.
pub(super) async fn created(
    run: &Run,
    ledger: &Ledger,
    link: &Link,
    yes: bool,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<(), Failure> {
    for plan in ledger.plans(&run.id)?.into_iter().filter(|plan| plan.creation == Creation::Made) {
        let Some(group) = &plan.group else { continue };
        let name = escaped(plan.group_ref().label());
        let members = match link.api.members(group).await {
            Ok(members) => members.len(),
            Err(error) if error.class == ErrorClass::NotFound => {
                ledger.drop_home(&plan.audience, group, &NumberSet::new())?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if members > 0 {
            terminal.warn(&format!("{name} has {members} members whom the run did not add; the group is kept"));
            continue;
        }
        if !yes && ask(&format!("Delete the group {name}?")) == Some(false) {
            continue;
        }
        link.api.delete(group).await?;
        ledger.drop_home(&plan.audience, group, &NumberSet::new())?;
        for told in report.groups.iter_mut().filter(|told| told.id.as_deref() == Some(group.as_str())) {
            told.deleted = true;
        }
        terminal.note(&format!("deleted the group {name}"));
    }
    Ok(())
}
