//! The way of single rows, for whoever asks how it came to a verdict.
//!
//! Receives judged rows; yields [`Explanation`]s. They hold numbers, so they are only for those who ask.

use serde::Serialize;

use super::judging::{Judged, JudgedNumber, JudgedRow};
use super::routing;
use super::settings::Settings;
use crate::contacts::{Row, Scratch};
use crate::numbers::{Msisdn, RowRegion, describe};

/// Which rows are explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Explain {
    /// None.
    #[default]
    Nothing,
    /// The first rows of the list: so many.
    First(usize),
    /// The row on that line of each file.
    Line(u64),
}

/// The way of one row.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The file.
    pub file: String,
    /// The line on which the record starts.
    pub line: u64,
    /// The record as it stands in the file.
    pub record: String,
    /// The region in which national numbers are read.
    pub region: ExplainedRegion,
    /// What the row asks for, when the list has an action column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<&'static str>,
    /// The groups that the row names, when the list has a group column.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Its numbers, or what was found instead.
    pub numbers: Vec<ExplainedNumber>,
    /// What became of the row.
    pub outcome: &'static str,
}

/// The region of a row.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedRegion {
    /// The region; none when there is none, or it cannot be read.
    pub value: Option<String>,
    /// Where it comes from: `column`, `flag`, `none`, or `unreadable` when the column's cell is no region.
    pub source: &'static str,
    /// The cell of the region column, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
}

/// The way of one number.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedNumber {
    /// The cell.
    pub cell: String,
    /// What had to be done to it.
    pub repairs: Vec<&'static str>,
    /// Every number that the cell could mean.
    pub readings: Vec<ExplainedReading>,
    /// What became of it.
    pub outcome: &'static str,
    /// The number it was read as.
    pub verdict: Option<ExplainedReading>,
    /// Why it was rejected: the stable code.
    pub reason: Option<&'static str>,
    /// Why it was rejected, in words.
    pub detail: Option<String>,
    /// The number that was probably meant.
    pub suggestion: Option<String>,
}

/// A number, and what is known of it.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedReading {
    /// The number.
    pub e164: String,
    /// Its region.
    pub region: String,
    /// Its type.
    pub r#type: &'static str,
}

impl ExplainedReading {
    fn of(number: Msisdn) -> Self {
        let (region, kind) = describe(number);
        Self { e164: number.to_string(), region: region.to_string(), r#type: kind.as_str() }
    }
}

/// Explains the rows of a block that are asked for. `turn` counts the blocks before it, each of which has a row.
pub(super) fn explain(judged: &Judged, turn: u64, file: &str, settings: &Settings<'_>) -> Vec<Explanation> {
    let (from, to) = match settings.explain {
        Explain::First(count) if u64::try_from(count).is_ok_and(|count| turn < count) => (0, count),
        Explain::First(_) | Explain::Nothing => return Vec::new(),
        Explain::Line(line) => {
            let to = judged.rows.partition_point(|row| row.line <= line);
            (to.saturating_sub(1), to)
        }
    };
    let mut scratch = Scratch::default();
    let mut rows = judged.block.rows(&mut scratch);
    let mut explained = Vec::new();
    for (index, judged_row) in judged.rows.iter().enumerate().take(to) {
        let Some(row) = rows.next_row() else { break };
        let covers = match settings.explain {
            Explain::Line(line) => line - row.line() <= breaks(row.raw()),
            Explain::First(_) | Explain::Nothing => true,
        };
        if index >= from && covers {
            explained.push(explanation(judged, &row, judged_row, file, settings));
        }
    }
    explained
}

/// How many line breaks a record holds.
fn breaks(record: &[u8]) -> u64 {
    let feeds = record.split(|byte| *byte == b'\n').skip(1).count();
    let returns = record.iter().zip(record.iter().skip(1).chain([&b'\n']));
    let lone = returns.filter(|(byte, next)| **byte == b'\r' && **next != b'\n').count();
    u64::try_from(feeds + lone).unwrap_or(u64::MAX)
}

fn explanation(
    judged: &Judged,
    row: &Row<'_>,
    judged_row: &JudgedRow,
    file: &str,
    settings: &Settings<'_>,
) -> Explanation {
    let given = settings.region.map_or(RowRegion::None, RowRegion::Known);
    let region = row.region().map_or(given, |cell| RowRegion::of_cell(cell, given));
    let numbers = judged.numbers_of(judged_row);
    Explanation {
        file: file.to_owned(),
        line: judged_row.line,
        record: text(row.raw()),
        region: explained_region(row.region(), region),
        action: settings.actions.then(|| judged_row.action.as_str()),
        groups: routing::names(row.group().unwrap_or_default()).map(text).collect(),
        numbers: numbers.iter().map(|number| explained_number(judged, number, region, settings)).collect(),
        outcome: judged_row.outcome.as_str(),
    }
}

fn explained_region(cell: Option<&[u8]>, region: RowRegion) -> ExplainedRegion {
    let in_cell = cell.is_some_and(|cell| !cell.trim_ascii().is_empty());
    let source = match (region, in_cell) {
        (RowRegion::Unknown, _) => "unreadable",
        (RowRegion::Known(_), true) => "column",
        (RowRegion::Known(_), false) => "flag",
        (RowRegion::None, _) => "none",
    };
    ExplainedRegion { value: region.known().map(|region| region.to_string()), source, cell: cell.map(text) }
}

fn explained_number(
    judged: &Judged,
    number: &JudgedNumber,
    region: RowRegion,
    settings: &Settings<'_>,
) -> ExplainedNumber {
    let cell = judged.input(number);
    let mut meanings = Vec::new();
    settings.normalizer.meanings(cell, region, &mut meanings);
    let reading = number.verdict.as_ref().ok();
    let rejection = number.verdict.as_ref().err();
    ExplainedNumber {
        cell: text(cell),
        repairs: reading.iter().flat_map(|reading| reading.marks.iter()).map(crate::numbers::Mark::as_str).collect(),
        readings: meanings.into_iter().map(ExplainedReading::of).collect(),
        outcome: number.outcome.as_str(),
        verdict: reading.map(|reading| ExplainedReading {
            e164: reading.msisdn.to_string(),
            region: reading.region.to_string(),
            r#type: reading.kind.as_str(),
        }),
        reason: rejection.map(|rejection| rejection.reason.as_str()),
        detail: rejection.map(|rejection| rejection.detail.clone().into_owned()),
        suggestion: rejection.and_then(|rejection| rejection.suggestion).map(|number| number.to_string()),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_line_breaks_of_a_record_are_counted() {
        assert_eq!(breaks(b"a,b"), 0);
        assert_eq!(breaks(b"\"a\nb\r\nc\rd\",e"), 3);
    }
}
