//! The sandbox and the client, held against what the provider publishes: its clients, its document, and the bodies as we
//! know them.

mod clients;
mod recorder;
mod schema;
mod traffic;

use std::path::PathBuf;

use crate::tools::{root, skipped};

/// The provider's own document, where somebody has put it: it is not ours to give away.
fn document() -> Option<PathBuf> {
    let beside = || root().parent().map(|parent| parent.join("shared/api/openapi-2021.yaml"));
    let named = std::env::var_os("ROLLCALL_TEST_OPENAPI").map(PathBuf::from);
    let found = named.or_else(beside).filter(|path| path.is_file());
    if found.is_none() {
        skipped("ROLLCALL_TEST_OPENAPI names no file; nothing was held against the provider's document");
    }
    found
}
