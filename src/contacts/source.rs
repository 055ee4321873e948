//! From an input to its bytes: files and stdin, unpacked when their first bytes say that they are packed.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};

use encoding_rs::Encoding;

use super::fingerprint::Meter;
use super::gzip::{Gzip, Padding};
use super::sheet::{SheetText, Workbook};
use super::text::Text;
use super::{ContactsError, Input};

/// The bytes of an input.
pub(super) struct Source {
    pub(super) bytes: Box<dyn Read + Send>,
    /// The input can be opened a second time and will yield the same.
    pub(super) again: bool,
    /// How it was packed, by its content.
    pub(super) packed: Vec<&'static str>,
    /// The sheet that was taken, and the others there are.
    pub(super) sheet: Option<(String, Vec<String>)>,
    /// Zeros behind what is packed, as they are found.
    pub(super) padding: Padding,
}

/// How a file begins, and what it is then.
const KINDS: [(&[u8], Kind); 10] = [
    (b"\x1f\x8b", Kind::Gzip),
    (b"\x28\xb5\x2f\xfd", Kind::Zstd),
    (b"PK\x03\x04", Kind::Zip),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind::Foreign("an old Excel workbook (.xls)")),
    (b"%PDF-", Kind::Foreign("a PDF document")),
    (b"PAR1", Kind::Foreign("a Parquet file")),
    (b"BZh", Kind::Foreign("packed with bzip2")),
    (b"\xfd7zXZ\x00", Kind::Foreign("packed with xz")),
    (b"7z\xbc\xaf\x27\x1c", Kind::Foreign("a 7-Zip archive")),
    (b"SQLite format 3\x00", Kind::Foreign("an SQLite database")),
];

#[derive(Clone, Copy)]
enum Kind {
    Gzip,
    Zstd,
    Zip,
    Foreign(&'static str),
}

/// How many layers of packing are undone. A file can be made that unpacks into itself for ever.
const LAYERS: usize = 3;

impl Source {
    /// Opens an input; of a workbook, that sheet. The meter sees its bytes as they are read.
    pub(super) fn open(input: &Input, sheet: Option<&str>, meter: Option<&Meter>) -> Result<Self, ContactsError> {
        let name = input.name();
        let unreadable = |source| ContactsError::Unreadable { file: name.clone(), source };
        let (mut bytes, again): (Box<dyn Read + Send>, bool) = match input {
            Input::Stdin => (Box::new(io::stdin()), false),
            Input::Path(path) | Input::Known { path, .. } => {
                let file = File::open(path).map_err(|error| match error.kind() {
                    io::ErrorKind::NotFound => ContactsError::Missing { path: name.clone() },
                    _ => unreadable(error),
                })?;
                let again = file.metadata().map_err(unreadable)?.is_file();
                (Box::new(file), again)
            }
        };
        if let Some(meter) = meter {
            bytes = Box::new(meter.on(bytes));
        }
        let (mut packed, padding) = (Vec::new(), Padding::default());
        for layer in 0..=LAYERS {
            let mut first = Vec::new();
            bytes.by_ref().take(16).read_to_end(&mut first).map_err(unreadable)?;
            let kind = KINDS.iter().find(|(start, _)| first.starts_with(start)).map(|(_, kind)| *kind);
            bytes = Box::new(Cursor::new(first).chain(bytes));
            match kind {
                Some(Kind::Gzip) if layer < LAYERS => {
                    bytes = Box::new(Gzip::new(bytes, padding.clone()));
                    packed.push("gzip");
                }
                Some(Kind::Zstd) if layer < LAYERS => {
                    let mut decoder = zstd::Decoder::new(bytes).map_err(unreadable)?;
                    // As much memory as `zstd --long=27`, which is as far as the tool itself goes unasked.
                    decoder.window_log_max(27).map_err(unreadable)?;
                    bytes = Box::new(decoder);
                    packed.push("zstd");
                }
                Some(Kind::Zip) => {
                    let workbook = Workbook::open(&name, spool(bytes).map_err(unreadable)?, sheet)?;
                    let found = Some((workbook.sheet().to_owned(), workbook.others()));
                    packed.push("xlsx");
                    let bytes = Box::new(SheetText::of(workbook));
                    return Ok(Self { bytes, again, packed, sheet: found, padding });
                }
                Some(Kind::Foreign(kind)) => return Err(ContactsError::Foreign { file: name, kind }),
                Some(Kind::Gzip | Kind::Zstd) => {
                    return Err(ContactsError::Foreign { file: name, kind: "packed over and over" });
                }
                None => break,
            }
        }
        if let Some(sheet) = sheet {
            return Err(ContactsError::NoWorkbook { file: name, sheet: sheet.to_owned() });
        }
        Ok(Self { bytes, again, packed, sheet: None, padding })
    }
}

impl Source {
    /// The input's text; `encoding` is what the user says it is written in.
    pub(super) fn text(self, encoding: Option<&'static Encoding>) -> io::Result<Text> {
        match self.sheet {
            Some(_) => Ok(Text::known(self.bytes)),
            None => Text::open(self.bytes, encoding),
        }
    }
}

/// A workbook is read from all its ends at once, so it goes into a file without a name, which nobody else can open and which
/// is gone when it is closed.
fn spool(mut bytes: Box<dyn Read + Send>) -> io::Result<BufReader<File>> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut bytes, &mut file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(BufReader::new(file))
}
