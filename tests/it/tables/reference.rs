//! What the phone-number library says, in the words of the tables.

use rlibphonenumber::interfaces::AsOriginal as _;
use rlibphonenumber::{
    CountryCodeSource, NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat,
    PhoneNumberType, ValidationError,
};
use rollcall::numbers::{Length, Msisdn, Number, NumberType, Parsed, Reason, Region, Source};

/// The library's answer to a text with a default region.
pub(crate) fn parse(text: &str, default_region: Option<Region>) -> Parsed {
    let region = default_region.and_then(|region| rlibphonenumber::Region::from_code(region.as_str()).ok());
    match PHONE_NUMBER_UTIL.parse_and_keep_raw_input(text, region) {
        Ok(mut number) => {
            number.raw_input = None;
            number_of(&number)
        }
        Err(error) => Parsed::Refused(match error {
            ParseError::InvalidCountryCode if text.contains('+') => Reason::InvalidCallingCode,
            ParseError::InvalidCountryCode => Reason::NoRegion,
            ParseError::NotANumber(_) => Reason::NotANumber,
            ParseError::TooShortAfterIdd | ParseError::TooShortNsn => Reason::TooShort,
            ParseError::TooLongNsn => Reason::TooLong,
        }),
    }
}

fn number_of(number: &PhoneNumber) -> Parsed {
    let written = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164);
    let Ok(msisdn) = Msisdn::from_digits(written.as_bytes()) else { return Parsed::Refused(Reason::TooLong) };
    let region = PHONE_NUMBER_UTIL.get_region_for_number(number).map(|region| match region {
        rlibphonenumber::Region::World => Region::NON_GEOGRAPHIC,
        country => Region::from_iso2(country.as_region_str().as_bytes()).expect("two letters"),
    });
    Parsed::Number(Number {
        msisdn,
        region,
        kind: match PHONE_NUMBER_UTIL.get_number_type(number) {
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
        },
        length: match PHONE_NUMBER_UTIL.is_possible_number_with_reason(number) {
            Ok(NumberLengthType::IsPossible) => Length::Possible,
            Ok(NumberLengthType::IsPossibleLocalOnly) => Length::LocalOnly,
            Err(ValidationError::TooShort) => Length::TooShort,
            Err(ValidationError::TooLong) => Length::TooLong,
            Err(ValidationError::InvalidLength | ValidationError::InvalidCountryCode) => Length::Impossible,
        },
        source: match number.country_code_source() {
            CountryCodeSource::FromNumberWithPlusSign => Source::Plus,
            CountryCodeSource::FromNumberWithIdd => Source::InternationalPrefix,
            CountryCodeSource::FromNumberWithoutPlusSign => Source::OwnCallingCode,
            CountryCodeSource::FromDefaultCountry | CountryCodeSource::Unspecified => Source::DefaultRegion,
        },
        extension: !number.extension().is_empty(),
    })
}

/// Whether the library writes a number with the national prefix when it writes it for its own country.
pub(crate) fn is_written_with_prefix(number: Msisdn) -> bool {
    let parsed = PHONE_NUMBER_UTIL.parse(number.to_string(), None).expect("a valid number");
    let national = PHONE_NUMBER_UTIL.format(&parsed, PhoneNumberFormat::National);
    let national: String = national.chars().filter(char::is_ascii_digit).collect();
    let prefix = PHONE_NUMBER_UTIL
        .get_region_for_country_code(parsed.country_code)
        .and_then(|region| PHONE_NUMBER_UTIL.as_original().get_ndd_prefix_for_region(region, true))
        .unwrap_or_default();
    let significant = rlibphonenumber::get_national_significant_number_owned(&parsed);
    !prefix.is_empty() && national.starts_with(&prefix) && national != significant
}
