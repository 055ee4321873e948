//! Verdicts that wait for the end of the list.
//!
//! Where rows may take back what earlier rows asked for, a verdict is known only when the last row has been read. So the
//! lines are kept in a private file without a name, each in both of its forms, with what must be looked up to choose.
//! The list itself is read once: it may be a pipe, and may change while it is read.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use super::Action;
use super::routing::Routes;
use crate::numbers::Msisdn;

/// The private file.
pub(super) struct Waiting {
    file: BufWriter<File>,
}

/// What a row asked for a number, and in which groups.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) number: Msisdn,
    pub(super) action: Action,
    pub(super) groups: &'a [u32],
}

/// Before the groups and the two lines: the number, or 0 where the line does not depend on anything, and what was asked
/// for it; how many groups; the lengths of the two lines.
const HEAD: usize = 8 + 1 + 3 * 4;

impl Waiting {
    pub(super) fn new() -> Result<Self, WaitingError> {
        let file = tempfile::tempfile().map_err(WaitingError)?;
        Ok(Self { file: BufWriter::with_capacity(256 << 10, file) })
    }

    /// Keeps entries of [`encode`].
    pub(super) fn append(&mut self, entries: &[u8]) -> Result<(), WaitingError> {
        self.file.write_all(entries).map_err(WaitingError)
    }

    /// Writes every line in the form that has turned out to be true.
    pub(super) fn settle<E>(self, routes: &Routes, mut write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E>
    where
        E: From<WaitingError>,
    {
        let mut file = self.file.into_inner().map_err(|error| WaitingError(error.into_error()))?;
        file.seek(SeekFrom::Start(0)).map_err(WaitingError)?;
        let mut entries = BufReader::with_capacity(256 << 10, file);
        let mut entry = Entry::default();
        while entry.read(&mut entries).map_err(WaitingError)? {
            write(if entry.is_overruled(routes) { &entry.superseded } else { &entry.plain })?;
        }
        Ok(())
    }
}

/// What must be kept until the end of the list cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep the verdicts until the end of the list")]
pub struct WaitingError(#[source] pub io::Error);

/// An entry, read back.
#[derive(Default)]
struct Entry {
    number: Option<Msisdn>,
    action: Action,
    groups: Vec<u32>,
    plain: Vec<u8>,
    superseded: Vec<u8>,
}

impl Entry {
    /// Reads the next entry; `false` at the end of the file.
    fn read(&mut self, entries: &mut impl Read) -> io::Result<bool> {
        let mut first = [0];
        if entries.read(&mut first)? == 0 {
            return Ok(false);
        }
        let mut head = [0; HEAD];
        let [start, rest @ ..] = &mut head;
        [*start] = first;
        entries.read_exact(rest)?;
        let [number, action, groups, plain, superseded] = fields(&head);
        self.number = Msisdn::from_value(number);
        self.action = if action == 0 { Action::Add } else { Action::Remove };
        self.groups.clear();
        for _ in 0..groups {
            let mut group = [0; 4];
            entries.read_exact(&mut group)?;
            self.groups.push(u32::from_le_bytes(group));
        }
        for (line, length) in [(&mut self.plain, plain), (&mut self.superseded, superseded)] {
            line.clear();
            entries.by_ref().take(length).read_to_end(line)?;
        }
        Ok(true)
    }

    fn is_overruled(&self, routes: &Routes) -> bool {
        let overruled = |number, group| routes.last_word(group, number).is_some_and(|word| word != self.action);
        self.number.is_some_and(|number| self.groups.iter().any(|group| overruled(number, *group)))
    }
}

/// Appends an entry: a line, and what it is if a later row has overruled what was asked. Without `asked` nothing can.
pub(super) fn encode(out: &mut Vec<u8>, asked: Option<Asked<'_>>, plain: &[u8], superseded: &[u8]) {
    let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    out.extend_from_slice(&asked.map_or(0, |asked| asked.number.value()).to_le_bytes());
    out.push(u8::from(asked.is_some_and(|asked| asked.action == Action::Remove)));
    let groups = asked.map_or(&[][..], |asked| asked.groups);
    out.extend_from_slice(&length(groups.len()));
    out.extend_from_slice(&length(plain.len()));
    out.extend_from_slice(&length(superseded.len()));
    for group in groups {
        out.extend_from_slice(&group.to_le_bytes());
    }
    out.extend_from_slice(plain);
    out.extend_from_slice(superseded);
}

/// The fields of a head.
fn fields(head: &[u8; HEAD]) -> [u64; 5] {
    let mut at = 0;
    [8, 1, 4, 4, 4].map(|length| {
        let field = head.get(at..at + length).unwrap_or_default();
        at += length;
        field.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn a_line_is_superseded_when_the_last_word_is_another() {
        let number = |value| Msisdn::from_value(value).unwrap();
        let mut routes = Routes::single();
        routes.insert(number(7), Action::Add);
        routes.insert(number(7), Action::Remove);
        routes.insert(number(8), Action::Add);
        let mut entries = Vec::new();
        for (asked, plain) in [
            (Some((7, Action::Add)), "7 add"),
            (Some((7, Action::Remove)), "7 remove"),
            (Some((8, Action::Add)), "8 add"),
            (Some((9, Action::Add)), "9 suppressed"),
            (None, ""),
        ] {
            let asked = asked.map(|(value, action)| Asked { number: number(value), action, groups: &[0] });
            encode(&mut entries, asked, format!("{plain};").as_bytes(), format!("{plain} superseded;").as_bytes());
        }
        let mut waiting = Waiting::new().unwrap();
        waiting.append(&entries).unwrap();
        let mut out = Vec::new();
        let mut write = |line: &[u8]| {
            out.extend_from_slice(line);
            Ok::<(), WaitingError>(())
        };
        waiting.settle(&routes, &mut write).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "7 add superseded;7 remove;8 add;9 suppressed;;");
    }
}
