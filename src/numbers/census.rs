//! Who a set of numbers is made of.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::{Msisdn, NumberSet, NumberType, Region, describe};

/// Numbers by region and by type, as [`describe`] tells them. Both add up to all numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Numbers by region.
    pub regions: BTreeMap<Region, u64>,
    /// Numbers by type.
    pub types: BTreeMap<NumberType, u64>,
}

impl Census {
    /// Counts one more number.
    pub fn count(&mut self, number: Msisdn) {
        self.add(describe(number), 1);
    }

    fn add(&mut self, (region, kind): (Region, NumberType), count: u64) {
        *self.regions.entry(region).or_default() += count;
        *self.types.entry(kind).or_default() += count;
    }
}

impl From<&NumberSet> for Census {
    fn from(numbers: &NumberSet) -> Self {
        let mut census = Self::default();
        // In ascending order neighbours are mostly alike.
        let (mut alike, mut count) = (None, 0);
        for number in numbers.iter() {
            let described = describe(number);
            if alike != Some(described) {
                if let Some(last) = alike.replace(described) {
                    census.add(last, count);
                }
                count = 0;
            }
            count += 1;
        }
        if let Some(last) = alike {
            census.add(last, count);
        }
        census
    }
}

impl AddAssign<&Census> for Census {
    fn add_assign(&mut self, more: &Census) {
        for (region, count) in &more.regions {
            *self.regions.entry(*region).or_default() += count;
        }
        for (kind, count) in &more.types {
            *self.types.entry(*kind).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Counting neighbours together, one by one, and in two halves is all the same.
        #[test]
        fn every_number_is_counted_once(
            values in proptest::collection::vec(prop_oneof![12_125_550_100..12_125_550_140u64, 100..10u64.pow(13)], 0..60),
            half in any::<bool>(),
        ) {
            let numbers: Vec<Msisdn> = values.into_iter().filter_map(Msisdn::from_value).collect();
            let all: NumberSet = numbers.iter().copied().collect();
            let mut single = Census::default();
            all.iter().for_each(|number| single.count(number));
            let (left, right): (NumberSet, NumberSet) = (
                all.iter().filter(|number| number.value().is_multiple_of(2) == half).collect(),
                all.iter().filter(|number| number.value().is_multiple_of(2) != half).collect(),
            );
            let mut halves = Census::from(&left);
            halves += &Census::from(&right);
            prop_assert_eq!(&Census::from(&all), &single);
            prop_assert_eq!(&halves, &single);
            let count = u64::try_from(all.len()).unwrap_or_default();
            prop_assert_eq!((single.regions.values().sum::<u64>(), single.types.values().sum::<u64>()), (count, count));
        }
    }
}
