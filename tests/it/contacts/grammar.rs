//! What a record is, and on which line it starts.

use proptest::prelude::*;
use rollcall::contacts::{ColumnRef, ReadOptions};

use super::{Seen, open, pinned, read, rows, told};

fn headless() -> ReadOptions {
    ReadOptions { no_header: true, ..pinned() }
}

fn cells(text: &str) -> Vec<(u64, Vec<String>)> {
    told(&read(text.as_bytes(), &headless()))
}

fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
    (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
}

#[test]
fn a_quoted_cell_may_hold_delimiters_quotes_and_line_breaks() {
    let text = "a,\"b,c\",d\n\"x\"\"y\"\"\",\"\",z\n1,\"two\nlines\r\nthree\",2\n";
    assert_eq!(
        cells(text),
        [row(1, &["a", "b,c", "d"]), row(2, &["x\"y\"", "", "z"]), row(3, &["1", "two\nlines\r\nthree", "2"])]
    );
}

#[test]
fn a_quote_inside_an_unquoted_cell_is_a_character() {
    assert_eq!(cells("5\" pipe,a\"b\",c\nd,e,f\n"), [row(1, &["5\" pipe", "a\"b\"", "c"]), row(2, &["d", "e", "f"])]);
}

#[test]
fn blanks_around_cells_are_kept() {
    assert_eq!(cells(" a , b\n\" c \",d\n"), [row(1, &[" a ", " b"]), row(2, &[" c ", "d"])]);
}

#[test]
fn empty_cells_are_cells() {
    assert_eq!(
        cells(",\n,,\na,\n\"\"\n"),
        [row(1, &["", ""]), row(2, &["", "", ""]), row(3, &["a", ""]), row(4, &[""])]
    );
}

#[test]
fn the_last_record_needs_no_line_break() {
    for (text, last) in [("a\nb,c", &["b", "c"]), ("a\n\"b\",\"c\"", &["b", "c"]), ("a\nb,", &["b", ""])] {
        assert_eq!(cells(text), [row(1, &["a"]), row(2, last)], "{text:?}");
    }
}

#[test]
fn every_line_break_ends_a_record_and_counts_once() {
    for text in ["a\nb\n\nc", "a\r\nb\r\n\r\nc", "a\rb\r\rc", "a\nb\r\n\rc\n", "a\r\nb\n\n\"c\""] {
        assert_eq!(cells(text), [row(1, &["a"]), row(2, &["b"]), row(4, &["c"])], "{text:?}");
    }
}

#[test]
fn lines_of_blanks_are_not_rows() {
    assert_eq!(cells("\n  \na\n \t \n\r\n\"b\"\n\n"), [row(3, &["a"]), row(6, &["b"])]);
}

#[test]
fn the_header_is_line_one_and_its_breaks_count() {
    let text = b"phone,\"a\nnote\"\n+441,x\n\n\"+442\",\"y\n\nz\"\n+443,\n";
    let seen = read(text, &pinned());
    assert_eq!(seen.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 5, 8]);
}

#[test]
fn short_rows_have_empty_cells_and_long_rows_keep_theirs() {
    let options = ReadOptions { phone_columns: vec![ColumnRef::Name("phone".to_owned())], ..pinned() };
    let seen = read(b"name,phone\nAnn\nBob,+44,x,y\n", &options);
    assert_eq!(seen[0].phones, [b""]);
    assert_eq!(seen[1].phones, [b"+44"]);
    assert_eq!(told(&seen)[1], row(3, &["Bob", "+44", "x", "y"]));
}

#[test]
fn nul_bytes_are_characters() {
    assert_eq!(cells("a\0,b\n\0\n"), [row(1, &["a\0", "b"]), row(2, &["\0"])]);
}

const BREAKS: [&str; 3] = ["\n", "\r\n", "\r"];

/// A record as text with a break behind it, its cells, and how many lines it takes.
fn record() -> impl Strategy<Value = (String, Option<Vec<String>>, u64)> {
    let cell = prop_oneof![
        "[a-z0-9 +]{0,6}".prop_map(|text| (text.clone(), text)),
        "[a-z0-9,\" \n]{0,8}".prop_map(|text| (format!("\"{}\"", text.replace('"', "\"\"")), text)),
    ];
    let full = (prop::collection::vec(cell, 2..5), prop::sample::select(&BREAKS[..])).prop_map(|(cells, end)| {
        let (texts, cells): (Vec<String>, Vec<String>) = cells.into_iter().unzip();
        let text = texts.join(",") + end;
        let lines = cells.iter().map(|cell| cell.matches('\n').count()).sum::<usize>() + 1;
        (text, Some(cells), u64::try_from(lines).unwrap())
    });
    let blank = prop::sample::select(&["\n", "\r\n", " \n"][..]).prop_map(|text| (text.to_owned(), None, 1));
    prop_oneof![9 => full, 1 => blank]
}

proptest! {
    #[test]
    fn rows_and_lines_are_those_that_were_written(
        records in prop::collection::vec(record(), 0..12),
        block_bytes in 1_usize..64,
    ) {
        // A lone return in front of a line break would make one of the two.
        let text: String = records.iter().map(|(text, ..)| text.as_str()).collect();
        prop_assume!(!records.windows(2).any(|pair| pair[0].0.ends_with('\r') && pair[1].0.starts_with('\n')));
        let mut line = 1;
        let mut expected = Vec::new();
        for (_, cells, lines) in &records {
            if let Some(cells) = cells {
                expected.push((line, cells.clone()));
            }
            line += lines;
        }
        let seen = rows(&mut open(text.as_bytes(), &headless(), block_bytes).unwrap().list);
        prop_assert_eq!(told(&seen), expected);
    }

    #[test]
    fn where_blocks_are_cut_changes_no_row(
        text in prop::collection::vec(prop::sample::select(&b"aab,,,\"\"\n\n\r +1234567"[..]), 0..300),
        block_bytes in 1_usize..40,
        no_header: bool,
    ) {
        let options = ReadOptions { no_header, ..pinned() };
        let whole = open(&text, &options, 1 << 20).map(|mut opened| rows(&mut opened.list));
        let cut = open(&text, &options, block_bytes).map(|mut opened| rows(&mut opened.list));
        match (whole, cut) {
            (Ok(whole), Ok(cut)) => prop_assert_eq!(whole, cut),
            (whole, cut) => prop_assert_eq!(whole.is_err(), cut.is_err()),
        }
    }

    #[test]
    fn any_bytes_are_read_without_loss(text in prop::collection::vec(any::<u8>(), 0..400)) {
        let Ok(mut opened) = open(&text, &headless(), 16) else { return Ok(()) };
        let seen: Vec<Seen> = rows(&mut opened.list);
        prop_assert!(seen.windows(2).all(|pair| pair[0].line < pair[1].line));
    }

    #[test]
    fn every_line_of_text_is_in_exactly_one_row(
        text in prop::collection::vec(prop::sample::select(&b"ab,,\"\n\n\r1"[..]), 0..300),
        block_bytes in 1_usize..40,
    ) {
        use rollcall::contacts::{Block, Scratch};
        let mut opened = open(&text, &headless(), block_bytes).unwrap();
        let (mut block, mut scratch) = (Block::default(), Scratch::default());
        let mut all = Vec::new();
        while opened.list.next_block(&mut block).unwrap() {
            let mut rows = block.rows(&mut scratch);
            while let Some(row) = rows.next_row() {
                all.extend_from_slice(row.raw());
            }
        }
        let solid = |text: &[u8]| text.iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect::<Vec<_>>();
        prop_assert_eq!(solid(&all), solid(&text));
    }
}
