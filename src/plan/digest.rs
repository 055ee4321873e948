//! One short text for exactly one change.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::{GroupRef, Plan};

/// SHA-256 over account, group, mode and the sorted numbers to add and to remove: whoever holds a plan's digest has
/// seen this plan and no other. Shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

/// A text that is no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest has 64 hexadecimal digits")]
pub struct DigestError;

impl Digest {
    pub(super) fn of_plan(plan: &Plan) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"rollcall plan 1\n");
        text(&mut hash, &plan.account);
        match &plan.group {
            GroupRef::Existing { id, .. } => text(&mut hash, id.as_str()),
            GroupRef::New { name } => {
                hash.update(b"new ");
                text(&mut hash, name);
            }
        }
        text(&mut hash, plan.mode.as_str());
        for (sign, numbers) in [(b'+', &plan.add), (b'-', &plan.remove)] {
            for number in numbers.iter() {
                hash.update([sign]);
                hash.update(number.value().to_be_bytes());
            }
        }
        Self(hash.finalize().into())
    }

    /// The digest of several plans as one change: a single plan's own, else that of their digests in order.
    #[must_use]
    pub fn of_all(plans: &[&Plan]) -> Self {
        if let [plan] = plans {
            return plan.digest();
        }
        let mut hash = Sha256::new();
        hash.update(b"rollcall plans 1\n");
        for plan in plans {
            hash.update(plan.digest().0);
        }
        Self(hash.finalize().into())
    }
}

/// A text with its length in front, so that no two sequences of texts look alike.
fn text(hash: &mut Sha256, text: &str) {
    hash.update(text.len().to_string());
    hash.update(b":");
    hash.update(text);
    hash.update(b"\n");
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(DigestError);
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            let pair = text.get(index * 2..index * 2 + 2).ok_or(DigestError)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| DigestError)?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Choices, Memory, Mode, Wish};
    use super::*;
    use crate::groups::GroupId;
    use crate::numbers::{Msisdn, NumberSet};

    fn set(values: &[u64]) -> NumberSet {
        values.iter().map(|value| Msisdn::from_value(*value).expect("in range")).collect()
    }

    fn plan() -> Plan {
        let group = GroupRef::Existing { id: GroupId::new("A"), name: Some("a".into()) };
        let wish = Wish { listed: set(&[3, 4]), ..Wish::default() };
        let (live, memory) = (set(&[4, 5]), Memory::default());
        Plan::draft("sandbox/demo".into(), group, Mode::Add, &wish, &live, &memory, Choices::default())
    }

    #[test]
    fn every_part_of_a_plan_is_in_its_digest() {
        let base = plan();
        let mut others = vec![base.clone(); 5];
        if let [account, group, mode, add, remove] = others.as_mut_slice() {
            account.account = "provider/demo".into();
            group.group = GroupRef::New { name: "A".into() };
            mode.mode = Mode::Remove;
            add.add = set(&[3, 6]);
            remove.remove = set(&[5]);
        }
        for other in &others {
            assert_ne!(other.digest(), base.digest(), "{other:?}");
        }
        assert_eq!(plan().digest(), base.digest());
        assert_eq!(base.digest().to_string().parse(), Ok(base.digest()));
        assert_eq!("zz".parse::<Digest>(), Err(DigestError));
    }

    #[test]
    fn a_number_that_changes_sides_changes_the_digest() {
        let mut left = plan();
        let mut right = plan();
        (left.add, left.remove) = (set(&[7]), set(&[]));
        (right.add, right.remove) = (set(&[]), set(&[7]));
        assert_ne!(left.digest(), right.digest());
    }
}
