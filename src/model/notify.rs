//! Who is told how runs end.

use std::collections::BTreeSet;

use crate::secret::Secret;

/// What somebody is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Occasion {
    /// An apply ended well.
    Applied,
    /// A run failed.
    Failed,
    /// Something is not as the last apply left it.
    Drift,
    /// A plan for a protected environment was saved.
    ApprovalNeeded,
}

impl Occasion {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Applied,
        Self::Failed,
        Self::Drift,
        Self::ApprovalNeeded,
    ];

    /// Returns its word: `approval_needed`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Failed => "failed",
            Self::Drift => "drift",
            Self::ApprovalNeeded => "approval_needed",
        }
    }
}

/// How somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// An incoming webhook of Slack.
    Slack,
    /// JSON to any url.
    Webhook,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Slack, Self::Webhook];

    /// Returns its word: `slack`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Webhook => "webhook",
        }
    }
}

/// Who is told of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notify {
    /// How.
    pub way: Way,
    /// Its name.
    pub name: String,
    /// Where.
    pub url: Secret,
    /// Of what.
    pub on: BTreeSet<Occasion>,
    /// What a message leads to, where the files say so.
    pub link: Option<String>,
}
