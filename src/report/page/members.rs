//! The groups, and who their members are.

use super::counts::Counts;
use super::html::Html;
use super::table::{Cell, Column, Table};
use super::words;
use crate::report::{GroupReport, Report};

/// A group's name, or its id where it has none.
pub(super) fn label(group: &GroupReport) -> &str {
    group.name.as_deref().or(group.id.as_deref()).unwrap_or("-")
}

/// What became of each group.
pub(super) fn groups(html: &mut Html, report: &Report) {
    if report.groups.is_empty() {
        return;
    }
    html.raw("<section><h2>Groups</h2>\n");
    let planned = report.groups.iter().all(|group| group.after.is_none());
    let export = report.command == "export";
    let columns: &[Column] = match (export, planned) {
        (true, _) => &[Column::Names("Group"), Column::Figures("Members")],
        (false, true) => &[
            Column::Names("Group"),
            Column::Figures("Members"),
            Column::Figures("To add"),
            Column::Figures("To remove"),
        ],
        (false, false) => &[
            Column::Names("Group"),
            Column::Figures("Before"),
            Column::Figures("Added"),
            Column::Figures("Removed"),
            Column::Figures("After"),
        ],
    };
    let rows = report.groups.iter().enumerate().map(|(index, group)| row(index, group, planned)).collect();
    let total = |figure: fn(&GroupReport) -> u64| Cell::Figure(report.groups.iter().map(figure).sum(), None);
    let sum = (report.groups.len() > 1).then(|| {
        let mut sum = vec![Cell::words("All"), total(|group| group.before)];
        if planned {
            sum.extend([total(|group| group.to_add), total(|group| group.to_remove)]);
        } else {
            let known = report.groups.iter().all(|group| group.after.is_some());
            let after = if known { total(|group| group.after.unwrap_or_default()) } else { Cell::Unknown };
            sum.extend([total(|group| group.added), total(|group| group.removed), after]);
        }
        sum
    });
    Table { caption: "Groups", columns, rows, sum }.write(html);
    remarks(html, report);
    html.raw("</section>\n");
}

fn row(index: usize, group: &GroupReport, planned: bool) -> Vec<Cell> {
    let at = |name: &str, value: u64| Cell::at(value, format!("/groups/{index}/{name}"));
    let mut name = label(group).to_owned();
    if group.created {
        name += " (made)";
    }
    if group.deleted {
        name += " (deleted)";
    }
    let mut row = vec![Cell::Words(name), at("before", group.before)];
    if planned {
        row.extend([at("to_add", group.to_add), at("to_remove", group.to_remove)]);
    } else {
        row.extend([at("added", group.added), at("removed", group.removed)]);
        row.push(group.after.map_or(Cell::Unknown, |after| at("after", after)));
    }
    row
}

/// What others did meanwhile.
fn remarks(html: &mut Html, report: &Report) {
    let members = &report.members;
    let sum = |figure: fn(&GroupReport) -> u64| report.groups.iter().map(figure).sum::<u64>();
    let remarks = [
        (sum(|group| group.new_leavers), "of ours were found to have left since the run before"),
        (members.left, "of the list have left, and were not added again"),
        (members.joined, "have joined by themselves, and were kept"),
        (members.held, "were kept because a rejected row may have meant them"),
        (members.refused, "were refused by the provider"),
        (sum(|group| group.joined), "joined by themselves while this ran"),
        (sum(|group| group.left), "left by themselves while this ran"),
    ];
    let told: Vec<_> = remarks.iter().filter(|(count, _)| *count > 0).collect();
    if told.is_empty() {
        return;
    }
    html.raw("<ul>\n");
    for (count, what) in told {
        html.leaf("li", &[], &format!("{} {what}.", words::of(*count)));
    }
    html.raw("</ul>\n");
}

/// Who the members are, by region and by type.
pub(super) fn makeup(html: &mut Html, report: &Report) {
    if report.members_by_region.is_empty() {
        return;
    }
    html.raw("<section><h2>Members by region and type</h2>\n<div class=\"pair\">\n");
    let regions = Counts {
        id: "memberregions",
        title: "Members by region",
        heading: "Region",
        figures: &report.members_by_region,
        place: "/members_by_region",
        name: words::region,
    };
    let types = Counts {
        id: "membertypes",
        title: "Members by type",
        heading: "Type",
        figures: &report.members_by_type,
        place: "/members_by_type",
        name: words::plain,
    };
    regions.chart(html);
    types.chart(html);
    html.raw("</div></section>\n");
}
