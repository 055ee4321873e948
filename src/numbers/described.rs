//! What is known of a number that is already in E.164 form.

use super::engine::{self, Parsed};
use super::joined::Joined;
use super::library::{self, Format};
use super::{Msisdn, NumberType, Region};

/// The version of libphonenumber's metadata that decides what is valid.
pub const METADATA_VERSION: &str = "9.0.42";

/// The region and the type of a number, for tables. A number that is not valid has the type
/// [`NumberType::Unknown`] and the main region of its calling code; [`Region::UNKNOWN`] when nobody has that code.
#[must_use]
pub fn describe(msisdn: Msisdn) -> (Region, NumberType) {
    let digits = msisdn.value().to_string();
    let by_code = || library::region_by_calling_code(msisdn).unwrap_or(Region::UNKNOWN);
    match engine::parse(Joined::plus(&digits).as_str(), None) {
        // A national prefix that the library takes off would make it another number.
        Parsed::Number(number) if number.msisdn == msisdn => (number.region.unwrap_or_else(by_code), number.kind),
        Parsed::Number(_) | Parsed::Refused(_) => (by_code(), NumberType::Unknown),
    }
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
