//! What holds for every cell.

use super::row_region;
use proptest::prelude::*;
use rollcall::numbers::{
    Extension, Letters, Level, Mark, Marks, Multiple, Normalizer, NumberType, PlusLess, Policy, Region, RowRegion,
    Verdict, describe,
};

/// Fragments that cells are made of, the treacherous ones among them.
const FRAGMENTS: [&str; 44] = [
    "+",
    "00",
    "0",
    "011",
    "810",
    "005",
    "(0)",
    "44",
    "49",
    "1",
    "7",
    "39",
    "57",
    "81",
    "66",
    "7400123456",
    "7400",
    "123456",
    "15112345678",
    "3012345678",
    "812345678",
    "2015550123",
    " ",
    "-",
    "/",
    ".",
    "(",
    ")",
    ";",
    ",",
    "|",
    "\n",
    " or ",
    "tel:",
    ";phone-context=",
    ";ext=",
    ";isub=",
    " x12",
    "'",
    "=\"",
    "\"",
    "E+11",
    ".0",
    "％",
];

fn made_up_cell() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => proptest::collection::vec(proptest::sample::select(FRAGMENTS.to_vec()), 0..8)
            .prop_map(|pieces| pieces.concat().into_bytes()),
        3 => "[+]?[0-9]{4,15}".prop_map(String::into_bytes),
        2 => "[-+ .()/0-9,;xA-Z]{0,24}".prop_map(String::into_bytes),
        1 => any::<String>().prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

fn any_region() -> impl Strategy<Value = RowRegion> {
    proptest::sample::select(vec![
        "-", "?", "GB", "DE", "US", "IT", "JP", "CO", "RU", "AR", "BR", "AU", "HK", "FI", "KZ", "MX",
    ])
    .prop_map(row_region)
}

fn any_policy() -> impl Strategy<Value = Policy> {
    use proptest::sample::select;
    (
        select(vec![PlusLess::Auto, PlusLess::National, PlusLess::International, PlusLess::Refuse]),
        select(vec![Multiple::Refuse, Multiple::First, Multiple::All]),
        (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()),
        select(vec![Marks::NONE, Marks::NONE.with(Mark::DoubleZero).with(Mark::TrunkZero)]),
    )
        .prop_map(|(plus_less, multiple, (drop, read, possible, repair_plus), refused_repairs)| Policy {
            plus_less,
            multiple,
            extension: if drop { Extension::Drop } else { Extension::Refuse },
            letters: if read { Letters::Read } else { Letters::Refuse },
            level: if possible { Level::Possible } else { Level::Valid },
            types: Vec::new(),
            refused_repairs,
            repair_plus,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_cell_has_a_verdict_and_none_panics(cell in made_up_cell(), region in any_region(), policy in any_policy()) {
        let normalizer = Normalizer::new(policy.clone());
        let mut verdicts = Vec::new();
        normalizer.read(&cell, region, |verdict| verdicts.push(verdict));
        prop_assert!(!verdicts.is_empty());
        prop_assert!(verdicts.len() == 1 || policy.multiple == Multiple::All);
        let (mut meanings, mut likenesses) = (Vec::new(), Vec::new());
        normalizer.meanings(&cell, region, &mut meanings);
        normalizer.likenesses(&cell, region, &mut likenesses);
        for number in &meanings {
            prop_assert!(likenesses.contains(number), "{number:?} is a meaning and no likeness");
        }
    }

    #[test]
    fn what_is_accepted_or_suggested_is_valid_by_itself(
        cell in made_up_cell(), region in any_region(), policy in any_policy(),
    ) {
        let mut verdicts = Vec::new();
        Normalizer::new(Policy { level: Level::Valid, ..policy }).read(&cell, region, |verdict| verdicts.push(verdict));
        for verdict in verdicts {
            let (number, told) = match verdict {
                Ok(reading) => (reading.msisdn, Some((reading.region, reading.kind))),
                Err(rejection) => match rejection.suggestion {
                    Some(number) => (number, None),
                    None => continue,
                },
            };
            let mut again = Vec::new();
            Normalizer::new(Policy::default()).read(number.to_string().as_bytes(), RowRegion::None, |verdict| again.push(verdict));
            let [Ok(reading)] = again.as_slice() else { panic!("+… of {cell:?} is refused: {again:?}") };
            prop_assert_eq!(reading.msisdn, number);
            prop_assert!(reading.marks.is_empty() && !reading.plus_less);
            prop_assert!(reading.kind != NumberType::Unknown);
            prop_assert_eq!(describe(number), (reading.region, reading.kind));
            if let Some(told) = told {
                prop_assert_eq!(told, (reading.region, reading.kind));
            }
        }
    }

    #[test]
    fn whoever_a_row_means_is_among_its_meanings(cell in made_up_cell(), region in any_region(), policy in any_policy()) {
        let normalizer = Normalizer::new(Policy { types: Vec::new(), ..policy });
        let (mut verdicts, mut meanings) = (Vec::new(), Vec::new());
        normalizer.read(&cell, region, |verdict| verdicts.push(verdict));
        normalizer.meanings(&cell, region, &mut meanings);
        for verdict in verdicts {
            let number = match verdict {
                Ok(reading) => Some(reading.msisdn),
                Err(rejection) => rejection.suggestion,
            };
            if let Some(number) = number {
                prop_assert!(meanings.contains(&number), "{number:?} of {:?}", String::from_utf8_lossy(&cell));
            }
        }
    }

    #[test]
    fn a_number_with_its_plus_ignores_the_region(digits in "[1-9][0-9]{5,14}", region in any_region()) {
        let cell = format!("+{digits}");
        let read = |region| {
            let mut verdicts = Vec::new();
            Normalizer::new(Policy::default()).read(cell.as_bytes(), region, |verdict| verdicts.push(verdict));
            verdicts
        };
        let (here, anywhere) = (read(region), read(RowRegion::None));
        // A plus that leads nowhere, in front of the region's own international prefix, is repaired by name.
        let repaired = matches!(here.as_slice(), [Ok(reading)] if reading.marks.contains(Mark::DoubleZero));
        let refused = |verdicts: &[Verdict]| matches!(verdicts, [Err(_)]);
        prop_assert!(here == anywhere || (refused(&anywhere) && (repaired || refused(&here))));
    }

    #[test]
    fn every_region_reads_its_own_code(letters in "[A-Z]{2}") {
        if let Some(region) = Region::read(letters.as_bytes()) {
            prop_assert_eq!(Region::read(letters.to_lowercase().as_bytes()), Some(region));
        }
    }
}
