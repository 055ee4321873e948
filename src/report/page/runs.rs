//! How the groups grew over the runs, and who left them.

use super::chart::{Band, Pillar, Words, columns, ends, figure, heading, line, real};
use super::html::Html;
use super::table::{Cell, Column, Table};
use super::words;
use crate::report::History;
use crate::report::history::{GroupHistory, Point};
use crate::report::summary::counted;

/// So many groups are drawn.
const GROUPS: usize = 12;
/// So many runs of each are drawn, the newest.
const RUNS: usize = 60;

/// A chart of each group that more than one run has seen.
pub(super) fn growth(html: &mut Html, history: &History) {
    let told: Vec<&GroupHistory> = history.groups().iter().filter(|group| group.points.len() > 1).collect();
    if told.is_empty() {
        return;
    }
    html.raw("<section><h2>Growth and leavers over the runs</h2>\n<div class=\"pair\">\n");
    for (index, group) in told.iter().take(GROUPS).enumerate() {
        one(html, index, group);
    }
    html.raw("</div>\n");
    if told.len() > GROUPS {
        let more = counted(words::len(&told) - words::len(&[(); GROUPS]), "more group is", "more groups are");
        html.leaf("p", &[("class", "quiet")], &format!("{more} not drawn; `rollcall runs list` has their runs."));
    }
    html.raw("</section>\n");
}

fn one(html: &mut Html, index: usize, group: &GroupHistory) {
    let points = group.points.get(group.points.len().saturating_sub(RUNS)..).unwrap_or_default();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let left: u64 = points.iter().map(|point| point.left).sum();
    let says = format!(
        "{} over {}: {} after the first, {} after the last. {} found to have left.",
        counted(last.after, "member", "members"),
        counted(words::len(points), "run", "runs"),
        words::of(first.after),
        words::of(last.after),
        counted(left, "member was", "members were"),
    );
    let heads = [
        Column::Words("Run"),
        Column::Words("Command"),
        Column::Figures("Before"),
        Column::Figures("Added"),
        Column::Figures("Removed"),
        Column::Figures("Left"),
        Column::Figures("After"),
    ];
    let row = |point: &Point| {
        let figures = [point.before, point.added, point.removed, point.left, point.after];
        let mut row = vec![Cell::Words(moment(point)), Cell::words(&*point.command)];
        row.extend(figures.map(|figure| Cell::Figure(figure, None)));
        row
    };
    let caption = format!("Runs of {}", group.label());
    let table = Table { caption: &caption, columns: &heads, rows: points.iter().rev().map(row).collect(), sum: None };
    let values: Vec<u64> = points.iter().map(|point| point.after).collect();
    let leavers: Vec<Pillar> = points
        .iter()
        .map(|point| Pillar { value: real(point.left), marked: real(point.left), flagged: false })
        .collect();
    let chart = Words { id: &format!("growth{index}"), title: group.label(), says: &says };
    figure(html, &chart, 262, &table, |html| {
        heading(html, 12, "Members after each run");
        line(html, Band { top: 24.0, height: 110.0 }, &values);
        heading(html, 164, "Left since the run before");
        columns(html, Band { top: 176.0, height: 50.0 }, &leavers);
        let (first, last) = span(first, last);
        ends(html, 250, &first, &last);
    });
}

fn moment(point: &Point) -> String {
    point.at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// The days of the first and the last run; with the time where it is one day.
fn span(first: &Point, last: &Point) -> (String, String) {
    let day = |point: &Point| point.at.strftime("%-d %b %Y").to_string();
    if day(first) == day(last) {
        return (first.at.strftime("%-d %b %Y, %H:%M").to_string(), last.at.strftime("%H:%M").to_string());
    }
    (day(first), day(last))
}
