//! Reads a whole list into sets of members, with as many workers as are allowed.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use super::Action;
use super::explaining::Explain;
use super::gathering::Gathering;
use super::judging::Judged;
use super::papers::{Desk, Lines, Papers, Wanted};
use super::routing::Routes;
use super::settings::{Audience, AudienceError, AudienceMember, ReadFile, Routing, Settings};
use super::tally::{Counts, Outcome, Tally};
use super::turnstile::Turnstile;
use crate::contacts::List;

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
    let wanted = Wanted::new(papers, &list, settings);
    let known = list.detections().len();
    papers.begin(&list)?;
    let routes = match settings.routing {
        Routing::One => Routes::single(),
        Routing::Column => Routes::default(),
    };
    let desk = Desk::new(papers, &wanted)?;
    let hall = Hall {
        settings,
        wanted,
        source: Mutex::new(Source { list, next: 0 }),
        counting: Turnstile::new(Counted { routes, possible: Gathering::default(), rows: Vec::new() }),
        writing: Turnstile::new(desk),
    };
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..settings.threads.get()).map(|_| scope.spawn(|| hall.work())).collect();
        let mut results = vec![hall.work()];
        for other in others {
            results.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        for result in results {
            result?.add_to(&mut tally);
        }
        Ok::<(), AudienceError>(())
    })?;
    let Counted { routes, possible, rows } = hall.counting.into_value();
    let mut explained = hall.writing.into_value().settle(&routes)?;
    if let Explain::First(count) = settings.explain {
        explained.truncate(count);
    }
    let mut groups = Vec::new();
    for (name, gathering) in routes.into_groups() {
        let name = String::from_utf8(name).map_err(|_| AudienceError::GroupName)?;
        tally.superseded += gathering.contradicted();
        groups.push(AudienceMember { name, gathering });
    }
    let Source { list, .. } = hall.source.into_inner().unwrap_or_else(PoisonError::into_inner);
    let name = |file: usize| list.files().get(file).cloned().unwrap_or_default();
    let found_late = list.detections().iter().skip(known).map(|found| (name(found.file), found.clone())).collect();
    let (files, possible) = (ReadFile::of(&list, &rows)?, possible.into_numbers().listed);
    Ok(Audience { groups, possible, tally, explained, found_late, files })
}

/// What the workers share. Blocks are handed out one at a time, judged side by side, counted in order and written
/// down in order.
struct Hall<'a> {
    settings: &'a Settings<'a>,
    wanted: Wanted,
    source: Mutex<Source>,
    counting: Turnstile<Counted>,
    writing: Turnstile<Desk<'a>>,
}

/// What is known of the list so far.
struct Counted {
    routes: Routes,
    /// Everyone whom a rejected row may have meant.
    possible: Gathering,
    /// Rows of each file.
    rows: Vec<u64>,
}

impl Counted {
    fn note_rows(&mut self, file: usize, rows: usize) {
        if self.rows.len() <= file {
            self.rows.resize(file + 1, 0);
        }
        self.rows.iter_mut().skip(file).take(1).for_each(|sum| *sum += u64::try_from(rows).unwrap_or(u64::MAX));
    }
}

impl Hall<'_> {
    /// One worker's day. Whatever ends it early lets the others go home too.
    fn work(&self) -> Result<Counts, AudienceError> {
        let mut counts = Counts::default();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.blocks(&mut counts)));
        if !matches!(result, Ok(Ok(()))) {
            self.counting.shatter();
            self.writing.shatter();
        }
        match result {
            Ok(result) => result.map(|()| counts),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    fn blocks(&self, counts: &mut Counts) -> Result<(), AudienceError> {
        let mut judged = Judged::new(&self.wanted);
        let mut lines = Lines::new(&self.wanted);
        while let Some(turn) = self.take(&mut judged)? {
            judged.judge(self.settings, &self.wanted);
            // A broken turnstile means that another worker has failed and says why.
            let Ok(()) = self.counting.pass(turn, |counted| self.count(&mut judged, counted)) else { break };
            tally_up(&judged, counts);
            if self.wanted.anything() {
                lines.compose(&judged, turn, &self.wanted, self.settings);
                let Ok(written) = self.writing.pass(turn, |desk| desk.append(&mut lines)) else { break };
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

    /// Puts the block's numbers into their groups. The only part that must know what came earlier in the list.
    fn count(&self, judged: &mut Judged, counted: &mut Counted) {
        let mut rows = std::mem::take(&mut judged.rows);
        counted.note_rows(judged.block.file(), rows.len());
        for row in &mut rows {
            if self.settings.routed() {
                counted.routes.choose(judged.route(row));
            }
            if self.wanted.verdicts_wait {
                let first = judged.groups.len();
                judged.groups.extend(counted.routes.chosen());
                row.groups = first..judged.groups.len();
            }
            let numbers = judged.numbers.get_mut(row.numbers.clone()).unwrap_or_default();
            for number in numbers.iter_mut().filter(|number| number.outcome == Outcome::Accepted) {
                let Ok(reading) = &number.verdict else { continue };
                if !counted.routes.insert(reading.msisdn, row.action) {
                    number.outcome = Outcome::Duplicate;
                } else if self.settings.refuses(reading.msisdn) {
                    number.refuse(self.settings.refused.get(&reading.msisdn));
                }
            }
            row.outcome = numbers.iter().map(|number| number.outcome).min().unwrap_or(Outcome::Rejected);
        }
        judged.rows = rows;
        for number in judged.possible.drain(..) {
            counted.possible.insert(number, Action::Add);
        }
    }
}

fn tally_up(judged: &Judged, counts: &mut Counts) {
    for row in &judged.rows {
        counts.row(row.outcome);
        let numbers = judged.numbers_of(row);
        for number in numbers {
            match &number.verdict {
                Ok(reading) => counts.reading(reading, number.outcome),
                Err(rejection) => counts.rejection(rejection),
            }
        }
        if row.outcome == Outcome::Rejected
            && let Some(rejection) = numbers.iter().find_map(|number| number.verdict.as_ref().err())
        {
            counts.reason(rejection.reason);
        }
    }
}
