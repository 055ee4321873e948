//! Whom nobody may write to.
//!
//! Receives suppression lists; yields the numbers that their rows could mean. Fails closed: a row counts for every
//! number it may stand for, a list without a number is an error, and a row that cannot be read is counted, because
//! someone asked to be left alone and we could not read who.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::gathering::Gathering;
use super::{Action, AudienceError, ReadFile};
use crate::contacts::{Block, ColumnRef, ContactsError, Detection, Input, List, PhoneJudge, ReadOptions, Row, Scratch};
use crate::numbers::{
    Extension, Letters, Marks, Msisdn, Multiple, Normalizer, NumberSet, PlusLess, Policy, Region, RowRegion,
};

/// How many places of unreadable rows are kept to be shown.
const PLACES_SHOWN: usize = 5;

/// The numbers that suppression lists could mean.
#[derive(Debug, Default)]
pub struct Suppression {
    numbers: NumberSet,
    filter: Filter,
    /// How many lists were read.
    pub lists: u64,
    /// Rows that mean no number, or that are damaged, so that they may have meant another one too: the figure of the
    /// brake `suppress_rejects`.
    pub rejects: u64,
    /// Where the first of these rows stand: file and line.
    pub reject_places: Vec<(String, u64)>,
    /// What was found out about the lists instead of being told, by file.
    pub detections: Vec<(String, Detection)>,
    /// The lists, in order.
    pub files: Vec<ReadFile>,
}

/// How suppression lists are read.
pub struct SuppressionSettings<'a> {
    /// How the main list is read. Suppression lists have their own columns, which are found by name and content;
    /// those that the user has named for the main list are a second try.
    pub options: &'a ReadOptions,
    /// How the main list's cells are judged; of this only the level counts here.
    pub policy: &'a Policy,
    /// The region of rows that name none.
    pub region: Option<Region>,
    /// How many threads may work.
    pub threads: NonZeroUsize,
    /// Set from elsewhere when nobody wants the answer any more.
    pub stop: &'a AtomicBool,
}

impl Suppression {
    /// Reads suppression lists to their end.
    ///
    /// # Errors
    /// When a list cannot be read, or holds no number at all.
    pub fn read(inputs: &[Input], settings: &SuppressionSettings<'_>) -> Result<Self, AudienceError> {
        let mut found = Self::default();
        let mut gathering = Gathering::default();
        let normalizer = Normalizer::new(lenient(settings.policy));
        for input in inputs {
            found.add(input, settings, &normalizer, &mut gathering)?;
        }
        found.numbers = gathering.into_numbers().listed;
        found.filter = Filter::of(&found.numbers);
        Ok(found)
    }

    /// The numbers, sorted.
    #[must_use]
    pub fn numbers(&self) -> &NumberSet {
        &self.numbers
    }

    /// The numbers alone, when the list has been read.
    #[must_use]
    pub fn into_numbers(self) -> NumberSet {
        self.numbers
    }

    /// Whether nobody may write to a number.
    #[must_use]
    pub fn contains(&self, number: Msisdn) -> bool {
        self.filter.may_hold(number) && self.numbers.contains(number)
    }

