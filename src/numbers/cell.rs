//! What stands around a number in a cell: wrappers, invisible characters, digits of other scripts.
//!
//! Receives the text of a cell; yields the text that is left when all that is taken off, and a [`Mark`] for each kind
//! of thing that was. Asks no policy: whether a repair was welcome is decided when a number has come of it.

use std::borrow::Cow;

use super::{Mark, Marks, library};

/// A cell without its wrapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unwrapped<'a> {
    /// What is left.
    pub(super) text: Cow<'a, str>,
    /// What had to be done.
    pub(super) marks: Marks,
}

/// Takes off everything around the number.
pub(super) fn unwrap(cell: &str) -> Unwrapped<'_> {
    let mut marks = Marks::NONE;
    let text = match fold(cell, &mut marks) {
        Cow::Borrowed(text) => peel(text, &mut marks),
        Cow::Owned(text) => Cow::Owned(peel(&text, &mut marks).into_owned()),
    };
    Unwrapped { text, marks }
}

/// Takes out what nobody sees, and writes digits of any script in ASCII.
fn fold<'a>(cell: &'a str, marks: &mut Marks) -> Cow<'a, str> {
    if cell.bytes().all(|byte| byte.is_ascii() && byte != b'\t') {
        return Cow::Borrowed(cell);
    }
    let mut folded = String::with_capacity(cell.len());
    for character in cell.chars() {
        match character {
            // Full-width, small, superscript, Hebrew, heavy.
            '\u{FF0B}' | '\u{FE62}' | '\u{207A}' | '\u{FB29}' | '\u{2795}' => {
                marks.insert(Mark::UnicodeDigits);
                folded.push('+');
            }
            _ if is_hidden(character) => marks.insert(Mark::Invisible),
            _ if is_odd_blank(character) => {
                marks.insert(Mark::Invisible);
                folded.push(' ');
            }
            _ if !character.is_ascii() && character.is_numeric() => {
                let digit = library::digit_value(character).filter(char::is_ascii_digit);
                if digit.is_some() {
                    marks.insert(Mark::UnicodeDigits);
                }
                folded.push(digit.unwrap_or(character));
            }
            _ => folded.push(character),
        }
    }
    Cow::Owned(folded)
}

/// Characters without any width: soft hyphen, joiners, bidirectional marks, the byte order mark, variation selectors.
fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
    )
}

/// Blanks that look like a blank and are none: the no-break spaces and the typographer's spaces, and the tab.
fn is_odd_blank(character: char) -> bool {
    matches!(character, '\t' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}')
}

/// Peels wrappers off until none is left: a cell may have been through several programs.
pub(super) fn peel<'a>(text: &'a str, marks: &mut Marks) -> Cow<'a, str> {
    let mut text = text.trim();
    loop {
        if let Some(rest) = text.strip_prefix('\'') {
            marks.insert(Mark::Apostrophe);
            text = rest.trim();
        } else if let Some(rest) = text.strip_prefix('=') {
            marks.insert(Mark::Formula);
            let rest = rest.trim();
            text = rest.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(rest).trim();
        } else if let Some(rest) = strip_scheme(text) {
            marks.insert(Mark::TelUri);
            let rest = rest.trim();
            if !rest.contains('%') {
                text = rest;
                continue;
            }
            return Cow::Owned(percent_decode(rest).trim().to_owned());
        } else {
            return Cow::Borrowed(text);
        }
    }
}

/// The text behind `tel:` (RFC 3966), in any case.
fn strip_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_at_checked(4)?;
    scheme.eq_ignore_ascii_case("tel:").then_some(rest)
}

/// `%2B` for `+` and the like, as addresses copied from a browser have them. What is no escape stays as it is.
fn percent_decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        decoded.push_str(before);
        let byte = after
            .get(..2)
            .and_then(|code| u8::from_str_radix(code, 16).ok())
            .filter(|byte| matches!(byte, b' '..=b'~'));
        if let (Some(byte), Some(behind)) = (byte, after.get(2..)) {
            decoded.push(char::from(byte));
            rest = behind;
        } else {
            decoded.push('%');
            rest = after;
        }
    }
    decoded.push_str(rest);
    decoded
}

/// A text as it was before a spreadsheet took it for a quantity; `None` when digits are lost.
pub(super) fn restore<'a>(text: &'a str, marks: &mut Marks) -> Option<Cow<'a, str>> {
    match spreadsheet(text) {
        Spreadsheet::Untouched => Some(Cow::Borrowed(text)),
        Spreadsheet::Decimal(digits) => {
            marks.insert(Mark::Decimal);
            Some(Cow::Borrowed(digits))
        }
        Spreadsheet::Scientific(number) => {
            marks.insert(Mark::Scientific);
            Some(Cow::Owned(number))
        }
        Spreadsheet::Lossy => None,
    }
}

/// What a spreadsheet has made of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Spreadsheet<'a> {
    /// Nothing.
    Untouched,
    /// Digits with `.0` behind them; here they are without it.
    Decimal(&'a str),
    /// Scientific notation that still holds every digit, here written out.
    Scientific(String),
    /// Scientific notation that has lost digits.
    Lossy,
}

