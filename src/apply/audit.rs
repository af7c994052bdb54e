//! Running an audit: before a batch becomes permanent, or by itself.

use std::time::{Duration, Instant};

use model::{Address, Audit, duration};
use provider::{Error, ErrorKind, Rows, Session};
use state::{AuditOutcome, AuditRecord};

/// How many rows of an audit are shown.
const SHOWN_ROWS: usize = 10;

/// What an audit has found.
#[derive(Debug)]
pub struct AuditResult {
    /// The audit.
    pub name: String,
    /// The object it is about.
    pub on: Address,
    /// Whether a row stops an apply.
    pub blocks: bool,
    /// The rows that should not be there, the first few of them.
    pub rows: Rows,
    /// How long it took.
    pub took: Duration,
    /// Why it could not be run.
    pub error: Option<Error>,
}

impl AuditResult {
    /// Returns what it came to.
    #[must_use]
    pub fn outcome(&self) -> AuditOutcome {
        match (&self.error, self.rows.found) {
            (Some(_), _) => AuditOutcome::Broken,
            (None, 0) => AuditOutcome::Passed,
            (None, _) if self.blocks => AuditOutcome::Failed,
            (None, _) => AuditOutcome::Warned,
        }
    }

    /// Returns what is written down of it.
    #[must_use]
    pub fn record(&self) -> AuditRecord {
        AuditRecord {
            audit: self.name.clone(),
            on: self.on.clone(),
            outcome: self.outcome(),
            found: self.rows.found,
            took_ms: u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            error: self.error.as_ref().map(ToString::to_string),
        }
    }
}

/// Runs an audit in the transaction that is open.
pub async fn audit(session: &mut dyn Session, audit: &Audit) -> AuditResult {
    let began = Instant::now();
    let found = session.query(&audit.query, SHOWN_ROWS).await;
    let (rows, error) = match found {
        Ok(rows) => (rows, None),
        Err(error) => (Rows::default(), Some(in_words(audit, error))),
    };
    AuditResult {
        name: audit.name.clone(),
        on: audit.on.clone(),
        blocks: audit.blocks,
        rows,
        took: began.elapsed(),
        error,
    }
}

/// Says of an audit that took too long which one it was.
fn in_words(audit: &Audit, error: Error) -> Error {
    let limit = audit.query.timeout_ms.map(Duration::from_millis);
    match (error.kind, limit) {
        (ErrorKind::TimedOut, Some(limit)) => Error::new(
            ErrorKind::TimedOut,
            format!(
                "audit `{}` took longer than {}",
                audit.name,
                duration::write(limit)
            ),
        )
        .help("Make its query faster, or give it more time with `timeout`."),
        _ => error,
    }
}
