//! What the programs that people export with do: titles above the header, backslashes before quotes, zeros behind a
//! packed file. Found out where nothing else can be meant, said aloud, and never guessed.

use std::fmt::Write as _;
use std::io::Write;

use proptest::prelude::*;
use rollcall::contacts::ReadOptions;

use super::{open, read, rows, told};

fn found(text: &[u8], options: &ReadOptions, what: &str) -> Option<String> {
    let opened = open(text, options, 1 << 18).unwrap();
    opened.list.detections().iter().find(|said| said.what == what).map(|said| said.value.clone())
}

const ABOVE: &str = "lines above the header";

fn rows_of(text: &str) -> Vec<(u64, Vec<String>)> {
    told(&read(text.as_bytes(), &ReadOptions::default()))
}

#[test]
fn titles_above_a_header_are_passed_over_and_said() {
    let rows = "Ann,+447911123450,a\nBob,+447911123451,b\n";
    for (above, records, lines) in [
        ("Customers of the north\n", 1, 1),
        ("Customers,,\n", 1, 1),
        ("Customers\nExported on 2024-05-01\n", 2, 2),
        ("Customers\n\n\nExported on 2024-05-01,,\n\n", 2, 5),
        ("\"Customers,\nall of them\"\n", 1, 2),
        ("sep=,\nCustomers\n", 1, 2),
    ] {
        let text = format!("{above}name,phone,note\n{rows}");
        assert_eq!(found(text.as_bytes(), &ReadOptions::default(), ABOVE), Some(records.to_string()), "{text}");
        let opened = open(text.as_bytes(), &ReadOptions::default(), 1 << 18).unwrap();
        let names: Vec<_> = opened.list.header().iter().map(|name| String::from_utf8_lossy(name)).collect();
        assert_eq!(names, ["name", "phone", "note"], "{text}");
        let (line, cells) = rows_of(&text).remove(0);
        assert_eq!((line, cells[0].as_str()), (lines + 2, "Ann"), "{text}");
        assert_eq!(rows_of(&text).len(), 2, "{text}");
    }
    let single = "My people\nphone\n+447911123450\n+447911123451\n";
    assert_eq!(
        (found(single.as_bytes(), &ReadOptions::default(), ABOVE), rows_of(single).len()),
        (Some("1".into()), 2)
    );
    // A name that the user gives is as good as one that everybody knows.
    let odd = "Customers,,\nwho,line to them,note\nAnn,+447911123450,a\nBob,+447911123451,b\n";
    let options = ReadOptions { phone_columns: vec!["line to them".parse().unwrap()], ..ReadOptions::default() };
    assert_eq!(found(odd.as_bytes(), &options, ABOVE), Some("1".into()));
}

#[test]
fn what_may_be_a_contact_or_a_header_is_never_taken_for_a_title() {
    for text in [
        // A header that is one.
        "name,phone,note\nAnn,+447911123450,a\nBob,+447911123451,b\n",
        // A contact without its name.
        ",+447911123450,\nname,phone,note\nBob,+447911123451,b\n",
        // A full record above a header: two lists, one behind the other.
        "name,town,note\nname,phone,note\nAnn,+447911123450,a\n",
        // A header without rows that bear it out.
        "Customers\nname,phone,note\nAnn,none,a\nBob,none,b\n",
        // Nothing below that is a header.
        "Customers,,\nAnn,+447911123450,a\nBob,+447911123451,b\n",
        // Too much of it.
        "a\nb\nc\nd\ne\nf\nname,phone,note\nAnn,+447911123450,a\nBob,+447911123451,b\n",
    ] {
        let options = super::pinned();
        assert_eq!(found(text.as_bytes(), &options, ABOVE), None, "{text}");
    }
    let options = ReadOptions { no_header: true, ..super::pinned() };
    let text = b"Customers\nname,phone\nAnn,+447911123450\nBob,+447911123451\n";
    assert_eq!((found(text, &options, ABOVE), read(text, &options).len()), (None, 4));
}

#[test]
fn the_header_stands_where_the_user_says() {
    let text = "x,y,z\n\nwho,what,where\nAnn,+447911123450,a\nBob,+447911123451,b\n";
    let at = |line| ReadOptions { header_line: Some(line), ..ReadOptions::default() };
    let names = |line| {
        let opened = open(text.as_bytes(), &at(line), 1 << 18).map_err(|error| error.to_string())?;
        Ok::<_, String>(
            opened.list.header().iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect::<Vec<_>>(),
        )
    };
    assert_eq!(names(3).unwrap(), ["who", "what", "where"]);
    assert_eq!(names(1).unwrap(), ["x", "y", "z"]);
    assert_eq!(told(&read(text.as_bytes(), &at(3)))[0].0, 4);
    for nowhere in [2, 6, 99] {
        assert!(names(nowhere).unwrap_err().contains(&format!("line {nowhere}")));
    }
    // It insists on the first line, too.
    let text = b"Customers\nname,phone,note\nAnn,+447911123450,a\nBob,+447911123451,b\n";
    let options =
        ReadOptions { header_line: Some(1), phone_columns: vec!["1".parse().unwrap()], ..ReadOptions::default() };
    assert_eq!(read(text, &options).len(), 3);
}

