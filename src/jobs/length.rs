//! Lengths of time as people write them.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

/// A length of time: a number and its unit, such as 90s, 30m, 26h or 7d. Shown in whole units, of which there are at
/// least two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = r"^[0-9]+(\.[0-9]+)?[smhd]$"))]
pub struct Length(pub Duration);

impl TryFrom<String> for Length {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let wrong = || format!("{text:?} is no length of time: write a number and a unit, such as 90s, 30m, 26h or 7d");
        let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
        let unit = match unit {
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => return Err(wrong()),
        };
        let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let number: f64 = if plain { number.parse().map_err(|_| wrong())? } else { return Err(wrong()) };
        Duration::try_from_secs_f64(number * unit).map(Self).map_err(|_| wrong())
    }
}

impl std::fmt::Display for Length {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0 => write!(f, "{:.1}s", self.0.as_secs_f64()),
            1..120 => write!(f, "{seconds}s"),
            120..7200 => write!(f, "{}m", seconds / 60),
            7200..172_800 => write!(f, "{}h", seconds / 3600),
            _ => write!(f, "{}d", seconds / 86400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<u64> {
        Length::try_from(text.to_owned()).ok().map(|length| length.0.as_secs())
    }

    #[test]
    fn a_length_is_a_number_and_a_unit() {
        for (text, seconds) in [("90s", 90), ("30m", 1800), ("26h", 93_600), ("7d", 604_800), ("1.5h", 5400)] {
            assert_eq!(read(text), Some(seconds), "{text}");
        }
        for text in ["", "s", "5", "5 m", "-5m", "5w", "infs", "1e3s", "ü", "5ü", "99999999999999999999d"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_length_is_written_as_people_say_it() {
        for text in ["7d", "26h", "30m", "90s"] {
            assert_eq!(Length::try_from(text.to_owned()).map(|length| length.to_string()).as_deref(), Ok(text));
        }
    }
}
