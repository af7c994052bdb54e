//! Tablespaces: where on the server's disks files lie.
//!
//! They belong to the server, and are made and dropped outside of transactions.
//!
//! Source: PostgreSQL manual, CREATE TABLESPACE, ALTER TABLESPACE; `pg_tablespace`.

use std::collections::BTreeMap;

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::{self, Handle, redress};
use super::{GrantsMode, options};
use crate::acl::{Class, Privilege};
use crate::text::quote::{ident, literal};

/// A tablespace of the server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tablespace {
    /// Its folder on the server, which is there already and belongs to it. Fixed. Absent for one inside
    /// the data folder, which servers make only for tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Parameters, such as `random_page_cost`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
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

/// The tablespace of databases that say nothing else.
const USUAL: &str = "pg_default";

/// Settles the tablespace of an object.
pub(crate) fn settle(declared: &mut Option<String>, live: Option<&String>, with: &Settling<'_>) {
    settle_usual(declared, live, USUAL, with);
}

/// Takes over where a live object is, or how, where the declaration leaves it open, or says the usual, which
/// the catalog leaves out.
pub(super) fn settle_usual(
    declared: &mut Option<String>,
    live: Option<&String>,
    usual: &str,
    with: &Settling<'_>,
) {
    match declared.as_deref() {
        None if with.standing.exact && live.is_some() => *declared = Some(usual.to_owned()),
        None => *declared = live.cloned(),
        Some(said) if said == usual && live.is_none() => *declared = None,
        Some(_) => {}
    }
}

impl Kind for Tablespace {
    const NAME: &'static str = "tablespace";

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        options::normalize(&mut self.options);
        let name = at.address.name();
        if name.starts_with("pg_") {
            return vec![Problem::new(
                [],
                "reserved name",
                format!("PostgreSQL reserves the tablespace name `{name}`"),
            )];
        }
        Vec::new()
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        attached::settle_grants(
            Class::Tablespace,
            &mut self.grants,
            &mut self.privileges,
            (live.owner.as_ref(), &live.privileges),
            with,
        );
    }

    fn give_back(&mut self, with: &Settling<'_>) {
        attached::give_back(
            Class::Tablespace,
            self.owner.as_ref(),
            &mut self.privileges,
            with,
        );
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("tablespace", at.address);
        let owner = self
            .owner
            .as_ref()
            .map(|owner| format!(" owner {}", ident(owner.0.name())));
        let sql = format!(
            "create tablespace {}{} location {}{}",
            handle.name,
            owner.unwrap_or_default(),
            literal(self.location.as_deref().unwrap_or_default()),
            options::with(&self.options)
        );
        let mut statements = vec![Statement::new(sql).alone(at.address)];
        if self.comment.is_some() {
            statements.push(handle.comment(self.comment.as_deref()));
        }
        statements.extend(attached::grant_new(
            Class::Tablespace,
            self.owner.as_ref(),
            &self.privileges,
            at,
        ));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        if self.location != next.location {
            return Alter::replace("the location of a tablespace cannot be altered");
        }
        let handle = Handle::new("tablespace", at.address);
        let mut statements: Vec<_> = options::change(&self.options, &next.options)
            .iter()
            .map(|clause| handle.alter(clause))
            .collect();
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        statements.extend(attached::regrant(
            Class::Tablespace,
            (self.owner.as_ref(), &self.privileges),
            (next.owner.as_ref(), &next.privileges),
            at,
        ));
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![
            Handle::new("tablespace", at.address)
                .drop()
                .alone(at.address),
        ]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Some(vec![
            Handle::new("tablespace", at.address).rename(to.name()),
        ])
    }
}
