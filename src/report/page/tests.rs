//! The page, as far as text can tell; the rest is for a browser to say.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::report::{BrakeReport, DetectionReport, GroupReport, LimitReport, PaceSlice};

/// A report with something in every part, which says `text` wherever somebody else has a say.
fn report(text: &str) -> Report {
    let mut report = Report::new("import");
    report.run = Some("20260301T020304Z-abcd".to_owned());
    report.mode = Some(crate::plan::Mode::Sync);
    (report.rows.read, report.rows.accepted, report.rows.rejected) = (12_345, 12_300, 45);
    report.rejected_by_reason = [("too_short".to_owned(), 45)].into();
    report.repairs = [("apostrophe".to_owned(), 1_001)].into();
    report.by_region = [("US".to_owned(), 12_000), ("ZZ".to_owned(), 300)].into();
    report.by_type = [("mobile".to_owned(), 12_300)].into();
    report.members_by_region = (b'A'..=b'Z').map(|letter| (format!("A{}", char::from(letter)), 1_000)).collect();
    report.members_by_type = [("fixed_line_or_mobile".to_owned(), 26_000)].into();
    report.members.added = 1_234;
    report.members.to_add = 1_234;
    report.requests.sent = 17;
    report.pace.slices =
        [17, 0, 4].map(|sent| PaceSlice { sent, retried: sent / 4, throttled: sent % 2, numbers: 5_000 }).to_vec();
    for after in [Some(13_000), None] {
        report.groups.push(GroupReport {
            id: Some(text.to_owned()),
            name: Some(text.to_owned()),
            before: 11_766,
            added: 1_234,
            new_leavers: 3,
            failure: Some(text.to_owned()),
            after,
            ..GroupReport::default()
        });
    }
    report.brakes.push(BrakeReport {
        name: "size".into(),
        group: Some(text.to_owned()),
        value: 5_000,
        limit: LimitReport::Count(4_999),
        tripped: true,
        message: text.to_owned(),
        flag: "--allow-size-mismatch".into(),
    });
    report.detected.push(DetectionReport {
        file: text.to_owned(),
        what: "phone column".to_owned(),
        value: text.to_owned(),
        evidence: text.to_owned(),
    });
    report.warnings.push(text.to_owned());
    report.files.rejects = Some(text.to_owned());
    report
}

/// The report, and the nights before it.
fn history(report: &Report) -> History {
    let night = |night: i64| {
        let told = Report { run: Some(format!("night-{night}")), ..report.clone() };
        (report.started.unwrap() - jiff::SignedDuration::from_hours(24 * night), told)
    };
    History::of(report, (1..100).rev().map(night))
}

/// Start and end tags in order, with the attributes of the start tags.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|part| part.split('>').next().unwrap()).collect()
}

/// Every figure with its place in the JSON report.
fn figures(page: &str) -> Vec<(String, String)> {
    let figure = |part: &str| {
        let (place, rest) = part.split_once('"').unwrap();
        let shown = rest.strip_prefix('>').unwrap().split('<').next().unwrap();
        (place.to_owned(), shown.to_owned())
    };
    page.split("data-place=\"").skip(1).map(figure).collect()
}

#[test]
fn every_figure_is_that_of_the_json_report() {
    let report = report("News");
    let json: Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    let figures = figures(&page(&report, &history(&report)));
    for (place, shown) in &figures {
        let told = json.pointer(place).unwrap_or_else(|| panic!("{place} is not in the JSON report"));
        assert_eq!(Some(shown.replace(',', "").parse::<u64>().unwrap()), told.as_u64(), "{place}");
    }
    for place in ["/rows/read", "/members/added", "/groups/0/after", "/members_by_region/AZ", "/pace/slices/2/sent"] {
        assert!(figures.iter().any(|(shown, _)| shown == place), "{place} is not shown");
    }
    assert!(figures.contains(&("/rows/read".to_owned(), "12,345".to_owned())), "{figures:?}");
}

#[test]
fn what_is_hostile_is_only_text() {
    let name = "</style></script><script>alert(1)</script><img src=x onerror=alert(1)>\" onload=\"x' & \u{202e}";
    let hostile = report(name);
    let plain = report("News");
    let page_of = |report: &Report| page(report, &history(report));
    let names = |page: &str| -> Vec<String> {
        tags(page).iter().map(|tag| tag.split([' ', '"']).next().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&page_of(&hostile)), names(&page_of(&plain)));
    assert!(page_of(&hostile).contains("&lt;img src=x onerror=alert(1)&gt;&quot; onload=&quot;x&#39; &amp; \\u{202e}"));
}

