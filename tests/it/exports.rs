//! Tables of members are what they say, whoever reads them.

mod formats;
mod history;
mod memory;
mod readers;

use rollcall::export::{Column, Format, Layout, Members, write};
use rollcall::numbers::{Msisdn, NumberSet};

/// A group of these.
fn members(name: &str, values: impl IntoIterator<Item = u64>) -> Members {
    let numbers: NumberSet = values.into_iter().filter_map(Msisdn::from_value).collect();
    Members { name: name.to_owned(), numbers, history: None }
}

fn layout(format: Format, columns: &[Column]) -> Layout {
    Layout { columns: columns.to_vec(), format, ..Layout::default() }
}

fn written(groups: &[Members], layout: &Layout) -> Vec<u8> {
    let mut out = Vec::new();
    write(groups, layout, &mut out).unwrap();
    out
}
