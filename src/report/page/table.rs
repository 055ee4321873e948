//! Tables of figures.

use super::html::Html;

/// A table with a heading for each column.
pub(super) struct Table<'a> {
    /// What it shows, for those who do not see what stands above it.
    pub(super) caption: &'a str,
    pub(super) columns: &'a [Column],
    pub(super) rows: Vec<Vec<Cell>>,
    /// The last line, when there is something to add up.
    pub(super) sum: Option<Vec<Cell>>,
}

/// A column's heading, and how its cells stand.
#[derive(Clone, Copy)]
pub(super) enum Column {
    /// Words, from the left.
    Words(&'static str),
    /// Words that may be long and have no blanks: names, paths.
    Names(&'static str),
    /// Figures, from the right.
    Figures(&'static str),
}

pub(super) enum Cell {
    Words(String),
    /// A figure, and its place in the JSON report when it stands there.
    Figure(u64, Option<String>),
    /// Nobody knows.
    Unknown,
}

impl Cell {
    pub(super) fn words(words: impl Into<String>) -> Self {
        Self::Words(words.into())
    }

    pub(super) fn at(value: u64, place: impl Into<String>) -> Self {
        Self::Figure(value, Some(place.into()))
    }

    fn write(&self, html: &mut Html) {
        match self {
            Self::Words(words) => html.text(words),
            Self::Figure(value, place) => html.figure(*value, place.as_deref()),
            Self::Unknown => html.raw("?"),
        }
    }
}

impl Table<'_> {
    pub(super) fn write(&self, html: &mut Html) {
        // What is wider than a phone can be moved, also by the keyboard.
        html.open("div", &[("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", self.caption)]);
        let narrow = self.columns.len() == 2;
        html.raw(if narrow { "<table class=\"narrow\">" } else { "<table>" });
        html.leaf("caption", &[], self.caption);
        html.raw("<thead><tr>");
        for column in self.columns {
            match column {
                Column::Words(heading) | Column::Names(heading) => html.leaf("th", &[("scope", "col")], heading),
                Column::Figures(heading) => html.leaf("th", &[("scope", "col"), ("class", "figures")], heading),
            }
        }
        html.raw("</tr></thead>\n<tbody>\n");
        self.rows.iter().for_each(|row| self.row(html, row));
        html.raw("</tbody>");
        if let Some(sum) = &self.sum {
            html.raw("<tfoot>");
            self.row(html, sum);
            html.raw("</tfoot>");
        }
        html.raw("</table></div>\n");
    }

    fn row(&self, html: &mut Html, row: &[Cell]) {
        html.raw("<tr>");
        for (index, (cell, column)) in row.iter().zip(self.columns).enumerate() {
            let tag = if index == 0 { "th" } else { "td" };
            let mut attributes = Vec::new();
            if index == 0 {
                attributes.push(("scope", "row"));
            }
            match column {
                Column::Words(_) => {}
                Column::Names(_) => attributes.push(("class", "names")),
                Column::Figures(_) => attributes.push(("class", "figures")),
            }
            html.open(tag, &attributes);
            cell.write(html);
            html.close(tag);
        }
        html.raw("</tr>\n");
    }
}
