//! Foreign servers: where data lies that is elsewhere.
//!
//! Source: PostgreSQL manual, CREATE SERVER; `pg_foreign_server`.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options::{self, Plain, Secrets};
use crate::acl::{Class, Privilege};
use crate::kinds::attached::{self, Handle, dress, redress};
use crate::kinds::{GrantsMode, IN_DATABASE};
use crate::naming::written;
use crate::text::quote::literal;

/// A foreign server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForeignServer {
    /// The wrapper that reaches it.
    #[schemars(extend("x-reference" = ["foreign_data_wrapper"]), with = "String")]
    pub wrapper: Reference,
    /// A type, for the wrapper. Fixed.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub server_type: Option<String>,
    /// A version, for the wrapper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Options that the wrapper knows, such as `host` and `dbname`.
    #[serde(default, skip_serializing_if = "Plain::is_empty")]
    pub options: Plain,
    /// Options that are secrets. Stored and shown nowhere.
    #[serde(default, skip_serializing_if = "Secrets::is_empty")]
    #[schemars(
        extend("additionalProperties" = {"type": "string", "x-secret": true}),
        with = "Plain"
    )]
    pub secret_options: Secrets,
    /// Its owner; left alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether grants are exactly what the files say, or others may add to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// Who may do what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-derived" = true))]
    pub privileges: Vec<Privilege>,
}

impl Kind for ForeignServer {
    const NAME: &'static str = "foreign_server";
    const WITHIN: Option<Within> = Some(IN_DATABASE);
    const REBUILDABLE: bool = true;

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        options::problems(&self.options, &self.secret_options)
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        attached::settle_grants(
            Class::ForeignServer,
            &mut self.grants,
            &mut self.privileges,
            (live.owner.as_ref(), &live.privileges),
            with,
        );
    }

    fn give_back(&mut self, with: &Settling<'_>) {
        attached::give_back(
            Class::ForeignServer,
            self.owner.as_ref(),
            &mut self.privileges,
            with,
        );
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("server", at.address);
        let mut sql = format!("create server {}", handle.name);
        for (word, value) in [("type", &self.server_type), ("version", &self.version)] {
            if let Some(value) = value {
                sql.push_str(&format!(" {word} {}", literal(value)));
            }
        }
        sql.push_str(&format!(
            " foreign data wrapper {}",
            written(&self.wrapper.0)
        ));
        let mut statements = vec![options::with(
            sql,
            &self.options,
            &self.secret_options,
            at.address,
        )];
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements.extend(attached::grant_new(
            Class::ForeignServer,
            self.owner.as_ref(),
            &self.privileges,
            at,
        ));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        if self.wrapper != next.wrapper {
            return Alter::replace("the wrapper of a foreign server cannot be altered");
        }
        if self.server_type != next.server_type {
            return Alter::replace("the type of a foreign server cannot be altered");
        }
        let handle = Handle::new("server", at.address);
        let mut statements = Vec::new();
        if self.version != next.version {
            let version = next.version.as_deref().map_or("null".to_owned(), literal);
            statements.push(handle.alter(&format!("version {version}")));
        }
        statements.extend(options::change(
            &format!("alter server {}", handle.name),
            (&self.options, &self.secret_options),
            (&next.options, &next.secret_options),
            at.address,
        ));
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        statements.extend(attached::regrant(
            Class::ForeignServer,
            (self.owner.as_ref(), &self.privileges),
            (next.owner.as_ref(), &next.privileges),
            at,
        ));
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new("server", at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Handle::new("server", at.address).renamed(at.address, to)
    }
}
