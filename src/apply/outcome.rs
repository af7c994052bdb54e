//! How an apply ended, in terms of the world: what is done and recorded, what is not.

use model::{Address, Statement, Wait};

use crate::audit::AuditResult;

/// Everything is done.
#[derive(Debug)]
pub struct Success {
    /// The number of this apply.
    pub serial: u64,
    /// What audits that only warn have found.
    pub warnings: Vec<AuditResult>,
}

/// What was going on when it failed.
#[derive(Debug)]
pub enum Stage {
    /// A statement of a step.
    Statement {
        /// The object.
        address: Address,
        /// The statement.
        statement: Box<Statement>,
    },
    /// An audit, whose rows say why.
    Audit(Box<AuditResult>),
    /// Waiting for something that does not end.
    Wait(Box<Wait>),
    /// Nothing: it was to stop.
    Stopped,
    /// Beginning, committing or recording a batch: nothing of it is done.
    Batch,
    /// Committing or recording a batch: all of it may be done.
    Commit,
}

/// Something failed.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Failure {
    /// The number of this apply; absent when not even its beginning could be written.
    pub serial: Option<u64>,
    /// What was going on.
    pub stage: Stage,
    /// Batches that are done and recorded.
    pub done: usize,
    /// Batches there are.
    pub all: usize,
    /// Whether the failed batch was taken back as a whole.
    pub taken_back: bool,
    /// Whether all is as it was before the apply.
    pub as_before: bool,
    /// Objects that are done and recorded.
    pub finished: Vec<Address>,
    /// What there is to see that could not be taken back, in words: the next apply does it.
    pub left: Vec<String>,
    /// Whether somebody has asked it to stop.
    pub is_stopped: bool,
    /// Why.
    #[source]
    pub error: Box<dyn std::error::Error + Send + Sync>,
}
