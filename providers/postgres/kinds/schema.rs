//! Schemas.
//!
//! Source: PostgreSQL manual, CREATE SCHEMA; `pg_namespace`.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::GrantsMode;
use super::attached::{self, Handle};
use crate::acl::{Class, Privilege};
use crate::text::quote::ident;

/// What PostgreSQL says about the schema `public` of a new database.
pub(crate) const USUAL_COMMENT: &str = "standard public schema";

/// A schema of a database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Schema {
    /// Its owner; left alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether grants are exactly what the files say, or others may add to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// Who may do what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-derived" = true))]
    pub privileges: Vec<Privilege>,
}

impl Kind for Schema {
    const NAME: &'static str = "schema";
    const WITHIN: Option<Within> = Some(Within {
        attribute: "database",
        kinds: &["database"],
        required: false,
        kept: false,
    });

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        let name = at.address.name();
        if name.starts_with("pg_") || name == "information_schema" {
            return vec![Problem::new(
                [],
                "reserved name",
                format!("PostgreSQL reserves the schema name `{name}`"),
            )];
        }
        if name == crate::store::SCHEMA {
            return vec![Problem::new(
                [],
                "reserved name",
                format!("Estate keeps its own state in a schema called `{name}`"),
            )];
        }
        Vec::new()
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        attached::settle_grants(
            Class::of_schema(with.address.name()),
            &mut self.grants,
            &mut self.privileges,
            (live.owner.as_ref(), &live.privileges),
            with,
        );
    }

    fn give_back(&mut self, with: &Settling<'_>) {
        attached::give_back(
            Class::Schema,
            self.owner.as_ref(),
            &mut self.privileges,
            with,
        );
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("schema", at.address);
        let owner = self
            .owner
            .as_ref()
            .map(|owner| format!(" authorization {}", ident(owner.0.name())))
            .unwrap_or_default();
        let create = format!("create schema {}{owner}", handle.name);
        let mut statements = vec![Statement::new(create)];
        if at.address.name() == "public" {
            // A database that was made again has one, empty and with other privileges.
            statements.insert(0, Statement::new("drop schema if exists public"));
        }
        if self.comment.is_some() || at.address.name() == "public" {
            let comment = self.comment.as_deref().unwrap_or(USUAL_COMMENT);
            statements.push(handle.comment(Some(comment)));
        }
        let (owner, privileges) = (self.owner.as_ref(), &self.privileges);
        let class = Class::of_schema(at.address.name());
        statements.extend(attached::grant_new(class, owner, privileges, at));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let handle = Handle::new("schema", at.address);
        let mut statements = Vec::new();
        if let Some(owner) = next.owner.as_ref().filter(|_| next.owner != self.owner) {
            statements.push(handle.owner(owner));
        }
        if next.comment != self.comment {
            let usual = (at.address.name() == "public").then_some(USUAL_COMMENT);
            statements.push(handle.comment(next.comment.as_deref().or(usual)));
        }
        statements.extend(attached::regrant(
            Class::of_schema(at.address.name()),
            (self.owner.as_ref(), &self.privileges),
            (next.owner.as_ref(), &next.privileges),
            at,
        ));
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new("schema", at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        (at.address.part(0) == to.part(0))
            .then(|| vec![Handle::new("schema", at.address).rename(to.name())])
    }
}
