//! Numbers, as they were typed.

use rollcall::numbers::{Extension, Level, Msisdn, Normalizer, NumberSet, Policy, Region, RowRegion};

use crate::failure::Failure;

/// The number that a text means, read as the cell of a list would be; one that is only possible is good enough, as a
/// list may have been read like that. The text itself stays out of the error.
pub(crate) fn typed(text: &str, region: Option<Region>) -> Result<Msisdn, Failure> {
    read(text, region).map_err(|reason| Failure::usage(format!("that is no phone number ({reason})"), HINT))
}

/// The numbers that were typed behind a flag. A bad one is named by its place there, never by what it is.
pub(crate) fn typed_list(flag: &str, texts: &[String], region: Option<Region>) -> Result<NumberSet, Failure> {
    let numbers = (1..).zip(texts).map(|(place, text)| {
        read(text, region)
            .map_err(|reason| Failure::usage(format!("number {place} of {flag} is no phone number ({reason})"), HINT))
    });
    numbers.collect()
}

const HINT: &str = "write it with its country code, such as +12125550100, or name its region with --region";

fn read(text: &str, region: Option<Region>) -> Result<Msisdn, &'static str> {
    let region = region.map_or(RowRegion::None, RowRegion::Known);
    let mut refused = None;
    for level in [Level::Valid, Level::Possible] {
        let mut verdicts = Vec::new();
        let policy = Policy { level, extension: Extension::Drop, ..Policy::default() };
        Normalizer::new(policy).read(text.as_bytes(), region, |verdict| verdicts.push(verdict));
        match verdicts.into_iter().next() {
            Some(Ok(reading)) => return Ok(reading.msisdn),
            Some(Err(rejection)) => refused = refused.or(Some(rejection.reason)),
            None => {}
        }
    }
    Err(refused.map_or("empty", |reason| reason.as_str()))
}
