//! sandbox, from outside.
