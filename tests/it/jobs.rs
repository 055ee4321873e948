//! `rollcall.toml`: profiles and named jobs, through the real binary.

mod beside;
mod fortnight;
mod listener;
mod profiles;
mod running;
mod setting_up;
mod told;
mod unattended;
mod unchanged;
