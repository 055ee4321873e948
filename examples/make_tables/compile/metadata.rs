//! What the tables need of the library's metadata, read out in the library's own order.

use rlibphonenumber::interfaces::AsOriginal as _;
use rlibphonenumber::{PHONE_NUMBER_UTIL, Region};

/// One calling code and its regions, the main one first.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) calling_code: i32,
    pub(super) regions: Vec<Numbering>,
}

/// The numbering of one region. Patterns are held as in the metadata, `^(?:…)$`.
#[derive(Debug)]
pub(super) struct Numbering {
    pub(super) name: String,
    pub(super) idd: Option<String>,
    /// What is dialled in front of a national number; empty for nothing.
    pub(super) trunk: String,
    pub(super) national_prefix: Option<String>,
    pub(super) transform: String,
    pub(super) leading_digits: Option<String>,
    pub(super) general: Desc,
    /// In the order in which the library asks: premium rate, toll free, shared cost, voice over IP, personal, pager, UAN,
    /// voicemail; then fixed line and mobile.
    pub(super) types: [Desc; 10],
    pub(super) same_fixed_line_and_mobile: bool,
    pub(super) formats: Vec<Format>,
}

/// One description of numbers: a pattern and the lengths that it is asked for.
#[derive(Debug)]
pub(super) struct Desc {
    pub(super) pattern: Option<String>,
    pub(super) possible: Vec<i32>,
    pub(super) local_only: Vec<i32>,
}

/// One way to write numbers.
#[derive(Debug)]
pub(super) struct Format {
    pub(super) pattern: String,
    /// The last and most detailed one: the library looks at no other.
    pub(super) leading_digits: Option<String>,
    /// Whether the written number begins with the national prefix.
    pub(super) with_prefix: bool,
}

/// Everything, by ascending calling code.
pub(super) fn read() -> Vec<Code> {
    let mut calling_codes: Vec<i32> = PHONE_NUMBER_UTIL.get_supported_calling_codes().collect();
    calling_codes.sort_unstable();
    calling_codes
        .into_iter()
        .map(|calling_code| Code {
            calling_code,
            regions: PHONE_NUMBER_UTIL
                .get_regions_for_country_calling_code(calling_code)
                .expect("the library has just named this code")
                .map(|region| numbering(calling_code, region))
                .collect(),
        })
        .collect()
}

fn numbering(calling_code: i32, region: Region) -> Numbering {
    let metadata = PHONE_NUMBER_UTIL
        .as_original()
        .get_metadata_for_region_or_calling_code(calling_code, region)
        .expect("every region of a code has metadata");
    let [general, types @ ..] = [
        &metadata.general_desc,
        &metadata.premium_rate,
        &metadata.toll_free,
        &metadata.shared_cost,
        &metadata.voip,
        &metadata.personal_number,
        &metadata.pager,
        &metadata.uan,
        &metadata.voicemail,
        &metadata.fixed_line,
        &metadata.mobile,
    ]
    .map(|desc| Desc {
        pattern: desc.national_number_pattern().pattern_base.clone(),
        possible: desc.original.possible_length.clone(),
        local_only: desc.original.possible_length_local_only.clone(),
    });
    let prefix = metadata.original.national_prefix();
    Numbering {
        name: region.as_region_str().to_string(),
        idd: metadata.international_prefix().pattern_base.clone(),
        trunk: prefix.replace('~', ""),
        national_prefix: metadata.national_prefix_for_parsing().pattern_base.clone(),
        transform: metadata.original.national_prefix_transform_rule().to_owned(),
        leading_digits: metadata.leading_digits().pattern_base.clone(),
        general,
        types,
        same_fixed_line_and_mobile: metadata.original.same_mobile_and_fixed_line_pattern(),
        formats: metadata
            .number_format
            .iter()
            .map(|format| Format {
                pattern: format.pattern().pattern_base.clone().expect("a format has a pattern"),
                leading_digits: format.leading_digits_pattern().last().and_then(|last| last.pattern_base.clone()),
                with_prefix: begins_with_prefix(
                    &format.original.format,
                    format.original.national_prefix_formatting_rule(),
                    prefix,
                ),
            })
            .collect(),
    }
}

/// Whether what a format writes in front of the first group has the digits of the national prefix.
fn begins_with_prefix(format: &str, rule: &str, prefix: &str) -> bool {
    let before_group = |text: &str| text.split('$').next().unwrap_or_default().to_owned();
    let head = before_group(format) + &before_group(rule);
    let digits: String = head.chars().filter(char::is_ascii_digit).collect();
    !prefix.is_empty() && digits.starts_with(prefix)
}
