//! The one type behind which cells become numbers.

use std::borrow::Cow;

use super::cell::{self, Unwrapped};
use super::ordinary;
use super::outline::Outline;
use super::parts::{could_be_number, is_number, parts, split_between_numbers};
use super::rules::CONTEXT;
use super::single::judge;
use super::{Mark, Marks, Multiple, Policy, Reading, Reason, Rejection, RowRegion};

/// What one number of a cell became.
pub type Verdict = Result<Reading, Rejection>;

/// Turns cells into verdicts by one [`Policy`]. Cheap to share between threads: reading needs only `&self`.
#[derive(Debug, Clone)]
pub struct Normalizer {
    pub(super) policy: Policy,
}

impl Normalizer {
    /// A normalizer that follows a policy.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy }
    }

    /// Reads one cell (UTF-8 or not) and tells what it became: one verdict, or one for each number of the cell
    /// under [`Multiple::All`]. Never panics, whatever the bytes.
    #[inline]
    pub fn read(&self, cell: &[u8], region: RowRegion, mut tell: impl FnMut(Verdict)) {
        let cell = cell.trim_ascii();
        match ordinary::read(&self.policy, cell, region) {
            Some(reading) => tell(Ok(reading)),
            None => self.read_closely(cell, region, &mut tell),
        }
    }

    /// The long way, which knows every rule.
    fn read_closely(&self, cell: &[u8], region: RowRegion, tell: &mut dyn FnMut(Verdict)) {
        let Ok(text) = std::str::from_utf8(cell) else {
            tell(Err(Rejection::new(Reason::NotANumber, "not a text in UTF-8")));
            return;
        };
        let outline = Outline::of(text);
        if outline.plain {
            self.read_unwrapped(text, &outline, Marks::NONE, region, tell);
        } else {
            let Unwrapped { text, marks } = cell::unwrap(text);
            self.read_unwrapped(&text, &Outline::of(&text), marks, region, tell);
        }
    }

    /// Reads a text that has nothing around it any more, and undoes what a spreadsheet has done to it.
    fn read_unwrapped(
        &self,
        text: &str,
        outline: &Outline,
        mut marks: Marks,
        region: RowRegion,
        tell: &mut dyn FnMut(Verdict),
    ) {
        if !outline.point && !outline.letters {
            return self.read_numbers(text, outline, marks, region, tell);
        }
        match cell::restore(text, &mut marks) {
            Some(Cow::Borrowed(same)) if same.len() == text.len() => {
                self.read_numbers(text, outline, marks, region, tell);
            }
            Some(restored) => self.read_numbers(&restored, &Outline::of(&restored), marks, region, tell),
            None => tell(Err(lossy())),
        }
    }

    /// Reads a text as one number, and only when it is none as several.
    fn read_numbers(
        &self,
        text: &str,
        outline: &Outline,
        marks: Marks,
        region: RowRegion,
        tell: &mut dyn FnMut(Verdict),
    ) {
        let whole = judge(&self.policy, text, outline, marks, region);
        let one = whole.is_number && !lacks_plus(&whole.verdict);
        if one || !(outline.separators || outline.second_plus) || text.contains(CONTEXT) {
            tell(whole.verdict);
            return;
        }
        let parts = parts(text, |piece| split_between_numbers(piece, region));
        // What is one number only by a `+` that it lacks may all the same be two: `51119 / 51118` of Solomon's Islands
        // have the digits of one in Peru.
        let counts = if whole.is_number { is_number } else { could_be_number };
        let mut numbers = parts.iter().filter(|part| counts(part, region));
        let (Some(first), Some(_)) = (numbers.next(), numbers.next()) else {
            tell(whole.verdict);
            return;
        };
        match self.policy.multiple {
            Multiple::Refuse => {
                tell(Err(Rejection::new(Reason::MultipleNumbers, "more than one number in the cell")));
            }
            Multiple::First => tell(self.read_part(first, marks, region)),
            Multiple::All => {
                // A part that is too mutilated to be a number is still somebody's: it is refused by itself, not left out.
                let told = parts.iter().filter(|part| Outline::of(part).digits >= 3);
                told.for_each(|part| tell(self.read_part(part, marks, region)));
            }
        }
    }

    fn read_part(&self, part: &str, mut marks: Marks, region: RowRegion) -> Verdict {
        let text = cell::peel(part, &mut marks);
        let text = cell::restore(&text, &mut marks).ok_or_else(lossy)?;
        judge(&self.policy, &text, &Outline::of(&text), marks, region).verdict
    }
}

