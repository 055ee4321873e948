//! Plain words for what the report calls by stable names.

use crate::numbers::{Reason, Region};
use crate::report::summary::{counted, thousands};
use crate::report::{Figures, Report};

/// A figure inside a sentence.
pub(super) fn of(value: u64) -> String {
    thousands(value)
}

/// The groups that it is about, or the command alone.
pub(super) fn subject(report: &Report) -> String {
    let name = |group: &super::super::GroupReport| super::members::label(group).to_owned();
    match report.groups.as_slice() {
        [] => format!("rollcall {}", report.command),
        [one] => name(one),
        [first, rest @ ..] => format!("{} and {}", name(first), counted(len(rest), "other group", "other groups")),
    }
}

/// What was done, to whom, when, and how long it took.
pub(super) fn about(report: &Report) -> String {
    let mut about = format!("rollcall {}", report.command);
    if let Some(mode) = report.mode {
        about += &format!(" in mode {mode}");
    }
    if report.dry_run {
        about += ", which changes nothing";
    }
    if let Some(started) = report.started {
        about += &format!(" · {}", started.strftime("%-d %B %Y, %H:%M UTC"));
    }
    about += &format!(" · {}", duration(report.seconds));
    if let Some(run) = &report.run {
        about += &format!(" · run {run}");
    }
    if let Some(undone) = &report.undo_of {
        about += &format!(", which takes back run {undone}");
    }
    about
}

fn duration(seconds: f64) -> String {
    let whole = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default().as_secs();
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", thousands(whole / 3600), whole % 3600 / 60),
    }
}

/// A region's code and name.
pub(super) fn region(code: &str) -> String {
    let name = match code {
        "001" => Some("no country"),
        "ZZ" => Some("unknown"),
        _ => Region::from_iso2(code.as_bytes()).and_then(Region::name),
    };
    name.map_or_else(|| code.to_owned(), |name| format!("{name} ({code})"))
}

/// A stable name as words: `fixed_line_or_mobile` is `fixed line or mobile`.
pub(super) fn plain(name: &str) -> String {
    name.replace('_', " ")
}

/// Why a row was rejected.
pub(super) fn reason(name: &str) -> &'static str {
    Reason::from_name(name).map_or("", Reason::meaning)
}

/// What was mended, or remarked.
pub(super) fn repair(name: &str) -> &'static str {
    match name {
        "apostrophe" => "A leading apostrophe, as spreadsheets write it.",
        "formula" => "A number written as a formula.",
        "invisible" => "Characters that are not seen.",
        "unicode_digits" => "Digits of another script.",
        "tel_uri" => "A tel: address.",
        "trunk_zero" => "A zero in brackets behind the calling code.",
        "double_zero" => "00, or the region's own prefix, for the plus.",
        "decimal" => "The .0 that a spreadsheet has put behind the digits.",
        "scientific" => "Scientific notation that still holds every digit.",
        "plus" => "A plus put in front, as asked.",
        "ambiguous" => "No repair: it could have meant another subscriber too.",
        _ => "",
    }
}

/// Counts with the largest first; counts that are alike by name.
pub(super) fn sorted(figures: &Figures) -> Vec<(&str, u64)> {
    let mut sorted: Vec<(&str, u64)> = figures.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    sorted.sort_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
    sorted
}

/// The first few counts in a sentence.
pub(super) fn list(counts: &[(String, u64)]) -> String {
    const NAMED: usize = 8;
    let mut words: Vec<String> =
        counts.iter().take(NAMED).map(|(name, count)| format!("{name} {}", thousands(*count))).collect();
    if counts.len() > NAMED {
        let rest: u64 = counts.iter().skip(NAMED).map(|(_, count)| *count).sum();
        words.push(format!("{} others {}", counts.len() - NAMED, thousands(rest)));
    }
    words.join(", ") + "."
}

pub(super) fn len<T>(slice: &[T]) -> u64 {
    u64::try_from(slice.len()).unwrap_or(u64::MAX)
}
