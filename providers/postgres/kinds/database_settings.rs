//! Settings of one role in one database.
//!
//! People write them on the role. They are objects of their own because they stand on both: the owner
//! of a database, which is made before it, often has settings in it. Nobody declares objects of this
//! kind.
//!
//! Source: PostgreSQL manual, ALTER ROLE; `pg_db_role_setting`.

use std::collections::BTreeMap;

use model::{Address, Edge, Object, Statement};
use provider::{Alter, At, Kind, encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::settings;
use crate::text::quote::ident;

/// The settings of a role in a database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSettings {
    /// Configuration for sessions of the role in the database, by parameter.
    pub settings: BTreeMap<String, String>,
}

/// Makes the object for a role and a database.
pub(crate) fn object(role: &Address, database: &str, settings: BTreeMap<String, String>) -> Object {
    let address = role.sibling(DatabaseSettings::NAME, [database, role.name()]);
    let mut object = Object::new(address, encode(&DatabaseSettings { settings }));
    object.edges.insert(Edge::to(role.clone()));
    object
        .edges
        .insert(Edge::to(role.sibling("database", [database])));
    object.attached = Some(role.clone());
    object
}

impl DatabaseSettings {
    fn change(&self, next: &Self, at: &At<'_>) -> Vec<Statement> {
        let alter = format!(
            "alter role {} in database {}",
            ident(at.address.name()),
            ident(at.address.part(0))
        );
        settings::change(&alter, &self.settings, &next.settings)
    }
}

impl Kind for DatabaseSettings {
    const NAME: &'static str = "database_settings";
    const INTERNAL: bool = true;
    // They go with the role and with the database.
    const OUTLIVES: &'static [&'static str] = &["role", "database"];

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        Self::default().change(self, at)
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        Alter::in_place(self.change(next, at))
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        self.change(&Self::default(), at)
    }
}
