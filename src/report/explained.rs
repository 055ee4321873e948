//! The way of single rows, for people.

use std::fmt::Write;

use super::figures::DetectionReport;
use super::terminal_text::escaped;
use crate::audience::{ExplainedNumber, ExplainedReading, Explanation};

/// What was found out about the list, and the way of some of its rows, as lines of text. Holds numbers.
#[must_use]
pub fn explained(detected: &[DetectionReport], rows: &[Explanation]) -> String {
    let mut text = String::new();
    for found in detected {
        let (file, value, evidence) = (escaped(&found.file), escaped(&found.value), escaped(&found.evidence));
        // Writing into a string cannot fail, here and below.
        let _ = writeln!(text, "{file}: {}: {value} ({evidence})", found.what);
    }
    for row in rows {
        if !text.is_empty() {
            text.push('\n');
        }
        explained_row(&mut text, row);
    }
    text
}

fn explained_row(text: &mut String, row: &Explanation) {
    let _ = writeln!(text, "{} line {}: {}", escaped(&row.file), row.line, row.outcome);
    line(text, "record", &escaped(&row.record));
    let value = row.region.value.as_deref().unwrap_or("none");
    let cell = escaped(row.region.cell.as_deref().unwrap_or_default());
    let region = match row.region.source {
        "column" => format!("{value} (the region column holds `{cell}`)"),
        "flag" => format!("{value} (by --region)"),
        "unreadable" => format!("none: the region column holds `{cell}`, which is no region"),
        _ => "none is given".to_owned(),
    };
    line(text, "region", &region);
    if !row.groups.is_empty() {
        line(text, "groups", &escaped(&row.groups.join(", ")));
    }
    if let Some(action) = row.action {
        line(text, "action", action);
    }
    for number in &row.numbers {
        explained_number(text, number);
    }
}

fn explained_number(text: &mut String, number: &ExplainedNumber) {
    line(text, "cell", &format!("`{}`", escaped(&number.cell)));
    if !number.repairs.is_empty() {
        line(text, "repairs", &number.repairs.join(", "));
    }
    let readings = number.readings.iter().map(reading).collect::<Vec<_>>().join(", or ");
    line(text, "readings", if readings.is_empty() { "none" } else { &readings });
    let verdict = match (&number.verdict, number.reason) {
        (Some(verdict), _) => format!("{}: {}", number.outcome, reading(verdict)),
        (None, Some(reason)) => {
            let detail = number.detail.as_deref().map(escaped).unwrap_or_default();
            format!("{}: {reason}, {detail}", number.outcome)
        }
        (None, None) => number.outcome.to_owned(),
    };
    line(text, "verdict", &verdict);
    if let Some(suggestion) = &number.suggestion {
        line(text, "probably", suggestion);
    }
}

fn reading(reading: &ExplainedReading) -> String {
    format!("{} ({} {})", reading.e164, reading.region, reading.r#type)
}

fn line(text: &mut String, label: &str, value: &str) {
    let line = format!("  {label:<9} {value}");
    text.push_str(line.trim_end());
    text.push('\n');
}
