//! Every command, as a person or a script would use it, on the embedded sandbox.

mod account;
mod check;
mod export;
mod groups;
mod import;
mod messages;
mod projects;
