//! `rollcall.toml`: profiles and named jobs, through the real binary.

mod profiles;
mod running;
mod setting_up;
