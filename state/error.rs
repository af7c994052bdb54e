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
}

impl Error {
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
        }
    }
}
