//! How a change runs: so that nobody waits for long, or all of it at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which of two ways of doing the same is taken, where there are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// In several transactions, none of which holds a lock for long.
    Online,
    /// In one transaction with everything else, for a short maintenance window.
    Direct,
}

impl Strategy {
    /// The words for them.
    pub const WORDS: [&'static str; 2] = ["online", "direct"];

    /// Returns the one with a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "online" => Some(Self::Online),
            "direct" => Some(Self::Direct),
            _ => None,
        }
    }
}

/// When a statement runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// With everything else.
    #[default]
    Main,
    /// After everything else is permanent, and after what comes before it in its step.
    Later,
    /// Like [`Turn::Later`], in a transaction of its own.
    Apart,
}
