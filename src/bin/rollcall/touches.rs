//! Finishing touches: what groups get besides members, once those are there. Kept with the run, so that whoever goes on
//! with it finds them.

use rollcall::groups::{AutoUpdate, GroupId, GroupUpdate, GroupsApi, NameChange};
use rollcall::ledger::{Ledger, RunId};
use rollcall::report::{GroupReport, Report};
use serde::{Deserialize, Serialize};

use crate::connect::Link;
use crate::failure::{Exit, Failure};
use crate::terminal::Terminal;

/// What one group gets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Touch {
    /// The group's id; or its name, where the run has to make it.
    pub(crate) group: String,
    /// Whether it bears its name only until it is filled.
    #[serde(default)]
    pub(crate) unname: bool,
    /// The keywords that it is to have.
    #[serde(default)]
    pub(crate) auto_update: Option<AutoUpdate>,
}

impl Touch {
    fn is_for(&self, told: &GroupReport) -> bool {
        told.id.as_ref() == Some(&self.group) || told.name.as_ref() == Some(&self.group)
    }
}

/// Writes into the report what is to be set.
pub(crate) fn describe(touches: &[Touch], report: &mut Report) {
    for touch in touches {
        for told in report.groups.iter_mut().filter(|told| touch.is_for(told)) {
            told.settings.extend(touch.unname.then_some("name".into()));
            told.settings.extend(touch.auto_update.is_some().then_some("auto_update".into()));
        }
    }
}

/// Sets it, in all groups that the run has: as often as somebody goes on with it, with the same end.
pub(crate) async fn finish(
    touches: &[Touch],
    run: &RunId,
    link: &Link,
    ledger: &Ledger,
    terminal: &Terminal,
    report: &mut Report,
) -> Exit {
    let mut exit = Exit::Done;
    for touch in touches {
        let Some(told) = report.groups.iter_mut().find(|told| touch.is_for(told)) else { continue };
        if let Err(failure) = finish_one(touch, run, link, ledger, told).await {
            terminal.failure(&failure);
            exit = exit.and(failure.exit);
        }
    }
    exit
}

async fn finish_one(
    touch: &Touch,
    run: &RunId,
    link: &Link,
    ledger: &Ledger,
    told: &mut GroupReport,
) -> Result<(), Failure> {
    let Some(id) = told.id.as_deref().map(GroupId::new) else { return Ok(()) };
    let mut now = link.api.retrieve(&id).await?;
    let mut update = GroupUpdate::default();
    if touch.unname && now.name.as_ref() == Some(&touch.group) {
        // Whatever else it is called by now, somebody has named it.
        update.name = NameChange::Erase;
    }
    let differs = |words: &&AutoUpdate| !now.auto_update.as_ref().is_some_and(|now| now.says_the_same(words));
    update.auto_update = touch.auto_update.as_ref().filter(differs).cloned();
    if update.name != NameChange::Keep || update.auto_update.is_some() {
        now = link.api.update(&id, &update).await?;
    }
    if touch.unname && now.name.is_none() {
        told.name = None;
        let plans = ledger.plans(run)?;
        if let Some(plan) = plans.iter().find(|plan| plan.group.as_ref() == Some(&id)) {
            ledger.rename_audience(&plan.audience, id.as_str())?;
        }
    }
    Ok(())
}