/// Finds out whether a spreadsheet took the text for a quantity.
fn spreadsheet(text: &str) -> Spreadsheet<'_> {
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    let signed = unsigned.len() < text.len();
    let mantissa_end = unsigned.find(['e', 'E']);
    let (mantissa, exponent) = match mantissa_end.and_then(|at| unsigned.split_at_checked(at)) {
        Some((mantissa, exponent)) => (mantissa, exponent.get(1..)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    if !is_digits(whole) || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Spreadsheet::Untouched;
    }
    let Some(exponent) = exponent else {
        // No more than two: `0800.000` is a number with a point in it.
        let zeros_only = matches!(fraction, "0" | "00");
        return match text.get(..usize::from(signed) + whole.len()) {
            Some(digits) if zeros_only => Spreadsheet::Decimal(digits),
            _ => Spreadsheet::Untouched,
        };
    };
    let exponent_digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if !is_digits(exponent_digits) || exponent_digits.len() > 3 {
        return Spreadsheet::Untouched;
    }
    let shift = if exponent.starts_with('-') { None } else { exponent_digits.parse::<usize>().ok() };
    match shift.and_then(|shift| fraction.split_at_checked(shift)) {
        // Behind the digits that the exponent asks for only zeros may follow, or it was no whole number.
        Some((digits, beyond)) if beyond.bytes().all(|byte| byte == b'0') => {
            Spreadsheet::Scientific([if signed { "+" } else { "" }, whole, digits].concat())
        }
        _ => Spreadsheet::Lossy,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unwrapped(cell: &str) -> (String, String) {
        let Unwrapped { text, marks } = unwrap(cell);
        (text.into_owned(), marks.to_string())
    }

    #[test]
    fn wrappers_come_off_one_by_one() {
        for (cell, text, marks) in [
            ("  +44 7911 123456 ", "+44 7911 123456", ""),
            ("'+447911123456", "+447911123456", "apostrophe"),
            ("=\"+447911123456\"", "+447911123456", "formula"),
            ("'=\"+447911123456\"", "+447911123456", "apostrophe+formula"),
            ("=+447911123456", "+447911123456", "formula"),
            ("tel:+44-7911-123456", "+44-7911-123456", "tel_uri"),
            ("TEL:%2B44%207911%20123456", "+44 7911 123456", "tel_uri"),
            ("\u{202A}+447911123456\u{202C}", "+447911123456", "invisible"),
            ("+44\u{A0}7911\u{A0}123456", "+44 7911 123456", "invisible"),
            ("\u{FEFF}07911123456", "07911123456", "invisible"),
            ("07911\u{AD}123456", "07911123456", "invisible"),
            ("07911\u{202F}123\u{2007}456", "07911 123 456", "invisible"),
            ("07911\t123456", "07911 123456", "invisible"),
            ("\u{2068}07911\u{200D}123456\u{2069}", "07911123456", "invisible"),
            ("＋４４７９１１１２３４５６", "+447911123456", "unicode_digits"),
            ("٠٧٩١١١٢٣٤٥٦", "07911123456", "unicode_digits"),
            ("\u{A0}", "", "invisible"),
            ("½", "½", ""),
        ] {
            assert_eq!(unwrapped(cell), (text.to_owned(), marks.to_owned()), "{cell}");
        }
    }

    #[test]
    fn spreadsheets_leave_their_traces() {
        for (text, found) in [
            ("15112345678.0", Spreadsheet::Decimal("15112345678")),
            ("15112345678,00", Spreadsheet::Decimal("15112345678")),
            ("+447911123456.0", Spreadsheet::Decimal("+447911123456")),
            ("0151.12345678", Spreadsheet::Untouched),
            ("030.12.0", Spreadsheet::Untouched),
            ("0800.000", Spreadsheet::Untouched),
            ("447911123456.", Spreadsheet::Untouched),
            ("4.47911123456E+11", Spreadsheet::Scientific("447911123456".to_owned())),
            ("4,47911123456e11", Spreadsheet::Scientific("447911123456".to_owned())),
            ("4.479111234560E+11", Spreadsheet::Scientific("447911123456".to_owned())),
            ("4.47911E+11", Spreadsheet::Lossy),
            ("4.479111234567E+11", Spreadsheet::Lossy),
            ("4E+11", Spreadsheet::Lossy),
            ("4.47911123456E-11", Spreadsheet::Lossy),
            ("4.47911E+1111", Spreadsheet::Untouched),
            ("E+11", Spreadsheet::Untouched),
            ("0151E", Spreadsheet::Untouched),
            ("", Spreadsheet::Untouched),
        ] {
            assert_eq!(spreadsheet(text), found, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_cut_off_panics(cell in any::<String>()) {
            let Unwrapped { text, .. } = unwrap(&cell);
            let _ = spreadsheet(&text);
        }

        #[test]
        fn unwrapping_is_done_in_one_go(cell in "['=\"+0-9 \u{A0}\u{200B}tel:.%]{0,20}") {
            let once = unwrapped(&cell).0;
            if !cell.contains('%') {
                prop_assert_eq!(unwrapped(&once), (once.clone(), String::new()));
            }
        }
    }
}
