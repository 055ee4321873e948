//! A file's text, as UTF-8, whatever it was written in.
//!
//! A byte order mark decides, then what the user said, then the bytes themselves. Text that is plain ASCII as far as it
//! was looked at stays undecided, and is decided by the first other byte, wherever that comes. UTF-8 is passed
//! on as it is: reading it costs nothing.

use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How many bytes an encoding is judged by.
const SAMPLE: usize = 64 << 10;

/// Text that is read piece by piece.
pub(super) struct Text {
    bytes: Box<dyn Read + Send>,
    /// Bytes that were read to look at them.
    raw: Vec<u8>,
    /// Text that was read and put back.
    back: Vec<u8>,
    coding: Coding,
    /// What the encoding is and why, until somebody asks.
    found: Option<Found>,
}

/// An encoding, and why that.
pub(super) struct Found {
    pub(super) name: &'static str,
    pub(super) evidence: String,
}

enum Coding {
    /// ASCII so far.
    Undecided,
    Utf8,
    Other(Box<Decoder>),
}

impl Text {
    /// Text of those bytes; `pinned` is what the user says it is written in.
    pub(super) fn open(mut bytes: Box<dyn Read + Send>, pinned: Option<&'static Encoding>) -> io::Result<Self> {
        let mut raw = Vec::new();
        let read = read_up_to(&mut bytes, SAMPLE, &mut raw)?;
        let last = read < SAMPLE;
        let (coding, found) = if let Some((encoding, length)) = Encoding::for_bom(&raw) {
            raw.drain(..length);
            (Coding::of(encoding), Found { name: encoding.name(), evidence: "byte order mark".to_owned() })
        } else if let Some(encoding) = pinned {
            (Coding::of(encoding), Found { name: encoding.name(), evidence: "as told".to_owned() })
        } else if let Some((encoding, evidence)) = wide_letters(&raw) {
            (Coding::of(encoding), Found { name: encoding.name(), evidence })
        } else if raw.is_ascii() {
            (Coding::Undecided, Found { name: UTF_8.name(), evidence: "plain ASCII so far".to_owned() })
        } else {
            judge(&raw, last)
        };
        Ok(Self { bytes, raw, back: Vec::new(), coding, found: Some(found) })
    }

    /// Text that is known to be UTF-8.
    pub(super) fn known(bytes: Box<dyn Read + Send>) -> Self {
        Self { bytes, raw: Vec::new(), back: Vec::new(), coding: Coding::Utf8, found: None }
    }

    /// What was found out about the encoding since the last question.
    pub(super) fn found(&mut self) -> Option<Found> {
        self.found.take()
    }

    /// Puts text back that was read.
    pub(super) fn unread(&mut self, text: Vec<u8>) {
        self.back = text;
    }

    /// Appends about `wanted` bytes of text; `false` when nothing is left to come.
    pub(super) fn append(&mut self, out: &mut Vec<u8>, wanted: usize) -> io::Result<bool> {
        if !self.back.is_empty() {
            out.append(&mut self.back);
            return Ok(true);
        }
        let wanted = wanted.max(1);
        if let Coding::Other(decoder) = &mut self.coding {
            let mut read = self.raw.len();
            if read == 0 {
                read = read_up_to(&mut self.bytes, wanted, &mut self.raw)?;
            }
            decode(decoder, &self.raw, read == 0, out);
            self.raw.clear();
            return Ok(read > 0);
        }
        let start = out.len();
        out.append(&mut self.raw);
        let mut more = true;
        if out.len() == start {
            more = read_up_to(&mut self.bytes, wanted, out)? == wanted;
        }
        if matches!(self.coding, Coding::Undecided) {
            // Whole pieces are checked many bytes at a time; only one that fails is searched.
            let piece = out.get(start..).unwrap_or_default();
            if !piece.is_ascii() {
                let plain = piece.iter().take_while(|byte| byte.is_ascii()).count();
                self.decide(out, start + plain, !more);
            }
        }
        Ok(more)
    }

    /// Decides by the first text that is not ASCII, which begins at `from`.
    fn decide(&mut self, out: &mut Vec<u8>, from: usize, last: bool) {
        let (mut coding, found) = judge(out.get(from..).unwrap_or_default(), last);
        if let Coding::Other(decoder) = &mut coding {
            let bytes = out.split_off(from);
            decode(decoder, &bytes, false, out);
        }
        self.coding = coding;
        self.found = Some(found);
    }
}

impl Coding {
    fn of(encoding: &'static Encoding) -> Self {
        if encoding == UTF_8 { Self::Utf8 } else { Self::Other(Box::new(encoding.new_decoder_without_bom_handling())) }
    }
}

/// Appends up to `wanted` bytes, fewer only at the end; returns how many.
fn read_up_to(bytes: &mut dyn Read, wanted: usize, out: &mut Vec<u8>) -> io::Result<usize> {
    out.reserve(wanted);
    bytes.take(u64::try_from(wanted).unwrap_or(u64::MAX)).read_to_end(out)
}

