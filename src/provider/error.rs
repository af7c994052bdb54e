//! What fails for reasons outside the tool.

use std::fmt;

use serde::Serialize;

/// What sort of failure it is, so that callers know what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The same attempt would fail again.
    Permanent,
    /// The same attempt may succeed later: a lock, a collision with somebody else.
    Retryable,
    /// The login may not do it.
    NotPermitted,
    /// It ran longer than it was given time for.
    TimedOut,
    /// The platform does not answer.
    Unreachable,
    /// The platform, or its version, cannot do it.
    Unsupported,
}

/// A failure of a platform, told so that the person concerned can act on it.
#[derive(Debug)]
pub struct Error {
    /// Sort of failure.
    pub kind: ErrorKind,
    /// What failed, in a sentence without a period.
    pub message: String,
    /// Further facts from the platform, one each.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// The platform's own code, such as an SQLSTATE.
    pub code: Option<String>,
    /// Where in the statement, in characters from zero.
    pub position: Option<usize>,
    /// What lies beneath.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Makes a failure.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            notes: Vec::new(),
            help: None,
            code: None,
            position: None,
            source: None,
        }
    }

    /// Adds a fact; an empty one is left out.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        let note = note.into();
        if !note.is_empty() {
            self.notes.push(note);
        }
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Puts what was being done in front of the message.
    #[must_use]
    pub fn during(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
