//! What somebody should know of a list before its numbers are written to.

use crate::audience::Tally;
use crate::numbers::NumberType;

use super::summary::thousands;

/// Types of numbers that a text message does not reach or should not, and why.
const DOUBTFUL: [(NumberType, &str, &str); 3] = [
    (NumberType::PremiumRate, "premium-rate", "such numbers charge whoever calls them, and are rarely a person's"),
    (NumberType::TollFree, "toll-free", "such numbers belong to businesses, and are rarely reached by a message"),
    (NumberType::FixedLine, "fixed-line", "such numbers are rarely reached by a message"),
];

/// Warnings about the numbers of a list, each with its count.
#[must_use]
pub fn warnings(tally: &Tally) -> Vec<String> {
    let count = |kind| tally.types.get(&kind).copied().unwrap_or(0);
    let doubtful = DOUBTFUL.into_iter().filter(|(kind, ..)| count(*kind) > 0);
    doubtful
        .map(|(kind, name, why)| {
            let (count, plural) = (count(kind), if count(kind) == 1 { "" } else { "s" });
            format!("{} {name} number{plural} ({kind}): {why}; --types leaves them out", thousands(count))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubtful_types_are_counted_and_named() {
        let mut tally = Tally::default();
        tally.types.insert(NumberType::Mobile, 7);
        assert_eq!(warnings(&tally), [""; 0]);
        tally.types.insert(NumberType::FixedLine, 1_200);
        tally.types.insert(NumberType::PremiumRate, 1);
        let told = warnings(&tally);
        let starts = ["1 premium-rate number (premium_rate)", "1,200 fixed-line numbers (fixed_line)"];
        assert_eq!(told.len(), starts.len());
        for (line, start) in told.iter().zip(starts) {
            assert!(line.starts_with(start), "{told:?}");
        }
    }
}
