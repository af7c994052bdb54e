//! Reports of versions, what differs between them, and what they kept.

use std::collections::BTreeSet;

use model::{Map, Value};
use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT;

/// What was kept of rows and columns that went.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SnapshotsReport {
    /// Version of this format.
    pub format: u32,
    /// The snapshots, oldest first.
    pub snapshots: Vec<provider::Snapshot>,
}

/// One apply.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ShownVersion {
    /// Version of this format.
    pub format: u32,
    /// Who, when, which plan, how it ended.
    pub version: state::VersionSummary,
    /// The statements that ran, in order.
    pub steps: Vec<state::StepRecord>,
}

/// How what was managed after two applies differs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DiffReport {
    /// Version of this format.
    pub format: u32,
    /// The version that is looked at.
    pub version: u64,
    /// The one it is compared with.
    pub other: u64,
    /// Objects that differ, by address.
    pub objects: Vec<ObjectDiff>,
}

/// How an object differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// The other version does not have it.
    Added,
    /// Only the other version has it.
    Removed,
    /// Both have it.
    Changed,
}

/// One object that differs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ObjectDiff {
    /// Identity: provider/kind/qualified name.
    pub address: model::Address,
    /// Its qualified name.
    pub name: String,
    /// Where the files declared it.
    pub declaration: String,
    /// How it differs.
    pub what: Difference,
    /// The attributes that do.
    pub attributes: Vec<AttributeDiff>,
}

/// One attribute that differs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AttributeDiff {
    /// Its name.
    pub name: String,
    /// Its value in the other version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// Its value in the version that is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

impl DiffReport {
    /// Compares what was managed after two versions.
    #[must_use]
    pub fn of(
        (version, now): (u64, &state::Recorded),
        (other, before): (u64, &state::Recorded),
    ) -> Self {
        let addresses: BTreeSet<_> = now.keys().chain(before.keys()).collect();
        let objects = addresses.into_iter().filter_map(|address| {
            let (before, after) = (before.get(address), now.get(address));
            let what = match (before, after) {
                (None, _) => Difference::Added,
                (_, None) => Difference::Removed,
                _ => Difference::Changed,
            };
            let claim = &after.or(before)?.claim;
            let empty = Map::new();
            let content = |put: Option<&state::Put>| put.map_or(&empty, |put| &put.content).clone();
            let (old, new) = (content(before), content(after));
            let attributes: Vec<_> = plan::differing(&old, &new)
                .into_iter()
                .map(|name| AttributeDiff {
                    before: old.get(&name).cloned(),
                    after: new.get(&name).cloned(),
                    name,
                })
                .collect();
            let differs = what != Difference::Changed || !attributes.is_empty();
            differs.then(|| ObjectDiff {
                address: address.clone(),
                name: address.qualified_name(),
                declaration: claim.id.to_string(),
                what,
                attributes,
            })
        });
        Self {
            format: FORMAT,
            version,
            other,
            objects: objects.collect(),
        }
    }
}
