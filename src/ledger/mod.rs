//! What rollcall remembers on this machine: runs and what became of them, who was in an audience when it was last read,
//! who has left it, and who works on what right now.
//!
//! Receives what happened; yields it again. Knows nothing of HTTP, of files to read or of people to ask, and decides
//! nothing: whether someone has left, or a chunk may be repeated, is for others to say. Everything in here may hold
//! numbers, so that folders are 0700 and files 0600, and `Debug` hides them.
//!
//! # The order of writing
//!
//! It follows from the promise that a run killed at any instant and resumed ends like one that was not:
//!
//! 1. [`Ledger::begin_run`], then [`Ledger::plan_run`]: all plans and chunks of a run are stored at once, before its
//!    first request. Killed before: nothing was sent, and there is nothing to resume.
//! 2. [`Ledger::intend_creation`] before a group is asked for, [`Ledger::settle_creation`] when its id is known. Killed
//!    in between: the group is looked for before it is asked for again.
//! 3. [`Ledger::intend`] before a chunk leaves, [`Ledger::settle`] before anything relies on its outcome. Killed in
//!    between: the chunk is `sent` without an outcome, and the members are read before it is sent again.
//!    [`Ledger::set_aside`] and [`Ledger::split`] before what is left of a refused chunk leaves.
//! 4. [`Ledger::remember`] when the members were read back: baseline, leavers and the mark that the run's changes are
//!    in the baseline, at once. Killed before: [`Ledger::changes_since_baseline`] still tells whom we added and
//!    removed, so that nobody of those is taken for a leaver or a joiner.
//! 5. [`Ledger::end_run`].
//!
//! Each call is one transaction: when it has returned, what it wrote survives the process and the power; when it has
//! failed, or never returned, nothing of it is there. A call costs one `fsync`, so that a chunk costs two, and now and
//! then two more when the log is carried over into the file.
//!
//! # The file
//!
//! `ledger.sqlite`, in the state folder. It has a write-ahead log (`-wal`, and `-shm` to share its index): a reader
//! never waits for a writer nor a writer for a reader, and a commit is one `fsync` where a rollback journal takes
//! three. `synchronous=FULL`, because an intent that the power took would be a request that nobody knows of.
//! `secure_delete`, so that what is deleted is overwritten. Whatever the database needs for a moment stays in memory,
//! not in a file elsewhere. The file is made under another name and moved into its place: a ledger that is empty is a
//! damaged one, never a new one. Sets of numbers carry a checksum, as the database itself checks none of its contents.
//! A file that was cut off is refused when it is opened; [`Ledger::check`] looks at everything.

mod audiences;
mod cells;
mod chunks;
mod effect;
mod error;
mod forget;
mod homes;
mod inputs;
mod keep;
mod leavers;
mod lock;
mod plans;
mod runs;
mod schema;
mod sets;
mod sightings;
mod state;
mod store;
mod trace;
mod whole;

pub use audiences::{Audience, AudienceFigures, Baseline, Look};
pub use chunks::{ChunkState, Outcome, Phase, Refusal, StoredChunk};
pub use effect::Effect;
pub use error::{LedgerError, LedgerErrorClass};
pub use forget::Forgotten;
pub use homes::Homes;
pub use inputs::{Input, InputRole};
pub use keep::DEFAULT_KEEP;
pub use leavers::{How, Leaver};
pub use lock::{GroupLock, Holds, JobLock, LockError};
pub use plans::{ChunkId, Creation, NewPlan, Note, PlanId, StoredPlan};
pub use runs::{NewRun, Reach, Run, RunFilter, RunId, RunState};
pub use state::{HalfWritten, RunFolder, StateError, StateFolder};
pub use store::Ledger;
pub use trace::{Deed, Mention, Origin, Sighting, Trace};
