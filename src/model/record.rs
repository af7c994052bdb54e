//! What is ours: one record per object, as the state keeps it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::change::Claim;
use crate::fingerprint::Fingerprint;
use crate::map::Map;

/// What is known of an object that is ours.
///
/// `live` and `claim.declared` are the two fingerprints: an object whose declaration and whose live
/// form are both as recorded needs no comparison at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Identity.
    pub address: Address,
    /// What was declared, and how.
    pub claim: Claim,
    /// Fingerprint of what the platform showed right after the last apply.
    pub live: Fingerprint,
    /// What the platform showed then; loaded only for objects that need it.
    #[serde(skip)]
    pub content: Option<Map>,
    /// Whether an apply that never finished meant to make it; it may or may not exist.
    #[serde(skip)]
    pub in_doubt: bool,
}

/// Everything that is ours.
pub type Records = BTreeMap<Address, Record>;