    fn add(
        &mut self,
        input: &Input,
        settings: &SuppressionSettings<'_>,
        normalizer: &Normalizer,
        gathering: &mut Gathering,
    ) -> Result<(), AudienceError> {
        let given = settings.region.map_or(RowRegion::None, RowRegion::Known);
        let is_phone = |cell: &[u8], region: &[u8]| {
            let mut numbers = Vec::new();
            normalizer.meanings(cell, RowRegion::of_cell(region, given), &mut numbers);
            !numbers.is_empty()
        };
        let list = open(input, settings.options, &is_phone)?;
        self.detections.extend(list.detections().iter().map(|found| (input.name(), found.clone())));
        let desk = Mutex::new(Desk { list, gathering, rows: 0, numbers: 0, rejects: 0, places: Vec::new() });
        let result = std::thread::scope(|scope| {
            let work = || work(&desk, settings, normalizer);
            let others: Vec<_> = (1..settings.threads.get()).map(|_| scope.spawn(work)).collect();
            let mut result = work();
            for other in others {
                result = result.and(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            result
        });
        result?;
        let desk = desk.into_inner().unwrap_or_else(PoisonError::into_inner);
        if desk.numbers == 0 {
            return Err(AudienceError::NothingSuppressed { file: input.name() });
        }
        self.files.extend(ReadFile::of(&desk.list, &[desk.rows])?);
        self.lists += 1;
        self.rejects += desk.rejects;
        let mut places = desk.places;
        places.sort_unstable();
        let room = PLACES_SHOWN - self.reject_places.len();
        self.reject_places.extend(places.into_iter().take(room).map(|line| (input.name(), line)));
        Ok(())
    }
}

/// What the workers share. The order of the rows does not matter here.
struct Desk<'a> {
    list: List,
    gathering: &'a mut Gathering,
    rows: u64,
    /// Numbers met, repeated ones included.
    numbers: u64,
    rejects: u64,
    places: Vec<u64>,
}

fn work(
    desk: &Mutex<Desk<'_>>,
    settings: &SuppressionSettings<'_>,
    normalizer: &Normalizer,
) -> Result<(), AudienceError> {
    let given = settings.region.map_or(RowRegion::None, RowRegion::Known);
    let (mut block, mut scratch) = (Block::default(), Scratch::default());
    let (mut rows_read, mut numbers, mut rejects) = (0, Vec::new(), Vec::new());
    loop {
        if settings.stop.load(Ordering::Relaxed) {
            return Err(AudienceError::Interrupted);
        }
        let mut shared = desk.lock().unwrap_or_else(PoisonError::into_inner);
        for number in numbers.drain(..) {
            shared.gathering.insert(number, Action::Add);
            shared.numbers += 1;
        }
        shared.rows += std::mem::take(&mut rows_read);
        shared.rejects += u64::try_from(rejects.len()).unwrap_or(u64::MAX);
        // Workers come in any order, so the lowest lines are not known before the end.
        shared.places.append(&mut rejects);
        shared.places.sort_unstable();
        shared.places.truncate(PLACES_SHOWN);
        if !shared.list.next_block(&mut block)? {
            return Ok(());
        }
        drop(shared);
        let mut rows = block.rows(&mut scratch);
        while let Some(row) = rows.next_row() {
            rows_read += 1;
            let before = numbers.len();
            meanings(&row, given, normalizer, &mut numbers);
            if numbers.len() == before || row.damage().is_some() {
                rejects.push(row.line());
            }
        }
    }
}

/// Everyone whom a row could mean. Of a damaged row all cells count, as nobody knows which of them is which.
fn meanings(row: &Row<'_>, given: RowRegion, normalizer: &Normalizer, numbers: &mut Vec<Msisdn>) {
    let region = row.region().map_or(given, |cell| RowRegion::of_cell(cell, given));
    let mut read = |cell: &[u8]| {
        normalizer.meanings(cell, region, numbers);
        if region == RowRegion::Unknown {
            normalizer.meanings(cell, given, numbers);
        }
    };
    match row.damage() {
        Some(_) => row.cells().for_each(&mut read),
        None => row.phones().for_each(&mut read),
    }
}

/// Opens a suppression list by its own columns. Those that the user has named for the main list help where they exist;
/// their numbers are of no use, as a suppression list has other columns.
fn open(input: &Input, main: &ReadOptions, is_phone: PhoneJudge<'_>) -> Result<List, ContactsError> {
    let named = |column: &&ColumnRef| matches!(column, ColumnRef::Name(_));
    let options = ReadOptions {
        every_phone_column: true,
        phone_columns: main.phone_columns.iter().filter(named).cloned().collect(),
        region_column: main.region_column.as_ref().filter(named).cloned(),
        fingerprints: main.fingerprints,
        ..ReadOptions::default()
    };
    List::open(std::slice::from_ref(input), &options, is_phone)
}

/// The policy that takes everything that could be meant.
fn lenient(policy: &Policy) -> Policy {
    Policy {
        plus_less: PlusLess::Auto,
        multiple: Multiple::All,
        extension: Extension::Drop,
        letters: Letters::Read,
        level: policy.level,
        types: Vec::new(),
        refused_repairs: Marks::NONE,
        repair_plus: true,
    }
}

/// A Bloom filter with one bit and sixteen bits' room for each number: nearly all numbers of a list are suppressed by
/// nobody, and one look here spares them the search, which costs a cache miss for each doubling of the set.
#[derive(Debug, Default)]
struct Filter {
    words: Vec<u64>,
}

impl Filter {
    fn of(numbers: &NumberSet) -> Self {
        if numbers.is_empty() {
            return Self::default();
        }
        let mut filter = Self { words: vec![0; (numbers.len() / 4).next_power_of_two()] };
        for number in numbers.iter() {
            let (word, bit) = filter.place(number);
            if let Some(word) = filter.words.get_mut(word) {
                *word |= bit;
            }
        }
        filter
    }

    #[inline]
    fn may_hold(&self, number: Msisdn) -> bool {
        let (word, bit) = self.place(number);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// The word and the bit for a number. Numbers come in regular steps, which a single multiplication leaves regular:
    /// two, each folded back upon itself, mix them well enough.
    #[inline]
    fn place(&self, number: Msisdn) -> (usize, u64) {
        let fold = |value: u64| value ^ (value >> 32);
        let mixed = fold(fold(number.value().wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xD6E8_FEB8_6659_FD93));
        let word = usize::try_from(mixed >> 6).unwrap_or_default() & self.words.len().wrapping_sub(1);
        (word, 1 << (mixed % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(value: u64) -> Msisdn {
        Msisdn::from_value(value).expect("in range")
    }

    #[test]
    fn nobody_is_suppressed_by_no_list() {
        assert!(!Suppression::default().contains(number(12_125_550_100)));
    }

    proptest! {
        #[test]
        fn the_filter_hides_no_number(values in proptest::collection::vec(1..2_000_u64, 0..400)) {
            let numbers: NumberSet = values.iter().map(|value| number(*value)).collect();
            let suppression =
                Suppression { filter: Filter::of(&numbers), numbers: numbers.clone(), ..Suppression::default() };
            for value in 1..2_000 {
                prop_assert_eq!(suppression.contains(number(value)), values.contains(&value));
            }
        }

        #[test]
        fn the_filter_spares_most_searches(step in 1..1_000_u64, base in 1_000_000_000..9_000_000_000_u64) {
            let numbers: NumberSet = (0..4_000).map(|index| number(base + index * step)).collect();
            let filter = Filter::of(&numbers);
            let others = (4_000..12_000).filter(|index| filter.may_hold(number(base + index * step))).count();
            prop_assert!(others < 2_000, "{} of 8000", others);
        }
    }
}
