//! The phone-number library, and the care that it needs.
//!
//! Receives a text and a region; yields what `rlibphonenumber` says of it. Two things are kept away from the rest:
//! the library's types, and its panics, whose messages may quote the number.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use rlibphonenumber::{
    CountryCodeSource, NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat,
    PhoneNumberType, ValidationError,
};

use super::engine::{Length, Number, Parsed, Source};
use super::{Msisdn, NumberType, Reason, Region};

/// The library's own name for a region.
fn region_of_library(region: Region) -> Option<rlibphonenumber::Region> {
    rlibphonenumber::Region::from_code(region.as_str()).ok()
}

/// Our name for the library's region.
fn region_of_ours(region: rlibphonenumber::Region) -> Region {
    match region {
        rlibphonenumber::Region::World => Region::NON_GEOGRAPHIC,
        country => Region::from_iso2(country.as_region_str().as_bytes()).unwrap_or(Region::UNKNOWN),
    }
}

/// See [`super::engine::parse`].
pub(super) fn parse(text: &str, default_region: Option<Region>) -> Parsed {
    // `tel:` behind the context makes the library cut a slice that ends before it begins.
    if let Some(context) = text.find(";phone-context=")
        && text.rfind("tel:").is_some_and(|tel| tel > context)
    {
        return Parsed::Refused(Reason::NotANumber);
    }
    // A full-width tilde is a separator for libphonenumber, as the small one is; this library forgot it.
    let tilde;
    let text = if text.contains('\u{FF5E}') {
        tilde = text.replace('\u{FF5E}', "~");
        &tilde
    } else {
        text
    };
    guarded(|| parse_unguarded(text, default_region)).unwrap_or(Parsed::Refused(Reason::NotANumber))
}

fn parse_unguarded(text: &str, default_region: Option<Region>) -> Parsed {
    let region = default_region.and_then(region_of_library);
    let mut number = match PHONE_NUMBER_UTIL.parse_and_keep_raw_input(text, region) {
        Ok(number) => number,
        Err(error) => return Parsed::Refused(reason_of(&error, text)),
    };
    // Kept only to learn the source of the calling code; a number of zeros would be formatted as its raw input.
    number.raw_input = None;
    let Some(msisdn) = msisdn_of(&number) else {
        return Parsed::Refused(Reason::TooLong);
    };
    Parsed::Number(Number {
        msisdn,
        region: PHONE_NUMBER_UTIL.get_region_for_number(&number).map(region_of_ours),
        kind: kind_of(PHONE_NUMBER_UTIL.get_number_type(&number)),
        length: length_of(&number),
        source: match number.country_code_source() {
            CountryCodeSource::FromNumberWithPlusSign => Source::Plus,
            CountryCodeSource::FromNumberWithIdd => Source::InternationalPrefix,
            CountryCodeSource::FromNumberWithoutPlusSign => Source::OwnCallingCode,
            CountryCodeSource::FromDefaultCountry | CountryCodeSource::Unspecified => Source::DefaultRegion,
        },
        extension: !number.extension().is_empty(),
    })
}

/// The digits as E.164 holds them; `None` when there are more than 15 of them, which some national plans allow.
fn msisdn_of(number: &PhoneNumber) -> Option<Msisdn> {
    Msisdn::from_digits(PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164).as_bytes()).ok()
}

fn reason_of(error: &ParseError, text: &str) -> Reason {
    match error {
        ParseError::InvalidCountryCode if text.contains(['+', '\u{FF0B}']) => Reason::InvalidCallingCode,
        ParseError::InvalidCountryCode => Reason::NoRegion,
        ParseError::NotANumber(_) => Reason::NotANumber,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => Reason::TooShort,
        ParseError::TooLongNsn => Reason::TooLong,
    }
}

fn length_of(number: &PhoneNumber) -> Length {
    match PHONE_NUMBER_UTIL.is_possible_number_with_reason(number) {
        Ok(NumberLengthType::IsPossible) => Length::Possible,
        Ok(NumberLengthType::IsPossibleLocalOnly) => Length::LocalOnly,
        Err(ValidationError::TooShort) => Length::TooShort,
        Err(ValidationError::TooLong) => Length::TooLong,
        Err(ValidationError::InvalidLength | ValidationError::InvalidCountryCode) => Length::Impossible,
    }
}