fn lossy() -> Rejection {
    Rejection::new(Reason::LossySpreadsheet, "scientific notation of a spreadsheet that has lost digits")
}

/// Whether the text is a number only by a `+` that stands nowhere.
fn lacks_plus(verdict: &Verdict) -> bool {
    match verdict {
        Ok(reading) => reading.marks.contains(Mark::Plus),
        Err(rejection) => rejection.reason == Reason::MissingPlus,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::{Extension, Level, NumberType, PlusLess, Region};
    use proptest::prelude::*;
    use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType};

    fn policy() -> impl Strategy<Value = Policy> {
        let level = prop_oneof![Just(Level::Valid), Just(Level::Possible)];
        let plus_less = prop::sample::select(vec![PlusLess::Auto, PlusLess::National, PlusLess::International]);
        let types = prop_oneof![3 => Just(Vec::new()), 1 => Just(vec![NumberType::Mobile])];
        (level, plus_less, types, any::<bool>()).prop_map(|(level, plus_less, types, bare)| {
            let refused_repairs = if bare { Mark::ALL.into_iter().fold(Marks::NONE, Marks::with) } else { Marks::NONE };
            Policy { level, plus_less, types, refused_repairs, extension: Extension::Drop, ..Policy::default() }
        })
    }

    fn row_region(code: &str) -> RowRegion {
        match Region::from_iso2(code.as_bytes()) {
            None => RowRegion::None,
            Some(Region::UNKNOWN) => RowRegion::Unknown,
            Some(region) => RowRegion::Known(region),
        }
    }

    /// What the short way makes of a cell, if it knows, and what the long way does.
    fn both_ways(normalizer: &Normalizer, cell: &str, region: RowRegion) -> Option<(Reading, Vec<Verdict>)> {
        let cell = cell.trim_ascii().as_bytes();
        let short = ordinary::read(&normalizer.policy, cell, region)?;
        let mut long = Vec::new();
        normalizer.read_closely(cell, region, &mut |verdict| long.push(verdict));
        Some((short, long))
    }

    #[test]
    fn a_double_zero_leads_where_the_long_way_leads_and_mostly_the_short_way() {
        let normalizer = Normalizer::new(Policy::default());
        let (mut asked, mut short_ways) = (0, 0);
        for region in PHONE_NUMBER_UTIL.get_supported_regions() {
            for kind in [PhoneNumberType::Mobile, PhoneNumberType::FixedLine, PhoneNumberType::TollFree] {
                let Ok(example) = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind) else {
                    continue;
                };
                let plus = PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::International);
                let digits = plus.trim_start_matches('+');
                for home in ["US", "DE", "AU", "SG", "JP", "TH", "FI", "BR", "KZ", "IL", "HK", "ZZ", ""] {
                    for prefix in ["00", "00 ", "(00)", "0011", "000", "00 0"] {
                        let cell = format!("{prefix}{digits}");
                        let both = both_ways(&normalizer, &cell, row_region(home));
                        if prefix == "00" {
                            asked += 1;
                            short_ways += usize::from(both.is_some());
                        }
                        if let Some((short, long)) = both {
                            assert_eq!(long, [Ok(short)], "{cell} in {home:?}");
                        }
                    }
                }
            }
        }
        assert!(asked > 5_000 && short_ways > asked * 9 / 10, "{short_ways} of {asked}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn the_short_way_leads_where_the_long_way_leads(
            policy in policy(),
            start in "[-+ (/.]{0,2}(0|00|00 ?|0011|000|011|\\+|\\(0\\))?",
            code in "(1|44|49|39|7|54|52|55|65|43|800|999)?",
            rest in "[ (]{0,2}(\\(0\\))?[0-9]{2,4}[-) ./]{0,2}[0-9]{2,5}[-) ./]{0,2}[0-9]{1,4}",
            end in "|\\.0|\\.00|,0| ext 5|[-+ )/;]",
            region in "US|GB|DE|IT|RU|AR|MX|BR|SG|AT|ZZ|",
        ) {
            let cell = format!("{start}{code}{rest}{end}");
            let both = both_ways(&Normalizer::new(policy), &cell, row_region(&region));
            if let Some((short, long)) = both {
                prop_assert_eq!(long, [Ok(short)], "{}", cell);
            }
        }
    }
}
