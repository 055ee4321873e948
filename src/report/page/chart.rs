//! Charts as inline SVG. Everything is placed in percent of the width and in pixels of the height, so that a chart fills
//! a phone as it fills a screen, and its words keep their size. Each has a title and a description, and a table behind.

use super::html::Html;
use super::table::Table;
use crate::report::summary::thousands;

/// The share of the width that is left of the scale.
const PLOT: f64 = 88.0;

/// No column is wider than this.
const WIDEST: f64 = 5.0;
/// No bar of something is shorter than this: it would not be seen.
const SHORTEST: f64 = 0.5;

/// What a chart is called, and what it says in words.
pub(super) struct Words<'a> {
    /// A name that no other chart of the page has; letters and digits.
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) says: &'a str,
}

/// The frame of every chart: caption, picture, table.
pub(super) fn figure(html: &mut Html, words: &Words<'_>, height: u32, table: &Table<'_>, draw: impl FnOnce(&mut Html)) {
    let (title, says) = (format!("{}-title", words.id), format!("{}-says", words.id));
    html.raw("<figure>");
    html.leaf("figcaption", &[], words.title);
    let height = height.to_string();
    let labels = format!("{title} {says}");
    html.open("svg", &[("role", "img"), ("aria-labelledby", &labels), ("width", "100%"), ("height", &height)]);
    html.leaf("title", &[("id", &title)], words.title);
    html.leaf("desc", &[("id", &says)], words.says);
    draw(html);
    html.close("svg");
    html.raw("<details><summary>Table</summary>");
    table.write(html);
    html.raw("</details></figure>\n");
}

/// A bar, and what it stands for.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: u64,
}

/// Height of a bar with its label above it.
const BAR: u32 = 34;

/// The height of a chart of so many bars.
pub(super) fn bars_height(bars: usize) -> u32 {
    u32::try_from(bars).unwrap_or(u32::MAX).saturating_mul(BAR)
}

/// Bars from left to right, each with its label and its figure.
pub(super) fn bars(html: &mut Html, bars: &[Bar]) {
    let most = bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
    for (index, bar) in (0_u32..).zip(bars) {
        let top = index * BAR;
        let (text, rect) = ((top + 14).to_string(), (top + 20).to_string());
        html.leaf("text", &[("x", "0"), ("y", &text)], &bar.label);
        html.leaf("text", &[("x", "100%"), ("y", &text), ("class", "end")], &thousands(bar.value));
        html.open("rect", &[("class", "track"), ("x", "0"), ("y", &rect), ("width", "100%"), ("height", "8")]);
        html.close("rect");
        let shown = if bar.value == 0 { 0.0 } else { (share(bar.value, most) * 100.0).max(SHORTEST) };
        let width = percent(shown);
        html.open("rect", &[("class", "bar"), ("x", "0"), ("y", &rect), ("width", &width), ("height", "8")]);
        html.close("rect");
    }
}

/// A column, and the part of it that is marked.
#[derive(Clone, Copy)]
pub(super) struct Pillar {
    pub(super) value: f64,
    pub(super) marked: f64,
    /// Whether something is to be seen below it.
    pub(super) flagged: bool,
}

/// A part of a picture: where it begins from above, and how high it is.
#[derive(Clone, Copy)]
pub(super) struct Band {
    pub(super) top: f64,
    pub(super) height: f64,
}

/// Columns side by side over a scale from zero.
pub(super) fn columns(html: &mut Html, band: Band, columns: &[Pillar]) {
    let top = scale(html, band, columns.iter().map(|column| column.value).fold(0.0, f64::max));
    let wide = PLOT / count(columns.len().max(1));
    let width = (wide * 0.84).min(WIDEST);
    let mut rect = |class: &'static str, left: f64, value: f64| {
        let height = value / top * band.height;
        if value > 0.0 {
            let (x, width) = (percent(left + (wide - width) / 2.0), percent(width));
            let (y, height) = (pixels(band.top + band.height - height), pixels(height));
            html.open("rect", &[("class", class), ("x", &x), ("y", &y), ("width", &width), ("height", &height)]);
            html.close("rect");
        }
    };
    let mut left = 0.0;
    for column in columns {
        rect("bar", left, column.value);
        rect("marked", left, column.marked);
        left += wide;
    }
    let y = pixels(band.top + band.height + 5.0);
    for (index, _) in columns.iter().enumerate().filter(|(_, column)| column.flagged) {
        let x = percent(wide * (count(index) + 0.5));
        html.open("circle", &[("class", "flag"), ("cx", &x), ("cy", &y), ("r", "3")]);
        html.close("circle");
    }
}

