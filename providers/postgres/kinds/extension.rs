//! Extensions.
//!
//! What belongs to an extension is never an object of its own: it comes and goes with it.
//!
//! Source: PostgreSQL manual, CREATE EXTENSION; `pg_extension`.

use model::{Address, Reference, Statement, Value};
use provider::{Alter, At, Kind, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::Handle;
use super::default_privileges::births;
use crate::text::quote::{ident, literal};

/// The note of a live extension: the comment that it brings along, where the server has it.
pub(crate) const GIVEN_COMMENT: &str = "given_comment";

/// An extension installed in a database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Extension {
    /// The schema its objects are in; left to the extension when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["schema"]), with = "Option<String>")]
    pub schema: Option<Reference>,
    /// Its version; the newest when it is made, and then left alone, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether extensions it needs are installed along with it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cascade: bool,
    /// Words about it; those that it brings along when absent, and none when empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Kind for Extension {
    const NAME: &'static str = "extension";
    const WITHIN: Option<Within> = Some(Within {
        attribute: "database",
        kinds: &["database"],
        required: false,
        kept: false,
    });

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        self.cascade = false;
        if self.version.is_none() {
            self.version.clone_from(&live.version);
        }
        let given = with.facts.notes.get(GIVEN_COMMENT).and_then(Value::as_text);
        let usual = given.map(str::to_owned).or_else(|| live.comment.clone());
        let said = self.comment.take().or(usual);
        self.comment = said.filter(|text| !text.is_empty());
        if self.schema.is_none() {
            self.schema.clone_from(&live.schema);
        }
    }

    fn companions(&self, at: &At<'_>) -> Vec<Address> {
        vec![births(at.address)]
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("extension", at.address);
        let mut sql = format!("create extension {}", handle.name);
        if let Some(schema) = &self.schema {
            sql.push_str(&format!(" schema {}", ident(schema.0.name())));
        }
        if let Some(version) = &self.version {
            sql.push_str(&format!(" version {}", literal(version)));
        }
        if self.cascade {
            sql.push_str(" cascade");
        }
        // One that names no schema itself goes into the first of these.
        let mut statements = vec![Statement::new(sql).names_in(vec!["public".to_owned()])];
        if self.comment.is_some() {
            statements.push(handle.comment(self.comment.as_deref()));
        }
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let handle = Handle::new("extension", at.address);
        let mut statements = Vec::new();
        if let Some(version) = next
            .version
            .as_ref()
            .filter(|_| next.version != self.version)
        {
            statements.push(handle.alter(&format!("update to {}", literal(version))));
        }
        if let Some(schema) = next.schema.as_ref().filter(|_| next.schema != self.schema) {
            statements.push(handle.alter(&format!("set schema {}", ident(schema.0.name()))));
        }
        if next.comment != self.comment {
            statements.push(handle.comment(next.comment.as_deref()));
        }
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new("extension", at.address).drop()]
    }
}
