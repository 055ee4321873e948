//! Every engine against the reference: `cargo run --release --example second_opinion [FILE]`.
//!
//! Reads the cases that `scripts/make-number-cases` writes and counts, for each engine, the numbers that it refuses
//! and the reference reads, those that it invents, and those that it takes for another. The table in docs/numbers.md
//! is made by this. The crate `phonenumber` carries older metadata, which accounts for some of its differences.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::panic::catch_unwind;
use std::time::Instant;

use flate2::read::GzDecoder;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};
use rollcall::numbers::{Parsed, Region, parse};

struct Case {
    cell: String,
    region: Option<String>,
    /// The digits that the reference reads, when they are a valid number.
    expected: Option<String>,
}

type Engine = fn(&Case) -> Option<String>;

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "tests/data/number-cases.tsv.gz".to_owned());
    let lines = BufReader::new(GzDecoder::new(File::open(path)?)).lines().skip(1);
    let cases: Vec<Case> = lines.map(|line| Ok(case(&line?))).collect::<anyhow::Result<_>>()?;
    let engines: [(&str, Engine); 3] =
        [("tables, rlibphonenumber behind", ours), ("rlibphonenumber", library), ("phonenumber", other_library)];
    // A panic is an answer here: none.
    std::panic::set_hook(Box::new(|_| {}));
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} cases", cases.len())?;
    for (name, engine) in engines {
        let (mut refused, mut invented, mut different, mut panicked) = (0_u32, 0_u32, 0_u32, 0_u32);
        let start = Instant::now();
        for case in &cases {
            let found = catch_unwind(|| engine(case)).unwrap_or_else(|_| {
                panicked += 1;
                None
            });
            match (&case.expected, found) {
                (Some(_), None) => refused += 1,
                (None, Some(_)) => invented += 1,
                (Some(expected), Some(found)) if *expected != found => different += 1,
                _ => {}
            }
        }
        let each = start.elapsed() / u32::try_from(cases.len())?;
        writeln!(
            out,
            "{name}: refused {refused}, invented {invented}, different {different}, panicked {panicked}, {each:?} a cell"
        )?;
    }
    Ok(())
}

fn case(line: &str) -> Case {
    let mut fields = line.split('\t').map(str::to_owned);
    let (cell, region, reading) =
        (fields.next().unwrap_or_default(), fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    let valid = !reading.starts_with(['!', '?']);
    let expected = valid.then(|| lengthened(reading.split(' ').next().unwrap_or_default(), &cell));
    Case { cell, region: (region != "-").then_some(region), expected }
}

/// `49@11` ends with the last eleven digits of the cell.
fn lengthened(digits: &str, cell: &str) -> String {
    let Some((head, count)) = digits.split_once('@') else { return digits.to_owned() };
    let all: Vec<char> = cell.chars().filter(char::is_ascii_digit).collect();
    let skipped = all.len().saturating_sub(count.parse().unwrap_or(0));
    head.chars().chain(all.into_iter().skip(skipped)).collect()
}

fn ours(case: &Case) -> Option<String> {
    let region = case.region.as_deref().and_then(|region| Region::from_iso2(region.as_bytes()));
    match parse(&case.cell, region) {
        Parsed::Number(number) => number.is_valid().then(|| number.msisdn.value().to_string()),
        Parsed::Refused(_) => None,
    }
}

fn library(case: &Case) -> Option<String> {
    let region = case.region.as_deref().and_then(|region| rlibphonenumber::Region::from_code(region).ok());
    let number = PHONE_NUMBER_UTIL.parse(&case.cell, region).ok()?;
    let written = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
    PHONE_NUMBER_UTIL.is_valid_number(&number).then(|| written.trim_start_matches('+').to_owned())
}

fn other_library(case: &Case) -> Option<String> {
    let region = case.region.as_deref().and_then(|region| region.parse().ok());
    let number = phonenumber::parse(region, &case.cell).ok()?;
    let written = number.format().mode(phonenumber::Mode::E164).to_string();
    number.is_valid().then(|| written.trim_start_matches('+').to_owned())
}
