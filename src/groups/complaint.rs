//! What an error's body says, in whatever shape it says it.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::NamedElement;

/// An error body, read loosely. Documented is `{code, text}`; seen are `description` or `message` for `text`,
/// `{"error": {…}}`, `{timestamp, status, error, path}`, `{type, title, detail}`, nothing, and a proxy's HTML.
#[derive(Default)]
pub(super) struct Complaint {
    /// The provider's code: a word, or a number as text.
    pub(super) code: Option<String>,
    /// What it says in prose.
    pub(super) text: Option<String>,
    /// All that was said, whole.
    pub(super) words: Option<String>,
    html: bool,
}

/// As much of somebody else's prose as a line on a terminal should hold.
const SHOWN_CHARS: usize = 300;

impl Complaint {
    pub(super) fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body).trim().to_owned();
        if text.is_empty() {
            return Self::default();
        }
        let (code, said) = match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(object)) => (code_in(&object), text_in(&object)),
            Ok(Value::String(said)) => (None, Some(said)),
            _ => (None, None),
        };
        let html = text.starts_with('<');
        let words = said.clone().unwrap_or_else(|| text.clone());
        Self {
            code,
            text: said.or_else(|| (!html && !text.starts_with(['{', '['])).then_some(text)),
            words: Some(words),
            html,
        }
    }

    /// One fragment for people: status, code and prose, safe to show anywhere.
    pub(super) fn summary(&self, status: u16) -> String {
        let mut summary = format!("the answer is {status}");
        if let Some(reason) = reason(status) {
            let _ = write!(summary, " {reason}");
        }
        if let Some(code) = &self.code {
            let _ = write!(summary, ", {}", presentable(code));
        }
        match &self.text {
            Some(text) => {
                let _ = write!(summary, ": {}", presentable(text));
            }
            None if self.html => summary.push_str(" (a web page, not the API's own words)"),
            None => {}
        }
        summary
    }
}

fn code_in(object: &Map<String, Value>) -> Option<String> {
    match object.get("code").or_else(|| object.get("type")) {
        Some(Value::String(code)) if !code.is_empty() => Some(code.clone()),
        Some(Value::Number(code)) => Some(code.to_string()),
        _ => nested(object).and_then(code_in),
    }
}

fn text_in(object: &Map<String, Value>) -> Option<String> {
    ["text", "description", "message", "detail", "title"]
        .iter()
        .find_map(|key| object.get(*key).and_then(Value::as_str).filter(|text| !text.is_empty()))
        .map(str::to_owned)
        .or_else(|| nested(object).and_then(text_in))
        .or_else(|| object.get("error").and_then(Value::as_str).map(str::to_owned))
}

fn nested(object: &Map<String, Value>) -> Option<&Map<String, Value>> {
    object.get("error").and_then(Value::as_object)
}

fn reason(status: u16) -> Option<&'static str> {
    reqwest::StatusCode::from_u16(status).ok()?.canonical_reason()
}

/// Somebody else's prose made fit to be shown: whatever could be a number is masked, what a terminal would obey is
/// escaped, and it is cut at a few hundred characters.
pub(super) fn presentable(text: &str) -> String {
    let mut shown = String::new();
    for char in mask_numbers(text).chars().take(SHOWN_CHARS) {
        match char {
            '\'' | '"' | '\\' => shown.push(char),
            _ => shown.extend(char.escape_debug()),
        }
    }
    if text.chars().count() > SHOWN_CHARS {
        shown.push('…');
    }
    shown
}

/// Replaces every run of five or more digits by `…`, the blanks and punctuation of written numbers among them.
fn mask_numbers(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    // A run under way: its digits so far, and where its text begins and its last digit ends in `masked`.
    let mut run: Option<(usize, usize, usize)> = None;
    for char in text.chars() {
        if char.is_numeric() {
            let (digits, from, _) = run.unwrap_or((0, masked.len(), 0));
            masked.push(char);
            run = Some((digits + 1, from, masked.len()));
        } else {
            if !matches!(char, ' ' | '\u{a0}' | '-' | '.' | '(' | ')' | '/') {
                close(&mut masked, run.take());
            }
            masked.push(char);
        }
    }
    close(&mut masked, run);
    masked
}

fn close(masked: &mut String, run: Option<(usize, usize, usize)>) {
    if let Some((5.., from, until)) = run {
        masked.replace_range(from..until, "…");
    }
}

