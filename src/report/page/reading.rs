//! What was read, mended and rejected, and how the list was understood.

use super::chart::{Bar, Words, bars, bars_height, figure};
use super::counts::Counts;
use super::html::Html;
use super::table::{Cell, Column, Table};
use super::words;
use crate::report::summary::counted;
use crate::report::{DetectionReport, Figures, Report};

/// The rows, by what became of them and why.
pub(super) fn rows(html: &mut Html, report: &Report) {
    let rows = &report.rows;
    if rows.read == 0 {
        return;
    }
    html.raw("<section><h2>What was read</h2>\n");
    let outcomes = [
        ("accepted", rows.accepted, "/rows/accepted"),
        ("duplicate: named before", rows.duplicate, "/rows/duplicate"),
        ("suppressed: on a list of those not to be written to", rows.suppressed, "/rows/suppressed"),
        ("rejected", rows.rejected, "/rows/rejected"),
    ];
    let title = format!("{} by outcome", counted(rows.read, "row", "rows"));
    let drawn: Vec<Bar> =
        outcomes.iter().map(|(label, value, _)| Bar { label: (*label).to_owned(), value: *value }).collect();
    let says: Vec<(String, u64)> = drawn.iter().map(|bar| (bar.label.clone(), bar.value)).collect();
    let columns = [Column::Words("Outcome"), Column::Figures("Rows")];
    let table = Table {
        caption: "Rows by outcome",
        columns: &columns,
        rows: outcomes
            .iter()
            .map(|(label, value, place)| vec![Cell::words(*label), Cell::at(*value, *place)])
            .collect(),
        sum: Some(vec![Cell::words("read"), Cell::at(rows.read, "/rows/read")]),
    };
    let chart = Words { id: "rows", title: &title, says: &words::list(&says) };
    figure(html, &chart, bars_height(drawn.len()), &table, |html| bars(html, &drawn));
    if !report.by_region.is_empty() {
        accepted(html, report);
    }
    explained(
        html,
        "Why rows were rejected",
        "Reason",
        &report.rejected_by_reason,
        "/rejected_by_reason",
        words::reason,
    );
    explained(html, "What was repaired", "Repair", &report.repairs, "/repairs", words::repair);
    if report.superseded > 0 {
        let what = "had rows with both actions; the last row of each has won";
        html.leaf("p", &[], &format!("{} {what}.", counted(report.superseded, "number", "numbers")));
    }
    if let Some(lists) = report.suppression {
        let (numbers, lists) =
            (words::of(lists.numbers), counted(lists.lists, "suppression list", "suppression lists"));
        html.leaf("p", &[], &format!("{lists} with {numbers} numbers were heeded."));
    }
    html.raw("</section>\n");
}

/// The accepted numbers by region and type. Where the members are drawn these are tables, as they are much alike.
fn accepted(html: &mut Html, report: &Report) {
    let regions = Counts {
        id: "rowregions",
        title: "Accepted numbers by region",
        heading: "Region",
        figures: &report.by_region,
        place: "/by_region",
        name: words::region,
    };
    let types = Counts {
        id: "rowtypes",
        title: "Accepted numbers by type",
        heading: "Type",
        figures: &report.by_type,
        place: "/by_type",
        name: words::plain,
    };
    if report.members_by_region.is_empty() {
        html.raw("<div class=\"pair\">\n");
        regions.chart(html);
        types.chart(html);
        html.raw("</div>\n");
    } else {
        html.raw("<details><summary>Accepted numbers by region and type</summary>\n<div class=\"pair\">\n<div>");
        regions.table(html);
        html.raw("</div><div>");
        types.table(html);
        html.raw("</div></div></details>\n");
    }
}

/// Counts by a stable name, each with what it means.
fn explained(
    html: &mut Html,
    title: &'static str,
    heading: &'static str,
    figures: &Figures,
    place: &str,
    meaning: fn(&str) -> &'static str,
) {
    if figures.is_empty() {
        return;
    }
    html.leaf("h3", &[], title);
    let columns = [Column::Words(heading), Column::Words("What it means"), Column::Figures("Rows")];
    let rows = words::sorted(figures)
        .into_iter()
        .map(|(name, count)| {
            vec![
                Cell::Words(words::plain(name)),
                Cell::words(meaning(name)),
                Cell::at(count, format!("{place}/{name}")),
            ]
        })
        .collect();
    Table { caption: title, columns: &columns, rows, sum: None }.write(html);
}

/// How the files were understood, and the files that were written.
pub(super) fn detected(html: &mut Html, report: &Report) {
    understood(html, report);
    let files = &report.files;
    let written = [
        ("rejected rows", &files.rejects),
        ("verdicts", &files.verdicts),
        ("accepted rows", &files.clean),
        ("plan", &files.plan),
        ("members left as they are", &files.kept),
        ("who came and went", &files.moved),
    ];
    let rows: Vec<Vec<Cell>> = written
        .into_iter()
        .filter_map(|(what, path)| Some(vec![Cell::words(what), Cell::words(path.as_deref()?)]))
        .collect();
    if rows.is_empty() {
        return;
    }
    html.raw("<section><h2>Files that hold numbers</h2>\n");
    let columns = [Column::Words("What"), Column::Names("Where")];
    Table { caption: "Files that were written", columns: &columns, rows, sum: None }.write(html);
    html.raw("</section>\n");
}

/// What was found out about the files, and why; which file it was is said once where there is but one.
fn understood(html: &mut Html, report: &Report) {
    let Some(first) = report.detected.first() else { return };
    html.raw("<section><h2>How the list was understood</h2>\n");
    let all = [Column::Words("What"), Column::Names("Found"), Column::Words("Why"), Column::Names("File")];
    let [what, found, why, _] = all;
    let one = report.detected.iter().all(|found| found.file == first.file);
    if one {
        html.leaf("p", &[], &first.file);
    }
    let columns: &[Column] = if one { &[what, found, why] } else { &all };
    let cells = |found: &DetectionReport| {
        [&found.what, &found.value, &found.evidence, &found.file].map(Cell::words).into_iter().collect()
    };
    let rows = report.detected.iter().map(cells).collect();
    Table { caption: "What was found out about the list", columns, rows, sum: None }.write(html);
    html.raw("</section>\n");
}
