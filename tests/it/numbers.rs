//! What a phone cell may become, from outside.

mod cells;
mod differential;
mod meanings;
mod properties;

use rollcall::numbers::{Normalizer, Policy, Region, RowRegion, Verdict};

/// Reads one cell by a policy. The region is written as in a region column; `-` is a row without one, `?` one that
/// cannot be read.
fn read_all(policy: &Policy, cell: &str, region: &str) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    Normalizer::new(policy.clone()).read(cell.as_bytes(), row_region(region), |verdict| verdicts.push(verdict));
    verdicts
}

fn row_region(region: &str) -> RowRegion {
    match region {
        "-" => RowRegion::None,
        "?" => RowRegion::Unknown,
        code => RowRegion::Known(Region::read(code.as_bytes()).expect("a region of the library")),
    }
}

/// A verdict in one line: `+447911123456 GB mobile [double_zero]`, or `too_short`, or `missing_plus -> +44…`.
fn told(verdict: &Verdict) -> String {
    match verdict {
        Ok(reading) if reading.marks.is_empty() => format!("{} {} {}", reading.msisdn, reading.region, reading.kind),
        Ok(reading) => format!("{} {} {} [{}]", reading.msisdn, reading.region, reading.kind, reading.marks),
        Err(rejection) => match rejection.suggestion {
            Some(number) => format!("{} -> {number}", rejection.reason),
            None => rejection.reason.to_string(),
        },
    }
}

fn read(policy: &Policy, cell: &str, region: &str) -> String {
    read_all(policy, cell, region).iter().map(told).collect::<Vec<_>>().join(", ")
}