fn kind_of(kind: PhoneNumberType) -> NumberType {
    match kind {
        PhoneNumberType::FixedLine => NumberType::FixedLine,
        PhoneNumberType::Mobile => NumberType::Mobile,
        PhoneNumberType::FixedLineOrMobile => NumberType::FixedLineOrMobile,
        PhoneNumberType::TollFree => NumberType::TollFree,
        PhoneNumberType::PremiumRate => NumberType::PremiumRate,
        PhoneNumberType::SharedCost => NumberType::SharedCost,
        PhoneNumberType::VoIP => NumberType::Voip,
        PhoneNumberType::PersonalNumber => NumberType::PersonalNumber,
        PhoneNumberType::Pager => NumberType::Pager,
        PhoneNumberType::UAN => NumberType::Uan,
        PhoneNumberType::VoiceMail => NumberType::Voicemail,
        PhoneNumberType::Unknown => NumberType::Unknown,
    }
}

/// Whether the library can read national numbers of the region.
#[cfg(test)]
pub(super) fn supported_regions() -> Vec<Region> {
    PHONE_NUMBER_UTIL.get_supported_regions().map(region_of_ours).collect()
}

/// A way of writing a number down for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// As it is dialled inside its region.
    National,
    /// With `+` and blanks.
    International,
}

/// The number written for people; its E.164 form when the library cannot.
pub(super) fn format(msisdn: Msisdn, format: Format) -> String {
    let plain = msisdn.to_string();
    let format = match format {
        Format::National => PhoneNumberFormat::National,
        Format::International => PhoneNumberFormat::International,
    };
    guarded(|| {
        let number = PHONE_NUMBER_UTIL.parse(&plain, None).ok()?;
        Some(PHONE_NUMBER_UTIL.format(&number, format).into_owned())
    })
    .flatten()
    .unwrap_or(plain)
}

/// The digit that a character of any script stands for.
pub(super) fn digit_value(character: char) -> Option<char> {
    let mut buffer = [0; 4];
    PHONE_NUMBER_UTIL.normalize_digits_only(&*character.encode_utf8(&mut buffer)).chars().next()
}

thread_local! {
    static INSIDE_THE_LIBRARY: Cell<bool> = const { Cell::new(false) };
}

/// Runs a call into the library. A panic there becomes `None`, and its message, which may quote the number, is not
/// printed: the process's panic hook is wrapped once, and stays silent for panics that begin in here.
fn guarded<T>(call: impl FnOnce() -> T) -> Option<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !INSIDE_THE_LIBRARY.get() {
                loud(info);
            }
        }));
    });
    INSIDE_THE_LIBRARY.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    INSIDE_THE_LIBRARY.set(false);
    result.ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    const SECRET: &str = "447400123456";

    #[test]
    fn a_panic_inside_the_library_becomes_nothing() {
        assert_eq!(guarded(|| -> u8 { panic!("{SECRET}") }), None);
        assert_eq!(guarded(|| 1), Some(1));
    }

    /// What a panic prints goes to the real stderr, so a process of its own has to be watched.
    #[test]
    fn a_panic_inside_the_library_prints_nothing() {
        let inner = "numbers::library::tests::a_panic_inside_the_library_becomes_nothing";
        let this = std::env::current_exe().unwrap();
        let output = std::process::Command::new(this).args(["--exact", inner, "--nocapture"]).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{printed}");
        assert!(!printed.contains(SECRET), "{printed}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    }

    #[test]
    fn the_cell_that_makes_the_library_panic_is_refused_before() {
        for text in [";phone-context=+44;tel:1", "tel:1;phone-context=+44;tel:2", ";phone-context=tel:"] {
            assert_eq!(parse(text, None), Parsed::Refused(Reason::NotANumber), "{text}");
        }
    }

    #[test]
    fn a_full_width_tilde_is_a_separator() {
        let small = parse("+44~7400123456", None);
        assert!(matches!(small, Parsed::Number(number) if number.kind == NumberType::Mobile));
        assert_eq!(parse("+44\u{FF5E}7400123456", None), small);
    }
}
