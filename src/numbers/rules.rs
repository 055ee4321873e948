//! Which of its possible meanings a cell has: the rules for `+`, for international prefixes and for a missing `+`.
//!
//! Receives a text that holds one number at most; yields the chosen number, or why none was chosen. Knows nothing of
//! wrappings, of several numbers and of what is wanted (types, extensions).

use super::candidates::{Candidate, Candidates, Way, behind_plus, candidates, is_prefixed};
use super::engine::{self, Length, Number, Parsed};
use super::outline::Outline;
use super::tables::Tables;
use super::{Level, Mark, Marks, Msisdn, PlusLess, Policy, Reason, Region, Rejection, RowRegion};

/// The number that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pick {
    pub(super) number: Number,
    /// What choosing it has earned.
    pub(super) marks: Marks,
    pub(super) plus_less: bool,
}

/// Why none was chosen.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) rejection: Rejection,
    /// Whether the text as a whole, without an extension, is a valid number on some reading: then it is not several.
    pub(super) is_number: bool,
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self { rejection, is_number: false }
    }
}

pub(super) type Choice = Result<Pick, Refusal>;

/// Chooses what a text means.
pub(super) fn choose(policy: &Policy, text: &str, outline: &Outline, region: RowRegion) -> Choice {
    if outline.plus && !outline.double_zero {
        let parsed = engine::parse(text, region.known());
        if is_prefixed(&parsed) {
            return choose_prefixed(policy, &candidates(text, outline, region.known()));
        }
        return take(policy, parsed, false);
    }
    if !outline.plain
        && let Some((number, context)) = text.split_once(CONTEXT)
    {
        return choose_with_context(policy, text, number, context, region);
    }
    if outline.double_zero {
        return choose_prefixed(policy, &candidates(text, outline, region.known()));
    }
    let RowRegion::Known(known) = region else {
        return choose_without_region(policy, text, region);
    };
    let (national, international) = engine::parse_both(text, Some(known));
    if is_prefixed(&national) {
        return choose_prefixed(policy, &candidates(text, outline, Some(known)));
    }
    match policy.plus_less {
        PlusLess::Auto => choose_plus_less(policy, text, known, national, international),
        PlusLess::National => take(policy, national, true),
        PlusLess::International => take(policy, international, true),
        PlusLess::Refuse => Err(refuse_plus_less(valid(national), valid(international))),
    }
}

/// What stands behind a number instead of in front (RFC 3966): its calling code, or a domain within which it is local.
pub(super) const CONTEXT: &str = ";phone-context=";

/// A calling code behind the number is as good as one in front. A domain says nothing: the number is one without `+`.
fn choose_with_context(policy: &Policy, text: &str, number: &str, context: &str, region: RowRegion) -> Choice {
    let parsed = engine::parse(text, region.known());
    let mut pick = if context.starts_with('+') || matches!(parsed, Parsed::Refused(Reason::NotANumber)) {
        take(policy, parsed, false).map_err(|refusal| name_region(refusal, region))?
    } else {
        choose(policy, number, &Outline::of(number), region)?
    };
    // The library cuts off what follows the context.
    pick.number.extension |= context.contains(";ext=");
    Ok(pick)
}

fn valid(parsed: Parsed) -> Option<Number> {
    match parsed {
        Parsed::Number(number) => Some(number).filter(Number::is_valid),
        Parsed::Refused(_) => None,
    }
}

/// The only meaning there is, if the level accepts it.
fn take(policy: &Policy, parsed: Parsed, plus_less: bool) -> Choice {
    match parsed {
        Parsed::Number(number) if accepts(policy, &number) => Ok(Pick { number, marks: Marks::NONE, plus_less }),
        other => Err(Rejection { plus_less, ..failure(&other) }.into()),
    }
}

fn accepts(policy: &Policy, number: &Number) -> bool {
    match policy.level {
        Level::Valid => number.is_valid(),
        Level::Possible => number.is_valid() || number.is_possible(),
    }
}

