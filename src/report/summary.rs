//! The report for people: what came in, what became of it, what changed.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::figures::{Figures, GroupReport, Report};
use super::terminal_text::escaped;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const WARN: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// How many groups the table shows before it sums up the rest.
const GROUPS_SHOWN: usize = 20;

/// The report as a few aligned lines with ANSI styles; what prints it strips them where they are not wanted.
#[must_use]
pub fn summary(report: &Report) -> String {
    let mut text = Text::default();
    let reads = matches!(&*report.command, "check" | "import" | "plan" | "groups replace");
    if reads || (report.command == "groups create" && report.rows.read > 0) {
        rows(&mut text, report);
    }
    if !report.groups.is_empty() {
        groups(&mut text, report);
    }
    if let (Some(cost), Some(digest)) = (&report.cost, &report.digest) {
        let (requests, seconds) = (counted(cost.requests, "request", "requests"), cost.seconds);
        text.line(&format!("applying it costs {requests}, {seconds:.1} s at this rate"));
        text.line(&format!("digest {digest}"));
    }
    if report.requests.sent > 0 {
        requests(&mut text, report);
    }
    for brake in report.brakes.iter().filter(|brake| brake.tripped) {
        let message = escaped(&brake.message);
        text.line(&format!("{BAD}brake {}{BAD:#}: {message} ({} moves it)", brake.name, brake.flag));
    }
    text.out
}

/// Lines, each ended.
#[derive(Default)]
struct Text {
    out: String,
}

impl Text {
    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    /// A label, a figure, and a remark.
    fn figure(&mut self, label: &str, figure: u64, style: Style, remark: &str) {
        let remark = if remark.is_empty() { String::new() } else { format!("  {DIM}{remark}{DIM:#}") };
        self.line(&format!("  {label:<11}{style}{:>12}{style:#}{remark}", thousands(figure)));
    }

    /// A heading before a list of counts, largest first.
    fn counts(&mut self, label: &str, counts: &Figures) {
        if counts.is_empty() {
            return;
        }
        let mut sorted: Vec<_> = counts.iter().collect();
        sorted.sort_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
        let mut list = String::new();
        for (index, (name, count)) in sorted.iter().take(8).enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            // Writing into a string cannot fail.
            let _ = write!(list, "{separator}{name} {}", thousands(**count));
        }
        if sorted.len() > 8 {
            let rest: u64 = sorted.iter().skip(8).map(|(_, count)| **count).sum();
            let _ = write!(list, ", {} more {}", sorted.len() - 8, thousands(rest));
        }
        self.line(&format!("  {label:<11}{list}"));
    }
}

fn rows(text: &mut Text, report: &Report) {
    let rows = &report.rows;
    text.line(&format!("{BOLD}Rows{BOLD:#}"));
    text.figure("read", rows.read, Style::new(), &speed(rows.read, report.seconds));
    text.figure("accepted", rows.accepted, GOOD, "");
    text.figure("duplicate", rows.duplicate, Style::new(), if rows.duplicate > 0 { "named before" } else { "" });
    let lists = report
        .suppression
        .map(|lists| format!("of {} numbers that are not to be written to", thousands(lists.numbers)));
    text.figure("suppressed", rows.suppressed, Style::new(), &lists.unwrap_or_default());
    let rejects = report.files.rejects.as_deref().map(|path| format!("see {}", escaped(path))).unwrap_or_default();
    text.figure("rejected", rows.rejected, if rows.rejected > 0 { WARN } else { Style::new() }, &rejects);
    if report.superseded > 0 {
        text.figure("superseded", report.superseded, WARN, "numbers with both actions; the last row wins");
    }
    text.counts("reasons", &report.rejected_by_reason);
    text.counts("repairs", &report.repairs);
    text.counts("regions", &report.by_region);
    text.counts("types", &report.by_type);
}

/// Rows a second, only where it says something.
fn speed(rows: u64, seconds: f64) -> String {
    if rows < 100_000 || seconds <= 0.0 {
        return String::new();
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rounded speed for people"
    )]
    let rate = (rows as f64 / seconds) as u64;
    format!("{} rows/s", thousands(rate))
}

