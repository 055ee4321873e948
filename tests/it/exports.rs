//! Tables of members are what they say, whoever reads them.

mod formats;
mod history;
mod joins;
mod memory;
mod privacy;
mod readers;
mod sets;

use rollcall::export::{Column, Format, Layout, Members, Table};
use rollcall::numbers::Msisdn;

/// A group of these.
fn members(name: &str, values: impl IntoIterator<Item = u64>) -> Members {
    Members::new(name, values.into_iter().filter_map(Msisdn::from_value).collect())
}

fn layout(format: Format, columns: &[Column]) -> Layout {
    Layout { columns: columns.to_vec(), format, ..Layout::default() }
}

fn written(groups: &[Members], layout: &Layout) -> Vec<u8> {
    let mut out = Vec::new();
    Table::new(groups, layout).write(&mut out).unwrap();
    out
}
