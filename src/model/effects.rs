//! What a statement does to others, in plain facts: which locks it holds, what it writes anew, what it loses.
//!
//! Hazards say what is dangerous, in words; this says the same for every statement, dangerous or not, so that
//! programs need not read words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::hazard::thing;

/// A lock on something that is there, held until the transaction ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The platform's own name for it, such as `ACCESS EXCLUSIVE`.
    pub mode: String,
    /// What is locked.
    pub on: Address,
    /// Estimated number of rows; absent where unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Estimated size in bytes; absent where unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Whether anybody who reads or writes rows has to wait for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hinders: bool,
}

/// What a statement does to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Effects {
    /// What it locks of what is there before the plan, but for locks that only keep others from dropping it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<Lock>,
    /// Whether it writes every row of something anew.
    pub rewrites: bool,
    /// Whether rows or values are gone afterwards.
    pub loses_data: bool,
    /// Whether a later plan can bring back what was.
    pub reversible: bool,
    /// Whether a failure later on in its batch takes it back.
    pub in_transaction: bool,
}

impl Default for Effects {
    /// Those of a statement that nobody notices.
    fn default() -> Self {
        Self {
            locks: Vec::new(),
            rewrites: false,
            loses_data: false,
            reversible: true,
            in_transaction: true,
        }
    }
}

impl Effects {
    /// Returns the mode of the lock on something, where there is one.
    #[must_use]
    pub fn mode(&self, on: &Address) -> Option<&str> {
        let mut locks = self.locks.iter();
        locks.find(|lock| lock.on == *on).map(|lock| &*lock.mode)
    }

    /// Says in a few words what others may notice; nothing where they notice nothing.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let locks = self.locks.iter().filter(|lock| lock.hinders);
        let mut parts: Vec<String> = locks
            .map(|lock| format!("{} on {}", lock.mode, thing(&lock.on)))
            .collect();
        let facts = [
            (self.rewrites, "writes every row anew"),
            (self.loses_data, "loses data"),
            (
                !self.reversible && !self.loses_data,
                "no later plan takes it back",
            ),
        ];
        let facts = facts.into_iter().filter(|(holds, _)| *holds);
        parts.extend(facts.map(|(_, words)| words.to_owned()));
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}
