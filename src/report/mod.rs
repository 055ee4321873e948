//! Tells what happened: as it happens ([`Event`]), and when it is over ([`Report`], for scripts and for people).
//!
//! Receives events and figures; yields text. Knows nothing of how things happen, and prints nothing itself.

mod event;
mod explained;
mod figures;
mod forgotten;
mod history;
mod pace;
mod page;
mod summary;
mod terminal_text;
mod warnings;

pub use event::{Event, Events};
pub use explained::explained;
pub use figures::{
    BrakeReport, DetectionReport, Figures, FileReport, GroupReport, LimitReport, MemberReport, MovedReport, Report,
    RequestReport, RowReport, SuppressionReport,
};
pub use forgotten::ForgottenReport;
pub use history::History;
pub use pace::{Pace, PaceReport, PaceSlice};
pub use page::page;
pub use summary::{counted, summary};
pub use terminal_text::escaped;
pub use warnings::warnings;
