//! One binary for all integration tests: a module per promise, one link.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod commands;
mod contacts;
mod docs;
mod doorkeeper;
mod exports;
mod groups;
mod jobs;
mod kill;
mod ledger;
mod lists;
mod memory;
mod moving;
mod numbers;
mod package;
mod pages;
mod plans;
mod promises;
mod provider;
mod relay;
mod reliability;
mod runs;
mod sandbox;
mod spread;
mod tables;
mod tools;
mod walls;
mod workdir;
