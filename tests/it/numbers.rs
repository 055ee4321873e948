//! numbers, from outside.
