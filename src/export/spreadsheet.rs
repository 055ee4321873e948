//! Cells that a spreadsheet shows as they are.
//!
//! A spreadsheet takes a cell of a CSV file for what it looks like: digits for an amount, which loses its plus, its
//! leading zeros, and what goes past fifteen digits; and whatever begins with `=`, `+`, `-` or `@` for a formula, which
//! somebody who may write into a list could use against whoever opens the export.

/// How a text has to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    /// As it is.
    Plain(&'a str),
    /// As `="…"`, a formula whose result is the text.
    Literal(&'a str),
    /// With an apostrophe before each sign that could begin a formula.
    Guarded(&'a str),
}

/// What a formula in a cell may hold between its quotes (Excel's specification: 255 characters).
const LITERAL_LIMIT: usize = 255;

impl<'a> Cell<'a> {
    /// A number, or what stands for it. Holds no quote.
    pub(super) fn phone(text: &'a str) -> Self {
        if text.is_empty() { Self::Plain(text) } else { Self::Literal(text) }
    }
}

/// How any other text has to be written.
pub(super) fn cell(text: &str) -> Cell<'_> {
    if is_amount(text) {
        Cell::Plain(text)
    } else if text.len() <= LITERAL_LIMIT && (is_long_code(text) || is_phone_like(text)) {
        Cell::Literal(text)
    } else if begins_blank(text) || text.char_indices().any(|(at, sign)| begins_formula(text, at, sign)) {
        Cell::Guarded(text)
    } else {
        Cell::Plain(text)
    }
}

/// Writes a text with an apostrophe before each sign that could begin a formula, and before a blank that a spreadsheet
/// would drop at its beginning.
pub(super) fn guard(text: &str, out: &mut String) {
    if begins_blank(text) {
        out.push('\'');
    }
    for (at, sign) in text.char_indices() {
        if begins_formula(text, at, sign) {
            out.push('\'');
        }
        out.push(sign);
    }
}

/// An amount that a spreadsheet holds exactly, so that it may as well be one: at most fifteen digits with one point or
/// comma among them, no leading zero that would go, perhaps a minus.
fn is_amount(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once(['.', ',']).unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction) && unsigned.len() <= 15 && (whole == "0" || !whole.starts_with('0'))
}

/// Digits that a spreadsheet would not keep: with zeros in front, or too many.
fn is_long_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A plus, digits, and what stands between digits of a phone number.
fn is_phone_like(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|rest| {
        rest.bytes().any(|byte| byte.is_ascii_digit())
            && rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'(' | b')' | b'-' | b'.'))
    })
}

fn begins_blank(text: &str) -> bool {
    text.starts_with(['\t', '\r', '\n'])
}

/// Whether the sign at a place could begin a formula: at the text's beginning, or behind anything that some spreadsheet
/// takes for the border of a cell. A quote is a border when a cell's own quotes are not seen as such.
fn begins_formula(text: &str, at: usize, sign: char) -> bool {
    if !matches!(sign, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') {
        return false;
    }
    let before = text.get(..at).unwrap_or_default();
    let behind = before.trim_end_matches([' ', '\u{a0}', '"']);
    behind.chars().next_back().is_none_or(|border| matches!(border, ';' | ',' | '|' | '\t' | '\n' | '\r'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_written_by_what_it_looks_like() {
        for (text, expected) in [
            ("", Cell::Plain("")),
            ("Ada - Lovelace = 1", Cell::Plain("Ada - Lovelace = 1")),
            ("a;b", Cell::Plain("a;b")),
            ("-12.50", Cell::Plain("-12.50")),
            ("0,5", Cell::Plain("0,5")),
            ("123456789012345", Cell::Plain("123456789012345")),
            ("1234567890123456", Cell::Literal("1234567890123456")),
            ("00123", Cell::Literal("00123")),
            ("+1 (212) 555-0100", Cell::Literal("+1 (212) 555-0100")),
            ("+447400123456", Cell::Literal("+447400123456")),
            ("=1+1", Cell::Guarded("=1+1")),
            ("+cmd|' /C calc'!A0", Cell::Guarded("+cmd|' /C calc'!A0")),
            ("-2+3", Cell::Guarded("-2+3")),
            ("@SUM(A1)", Cell::Guarded("@SUM(A1)")),
            (" \t=1", Cell::Guarded(" \t=1")),
            ("\tx", Cell::Guarded("\tx")),
            ("News;=1+1", Cell::Guarded("News;=1+1")),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }

    #[test]
    fn an_apostrophe_stands_before_each_formula() {
        let mut out = String::new();
        guard("=1+1; =2\n@x-y", &mut out);
        assert_eq!(out, "'=1+1; '=2\n'@x-y");
        out.clear();
        guard("\t=1", &mut out);
        assert_eq!(out, "'\t'=1");
    }

    proptest! {
        #[test]
        fn no_cell_begins_like_a_formula_wherever_a_spreadsheet_cuts(text in "[-=+@a1 ;,|\t\n\"]{0,12}") {
            let written = match cell(&text) {
                Cell::Plain(text) => text.to_owned(),
                // What stands between its quotes holds neither quotes nor borders.
                Cell::Literal(text) => {
                    prop_assert!(!text.contains(['"', ';', ',', '|', '\t', '\n']));
                    return Ok(());
                }
                Cell::Guarded(text) => {
                    let mut out = String::new();
                    guard(text, &mut out);
                    out
                }
            };
            if is_amount(&written) {
                return Ok(());
            }
            for piece in written.split([';', ',', '|', '\t', '\n']) {
                let shown = piece.trim_matches(|sign| sign == ' ' || sign == '"');
                prop_assert!(!shown.starts_with(['=', '+', '-', '@']), "{written:?} shows {shown:?}");
            }
            prop_assert_eq!(written.replace('\'', ""), text);
        }
    }
}
