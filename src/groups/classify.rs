//! What a status, and the code that comes with it, allow us to do.

use super::ErrorClass;
use super::complaint::{Complaint, named_element};

/// The class of an answer that is no success. Sources: the provider's error table (400, 401, 403, 404, 405, 415, 429,
/// 500, 503) and RFC 9110 for the rest.
///
/// A success (2xx) is a failure only when its body could not be used: the request was probably applied.
pub(super) fn class_of(status: u16, complaint: &Complaint) -> ErrorClass {
    match status {
        400 | 422 => match complaint.code.as_deref() {
            Some("conflict_group_name") => ErrorClass::NameTaken,
            _ if says_too_many(complaint) => ErrorClass::TooLarge,
            _ => ErrorClass::Refused,
        },
        401 | 402 => ErrorClass::Account,
        403 => match complaint.code.as_deref() {
            Some("unknown_group") => ErrorClass::NotFound,
            Some("conflict_group_name") => ErrorClass::NameTaken,
            Some("illegal_number_type") => ErrorClass::Refused,
            _ if says_too_many(complaint) => ErrorClass::TooLarge,
            _ => ErrorClass::Account,
        },
        404 | 410 => ErrorClass::NotFound,
        409 if complaint.code.as_deref() == Some("conflict_group_name") => ErrorClass::NameTaken,
        413 => ErrorClass::TooLarge,
        // The server says that it did not process the request. 425: "unwilling to process", RFC 8470.
        425 | 429 | 500 | 503 => ErrorClass::NotApplied,
        // A server or a proxy gave up waiting: what became of the request is not known. 520 and later are a
        // well-known proxy's own.
        200..=299 | 408 | 502 | 504 | 506..=510 | 512..=599 => ErrorClass::Ambiguous,
        // 3xx: credentials do not follow a redirect. 501, 505, 511 and the rest of 4xx: not this API, or not so.
        _ => ErrorClass::Stop,
    }
}

/// Whether the complaint is about how many elements there are. The documents have `syntax_constraint_violation` for
/// "too many elements" and for every other broken constraint, so the prose must tell them apart.
fn says_too_many(complaint: &Complaint) -> bool {
    let Some(text) = complaint.text.as_deref().map(str::to_ascii_lowercase) else { return false };
    if !matches!(complaint.code.as_deref(), Some("syntax_constraint_violation") | None) {
        return false;
    }
    let one_of_them = complaint.text.as_deref().and_then(named_element).is_some_and(|element| element.index.is_some());
    if one_of_them {
        return false;
    }
    let about_elements = ["element", "member", "item", "msisdn", "'add'", "'remove'", "group size", "group limit"];
    let about_excess = ["too many", "too large", "at most", "maximum", "exceed", "limit", "size must be"];
    about_elements.iter().any(|word| text.contains(word)) && about_excess.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(status: u16, body: &str) -> ErrorClass {
        class_of(status, &Complaint::read(body.as_bytes()))
    }

    #[test]
    fn every_status_has_a_class() {
        use ErrorClass::{Account, Ambiguous, NotApplied, NotFound, Refused, Stop, TooLarge};
        let expected = |status: u16| match status {
            // Repeated by the client itself.
            425 | 429 | 500 | 503 => NotApplied,
            // Looked into first.
            200..=299 | 408 | 502 | 504 | 506..=510 | 512..=599 => Ambiguous,
            // Refused for what was sent.
            400 | 422 => Refused,
            413 => TooLarge,
            404 | 410 => NotFound,
            // The end.
            401..=403 => Account,
            100..=199 | 300..=399 | 405..=407 | 409 | 411..=499 | 501 | 505 | 511 => Stop,
            other => unreachable!("{other} is not a status"),
        };
        for status in 100..=599 {
            assert_eq!(class(status, ""), expected(status), "{status}");
        }
    }

    #[test]
    fn a_403_is_read_by_its_code() {
        let coded = |code: &str| class(403, &format!("{{\"code\":\"{code}\",\"text\":\"…\"}}"));
        assert_eq!(coded("unknown_group"), ErrorClass::NotFound);
        assert_eq!(coded("conflict_group_name"), ErrorClass::NameTaken);
        assert_eq!(coded("illegal_number_type"), ErrorClass::Refused);
        assert_eq!(coded("blocked_account"), ErrorClass::Account);
        assert_eq!(coded("something_new"), ErrorClass::Account);
        assert_eq!(class(403, "<html>forbidden: limit of members</html>"), ErrorClass::Account);
    }

    #[test]
    fn too_many_elements_is_not_a_name_too_long() {
        let violated =
            |text: &str| class(400, &format!("{{\"code\":\"syntax_constraint_violation\",\"text\":\"{text}\"}}"));
        for text in [
            "Too many elements in 'members'; at most 10000 are allowed.",
            "The number of members exceeds the limit of 10000",
            "parameter 'add' size must be between 0 and 10000",
        ] {
            assert_eq!(violated(text), ErrorClass::TooLarge, "{text}");
        }
        for text in [
            "The name must have at most 20 characters",
            "The syntax constraint was violated",
            "parameter 'members[0]' is too large",
        ] {
            assert_eq!(violated(text), ErrorClass::Refused, "{text}");
        }
        let format = r#"{"code":"syntax_invalid_parameter_format","text":"'members[0]' exceeds the maximum"}"#;
        assert_eq!(class(400, format), ErrorClass::Refused);
        assert_eq!(class(400, r#"{"code":"conflict_group_name"}"#), ErrorClass::NameTaken);
        assert_eq!(class(409, r#"{"code":"conflict_group_name"}"#), ErrorClass::NameTaken);
    }
}
