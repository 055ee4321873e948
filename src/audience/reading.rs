//! Reads a whole list into sets of members, with as many workers as are allowed.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::judging::{Judged, JudgedNumber};
use super::papers::{Lines, PaperError, Papers, Wanted};
use super::routing::Routes;
use super::tally::{Outcome, Tally};
use super::turnstile::Turnstile;
use crate::contacts::{ContactsError, List};
use crate::numbers::{Normalizer, NumberSet, Region};

/// How rows become members.
pub struct Settings<'a> {
    /// Reads the cells.
    pub normalizer: &'a Normalizer,
    /// The region of rows that name none.
    pub region: Option<Region>,
    /// Numbers that are not to be written to.
    pub suppressed: &'a NumberSet,
    /// Which groups the rows are for.
    pub routing: Routing,
    /// Whether the verdicts show every number of a row, or its best.
    pub every_number: bool,
    /// How many threads may work.
    pub threads: NonZeroUsize,
    /// Set from elsewhere when nobody wants the answer any more.
    pub stop: &'a AtomicBool,
}

/// Which groups the rows are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// All rows for one group.
    One,
    /// Each row names its groups in the list's group column.
    Column,
}

/// The members that a list asks for.
#[derive(Debug)]
pub struct Audience {
    /// The groups by name; under [`Routing::One`] one without a name.
    pub groups: Vec<AudienceMember>,
    /// What became of the rows.
    pub tally: Tally,
}

/// The numbers of one group.
#[derive(Debug)]
pub struct AudienceMember {
    /// The group's name as the list writes it; empty under [`Routing::One`].
    pub name: String,
    /// Its numbers.
    pub numbers: NumberSet,
}

/// Why a list could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum AudienceError {
    /// The list itself.
    #[error(transparent)]
    Contacts(#[from] ContactsError),
    /// What is written down of it.
    #[error(transparent)]
    Paper(#[from] PaperError),
    /// A group's name is no text.
    #[error("a group name in the list is not UTF-8")]
    GroupName,
    /// Someone asked to stop.
    #[error("stopped while the list was read; nothing was changed")]
    Interrupted,
}

impl AudienceError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Contacts(error) => error.hint(),
            Self::Paper(error) => error.hint(),
            Self::GroupName => Some("name the list's encoding with --encoding".to_owned()),
            Self::Interrupted => None,
        }
    }
}

impl Settings<'_> {
    pub(super) fn routed(&self) -> bool {
        self.routing == Routing::Column
    }
}

/// The list, handing out blocks.
struct Source {
    list: List,
    next: u64,
}

/// Reads a list to its end. The papers are filled but not yet in their places: [`Papers::finish`] does that.
///
/// # Errors
/// When the list or a paper fails; nothing has then been put in its place.
pub fn read(list: List, settings: &Settings<'_>, papers: &mut Papers) -> Result<Audience, AudienceError> {
    let wanted = Wanted::new(papers, &list, settings.every_number);
    papers.begin(&list)?;
    let routes = match settings.routing {
        Routing::One => Routes::single(),
        Routing::Column => Routes::default(),
    };
    let hall = Hall {
        settings,
        wanted,
        source: Mutex::new(Source { list, next: 0 }),
        counting: Turnstile::new(routes),
        writing: Turnstile::new(papers),
    };
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..settings.threads.get()).map(|_| scope.spawn(|| hall.work())).collect();
        let mut results = vec![hall.work()];
        for other in others {
            results.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        for result in results {
            tally.merge(&result?);
        }
        Ok::<(), AudienceError>(())
    })?;
    let groups = hall
        .counting
        .into_value()
        .into_sets()
        .into_iter()
        .map(|(name, numbers)| {
            let name = String::from_utf8(name).map_err(|_| AudienceError::GroupName)?;
            Ok(AudienceMember { name, numbers })
        })
        .collect::<Result<_, AudienceError>>()?;
    Ok(Audience { groups, tally })
}

