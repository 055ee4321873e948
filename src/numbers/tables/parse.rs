//! The library's decisions, in the library's order (`PhoneNumberUtilInternal::parse_helper` and what it calls).

use super::super::engine::{Length, Parsed, Source};
use super::super::{Msisdn, Reason};
use super::plan::{Action, Code, Label, Numbering, Plans};

/// The fewest and the most digits of a national number that the library takes.
const NATIONAL: std::ops::RangeInclusive<usize> = 2..=17;
/// The most digits of an E.164 number.
const E164: usize = 15;
/// The library forgets the leading zeros beyond these when it writes a number.
const WRITTEN_ZEROS: usize = 10;

/// Room for a national number that a rule has put together.
type Scratch = [u8; 40];
const EMPTY: Scratch = [0; 40];

/// Where digits without a `+` begin.
enum Split<'a> {
    /// Behind this calling code, which was found there.
    Behind(&'a Code, &'a [u8], Source),
    /// With the national number.
    Here,
    /// They cannot be read.
    Refused(Reason),
}

/// National digits, and what is known of them once they have been walked.
type Candidate<'a> = (&'a [u8], Option<Label>);

impl Plans {
    /// Reads digits that had a `+` in front. `None` where the tables cannot tell, here and below.
    pub(super) fn with_plus(&self, digits: &[u8], home: Option<&Numbering>) -> Option<Parsed> {
        if digits.len() <= *NATIONAL.start() {
            return Some(Parsed::Refused(Reason::TooShort));
        }
        if let Some((code, national)) = self.calling_code(digits) {
            return self.national(code, national);
        }
        // Nobody has this calling code. The library then tries whether an international prefix was meant: `+0049…`.
        let Some(home) = home else { return Some(Parsed::Refused(Reason::InvalidCallingCode)) };
        let mut scratch = EMPTY;
        match self.split(digits, home, &mut scratch)? {
            Split::Behind(code, national, source) => self.number_of(code, self.main_region(code)?, national, source),
            Split::Here | Split::Refused(Reason::NoRegion) => Some(Parsed::Refused(Reason::InvalidCallingCode)),
            Split::Refused(reason) => Some(Parsed::Refused(reason)),
        }
    }

    /// Reads digits that had a `+` and this calling code in front.
    pub(super) fn national(&self, code: &Code, digits: &[u8]) -> Option<Parsed> {
        self.number_of(code, self.main_region(code)?, digits, Source::Plus)
    }

    /// Reads digits without a `+`.
    pub(super) fn without_plus(&self, digits: &[u8], home: Option<&Numbering>) -> Option<Parsed> {
        let Some(home) = home else { return Some(Parsed::Refused(Reason::NoRegion)) };
        let mut scratch = EMPTY;
        match self.split(digits, home, &mut scratch)? {
            Split::Behind(code, national, source) => self.number_of(code, self.main_region(code)?, national, source),
            Split::Here => self.number_of(self.code_of(home)?, home, digits, Source::DefaultRegion),
            Split::Refused(reason) => Some(Parsed::Refused(reason)),
        }
    }

    /// Looks for a calling code behind the region's international prefix, and for the region's own calling code
    /// without any prefix (`maybe_extract_country_code`).
    fn split<'a>(&'a self, digits: &'a [u8], home: &Numbering, scratch: &'a mut Scratch) -> Option<Split<'a>> {
        if let Some(prefix) = self.action(home.idd, digits)
            && let Some(behind) = digits.get(usize::from(prefix.rest)..)
            && behind.first() != Some(&0)
        {
            return Some(if behind.len() <= *NATIONAL.start() {
                Split::Refused(Reason::TooShort)
            } else {
                match self.calling_code(behind) {
                    Some((code, national)) => Split::Behind(code, national, Source::InternationalPrefix),
                    None => Split::Refused(Reason::NoRegion),
                }
            });
        }
        let code = self.code_of(home)?;
        let Some(behind) = code.strip(digits) else { return Some(Split::Here) };
        let (national, label) = self.without_prefix(code, home, behind, scratch)?;
        let matches = |label: Label| label.general >> home.place & 1 != 0;
        let label = match label {
            Some(label) => label,
            None => self.label(code.root, national)?,
        };
        let is_international =
            home.length(digits.len()) == Length::TooLong || matches(label) && !matches(self.label(code.root, digits)?);
        Some(if is_international { Split::Behind(code, national, Source::OwnCallingCode) } else { Split::Here })
    }

    /// Takes the national prefix off, if the region's general pattern has nothing against it
    /// (`maybe_strip_national_prefix_and_carrier_code`).
    fn without_prefix<'a>(
        &self,
        code: &Code,
        numbering: &Numbering,
        digits: &'a [u8],
        scratch: &'a mut Scratch,
    ) -> Option<Candidate<'a>> {
        let Some(action) = self.action(numbering.national_prefix, digits) else { return Some((digits, None)) };
        let matches = |label: Label| label.general >> numbering.place & 1 != 0;
        let stripped = action.apply(digits, scratch)?;
        let label = self.label(code.root, stripped)?;
        if !matches(label) {
            let original = self.label(code.root, digits)?;
            if matches(original) {
                return Some((digits, Some(original)));
            }
        }
        Some((stripped, Some(label)))
    }

    /// The number of a calling code that national digits stand for, read by the rules of one of its regions.
    fn number_of(&self, code: &Code, rules: &Numbering, digits: &[u8], source: Source) -> Option<Parsed> {
        if digits.len() < *NATIONAL.start() {
            return Some(Parsed::Refused(Reason::TooShort));
        }
        let mut scratch = EMPTY;
        let (stripped, label) = self.without_prefix(code, rules, digits, &mut scratch)?;
        let (national, label) = match rules.length(stripped.len()) {
            Length::Possible | Length::TooLong => (stripped, label),
            // What would be left is too short for a number: nothing is taken off.
            Length::LocalOnly | Length::TooShort | Length::Impossible => (digits, None),
        };
        let digit_count = code.width() + national.len();
        if national.len() < *NATIONAL.start() {
            return Some(Parsed::Refused(Reason::TooShort));
        }
        if national.len() > *NATIONAL.end() || digit_count > E164 {
            return Some(Parsed::Refused(Reason::TooLong));
        }
        if national.iter().take_while(|digit| **digit == 0).count() > WRITTEN_ZEROS {
            return None;
        }
        let label = match label {
            Some(label) => label,
            None => self.label(code.root, national)?,
        };
        let value = national.iter().fold(u64::from(code.value), |value, digit| value * 10 + u64::from(*digit));
        Some(Parsed::Number(self.number(Msisdn::from_value(value)?, code, national.len(), label, source)))
    }
}

impl Action {
    /// The digits with the prefix taken off or replaced.
    fn apply<'a>(self, digits: &'a [u8], scratch: &'a mut Scratch) -> Option<&'a [u8]> {
        let rest = digits.get(usize::from(self.rest)..)?;
        if self.front_len == 0 && self.from == self.to {
            return Some(rest);
        }
        let front = self.front.get(..usize::from(self.front_len))?;
        let group = digits.get(usize::from(self.from)..usize::from(self.to))?;
        let mut length = 0;
        for (slot, digit) in scratch.iter_mut().zip([front, group, rest].into_iter().flatten()) {
            *slot = *digit;
            length += 1;
        }
        scratch.get(..length)
    }
}
