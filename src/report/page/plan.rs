//! The plan, and what the brakes said of it.

use super::html::Html;
use super::table::{Cell, Column, Table};
use super::words;
use crate::report::summary::counted;
use crate::report::{LimitReport, Report};

/// What was planned, what was done of it, and the brakes.
pub(super) fn plan(html: &mut Html, report: &Report) {
    if report.groups.is_empty() || report.command == "export" {
        return;
    }
    html.raw("<section><h2>The plan</h2>\n");
    let members = &report.members;
    let columns = [Column::Words("Numbers"), Column::Figures("Count")];
    let rows = [
        ("to add", members.to_add, "/members/to_add"),
        ("added", members.added, "/members/added"),
        ("to remove", members.to_remove, "/members/to_remove"),
        ("removed", members.removed, "/members/removed"),
        ("as the list wants them already", members.already, "/members/already"),
        ("not added again, as they have left", members.left, "/members/left"),
        ("kept, as they have joined by themselves", members.joined, "/members/joined"),
        ("kept, as a rejected row may have meant them", members.held, "/members/held"),
        ("refused by the provider", members.refused, "/members/refused"),
    ];
    let rows = rows.into_iter().map(|(what, count, place)| vec![Cell::words(what), Cell::at(count, place)]).collect();
    Table { caption: "The plan and what was done of it", columns: &columns, rows, sum: None }.write(html);
    kept(html, report);
    brakes(html, report);
    if let Some(cost) = &report.cost {
        let requests = counted(cost.requests, "request", "requests");
        html.leaf(
            "p",
            &[],
            &format!("Applying it costs {requests}, {:.1} s at the rate it was made for.", cost.seconds),
        );
    }
    html.raw("</section>\n");
}

/// Whom an undo leaves as they are.
fn kept(html: &mut Html, report: &Report) {
    if report.kept.is_empty() {
        return;
    }
    html.leaf("h3", &[], "Left as they are");
    let columns = [Column::Words("Why"), Column::Figures("Numbers")];
    let rows = words::sorted(&report.kept)
        .into_iter()
        .map(|(why, count)| vec![Cell::Words(words::plain(why)), Cell::at(count, format!("/kept/{why}"))])
        .collect();
    Table { caption: "Numbers that are left as they are", columns: &columns, rows, sum: None }.write(html);
}

fn brakes(html: &mut Html, report: &Report) {
    if report.brakes.is_empty() {
        return;
    }
    html.leaf("h3", &[], "Brakes");
    let (all, tripped) = (words::len(&report.brakes), report.brakes.iter().filter(|brake| brake.tripped).count());
    let verdict = match u64::try_from(tripped).unwrap_or(u64::MAX) {
        0 => format!("{} passed.", counted(all, "brake was asked, and", "brakes were asked, and all")),
        tripped => format!("{} of {} tripped.", words::of(tripped), counted(all, "brake", "brakes")),
    };
    html.leaf("p", &[], &verdict);
    let columns = [
        Column::Words("Brake"),
        Column::Names("Group"),
        Column::Figures("Figure"),
        Column::Figures("Limit"),
        Column::Words("Verdict"),
    ];
    let rows = report
        .brakes
        .iter()
        .enumerate()
        .map(|(index, brake)| {
            vec![
                Cell::Words(words::plain(&brake.name)),
                Cell::words(brake.group.as_deref().unwrap_or("the whole list")),
                Cell::at(brake.value, format!("/brakes/{index}/value")),
                match &brake.limit {
                    LimitReport::Count(count) => Cell::at(*count, format!("/brakes/{index}/limit")),
                    LimitReport::Share(share) => Cell::words(share),
                },
                Cell::words(if brake.tripped { "tripped" } else { "passed" }),
            ]
        })
        .collect();
    html.raw(if tripped > 0 { "<details open>" } else { "<details>" });
    html.raw("<summary>Table</summary>");
    Table { caption: "What the brakes said", columns: &columns, rows, sum: None }.write(html);
    html.raw("</details>");
}
