//! One table, four forms, the same cells.

use bytes::Bytes;
use parquet::basic::{Compression, LogicalType};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use proptest::prelude::*;
use rollcall::export::{Column, Format, Layout, Members};

use super::{layout, members, written};
use crate::workdir::Workdir;

const COLUMNS: [Column; 3] = [Column::Msisdn, Column::Region, Column::Group];

/// The cells of a text table.
fn cells_of_csv(text: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text);
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn cells_of_ndjson(text: &[u8]) -> Vec<Vec<String>> {
    let rows = std::str::from_utf8(text).unwrap().lines().map(|line| serde_json::from_str(line).unwrap());
    let cell = |row: &serde_json::Value, column: Column| row[column.as_str()].as_str().unwrap().to_owned();
    rows.map(|row| COLUMNS.map(|column| cell(&row, column)).to_vec()).collect()
}

fn cells_of_parquet(file: Vec<u8>) -> Vec<Vec<String>> {
    let reader = SerializedFileReader::new(Bytes::from(file)).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    rows.map(|row| (0..3).map(|place| row.get_string(place).unwrap().clone()).collect()).collect()
}

fn some_groups() -> impl Strategy<Value = Vec<Members>> {
    let group = ("[^\0]{1,12}", prop::collection::vec(1_u64..60, 0..20));
    prop::collection::vec(group, 1..4).prop_map(|groups| {
        let values = |values: Vec<u64>| values.into_iter().map(|value| 447_400_000_000 + value);
        groups.into_iter().map(|(name, numbers)| members(&name, values(numbers))).collect()
    })
}

proptest! {
    #[test]
    fn all_forms_hold_the_same_cells(groups in some_groups(), per_group in any::<bool>()) {
        let of = |format| written(&groups, &Layout { per_group, ..layout(format, &COLUMNS) });
        let expected = cells_of_parquet(of(Format::Parquet));
        prop_assert_eq!(&cells_of_csv(&of(Format::Csv), b','), &expected);
        prop_assert_eq!(&cells_of_csv(&of(Format::Tsv), b'\t'), &expected);
        prop_assert_eq!(&cells_of_ndjson(&of(Format::Ndjson)), &expected);
        let numbers: Vec<&String> = expected.iter().map(|row| &row[0]).collect();
        prop_assert!(numbers.is_sorted_by(|a, b| if per_group { a <= b } else { a < b }), "all have thirteen signs");
    }
}

#[test]
fn what_a_spreadsheet_gets_is_imported_again() {
    let dir = Workdir::new();
    let groups = [members("=News;+1", (0..100).map(|index| 12_125_550_100 + index))];
    for (format, name) in [(Format::Csv, "back.csv"), (Format::Tsv, "back.tsv")] {
        let layout = Layout { excel: true, ..layout(format, &[Column::Msisdn, Column::National, Column::Group]) };
        let text = String::from_utf8(written(&groups, &layout)).unwrap();
        assert!(text.starts_with("\u{feff}msisdn"), "{text}");
        for (index, line) in text.lines().skip(1).enumerate() {
            assert!(line.starts_with(&format!("=\"+1212555{:04}\"", 100 + index)), "{line}");
            assert!(line.ends_with("'=News;'+1"), "{line}");
        }
        dir.file(name, &text);
        let (_, report) = dir.report(["check", name]);
        assert_eq!(
            report["rows"],
            serde_json::json!({
                "read": 100, "accepted": 100, "duplicate": 0, "suppressed": 0, "rejected": 0
            })
        );
    }
}

#[test]
fn parquet_is_typed_and_its_row_groups_are_bounded() {
    let many = [members("A", (0..250_000).map(|index| 12_125_000_000 + index))];
    let columns = [Column::Msisdn, Column::Type, Column::CallingCode, Column::FirstSeen];
    let reader = SerializedFileReader::new(Bytes::from(written(&many, &layout(Format::Parquet, &columns)))).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let logical = |place: usize| schema.column(place).logical_type_ref().cloned();
    assert_eq!((logical(0), logical(1), logical(2)), (Some(LogicalType::String), Some(LogicalType::String), None));
    assert!(matches!(logical(3), Some(LogicalType::Timestamp(time)) if time.is_adjusted_to_u_t_c));
    let groups: Vec<_> = reader.metadata().row_groups().iter().collect();
    assert_eq!(groups.iter().map(|group| group.num_rows()).collect::<Vec<_>>(), [122_880, 122_880, 4_240]);
    for column in groups.iter().flat_map(|group| group.columns()) {
        assert!(matches!(column.compression(), Compression::ZSTD(_)));
        let is_number = column.column_path().string() == "msisdn";
        assert_eq!(column.dictionary_page_offset().is_none(), is_number, "{}", column.column_path());
    }
    let last = reader.get_row_iter(None).unwrap().last().unwrap().unwrap();
    assert_eq!(last.get_string(0).unwrap(), "+12125249999");
    assert_eq!(last.get_int(2).unwrap(), 1);
}

#[test]
fn the_files_name_chooses_the_form() {
    let dir = Workdir::new();
    dir.file("a.csv", "phone\n+12125550102\n");
    dir.run(["import", "a.csv", "--group", "A", "--create", "--sandbox"]).code(0);
    for (name, begins) in
        [("a.tsv", "msisdn\tregion"), ("a.ndjson", "{\"msisdn\""), ("a.parquet", "PAR1"), ("a", "msisdn,")]
    {
        dir.run(["export", "A", "--sandbox", "-o", name]).code(0);
        assert!(std::fs::read(dir.path(name)).unwrap().starts_with(begins.as_bytes()), "{name}");
    }
    dir.run(["export", "A", "--sandbox", "-o", "a.tsv", "--format", "ndjson"]).code(0);
    assert!(dir.read("a.tsv").starts_with('{'), "the flag is worth more than the name");
}

#[test]
fn what_cannot_be_asked_for_is_refused_with_its_reason() {
    let dir = Workdir::new();
    for (flags, words) in [
        (&["--columns", "msisdn,carrier"][..], "no map of areas, carriers and time zones"),
        (&["--columns", "msisdn,shoe_size"], "there are msisdn, region"),
        (&["--columns", "region,msisdn,region"], "named twice"),
        (&["--excel", "--format", "parquet"], "--excel is for csv and tsv"),
        (&["-o", "a.parquet.gz"], "compressed inside"),
        (&["--json"], "stdout can take one result"),
    ] {
        dir.run(["export", "A", "--sandbox"].iter().chain(flags)).code(2).says(words);
    }
}
