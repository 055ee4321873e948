//! What a brake has said, as it stands in a header.

use serde::{Deserialize, Serialize};

use crate::plan::brakes::BrakeVerdict;

/// Every brake, and the flag that moves it.
const BRAKES: [(&str, &str); 8] = [
    ("rejects", "--max-rejects"),
    ("min_rows", "--min-rows"),
    ("suppress_rejects", "--max-suppress-rejects"),
    ("plus_stripped", "--plus-less"),
    ("remove", "--max-remove"),
    ("shrink", "--max-shrink"),
    ("left", "--max-left"),
    ("size", "--allow-size-mismatch"),
];

#[derive(Serialize, Deserialize)]
pub(super) struct Verdict {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    value: u64,
    /// A count such as `"50"`, or a share such as `"20%"`.
    limit: String,
    tripped: bool,
    message: String,
}

impl Verdict {
    pub(super) fn of(said: &BrakeVerdict) -> Self {
        Self {
            name: said.name.to_owned(),
            group: said.group.clone(),
            value: said.value,
            limit: said.limit.to_string(),
            tripped: said.tripped,
            message: said.message.clone(),
        }
    }

    /// The verdict, when it is that of a brake there is.
    pub(super) fn read(self) -> Option<BrakeVerdict> {
        let (name, flag) = BRAKES.into_iter().find(|(name, _)| *name == self.name)?;
        Some(BrakeVerdict {
            name,
            group: self.group,
            value: self.value,
            limit: self.limit.parse().ok()?,
            tripped: self.tripped,
            message: self.message,
            flag,
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::audience::Tally;
    use crate::numbers::{Msisdn, NumberSet};
    use crate::plan::brakes::{ChangeLimits, GroupFacts, RowLimits, judge_change, judge_rows};
    use crate::plan::{Choices, GroupRef, Memory, Mode, Plan, Wish};

    #[test]
    fn every_brake_comes_back_as_it_was() {
        let rows = judge_rows(
            &Tally::default(),
            Mode::Sync,
            3,
            &RowLimits { plus_less_auto: true, max_rejects: Some("2.5%".parse().unwrap()), ..RowLimits::default() },
        );
        let live: NumberSet = (1..30).filter_map(Msisdn::from_value).collect();
        let group = GroupRef::New { name: "News".into() };
        let memory = Memory { baseline: true, ours: live.clone(), leavers: NumberSet::new() };
        let plan = Plan::draft("a".into(), group, Mode::Sync, &Wish::default(), &live, &memory, Choices::default());
        let facts = GroupFacts { ours: 29, rows: Some(0), rows_before: Some(9), taken_back: 0 };
        let change = judge_change("g", &[(&plan, Some(30))], &facts, &ChangeLimits::default());
        let said: Vec<BrakeVerdict> = rows.into_iter().chain(change).collect();
        let names: Vec<&str> = said.iter().map(|verdict| verdict.name).collect();
        assert_eq!(names, BRAKES.map(|(name, _)| name));
        for verdict in said {
            let text = serde_json::to_string(&Verdict::of(&verdict)).unwrap();
            let read: Verdict = serde_json::from_str(&text).unwrap();
            assert_eq!(read.read(), Some(verdict));
        }
    }
}
