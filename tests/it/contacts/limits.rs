//! Whatever a record holds, memory stays flat and reading goes on behind it.
