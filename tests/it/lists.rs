//! Lists that say who is not to be written to, who is to be removed, and who may have been meant.

mod actions;
mod explaining;
mod memory;
mod promise;
mod suppression;
