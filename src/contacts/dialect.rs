//! Which bytes structure a file, found by trying them on its head.

use std::sync::Arc;

use memchr::{memchr, memmem};

use super::block::{Block, Scratch};
use super::guess::{PhoneJudge, looks_like_phone, worth_asking};
use super::layout::{Dialect, Layout};
use super::lines::line;
use super::neighbours::flawless_record;
use super::split::block_of;

/// The delimiters that are tried.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How many rows of the head are judged.
pub(super) const SAMPLE_ROWS: usize = 200;

/// Below this a delimiter is not believed: fewer than half of the rows fit it.
const FLOOR: f64 = 0.5;

/// How much better than the second the first must be.
const LEAD: f64 = 0.1;

/// The head of a file, read in one dialect.
pub(super) struct Trial {
    pub(super) dialect: Dialect,
    /// The numbers of cells that are usual.
    pub(super) widths: Vec<usize>,
    pub(super) block: Block,
    /// The number of cells that most records have.
    pub(super) width: usize,
    rows: usize,
    /// How many rows have the usual width, are damaged, have a phone number for sure, have a quoted cell and no damage.
    even: usize,
    damaged: usize,
    phones: usize,
    quoted: usize,
    quoted_cells: usize,
    /// Rows that have a phone number for sure count whole, those that look like it a little less.
    phone_share: f64,
}

impl Trial {
    /// Reads the head of a file, whole lines of it, in a dialect.
    pub(super) fn of(head: &[u8], dialect: Dialect, sheet: bool, judge: PhoneJudge<'_>) -> Self {
        let mut layout = Layout { dialect, sheet, ..Layout::default() };
        layout.widths = usual_widths(head, &layout);
        let widths = layout.widths.clone();
        let block = block_of(head, &Arc::new(layout), true);
        let mut trial = Self {
            dialect,
            width: widths.first().copied().unwrap_or(1),
            widths,
            block,
            rows: 0,
            even: 0,
            damaged: 0,
            phones: 0,
            quoted: 0,
            quoted_cells: 0,
            phone_share: 0.0,
        };
        trial.weigh(judge);
        trial
    }

    /// Judges the sampled rows. The first record may be a header, so it counts only when it is alone.
    fn weigh(&mut self, judge: PhoneJudge<'_>) {
        let block = std::mem::take(&mut self.block);
        let mut scratch = Scratch::default();
        let alone = {
            let mut rows = block.rows(&mut scratch);
            rows.next_row().is_some() && rows.next_row().is_none()
        };
        let mut rows = block.rows(&mut scratch);
        if !alone {
            rows.next_row();
        }
        let mut evidence = 0.0;
        while let Some(row) = rows.next_row().filter(|_| self.rows < SAMPLE_ROWS) {
            self.rows += 1;
            self.even += usize::from(row.damage().is_none() && row.cells().len() == self.width);
            self.damaged += usize::from(row.damage().is_some());
            let quoted_cells = if row.damage().is_none() { row.quoted_cells() } else { 0 };
            self.quoted += usize::from(quoted_cells > 0);
            self.quoted_cells += quoted_cells;
            if row.cells().any(|cell| worth_asking(cell) && judge(cell, b"")) {
                self.phones += 1;
                evidence += 1.0;
            } else if row.cells().any(looks_like_phone) {
                evidence += 0.6;
            }
        }
        self.phone_share = evidence / count(self.rows.max(1));
        self.block = block;
    }

    fn even_share(&self) -> f64 {
        count(self.even) / count(self.rows.max(1))
    }

    fn score(&self) -> f64 {
        self.phone_share * 2.0 + self.even_share() * if self.width > 1 { 1.0 } else { 0.3 }
    }

    /// Why this dialect, in figures.
    pub(super) fn evidence(&self) -> String {
        let Self { rows, even, width, phones, .. } = self;
        if *width < 2 {
            return "the sampled rows have one cell each".to_owned();
        }
        format!("{even} of {rows} sampled rows have {width} cells, {phones} have a phone number")
    }

    /// The delimiter as a message shows it.
    pub(super) fn delimiter(&self) -> String {
        delimiter_name(self.dialect.delimiter)
    }
}

/// A count of sampled rows as a number to reckon with.
fn count(rows: usize) -> f64 {
    f64::from(u32::try_from(rows).unwrap_or(u32::MAX))
}

/// A delimiter as a message shows it.
pub(super) fn delimiter_name(delimiter: u8) -> String {
    match delimiter {
        b'\t' => "tab".to_owned(),
        other => format!("`{}`", super::error::shown(&[other])),
    }
}

