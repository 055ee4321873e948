//! Where lines end: LF, CRLF and a lone CR, all three, in any mixture.

use memchr::{memchr_iter, memchr2, memrchr2};

/// A line as a slice sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// Where its text ends.
    pub(super) end: usize,
    /// Where the next line starts.
    pub(super) next: usize,
}

/// The line that starts at `from`.
///
/// `last` says that nothing follows `bytes`. Without it, a line whose break is not there, or is a CR that an LF may
/// follow, is unknown yet: `None`.
pub(super) fn line(bytes: &[u8], from: usize, last: bool) -> Option<Line> {
    let rest = bytes.get(from..)?;
    match memchr2(b'\n', b'\r', rest) {
        Some(found) => {
            let end = from + found;
            after_break(bytes, end, last).map(|next| Line { end, next })
        }
        None if last => Some(Line { end: bytes.len(), next: bytes.len() }),
        None => None,
    }
}

/// Where the next line starts, for a line break at `at`; `None` as in [`line`].
#[inline]
pub(super) fn after_break(bytes: &[u8], at: usize, last: bool) -> Option<usize> {
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => Some(at + 2),
        (Some(b'\r'), None) if !last => None,
        _ => Some(at + 1),
    }
}

/// The end of the last whole line of `bytes`, its break included. 0 when there is none.
pub(super) fn whole_lines(bytes: &[u8], last: bool) -> usize {
    if last {
        return bytes.len();
    }
    let mut until = bytes.len();
    while let Some(at) = bytes.get(..until).and_then(|bytes| memrchr2(b'\n', b'\r', bytes)) {
        if let Some(next) = after_break(bytes, at, last) {
            return next;
        }
        until = at;
    }
    0
}

/// How many line breaks there are in whole lines.
pub(super) fn breaks(bytes: &[u8]) -> u64 {
    let feeds = memchr_iter(b'\n', bytes).count();
    wide(feeds + lone_returns(bytes))
}

/// Whether a CR without its LF ends a line somewhere.
pub(super) fn has_lone_return(bytes: &[u8]) -> bool {
    memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n'))
}

/// Whether a line break is anywhere in `bytes`.
pub(super) fn has_break(bytes: &[u8]) -> bool {
    memchr2(b'\n', b'\r', bytes).is_some()
}

fn lone_returns(bytes: &[u8]) -> usize {
    memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n')).count()
}

/// A count as line numbers have it.
pub(super) fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_breaks_end_a_line() {
        let text = b"a\nb\r\nc\rd";
        let mut starts = Vec::new();
        let mut from = 0;
        while from < text.len() {
            starts.push(from);
            from = line(text, from, true).map_or(text.len(), |line| line.next);
        }
        assert_eq!(starts, [0, 2, 5, 7]);
        assert_eq!(breaks(text), 3);
    }

    #[test]
    fn a_return_at_the_end_waits_for_its_feed() {
        assert_eq!(line(b"a\r", 0, false), None);
        assert_eq!(line(b"a\r", 0, true), Some(Line { end: 1, next: 2 }));
        assert_eq!(whole_lines(b"a\nb\r", false), 2);
        assert_eq!(whole_lines(b"a\r", false), 0);
        assert_eq!(whole_lines(b"a\nb", true), 3);
    }
}
