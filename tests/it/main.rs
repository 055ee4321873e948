//! One binary for all integration tests: a module per promise, one link.

mod contacts;
mod groups;
mod numbers;
mod sandbox;
mod tables;
