//! Cell by cell against the reference: Python's `phonenumbers`, whose verdicts `scripts/make-number-cases` writes down.
//!
//! The door to the engine is compared with the reference itself; the normalizer with what the page says becomes of the
//! reference's two readings, worked out by the script. A sample is kept in the repository. Where the reference is installed, a larger one
//! with another seed is made and read too.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::row_region;
use crate::tools::{printed, script};
use crate::workdir::Workdir;
use flate2::read::GzDecoder;
use rollcall::numbers::{
    Length, METADATA_VERSION, Mark, Normalizer, NumberType, Parsed, Policy, Reason, Region, Verdict, parse,
};

const SAMPLE: &str = "tests/data/number-cases.tsv.gz";

/// How two answers to one question differ.
#[derive(Debug, Default)]
struct Score {
    cases: usize,
    /// Accepted, as another number than the reference's, or with another region or type.
    wrong: Vec<String>,
    /// Accepted, and the reference does not.
    invented: Vec<String>,
    /// Refused, and the reference does not.
    lost: Vec<String>,
    /// Refused by both, for another reason.
    otherwise: Vec<String>,
}

impl Score {
    fn compare(&mut self, case: &Case, expected: &str, found: &str) {
        self.cases += 1;
        if expected == found {
            return;
        }
        let list = match (is_accepted(expected), is_accepted(found)) {
            (true, true) => &mut self.wrong,
            (false, true) => &mut self.invented,
            (true, false) => &mut self.lost,
            (false, false) => &mut self.otherwise,
        };
        list.push(format!("{:?} in {}: the reference says {expected}, we say {found}", case.cell, case.region));
    }

    fn assert_good(&self, what: &str) {
        let shown = |list: &[String]| list.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
        assert!(self.cases > 40_000, "{what}: only {} cases", self.cases);
        assert!(self.wrong.is_empty(), "{what}: {} wrong\n{}", self.wrong.len(), shown(&self.wrong));
        assert!(self.invented.is_empty(), "{what}: {} invented\n{}", self.invented.len(), shown(&self.invented));
        let allowed = self.cases / 5_000;
        assert!(self.lost.len() <= allowed, "{what}: {} lost\n{}", self.lost.len(), shown(&self.lost));
        let allowed = self.cases / 1_000;
        let otherwise = self.otherwise.len();
        assert!(otherwise <= allowed, "{what}: {otherwise} refused for another reason\n{}", shown(&self.otherwise));
    }
}

/// Refusals begin with a sign of their own.
fn is_accepted(answer: &str) -> bool {
    !answer.starts_with(['!', '?', '>', '*'])
}

struct Case {
    cell: String,
    region: String,
    reading: String,
    verdict: String,
}

fn cases(path: &Path) -> Vec<Case> {
    let file = File::open(path).expect("the sample is there");
    let mut lines = BufReader::new(GzDecoder::new(file)).lines().map(|line| line.expect("the sample is text"));
    let head = lines.next().expect("the sample has a head");
    assert_eq!(head.split(' ').nth(2), Some(METADATA_VERSION), "made by another version of the reference: {head}");
    lines
        .map(|line| match line.split('\t').collect::<Vec<_>>().as_slice() {
            [cell, region, reading, _, verdict] => Case {
                cell: (*cell).to_owned(),
                region: (*region).to_owned(),
                reading: lengthened(reading, cell),
                verdict: lengthened(verdict, cell),
            },
            _ => panic!("a line of another shape: {line}"),
        })
        .collect()
}

/// Undoes the shortening of `49@11`: the last eleven digits are those of the cell.
fn lengthened(answer: &str, cell: &str) -> String {
    let Some((head, tail)) = answer.split_once('@') else {
        return answer.to_owned();
    };
    let end = tail.find(' ').unwrap_or(tail.len());
    let (count, rest) = tail.split_at(end);
    let count: usize = count.parse().expect("a count");
    let digits: String = cell.chars().filter(char::is_ascii_digit).collect();
    format!("{head}{}{rest}", &digits[digits.len() - count..])
}

/// The engine's answer in the words of the sample.
fn told_by_engine(parsed: Parsed) -> String {
    match parsed {
        Parsed::Number(number) if number.is_valid() => {
            let region = number.region.map_or("None".to_owned(), |region| region.to_string());
            format!("{} {region} {}", number.msisdn.value(), type_number(number.kind))
        }
        Parsed::Number(number) => format!(
            "?{}",
            match number.length {
                Length::Possible => 0,
                Length::TooShort => 2,
                Length::TooLong => 3,
                Length::LocalOnly => 4,
                Length::Impossible => 5,
            }
        ),
        Parsed::Refused(reason) => format!(
            "!{}",
            match reason {
                Reason::InvalidCallingCode | Reason::NoRegion => 0,
                Reason::NotANumber => 1,
                Reason::TooShort => 3,
                Reason::TooLong => 4,
                other => panic!("{other} is no answer of the engine"),
            }
        ),
    }
}

fn type_number(kind: NumberType) -> u8 {
    match kind {
        NumberType::FixedLine => 0,
        NumberType::Mobile => 1,
        NumberType::FixedLineOrMobile => 2,
        NumberType::TollFree => 3,
        NumberType::PremiumRate => 4,
        NumberType::SharedCost => 5,
        NumberType::Voip => 6,
        NumberType::PersonalNumber => 7,
        NumberType::Pager => 8,
        NumberType::Uan => 9,
        NumberType::Voicemail => 10,
        NumberType::Unknown => 99,
    }
}

/// The normalizer's verdict in the words of the sample.
fn told_by_normalizer(verdicts: &[Verdict]) -> String {
    match verdicts {
        [Ok(reading)] if reading.marks.contains(Mark::Ambiguous) => format!("~{}", reading.msisdn.value()),
        [Ok(reading)] => format!("={}", reading.msisdn.value()),
        [Err(rejection)] => match (rejection.reason, rejection.suggestion) {
            (Reason::MissingPlus, Some(number)) => format!(">{}", number.value()),
            (Reason::Ambiguous, None) => "*".to_owned(),
            _ => "!".to_owned(),
        },
        several => panic!("{} verdicts", several.len()),
    }
}

fn holds_against_the_reference(path: &Path) {
    let normalizer = Normalizer::new(Policy::default());
    let (mut engine, mut rules) = (Score::default(), Score::default());
    for case in cases(path) {
        let found = told_by_engine(parse(&case.cell, Region::from_iso2(case.region.as_bytes())));
        // Too short behind a prefix and too short at all are one reason here.
        let expected = if case.reading == "!2" { "!3" } else { case.reading.as_str() };
        engine.compare(&case, expected, &found);
        if case.verdict != "-" {
            let mut verdicts = Vec::new();
            normalizer.read(case.cell.as_bytes(), row_region(&case.region), |verdict| verdicts.push(verdict));
            rules.compare(&case, &case.verdict, &told_by_normalizer(&verdicts));
        }
    }
    engine.assert_good("the engine");
    rules.assert_good("the rules");
}

#[test]
fn the_sample_holds_against_the_reference() {
    holds_against_the_reference(Path::new(SAMPLE));
}

#[test]
fn a_larger_sample_with_another_seed_holds_against_the_reference() {
    let Some(mut make) = script("scripts/numbers/make_cases.py") else { return };
    let dir = Workdir::new();
    let cases = dir.path("cases.tsv.gz");
    printed(make.args(["--seed", "2", "--count", "300000", "--output"]).arg(&cases));
    holds_against_the_reference(&cases);
}
