//! The layout of `tables.bin`. All numbers are little-endian.
//!
//! | part | bytes each | content |
//! |---|---|---|
//! | head | 16 | `RCTB`, the format's version (u16), how many codes, regions, labels, actions, nodes (u16 each) |
//! | codes | 6 | calling code (u16), root of its plan (u16), how many regions (u16): the next of the list, main one first |
//! | regions | 18 | name (2, `01` for 001), how many digits its trunk prefix has and which (4), root of its IDD prefixes (u16), of its national prefixes (u16), lengths that a number may have (u32, a bit each), that only a local one may have (u32) |
//! | labels | 8 | whose general patterns match (u32, a bit each), owner, type, whether the prefix is written, 0 |
//! | actions | 8 | digits in front (4), how many, `from`, `to`, `rest` |
//! | nodes | 22 | where each digit leads (u16 each), the label or action (u16) |
//!
//! The nodes at the front only count digits: whichever digit follows, it leads to the node itself or to one before it.

use super::forest::{Node, Order};
use super::plan::Meaning;
use super::prefix::Action;

const VERSION: usize = 2;

pub(super) struct CodeRow {
    pub(super) calling_code: i32,
    pub(super) root: Node,
    pub(super) regions: usize,
}

pub(super) struct RegionRow<'a> {
    pub(super) name: &'a str,
    pub(super) trunk: &'a str,
    pub(super) idd: Node,
    pub(super) national_prefix: Node,
    pub(super) possible: &'a [i32],
    pub(super) local_only: &'a [i32],
}

/// Everything that is written.
pub(super) struct Blob<'a> {
    pub(super) codes: &'a [CodeRow],
    pub(super) regions: &'a [RegionRow<'a>],
    pub(super) labels: &'a [Meaning],
    pub(super) actions: &'a [Action],
    pub(super) order: &'a Order,
}

impl Blob<'_> {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(b"RCTB");
        let nodes = &self.order.nodes;
        let counts = [self.codes.len(), self.regions.len(), self.labels.len(), self.actions.len(), nodes.len()];
        for count in [VERSION].into_iter().chain(counts) {
            bytes.extend(short(count));
        }
        for code in self.codes {
            bytes.extend(short(code.calling_code.try_into().expect("a calling code is positive")));
            bytes.extend(short(self.order.place(code.root)));
            bytes.extend(short(code.regions));
        }
        for region in self.regions {
            bytes.extend(if region.name == "001" { b"01" } else { region.name.as_bytes() });
            bytes.extend(trunk(region.trunk));
            bytes.extend(short(self.order.place(region.idd)));
            bytes.extend(short(self.order.place(region.national_prefix)));
            bytes.extend(lengths(region.possible).to_le_bytes());
            bytes.extend(lengths(region.local_only).to_le_bytes());
        }
        for label in self.labels {
            bytes.extend(label.general.to_le_bytes());
            bytes.extend([label.owner, label.kind, u8::from(label.with_prefix), 0]);
        }
        for action in self.actions {
            bytes.extend(action.front);
            bytes.extend([action.front_len, action.from, action.to, action.rest]);
        }
        for node in nodes {
            bytes.extend(node.next.iter().flat_map(|next| short(*next)));
            bytes.extend(node.label.to_le_bytes());
        }
        bytes
    }
}

fn short(value: usize) -> [u8; 2] {
    u16::try_from(value).expect("the tables are small").to_le_bytes()
}

/// The length of a trunk prefix and its digits, as text.
fn trunk(prefix: &str) -> [u8; 4] {
    let mut bytes = [u8::try_from(prefix.len()).expect("a trunk prefix is short"), 0, 0, 0];
    bytes[1..=prefix.len()].copy_from_slice(prefix.as_bytes());
    bytes
}

/// A bit for each length; a length of -1 says that there is none (`build_length_mask`).
fn lengths(lengths: &[i32]) -> u32 {
    lengths.iter().fold(0, |mask, length| if *length == -1 { 0 } else { mask | 1 << length })
}
