//! The tables answer what the library answers, or nothing.

mod cases;
#[path = "../../examples/make_tables/compile/mod.rs"]
mod compile;
#[path = "../../examples/make_list/list.rs"]
mod list;
mod reference;
mod sampler;

use std::sync::LazyLock;

use cases::Cases;
use proptest::prelude::*;
use rlibphonenumber::interfaces::AsOriginal as _;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, PhoneNumberType};
use rollcall::numbers::tables::Tables;
use rollcall::numbers::{Msisdn, Parsed, Region};

/// Every region that the library can read national numbers of.
static REGIONS: LazyLock<Vec<Region>> = LazyLock::new(|| {
    let regions = PHONE_NUMBER_UTIL.get_supported_regions();
    let mut regions: Vec<Region> = regions.filter_map(|region| region_of(&region.as_region_str())).collect();
    regions.sort();
    regions
});

fn region_of(name: &str) -> Option<Region> {
    Region::from_iso2(name.as_bytes())
}

/// Holds the tables to the library's answers. Says whether they had one.
fn check(text: &str, region: Option<Region>) -> bool {
    let tables = Tables::get();
    let Some(answer) = tables.parse(text.as_bytes(), region) else {
        assert_eq!(tables.parse_both(text.as_bytes(), region), None, "{text:?} in {region:?}");
        return false;
    };
    assert_eq!(answer, reference::parse(text, region), "{text:?} in {region:?}");
    if let Some((national, international)) = tables.parse_both(text.as_bytes(), region) {
        assert_eq!(national, answer, "{text:?} in {region:?}");
        assert_eq!(international, reference::parse(&format!("+{text}"), None), "+ and {text:?}");
    }
    if let Parsed::Number(number) = answer {
        let described = tables.describe(number.msisdn).expect("its calling code was found");
        assert_eq!(
            (described.msisdn, described.region, described.kind, described.length),
            (number.msisdn, number.region, number.kind, number.length),
        );
    }
    true
}

#[test]
fn the_tables_are_made_of_the_linked_library() {
    let compiled = compile::compile();
    assert!(
        compiled.bytes == include_bytes!("../../src/numbers/tables/tables.bin"),
        "the metadata or the generator has changed: cargo run --release --example make_tables (would be {compiled})"
    );
}

#[test]
fn every_example_number_is_read_alike_in_every_format_and_region() {
    let types = [
        PhoneNumberType::FixedLine,
        PhoneNumberType::Mobile,
        PhoneNumberType::TollFree,
        PhoneNumberType::PremiumRate,
        PhoneNumberType::SharedCost,
        PhoneNumberType::VoIP,
        PhoneNumberType::PersonalNumber,
        PhoneNumberType::Pager,
        PhoneNumberType::UAN,
        PhoneNumberType::VoiceMail,
    ];
    let formats = [PhoneNumberFormat::E164, PhoneNumberFormat::International, PhoneNumberFormat::National];
    let everywhere: Vec<Option<Region>> =
        ["US", "DE", "GB", "JE", "IT", "AR", "BR", "MX", "AG", "KZ", "FI", "AU", "AQ"]
            .into_iter()
            .map(region_of)
            .chain([None])
            .collect();
    let of_countries = PHONE_NUMBER_UTIL.get_supported_regions().flat_map(|region| {
        types.map(|kind| (Some(region), PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind)))
    });
    let of_networks = PHONE_NUMBER_UTIL
        .get_supported_global_network_calling_codes()
        .map(|code| (None, PHONE_NUMBER_UTIL.get_example_number_for_non_geo_entity(code)));
    let examples: Vec<(Option<rlibphonenumber::Region>, PhoneNumber)> =
        of_countries.chain(of_networks).filter_map(|(region, example)| Some((region, example.ok()?))).collect();
    assert!(examples.len() > 1_000, "there are examples");
    for (region, example) in examples {
        let home = region.and_then(|region| region_of(&region.as_region_str()));
        for format in formats {
            let text = PHONE_NUMBER_UTIL.format(&example, format);
            let mut asked = 0;
            for default_region in everywhere.iter().copied().chain([home]) {
                asked += usize::from(check(&text, default_region));
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                check(&digits, default_region);
            }
            // A format may write letters or a star; a plain number is always covered.
            assert!(asked > 0 || format == PhoneNumberFormat::National, "{text:?} is not covered");
        }
    }
}

