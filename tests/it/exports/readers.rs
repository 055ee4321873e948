//! Readers that owe nothing to rollcall find what rollcall has written: Python's csv, pyarrow, `DuckDB`.

use serde_json::{Value, json};

use crate::tools::{printed, script};
use crate::workdir::Workdir;

/// What each reader finds in each file; none where the readers are not installed.
fn read(dir: &Workdir, files: &[&str]) -> Option<Vec<Value>> {
    let mut readers = script("scripts/tables/read_tables.py")?;
    let lines = printed(readers.args(files).current_dir(dir.path("")));
    Some(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn every_reader_finds_the_same_members() {
    let dir = Workdir::new();
    dir.file("a.csv", "phone\n+12125550102\n+447400123456\n");
    dir.file("b.csv", "phone\n+12125550101\n+12125550102\n+80012345678\n");
    let strange = "Bücher, \"x\"; 名簿";
    dir.run(["import", "a.csv", "--group", strange, "--create", "--sandbox"]).code(0);
    dir.run(["import", "b.csv", "--group", "B", "--create", "--sandbox"]).code(0);
    let files = ["a.csv", "a.csv.gz", "a.tsv.zst", "a.excel.csv", "a.ndjson", "a.ndjson.gz", "a.parquet"];
    for file in files {
        let mut args = vec!["export", strange, "B", "--sandbox", "-o", file];
        args.extend(["--columns", "msisdn,region,type,group,calling_code,first_seen,left_at"]);
        args.extend(file.contains("excel").then_some("--excel"));
        dir.run(args).code(0);
    }
    let Some(found) = read(&dir, &files) else { return };
    assert_eq!(found.len(), 13, "readers of files");
    for table in &found {
        let rows = table["rows"].as_array().unwrap();
        let text = |row: &Value, column: &str| match &row[column] {
            Value::Null => String::new(),
            Value::String(text) => text.trim_start_matches("=\"").trim_end_matches('"').to_owned(),
            other => other.to_string(),
        };
        let cells: Vec<[String; 6]> = rows
            .iter()
            .map(|row| ["msisdn", "region", "type", "group", "calling_code", "left_at"].map(|column| text(row, column)))
            .collect();
        let both = format!("{strange};B");
        let expected = [
            ["+12125550101", "US", "fixed_line_or_mobile", "B", "1", ""],
            ["+12125550102", "US", "fixed_line_or_mobile", &both, "1", ""],
            ["+80012345678", "001", "toll_free", "B", "800", ""],
            ["+447400123456", "GB", "mobile", strange, "44", ""],
        ];
        assert_eq!(cells, expected, "{} {}", table["file"], table["reader"]);
        let seen = |row: &Value| text(row, "first_seen").parse::<jiff::Timestamp>().is_ok();
        assert!(rows.iter().all(seen), "{table}");
    }
    let types = |reader: &str| {
        &found.iter().find(|table| table["reader"] == reader && table["file"] == "a.parquet").unwrap()["types"]
    };
    assert_eq!(types("pyarrow")["calling_code"], "int32");
    assert_eq!(types("pyarrow")["first_seen"], "timestamp[ms, tz=UTC]");
    assert_eq!(types("duckdb")["msisdn"], "VARCHAR");
    assert_eq!(types("duckdb")["left_at"], json!("TIMESTAMP WITH TIME ZONE"));
}
