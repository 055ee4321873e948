//! Compiles the library's metadata into the tables that `numbers::tables` walks.
//!
//! Receives nothing but the metadata that the phone-number library carries; yields the bytes of `tables.bin`, the
//! same for the same metadata. Knows nothing of how the tables are walked: the layout of the bytes is the contract
//! between the two, and it is written down in [`blob`].

#![expect(clippy::indexing_slicing, reason = "a wrong index must stop the generator")]

mod blob;
mod forest;
mod metadata;
mod pattern;
mod plan;
mod prefix;

use std::fmt;

use blob::{Blob, CodeRow, RegionRow};
use forest::Forest;

/// The finished tables and what they hold.
pub(crate) struct Compiled {
    /// The content of `tables.bin`.
    pub(crate) bytes: Vec<u8>,
    nodes: usize,
    sinks: usize,
    labels: usize,
    actions: usize,
}

impl fmt::Display for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, nodes, sinks, labels, actions } = self;
        write!(f, "{nodes} states ({sinks} of them final), {labels} labels, {actions} prefix actions, ")?;
        write!(f, "{} bytes", bytes.len())
    }
}

/// Compiles the metadata of the linked library.
///
/// # Panics
/// When the metadata holds something that the tables have no place for: better here than a wrong number later.
pub(crate) fn compile() -> Compiled {
    let metadata = metadata::read();
    let mut forest = Forest::default();
    let mut labels = plan::Labels::default();
    let mut actions = prefix::Actions::default();
    let mut patterns = pattern::Cache::default();
    let (mut codes, mut regions) = (Vec::new(), Vec::new());
    for code in &metadata {
        let root = plan::Plan::new(&code.regions, &mut patterns).unfold(&mut forest, &mut labels);
        codes.push(CodeRow { calling_code: code.calling_code, root, regions: code.regions.len() });
        for numbering in &code.regions {
            let mut unfold = |pattern: &Option<String>, rule: &str| {
                prefix::unfold(pattern.as_deref(), rule, &mut forest, &mut actions)
            };
            regions.push(RegionRow {
                name: &numbering.name,
                trunk: &numbering.trunk,
                idd: unfold(&numbering.idd, ""),
                national_prefix: unfold(&numbering.national_prefix, &numbering.transform),
                possible: &numbering.general.possible,
                local_only: &numbering.general.local_only,
            });
        }
    }
    let roots = codes.iter().map(|code| code.root);
    let order = forest.order(roots.chain(regions.iter().flat_map(|region| [region.idd, region.national_prefix])));
    let blob = Blob { codes: &codes, regions: &regions, labels: labels.rows(), actions: actions.rows(), order: &order };
    Compiled {
        bytes: blob.bytes(),
        nodes: order.nodes.len(),
        sinks: order.sinks,
        labels: labels.rows().len(),
        actions: actions.rows().len(),
    }
}
