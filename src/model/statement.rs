//! Text that a platform will run, with what it endangers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::hazard::Hazard;

/// A place in a statement that a secret takes when it runs.
///
/// The statement itself holds only the marker, so plans, logs and errors never hold the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretUse {
    /// The text in the statement that is replaced.
    pub marker: String,
    /// The object the secret belongs to.
    pub address: Address,
    /// The attribute that holds it; where that is a map, with a dot and the name in the map.
    pub attribute: String,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The text, without a semicolon at its end.
    pub sql: String,
    /// What it endangers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hazards: Vec<Hazard>,
    /// Whether it must run outside a transaction.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
    /// Where unqualified names in it are looked up, first to last; empty where it has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names_in: Vec<String>,
    /// Secrets to put in when it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretUse>,
}

impl Statement {
    /// Makes a statement that may share a transaction and endangers nothing.
    #[must_use]
    pub fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            hazards: Vec::new(),
            alone: false,
            names_in: Vec::new(),
            secrets: Vec::new(),
        }
    }

    /// Adds a danger.
    #[must_use]
    pub fn hazard(mut self, hazard: Hazard) -> Self {
        self.hazards.push(hazard);
        self
    }

    /// Says that what it does to `on` cannot be part of a transaction.
    #[must_use]
    pub fn alone(mut self, on: &Address) -> Self {
        self.alone = true;
        let on = on.clone();
        self.hazards.push(Hazard::OutsideTransaction { on });
        self
    }

    /// Says where unqualified names are looked up.
    #[must_use]
    pub fn names_in(mut self, schemas: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.names_in = schemas.into_iter().map(Into::into).collect();
        self
    }
}