fn escaped(cell: &str) -> String {
    format!("\"{}\"", cell.replace('\\', "\\\\").replace('"', "\\\""))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn quotes_with_backslashes_read_back_as_they_were(
        notes in proptest::collection::vec("[ab\"\\\\,\n ]{0,8}", 3..20),
        block in 1..200_usize,
    ) {
        let mut text = "name,phone,note\n".to_owned();
        // One that no other reading takes without damage.
        let sure = "say \"x\" and, \"y\"".to_owned();
        let notes: Vec<String> = [sure].into_iter().chain(notes).collect();
        for (row, note) in notes.iter().enumerate() {
            writeln!(text, "{},+4479111234{row:02},{}", escaped("Ann \"A\" Other"), escaped(note)).unwrap();
        }
        let insisted = ReadOptions { backslash: true, ..ReadOptions::default() };
        for options in [ReadOptions::default(), insisted] {
            let mut opened = open(text.as_bytes(), &options, block).unwrap();
            prop_assert!(opened.list.detections().iter().any(|said| said.what == "quote" && said.value.contains("backslash")));
            let seen = rows(&mut opened.list);
            prop_assert_eq!(seen.len(), notes.len());
            for (row, note) in seen.iter().zip(&notes) {
                prop_assert!(!row.damaged);
                prop_assert_eq!(&row.cells[0], b"Ann \"A\" Other");
                prop_assert_eq!(&String::from_utf8_lossy(&row.cells[2]), note);
            }
        }
    }
}

#[test]
fn a_backslash_is_one_like_any_other_where_quotes_are_doubled() {
    let text = "name,phone,note\n\"Ann \"\"A\"\"\",+447911123450,\"C:\\dir\\\"\nBob,+447911123451,\"a \\ b\"\n";
    let seen = rows_of(text);
    assert_eq!((seen[0].1[0].as_str(), seen[0].1[2].as_str()), ("Ann \"A\"", "C:\\dir\\"));
    assert_eq!(seen[1].1[2], "a \\ b");
    // Other backslashes stay where quotes have them.
    let text =
        "name,phone,note\n\"Ann \\\"A\\\" B\",+447911123450,\"a\\nb\\\\c\"\n\"Bob\",+447911123451,\"x \\\"y\\\" z\"\n";
    let seen = rows_of(text);
    assert_eq!((seen[0].1[0].as_str(), seen[0].1[2].as_str()), ("Ann \"A\" B", "a\\nb\\c"));
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(text).unwrap();
    writer.finish().unwrap()
}

#[test]
fn zeros_behind_a_gzip_stream_are_passed_over_and_said_and_nothing_else_is() {
    let text = b"name,phone\nAnn,+447911123450\nBob,+447911123451\n";
    let padding = |bytes: &[u8]| {
        let mut opened = open(bytes, &ReadOptions::default(), 1 << 18).unwrap();
        let count = rows(&mut opened.list).len();
        let said = opened.list.detections().iter().find(|said| said.what == "padding").map(|said| said.value.clone());
        (count, said)
    };
    assert_eq!(padding(&gzip(text)), (2, None));
    for zeros in [1, 512, 100_000] {
        let padded = [gzip(text), vec![0; zeros]].concat();
        assert_eq!(padding(&padded), (2, Some(format!("{zeros} zeros"))));
    }
    let (one, other) = text.split_at(20);
    assert_eq!(padding(&[gzip(one), gzip(other)].concat()), (2, None));
    for behind in [&b"junk"[..], &b"\0\0junk"[..], &[&[0; 9][..], &gzip(text)].concat()] {
        let broken = [gzip(text), behind.to_vec()].concat();
        let ended = open(&broken, &ReadOptions::default(), 1 << 18).and_then(|mut opened| {
            let mut block = rollcall::contacts::Block::default();
            while opened.list.next_block(&mut block)? {}
            Ok(())
        });
        assert!(ended.is_err(), "{behind:?}");
    }
    let cut = gzip(text);
    assert!(open(&cut[..cut.len() - 9], &ReadOptions::default(), 1 << 18).is_err());
}

#[test]
fn a_sheet_of_what_is_no_workbook_is_an_error_that_says_so() {
    let options = ReadOptions { sheet: Some("people".to_owned()), ..ReadOptions::default() };
    for text in [b"name,phone\nAnn,+447911123450\n".to_vec(), gzip(b"name,phone\nAnn,+447911123450\n")] {
        let error = open(&text, &options, 1 << 18).err().unwrap();
        assert!(error.to_string().contains("no workbook") && error.to_string().contains("`people`"), "{error}");
        assert_eq!(error.class(), rollcall::contacts::ErrorClass::Nowhere);
        assert!(error.hint().unwrap().contains("--sheet"));
    }
}
