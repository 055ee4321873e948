//! Which request goes wrong, and how.
//!
//! Receives the text of `--faults`; yields, for the n-th request, a fault or none. Knows nothing of HTTP.

use std::fmt;
use std::str::FromStr;

/// A way in which a request can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// `429`: answered with 429, not applied.
    TooManyRequests,
    /// `500`: answered with 500, not applied.
    ServerError,
    /// `503`: answered with 503 and no body, not applied.
    Unavailable,
    /// `reset`: the connection is reset, not applied.
    Reset,
    /// `lost`: applied, and the connection is closed without an answer.
    Lost,
    /// `hang`: not applied and never answered.
    Hang,
    /// `slow`: applied, and the answer dribbles in.
    Slow,
    /// `truncate`: applied, and the answer's body ends before its content length.
    Truncate,
}

impl Fault {
    /// Every kind, in the order in which they share the dice.
    pub const ALL: [Self; 8] = [
        Self::TooManyRequests,
        Self::ServerError,
        Self::Unavailable,
        Self::Reset,
        Self::Lost,
        Self::Hang,
        Self::Slow,
        Self::Truncate,
    ];

    /// The kind as `--faults` and the log write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooManyRequests => "429",
            Self::ServerError => "500",
            Self::Unavailable => "503",
            Self::Reset => "reset",
            Self::Lost => "lost",
            Self::Hang => "hang",
            Self::Slow => "slow",
            Self::Truncate => "truncate",
        }
    }

    /// Whether a request struck by this fault is carried out all the same.
    #[must_use]
    pub const fn applies(self) -> bool {
        match self {
            Self::Lost | Self::Slow | Self::Truncate => true,
            Self::TooManyRequests | Self::ServerError | Self::Unavailable | Self::Reset | Self::Hang => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The probability of each fault, at most 1 in all: `429=0.1,reset=2%`. The empty text is no fault at all.
///
/// A figure up to 1 is a probability; one above, or with a `%`, is a share in a hundred.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FaultPlan(Vec<(Fault, f64)>);

/// Why a text is no fault plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultPlanError {
    /// An entry without `=`.
    #[error("'{0}' is not of the form KIND=PROBABILITY")]
    Shape(String),
    /// A kind that does not exist.
    #[error("'{0}' is no fault; there are 429, 500, 503, reset, lost, hang, slow and truncate")]
    Kind(String),
    /// Neither a number from 0 to 1 nor a share.
    #[error("'{value}' is no probability for {fault}; write 0.1, or 10%")]
    Probability {
        /// The fault it was meant for.
        fault: Fault,
        /// What was given.
        value: String,
    },
    /// One kind, two probabilities.
    #[error("{0} is given twice")]
    Twice(Fault),
    /// A request meets at most one fault.
    #[error("the probabilities add up to more than 1")]
    Sum,
}

/// Rounding may carry a sum such as ten times 0.1 a little past 1.
const SUM_SLACK: f64 = 1e-9;

impl FaultPlan {
    /// The fault that strikes the `n`-th request, if any. Depends on nothing but the seed, the plan and `n`.
    #[must_use]
    pub fn strikes(&self, seed: u64, n: u64) -> Option<Fault> {
        let mut left = dice(seed, n);
        for (fault, probability) in &self.0 {
            if left < *probability {
                return Some(*fault);
            }
            left -= probability;
        }
        None
    }
}

impl FromStr for FaultPlan {
    type Err = FaultPlanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut plan = Vec::new();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (kind, value) = entry.split_once('=').ok_or_else(|| FaultPlanError::Shape(entry.to_owned()))?;
            let (kind, value) = (kind.trim(), value.trim());
            let fault = Fault::ALL
                .into_iter()
                .find(|fault| fault.name() == kind)
                .ok_or_else(|| FaultPlanError::Kind(kind.to_owned()))?;
            let probability =
                probability(value).ok_or_else(|| FaultPlanError::Probability { fault, value: value.to_owned() })?;
            if plan.iter().any(|(known, _)| *known == fault) {
                return Err(FaultPlanError::Twice(fault));
            }
            plan.push((fault, probability));
        }
        if plan.iter().map(|(_, probability)| probability).sum::<f64>() > 1.0 + SUM_SLACK {
            return Err(FaultPlanError::Sum);
        }
        Ok(Self(plan))
    }
}

