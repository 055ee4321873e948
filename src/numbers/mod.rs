//! Turns a phone cell and its region into one [`Msisdn`], or into a [`Rejection`] with an honest reason.
//!
//! Receives the bytes of one cell and a [`RowRegion`]; yields verdicts. Knows nothing of files, rows or groups.
//! The only room that may use the phone-number library.

mod candidates;
mod cell;
mod census;
mod described;
mod engine;
mod extension;
mod glance;
mod hidden;
mod joined;
mod library;
mod meanings;
mod msisdn;
mod normalizer;
mod ordinary;
mod outline;
pub mod packing;
mod parts;
mod policy;
mod reading;
mod region;
mod region_names;
mod region_reader;
mod rejection;
mod rules;
mod set;
mod single;
pub mod tables;
mod types;

pub use census::Census;
pub use described::{METADATA_VERSION, calling_code, describe, international_format, national_format};
pub use engine::{Length, Number, Parsed, Source, parse};
pub use msisdn::{Msisdn, MsisdnError};
pub use normalizer::{Normalizer, Verdict};
pub use policy::{Extension, Letters, Level, Multiple, PlusLess, Policy};
pub use reading::{Mark, Marks, Reading};
pub use region::{Region, RowRegion};
pub use rejection::{Reason, Rejection};
pub use set::NumberSet;
pub use types::NumberType;
