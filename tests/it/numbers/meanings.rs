//! Whom a suppression row means, and whom a rejected row may have meant.

use super::{read, row_region};
use rollcall::numbers::{Level, Normalizer, Policy};

fn meanings(policy: &Policy, cell: &str, region: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    Normalizer::new(policy.clone()).meanings(cell.as_bytes(), row_region(region), &mut numbers);
    numbers.sort_unstable();
    numbers.iter().map(ToString::to_string).collect()
}

fn likenesses(cell: &str, region: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    Normalizer::new(Policy::default()).likenesses(cell.as_bytes(), row_region(region), &mut numbers);
    numbers.sort_unstable();
    numbers.iter().map(ToString::to_string).collect()
}

#[test]
fn a_suppression_row_matches_every_number_that_it_could_mean() {
    let cells: [(&str, &str, &[&str]); 25] = [
        ("07400123456", "GB", &["+447400123456"]),
        ("447400123456", "-", &["+447400123456"]),
        ("447400123456", "US", &["+447400123456"]),
        // Refused as a contact; here both subscribers are left in peace.
        ("33612345678", "DE", &["+33612345678", "+4933612345678"]),
        ("4915112345678", "DE", &["+4915112345678", "+494915112345678"]),
        ("0066812345678", "JP", &["+66812345678", "+810066812345678"]),
        ("0057 301 2345678", "CO", &["+73012345678", "+573012345678"]),
        ("07400123456; 07400123457", "GB", &["+447400123456", "+447400123457"]),
        ("07400123456 or +33 6 12 34 56 78", "GB", &["+33612345678", "+447400123456"]),
        ("+447400123456+447400123457", "-", &["+447400123456", "+447400123457"]),
        ("020 7946 0018 ext. 12", "GB", &["+442079460018"]),
        ("07400123456 (home)", "GB", &["+447400123456"]),
        ("1-800-FLOWERS", "US", &["+18003569377"]),
        ("=\"+447400123456\"", "-", &["+447400123456"]),
        ("+44 (0)7400 123456", "-", &["+447400123456"]),
        ("15112345678.0", "DE", &["+4915112345678"]),
        ("4.47400123456E+11", "-", &["+447400123456"]),
        ("tel:+44-7400-123456", "-", &["+447400123456"]),
        ("0151/12345678", "DE", &["+4915112345678"]),
        ("\"33612345678\"", "DE", &["+33612345678", "+4933612345678"]),
        ("tel:33612345678;phone-context=example.com", "DE", &["+33612345678", "+4933612345678"]),
        ("030 4567890 / 030/4567891", "DE", &["+494567891", "+49304567890", "+49304567891"]),
        ("0517/8246; 0517/8247", "AT", &["+435178246", "+435178247"]),
        ("15112345678.0; 15212345678.0", "DE", &["+15212345678", "+4915112345678", "+4915212345678"]),
        ("07400123456 + 07400123457", "GB", &["+447400123456", "+447400123457"]),
    ];
    for (cell, region, expected) in cells {
        assert_eq!(meanings(&Policy::default(), cell, region), expected, "{cell} in {region}");
    }
}

#[test]
fn a_calling_code_behind_the_number_is_a_meaning_too() {
    for context in ["+81", "+810"] {
        let cell = format!("112345678;phone-context={context}");
        let number = "+81112345678";
        assert!(read(&Policy::default(), &cell, "-").starts_with(number), "{cell}");
        assert!(meanings(&Policy::default(), &cell, "-").iter().any(|meaning| meaning == number), "{cell}");
    }
}

#[test]
fn a_row_that_means_nobody_yields_nothing() {
    for (cell, region) in [
        ("", "GB"),
        ("+43 664 1***234", "AT"),
        ("+43 664 1234XX", "AT"),
        ("n/a", "GB"),
        ("07400123456", "-"),
        ("4.474E+11", "GB"),
        ("+447700900123", "-"),
        ("12345", "GB"),
    ] {
        assert_eq!(meanings(&Policy::default(), cell, region), [""; 0], "{cell} in {region}");
    }
}

#[test]
fn where_possible_numbers_are_accepted_they_are_suppressed_too() {
    let possible = Policy { level: Level::Possible, ..Policy::default() };
    assert_eq!(read(&possible, "+447700900123", "-"), "+447700900123 GB unknown");
    assert_eq!(meanings(&possible, "+447700900123", "-"), ["+447700900123"]);
}

#[test]
fn a_rejected_row_may_have_meant_a_member_with_its_digits() {
    assert_eq!(likenesses("+44 7700 900123", "-"), ["+447700900123"]);
    // The national reading, the one with a plus, and the digits themselves.
    assert_eq!(likenesses("07700 900123", "GB"), ["+7700900123", "+447700900123"]);
    assert_eq!(likenesses("447400123456", "US"), ["+447400123456", "+1447400123456"]);
    assert_eq!(likenesses("0041 79 123 45", "-"), ["+417912345"]);
    assert_eq!(likenesses("0664 1234567 ??", "AT"), ["+6641234567", "+436641234567"]);
    assert_eq!(likenesses("n/a", "GB"), [""; 0]);
    assert_eq!(likenesses("12", "GB"), [""; 0]);
}
