//! How fast a list is read: cutting alone, cutting and parsing, beside the csv crate's bare records.
//!
//! `cargo bench --bench contacts`; a row is about 76 bytes in five columns.
#![expect(clippy::unwrap_used, reason = "a bench is its own reader and fails by panicking")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use divan::counter::{BytesCount, ItemsCount};
use rollcall::contacts::{Block, Input, List, ReadOptions, Records, Scratch};

const ROWS: usize = 1_000_000;

fn main() {
    divan::main();
    for (path, _) in [&*PLAIN, &*QUOTED] {
        fs::remove_file(path).unwrap();
    }
}

/// A file of each kind, and its size.
static PLAIN: LazyLock<(PathBuf, usize)> = LazyLock::new(|| generate("plain", ""));
static QUOTED: LazyLock<(PathBuf, usize)> = LazyLock::new(|| generate("quoted", "\""));

fn generate(name: &str, q: &str) -> (PathBuf, usize) {
    let mut text = format!("{q}id{q},{q}name{q},{q}phone{q},{q}country{q},{q}note{q}\n");
    let mut random = fastrand::Rng::with_seed(7);
    for row in 0..ROWS {
        let number = random.u32(100_000..1_000_000);
        let phone = match row % 4 {
            0 => format!("+447911{number}"),
            1 => format!("07911 {number}"),
            2 => format!("0044 7911-{number}"),
            _ => format!("(0)7911.{number}"),
        };
        writeln!(
            text,
            "{q}{row}{q},{q}Firstname Lastname{number}{q},{q}{phone}{q},{q}GB{q},{q}came by the autumn fair {q}"
        )
        .unwrap();
    }
    let path = std::env::temp_dir().join(format!("rollcall-bench-{name}-{}.csv", std::process::id()));
    fs::write(&path, &text).unwrap();
    (path, text.len())
}

fn open(path: &Path) -> List {
    let options = ReadOptions { phone_columns: vec!["phone".parse().unwrap()], ..ReadOptions::default() };
    List::open(&[Input::Path(path.to_owned())], &options, &|_, _| true).unwrap()
}

fn each(bencher: divan::Bencher<'_, '_>, (path, size): &(PathBuf, usize), run: impl Fn(&Path) -> usize + Sync) {
    bencher
        .counter(ItemsCount::new(ROWS))
        .counter(BytesCount::new(*size))
        .bench(|| assert_eq!(run(divan::black_box(path)), ROWS));
}

fn split(path: &Path) -> usize {
    let (mut list, mut block) = (open(path), Block::default());
    while list.next_block(&mut block).unwrap() {
        divan::black_box(block.len());
    }
    ROWS
}

fn parse(path: &Path) -> usize {
    let (mut list, mut block, mut scratch) = (open(path), Block::default(), Scratch::default());
    let mut count = 0;
    while list.next_block(&mut block).unwrap() {
        let mut rows = block.rows(&mut scratch);
        while let Some(row) = rows.next_row() {
            divan::black_box(row.phones().next());
            count += 1;
        }
    }
    count
}

fn write(path: &Path) -> usize {
    let (mut list, mut block, mut scratch) = (open(path), Block::default(), Scratch::default());
    let mut records = Records::new(b',');
    let mut count = 0;
    while list.next_block(&mut block).unwrap() {
        records.clear();
        let mut rows = block.rows(&mut scratch);
        while let Some(row) = rows.next_row() {
            records.push_record(row.cells());
            count += 1;
        }
        divan::black_box(records.as_bytes());
    }
    count
}

fn bare_csv(path: &Path) -> usize {
    let mut reader = csv::Reader::from_reader(File::open(path).unwrap());
    let mut record = csv::ByteRecord::new();
    let mut count = 0;
    while reader.read_byte_record(&mut record).unwrap() {
        divan::black_box(record.get(2));
        count += 1;
    }
    count
}

macro_rules! benches {
    ($($module:ident = $file:expr;)*) => {$(
        #[divan::bench_group(sample_count = 9, sample_size = 1)]
        mod $module {
            #[divan::bench]
            fn split(bencher: divan::Bencher<'_, '_>) {
                super::each(bencher, &$file, super::split);
            }
            #[divan::bench]
            fn split_and_parse(bencher: divan::Bencher<'_, '_>) {
                super::each(bencher, &$file, super::parse);
            }
            #[divan::bench]
            fn split_parse_and_write(bencher: divan::Bencher<'_, '_>) {
                super::each(bencher, &$file, super::write);
            }
            #[divan::bench]
            fn bare_csv(bencher: divan::Bencher<'_, '_>) {
                super::each(bencher, &$file, super::bare_csv);
            }
        }
    )*};
}

benches! {
    plain = super::PLAIN;
    quoted = super::QUOTED;
}
