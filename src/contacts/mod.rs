//! Reads contact lists.
