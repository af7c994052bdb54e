//! What is ours: which objects, how they were declared, what they looked like after the last apply.
//!
//! State is a fold of a journal. Before a batch runs, what it means to make is written down; after
//! it ran, what it made. A store keeps the folded records beside the journal, so that loading does
//! not cost more the longer a project lives. What an apply meant to make and never reported is *in
//! doubt*: it counts as ours, and the next plan looks at what is really there.
//!
//! A store that lies in the platform itself writes the outcome of a batch in the same transaction as
//! the batch, so that the two cannot disagree.

mod document;
mod documents;
mod entry;
mod error;
mod file;
mod objects;
mod realm;
mod replay;
mod storage;
mod store;
#[cfg(test)]
mod tests;

pub use document::file_schema;
pub use documents::{DocumentStore, Place};
pub use entry::{
    AuditOutcome, AuditRecord, Audited, Begun, Brought, Done, Ended, Entry, Failed, Intended,
    Leftover, Outcome, Put, StepOutcome, StepRecord,
};
pub use error::Error;
pub use file::{FilePlace, FileStore};
pub use objects::{ObjectPlace, ObjectStore};
pub use realm::{Holder, Realm, now, who};
pub use replay::{Unfit, replay};
pub use store::{
    BoxFuture, Loaded, Lock, NO_STATE, Others, Recorded, Renamed, Store, VersionSummary,
};

/// The version of the stored format that this tool writes.
pub const FORMAT: u32 = 1;
