//! Writes `src/numbers/tables/tables.bin` anew: `cargo run --release --example make_tables [FILE]`.
//!
//! To be run after every update of the phone-number library; a test compares the bytes.

mod compile;

use std::io::Write as _;
use std::path::PathBuf;

fn main() -> anyhow::Result<()> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/src/numbers/tables/tables.bin");
    let path = std::env::args_os().nth(1).map_or_else(|| PathBuf::from(default), PathBuf::from);
    let compiled = compile::compile();
    std::fs::write(&path, &compiled.bytes)?;
    writeln!(std::io::stdout(), "{}: {compiled}", path.display())?;
    Ok(())
}
