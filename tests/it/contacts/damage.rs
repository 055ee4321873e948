//! Damage at every place of a file costs at most the damaged record.
//!
//! The generator follows Pollock, the benchmark of polluted CSV files: one extra or missing quote or delimiter, at every
//! place of every record, in files of different styles.

use rollcall::contacts::ReadOptions;

use super::{Seen, pinned, read, told};

/// How a file writes its cells.
#[derive(Debug, Clone, Copy)]
enum Style {
    Bare,
    Quoted,
    /// Only the last column is quoted; its text has a comma.
    LastQuoted,
    /// The last column is quoted, and runs over two lines.
    TwoLines,
    /// The first column is quoted, and is often empty.
    FirstQuoted,
    TwoColumns,
    OneColumn,
    OneQuoted,
}

const STYLES: [Style; 8] = [
    Style::Bare,
    Style::Quoted,
    Style::LastQuoted,
    Style::TwoLines,
    Style::FirstQuoted,
    Style::TwoColumns,
    Style::OneColumn,
    Style::OneQuoted,
];

/// Data records in a file; the header is record 0.
const RECORDS: usize = 8;

/// The cells of a record as the file has them.
fn record(style: Style, row: usize) -> Vec<String> {
    let phone = format!("+44791112345{row}");
    match style {
        Style::FirstQuoted if row == 0 => vec!["note".to_owned(), "phone".to_owned(), "name".to_owned()],
        Style::OneColumn | Style::OneQuoted if row == 0 => vec!["phone".to_owned()],
        Style::TwoColumns if row == 0 => vec!["phone".to_owned(), "name".to_owned()],
        _ if row == 0 => vec!["phone".to_owned(), "name".to_owned(), "note".to_owned()],
        Style::Bare => vec![phone, format!("Ann{row}"), format!("note {row}")],
        Style::Quoted => vec![format!("\"{phone}\""), format!("\"Ann{row}\""), format!("\"note {row}\"")],
        Style::LastQuoted => vec![phone, format!("Ann{row}"), format!("\"Doe, {row}\"")],
        Style::TwoLines => vec![phone, format!("Ann{row}"), format!("\"first, {row}\nsecond line\"")],
        Style::FirstQuoted if row.is_multiple_of(2) => vec!["\"\"".to_owned(), phone, format!("Ann{row}")],
        Style::FirstQuoted => vec![format!("\"a, {row}\""), phone, format!("Ann{row}")],
        Style::TwoColumns => vec![phone, format!("Ann{row}")],
        Style::OneColumn => vec![phone],
        Style::OneQuoted => vec![format!("\"{phone}\"")],
    }
}

/// A file, one record of which is spoiled.
fn text(style: Style, line_break: &str, spoiled: Option<(usize, &str)>) -> String {
    let records = (0..=RECORDS).map(|row| match spoiled {
        Some((damaged, text)) if damaged == row => text.to_owned() + line_break,
        _ => record(style, row).join(",") + line_break,
    });
    records.collect()
}

/// All ways to add or drop a quote or a delimiter.
fn damages(whole: &str) -> Vec<String> {
    let mut found = Vec::new();
    for at in 0..=whole.len() {
        let (before, after) = whole.split_at(at);
        found.push(format!("{before}\"{after}"));
        found.push(format!("{before},{after}"));
        if after.starts_with(['"', ',']) {
            found.push(format!("{before}{}", &after[1..]));
        }
    }
    found
}

fn content(seen: &Seen) -> (u64, &[Vec<u8>], bool) {
    (seen.line, &seen.cells, seen.damaged)
}

fn options(style: Style) -> ReadOptions {
    let column = if matches!(style, Style::FirstQuoted) { "2" } else { "1" };
    ReadOptions { phone_columns: vec![column.parse().unwrap()], ..pinned() }
}

#[test]
fn one_quote_or_delimiter_too_many_or_too_few_costs_at_most_its_record() {
    for (style, line_break) in STYLES.into_iter().flat_map(|style| ["\n", "\r\n", "\r"].map(|end| (style, end))) {
        let whole = read(text(style, line_break, None).as_bytes(), &options(style));
        assert_eq!(whole.len(), RECORDS, "{style:?}");
        assert!(whole.iter().all(|row| !row.damaged));
        for damaged in 0..=RECORDS {
            for spoiled in damages(&record(style, damaged).join(",")) {
                let text = text(style, line_break, Some((damaged, &spoiled)));
                let seen = read(text.as_bytes(), &options(style));
                for (at, row) in (1..).zip(&whole).filter(|(at, _)| *at != damaged) {
                    assert!(
                        seen.iter().any(|one| content(one) == content(row)),
                        "{style:?}: record {at} is lost by damage to record {damaged}:\n{text:?}\n{:?}",
                        told(&seen)
                    );
                }
                assert!(seen.len() >= RECORDS, "{style:?}: the damaged record left no row:\n{text}");
            }
        }
    }
}

#[test]
fn a_quote_that_is_never_closed_costs_one_row_and_says_so() {
    let text = "phone,name\n+447911123450,Ann\n\"+447911123451,Bob\n+447911123452,Cyd\n\n+447911123453,Dan\n";
    let seen = read(text.as_bytes(), &pinned());
    assert_eq!(
        seen.iter().map(|row| (row.line, row.damaged)).collect::<Vec<_>>(),
        [(2, false), (3, true), (4, false), (6, false)]
    );
    // The quote is a character like any other then, so that the row can be mended where it stands.
    assert_eq!(seen[1].cells, [b"\"+447911123451".to_vec(), b"Bob".to_vec()]);
}

#[test]
fn neighbours_between_two_stray_quotes_are_not_swallowed() {
    let text =
        "phone,name,note\n+447911123450,\"Ann,x\n+447911123451,Bob,y\n+447911123452,Cyd\",z\n+447911123453,Dan,w\n";
    let seen = read(text.as_bytes(), &pinned());
    assert_eq!(
        seen.iter().map(|row| (row.line, row.damaged)).collect::<Vec<_>>(),
        [(2, true), (3, false), (4, false), (5, false)]
    );
}

#[test]
fn long_honest_cells_with_commas_and_line_breaks_stay_whole() {
    let text = "name,phone\n\"Ann\nLong Road 5, London\n\nsecond floor, left\n\",+447911123450\n\"Bob, jr\nx\",+447911123451\n";
    let seen = read(text.as_bytes(), &pinned());
    assert_eq!(seen.iter().map(|row| (row.line, row.damaged)).collect::<Vec<_>>(), [(2, false), (7, false)]);
}

#[test]
fn a_file_of_opening_quotes_is_read_in_reasonable_time() {
    // Each line opens a quote when read afresh and stays open when read from within one.
    let honest = "+447911123450,\"b, c\",d\n".repeat(4_000);
    let text = format!("phone,b,c\n{honest}{}", "a\",b,\"\n".repeat(100_000));
    let seen = read(text.as_bytes(), &pinned());
    assert!(seen[..4_000].iter().all(|row| !row.damaged));
    assert!(seen[4_000..].iter().any(|row| row.damaged));
}
