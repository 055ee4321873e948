//! Extensions in their plainest writing, so that the numbers in front of them can be looked up in the tables.
//!
//! In ordinary lists nearly all cells that the tables do not cover are such numbers. Asking the library for them costs
//! it some hundred compiled patterns (measured: 40 MB on a list of 44 countries), all for a row that is refused.

/// The words that stand in front of an extension. The library knows more; what is not here is left to it.
const LABELS: [&str; 4] = ["extension", "extn", "ext", "x"];

/// The most digits of an extension that are taken off here: the library allows more behind some labels.
const MOST_DIGITS: usize = 6;

/// The text in front of a plainly written extension (`… ext. 12`, `… x12`), when the library would take the same off.
///
/// Only the label is looked at closely: whether the rest is a number is for the tables to say, which cover no letters,
/// commas or semicolons, so that no other reading of the extension can begin earlier.
pub(super) fn split(text: &str) -> Option<&str> {
    let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    if !(1..=MOST_DIGITS).contains(&digits) {
        return None;
    }
    let labelled = text.get(..text.len() - digits)?.trim_end_matches(' ');
    let labelled = labelled.strip_suffix(['.', ':']).unwrap_or(labelled);
    let label = LABELS.into_iter().find(|label| {
        let at = labelled.len().checked_sub(label.len());
        at.and_then(|at| labelled.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(label))
    })?;
    let head = labelled.get(..labelled.len() - label.len())?.trim_end_matches(' ');
    // A slash and an x begin a second number for the library.
    let ends_well = head.bytes().next_back().is_some_and(|last| last.is_ascii_digit() || last == b')');
    ends_well.then_some(head)
}

#[cfg(test)]
mod tests {
    use super::super::engine::{self, Parsed};
    use super::super::{Region, library};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_plain_writing_is_taken_off() {
        assert_eq!(split("+1 212 555 0100 ext. 12"), Some("+1 212 555 0100"));
        assert_eq!(split("(212) 555-0100x7"), Some("(212) 555-0100"));
        assert_eq!(split("212 555 0100 Extension: 1234"), Some("212 555 0100"));
        for other in ["212 555 0100 12", "212/x12", "ext 12", "212 555 0100 ext", "212 555 0100 ext 1234567", "text 5"]
        {
            assert_eq!(split(other), None, "{other}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn the_library_says_the_same(
            number in prop_oneof![
                "\\+(1|44|49|33|39|55)[0-9]{6,12}",
                "0[0-9]{2} [0-9]{3}[- ][0-9]{3,5}",
                "\\([2-9][0-9]{2}\\) [2-9][0-9]{2}-[0-9]{4}",
                "(00|011)?[0-9]{5,12}",
            ],
            blank in " {0,2}",
            label in "ext|EXT|extn|Extension|x|X",
            mark in "[.:]?",
            gap in " {0,2}",
            extension in "[0-9]{1,6}",
            region in prop_oneof![Just(None), "US|GB|DE|FR|IT|BR|AR|MX".prop_map(|code| Region::from_iso2(code.as_bytes()))],
        ) {
            let text = format!("{number}{blank}{label}{mark}{gap}{extension}");
            prop_assert_eq!(split(&text), Some(number.as_str()));
            let (ours, theirs) = (engine::parse(&text, region), library::parse(&text, region));
            if let (Parsed::Number(ours), Parsed::Number(theirs)) = (&ours, &theirs) {
                prop_assert!(ours.extension && theirs.extension, "{}", text);
            }
            prop_assert_eq!(ours, theirs, "{}", text);
        }
    }
}
