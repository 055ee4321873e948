//! What earlier runs did to the groups of a report.

use jiff::Timestamp;

use super::{GroupReport, Report};

/// The groups of a report, each with what became of it over the runs before, in their order. Counts only.
#[derive(Debug, Clone, Default)]
pub struct History {
    groups: Vec<GroupHistory>,
}

/// One group over the runs, or an audience in several groups as one.
#[derive(Debug, Clone)]
pub(super) struct GroupHistory {
    id: Option<String>,
    name: Option<String>,
    /// Whether it is all groups of the audience of that name.
    whole: bool,
    pub(super) points: Vec<Point>,
}

/// What one run did to a group, and how many members it had then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Point {
    /// When the run began.
    pub(super) at: Timestamp,
    /// The run's id.
    pub(super) run: String,
    pub(super) command: String,
    pub(super) before: u64,
    pub(super) added: u64,
    pub(super) removed: u64,
    /// Members who were found to have left since the run before.
    pub(super) left: u64,
    /// Members when they were read back.
    pub(super) after: u64,
}

impl History {
    /// The groups of a report, with what the runs before it have told of themselves, the oldest first, and what the
    /// report itself tells.
    #[must_use]
    pub fn of(report: &Report, earlier: impl IntoIterator<Item = (Timestamp, Report)>) -> Self {
        let group = |group: &GroupReport| GroupHistory {
            id: group.id.clone(),
            name: group.name.clone(),
            whole: group.id.is_none() && group.audience.is_some() && group.audience == group.name,
            points: Vec::new(),
        };
        let mut history = Self { groups: report.groups.iter().map(group).collect() };
        earlier.into_iter().for_each(|(at, told)| history.add(at, &told));
        if let (Some(at), false) = (report.started, report.dry_run) {
            history.add(at, report);
        }
        history
    }

    /// Adds what a run has told. Groups that are not asked about, and groups that the run has not read back, are left
    /// out.
    fn add(&mut self, at: Timestamp, told: &Report) {
        let Some(run) = &told.run else { return };
        for group in &mut self.groups {
            let mut then = told.groups.iter().filter(|then| group.is(then));
            let Some(first) = then.next() else { continue };
            let rest: Vec<&GroupReport> = if group.whole { then.collect() } else { Vec::new() };
            let all = || rest.iter().copied().chain([first]);
            let Some(after) = all().map(|then| then.after).sum() else { continue };
            let sum = |figure: fn(&GroupReport) -> u64| all().map(figure).sum();
            group.points.push(Point {
                at,
                run: run.clone(),
                command: told.command.to_string(),
                before: sum(|then| then.before),
                added: sum(|then| then.added),
                removed: sum(|then| then.removed),
                left: sum(|then| then.new_leavers),
                after,
            });
        }
    }

    pub(super) fn groups(&self) -> &[GroupHistory] {
        &self.groups
    }
}

impl GroupHistory {
    /// A group that was deleted and made again has another id and the same name. Of an audience every group is one.
    fn is(&self, other: &GroupReport) -> bool {
        if self.whole {
            return other.audience == self.name;
        }
        let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
        same(&self.id, &other.id) || same(&self.name, &other.name)
    }

    pub(super) fn label(&self) -> &str {
        self.name.as_deref().or(self.id.as_deref()).unwrap_or("-")
    }
}