/// The element that a text such as `The format of parameter 'members[0]' is invalid; value '+1' is not a valid MSISDN
/// or group ID.` names (the provider's documents).
pub(super) fn named_element(text: &str) -> Option<NamedElement> {
    let (list, after) = ["members", "add", "remove"].iter().find_map(|list| {
        let at = text.find(&format!("'{list}['")).or_else(|| text.find(&format!("{list}[")));
        let at = at.or_else(|| text.find(&format!("'{list}'")).map(|at| at + 1))?;
        // `sms_add[0]` is another list.
        let whole = !text.get(..at)?.ends_with(|before: char| before.is_alphanumeric() || before == '_');
        whole.then(|| Some((*list, text.get(at + list.len()..)?)))?
    })?;
    let index =
        after.strip_prefix('[').and_then(|rest| rest.split_once(']')).and_then(|(index, _)| index.trim().parse().ok());
    let value = after.split_once("value '").and_then(|(_, rest)| {
        let end = rest.find("' is ").or_else(|| rest.rfind('\''))?;
        rest.get(..end).map(str::to_owned)
    });
    Some(NamedElement { list: list.to_owned(), index, value })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use proptest::prelude::*;

    fn read(body: &str) -> (Option<String>, Option<String>) {
        let complaint = Complaint::read(body.as_bytes());
        (complaint.code, complaint.text)
    }

    #[test]
    fn every_shape_that_was_seen_is_understood() {
        let some = |code: &str, text: &str| (Some(code.to_owned()), Some(text.to_owned()));
        assert_eq!(read(r#"{"code":"unknown_group","text":"gone"}"#), some("unknown_group", "gone"));
        assert_eq!(read(r#"{"code":"unknown_group","description":"gone"}"#), some("unknown_group", "gone"));
        assert_eq!(read(r#"{"code":404,"text":"no group","status":"NotFound"}"#), some("404", "no group"));
        assert_eq!(read(r#"{"error":{"code":"x","message":"y"}}"#), some("x", "y"));
        assert_eq!(read(r#"{"type":"about:blank","title":"t","detail":"d"}"#), some("about:blank", "d"));
        let spring = r#"{"timestamp":"2024","status":400,"error":"Bad Request","path":"/groups"}"#;
        assert_eq!(read(spring), (None, Some("Bad Request".to_owned())));
        assert_eq!(read("upstream is away"), (None, Some("upstream is away".to_owned())));
        assert_eq!(read(r#""said so""#), (None, Some("said so".to_owned())));
        for mute in ["", "  ", "<html>502</html>", "[1]", "{}", "{\"code\":"] {
            assert_eq!(read(mute), (None, None), "{mute}");
        }
    }

    #[test]
    fn a_web_page_is_not_poured_onto_the_terminal() {
        let page = Complaint::read(b"<html><body>a proxy's page</body></html>");
        assert_eq!(page.summary(502), "the answer is 502 Bad Gateway (a web page, not the API's own words)");
        assert!(page.words.unwrap().contains("a proxy's page"));
    }

    #[test]
    fn the_named_element_is_found() {
        let say = |list: &str| {
            format!("The format of parameter '{list}' is invalid; value '+1' is not a valid MSISDN or group ID.")
        };
        for (list, name, index) in [
            ("members[0]", "members", Some(0)),
            ("add[3]", "add", Some(3)),
            ("remove[9999]", "remove", Some(9999)),
            ("members", "members", None),
        ] {
            let element = named_element(&say(list)).unwrap();
            assert_eq!((element.list.as_str(), element.index, element.value.as_deref()), (name, index, Some("+1")));
        }
        let quoted = named_element("parameter 'add[1]' is invalid; value ''+1' or' is not a valid MSISDN").unwrap();
        assert_eq!(quoted.value.as_deref(), Some("'+1' or"));
        for other in ["parameter 'name' is invalid", "parameter 'sms_add[0]' is bad", "nothing", "'child_groups[0]'"] {
            assert!(named_element(other).is_none(), "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let complaint = Complaint::read(&body);
            let _ = named_element(&String::from_utf8_lossy(&body));
            prop_assert!(!complaint.summary(500).chars().any(char::is_control));
        }

        #[test]
        fn a_number_is_masked_however_it_is_written(
            before in "[a-z ':=+]{0,8}",
            groups in proptest::collection::vec("[0-9]{1,4}", 2..5),
            gap in "[-. /]|\\) ",
        ) {
            let digits: String = groups.concat();
            prop_assume!(digits.len() >= 5);
            let shown = presentable(&format!("{before}{} is bad", groups.join(&gap)));
            prop_assert!(!shown.chars().any(|char| char.is_ascii_digit()), "{}", shown);
            prop_assert!(shown.ends_with(" is bad"));
        }
    }

    #[test]
    fn short_numbers_stay_and_terminals_are_not_obeyed() {
        assert_eq!(presentable("at most 1000 of 'members[3]'"), "at most 1000 of 'members[3]'");
        assert_eq!(presentable("a\u{1b}[31mb\u{202e}c\n"), "a\\u{1b}[31mb\\u{202e}c\\n");
        assert!(presentable(&"x".repeat(1000)).chars().count() <= SHOWN_CHARS + 1);
    }
}
