//! Memory does not grow with the rows.
#![cfg(target_os = "linux")]

use std::process::Command;

use rollcall::export::{Column, Format, Table};

use super::{layout, members};

/// Set for the process that is looked at.
const INSIDE: &str = "ROLLCALL_TEST_EXPORT_FORMAT";

/// The most memory that this process has held, in kilobytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches("kB").trim().parse().unwrap()
}

/// Runs in a process of its own: in this one, other tests need memory at the same time.
#[test]
fn a_long_table_takes_no_more_than_a_short_one() {
    let Ok(format) = std::env::var(INSIDE) else {
        for format in ["csv", "parquet"] {
            let this = std::env::current_exe().unwrap();
            let test = "exports::memory::a_long_table_takes_no_more_than_a_short_one";
            let output = Command::new(this).args(["--exact", test]).env(INSIDE, format).output().unwrap();
            let told = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && told.contains("1 passed"), "{format}: {told}");
        }
        return;
    };
    // A row group, which the allocator may place anew each time, is some ten megabytes.
    let (format, bound) = match format.as_str() {
        "csv" => (Format::Csv, 1 << 10),
        _ => (Format::Parquet, 8 << 10),
    };
    let long = [members("Everybody who reads the news", (0..250_000).map(|index| 12_125_000_000 + index))];
    let short = [members("Everybody who reads the news", (0..123_000).map(|index| 12_125_000_000 + index))];
    let layout = layout(format, &[Column::Msisdn, Column::Group]);
    Table::new(&short, &layout).write(std::io::sink()).unwrap();
    let before = peak();
    Table::new(&long, &layout).write(std::io::sink()).unwrap();
    let grown = peak() - before;
    assert!(grown < bound, "{grown} kB for 127,000 rows more");
}