fn decode(decoder: &mut Decoder, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
    let start = out.len();
    let room = decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len() * 3 + 16);
    out.resize(start + room, 0);
    let (_, _, written, _) = decoder.decode_to_utf8(bytes, out.get_mut(start..).unwrap_or_default(), last);
    out.truncate(start + written);
}

/// UTF-16 without a mark: digits, delimiters and line breaks leave a zero in every other byte.
fn wide_letters(bytes: &[u8]) -> Option<(&'static Encoding, String)> {
    let (pairs, _) = bytes.as_chunks::<2>();
    let first = pairs.iter().filter(|[first, _]| *first == 0).count();
    let second = pairs.iter().filter(|[_, second]| *second == 0).count();
    // A fifth of the letters: a list of names in Chinese has that many digits and delimiters. And not just a few, as a
    // damaged cell may hold zeros too.
    let few = pairs.len() / 50;
    let many = (pairs.len() / 5).max(8);
    let (encoding, zeros) = match (first, second) {
        (first, second) if second >= many && first <= few => (UTF_16LE, second),
        (first, second) if first >= many && second <= few => (UTF_16BE, first),
        _ => return None,
    };
    Some((encoding, format!("no byte order mark, {zeros} of {} letters have a zero byte", pairs.len())))
}

/// Tells UTF-8 from 8-bit encodings by text that is not ASCII alone.
fn judge(bytes: &[u8], last: bool) -> (Coding, Found) {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    // The sample may end within a letter.
    let cut = std::str::from_utf8(bytes).is_err_and(|error| bad == 1 && !last && error.error_len().is_none());
    bad -= usize::from(cut);
    if bad * 10 <= good {
        let evidence = match bad {
            0 => format!("{good} letters beyond ASCII, all of them UTF-8"),
            bad => format!("{good} letters beyond ASCII are UTF-8, {bad} places are not"),
        };
        return (Coding::Utf8, Found { name: UTF_8.name(), evidence });
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, last);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    let evidence = format!("not UTF-8 in {bad} places; guessed by the letters that occur");
    (Coding::of(encoding), Found { name: encoding.name(), evidence })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8], pinned: Option<&'static Encoding>, step: usize) -> (String, Vec<&'static str>) {
        let mut text = Text::open(Box::new(io::Cursor::new(bytes.to_vec())), pinned).unwrap();
        let mut names: Vec<_> = text.found().map(|found| found.name).into_iter().collect();
        let mut out = Vec::new();
        while text.append(&mut out, step).unwrap() {
            names.extend(text.found().map(|found| found.name));
        }
        names.extend(text.found().map(|found| found.name));
        (String::from_utf8(out).unwrap(), names)
    }

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn utf_16_is_known_with_and_without_its_mark() {
        let text = "phone,name\n+447911123456,Zoë Ångström\n+447911123457,王小明\n";
        for mark in ["", "\u{feff}"] {
            let marked = format!("{mark}{text}");
            assert_eq!(read(&utf16(&marked, u16::to_le_bytes), None, 7), (text.to_owned(), vec!["UTF-16LE"]));
            assert_eq!(read(&utf16(&marked, u16::to_be_bytes), None, 7), (text.to_owned(), vec!["UTF-16BE"]));
        }
    }

    #[test]
    fn a_mark_is_dropped_and_overrules_what_was_told() {
        assert_eq!(read(b"\xef\xbb\xbfphone\n", None, 9), ("phone\n".to_owned(), vec!["UTF-8"]));
        let (text, names) = read("\u{feff}é".as_bytes(), Some(encoding_rs::WINDOWS_1252), 9);
        assert_eq!((text.as_str(), names), ("é", vec!["UTF-8"]));
    }

    #[test]
    fn eight_bit_text_is_guessed_or_pinned() {
        let (bytes, ..) = encoding_rs::WINDOWS_1252.encode("Téléphone;prénom\n+33612345678;Zoé\n+33612345679;Noël\n");
        let (text, names) = read(&bytes, None, 5);
        assert!(text.starts_with("Téléphone;prénom") && text.contains("Noël"), "{text}");
        assert_eq!(names, ["windows-1252"]);
        let (bytes, ..) = encoding_rs::WINDOWS_1251.encode("имя");
        assert_eq!(read(&bytes, Some(encoding_rs::WINDOWS_1251), 5).0, "имя");
    }

    #[test]
    fn text_that_is_ascii_for_long_is_decided_where_it_ends_to_be() {
        let plain = "+447911123456,Ann\n".repeat(10_000);
        let (bytes, ..) = encoding_rs::WINDOWS_1252.encode("+33612345678,Zoé Noël à côté\n");
        let (text, names) = read(&[plain.as_bytes(), &bytes].concat(), None, 1 << 15);
        assert!(text.ends_with("Zoé Noël à côté\n"));
        assert_eq!(names, ["UTF-8", "windows-1252"]);
    }

    proptest! {
        #[test]
        fn how_much_is_read_at_a_time_changes_no_text(text in "[a-zé王\n,0-9]{0,200}", step in 1_usize..50) {
            let (read, _) = read(text.as_bytes(), None, step);
            prop_assert_eq!(&read, &text);
        }
    }
}
