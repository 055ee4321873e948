//! What a glance tells of a text that the tables do not cover, before the library is asked.
//!
//! The library compiles its patterns when they are first needed, which takes longer than judging a hundred thousand
//! ordinary rows (measured: 80 ms for the first of them). Cells that are obviously no number (`0`, `-`, an address)
//! stand in nearly every list, and need not cost that.

/// Whether the library would certainly refuse a text as no number, whatever the region.
///
/// It wants two digits of any script at least, and takes nothing but digits, letters and punctuation of telephone
/// numbers between the first digit or `+` and the last digit or letter.
pub(super) fn is_no_number(text: &str) -> bool {
    match text.chars().filter(|character| character.is_numeric()).take(3).count() {
        0 | 1 => true,
        // Two are enough only when nothing else is there.
        2 => text.is_ascii() && !may_be_cut(text) && cut_out(text).is_some_and(|(inner, _)| inner.len() > 2),
        _ => has_enclosed_at(text),
    }
}

/// Whether an `@` stands where it can neither be skipped nor cut off.
fn has_enclosed_at(text: &str) -> bool {
    let begun = text.find(is_start).and_then(|start| text.get(start..)).unwrap_or_default();
    !may_be_cut(text) && begun.split_once('@').is_some_and(|(_, behind)| behind.contains(is_end))
}

/// Whether the library may cut something off that is not simply the end: parameters, or a second number (`/ x`).
fn may_be_cut(text: &str) -> bool {
    text.contains(';') || (text.contains(['/', '\\']) && text.contains('x'))
}

/// The piece of an ASCII text that the library looks at, when it is not the whole: it skips what stands in front of the
/// first digit or `+`, and cuts off what stands behind the last digit, letter or `#`.
pub(super) fn inner(text: &str) -> Option<&str> {
    let (inner, behind) = cut_out(text).filter(|_| text.is_ascii())?;
    // Parameters are looked for everywhere, and a `+` anywhere decides what the library finds wrong.
    let apart = !text.contains(';') && !behind.contains('+');
    (apart && inner.len() < text.len()).then_some(inner)
}

/// What is between the first digit or `+` and the last digit, letter or `#`, and what is behind that.
fn cut_out(text: &str) -> Option<(&str, &str)> {
    let (start, end) = (text.find(is_start)?, text.rfind(is_end)? + 1);
    Some((text.get(start..end)?, text.get(end..)?))
}

fn is_start(character: char) -> bool {
    character.is_ascii_digit() || character == '+'
}

fn is_end(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '#'
}

#[cfg(test)]
mod tests {
    use super::super::engine::{self, Parsed};
    use super::super::{Reason, Region, library};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_is_obviously_no_number_is_refused() {
        for text in [
            "",
            "+",
            "0",
            "-",
            "(0)",
            "no. 7",
            "+mia.lo31283@mail.example",
            "7x@mail",
            "12345678 a@b #",
            "+12",
            "1 2",
            "1/2",
            "12#",
        ] {
            assert!(is_no_number(text), "{text}");
        }
        for text in
            ["12", "(12)", "+1 212 555 0100", "a@212 555 0100", "212 555 0100@", "+1 212 555 0100;isub=@1", "٣٤"]
        {
            assert!(!is_no_number(text), "{text}");
        }
        assert_eq!(inner("<+1 212 555 0100>@"), Some("+1 212 555 0100"));
    }

    #[test]
    fn two_digits_are_read_as_the_library_reads_them() {
        let regions: Vec<_> = library::supported_regions().into_iter().map(Some).chain([None]).collect();
        for (region, value) in regions.into_iter().flat_map(|region| (0..100).map(move |value| (region, value))) {
            for text in [format!("{value:02}"), format!("+{value:02}"), format!("({value:02}) .")] {
                assert_eq!(engine::parse(&text, region), library::parse(&text, region), "{text} {region:?}");
            }
        }
    }

    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            3 => "[0-9]{1,8}",
            2 => "[-+ @.()/\\\\x#;,a_<>*~]{1,2}",
            1 => "@|@mail\\.example| ext\\. |;ext=|;isub=|;phone-context=|tel:|[a-z]{1,3}|\u{FF0B}|\u{FF11}|\u{e9}|½",
        ];
        prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
    }

    fn region() -> impl Strategy<Value = Option<Region>> {
        "US|GB|DE|IT|AR|ZZ".prop_map(|code| Region::from_iso2(code.as_bytes()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn the_library_refuses_what_a_glance_refuses(text in text(), region in region()) {
            if is_no_number(&text) {
                prop_assert_eq!(library::parse(&text, region), Parsed::Refused(Reason::NotANumber), "{}", text);
            }
        }

        #[test]
        fn the_library_looks_at_the_inner_piece_only(text in text(), region in region()) {
            if let Some(inner) = inner(&text) {
                prop_assert_eq!(library::parse(&text, region), library::parse(inner, region), "{}", text);
            }
        }
    }
}