/// What is wrong with a reading that is not valid.
fn failure(parsed: &Parsed) -> Rejection {
    let reason = match parsed {
        Parsed::Refused(reason) => *reason,
        Parsed::Number(number) => match number.length {
            Length::TooShort | Length::LocalOnly => Reason::TooShort,
            Length::TooLong => Reason::TooLong,
            Length::Possible | Length::Impossible => Reason::InvalidForRegion,
        },
    };
    let detail = match (reason, parsed) {
        (Reason::TooShort, Parsed::Number(Number { length: Length::LocalOnly, .. })) => "the area code is missing",
        (Reason::TooShort, _) => "too few digits for a phone number",
        (Reason::TooLong, _) => "too many digits for a phone number",
        (Reason::InvalidForRegion, Parsed::Number(Number { length: Length::Impossible, .. })) => {
            "no number of that region has this many digits"
        }
        (Reason::InvalidForRegion, _) => "no assigned range of that region holds this number",
        (Reason::InvalidCallingCode, _) => "begins with a calling code that nobody has",
        (Reason::NoRegion, _) => "a national number, and no region to read it in: give a region column or a region",
        _ => "not a phone number",
    };
    Rejection::new(reason, detail)
}

/// A missing region is told apart from one that could not be read.
fn name_region(mut refusal: Refusal, region: RowRegion) -> Refusal {
    if refusal.rejection.reason == Reason::NoRegion && region == RowRegion::Unknown {
        refusal.rejection.reason = Reason::UnknownRegion;
        refusal.rejection.detail = "a national number, and the row's region cannot be read".into();
    }
    refusal
}

/// A text without `+` and without a region to read it in: only the reading with `+` is left.
fn choose_without_region(policy: &Policy, text: &str, region: RowRegion) -> Choice {
    let international = behind_plus(text);
    match policy.plus_less {
        PlusLess::International => return take(policy, international, true),
        PlusLess::Refuse => return Err(refuse_plus_less(None, valid(international))),
        PlusLess::Auto | PlusLess::National => {}
    }
    if let Parsed::Refused(Reason::NotANumber) = international {
        return Err(failure(&international).into());
    }
    match valid(international) {
        Some(number) if policy.plus_less == PlusLess::Auto && region == RowRegion::None => missing_plus(policy, number),
        _ => {
            let rejection = Rejection { plus_less: true, ..failure(&Parsed::Refused(Reason::NoRegion)) };
            Err(name_region(rejection.into(), region))
        }
    }
}

/// The plus-less rules: both readings of a text are judged.
fn choose_plus_less(policy: &Policy, text: &str, region: Region, national: Parsed, international: Parsed) -> Choice {
    match (valid(national), valid(international)) {
        (Some(number), None) => Ok(Pick { number, marks: Marks::NONE, plus_less: true }),
        (Some(number), Some(other)) if number.msisdn == other.msisdn => {
            Ok(Pick { number, marks: Marks::NONE, plus_less: true })
        }
        (None, Some(number)) => missing_plus(policy, number),
        (None, None) => take(policy, national, true),
        (Some(by_region), Some(by_plus)) => {
            let marks = Marks::NONE.with(Mark::Ambiguous);
            if !lacks_trunk_prefix(text, region, by_region.msisdn) {
                Ok(Pick { number: by_region, marks, plus_less: true })
            } else if begins_with_calling_code(by_plus.msisdn, region) {
                Ok(Pick { number: by_plus, marks, plus_less: true })
            } else {
                Err(ambiguous(by_region, by_plus, true))
            }
        }
    }
}

fn missing_plus(policy: &Policy, number: Number) -> Choice {
    if policy.allows(Mark::Plus) {
        return Ok(Pick { number, marks: Marks::NONE.with(Mark::Plus), plus_less: true });
    }
    let rejection = Rejection::new(Reason::MissingPlus, "valid only with a + in front").suggesting(Some(number.msisdn));
    Err(Refusal { rejection: Rejection { plus_less: true, ..rejection }, is_number: !number.extension })
}

fn refuse_plus_less(national: Option<Number>, international: Option<Number>) -> Refusal {
    let suggestion = match (national, international) {
        (Some(one), Some(other)) if one.msisdn != other.msisdn => None,
        (one, other) => one.or(other).map(|number| number.msisdn),
    };
    let rejection = Rejection::new(Reason::PlusLess, "no + in front, and cells without one are refused as asked")
        .suggesting(suggestion);
    let is_number = national.or(international).is_some_and(|number| !number.extension);
    Refusal { rejection: Rejection { plus_less: true, ..rejection }, is_number }
}

