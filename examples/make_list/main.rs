//! Writes a contact list as people have them: `cargo run --release --example make_list -- [--rows N] [--seed S] > FILE`.
//!
//! The same rows for the same seed. See [`list::List`] for what is in it.

mod list;
#[path = "../../tests/it/tables/sampler.rs"]
mod sampler;

use std::io::{BufWriter, Write as _};

use clap::Parser;

/// Writes a contact list as people have them.
#[derive(Parser)]
struct Args {
    /// How many rows.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Another seed is another list.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let list = list::List::new(args.seed);
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    out.write_all(b"name,email,phone,country,note\n")?;
    let mut row = String::new();
    for index in 0..args.rows {
        row.clear();
        list.append_row(index, &mut row);
        out.write_all(row.as_bytes())?;
    }
    out.flush()?;
    Ok(())
}
