//! Counts by name: a chart of the largest, and a table of all.

use super::chart::{Bar, Words, bars, bars_height, figure};
use super::html::Html;
use super::table::{Cell, Column, Table};
use super::words;
use crate::report::Figures;

/// So many bars at most; what is smaller is added up in one more.
const BARS: usize = 12;

/// Counts by name.
pub(super) struct Counts<'a> {
    /// A name that no other chart of the page has; letters and digits.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What the names are names of.
    pub(super) heading: &'static str,
    pub(super) figures: &'a Figures,
    /// Where they stand in the JSON report, as a JSON pointer.
    pub(super) place: &'static str,
    /// The name for people.
    pub(super) name: fn(&str) -> String,
}

impl Counts<'_> {
    /// A chart, the largest first, with the table behind it.
    pub(super) fn chart(&self, html: &mut Html) {
        let all: Vec<(String, u64)> =
            words::sorted(self.figures).into_iter().map(|(key, count)| ((self.name)(key), count)).collect();
        let mut drawn: Vec<Bar> =
            all.iter().take(BARS).map(|(label, value)| Bar { label: label.clone(), value: *value }).collect();
        if all.len() > BARS {
            let value = all.iter().skip(BARS).map(|(_, count)| *count).sum();
            drawn.push(Bar { label: format!("{} others", all.len() - BARS), value });
        }
        let chart = Words { id: self.id, title: self.title, says: &words::list(&all) };
        self.with_table(|table| figure(html, &chart, bars_height(drawn.len()), table, |html| bars(html, &drawn)));
    }

    /// The table alone.
    pub(super) fn table(&self, html: &mut Html) {
        html.leaf("h3", &[], self.title);
        self.with_table(|table| table.write(html));
    }

    fn with_table(&self, write: impl FnOnce(&Table<'_>)) {
        let row = |(key, count): (&str, u64)| {
            vec![Cell::Words((self.name)(key)), Cell::at(count, format!("{}/{key}", self.place))]
        };
        write(&Table {
            caption: self.title,
            columns: &[Column::Words(self.heading), Column::Figures("Count")],
            rows: words::sorted(self.figures).into_iter().map(row).collect(),
            sum: Some(vec![Cell::words("All"), Cell::Figure(self.figures.values().sum(), None)]),
        });
    }
}
