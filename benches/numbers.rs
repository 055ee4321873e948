//! How long a number takes: by the tables, by the library behind them, and by the other library that one could use.
//!
//! `cargo bench --bench numbers`. Each figure is for [`CELLS`] cells of a realistic list (see `examples/make_list`).

#[path = "../examples/make_list/list.rs"]
mod list;
#[path = "../tests/it/tables/sampler.rs"]
mod sampler;

use std::hint::black_box;
use std::io::Write;

use divan::Bencher;
use divan::counter::ItemsCount;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};
use rollcall::numbers::tables::Tables;
use rollcall::numbers::{Normalizer, Policy, Region, RowRegion};

/// Enough that neither branch predictors nor the fastest cache know them by heart.
const CELLS: u64 = 20_000;

/// How many rows are asked whether the tables cover them.
const ROWS: u64 = 1_000_000;

fn main() -> std::io::Result<()> {
    let (tables, mut all, mut covered) = (Tables::get(), 0, 0);
    each_cell(ROWS, |cell, country| {
        all += 1;
        covered += u64::from(tables.parse(cell.as_bytes(), Region::from_iso2(country.as_bytes())).is_some());
    });
    writeln!(std::io::stdout(), "cells that the tables answer: {covered} of {all}")?;
    divan::main();
    Ok(())
}

/// Phones and countries.
fn each_cell(count: u64, mut found: impl FnMut(&str, &str)) {
    let list = list::List::new(1);
    let mut row = String::new();
    for index in 0..count {
        row.clear();
        list.append_row(index, &mut row);
        let mut fields = row.split(',').skip(2);
        found(fields.next().expect("a phone"), fields.next().expect("a country"));
    }
}

fn cells(count: u64) -> Vec<(String, String)> {
    let mut cells = Vec::new();
    each_cell(count, |cell, country| cells.push((cell.to_owned(), country.to_owned())));
    cells
}

fn covered(count: u64) -> Vec<(String, Region)> {
    let region = |name: &str| Region::from_iso2(name.as_bytes()).expect("two letters");
    let mut cells: Vec<_> = cells(count).into_iter().map(|(cell, name)| (cell, region(&name))).collect();
    cells.retain(|(cell, region)| Tables::get().parse(cell.as_bytes(), Some(*region)).is_some());
    cells
}

#[divan::bench]
fn tables(bencher: Bencher<'_, '_>) {
    let (tables, cells) = (Tables::get(), covered(CELLS));
    bencher.counter(ItemsCount::new(cells.len())).bench_local(|| {
        for (cell, region) in &cells {
            black_box(tables.parse(cell.as_bytes(), Some(*region)));
        }
    });
}

#[divan::bench]
fn tables_both_readings(bencher: Bencher<'_, '_>) {
    let (tables, cells) = (Tables::get(), covered(CELLS));
    bencher.counter(ItemsCount::new(cells.len())).bench_local(|| {
        for (cell, region) in &cells {
            black_box(tables.parse_both(cell.as_bytes(), Some(*region)));
        }
    });
}

/// What a row pays: the tables, the plus-less rules, and the library for the cells that the tables do not cover.
#[divan::bench]
fn normalizer(bencher: Bencher<'_, '_>) {
    bench_normalizer(bencher, |_| true);
}

#[divan::bench]
fn normalizer_ordinary_cells(bencher: Bencher<'_, '_>) {
    bench_normalizer(bencher, |cell| cell.bytes().all(|byte| b"+ -.()/0123456789".contains(&byte)));
}

fn bench_normalizer(bencher: Bencher<'_, '_>, wanted: impl Fn(&str) -> bool) {
    let normalizer = Normalizer::new(Policy::default());
    let mut cells = cells(CELLS);
    cells.retain(|(cell, _)| wanted(cell));
    let cells: Vec<_> =
        cells.into_iter().map(|(cell, name)| (cell, RowRegion::of_cell(name.as_bytes(), RowRegion::None))).collect();
    let mut verdicts = Vec::new();
    bencher.counter(ItemsCount::new(cells.len())).bench_local(|| {
        for (cell, region) in &cells {
            verdicts.clear();
            normalizer.read(cell.as_bytes(), *region, |verdict| verdicts.push(verdict));
            black_box(&verdicts);
        }
    });
}

#[divan::bench(sample_count = 10)]
fn rlibphonenumber(bencher: Bencher<'_, '_>) {
    let region = |name: &str| rlibphonenumber::Region::from_code(name).expect("two letters");
    let cells: Vec<_> = cells(CELLS).into_iter().map(|(cell, name)| (cell, region(&name))).collect();
    bencher.counter(ItemsCount::new(cells.len())).bench_local(|| {
        for (cell, region) in &cells {
            let parsed = PHONE_NUMBER_UTIL.parse(cell, Some(*region)).map(|number| {
                let written = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
                (written, PHONE_NUMBER_UTIL.is_valid_number(&number), PHONE_NUMBER_UTIL.get_number_type(&number))
            });
            let _ = black_box(parsed);
        }
    });
}

/// Sorted by country, which spares this library from compiling its patterns anew for nearly every number.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn phonenumber_sorted(bencher: Bencher<'_, '_>) {
    let mut cells = cells(CELLS);
    cells.sort_by(|(_, one), (_, other)| one.cmp(other));
    bench_phonenumber(bencher, &cells);
}

#[divan::bench(sample_count = 1, sample_size = 1)]
fn phonenumber_mixed(bencher: Bencher<'_, '_>) {
    bench_phonenumber(bencher, &cells(300));
}

fn bench_phonenumber(bencher: Bencher<'_, '_>, cells: &[(String, String)]) {
    let cells: Vec<_> =
        cells.iter().map(|(cell, name)| (cell, name.parse::<phonenumber::country::Id>().ok())).collect();
    bencher.counter(ItemsCount::new(cells.len())).bench_local(|| {
        for (cell, country) in &cells {
            let parsed = phonenumber::parse(*country, cell).map(|number| {
                let written = number.format().mode(phonenumber::Mode::E164).to_string();
                (written, number.is_valid(), number.number_type(&phonenumber::metadata::DATABASE))
            });
            let _ = black_box(parsed);
        }
    });
}
