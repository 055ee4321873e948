//! The report as one page for people: how it went, the figures, charts of them, and what earlier runs did.
//!
//! Receives a [`Report`] and the [`History`] of its groups; yields HTML. The page is a pure function of both: it needs no
//! network, no script and no other file, and a strict content policy says so. It holds counts and names, never a number
//! of a member, so that it can be passed on. Every figure that stands in the JSON report carries its place there, as a
//! JSON pointer in `data-place`.

mod chart;
mod counts;
mod headline;
mod html;
mod members;
mod plan;
mod reading;
mod requests;
mod runs;
mod table;
mod words;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{History, Report};
use headline::{Tone, headline};
use html::Html;

const STYLE: &str = include_str!("style.css");

/// The report as a page of HTML.
#[must_use]
pub fn page(report: &Report, history: &History) -> String {
    let mut html = Html::default();
    html.raw("<!doctype html>\n<html lang=\"en\">\n");
    head(&mut html, report);
    html.raw("<body>\n");
    title(&mut html, report);
    html.raw("<main>\n");
    tiles(&mut html, report);
    messages(&mut html, report);
    members::groups(&mut html, report);
    members::makeup(&mut html, report);
    runs::growth(&mut html, history);
    reading::rows(&mut html, report);
    plan::plan(&mut html, report);
    requests::requests(&mut html, report);
    reading::detected(&mut html, report);
    html.raw("</main>\n");
    foot(&mut html, report);
    html.raw("</body>\n</html>\n");
    html.finish()
}

fn head(html: &mut Html, report: &Report) {
    // The style is allowed by what it is, so that nothing that slips in can be.
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'");
    html.raw("<head>\n<meta charset=\"utf-8\">\n");
    html.open("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)]);
    html.raw("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.raw("<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
    html.leaf("title", &[], &format!("{} – {}", words::subject(report), headline(report).text));
    html.raw("\n<style>");
    html.raw(STYLE);
    html.raw("</style>\n</head>\n");
}

fn title(html: &mut Html, report: &Report) {
    let headline = headline(report);
    html.raw("<header>\n");
    let class = match headline.tone {
        Tone::Good => "good",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
    };
    html.raw("<p class=\"state\">");
    html.leaf("span", &[("class", class)], headline.state);
    html.text(&format!(" · {}", words::subject(report)));
    html.raw("</p>\n");
    html.leaf("h1", &[], &headline.text);
    for sentence in &headline.sentences {
        html.prose("p", sentence);
    }
    html.leaf("p", &[("class", "quiet")], &words::about(report));
    html.raw("</header>\n");
}

/// The figures that are asked for first.
fn tiles(html: &mut Html, report: &Report) {
    let tiles = headline::tiles(report);
    if tiles.is_empty() {
        return;
    }
    html.raw("<dl class=\"tiles\">\n");
    for tile in tiles {
        html.raw("<div>");
        html.leaf("dt", &[], tile.label);
        html.raw("<dd>");
        html.figure(tile.value, tile.place);
        html.raw("</dd></div>\n");
    }
    html.raw("</dl>\n");
}

/// What somebody should know: brakes that have tripped, groups that have failed, warnings.
fn messages(html: &mut Html, report: &Report) {
    let tripped = report.brakes.iter().filter(|brake| brake.tripped);
    let mut lines: Vec<String> =
        tripped.map(|brake| format!("Brake {}: {} ({} moves it).", brake.name, brake.message, brake.flag)).collect();
    for group in &report.groups {
        if let Some(failure) = &group.failure {
            lines.push(format!("{}: {failure}", members::label(group)));
        }
    }
    lines.extend(report.moved.iter().map(|moved| {
        let (joined, left, touched) = (words::of(moved.joined), words::of(moved.left), words::of(moved.touched));
        format!(
            "{}: {joined} joined and {left} left since the plan was made; it would change {touched} of them.",
            moved.group
        )
    }));
    lines.extend(report.warnings.iter().cloned());
    if lines.is_empty() {
        return;
    }
    html.raw("<section><h2>To be noted</h2>\n<ul>\n");
    for line in &lines {
        html.prose("li", line);
    }
    html.raw("</ul></section>\n");
}

fn foot(html: &mut Html, report: &Report) {
    html.raw("<footer>\n");
    let counts = "This page holds counts, no phone numbers; it needs no network and runs no script.";
    html.leaf("p", &[], counts);
    if let Some(digest) = &report.digest {
        html.leaf("p", &[], &format!("Plan {digest}"));
    }
    html.leaf("p", &[], concat!("Made by rollcall ", env!("CARGO_PKG_VERSION"), "."));
    html.raw("</footer>\n");
}

#[cfg(test)]
mod tests;