#[test]
fn the_page_asks_for_nothing_and_runs_nothing() {
    let page = page(&report("News"), &history(&report("News")));
    for tag in tags(&page) {
        let name = tag.split(' ').next().unwrap_or_default();
        assert!(!["script", "link", "img", "iframe", "object", "form", "base", "a"].contains(&name), "{tag}");
        assert!(![" style=", " on", " src=", " href="].iter().any(|word| tag.contains(word)), "{tag}");
    }
    for word in ["url(", "@import", "http"] {
        assert!(!STYLE.contains(word), "{word}");
    }
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(policy.starts_with("default-src &#39;none&#39;; style-src &#39;sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[test]
fn every_chart_has_a_title_a_description_and_a_table() {
    let page = page(&report("News"), &history(&report("News")));
    let charts: Vec<&str> =
        page.split("<figure>").skip(1).map(|part| part.split("</figure>").next().unwrap()).collect();
    assert_eq!(charts.len(), 6, "members by region and type, growth of two groups, rows, pace");
    for chart in charts {
        for part in ["<figcaption>", "role=\"img\"", "<title id=", "<desc id=", "<table", "<th scope=\"col\""] {
            assert!(chart.contains(part), "{part}: {chart}");
        }
    }
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).map(|part| part.split('"').next().unwrap()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id names one thing");
}

#[test]
fn the_headline_says_how_it_went() {
    let headline_of = |exit: u8, change: fn(&mut Report)| {
        let mut report = report("News");
        report.exit = exit;
        change(&mut report);
        let headline = headline(&report);
        (headline.tone, headline.text)
    };
    let nothing: fn(&mut Report) = |report| (report.members.added, report.members.to_add) = (0, 0);
    let half: fn(&mut Report) = |report| report.members.added = 617;
    let check: fn(&mut Report) = |report| report.command = "check".into();
    let dry: fn(&mut Report) = |report| report.dry_run = true;
    let same: fn(&mut Report) = |_| {};
    for (exit, change, tone, text) in [
        (0, same, Tone::Good, "1,234 members added"),
        (3, same, Tone::Warn, "1,234 members added"),
        (0, nothing, Tone::Good, "Nothing had to be changed"),
        (0, dry, Tone::Good, "1,234 members would be added"),
        (3, check, Tone::Warn, "12,300 of 12,345 rows can be used"),
        (4, nothing, Tone::Bad, "Nothing was sent"),
        (5, half, Tone::Warn, "617 of 1,234 changes were made"),
        (8, same, Tone::Bad, "The members are not what they should be"),
        (130, nothing, Tone::Warn, "It ended before there was a plan"),
    ] {
        assert_eq!(headline_of(exit, change), (tone, text.to_owned()), "exit {exit}");
    }
}

#[test]
fn the_newest_runs_are_drawn_and_runs_that_read_nothing_back_are_not() {
    let report = report("News");
    let history = history(&report);
    for group in history.groups() {
        // Both have the same name and id, so that every report tells of the first one of that name.
        assert_eq!(group.points.len(), 100);
        assert!(group.points.is_sorted_by_key(|point| point.at));
    }
    let mut unread = report.clone();
    unread.groups.iter_mut().for_each(|group| group.after = None);
    let told = History::of(&report, [(report.started.unwrap(), unread)]);
    assert!(told.groups().iter().all(|group| group.points.len() == 1));
    let page = page(&report, &history);
    assert_eq!(page.matches("class=\"point\"").count(), 2 * 60);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever others call their groups, the page stays one well-formed page.
    #[test]
    fn tags_are_closed_in_order(text in any::<String>()) {
        let page = page(&report(&text), &history(&report(&text)));
        let mut open = Vec::new();
        for tag in tags(&page) {
            let name = tag.split(' ').next().unwrap_or_default();
            if let Some(name) = name.strip_prefix('/') {
                prop_assert_eq!(open.pop(), Some(name));
            } else if !matches!(name, "!doctype" | "meta") {
                open.push(name);
            }
        }
        prop_assert_eq!(open, Vec::<&str>::new());
    }

    /// A report that is read again says what it said.
    #[test]
    fn a_report_survives_its_json_form(text in any::<String>(), quarters in any::<u32>()) {
        let report = Report { seconds: f64::from(quarters) / 4.0, ..report(&text) };
        let json = report.to_json().unwrap();
        prop_assert_eq!(Report::from_json(&json).unwrap().to_json().unwrap(), json);
    }
}