/// A line over a scale from zero, with a point for each value.
pub(super) fn line(html: &mut Html, band: Band, values: &[u64]) {
    let top = scale(html, band, real(values.iter().copied().max().unwrap_or(0)));
    let wide = PLOT / count(values.len().max(1));
    let at =
        |index: usize, value: u64| (wide * (count(index) + 0.5), band.top + band.height * (1.0 - real(value) / top));
    let mut path = String::new();
    for (index, value) in values.iter().enumerate() {
        let (x, y) = at(index, *value);
        path += &format!("{}{x:.3} {:.2}", if index == 0 { 'M' } else { 'L' }, y - band.top);
    }
    // Stretched to the width by its own frame, while the stroke keeps its own.
    let (y, height, frame) = (pixels(band.top), pixels(band.height), format!("0 0 100 {}", pixels(band.height)));
    html.open(
        "svg",
        &[
            ("x", "0"),
            ("y", &y),
            ("width", "100%"),
            ("height", &height),
            ("viewBox", &frame),
            ("preserveAspectRatio", "none"),
            ("class", "stretched"),
        ],
    );
    html.open("path", &[("class", "line"), ("d", &path), ("vector-effect", "non-scaling-stroke")]);
    html.close("path");
    html.close("svg");
    for (index, value) in values.iter().enumerate() {
        let (x, y) = at(index, *value);
        html.open("circle", &[("class", "point"), ("cx", &percent(x)), ("cy", &pixels(y)), ("r", "3")]);
        html.close("circle");
    }
}

/// Words below the picture: the first from the left, the last to the right.
pub(super) fn ends(html: &mut Html, y: u32, first: &str, last: &str) {
    let y = y.to_string();
    html.leaf("text", &[("x", "0"), ("y", &y), ("class", "quiet")], first);
    if first != last {
        html.leaf("text", &[("x", &percent(PLOT)), ("y", &y), ("class", "quiet end")], last);
    }
}

/// Words above a part of the picture.
pub(super) fn heading(html: &mut Html, y: u32, words: &str) {
    html.leaf("text", &[("x", "0"), ("y", &y.to_string()), ("class", "quiet")], words);
}

/// Three lines with their figures to the right, at zero, half and the top, which is yielded.
fn scale(html: &mut Html, band: Band, most: f64) -> f64 {
    let top = round_top(most);
    for share in [0.0, 0.5, 1.0] {
        let height = band.top + band.height * (1.0 - share);
        let (y, text) = (pixels(height), pixels(height + 4.0));
        html.open("line", &[("class", "grid"), ("x1", "0"), ("x2", &percent(PLOT)), ("y1", &y), ("y2", &y)]);
        html.close("line");
        html.leaf(
            "text",
            &[("x", &percent(PLOT)), ("dx", "6"), ("y", &text), ("class", "quiet")],
            &figure_of(top * share),
        );
    }
    top
}

/// The next round figure whose half is round as well: 2, 4, 6, 10 times a power of ten.
fn round_top(most: f64) -> f64 {
    let power = 10_f64.powf(most.max(1.0).log10().floor());
    [1.0, 2.0, 4.0, 6.0, 8.0, 10.0]
        .into_iter()
        .map(|times| times * power)
        .find(|top| *top >= most && *top >= 2.0)
        .unwrap_or(2.0)
}

fn figure_of(value: f64) -> String {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a round figure that is not below zero"
    )]
    let whole = value as u64;
    if value.fract() == 0.0 { thousands(whole) } else { format!("{value:.1}") }
}

fn share(value: u64, of: u64) -> f64 {
    real(value) / real(of)
}

pub(super) fn real(value: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "nobody sees the 53rd bit of a picture")]
    let real = value as f64;
    real
}

fn count(len: usize) -> f64 {
    real(u64::try_from(len).unwrap_or(u64::MAX))
}

fn percent(value: f64) -> String {
    format!("{value:.3}%")
}

fn pixels(value: f64) -> String {
    format!("{value:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_scale_ends_a_little_above_its_greatest_figure(most in 0..10u64.pow(12)) {
            let top = round_top(real(most));
            prop_assert!(top >= real(most) && top <= (real(most) * 2.0).max(2.0), "{top}");
            prop_assert!(!figure_of(top / 2.0).contains('.'), "{}", figure_of(top / 2.0));
        }
    }
}
