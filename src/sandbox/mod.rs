//! The Groups API on this machine.
