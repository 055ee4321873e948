//! A file's text, as UTF-8, whatever it was written in.
//!
//! A byte order mark decides, then what the user said, then the bytes themselves. Text that is plain ASCII as far as it
//! was looked at stays undecided, and is decided by the first other byte, wherever that comes. UTF-8 is passed
//! on as it is: reading it costs nothing. What is no text in the encoding becomes U+FFFD, so that all text is valid.

use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How many bytes an encoding is judged by.
const SAMPLE: usize = 64 << 10;

/// Text that is read piece by piece.
pub(super) struct Text {
    bytes: Box<dyn Read + Send>,
    /// Bytes that were read and not yet given out.
    raw: Vec<u8>,
    /// They were read to look at them, and are enough for a start.
    looked_at: bool,
    ended: bool,
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
        let found = (!raw.is_empty()).then_some(found);
        Ok(Self { bytes, raw, looked_at: true, ended: false, back: Vec::new(), coding, found })
    }

    /// Text that is known to be UTF-8.
    pub(super) fn known(bytes: Box<dyn Read + Send>) -> Self {
        Self {
            bytes,
            raw: Vec::new(),
            looked_at: false,
            ended: false,
            back: Vec::new(),
            coding: Coding::Utf8,
            found: None,
        }
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
        if self.ended {
            return Ok(false);
        }
        let wanted = wanted.max(1);
        if let Coding::Other(decoder) = &mut self.coding {
            let mut read = self.raw.len();
            if read == 0 {
                read = read_up_to(&mut self.bytes, wanted, &mut self.raw)?;
            }
            decode(decoder, &self.raw, read == 0, out);
            self.raw.clear();
            // A decoder that was told of the end must not be asked again, and text that was put back may follow.
            self.ended = read == 0;
            return Ok(!self.ended);
        }
        // What of it was looked at before is whole; half a letter was kept back for now.
        let start = out.len();
        out.append(&mut self.raw);
        let more = std::mem::take(&mut self.looked_at) || read_up_to(&mut self.bytes, wanted, out)? == wanted;
        // Whole pieces are checked many bytes at a time; only one that is not plain is looked at closely.
        let piece = out.get(start..).unwrap_or_default();
        if piece.is_ascii() {
            return Ok(more);
        }
        if matches!(self.coding, Coding::Undecided) {
            let from = start + piece.iter().take_while(|byte| byte.is_ascii()).count();
            let (coding, found) = judge(out.get(from..).unwrap_or_default(), !more);
            self.coding = coding;
            self.found = Some(found);
            if let Coding::Other(decoder) = &mut self.coding {
                decode(decoder, &out.split_off(from), false, out);
                return Ok(true);
            }
        }
        self.raw = mend_utf8(out, start, !more);
        Ok(more)
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

/// Makes the text from `start` on valid UTF-8: what is none becomes U+FFFD. Half a letter at the end is taken off and
/// returned, unless it is the `last`.
fn mend_utf8(text: &mut Vec<u8>, start: usize, last: bool) -> Vec<u8> {
    // Every byte of every list comes by here, while the other workers wait for their blocks.
    let Err(error) = simdutf8::compat::from_utf8(text.get(start..).unwrap_or_default()) else { return Vec::new() };
    let rest = text.split_off(start + error.valid_up_to());
    let mut chunks = rest.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        text.extend_from_slice(chunk.valid().as_bytes());
        let invalid = chunk.invalid();
        let half = std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
        if half && !last && chunks.peek().is_none() {
            return invalid.to_vec();
        }
        if !invalid.is_empty() {
            text.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    Vec::new()
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
            0 if good == 1 => "one letter beyond ASCII, in UTF-8".to_owned(),
            0 => format!("{good} letters beyond ASCII, all of them UTF-8"),
            bad => format!("{good} letters beyond ASCII are UTF-8, {bad} are not and are replaced"),
        };
        return (Coding::Utf8, Found { name: UTF_8.name(), evidence });
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, last);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    let places = if bad == 1 { "place" } else { "places" };
    let evidence = format!("not UTF-8 in {bad} {places}; guessed by the letters that occur");
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

    #[test]
    fn text_that_was_read_to_its_end_can_be_put_back() {
        for bytes in [utf16("phone\n+447911123456\n", u16::to_le_bytes), b"phone\n+447911123456\n".to_vec()] {
            let mut text = Text::open(Box::new(io::Cursor::new(bytes)), None).unwrap();
            let read = |text: &mut Text| {
                let mut out = Vec::new();
                while text.append(&mut out, 100).unwrap() {}
                out
            };
            let first = read(&mut text);
            text.unread(first.clone());
            assert_eq!(read(&mut text), first);
        }
    }

    #[test]
    fn what_is_no_utf_8_is_replaced_and_the_rest_kept() {
        let bytes = "é".repeat(20).into_bytes();
        for step in 1..9 {
            let mut text = bytes.clone();
            text.extend_from_slice(b",a\xffb\xe2\x82,\xe2\x82");
            let expected = format!("{},a\u{fffd}b\u{fffd},\u{fffd}", "é".repeat(20));
            assert_eq!(read(&text, Some(UTF_8), step).0, expected, "{step}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_become_the_same_text_however_they_are_read(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            step in 1_usize..50,
        ) {
            prop_assume!(!bytes.starts_with(b"\xff\xfe") && !bytes.starts_with(b"\xfe\xff"));
            let (text, _) = read(&bytes, Some(UTF_8), step);
            prop_assert_eq!(text, String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes)));
        }

        #[test]
        fn how_much_is_read_at_a_time_changes_no_text(text in "[a-zé王\n,0-9]{0,200}", step in 1_usize..50) {
            let (read, _) = read(text.as_bytes(), None, step);
            prop_assert_eq!(&read, &text);
        }
    }
}
