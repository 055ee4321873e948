//! How fast members become a table: a million of them, in each form.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use divan::counter::ItemsCount;
use rollcall::export::{Column, Format, Key, Layout, Members, Table};
use rollcall::numbers::Msisdn;

const MEMBERS: u64 = 1_000_000;

fn main() {
    divan::main();
}

fn everybody() -> [Members; 1] {
    let numbers = (0..MEMBERS).filter_map(|index| Msisdn::from_value(12_012_000_000 + 7 * index));
    [Members::new("News", numbers.collect())]
}

fn written(bencher: divan::Bencher<'_, '_>, layout: &Layout, key: Option<&Key>) {
    let groups = everybody();
    bencher
        .counter(ItemsCount::new(MEMBERS))
        .bench_local(|| Table { key, ..Table::new(&groups, layout) }.write(std::io::sink()).unwrap());
}

#[divan::bench(sample_count = 5, args = [Format::Csv, Format::Ndjson, Format::Parquet])]
fn the_usual_columns(bencher: divan::Bencher<'_, '_>, format: Format) {
    written(bencher, &Layout { format, ..Layout::default() }, None);
}

#[divan::bench(sample_count = 5)]
fn for_a_spreadsheet(bencher: divan::Bencher<'_, '_>) {
    written(bencher, &Layout { excel: true, ..Layout::default() }, None);
}

#[divan::bench(sample_count = 3)]
fn as_people_write_numbers(bencher: divan::Bencher<'_, '_>) {
    written(bencher, &Layout { columns: vec![Column::National, Column::International], ..Layout::default() }, None);
}

#[divan::bench(sample_count = 3)]
fn under_a_key(bencher: divan::Bencher<'_, '_>) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), [7; 32]).unwrap();
    let key = Key::read(file.path()).unwrap();
    written(bencher, &Layout::default(), Some(&key));
}