#[test]
fn hard_cases_are_read_alike() {
    let mut cases = Cases::new(1);
    let covered = (0..150_000).filter(|_| {
        let (text, region) = cases.next();
        check(&text, region)
    });
    assert!(covered.count() > 140_000, "nearly all are covered");
}

#[test]
fn every_calling_code_is_read_alike_in_every_region() {
    let mut rng = fastrand::Rng::with_seed(2);
    for code in PHONE_NUMBER_UTIL.get_supported_calling_codes() {
        for region in REGIONS.iter() {
            let national: String = (0..rng.usize(4..13)).map(|_| rng.digit(10)).collect();
            check(&format!("{code}{national}"), Some(*region));
        }
    }
}

#[test]
fn what_is_written_with_a_prefix_is_known() {
    let mut cases = Cases::new(3);
    let (mut with, mut without) = (0, 0);
    for _ in 0..60_000 {
        let (text, region) = cases.next();
        if let Some(Parsed::Number(number)) = Tables::get().parse(text.as_bytes(), region)
            && number.is_valid()
        {
            let told = Tables::get().is_written_with_prefix(number.msisdn);
            assert_eq!(told, Some(reference::is_written_with_prefix(number.msisdn)), "{}", number.msisdn);
            *(if told == Some(true) { &mut with } else { &mut without }) += 1;
        }
    }
    assert!(with > 1_000 && without > 1_000, "both happen: {with} and {without} times");
}

#[test]
fn calling_codes_and_trunk_prefixes_are_the_library_s() {
    let library = PHONE_NUMBER_UTIL.as_original();
    for region in PHONE_NUMBER_UTIL.get_supported_regions() {
        let ours = region_of(&region.as_region_str()).expect("two letters");
        let code = PHONE_NUMBER_UTIL.get_country_code_for_region(region);
        assert_eq!(Tables::get().calling_code(ours).map(i32::from), code, "{ours}");
        let prefix = library.get_ndd_prefix_for_region(region, true);
        assert_eq!(Some(Tables::get().trunk_prefix(ours)), prefix.as_deref(), "{ours}");
    }
    for code in 0..1200 {
        let main = PHONE_NUMBER_UTIL.get_region_for_country_code(i32::from(code));
        let main = main.map(|main| main.as_region_str().to_string());
        let ours = Tables::get().main_region(code);
        assert_eq!(ours.map(|region| region.to_string()), main, "{code}");
        let number = Msisdn::from_value(u64::from(code) * 10_000_000 + 5_550_123).expect("in range");
        if ours.is_some() {
            assert_eq!(Tables::get().main_region_of(number), ours, "{code}");
        }
    }
}

#[test]
fn an_ordinary_list_is_nearly_all_covered() {
    let list = list::List::new(4);
    let rows = 20_000;
    let (mut covered, mut valid, mut row) = (0, 0, String::new());
    for index in 0..rows {
        row.clear();
        list.append_row(index, &mut row);
        let mut fields = row.split(',').skip(2);
        let (cell, region) = (fields.next().expect("a phone"), fields.next().and_then(region_of));
        covered += u64::from(check(cell, region));
        valid += u64::from(matches!(reference::parse(cell, region), Parsed::Number(number) if number.is_valid()));
    }
    assert!(covered * 1000 >= rows * 990, "{covered} of {rows} covered");
    assert!((valid * 1000).abs_diff(rows * 944) < rows * 10, "{valid} of {rows} valid");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn no_text_is_read_otherwise(text in "[0-9+ ()./-]{0,24}", at in 0..REGIONS.len()) {
        check(&text, REGIONS.get(at).copied());
    }

    #[test]
    fn odd_texts_are_left_to_the_library(text in "[0-9 -]{0,9}[^0-9+ ().\\-/][0-9 -]{0,9}", at in 0..REGIONS.len()) {
        prop_assert!(!check(&text, REGIONS.get(at).copied()));
    }
}
