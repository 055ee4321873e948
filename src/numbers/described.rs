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
    let region = number.and_then(|number| number.region).or_else(|| library::region_by_calling_code(msisdn));
    (region.unwrap_or(Region::UNKNOWN), number.map_or(NumberType::Unknown, |number| number.kind))
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
