//! From lines to plans, or to what is wrong with them.

use std::io::{self, Read};

use serde::Deserialize;

use super::header::{Header, Seal};
use super::write::{ADD, END, REMOVE};
use super::{FORMAT, PlanFile, PlanFileError, Section};
use crate::numbers::{Msisdn, NumberSet};

impl PlanFile {
    /// Reads a file that [`PlanFile::write`] has written, packed or not: that is known by its first bytes.
    ///
    /// # Errors
    /// When it cannot be read, when a later program has written it, and when anything in it was changed.
    pub fn read(mut from: impl Read) -> Result<Self, PlanFileError> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).map_err(PlanFileError::Unreadable)?;
        let bytes = unpack(bytes).map_err(|_| PlanFileError::Packing)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| PlanFileError::Foreign)?;
        let mut lines = Lines { rest: text.strip_suffix('\n').unwrap_or(text), read: 0, over: text.is_empty() };
        let mut sections = Vec::new();
        let mut announced = Announced::default();
        while let Some(line) = lines.next() {
            sections.push(section(line, &mut lines, &mut announced, sections.len() + 1)?);
            if announced.sections == sections.len() && !lines.over {
                return Err(PlanFileError::Line { line: lines.read + 1, what: "is one too many" });
            }
        }
        let file = Self { sections };
        if file.sections.is_empty() {
            return Err(PlanFileError::Foreign);
        }
        if announced.sections != file.sections.len() {
            return Err(PlanFileError::Cut { line: lines.read });
        }
        // The parts may all be whole, and yet be parts of different plans.
        if announced.whole.is_some_and(|whole| whole != file.digest().to_string()) {
            return Err(PlanFileError::Edited { line: 1, what: "its sections do not belong together" });
        }
        Ok(file)
    }
}

fn unpack(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    if bytes.starts_with(b"\x28\xb5\x2f\xfd") {
        zstd::Decoder::new(bytes.as_slice())?.read_to_end(&mut plain)?;
    } else if bytes.starts_with(b"\x1f\x8b") {
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)?;
    } else {
        plain = bytes;
    }
    Ok(plain)
}

/// Lines, counted.
struct Lines<'a> {
    rest: &'a str,
    /// Lines that were read.
    read: usize,
    over: bool,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a str> {
        if self.over {
            return None;
        }
        self.read += 1;
        if let Some((line, rest)) = self.rest.split_once('\n') {
            self.rest = rest;
            Some(line)
        } else {
            self.over = true;
            Some(self.rest)
        }
    }
}

/// What the first header says of all of them.
#[derive(Default)]
struct Announced {
    sections: usize,
    whole: Option<String>,
}

/// Reads one section: the header that has been taken from the lines, and the changes that follow.
fn section(
    line: &str,
    lines: &mut Lines<'_>,
    announced: &mut Announced,
    number: usize,
) -> Result<Section, PlanFileError> {
    let first = lines.read;
    let edited = |what| PlanFileError::Edited { line: first, what };
    let header = header(line, first)?;
    if number == 1 {
        *announced = Announced { sections: header.sections, whole: header.whole.clone() };
    }
    if header.section != number || header.sections != announced.sections || header.whole != announced.whole {
        return Err(edited("a section is missing, or in another place"));
    }
    let sealed = Seal::split(line);
    if sealed.is_none() && header.is_sealed() {
        return Err(edited("its seal is missing"));
    }
    let mut seal = Seal::default();
    seal.line(sealed.map_or(line, |(prefix, _)| prefix));
    let add = changes(lines, header.counts.add, ADD, &mut seal)?;
    let remove = changes(lines, header.counts.remove, REMOVE, &mut seal)?;
    let digest = header.digest.clone();
    let section = header.section(add, remove).map_err(edited)?;
    let plan = &section.plan;
    if let Some(at) = plan.add.iter().position(|number| section.live.contains(number)) {
        return Err(PlanFileError::Line { line: first + 1 + at, what: "adds somebody who is a member" });
    }
    if let Some(at) = plan.remove.iter().position(|number| !section.live.contains(number)) {
        let line = first + 1 + plan.add.len() + at;
        return Err(PlanFileError::Line { line, what: "removes somebody who is no member" });
    }
    if plan.digest().to_string() != digest {
        return Err(edited("its changes do not give its digest"));
    }
    if sealed.is_some_and(|(_, written)| written != seal.finish()) {
        return Err(edited("its seal is broken"));
    }
    Ok(section)
}

fn header(line: &str, number: usize) -> Result<Header, PlanFileError> {
    #[derive(Deserialize)]
    struct Format {
        format: u64,
    }
    let broken = |what| if number == 1 { PlanFileError::Foreign } else { PlanFileError::Line { line: number, what } };
    let Format { format } = serde_json::from_str(line).map_err(|_| broken("is no header"))?;
    if format > u64::from(FORMAT) {
        return Err(PlanFileError::Newer { found: format, known: FORMAT });
    }
    serde_json::from_str(line).map_err(|_| PlanFileError::Line { line: number, what: "is a header with a fault in it" })
}

/// So many changes of one kind, in ascending order.
fn changes(
    lines: &mut Lines<'_>,
    count: usize,
    kind: &'static str,
    seal: &mut Seal,
) -> Result<NumberSet, PlanFileError> {
    let mut numbers: Vec<Msisdn> = Vec::new();
    for _ in 0..count {
        let line = lines.next().ok_or(PlanFileError::Cut { line: lines.read })?;
        let fault = |what| PlanFileError::Line { line: lines.read, what };
        let digits = line.strip_prefix(kind).and_then(|line| line.strip_suffix(END));
        let digits = digits.ok_or_else(|| {
            fault(if kind == ADD {
                "should add a number, and does not"
            } else {
                "should remove a number, and does not"
            })
        })?;
        let number = digits.strip_prefix('+').and_then(|digits| digits.parse::<Msisdn>().ok());
        let number = number.ok_or_else(|| fault("names no number"))?;
        if numbers.last().is_some_and(|before| *before >= number) {
            return Err(fault("is out of order"));
        }
        numbers.push(number);
        seal.line(line);
    }
    Ok(NumberSet::from_unsorted(numbers))
}
