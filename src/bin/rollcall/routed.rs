//! Groups that a routed list named the last time, and names no longer.

use std::path::PathBuf;

use rollcall::apply::Drafted;
use rollcall::groups::{GroupId, all_groups};
use rollcall::ledger::{Audience, Ledger, RunFilter};
use serde::{Deserialize, Serialize};

use crate::args::ListArgs;
use crate::connect::Link;
use crate::failure::Failure;
use crate::settings::RunSettings;

/// What a list that routes its rows is known by: the inputs as they were typed, and its group column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Routed {
    inputs: Vec<PathBuf>,
    column: String,
    /// Audiences that an earlier run of the list had, and this one has not.
    #[serde(default)]
    unnamed: Vec<String>,
}

impl Routed {
    /// None for a list whose rows are all for one group.
    pub(crate) fn of(args: &ListArgs) -> Option<Self> {
        let column = format!("{:?}", args.group_column.as_ref()?);
        // The same list from another folder is the same list.
        let absolute = |input: &String| std::path::absolute(input).unwrap_or_else(|_| PathBuf::from(input));
        Some(Self { inputs: args.inputs.iter().map(absolute).collect(), column, unnamed: Vec::new() })
    }

    /// Finds out which groups an earlier run of this list has filled, are still there, and are not named by it today.
    /// Yields what people call them.
    pub(crate) async fn look_for_unnamed(
        &mut self,
        drafted: &[Drafted],
        link: &Link,
        ledger: &Ledger,
    ) -> Result<Vec<String>, Failure> {
        let account = link.account().key();
        let named = |name: &str| drafted.iter().any(|one| one.audience.name == name);
        let mut missing = self.last(&account, ledger)?;
        missing.sort_unstable();
        missing.dedup();
        missing.retain(|name| !named(name));
        if missing.is_empty() {
            return Ok(missing);
        }
        let there: Vec<GroupId> = all_groups(&*link.api).await?.into_iter().map(|group| group.id).collect();
        let mut unnamed = Vec::new();
        for name in missing {
            let homes = ledger.homes(&Audience::new(&*account, &*name))?;
            if homes.groups.iter().any(|id| there.contains(id)) {
                unnamed.push(name);
            }
        }
        self.unnamed.clone_from(&unnamed);
        Ok(unnamed)
    }

    /// The audiences of the newest run of this list, and those that it did not name itself.
    fn last(&self, account: &str, ledger: &Ledger) -> Result<Vec<String>, Failure> {
        for run in ledger.runs(RunFilter { account: Some(account), ..RunFilter::default() })? {
            let Some(routed) = RunSettings::of_run(&run).routed.filter(|_| run.plans > 0) else { continue };
            if routed.inputs == self.inputs && routed.column == self.column {
                let plans = ledger.plans(&run.id)?.into_iter().map(|plan| plan.audience.name);
                return Ok(plans.chain(routed.unnamed).collect());
            }
        }
        Ok(Vec::new())
    }
}
