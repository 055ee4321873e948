//! Damage at every place of a file costs at most the damaged record.
//!
//! The generator follows Pollock, the benchmark of polluted CSV files: one extra or missing quote or delimiter, at every
//! place of every record, in files of different styles.

use super::{Seen, pinned, read};

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
}

const STYLES: [Style; 5] = [Style::Bare, Style::Quoted, Style::LastQuoted, Style::TwoLines, Style::FirstQuoted];
const RECORDS: usize = 8;

/// The cells of a record as the file has them.
fn record(style: Style, row: usize) -> Vec<String> {
    let phone = format!("+44791112345{row}");
    match style {
        Style::Bare => vec![phone, format!("Ann{row}"), format!("note {row}")],
        Style::Quoted => vec![format!("\"{phone}\""), format!("\"Ann{row}\""), format!("\"note {row}\"")],
        Style::LastQuoted => vec![phone, format!("Ann{row}"), format!("\"Doe, {row}\"")],
        Style::TwoLines => vec![phone, format!("Ann{row}"), format!("\"first, {row}\nsecond line\"")],
        Style::FirstQuoted if row.is_multiple_of(2) => vec!["\"\"".to_owned(), phone, format!("Ann{row}")],
        Style::FirstQuoted => vec![format!("\"a, {row}\""), phone, format!("Ann{row}")],
    }
}

/// A file with a header; `spoil` changes the text of one record.
fn text(style: Style, damaged: usize, spoil: impl Fn(&str) -> String) -> String {
    let header = match style {
        Style::FirstQuoted => "note,phone,name",
        _ => "phone,name,note",
    };
    let records = (0..RECORDS).map(|row| {
        let whole = record(style, row).join(",");
        if row == damaged { spoil(&whole) } else { whole }
    });
    std::iter::once(header.to_owned()).chain(records).map(|line| line + "\n").collect()
}

/// All ways to add or drop a quote or a delimiter.
fn damages(whole: &str) -> Vec<String> {
    let mut found = Vec::new();
    for at in (0..=whole.len()).filter(|at| whole.is_char_boundary(*at)) {
        let (before, after) = whole.split_at(at);
        found.push(format!("{before}\"{after}"));
        found.push(format!("{before},{after}"));
        if after.starts_with(['"', ',']) {
            found.push(format!("{before}{}", &after[1..]));
        }
    }
    found
}

/// Everything but the line, which damage may move when it adds no line itself.
fn content(seen: &Seen) -> (&[Vec<u8>], bool) {
    (&seen.cells, seen.damaged)
}

fn options(style: Style) -> rollcall::contacts::ReadOptions {
    let column = if matches!(style, Style::FirstQuoted) { "2" } else { "1" };
    rollcall::contacts::ReadOptions { phone_columns: vec![column.parse().unwrap()], ..pinned() }
}

#[test]
fn one_quote_or_delimiter_too_many_or_too_few_costs_at_most_its_record() {
    for style in STYLES {
        let whole = read(text(style, RECORDS, str::to_owned).as_bytes(), &options(style));
        assert_eq!(whole.len(), RECORDS, "{style:?}");
        assert!(whole.iter().all(|row| !row.damaged));
        for damaged in 0..RECORDS {
            for spoiled in damages(&record(style, damaged).join(",")) {
                let text = text(style, damaged, |_| spoiled.clone());
                let seen = read(text.as_bytes(), &options(style));
                for (at, row) in whole.iter().enumerate().filter(|(at, _)| *at != damaged) {
                    assert!(
                        seen.iter().any(|one| one.line == row.line && content(one) == content(row)),
                        "{style:?}: record {at} is lost by damage to record {damaged}:\n{text}\n{seen:#?}"
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
