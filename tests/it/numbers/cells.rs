//! The cells that taught the rules.

use super::{read, read_all};
use rollcall::numbers::{
    Extension, Letters, Level, Mark, Marks, Msisdn, Multiple, NumberType, Parsed, PlusLess, Policy, Reason, Region,
    parse,
};

fn holds(policy: &Policy, cells: &[(&str, &str, &str)]) {
    let wrong: Vec<String> = cells
        .iter()
        .map(|(cell, region, expected)| (cell, region, expected, read(policy, cell, region)))
        .filter(|(_, _, expected, found)| *expected != found)
        .map(|(cell, region, expected, found)| format!("{cell:?} in {region}: expected {expected}, found {found}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn an_ordinary_number_is_read_in_its_region() {
    holds(
        &Policy::default(),
        &[
            ("+447400123456", "-", "+447400123456 GB mobile"),
            ("+44 7400 123456", "US", "+447400123456 GB mobile"),
            ("(+44) 7400-123.456", "?", "+447400123456 GB mobile"),
            ("07400 123456", "GB", "+447400123456 GB mobile"),
            ("7400123456", "GB", "+447400123456 GB mobile"),
            ("(415) 555-0123", "US", "+14155550123 US fixed_line_or_mobile"),
            ("1-201-555-0123", "US", "+12015550123 US fixed_line_or_mobile"),
            ("0151/12345678", "DE", "+4915112345678 DE mobile"),
            ("+800 1234 5678", "-", "+80012345678 001 toll_free"),
            ("+870 773 111 632", "-", "+870773111632 001 mobile"),
            ("+7 701 234 5678", "-", "+77012345678 KZ mobile"),
            ("+44 1481 960 194", "-", "+441481960194 GG fixed_line"),
            ("+1 242 359 1234", "-", "+12423591234 BS mobile"),
            ("  07400123456\r\n", "GB", "+447400123456 GB mobile"),
        ],
    );
}

#[test]
fn a_missing_region_is_told_apart_from_an_unreadable_one() {
    holds(
        &Policy::default(),
        &[
            ("07400123456", "-", "no_region"),
            ("07400123456", "?", "unknown_region"),
            ("447400123456", "?", "unknown_region"),
            ("00447400123456", "?", "+447400123456 GB mobile [double_zero]"),
            ("+447400123456", "?", "+447400123456 GB mobile"),
        ],
    );
}

#[test]
fn what_holds_no_number_says_why() {
    holds(
        &Policy::default(),
        &[
            ("", "GB", "empty"),
            ("   ", "GB", "empty"),
            ("\u{A0}\u{200B}", "GB", "empty"),
            ("''", "GB", "empty"),
            ("n/a", "GB", "not_a_number"),
            ("-", "GB", "not_a_number"),
            ("unknown", "GB", "not_a_number"),
            ("#REF!", "GB", "not_a_number"),
            ("+", "GB", "not_a_number"),
            ("07400123456 (home)", "GB", "letters -> +447400123456"),
            ("Tel. 07400 123456", "GB", "letters -> +447400123456"),
            ("0740012345O", "GB", "letters"),
            ("07400 123456 Büro", "GB", "letters -> +447400123456"),
            ("1-800-FLOWERS", "US", "letters -> +18003569377"),
            // Too few letters for a keypad: what is left without them is another number.
            ("0151 1234567O8", "DE", "letters"),
            ("030 1234567 DW 12", "DE", "letters"),
            ("+56 600 24l 8317", "-", "letters"),
            ("+44 7400 12", "-", "too_short"),
            ("555-0123", "US", "too_short"),
            ("+44 7400 123456 789", "-", "too_long"),
            ("07400 123456 07400 123457", "GB", "too_long"),
            ("+999 123 456 789", "-", "invalid_calling_code"),
            ("+0 123 456 789", "GB", "invalid_calling_code"),
            ("+44 7700 900123", "-", "invalid_for_region"),
            ("07700 900123", "GB", "invalid_for_region"),
            ("(555) 555-5555", "US", "invalid_for_region"),
        ],
    );
}

#[test]
fn a_number_without_plus_is_read_nationally_when_only_that_is_valid() {
    holds(&Policy::default(), &[("0151 12345678", "DE", "+4915112345678 DE mobile")]);
}

#[test]
fn a_lost_plus_is_refused_with_the_number_it_would_have_been() {
    holds(
        &Policy::default(),
        &[
            ("447400123456", "US", "missing_plus -> +447400123456"),
            ("447400123456", "-", "missing_plus -> +447400123456"),
            ("4915112345678", "-", "missing_plus -> +4915112345678"),
            // The library reads the region's own calling code as such.
            ("447400123456", "GB", "+447400123456 GB mobile"),
            ("12015550123", "US", "+12015550123 US fixed_line_or_mobile"),
        ],
    );
}

#[test]
fn two_readings_are_never_silently_one() {
    holds(
        &Policy::default(),
        &[
            // The library makes this the valid +494915112345678.
            ("4915112345678", "DE", "+4915112345678 DE mobile [ambiguous]"),
            // The US write no trunk prefix, so this is how their numbers look: as +36 1 234 5678 of Hungary does,
            // and +20 15550123 of Egypt.
            ("(201) 555-0123", "US", "+12015550123 US fixed_line_or_mobile [ambiguous]"),
            ("3612345678", "US", "+13612345678 US fixed_line_or_mobile [ambiguous]"),
        ],
    );
}

#[test]
fn two_valid_readings_in_a_region_with_a_trunk_prefix_are_refused_with_both() {
    let verdicts = read_all(&Policy::default(), "33612345678", "DE");
    let [Err(rejection)] = verdicts.as_slice() else { panic!("{verdicts:?}") };
    assert_eq!(rejection.reason, Reason::Ambiguous);
    assert_eq!(rejection.suggestion, None);
    assert!(rejection.plus_less && rejection.blames_missing_plus());
    for reading in ["+4933612345678", "+33612345678"] {
        assert!(rejection.detail.contains(reading), "{}", rejection.detail);
    }
}

/// The library skips what stands in front of the first digit, but not behind a `+` that is put there.
#[test]
fn what_stands_in_front_of_a_number_hides_no_second_reading() {
    for before in ["\"", "“", "<", "$", "`", ": ", "№ ", "@", "• ", "Tel: ", "?", "(", "'", "=", "tel:"] {
        for (number, region, expected) in [
            ("33612345678", "DE", "ambiguous"),
            ("4915112345678", "DE", "+4915112345678 DE mobile ambiguous"),
            ("2015550123", "US", "+12015550123 US fixed_line_or_mobile ambiguous"),
            ("447400123456", "US", "missing_plus -> +447400123456"),
            ("447400123456", "-", "missing_plus -> +447400123456"),
            ("0066812345678", "JP", "ambiguous"),
            ("0018003015803", "TH", "ambiguous"),
        ] {
            let cell = format!("{before}{number}");
            let found = read(&Policy::default(), &cell, region);
            // The repairs that the wrapping has needed stand in front of the mark.
            let found = found
                .replace("tel_uri+", "")
                .replace("apostrophe+", "")
                .replace("formula+", "")
                .replace(['[', ']'], "");
            assert_eq!(found, expected, "{cell} in {region}");
        }
    }
    holds(
        &Policy::default(),
        &[
            ("Tel 33612345678", "DE", "letters"),
            ("00%20689449169", "GB", "not_a_number"),
            ("00 \"44\" 7400 123456", "GB", "not_a_number"),
        ],
    );
    let read_letters = Policy { letters: Letters::Read, ..Policy::default() };
    holds(&read_letters, &[("Tel. 33612345678", "DE", "ambiguous")]);
}

/// A domain behind the number says nothing of its calling code.
#[test]
fn a_local_context_is_no_calling_code() {
    holds(
        &Policy::default(),
        &[
            ("tel:33612345678;phone-context=example.com", "DE", "ambiguous"),
            ("tel:0066812345678;phone-context=example.com", "JP", "ambiguous"),
            ("tel:447400123456;phone-context=example.com", "US", "missing_plus -> +447400123456"),
            ("tel:07400123456;phone-context=example.com", "GB", "+447400123456 GB mobile [tel_uri]"),
            ("tel:07400123456;phone-context=example.com", "-", "no_region"),
            ("tel:07400123456;phone-context=+44", "US", "+447400123456 GB mobile [tel_uri]"),
            ("tel:07400123456;phone-context=+44;ext=5", "US", "has_extension -> +447400123456"),
            ("tel:07400123456;ext=5;phone-context=+44", "GB", "has_extension -> +447400123456"),
            ("tel:0800FLOWERS;phone-context=+49", "DE", "letters -> +498003569377"),
            ("tel:07400123456;phone-context=", "GB", "not_a_number"),
        ],
    );
}

#[test]
fn a_number_with_hidden_digits_is_nobodys() {
    for cell in [
        "+43 664 12****34",
        "+43664*1234",
        "0664 1***234",
        "0664 1234**",
        "0664 1234 ??",
        "0664 1234____",
        "0664 1234…",
        "0664 1234 ••••",
    ] {
        assert_eq!(read(&Policy::default(), cell, "AT"), "not_a_number", "{cell}");
    }
    // With a keypad, or with an extension, the same would be a number.
    let lax = Policy { letters: Letters::Read, extension: Extension::Drop, ..Policy::default() };
    for cell in ["+43 664 12XX34", "+43 664 1234XX56", "0664 1234xxxx"] {
        for policy in [&lax, &Policy::default()] {
            assert_eq!(read(policy, cell, "AT"), "letters", "{cell}");
        }
    }
    holds(
        &Policy::default(),
        &[
            ("0664 1234567*", "AT", "+436641234567 AT mobile"),
            ("* 0664 1234567", "AT", "+436641234567 AT mobile"),
            ("0664 1234567?", "AT", "+436641234567 AT mobile"),
            ("0664 1234567 x12", "AT", "has_extension -> +436641234567"),
        ],
    );
}

#[test]
fn a_plus_of_any_width_is_a_plus() {
    for plus in ["＋", "﹢", "⁺", "➕", "﬩"] {
        let cell = format!("{plus}33612345678");
        assert_eq!(read(&Policy::default(), &cell, "DE"), "+33612345678 FR mobile [unicode_digits]", "{cell}");
    }
}

#[test]
fn plus_less_cells_follow_the_policy() {
    let policy = |plus_less| Policy { plus_less, ..Policy::default() };
    holds(
        &policy(PlusLess::National),
        &[
            ("4915112345678", "DE", "+494915112345678 DE fixed_line"),
            ("07400123456", "GB", "+447400123456 GB mobile"),
            ("447400123456", "US", "too_long"),
            ("447400123456", "-", "no_region"),
            ("447400123456", "?", "unknown_region"),
            ("+447400123456", "US", "+447400123456 GB mobile"),
        ],
    );
    holds(
        &policy(PlusLess::International),
        &[
            ("4915112345678", "DE", "+4915112345678 DE mobile"),
            ("447400123456", "US", "+447400123456 GB mobile"),
            ("447400123456", "-", "+447400123456 GB mobile"),
            ("447400123456", "?", "+447400123456 GB mobile"),
            ("07400123456", "GB", "invalid_calling_code"),
            ("011447400123456", "US", "+447400123456 GB mobile [double_zero]"),
        ],
    );
    holds(
        &policy(PlusLess::Refuse),
        &[
            ("07400123456", "GB", "plus_less -> +447400123456"),
            ("447400123456", "-", "plus_less -> +447400123456"),
            ("4915112345678", "DE", "plus_less"),
            ("123", "GB", "plus_less"),
            ("+447400123456", "GB", "+447400123456 GB mobile"),
            ("00447400123456", "GB", "+447400123456 GB mobile [double_zero]"),
        ],
    );
}

#[test]
fn the_plus_is_put_back_only_when_asked_for() {
    let policy = Policy { repair_plus: true, ..Policy::default() };
    holds(
        &policy,
        &[
            ("447400123456", "US", "+447400123456 GB mobile [plus]"),
            ("447400123456", "-", "+447400123456 GB mobile [plus]"),
            ("447400123456", "?", "unknown_region"),
            ("07400123456", "GB", "+447400123456 GB mobile"),
        ],
    );
}

#[test]
fn repairs_are_named() {
    holds(
        &Policy::default(),
        &[
            ("'07400123456", "GB", "+447400123456 GB mobile [apostrophe]"),
            ("=\"+447400123456\"", "-", "+447400123456 GB mobile [formula]"),
            ("\u{202A}+44 7400 123456\u{202C}", "-", "+447400123456 GB mobile [invisible]"),
            ("+44\u{A0}7400\u{A0}123456", "-", "+447400123456 GB mobile [invisible]"),
            ("＋４４ ７４００ １２３４５６", "-", "+447400123456 GB mobile [unicode_digits]"),
            ("٠٧٤٠٠١٢٣٤٥٦", "GB", "+447400123456 GB mobile [unicode_digits]"),
            ("tel:+44-7400-123456", "-", "+447400123456 GB mobile [tel_uri]"),
            ("tel:7400123456;phone-context=+44", "-", "+447400123456 GB mobile [tel_uri]"),
            ("+44 (0)7400 123456", "-", "+447400123456 GB mobile [trunk_zero]"),
            ("+44(0)7400123456", "US", "+447400123456 GB mobile [trunk_zero]"),
            ("44 (0)7400 123456", "GB", "+447400123456 GB mobile [trunk_zero]"),
            ("+1 (0)201 555 0123", "-", "+12015550123 US fixed_line_or_mobile [trunk_zero]"),
            ("+30 (0)210 1234567", "-", "+302101234567 GR fixed_line [trunk_zero]"),
            ("+39 (0)6 1234 5678", "-", "+390612345678 IT fixed_line"),
            // Both a fixed line and, by a zero that does not belong there, a mobile number.
            ("+39 (0)343 123456", "-", "+390343123456 IT fixed_line [ambiguous]"),
            ("33 (0)612345678", "DE", "ambiguous"),
            ("672 (0)386114", "BR", "+556720386114 BR fixed_line [ambiguous]"),
            // Without its zero it would be refused, as it could be a number of Luxembourg.
            ("352 (0)242010", "DE", "+493520242010 DE fixed_line [ambiguous]"),
            // What stands in front of the zero is a calling code, or the zero is none to take out.
            ("64 (0)2651080", "TH", "invalid_for_region"),
            ("201 (0) 555 0123", "US", "too_long"),
            ("(0)7400 123456", "GB", "+447400123456 GB mobile"),
            ("0044 7400 123456", "-", "+447400123456 GB mobile [double_zero]"),
            ("0044 (0)7400 123456", "US", "+447400123456 GB mobile [trunk_zero+double_zero]"),
            ("+0044 7400 123456", "-", "+447400123456 GB mobile [double_zero]"),
            ("011 44 7400 123456", "US", "+447400123456 GB mobile [double_zero]"),
            ("+011 44 7400 123456", "US", "+447400123456 GB mobile [double_zero]"),
            ("8~10 44 7400 123456", "RU", "+447400123456 GB mobile [double_zero]"),
            ("15112345678.0", "DE", "+4915112345678 DE mobile [decimal]"),
            ("447400123456.0", "-", "missing_plus -> +447400123456"),
            ("4.47400123456E+11", "GB", "+447400123456 GB mobile [scientific]"),
            ("4,47400123456E+11", "GB", "+447400123456 GB mobile [scientific]"),
            ("4.47400E+11", "GB", "lossy_spreadsheet"),
            ("4,47400E+11", "GB", "lossy_spreadsheet"),
            ("'=\"07400123456\"", "GB", "+447400123456 GB mobile [apostrophe+formula]"),
        ],
    );
}

#[test]
fn a_repair_that_is_switched_off_refuses_the_cells_that_need_it() {
    let cells = [
        (Mark::Apostrophe, "'+447400123456", "GB"),
        (Mark::Formula, "=\"+447400123456\"", "GB"),
        (Mark::Invisible, "\u{200E}+447400123456", "GB"),
        (Mark::UnicodeDigits, "+４４7400123456", "GB"),
        (Mark::TelUri, "tel:+447400123456", "GB"),
        (Mark::TrunkZero, "+44 (0)7400123456", "GB"),
        (Mark::DoubleZero, "00447400123456", "GB"),
        (Mark::Decimal, "447400123456.0", "GB"),
        (Mark::Scientific, "4.47400123456E+11", "GB"),
    ];
    for (repair, cell, region) in cells {
        let policy = Policy { refused_repairs: Marks::NONE.with(repair), ..Policy::default() };
        assert_eq!(read(&policy, cell, region), "needs_repair -> +447400123456", "{repair}");
        assert_eq!(read(&policy, "07400123456", region), "+447400123456 GB mobile", "{repair}");
    }
}

#[test]
fn an_international_prefix_that_could_be_something_else_is_not_guessed() {
    holds(
        &Policy::default(),
        &[
            // 0066… is a Japanese freephone number and a Thai mobile number.
            ("0066812345678", "JP", "ambiguous"),
            ("0066812345678", "DE", "+66812345678 TH mobile [double_zero]"),
            // Colombia dials abroad with 005, 007, 009: its own +57 behind 00 would become a Russian number.
            ("0057 301 2345678", "CO", "ambiguous"),
            // Hong Kong's 008 in front of Australia's 61, or 00 in front of China's 86.
            ("0086 138 1234 5678", "HK", "+8613812345678 CN mobile [double_zero]"),
            // The Faroes behind Russia's 810, or a Japanese number that lacks its plus.
            ("810 298 211234", "RU", "ambiguous"),
        ],
    );
    for (plus_less, expected) in [
        (PlusLess::National, "+298211234 FO mobile [double_zero]"),
        (PlusLess::International, "+81298211234 JP fixed_line"),
    ] {
        holds(&Policy { plus_less, ..Policy::default() }, &[("810 298 211234", "RU", expected)]);
    }
}

#[test]
fn several_numbers_in_a_cell_are_not_one() {
    let cells = [
        "07400123456; 07400123457",
        "07400123456, 07400123457",
        "07400123456 | 07400123457",
        "07400123456/07400123457",
        "07400123456\n07400123457",
        "07400123456 or 07400123457",
        "+447400123456 +447400123457",
        "+447400123456+447400123457",
        "home 07400123456 / work 07400123457",
        "07400123456 + 07400123457",
        "07400123456；07400123457",
        "07400123456，07400123457",
        "07400123456、07400123457",
        "07400123456｜07400123457",
        "07400123456／07400123457",
        "07400123456\u{B}07400123457",
        "07400123456\u{2028}07400123457",
    ];
    for cell in cells {
        assert_eq!(read(&Policy::default(), cell, "GB"), "multiple_numbers", "{cell:?}");
    }
    holds(
        &Policy::default(),
        &[
            ("447400123456; 447400123457", "-", "multiple_numbers"),
            ("02/5551234; 02/5551235", "BE", "multiple_numbers"),
            ("15112345678.0; 15212345678.0", "DE", "multiple_numbers"),
            ("0517/8246 ext. 12", "AT", "has_extension -> +435178246"),
            // Of a possible length, and in no assigned range: two all the same.
            ("07700 900123; 07700 900124", "GB", "multiple_numbers"),
            // The digits of one number of Peru, and two numbers of Solomon's Islands.
            ("51119 / 51118", "SB", "multiple_numbers"),
            ("020 7946 0018/9", "GB", "too_long"),
            ("+44 7400 123456, ", "GB", "+447400123456 GB mobile"),
            ("030/123456-78", "DE", "+493012345678 DE fixed_line"),
        ],
    );
    let first = Policy { multiple: Multiple::First, ..Policy::default() };
    holds(
        &first,
        &[
            ("07400123456; 07400123457", "GB", "+447400123456 GB mobile"),
            ("n/a, 07400123456; 07400123457", "GB", "+447400123456 GB mobile"),
            // 4567890 would be a number as well, of another town.
            ("030/4567890, 030/4567891", "DE", "+49304567890 DE fixed_line"),
            ("301234567.0; 301234568.0", "DE", "+49301234567 DE fixed_line [decimal]"),
        ],
    );
    let all = Policy { multiple: Multiple::All, ..Policy::default() };
    holds(
        &all,
        &[
            ("07400123456; '07400123457", "GB", "+447400123456 GB mobile, +447400123457 GB mobile [apostrophe]"),
            ("07400123456; 07400123457; 0740", "GB", "+447400123456 GB mobile, +447400123457 GB mobile, too_short"),
            ("0151/12345678", "DE", "+4915112345678 DE mobile"),
            ("030/4567890; 030/4567891 (home)", "DE", "+49304567890 DE fixed_line, letters"),
            ("030 4567890 / 030/4567891", "DE", "+49304567890 DE fixed_line, +49304567891 DE fixed_line"),
            ("07400123456, 4.47400123457E+11", "GB", "+447400123456 GB mobile, +447400123457 GB mobile [scientific]"),
            (
                "07400123456; 4.474E+11; 07400123457",
                "GB",
                "+447400123456 GB mobile, lossy_spreadsheet, +447400123457 GB mobile",
            ),
        ],
    );
}

#[test]
fn an_extension_is_not_part_of_the_number() {
    holds(
        &Policy::default(),
        &[
            ("020 7946 0018 ext. 12", "GB", "has_extension -> +442079460018"),
            ("+44 20 7946 0018 x12", "-", "has_extension -> +442079460018"),
            ("tel:+442079460018;ext=12", "-", "has_extension -> +442079460018"),
            ("020 7946 0018,12", "GB", "has_extension -> +442079460018"),
            ("1-800-FLOWERS ext 5", "US", "letters"),
        ],
    );
    let policy = Policy { extension: Extension::Drop, ..Policy::default() };
    holds(
        &policy,
        &[
            ("020 7946 0018 ext. 12", "GB", "+442079460018 GB fixed_line"),
            ("tel:+442079460018;ext=12", "-", "+442079460018 GB fixed_line [tel_uri]"),
            ("07400123456; 07400123457", "GB", "multiple_numbers"),
        ],
    );
}

#[test]
fn letters_are_read_as_a_keypad_only_when_asked_for() {
    let policy = Policy { letters: Letters::Read, ..Policy::default() };
    holds(
        &policy,
        &[
            ("1-800-FLOWERS", "US", "+18003569377 US toll_free"),
            ("+1-800-FLOWERS", "-", "+18003569377 US toll_free"),
            ("0740012345O", "GB", "letters"),
            ("07400123456 (home)", "GB", "too_long"),
        ],
    );
}

#[test]
fn the_level_possible_asks_for_the_length_alone() {
    let policy = Policy { level: Level::Possible, ..Policy::default() };
    holds(
        &policy,
        &[
            ("+44 7700 900123", "-", "+447700900123 GB unknown"),
            ("07700 900123", "GB", "+447700900123 GB unknown"),
            ("0044 7700 900123", "-", "+447700900123 GB unknown [double_zero]"),
            ("+44 7400 12", "-", "too_short"),
            ("555-0123", "US", "too_short"),
            ("447400123456", "US", "missing_plus -> +447400123456"),
            // What is valid goes first.
            ("+39 (0)347 1234567", "-", "+393471234567 IT mobile [trunk_zero]"),
        ],
    );
}

#[test]
fn only_the_wanted_types_pass() {
    let policy = Policy { types: vec![NumberType::Mobile, NumberType::FixedLineOrMobile], ..Policy::default() };
    holds(
        &policy,
        &[
            ("+447400123456", "-", "+447400123456 GB mobile"),
            ("+12015550123", "-", "+12015550123 US fixed_line_or_mobile"),
            ("+442079460018", "-", "wrong_type"),
            ("0151/12345678", "DE", "+4915112345678 DE mobile"),
        ],
    );
}

#[test]
fn whether_a_cell_lacked_its_plus_is_told() {
    for (cell, region, expected) in [
        ("+447400123456", "GB", false),
        ("00447400123456", "GB", false),
        ("011447400123456", "US", false),
        ("07400123456", "GB", true),
        ("447400123456", "GB", true),
        ("447400123456", "US", true),
        ("07400123456", "-", true),
        ("12345", "GB", true),
        ("n/a", "GB", false),
        // Refused for something else, and counted all the same.
        ("07400123456 ext. 5", "GB", true),
        ("'07400123456", "GB", true),
        ("020 7946 0018", "GB", true),
        ("+442079460018", "GB", false),
    ] {
        let policy = Policy {
            types: vec![NumberType::Mobile],
            refused_repairs: Marks::NONE.with(Mark::Apostrophe),
            ..Policy::default()
        };
        let verdicts = read_all(&policy, cell, region);
        let [verdict] = verdicts.as_slice() else { panic!("{cell}: {verdicts:?}") };
        let plus_less = match verdict {
            Ok(reading) => reading.plus_less,
            Err(rejection) => rejection.plus_less,
        };
        assert_eq!(plus_less, expected, "{cell}");
    }
}

/// Mobile examples of all regions, written without their `+`, in lists of other countries: the library alone takes
/// every fifth of them for somebody else's number.
#[test]
fn no_number_that_lost_its_plus_becomes_somebody_elses_in_silence() {
    use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType};
    let (mut cells, mut mistaken_by_the_library) = (0, 0);
    for region in PHONE_NUMBER_UTIL.get_supported_regions() {
        let Ok(number) = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, PhoneNumberType::Mobile)
        else {
            continue;
        };
        let meant = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
        let meant: Msisdn = meant.parse().expect("an E.164 number");
        let cell = meant.value().to_string();
        for list in ["DE", "AT", "ID", "US", "GB", "FR", "IN", "BR"] {
            cells += 1;
            let default = Region::read(list.as_bytes());
            if let Parsed::Number(number) = parse(&cell, default) {
                mistaken_by_the_library += usize::from(number.is_valid() && number.msisdn != meant);
            }
            match read_all(&Policy::default(), &cell, list).as_slice() {
                [Ok(reading)] if reading.msisdn == meant => {}
                [Ok(reading)] => assert!(reading.marks.contains(Mark::Ambiguous), "{cell} in {list}: {reading:?}"),
                [Err(rejection)] => match rejection.reason {
                    Reason::MissingPlus => assert_eq!(rejection.suggestion, Some(meant), "{cell} in {list}"),
                    Reason::Ambiguous => assert_eq!(rejection.suggestion, None, "{cell} in {list}"),
                    other => panic!("{cell} in {list}: {other}"),
                },
                several => panic!("{cell} in {list}: {} verdicts", several.len()),
            }
        }
    }
    assert!(cells > 1_900 && mistaken_by_the_library > 350, "{mistaken_by_the_library} of {cells}");
}