fn probability(text: &str) -> Option<f64> {
    let (figure, share) = match text.strip_suffix('%') {
        Some(figure) => (figure.trim().parse::<f64>().ok()?, true),
        None => (text.parse::<f64>().ok()?, false),
    };
    let probability = if share || figure > 1.0 { figure / 100.0 } else { figure };
    (0.0..=1.0).contains(&probability).then_some(probability)
}

impl fmt::Display for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (fault, probability)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{fault}={probability}")?;
        }
        Ok(())
    }
}

/// A number from 0 up to 1 for the `n`-th throw: the `n`-th output of `SplitMix64` begun at `seed`, its upper 32 bits.
/// Written out rather than taken from a crate, so that a seed means the same in every version.
fn dice(seed: u64, n: u64) -> f64 {
    let mut state = seed.wrapping_add(n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^= state >> 31;
    u32::try_from(state >> 32).map_or(0.0, |upper| f64::from(upper) / 4_294_967_296.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plan(text: &str) -> Result<FaultPlan, FaultPlanError> {
        text.parse()
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!(plan(""), Ok(FaultPlan::default()));
        assert_eq!(plan("429"), Err(FaultPlanError::Shape("429".to_owned())));
        assert_eq!(plan("501=0.1"), Err(FaultPlanError::Kind("501".to_owned())));
        for value in ["100.1", "101%", "-0.1", "NaN", "inf", "", "half"] {
            let expected = FaultPlanError::Probability { fault: Fault::Lost, value: value.to_owned() };
            assert_eq!(plan(&format!("lost={value}")), Err(expected));
        }
        assert_eq!(plan("lost=0.1,lost=0.2"), Err(FaultPlanError::Twice(Fault::Lost)));
        assert_eq!(plan("lost=0.6, reset=0.6"), Err(FaultPlanError::Sum));
    }

    #[test]
    fn shares_in_a_hundred_are_understood() {
        assert_eq!(plan("429=8"), plan("429=0.08"));
        assert_eq!(plan("429=8%"), plan("429=0.08"));
        assert_eq!(plan("429=1%"), plan("429=0.01"));
        assert_eq!(plan("429=100"), plan("429=1"));
    }

    #[test]
    fn the_same_seed_gives_the_same_faults_and_another_seed_others() {
        let plan = plan("429=0.2,reset=0.2,lost=0.2").expect("readable");
        let run = |seed| (0..200).map(|n| plan.strikes(seed, n)).collect::<Vec<_>>();
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }

    #[test]
    fn every_fault_comes_about_as_often_as_asked() {
        let plan = plan("429=0.1,500=0.1,503=0.1,reset=0.1,lost=0.1,hang=0.1,slow=0.1,truncate=0.1").expect("readable");
        let struck: Vec<_> = (0..10_000).map(|n| plan.strikes(3, n)).collect();
        for fault in Fault::ALL {
            let count = struck.iter().filter(|struck| **struck == Some(fault)).count();
            assert!((850..1_150).contains(&count), "{fault}: {count}");
        }
    }

    proptest! {
        #[test]
        fn certain_means_always_and_zero_means_never(seed: u64, n: u64) {
            for fault in Fault::ALL {
                prop_assert_eq!(plan(&format!("{fault}=1")).expect("readable").strikes(seed, n), Some(fault));
                prop_assert_eq!(plan(&format!("{fault}=0")).expect("readable").strikes(seed, n), None);
            }
        }

        #[test]
        fn a_plan_survives_the_way_through_text(chances in proptest::collection::vec(0.0..0.12f64, 8)) {
            let text: Vec<String> =
                Fault::ALL.iter().zip(&chances).map(|(fault, chance)| format!("{fault}={chance}")).collect();
            let parsed = plan(&text.join(",")).expect("readable");
            prop_assert_eq!(plan(&parsed.to_string()), Ok(parsed));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = plan(&text);
        }
    }
}