/// What the workers share. Blocks are handed out one at a time, judged side by side, counted in order and written
/// down in order.
struct Hall<'a> {
    settings: &'a Settings<'a>,
    wanted: Wanted,
    source: Mutex<Source>,
    counting: Turnstile<Routes>,
    writing: Turnstile<&'a mut Papers>,
}

impl Hall<'_> {
    /// One worker's day. Whatever ends it early lets the others go home too.
    fn work(&self) -> Result<Tally, AudienceError> {
        let mut tally = Tally::default();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.blocks(&mut tally)));
        if !matches!(result, Ok(Ok(()))) {
            self.counting.shatter();
            self.writing.shatter();
        }
        match result {
            Ok(result) => result.map(|()| tally),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    fn blocks(&self, tally: &mut Tally) -> Result<(), AudienceError> {
        let mut judged = Judged::new(&self.wanted);
        let mut lines = Lines::new(&self.wanted);
        while let Some(turn) = self.take(&mut judged)? {
            judged.judge(self.settings, &self.wanted);
            // A broken turnstile means that another worker has failed and says why.
            let Ok(()) = self.counting.pass(turn, |routes| count(&mut judged, self.settings, routes)) else { break };
            tally_up(&judged, tally);
            if self.wanted.anything() {
                lines.compose(&judged, &self.wanted);
                let Ok(written) = self.writing.pass(turn, |papers| papers.append(&lines)) else { break };
                written?;
            }
        }
        Ok(())
    }

    /// Fills the worker's block with the next records of the list.
    fn take(&self, judged: &mut Judged) -> Result<Option<u64>, AudienceError> {
        if self.settings.stop.load(Ordering::Relaxed) {
            return Err(AudienceError::Interrupted);
        }
        let mut source = self.source.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !source.list.next_block(&mut judged.block)? {
            return Ok(None);
        }
        let turn = source.next;
        source.next += 1;
        Ok(Some(turn))
    }
}

/// Puts the block's numbers into their groups. The only part that must know what came earlier in the list.
fn count(judged: &mut Judged, settings: &Settings<'_>, routes: &mut Routes) {
    let mut rows = std::mem::take(&mut judged.rows);
    for row in &mut rows {
        if settings.routed() {
            routes.choose(judged.route(row));
        }
        let numbers = judged.numbers.get_mut(row.numbers.clone()).unwrap_or_default();
        for number in &mut *numbers {
            number.outcome = outcome(number, settings, routes);
        }
        row.outcome = numbers.iter().map(|number| number.outcome).min().unwrap_or(Outcome::Rejected);
    }
    judged.rows = rows;
}

fn outcome(number: &JudgedNumber, settings: &Settings<'_>, routes: &mut Routes) -> Outcome {
    match &number.verdict {
        Err(_) => Outcome::Rejected,
        Ok(reading) if settings.suppressed.contains(reading.msisdn) => Outcome::Suppressed,
        Ok(reading) if routes.insert(reading.msisdn) => Outcome::Accepted,
        Ok(_) => Outcome::Duplicate,
    }
}

fn tally_up(judged: &Judged, tally: &mut Tally) {
    for row in &judged.rows {
        tally.row(row.outcome);
        let numbers = judged.numbers_of(row);
        for number in numbers {
            match &number.verdict {
                Ok(reading) => {
                    tally.reading(reading, number.outcome);
                    tally.plus_less += u64::from(reading.plus_less);
                }
                Err(rejection) => {
                    tally.plus_less += u64::from(rejection.plus_less);
                    tally.plus_stripped += u64::from(rejection.blames_missing_plus());
                }
            }
        }
        if row.outcome == Outcome::Rejected
            && let Some(rejection) = numbers.iter().find_map(|number| number.verdict.as_ref().err())
        {
            tally.rejection(rejection);
        }
    }
}
