//! `rollcall.toml`: profiles and named jobs, through the real binary.

mod profiles;
