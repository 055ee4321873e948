//! Compares tables and library on very many cases: `cargo run --release --example soak_tables [MILLIONS] [SEED]`.
//!
//! Nine of ten cases are hard ones, the rest are rows of an ordinary list. Prints what it met and the first
//! disagreements, if any: they are errors of the tables.

#[path = "../tests/it/tables/cases.rs"]
mod cases;
#[path = "make_list/list.rs"]
mod list;
#[path = "../tests/it/tables/reference.rs"]
mod reference;
#[path = "../tests/it/tables/sampler.rs"]
mod sampler;

use std::fmt;
use std::io::Write as _;

use rollcall::numbers::tables::Tables;
use rollcall::numbers::{Parsed, Region};

/// As many disagreements are printed.
const SHOWN: u64 = 30;

/// What was met.
#[derive(Default)]
struct Tally {
    asked: u64,
    covered: u64,
    numbers: u64,
    valid: u64,
    wrong: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asked, covered, numbers, valid, wrong } = self;
        write!(f, "{asked} asked, {covered} covered, of these {numbers} numbers, {valid} valid; {wrong} wrong")
    }
}

impl Tally {
    fn compare(&mut self, text: &str, region: Option<Region>) -> std::io::Result<()> {
        let tables = Tables::get();
        self.asked += 1;
        let Some(answer) = tables.parse(text.as_bytes(), region) else { return Ok(()) };
        self.covered += 1;
        let reference = reference::parse(text, region);
        self.expect(&answer, &reference, text, region)?;
        if let Some((national, international)) = tables.parse_both(text.as_bytes(), region) {
            self.expect(&national, &reference, text, region)?;
            self.expect(&international, &reference::parse(&format!("+{text}"), None), text, None)?;
        }
        if let Parsed::Number(number) = reference {
            self.numbers += 1;
            if number.is_valid() {
                self.valid += 1;
                let written = Some(reference::is_written_with_prefix(number.msisdn));
                self.expect(&tables.is_written_with_prefix(number.msisdn), &written, text, region)?;
            }
        }
        Ok(())
    }

    fn expect<T: PartialEq + fmt::Debug>(
        &mut self,
        ours: &T,
        theirs: &T,
        text: &str,
        region: Option<Region>,
    ) -> std::io::Result<()> {
        if ours == theirs {
            return Ok(());
        }
        self.wrong += 1;
        if self.wrong > SHOWN {
            return Ok(());
        }
        writeln!(std::io::stdout(), "{text:?} in {region:?}: {ours:?}, library {theirs:?}")
    }
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let millions: u64 = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let seed: u64 = arguments.next().map_or(Ok(0), |text| text.parse())?;

    let (mut hard, mut cases) = (Tally::default(), cases::Cases::new(seed));
    for _ in 0..millions * 900_000 {
        let (text, region) = cases.next();
        hard.compare(&text, region)?;
    }
    writeln!(std::io::stdout(), "hard cases: {hard}")?;

    let (mut ordinary, list) = (Tally::default(), list::List::new(seed));
    let mut row = String::new();
    for index in 0..millions * 100_000 {
        row.clear();
        list.append_row(index, &mut row);
        let mut fields = row.split(',').skip(2);
        let (phone, country) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        ordinary.compare(phone, Region::from_iso2(country.as_bytes()))?;
    }
    writeln!(std::io::stdout(), "a list: {ordinary}")?;
    Ok(())
}
