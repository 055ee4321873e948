//! Reads a CSV file with the csv crate alone and counts its records: what reading costs before anything is asked.

use std::io::Write;

fn main() -> Result<(), csv::Error> {
    let Some(path) = std::env::args_os().nth(1) else { return Ok(()) };
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(1 << 20).from_path(path)?;
    let mut record = csv::ByteRecord::new();
    let mut rows = 0_u64;
    while reader.read_byte_record(&mut record)? {
        rows += 1;
    }
    writeln!(std::io::stdout(), "{rows}")?;
    Ok(())
}
