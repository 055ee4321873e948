//! contacts, from outside.
