//! User mappings: as whom a role works on a foreign server.
//!
//! A mapping has no name: it belongs to a role, or to everybody, on a server. Its options can be seen
//! only by the owner of the server and superusers; where the login sees none, what was applied last
//! counts as being there.
//!
//! Source: PostgreSQL manual, CREATE USER MAPPING; `pg_user_mappings`.

use model::{Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options::{self, Plain, Secrets};
use crate::naming::written;
use crate::text::quote::ident;

/// A user mapping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserMapping {
    /// The foreign server.
    #[schemars(extend("x-reference" = ["foreign_server"]), with = "String")]
    pub server: Reference,
    /// Whose mapping it is: a role, or `"public"` for everybody who has none.
    #[schemars(extend("x-reference" = ["role"]), with = "String")]
    pub role: Reference,
    /// Options that the wrapper knows, such as `user`.
    #[serde(default, skip_serializing_if = "Plain::is_empty")]
    pub options: Plain,
    /// Options that are secrets, such as `password`. Stored and shown nowhere.
    #[serde(default, skip_serializing_if = "Secrets::is_empty")]
    #[schemars(
        extend("additionalProperties" = {"type": "string", "x-secret": true}),
        with = "Plain"
    )]
    pub secret_options: Secrets,
}

/// The note that says that the login may not see the options.
pub(crate) const UNSEEN: &str = "unseen_options";

impl UserMapping {
    /// Returns `user mapping for ROLE server SERVER`.
    fn called(&self) -> String {
        let role = match self.role.0.name() {
            "public" => "public".to_owned(),
            name => ident(name),
        };
        format!("user mapping for {role} server {}", written(&self.server.0))
    }
}

impl Kind for UserMapping {
    const NAME: &'static str = "user_mapping";
    const WITHIN: Option<Within> = Some(Within {
        attribute: "server",
        kinds: &["foreign_server"],
        required: true,
        kept: true,
    });
    const NAMED_BY: Option<&'static str> = Some("role");

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        options::problems(&self.options, &self.secret_options)
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        if with.standing.declared_unchanged && with.facts.notes.contains_key(UNSEEN) {
            self.options.clone_from(&live.options);
            self.secret_options.clone_from(&live.secret_options);
        }
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let sql = format!("create {}", self.called());
        vec![options::with(
            sql,
            &self.options,
            &self.secret_options,
            at.address,
        )]
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        if at.facts.notes.contains_key(UNSEEN) {
            // Which options are there to be set is not known.
            let mut statements = self.remove(at);
            statements.extend(next.create(at));
            return Alter::in_place(statements);
        }
        let change = options::change(
            &format!("alter {}", self.called()),
            (&self.options, &self.secret_options),
            (&next.options, &next.secret_options),
            at.address,
        );
        Alter::in_place(change.into_iter().collect())
    }

    fn remove(&self, _at: &At<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("drop {}", self.called()))]
    }
}
