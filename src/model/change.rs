//! What happens to one object.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::declaration::DeclarationId;
use crate::fingerprint::Fingerprint;
use crate::map::Map;

/// What happens to an object as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Action {
    /// It is made.
    Create,
    /// It is altered where it stands.
    Update,
    /// It is dropped and made again.
    Replace {
        /// Why altering is not possible, one reason each.
        because: Vec<String>,
    },
    /// It is dropped.
    Delete {
        /// Why it goes.
        because: String,
    },
    /// It is live as declared and will be recorded as ours.
    Adopt,
    /// It will no longer be recorded as ours; nothing happens to it.
    Forget {
        /// Why it is forgotten.
        because: String,
    },
}

impl Action {
    /// Reports whether anything on the platform changes.
    #[must_use]
    pub fn touches_platform(&self) -> bool {
        match self {
            Self::Create | Self::Update | Self::Replace { .. } | Self::Delete { .. } => true,
            Self::Adopt | Self::Forget { .. } => false,
        }
    }

    /// Returns the symbol people know: `+`, `~`, `-/+`, `-`, `.`; nothing for an adoption.
    #[must_use]
    pub fn symbol(&self) -> &'static str {
        match self {
            Self::Create => "+",
            Self::Update => "~",
            Self::Replace { .. } => "-/+",
            Self::Delete { .. } => "-",
            Self::Adopt => "",
            Self::Forget { .. } => ".",
        }
    }
}

/// What will be written down about an object that is ours, beside what it looks like live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The declaration.
    pub id: DeclarationId,
    /// Fingerprint of what was declared.
    pub declared: Fingerprint,
    /// Whether the object must never be dropped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prevent_destroy: bool,
    /// Whether the object itself is declared nowhere, and only `share` is ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Attributes of which only what was declared is ours and others may add to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, crate::value::Value>>")]
    pub share: Option<Map>,
    /// What was declared that the platform does not show, such as the query that filled a table.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(with = "std::collections::BTreeMap<String, crate::value::Value>")]
    pub kept: Map,
}

/// Another name for a part of an object that has no address of its own, such as a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartRename {
    /// The block that declares it, such as `column`.
    pub kind: String,
    /// Its name now.
    pub from: String,
    /// Its next name.
    pub to: String,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The object, under its present name.
    pub address: Address,
    /// The declaration, where it is or was declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<DeclarationId>,
    /// What happens.
    pub action: Action,
    /// The name it has now, where a declared rename gives it another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Address>,
    /// Parts of it that a declared rename gives other names, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartRename>,
    /// The name it is recorded under, where that is another: it lies in something that is renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Address>,
    /// The name under which an `import` block takes it over; absent where none does, or it is ours already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importing: Option<String>,
    /// Live attributes; absent when there is no live object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, crate::value::Value>>")]
    pub before: Option<Map>,
    /// Desired attributes; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, crate::value::Value>>")]
    pub after: Option<Map>,
    /// Attributes that somebody changed on the platform since the last apply; for display only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<String>,
    /// What is recorded when it is done; absent when the record is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
}

impl Change {
    /// Reports whether it says more than a record does: it changes a platform, or takes over what a
    /// person named.
    #[must_use]
    pub fn is_substantial(&self) -> bool {
        self.action.touches_platform() || self.importing.is_some()
    }
}

/// The part of a change that a step carries out.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// An object that runs by itself is kept from it.
    Suspend,
    /// The object gets its new name.
    Rename,
    /// Parts that stand in the way of others are taken away, such as defaults.
    Loosen,
    /// The old form is taken away.
    Drop,
    /// The new form is brought about.
    Build,
    /// Parts that had to wait for others are given back.
    Finish,
    /// An object that runs by itself becomes what it is to be, and runs again where it should.
    Resume,
}
