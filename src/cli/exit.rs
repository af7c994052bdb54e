//! What the exit code says. Nowhere else is one chosen.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Failed.
    Failed,
    /// There are differences, where the command is asked about them.
    Differs,
    /// Refused: policy, approval, protection, a stale plan.
    Refused,
    /// The command line itself was wrong.
    Usage,
    /// A bug in Estate.
    Bug,
}

impl Exit {
    /// Returns the number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Differs => 2,
            Self::Refused => 3,
            Self::Usage => 64,
            Self::Bug => 70,
        }
    }
}

impl Exit {
    /// Ends the process here and now.
    pub fn at_once(self) -> ! {
        std::process::exit(i32::from(self.code()))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
