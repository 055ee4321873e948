//! Which column holds the phone numbers and which their region, by name and by content.

use super::error::shown;
use super::words::{self, Named};

/// Whether a cell reads as a phone number, given the row's region cell (empty when there is none).
pub type PhoneJudge<'a> = &'a dyn Fn(&[u8], &[u8]) -> bool;

/// A finding and its evidence.
pub(super) struct Guess<T> {
    pub(super) found: T,
    pub(super) evidence: String,
}

/// Why no phone column was found.
pub(super) enum NoPhone {
    /// Nothing looks like one.
    Nothing,
    /// Several do: place, and share of rows in per cent.
    Several(Vec<(usize, usize)>),
}

/// Sampled rows of a file, and the names of its columns as far as they may be considered.
pub(super) struct Sample<'a> {
    /// `None` for columns that are ours; empty names when the file has no header.
    pub(super) names: Vec<Option<String>>,
    pub(super) rows: &'a [Vec<Vec<u8>>],
    /// The whole file has no rows, so there is nothing to be found and nothing to be missed.
    pub(super) rowless: bool,
    pub(super) judge: PhoneJudge<'a>,
}

/// What a column's cells look like.
struct Tally {
    place: usize,
    named: Named,
    /// Rows with a number for sure.
    valid: usize,
    /// Rows with something of a number's form, and no more than that.
    formed: usize,
}

impl Tally {
    /// The evidence for the column. A number in form only may be an identifier, or lack its region.
    fn weight(&self) -> usize {
        self.valid * 10 + self.formed * 3
    }
}

/// Whether the first record names the columns.
pub(super) fn header(first: &[Vec<u8>], judge: PhoneJudge<'_>) -> Guess<bool> {
    if first.iter().any(|cell| (worth_asking(cell) && judge(cell, b"")) || looks_like_phone(cell)) {
        return Guess { found: false, evidence: "the first record holds a phone number".to_owned() };
    }
    let known = first.iter().find(|name| {
        let name = String::from_utf8_lossy(name);
        words::phone(&name) != Named::No || words::region(&name) == Named::Surely
    });
    if let Some(name) = known {
        return Guess { found: true, evidence: format!("the first record has `{}`", shown(name)) };
    }
    // A number that is damaged is no name either, and its row must not be lost.
    if first.iter().any(|cell| cell.iter().filter(|byte| byte.is_ascii_digit()).count() >= 5) {
        return Guess { found: false, evidence: "the first record holds a cell of many digits".to_owned() };
    }
    Guess { found: true, evidence: "the first record holds no phone number".to_owned() }
}

