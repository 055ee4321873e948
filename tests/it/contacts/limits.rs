//! Whatever a record holds, memory stays flat and reading goes on behind it.

use rollcall::contacts::{Block, KEPT_BYTES, RECORD_LIMIT, Scratch};

use super::{open, pinned, read};

fn lines(text: &str) -> Vec<(u64, bool)> {
    read(text.as_bytes(), &pinned()).iter().map(|row| (row.line, row.damaged)).collect()
}

#[test]
fn a_record_up_to_the_limit_is_read_and_one_past_it_is_refused() {
    for (length, refused) in [(RECORD_LIMIT - 1, false), (RECORD_LIMIT, true)] {
        let text = format!("phone\n+447911123450\n{}\n+447911123451\n", "x".repeat(length));
        assert_eq!(lines(&text), [(2, false), (3, refused), (4, false)], "{length}");
    }
    for (length, refused) in [(RECORD_LIMIT - 3, false), (RECORD_LIMIT - 2, true)] {
        let text = format!("phone\n+447911123450\n\"{}\"\n+447911123451\n", "x".repeat(length));
        assert_eq!(lines(&text), [(2, false), (3, refused), (4, false)], "quoted, {length}");
    }
}

#[test]
fn a_cell_of_many_megabytes_and_lines_costs_its_row_alone() {
    for long in ["some words; more of them\n", "some words, as many as cells\n"] {
        let long = long.repeat(400_000);
        let text = format!("phone,note\n+447911123450,a\n+447911123451,\"{long}\"\n+447911123452,b\n+447911123453,c\n");
        let seen = lines(&text);
        assert_eq!(seen.len(), 4);
        assert_eq!(seen, [(2, false), (3, true), (400_004, false), (400_005, false)]);
    }
}

#[test]
fn a_single_line_of_many_megabytes_costs_its_row_alone() {
    for wrap in ["", "\""] {
        let text = format!("phone,note\n1,a\n2,{wrap}{}{wrap}\r\n3,b\r\n", "word, ".repeat(700_000));
        assert_eq!(lines(&text), [(2, false), (3, true), (4, false)], "{wrap:?}");
    }
}

#[test]
fn a_refused_record_keeps_its_beginning_and_the_block_stays_small() {
    let text = format!("phone,note\n1,{}\n3,b\n", "é".repeat(4 << 20));
    let mut opened = open(text.as_bytes(), &pinned(), 1 << 18).unwrap();
    let (mut block, mut scratch) = (Block::default(), Scratch::default());
    let mut seen = Vec::new();
    while opened.list.next_block(&mut block).unwrap() {
        assert!(block.len() <= 2 * RECORD_LIMIT);
        let mut rows = block.rows(&mut scratch);
        while let Some(row) = rows.next_row() {
            assert!(std::str::from_utf8(row.raw()).is_ok(), "no letter is divided");
            seen.push((row.line(), row.damage().is_some(), row.raw().len()));
        }
    }
    assert_eq!(seen.len(), 2);
    assert!(seen[0].1 && (KEPT_BYTES - 3..=KEPT_BYTES).contains(&seen[0].2), "{seen:?}");
    assert_eq!(seen[1], (3, false, 3));
}

#[test]
fn a_quote_that_is_never_closed_in_a_large_file_costs_one_row() {
    let good = (0..200_000).fold(String::new(), |text, row| text + &format!("+44791{row:07},Ann\n"));
    let text = format!("phone,name\n\"{good}");
    let seen = read(text.as_bytes(), &pinned());
    assert_eq!(seen.len(), 200_000);
    assert!(seen[0].damaged && seen[1..].iter().all(|row| !row.damaged));
    assert!(seen.iter().zip(2..).all(|(row, line)| row.line == line));
}