/// Finds the dialect of a file by its head, or names the candidates with their evidence.
pub(super) fn settle(
    head: &[u8],
    pinned: Option<u8>,
    backslash: bool,
    judge: PhoneJudge<'_>,
) -> Result<Trial, Vec<String>> {
    let tried = match pinned {
        Some(delimiter) => vec![best_quote(head, delimiter, backslash, judge)],
        // One that stands nowhere divides nothing, which would be found out by judging whole lines as cells.
        None => DELIMITERS
            .into_iter()
            .filter(|delimiter| memchr(*delimiter, head).is_some())
            .map(|delimiter| best_quote(head, delimiter, backslash, judge))
            .collect(),
    };
    let shown =
        |trials: &[Trial]| trials.iter().map(|trial| format!("{}: {}", trial.delimiter(), trial.evidence())).collect();
    let mut split: Vec<Trial> = tried.into_iter().filter(|trial| trial.width > 1 || pinned.is_some()).collect();
    split.sort_by(|one, other| other.score().total_cmp(&one.score()));
    let plain = || Trial::of(head, Dialect::default(), false, judge);
    match split.as_slice() {
        _ if pinned.is_some() => {}
        [] => return Ok(plain()),
        [first, rest @ ..] => {
            // One column whose cells hold a comma now and then.
            let single = single_column(head, judge);
            if single.phone_share > first.phone_share || (first.even_share() < FLOOR && single.phone_share >= FLOOR) {
                return Ok(plain());
            }
            let believed = first.even_share() >= FLOOR || first.phone_share >= FLOOR;
            let leads = rest.first().is_none_or(|second| first.score() - second.score() >= LEAD);
            if !believed || !leads {
                return Err(shown(&split));
            }
        }
    }
    Ok(split.swap_remove(0))
}

/// The head as a list of one column.
fn single_column(head: &[u8], judge: PhoneJudge<'_>) -> Trial {
    // No list has a vertical tab, so nothing is divided.
    Trial::of(head, Dialect { delimiter: b'\x0b', ..Dialect::default() }, false, judge)
}

/// Tries what quotes mean with a delimiter.
fn best_quote(head: &[u8], delimiter: u8, backslash: bool, judge: PhoneJudge<'_>) -> Trial {
    let with =
        |quote, padded| Trial::of(head, Dialect { delimiter, quote, padded, ..Dialect::default() }, false, judge);
    let with_backslashes = || Trial::of(head, Dialect { delimiter, escaped: true, ..Dialect::default() }, false, judge);
    if backslash {
        return with_backslashes();
    }
    let usual = with(Some(b'"'), false);
    // Believed where it mends rows that are damaged otherwise, and harms none.
    if usual.damaged > 0 && memmem::find(head, b"\\\"").is_some() {
        let escaped = with_backslashes();
        if escaped.damaged < usual.damaged && escaped.even_share() >= usual.even_share() {
            return escaped;
        }
    }
    // A few stray quotes are damage; where they are the rule, and hardly a cell is quoted properly, they are text.
    if usual.damaged >= 3 && usual.damaged > usual.quoted * 3 && usual.damaged * 10 >= usual.rows {
        let none = with(None, false);
        if none.even_share() > usual.even_share() {
            return none;
        }
    }
    if memmem::find(head, b" \"").is_some() || memmem::find(head, b"\" ").is_some() {
        let padded = with(Some(b'"'), true);
        let sounder = padded.damaged < usual.damaged || padded.quoted_cells > usual.quoted_cells;
        if sounder && padded.damaged <= usual.damaged && padded.even_share() >= usual.even_share() {
            return padded;
        }
    }
    if usual.quoted == 0 && usual.damaged == 0 && memchr(b'\'', head).is_some() {
        let single = with(Some(b'\''), false);
        if single.damaged == 0 && single.quoted >= 2 && single.quoted * 2 >= single.rows {
            return single;
        }
    }
    usual
}

/// The numbers of cells that are usual, the most usual first, by the flawless records.
fn usual_widths(head: &[u8], layout: &Layout) -> Vec<usize> {
    let mut counts: Vec<(usize, usize)> = Vec::new();
    let (mut from, mut records, mut first) = (0, 0, None);
    for _ in 0..SAMPLE_ROWS * 4 {
        let Some(line) = line(head, from, true).filter(|_| from < head.len()) else { break };
        // Where no record begins, the next line is tried.
        let Some((cells, next)) = flawless_record(head.get(from..).unwrap_or_default(), layout) else {
            from = line.next;
            continue;
        };
        from += next;
        records += 1;
        first = first.or(Some(cells));
        match counts.iter_mut().find(|(width, _)| *width == cells) {
            Some((_, count)) => *count += 1,
            None => counts.push((cells, 1)),
        }
    }
    // Where the header has several columns, a line of one cell is more likely text inside a quoted one.
    if first > Some(1) {
        counts.retain(|(width, _)| *width > 1);
    }
    let Some((mode, _)) = counts.iter().copied().max_by_key(|(width, count)| (*count, *width)) else {
        return Vec::new();
    };
    let header = first.filter(|first| {
        *first != mode && (records <= 3 || counts.iter().any(|(width, count)| width == first && *count > 1))
    });
    std::iter::once(mode).chain(header).collect()
}
