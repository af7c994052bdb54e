//! Why a command did not do what was asked, in a form that decides the exit code.

use model::{Diagnostic, Finding, Sources};

use crate::exit::Exit;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The files are wrong.
    Diagnostics {
        /// What they point into.
        sources: Sources,
        /// What is wrong, warnings included.
        diagnostics: Vec<Diagnostic>,
    },
    /// The plan must not be carried out as it is.
    Findings(Vec<Finding>),
    /// A platform failed.
    Platform(provider::Error),
    /// The state failed.
    State(state::Error),
    /// An apply failed on its way.
    Apply {
        /// How.
        failure: Box<apply::Failure>,
        /// Where the files declare what it was about, as `main.hcl:12`.
        declared: Option<String>,
    },
    /// Anything else.
    Other(Plain),
}

/// A failure in words.
#[derive(Debug, Clone)]
pub struct Plain {
    /// How the command ends.
    pub exit: Exit,
    /// Stable name, such as `cli::stale_plan`.
    pub code: &'static str,
    /// What is wrong, in a sentence without a period.
    pub message: String,
    /// Further facts, one each.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
}

impl Plain {
    /// Makes a failure.
    #[must_use]
    pub fn failed(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            code,
            message: message.into(),
            notes: Vec::new(),
            help: None,
        }
    }

    /// Makes a refusal.
    #[must_use]
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Refused,
            ..Self::failed(code, message)
        }
    }

    /// Makes a complaint about the command line.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            ..Self::failed("cli::usage", message)
        }
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Findings that protect something, and so refuse rather than fail.
const REFUSALS: [&str; 3] = [
    "plan::policy",
    "plan::prevent_destroy",
    "plan::replaces_foreign",
];

impl Failure {
    /// Returns how the command ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Findings(findings) => {
                let mut errors = findings
                    .iter()
                    .filter(|one| one.severity == model::Severity::Error);
                if errors.all(|finding| REFUSALS.contains(&finding.code.as_str())) {
                    Exit::Refused
                } else {
                    Exit::Failed
                }
            }
            Self::Other(plain) => plain.exit,
            Self::Diagnostics { .. } | Self::Platform(_) | Self::State(_) | Self::Apply { .. } => {
                Exit::Failed
            }
        }
    }
}

impl From<provider::Error> for Failure {
    fn from(error: provider::Error) -> Self {
        Self::Platform(error)
    }
}

impl From<state::Error> for Failure {
    fn from(error: state::Error) -> Self {
        Self::State(error)
    }
}

impl From<Plain> for Failure {
    fn from(plain: Plain) -> Self {
        Self::Other(plain)
    }
}