fn ambiguous(one: Number, other: Number, plus_less: bool) -> Refusal {
    let detail = format!("valid both as {} and as {}", one.msisdn, other.msisdn);
    let rejection = Rejection::new(Reason::Ambiguous, detail);
    Refusal { rejection: Rejection { plus_less, ..rejection }, is_number: !one.extension }
}

/// Whether the region writes this number with a trunk prefix in front and the text has none.
fn lacks_trunk_prefix(text: &str, region: Region, number: Msisdn) -> bool {
    if Tables::get().is_written_with_prefix(number) != Some(true) {
        return false;
    }
    let (prefix, digits) = (Tables::get().trunk_prefix(region), digits_of(text));
    // A number may itself begin with the prefix's digit (Russian 8 800 …): only what stands in front of it counts.
    !digits.starts_with(prefix) || digits == significant_digits(number, region)
}

fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The digits of a number behind the calling code of the region.
fn significant_digits(number: Msisdn, region: Region) -> String {
    let digits = number.value().to_string();
    let code = Tables::get().calling_code(region).map(|code| code.to_string()).unwrap_or_default();
    digits.strip_prefix(&code).unwrap_or(&digits).to_owned()
}

fn begins_with_calling_code(number: Msisdn, region: Region) -> bool {
    Tables::get().calling_code(region).is_some_and(|code| number.value().to_string().starts_with(&code.to_string()))
}

/// A text that begins with `00` or with the region's own international prefix. `00` is not the prefix everywhere, and
/// a prefix may be the beginning of a national number: all that the text could mean is weighed.
fn choose_prefixed(policy: &Policy, candidates: &Candidates) -> Choice {
    let considered = |candidate: &&Candidate| match policy.plus_less {
        PlusLess::Auto | PlusLess::Refuse => true,
        PlusLess::National => candidate.way != Way::AddedPlus,
        PlusLess::International => {
            candidates.on(Way::AddedPlus).and_then(valid).is_none() || candidate.way == Way::AddedPlus
        }
    };
    let mut valid =
        candidates.iter().filter(considered).filter_map(|candidate| Some((candidate.way, candidate.valid()?)));
    let Some((way, number)) = valid.next() else {
        return choose_possible_prefixed(policy, candidates);
    };
    if let Some((_, other)) = valid.find(|(_, other)| other.msisdn != number.msisdn) {
        return Err(ambiguous(number, other, false));
    }
    accept_on(policy, way, number)
}

fn accept_on(policy: &Policy, way: Way, number: Number) -> Choice {
    let plain = Pick { number, marks: Marks::NONE, plus_less: false };
    match (way, policy.plus_less) {
        (Way::Plus, _) => Ok(plain),
        (Way::Prefix, _) => Ok(Pick { marks: Marks::NONE.with(Mark::DoubleZero), ..plain }),
        (Way::National, PlusLess::Refuse) => Err(refuse_plus_less(Some(number), None)),
        (Way::National, _) | (Way::AddedPlus, PlusLess::International) => Ok(Pick { plus_less: true, ..plain }),
        (Way::AddedPlus, PlusLess::Refuse) => Err(refuse_plus_less(None, Some(number))),
        (Way::AddedPlus, _) => missing_plus(policy, number),
    }
}

/// Nothing is valid: a possible length may still be enough, behind the prefix first.
fn choose_possible_prefixed(policy: &Policy, candidates: &Candidates) -> Choice {
    let ways = [Way::Plus, Way::Prefix, Way::National];
    if policy.level == Level::Possible {
        let possible = ways
            .into_iter()
            .flat_map(|way| candidates.iter().filter(move |found| found.way == way))
            .find_map(|candidate| Some((candidate.way, candidate.number().filter(Number::is_possible)?)));
        if let Some((way, number)) = possible {
            return accept_on(policy, way, number);
        }
    }
    let told = ways.into_iter().find_map(|way| candidates.on(way));
    Err(told.map_or_else(|| Rejection::new(Reason::NotANumber, "not a phone number"), |parsed| failure(&parsed)).into())
}