impl Sample<'_> {
    /// The phone column.
    pub(super) fn phone(&self) -> Result<Option<Guess<usize>>, NoPhone> {
        let tallies: Vec<Tally> = self.tallies();
        let named = |wanted: Named| tallies.iter().filter(move |tally| tally.named == wanted);
        if self.rows.is_empty() {
            let by_name = named(Named::Surely).chain(named(Named::Perhaps)).next();
            let only = tallies.first().filter(|_| tallies.len() == 1);
            return match by_name.or(only) {
                Some(tally) => Ok(Some(chosen(tally, "there are no rows to look at"))),
                None if self.rowless => Ok(None),
                None => Err(NoPhone::Nothing),
            };
        }
        let rows = self.rows.len();
        let by_name: Vec<&Tally> = named(Named::Surely).collect();
        let by_content: Vec<&Tally> = tallies.iter().filter(|tally| tally.weight() >= 3 * rows).collect();
        let listed = |tallies: &[&Tally]| {
            NoPhone::Several(tallies.iter().map(|tally| (tally.place, tally.valid * 100 / rows)).collect())
        };
        let pool: Vec<&Tally> = if by_name.is_empty() {
            let hinted: Vec<&Tally> =
                by_content.iter().copied().filter(|tally| tally.named == Named::Perhaps).collect();
            if hinted.is_empty() { by_content } else { hinted }
        } else {
            // Named like one, and nothing in it looks like one: another column that does makes it doubtful.
            let rivals = by_content.iter().copied().filter(|tally| tally.valid * 2 >= rows);
            let all: Vec<&Tally> = by_name.iter().copied().chain(rivals).collect();
            if by_name.iter().all(|tally| tally.weight() == 0) && all.len() > by_name.len() {
                return Err(listed(&all));
            }
            by_name
        };
        let best = pool.iter().map(|tally| tally.weight()).max().unwrap_or(0);
        let good: Vec<&Tally> = pool.into_iter().filter(|tally| tally.weight() * 2 >= best).collect();
        match (good.as_slice(), tallies.as_slice()) {
            ([one], _) => {
                let evidence = format!("{} of {rows} sampled rows have a phone number there", one.valid);
                Ok(Some(chosen(one, &evidence)))
            }
            ([], [only]) => Ok(Some(chosen(only, "the only column"))),
            ([], _) => Err(NoPhone::Nothing),
            (several, _) => Err(listed(several)),
        }
    }

    /// Every phone column: all that are named like one, if any of them looks like one, or else those that are as good as
    /// the best.
    pub(super) fn phones(&self) -> Result<Vec<Guess<usize>>, NoPhone> {
        let rows = self.rows.len();
        let tallies = self.tallies();
        let named = || {
            tallies.iter().filter(|tally| match tally.named {
                Named::Surely => true,
                Named::Perhaps => tally.valid * 2 >= rows,
                Named::No => false,
            })
        };
        if named().any(|tally| tally.weight() > 0) {
            let evidence = |valid| format!("{valid} of {rows} sampled rows have a phone number there");
            return Ok(named().map(|tally| chosen(tally, &evidence(tally.valid))).collect());
        }
        match self.phone() {
            Ok(one) => Ok(one.into_iter().collect()),
            Err(NoPhone::Several(several)) => {
                let guess = |(found, share)| Guess { found, evidence: format!("{share}% of the sampled rows") };
                Ok(several.into_iter().map(guess).collect())
            }
            Err(NoPhone::Nothing) => Err(NoPhone::Nothing),
        }
    }

    fn tallies(&self) -> Vec<Tally> {
        let regions = self.region_candidates(&[]);
        let columns = self.names.iter().enumerate().filter_map(|(place, name)| Some((place, name.as_deref()?)));
        columns
            .map(|(place, name)| {
                let mut tally = Tally { place, named: words::phone(name), valid: 0, formed: 0 };
                for row in self.rows {
                    let text = cell(row, place);
                    if self.is_phone(row, text, &regions) {
                        tally.valid += 1;
                    } else if looks_like_phone(text) {
                        tally.formed += 1;
                    }
                }
                tally
            })
            .collect()
    }

    /// Whether a cell is a number, by itself or with what may be its region.
    fn is_phone(&self, row: &[Vec<u8>], text: &[u8], regions: &[usize]) -> bool {
        worth_asking(text)
            && ((self.judge)(text, b"") || regions.iter().any(|place| (self.judge)(text, cell(row, *place))))
    }

    /// The region column, when there is one that helps, or at least does no harm.
    pub(super) fn region(&self, phones: &[usize]) -> Option<Guess<usize>> {
        let read = |region: Option<usize>| {
            let numbers = self.rows.iter().flat_map(|row| phones.iter().map(move |phone| (row, cell(row, *phone))));
            numbers.filter(|(row, text)| (self.judge)(text, region.map_or(&[][..], |place| cell(row, place)))).count()
        };
        let without = read(None);
        let tried = self.region_candidates(phones).into_iter().map(|place| (place, read(Some(place))));
        let (place, with) = tried.rev().max_by_key(|(_, with)| *with)?;
        let name = self.names.get(place)?.as_deref()?;
        if with > without {
            let evidence = format!("{} of {} sampled rows are read only with it", with - without, self.rows.len());
            return Some(Guess { found: place, evidence });
        }
        let harmless = with == without && words::region(name) == Named::Surely;
        harmless.then(|| Guess { found: place, evidence: "named like one".to_owned() })
    }

    /// Columns that may hold regions: by name, or because nearly all cells are codes of two or three letters.
    fn region_candidates(&self, phones: &[usize]) -> Vec<usize> {
        let mut found: Vec<(Named, usize)> = Vec::new();
        for (place, name) in self.names.iter().enumerate() {
            let Some(name) = name else { continue };
            if phones.contains(&place) {
                continue;
            }
            let named = words::region(name);
            let filled = self.rows.iter().map(|row| cell(row, place).trim_ascii()).filter(|text| !text.is_empty());
            let (mut cells, mut codes) = (0, 0);
            for text in filled {
                cells += 1;
                codes += usize::from(matches!(text.len(), 2 | 3) && text.iter().all(u8::is_ascii_alphabetic));
            }
            if named != Named::No || (cells > 0 && codes * 10 >= cells * 8) {
                found.push((named, place));
            }
        }
        found.sort_by_key(|(named, _)| std::cmp::Reverse(*named));
        found.into_iter().map(|(_, place)| place).take(4).collect()
    }
}

fn chosen(tally: &Tally, evidence: &str) -> Guess<usize> {
    let evidence = match tally.named {
        Named::No => evidence.to_owned(),
        Named::Perhaps | Named::Surely => format!("named like one; {evidence}"),
    };
    Guess { found: tally.place, evidence }
}

fn cell(row: &[Vec<u8>], place: usize) -> &[u8] {
    row.get(place).map_or(&[][..], Vec::as_slice)
}

/// Whether a cell can be a number at all. Most cells are names, and asking about each of them would take its time.
pub(super) fn worth_asking(cell: &[u8]) -> bool {
    cell.iter().filter(|byte| byte.is_ascii_digit() || !byte.is_ascii()).count() >= 5
}

/// Whether a cell has the form of a phone number: 7 to 15 digits with the usual signs between them, and no date.
pub(super) fn looks_like_phone(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    let digits = cell.iter().filter(|byte| byte.is_ascii_digit()).count();
    (7..=15).contains(&digits)
        && cell.iter().all(|byte| byte.is_ascii_digit() || b"+-./() '".contains(byte))
        && !looks_like_date(cell)
}

/// `2024-05-01`, `1.5.2024`, `05/01/2024`.
fn looks_like_date(cell: &[u8]) -> bool {
    let parts: Vec<&[u8]> = cell.split(|byte| b"-./".contains(byte)).collect();
    let [one, two, three] = parts.as_slice() else { return false };
    let fits = |part: &[u8], length: std::ops::RangeInclusive<usize>| {
        length.contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
    };
    fits(two, 1..=2) && ((fits(one, 4..=4) && fits(three, 1..=2)) || (fits(one, 1..=2) && fits(three, 4..=4)))
}

#[cfg(test)]
mod tests {
    use super::looks_like_phone;

    #[test]
    fn the_form_of_a_number_is_no_date_and_no_name() {
        for text in ["07911 123456", "+44 (0)7911-123456", "0151/12345678", "5551234"] {
            assert!(looks_like_phone(text.as_bytes()), "{text}");
        }
        for text in ["2024-05-01", "01.05.2024", "5/1/2024", "12:30:45 99", "Ann", "123456", "4.47911E+11", ""] {
            assert!(!looks_like_phone(text.as_bytes()), "{text}");
        }
    }
}
