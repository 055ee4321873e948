//! A list's own columns come back to the members that its rows name.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use rollcall::contacts::{List, ReadOptions, expand};
use rollcall::export::{Column, Format, JoinSettings, Joined, Table};
use rollcall::numbers::{Normalizer, Policy};

use super::{layout, members};
use crate::workdir::Workdir;

/// A group `News` of three, and a list of which two rows are theirs.
fn news() -> Workdir {
    let dir = Workdir::new();
    dir.file("members.csv", "phone\n+12125550101\n+12125550102\n+447400123456\n");
    dir.run(["import", "members.csv", "--group", "News", "--create", "--sandbox"]).code(0);
    dir.file(
        "contacts.csv",
        "name;phone;country;region\n\
         Ada;07400 123456;GB;\"south; east\"\n\
         Bo;'(212) 555-0101;US;\n\
         Bob;2125550101;US;again\n\
         Cy;2125550177;US;stranger\n\
         Di;none;US;rejected\n",
    );
    dir
}

#[test]
fn the_lists_columns_come_back_whatever_the_numbers_looked_like() {
    let dir = news();
    let ended = dir.run(["export", "News", "--join", "contacts.csv", "--sandbox", "--columns", "msisdn,region"]);
    assert_eq!(
        ended.code(0).stdout,
        "msisdn,region,name,phone,country,joined_region\n\
         +12125550101,US,Bo,'(212) 555-0101,US,\n\
         +12125550102,US,,,,\n\
         +447400123456,GB,Ada,07400 123456,GB,south; east\n"
    );
    ended.says("2 of 3 members have a row").says("of its 5 rows 1 name no member, 1 name a member again");
    ended.says("1 mean no number for sure").says("phone column: `phone`");
}

#[test]
fn who_has_no_match_on_either_side_is_counted_and_written_out() {
    let dir = news();
    let args = ["export", "News", "--join", "contacts.csv", "--sandbox", "-o", "joined.ndjson"];
    let rest = ["--join-columns", "NAME", "--unmatched-rows", "rows.csv", "--unmatched-members", "members.tsv"];
    let (ended, report) = dir.report(args.iter().chain(&rest));
    ended.code(0);
    let expected = serde_json::json!({
        "rows": 5, "matched": 2, "repeated": 1, "unmatched": 1, "rejected": 1, "members_unmatched": 1
    });
    assert_eq!(report["join"], expected);
    assert_eq!(report["columns"], serde_json::json!(["msisdn", "region", "type", "group", "name"]));
    assert!(dir.read("joined.ndjson").contains("\"msisdn\":\"+12125550102\",\"region\":\"US\",\"type\":\"fixed_line_or_mobile\",\"group\":\"News\",\"name\":null}"));
    assert_eq!(dir.read("members.tsv").lines().nth(1), Some("+12125550102\tUS\tfixed_line_or_mobile\tNews"));
    let rows = dir.read("rows.csv");
    assert_eq!(
        rows.lines().collect::<Vec<_>>(),
        [
            "name;phone;country;region;_file;_line;_reason;_detail;_suggestion",
            "Cy;2125550177;US;stranger;contacts.csv;5;not_a_member;no member has this number;",
            "Di;none;US;rejected;contacts.csv;6;not_a_number;words, not a phone number;",
        ]
    );
    let (ended, report) = dir.report(["import", "rows.csv", "--group", "News", "--sandbox", "--max-rejects", "50%"]);
    ended.code(3);
    assert_eq!(report["members"]["added"], 1, "what no member has can be imported as it is");
}

#[test]
fn a_column_that_is_not_there_writes_nothing() {
    let dir = news();
    dir.file("old.csv", "old");
    let args = ["export", "News", "--join", "contacts.csv", "--sandbox", "-o", "old.csv", "--join-columns", "nmae"];
    dir.run(args).code(2).says("has no column `nmae`");
    assert_eq!(dir.read("old.csv"), "old");
    dir.run(["export", "News", "--join", "nowhere.csv", "--sandbox", "-o", "old.csv"]).code(2).says("nowhere.csv");
    dir.run(["export", "News", "--join-columns", "name", "--sandbox"]).code(2).says("--join");
}

