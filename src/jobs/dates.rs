//! Names of files with a date in them.

use jiff::civil::Date;
use jiff::fmt::strtime;

/// A place for a date that cannot be filled.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{{{0}}} is no date: write {{today}} or {{yesterday}}, with a form if it is not {{today:%Y-%m-%d}}")]
pub struct DateError(pub String);

/// Fills the places of dates in a name: `{today}` and `{yesterday}`, with a form of `strftime` behind a colon where it
/// is not `%Y-%m-%d`.
///
/// # Errors
/// When something else stands in braces, or a form is none.
pub fn dated(name: &str, today: Date) -> Result<String, DateError> {
    let mut filled = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((place, after)) = after.split_once('}') else { return Err(DateError(after.to_owned())) };
        let unfit = || DateError(place.to_owned());
        let (day, form) = place.split_once(':').unwrap_or((place, "%Y-%m-%d"));
        let day = match day {
            "today" => today,
            "yesterday" => today.yesterday().map_err(|_| unfit())?,
            _ => return Err(unfit()),
        };
        filled += before;
        filled += &strtime::format(form, day).map_err(|_| unfit())?;
        rest = after;
    }
    Ok(filled + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_filled_in_and_mistakes_are_told() {
        let today = jiff::civil::date(2026, 3, 1);
        let fill = |name| dated(name, today);
        assert_eq!(fill("list.csv").as_deref(), Ok("list.csv"));
        assert_eq!(fill("a-{today}.csv").as_deref(), Ok("a-2026-03-01.csv"));
        assert_eq!(fill("{yesterday:%Y%m%d}/{today:%d}-*.csv").as_deref(), Ok("20260228/01-*.csv"));
        for wrong in ["{tomorrow}", "{", "a{today", "{today:%Q}", "{}"] {
            assert!(fill(wrong).is_err(), "{wrong}");
        }
    }
}
