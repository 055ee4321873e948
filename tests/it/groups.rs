//! groups, from outside.