#[test]
fn when_one_file_cannot_be_written_none_is_put_in_its_place() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let dir = news();
    let args = ["export", "News", "--join", "contacts.csv", "--sandbox", "-o", "/dev/full"];
    let rest = ["--unmatched-rows", "rows.csv", "--unmatched-members", "unknown.csv", "--format"];
    for format in ["csv", "ndjson", "parquet"] {
        let ended = dir.run(args.iter().chain(&rest).chain(&[format]));
        ended.code(1).says("cannot write /dev/full").says("free some space");
        assert!(!dir.path("rows.csv").exists() && !dir.path("unknown.csv").exists(), "{format}");
    }
}

#[test]
fn joined_text_is_no_formula_in_a_spreadsheet() {
    let dir = news();
    dir.file("evil.csv", "phone,note,id\n+12125550101,\"=HYPERLINK(\"\"http://x\"\")\",007\n+12125550102,@x;-1,-3\n");
    let args = ["export", "News", "--join", "evil.csv", "--sandbox", "--excel", "--columns", "msisdn"];
    let text = dir.run(args.iter().chain(&["--join-columns", "note,id"])).code(0).stdout.clone();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "\u{feff}msisdn,note,id",
            "=\"+12125550101\",\"'=HYPERLINK(\"\"http://x\"\")\",=\"007\"",
            "=\"+12125550102\",'@x;'-1,-3",
            "=\"+447400123456\",,",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_member_gets_the_first_row_that_names_it(
        groups in prop::collection::vec(prop::collection::btree_set(0_u64..40, 0..20), 1..4),
        rows in prop::collection::vec((prop::collection::vec(0_u64..50, 1..3), "[a-z \",;\n]{0,6}"), 0..40),
    ) {
        let number = |index: u64| 12_125_550_100 + index;
        let mut text = csv::Writer::from_writer(Vec::new());
        text.write_record(["phone", "other phone", "note"]).unwrap();
        for (numbers, note) in &rows {
            let cell = |place: usize| numbers.get(place).map(|index| format!("+{}", number(*index))).unwrap_or_default();
            text.write_record([cell(0), cell(1), note.clone()]).unwrap();
        }
        let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        std::fs::write(file.path(), text.into_inner().unwrap()).unwrap();
        let options = ReadOptions {
            phone_columns: vec!["1".parse().unwrap(), "2".parse().unwrap()],
            delimiter: Some(b','),
            ..ReadOptions::default()
        };
        let list = List::open(&expand([file.path()]).unwrap(), &options, &|_, _| true).unwrap();
        let groups: Vec<_> = groups.iter().map(|group| members("G", group.iter().copied().map(number))).collect();
        let layout = layout(Format::Csv, &[Column::Msisdn]);
        let settings = JoinSettings {
            normalizer: &Normalizer::new(Policy::default()),
            region: None,
            columns: &["note".parse().unwrap()],
            private: false,
            stop: &AtomicBool::new(false),
        };
        let mut joined = Joined::read(list, &groups, &layout, &settings, None).unwrap();
        let mut out = Vec::new();
        let table = Table { joined: Some(&mut joined), ..Table::new(&groups, &layout) };
        let written = table.write(&mut out).unwrap();

        let mut expected: BTreeMap<String, String> = BTreeMap::new();
        for value in groups.iter().flat_map(|group| group.numbers.iter()) {
            let row = rows.iter().find(|(numbers, _)| numbers.iter().any(|index| number(*index) == value.value()));
            expected.insert(value.to_string(), row.map(|(_, note)| note.clone()).unwrap_or_default());
        }
        let mut reader = csv::Reader::from_reader(out.as_slice());
        let found: BTreeMap<String, String> =
            reader.records().map(Result::unwrap).map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
        prop_assert_eq!(&found, &expected);
        let figures = joined.figures();
        prop_assert_eq!(figures.rows, u64::try_from(rows.len()).unwrap());
        prop_assert_eq!(figures.rows, figures.matched + figures.repeated + figures.unmatched + figures.rejected);
        let named = |value: &String| rows.iter().any(|(numbers, _)| numbers.iter().any(|index| format!("+{}", number(*index)) == *value));
        prop_assert_eq!(written.unjoined, u64::try_from(expected.keys().filter(|value| !named(value)).count()).unwrap());
    }
}
