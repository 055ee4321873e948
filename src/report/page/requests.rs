//! The requests, in all and over time.

use super::chart::{Band, Pillar, Words, columns, ends, figure, real};
use super::html::Html;
use super::table::{Cell, Column, Table};
use super::words;
use crate::report::Report;
use crate::report::summary::counted;

/// Requests in all and over time.
pub(super) fn requests(html: &mut Html, report: &Report) {
    let requests = &report.requests;
    if requests.sent == 0 {
        return;
    }
    html.raw("<section><h2>Requests</h2>\n");
    let heads = [Column::Words("Requests"), Column::Figures("Count")];
    let rows = [
        ("sent", requests.sent, "/requests/sent"),
        ("of these, repeats", requests.retried, "/requests/retried"),
        ("answered that we are too fast", requests.throttled, "/requests/throttled"),
        ("calls that failed for good", requests.failed, "/requests/failed"),
    ];
    let rows = rows.into_iter().map(|(what, count, place)| vec![Cell::words(what), Cell::at(count, place)]).collect();
    Table { caption: "Requests", columns: &heads, rows, sum: None }.write(html);
    if !report.pace.slices.is_empty() {
        pace(html, report);
    }
    html.raw("</section>\n");
}

fn pace(html: &mut Html, report: &Report) {
    let (wide, slices) = (report.pace.slice_seconds, &report.pace.slices);
    let heads = [
        Column::Words("From"),
        Column::Figures("Sent"),
        Column::Figures("Repeats"),
        Column::Figures("Too fast"),
        Column::Figures("Numbers"),
    ];
    let rows = (0_u64..)
        .zip(slices)
        .map(|(index, slice)| {
            let at = |name: &str, value: u64| Cell::at(value, format!("/pace/slices/{index}/{name}"));
            vec![
                Cell::Words(clock(index * wide)),
                at("sent", slice.sent),
                at("retried", slice.retried),
                at("throttled", slice.throttled),
                at("numbers", slice.numbers),
            ]
        })
        .collect();
    let sum = |figure: fn(&crate::report::PaceSlice) -> u64| Cell::Figure(slices.iter().map(figure).sum(), None);
    let table = Table {
        caption: "Requests over time",
        columns: &heads,
        rows,
        sum: Some(vec![
            Cell::words("All"),
            sum(|slice| slice.sent),
            sum(|slice| slice.retried),
            sum(|slice| slice.throttled),
            sum(|slice| slice.numbers),
        ]),
    };
    let a_second = |count: u64| real(count) / real(wide.max(1));
    let most = slices.iter().map(|slice| a_second(slice.sent)).fold(0.0, f64::max);
    let length = counted(wide, "second", "seconds");
    let says = format!(
        "{} in {} of {length}, at most {most:.1} a second.",
        counted(report.requests.sent, "request", "requests"),
        counted(words::len(slices), "slice", "slices"),
    );
    let pillar = |slice: &crate::report::PaceSlice| Pillar {
        value: a_second(slice.sent),
        marked: a_second(slice.retried),
        flagged: slice.throttled > 0,
    };
    let pillars: Vec<Pillar> = slices.iter().map(pillar).collect();
    let title = format!("Requests a second, in slices of {length}");
    let chart = Words { id: "pace", title: &title, says: &says };
    figure(html, &chart, 190, &table, |html| {
        columns(html, Band { top: 10.0, height: 140.0 }, &pillars);
        ends(html, 178, "0:00", &clock(words::len(slices) * wide));
    });
    if report.requests.retried + report.requests.throttled > 0 {
        html.leaf(
            "p",
            &[("class", "quiet")],
            "The marked part of a column are repeats; a dot below it: the provider asked us to slow down.",
        );
    }
}

/// Minutes and seconds since the beginning, with hours where there are any.
fn clock(seconds: u64) -> String {
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds % 3600 / 60, seconds % 60),
    }
}
