//! What is known of a number that is already in E.164 form.

use super::library::{self, Format};
use super::tables::Tables;
use super::{Msisdn, NumberType, Region};

/// The version of libphonenumber's metadata that decides what is valid.
pub const METADATA_VERSION: &str = "9.0.42";

/// The region and the type of a number, for tables. A number that is not valid has the type
/// [`NumberType::Unknown`] and the main region of its calling code; [`Region::UNKNOWN`] when nobody has that code.
#[must_use]
pub fn describe(msisdn: Msisdn) -> (Region, NumberType) {
    let number = Tables::get().describe(msisdn);
    let region = number.and_then(|number| number.region).or_else(|| Tables::get().main_region_of(msisdn));
    (region.unwrap_or(Region::UNKNOWN), number.map_or(NumberType::Unknown, |number| number.kind))
}

/// The calling code of a number; none when nobody has it.
#[must_use]
pub fn calling_code(msisdn: Msisdn) -> Option<u16> {
    Tables::get().calling_code_of(msisdn)
}

/// The number as it is written inside its region, such as `07911 123456`.
#[must_use]
pub fn national_format(msisdn: Msisdn) -> String {
    library::format(msisdn, Format::National)
}

/// The number as it is written for abroad, such as `+44 7911 123456`.
#[must_use]
pub fn international_format(msisdn: Msisdn) -> String {
    library::format(msisdn, Format::International)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn described(number: &str) -> String {
        let (region, kind) = describe(number.parse().unwrap());
        format!("{region} {kind}")
    }

    #[test]
    fn the_metadata_is_of_the_version_that_is_told() {
        // Australia's 0496 0 came with 9.0.42; Germany's 015410 comes with 9.0.43.
        assert_eq!(METADATA_VERSION, "9.0.42");
        assert_eq!(described("+61496012345"), "AU mobile");
        assert_eq!(described("+4915410123456"), "DE unknown");
    }

    #[test]
    fn every_number_has_a_region_and_a_type_to_show() {
        assert_eq!(described("+447400123456"), "GB mobile");
        assert_eq!(described("+14155550123"), "US fixed_line_or_mobile");
        assert_eq!(described("+80012345678"), "001 toll_free");
        assert_eq!(described("+447700900123"), "GB unknown");
        assert_eq!(described("+12"), "US unknown");
        assert_eq!(described("+999123456789"), "ZZ unknown");
    }

    #[test]
    fn every_number_of_a_country_has_its_calling_code() {
        for (number, code) in [("+447400123456", Some(44)), ("+12", Some(1)), ("+999123456789", None)] {
            assert_eq!(calling_code(number.parse().unwrap()), code);
        }
    }

    #[test]
    fn numbers_are_written_for_people() {
        let number = "+447400123456".parse().unwrap();
        assert_eq!(national_format(number), "07400 123456");
        assert_eq!(international_format(number), "+44 7400 123456");
        let nobodys = "+999123456789".parse().unwrap();
        assert_eq!(international_format(nobodys), "+999123456789");
    }
}