fn groups(text: &mut Text, report: &Report) {
    let name = |group: &GroupReport| escaped(group.name.as_deref().or(group.id.as_deref()).unwrap_or("-"));
    let planned = report.is_planned();
    let width = report.groups.iter().map(|group| name(group).chars().count()).max().unwrap_or(0).clamp(5, 40);
    let (plus, minus) = if planned { ("to add", "to remove") } else { ("added", "removed") };
    text.line("");
    text.line(&format!(
        "{BOLD}{:<width$}{BOLD:#}  {DIM}{:>10}  {plus:>10}  {minus:>10}  {:>10}{DIM:#}",
        if report.groups.len() == 1 { "Group" } else { "Groups" },
        "before",
        "after",
    ));
    for group in report.groups.iter().take(GROUPS_SHOWN) {
        let (added, removed) = if planned { (group.to_add, group.to_remove) } else { (group.added, group.removed) };
        let after = match group.after {
            Some(after) => thousands(after),
            None if planned => thousands((group.before + added).saturating_sub(removed)),
            None => "?".to_owned(),
        };
        let remark = match (&group.failure, group.created) {
            (Some(failure), _) => format!("{BAD}{}{BAD:#}", escaped(failure)),
            (None, true) => format!("{DIM}created{DIM:#}"),
            (None, false) => String::new(),
        };
        text.line(&format!(
            "{:<width$}  {:>10}  {GOOD}{:>10}{GOOD:#}  {WARN}{:>10}{WARN:#}  {after:>10}  {remark}",
            name(group),
            thousands(group.before),
            thousands(added),
            thousands(removed),
        ));
    }
    if report.groups.len() > GROUPS_SHOWN {
        text.line(&format!("{DIM}… and {} more{DIM:#}", report.groups.len() - GROUPS_SHOWN));
    }
    match (report.verified, report.is_incomplete()) {
        (Some(true), _) => {
            text.line(&format!("{GOOD}verified{GOOD:#}: the members were read back and are as planned"));
        }
        (Some(false), true) => text.line(&format!("{WARN}not verified{WARN:#}: the change is not complete yet")),
        (Some(false), false) => text.line(&format!("{BAD}not verified{BAD:#}: the members are not as planned")),
        (None, _) => {}
    }
    let members = &report.members;
    for (count, what) in [
        (members.left, "have left, and were not added again"),
        (members.joined, "have joined by themselves, and were kept"),
        (members.held, "were kept because a rejected row may have meant them"),
        (members.refused, "were refused by the provider"),
        (report.groups.iter().map(|group| group.joined).sum(), "have joined meanwhile"),
        (report.groups.iter().map(|group| group.left).sum(), "have left meanwhile"),
    ] {
        if count > 0 {
            text.line(&format!("{} {what}", thousands(count)));
        }
    }
}

fn requests(text: &mut Text, report: &Report) {
    let requests = &report.requests;
    let mut line = format!("{DIM}{}", counted(requests.sent, "request", "requests"));
    for (count, what) in
        [(requests.retried, "repeated"), (requests.throttled, "throttled"), (requests.failed, "failed")]
    {
        if count > 0 {
            // Writing into a string cannot fail.
            let _ = write!(line, ", {} {what}", thousands(count));
        }
    }
    let _ = write!(line, " in {:.1} s{DIM:#}", report.seconds);
    text.line(&line);
}

/// A figure and what it counts: `1 row`, `1,234 rows`.
#[must_use]
pub fn counted(value: impl TryInto<u64>, one: &str, many: &str) -> String {
    let value = value.try_into().unwrap_or(u64::MAX);
    format!("{} {}", thousands(value), if value == 1 { one } else { many })
}

/// `1234567` as `1,234,567`.
pub(super) fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_for_reading() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(12_345_678), "12,345,678");
    }

    #[test]
    fn a_hostile_group_name_cannot_move_the_cursor() {
        let mut report = Report::new("import");
        report.groups.push(GroupReport { name: Some("\u{1b}[2Jx".into()), ..GroupReport::default() });
        let plain = anstream::adapter::strip_str(&summary(&report)).to_string();
        assert!(plain.contains("\\u{1b}[2Jx"), "{plain}");
    }
}
