//! Files, folders and globs, read as one list.
