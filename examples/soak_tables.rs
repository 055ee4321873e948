//! Compares tables and library on very many cases: `cargo run --release --example soak_tables [MILLIONS] [SEED]`.
//!
//! Prints what it met and how long it took, and the first disagreements, if any: they are errors of the tables.

#[path = "../tests/it/tables/cases.rs"]
mod cases;
#[path = "../tests/it/tables/reference.rs"]
mod reference;
#[path = "../tests/it/tables/sampler.rs"]
mod sampler;

use std::io::Write as _;

use rollcall::numbers::Parsed;
use rollcall::numbers::tables::Tables;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let millions: u64 = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let seed: u64 = arguments.next().map_or(Ok(0), |text| text.parse())?;
    let tables = Tables::get();
    let mut cases = cases::Cases::new(seed);
    let (mut covered, mut valid, mut numbers, mut wrong) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut out = std::io::stdout().lock();
    for _ in 0..millions * 1_000_000 {
        let (text, region) = cases.next();
        let Some(answer) = tables.parse(text.as_bytes(), region) else { continue };
        covered += 1;
        let reference = reference::parse(&text, region);
        if let Parsed::Number(number) = reference {
            numbers += 1;
            valid += u64::from(number.is_valid());
            let written = number.is_valid().then(|| reference::is_written_with_prefix(number.msisdn));
            let told = tables.is_written_with_prefix(number.msisdn).filter(|_| number.is_valid());
            if written != told {
                wrong += 1;
                writeln!(out, "written with prefix: {}: {told:?}, library {written:?}", number.msisdn)?;
            }
        }
        if answer != reference {
            wrong += 1;
            if wrong < 30 {
                writeln!(out, "{text:?} {region:?}: {answer:?}, library {reference:?}")?;
            }
        }
    }
    writeln!(out, "{millions} million cases, {covered} covered, {numbers} numbers, {valid} valid, {wrong} wrong")?;
    Ok(())
}
