//! Shell types: names of types that are yet to be defined.
//!
//! Functions may take and return one, and nothing else can be done with it: it has no privileges that could be
//! granted, and it cannot be renamed. One that a definition fills is no
//! object of its own any more, see [`super::shell`].
//!
//! Source: PostgreSQL manual, CREATE TYPE ("shell type"); `pg_type.typisdefined`.

use model::{Reference, Statement};
use provider::{Alter, At, Kind, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::attached::{Handle, dress, redress};

/// A shell type: the name of a type that is yet to be defined.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShellType {
    /// Its owner; left alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Kind for ShellType {
    const NAME: &'static str = "shell_type";
    const NAMESPACE: &'static str = super::NAMESPACE;
    const WITHIN: Option<Within> = Some(crate::kinds::IN_SCHEMA);
    const REBUILDABLE: bool = true;

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("type", at.address);
        let mut statements = vec![Statement::new(format!("create type {}", handle.name))];
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        Alter::in_place(redress(
            &Handle::new("type", at.address),
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ))
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new("type", at.address).drop()]
    }
}
