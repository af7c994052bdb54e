//! What goes wrong with state.

/// A failure of a store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A newer Estate wrote it.
    #[error("the state in {place} was written by a newer Estate (format {format})")]
    Newer {
        /// Where it lies.
        place: String,
        /// Its format.
        format: u32,
    },
    /// It is not what a store writes.
    #[error("the state in {place} is damaged: {reason}")]
    Damaged {
        /// Where it lies.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It cannot be read or written.
    #[error("the state in {place} cannot be {verb}")]
    Unreachable {
        /// Where it lies.
        place: String,
        /// `read` or `written`.
        verb: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It cannot be what it is asked to be.
    #[error("state cannot be kept in {place}: {reason}")]
    Unsuitable {
        /// Where it should lie.
        place: String,
        /// Why not.
        reason: String,
    },
    /// Somebody else took the lock and may have written.
    #[error("the lock on the state in {place} was lost to {to}")]
    LockLost {
        /// Where it lies.
        place: String,
        /// Who has it now.
        to: String,
    },
}

impl Error {
    /// Says that what lies at a place is no text.
    pub(crate) fn no_text(place: String) -> Self {
        Self::Damaged {
            place,
            reason: "it is not text".to_owned(),
        }
    }

    /// Says what is wrong, and why where that is known.
    #[must_use]
    pub fn with_cause(&self) -> String {
        match std::error::Error::source(self) {
            Some(cause) => format!("{self}: {cause}"),
            None => self.to_string(),
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Newer { .. } => "Use the version of Estate that wrote it, or a later one.",
            Self::Damaged { .. } => {
                "Restore it from a copy. Without one, `estate state recover` puts it aside, and what is declared \
                 and live becomes ours again."
            }
            Self::Unreachable { .. } => "Make it reachable and run the command again.",
            Self::Unsuitable { .. } => {
                "Name a bucket of S3, Google Cloud Storage, Azure, or of a server that speaks like them and knows \
                 conditional writes."
            }
            Self::LockLost { .. } => {
                "This one was silent for too long, or `estate unlock` took its lock. What it changed last is not \
                 recorded; `estate plan` sees what is there."
            }
        }
    }
}
