//! A workbook's sheet, as text: comma-separated, one record for each row of the sheet, blank lines for its blank rows.
//!
//! The rows are read by a thread of their own and handed over in pieces, so that a sheet need not fit into memory.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx};

use super::{ContactsError, Records};

/// How much text is handed over at a time.
const PIECE: usize = 64 << 10;

/// The first serial number behind the last date there is, 9999-12-31: such a cell is a number, however it is shown.
const PAST_DATES: f64 = 2_958_466.0;

/// An open workbook, and the sheet of it that is to be read.
pub(super) struct Workbook {
    book: Xlsx<BufReader<File>>,
    sheet: String,
}

impl Workbook {
    /// Opens a workbook at the sheet of that name, or at the first that is not hidden.
    pub(super) fn open(name: &str, bytes: BufReader<File>, sheet: Option<&str>) -> Result<Self, ContactsError> {
        let broken =
            |why: &dyn std::fmt::Display| ContactsError::Workbook { file: name.to_owned(), why: why.to_string() };
        let book = Xlsx::new(bytes).map_err(|error| match error {
            calamine::XlsxError::Password => broken(&"it is protected by a password"),
            calamine::XlsxError::FileNotFound(_) => {
                ContactsError::Foreign { file: name.to_owned(), kind: "a ZIP archive, and no Excel workbook" }
            }
            error => broken(&error),
        })?;
        let sheets = || book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let found = match sheet {
            Some(wanted) => sheets().find(|sheet| sheet.name == wanted),
            None => sheets().find(|sheet| sheet.visible == SheetVisible::Visible).or_else(|| sheets().next()),
        };
        match found.map(|sheet| sheet.name.clone()) {
            Some(sheet) => Ok(Self { book, sheet }),
            None => Err(ContactsError::UnknownSheet {
                file: name.to_owned(),
                sheet: sheet.unwrap_or_default().to_owned(),
                sheets: sheets().map(|sheet| sheet.name.clone()).collect(),
            }),
        }
    }

    pub(super) fn sheet(&self) -> &str {
        &self.sheet
    }

    /// The sheets that are not read.
    pub(super) fn others(&self) -> Vec<String> {
        self.book.sheet_names().into_iter().filter(|name| *name != self.sheet).collect()
    }

    /// Writes the sheet, piece by piece, until it ends or nobody takes any more.
    fn write(mut self, pieces: &SyncSender<Piece>) -> Result<(), calamine::XlsxError> {
        let mut cells = self.book.worksheet_cells_reader(&self.sheet)?;
        let mut records = Records::new(b',');
        let mut record: Vec<String> = Vec::new();
        let mut row = 0;
        while let Some(cell) = cells.next_cell()? {
            let text = text_of(cell.get_value());
            if text.is_empty() {
                continue;
            }
            let (at, column) = cell.get_position();
            while row < at {
                end_row(&mut records, &mut record);
                row += 1;
                if records.as_bytes().len() >= PIECE && pieces.send(Piece::Text(records.take())).is_err() {
                    return Ok(());
                }
            }
            let column = usize::try_from(column).unwrap_or_default();
            if record.len() <= column {
                record.resize(column + 1, String::new());
            }
            if let Some(place) = record.get_mut(column) {
                *place = text;
            }
        }
        end_row(&mut records, &mut record);
        // Nobody there to take them: nobody misses them.
        let _ = pieces.send(Piece::Text(records.take())).and_then(|()| pieces.send(Piece::End));
        Ok(())
    }
}

/// Ends a row of the sheet: a record, or a blank line.
fn end_row(records: &mut Records, record: &mut Vec<String>) {
    if record.is_empty() {
        records.end_line();
    } else {
        records.push_record(record.iter());
        record.clear();
    }
}

/// A cell as text. Numbers as the digits stored: no exponent, no `.0`.
fn text_of(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::DateTime(time) if !(0.0..PAST_DATES).contains(&time.as_f64()) => time.as_f64().to_string(),
        DataRef::DateTime(time) => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            let clock = format!("{hour:02}:{minute:02}:{second:02}");
            match time.as_f64() {
                days if time.is_duration() => {
                    let minutes = (days * 24.0 * 60.0).round();
                    format!("{}:{:02}", (minutes / 60.0).floor(), minutes % 60.0)
                }
                days if days < 1.0 => clock,
                days if days.fract() == 0.0 => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02} {clock}"),
            }
        }
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// What the reading thread hands over.
enum Piece {
    Text(Vec<u8>),
    Failed(String),
    /// All of it was read. Without this a thread that died would look like the end of the sheet.
    End,
}

/// The text of a sheet.
pub(super) struct SheetText {
    pieces: Receiver<Piece>,
    now: io::Cursor<Vec<u8>>,
    ended: bool,
}

impl SheetText {
    pub(super) fn of(workbook: Workbook) -> Self {
        let (sender, pieces) = sync_channel(4);
        thread::spawn(move || {
            if let Err(error) = workbook.write(&sender) {
                // Nobody there to hear of it: nobody is reading.
                let _ = sender.send(Piece::Failed(error.to_string()));
            }
        });
        Self { pieces, now: io::Cursor::default(), ended: false }
    }
}

impl Read for SheetText {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.now.read(out)?;
            if read > 0 || out.is_empty() || self.ended {
                return Ok(read);
            }
            match self.pieces.recv() {
                Ok(Piece::Text(text)) => self.now = io::Cursor::new(text),
                Ok(Piece::End) => self.ended = true,
                Ok(Piece::Failed(why)) => return Err(io::Error::new(io::ErrorKind::InvalidData, why)),
                Err(_) => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "the sheet cannot be read to its end"));
                }
            }
        }
    }
}
