//! Enums.
//!
//! A value that is added goes to its place. PostgreSQL neither drops nor moves values, so that takes a
//! new type.
//!
//! Source: PostgreSQL manual, CREATE TYPE, ALTER TYPE; `pg_enum`.

use model::{Reference, Statement};
use provider::{Alter, At, Kind, Problem, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{goes_alone, like_every_type};
use crate::acl::Privilege;
use crate::kinds::GrantsMode;
use crate::kinds::attached::Handle;
use crate::text::quote::literal;

/// A type whose values are words in an order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Enum {
    /// Its values, the smallest first.
    pub values: Vec<String>,
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

impl Enum {
    const WORD: &'static str = "type";

    goes_alone!();

    #[expect(clippy::unused_self, reason = "other types have more to settle")]
    fn settle_rest(&mut self, _live: &Self) {}

    fn define(&self, name: &str, _at: &At<'_>) -> Vec<Statement> {
        let values: Vec<_> = self.values.iter().map(|value| literal(value)).collect();
        vec![Statement::new(format!(
            "create type {name} as enum ({})",
            values.join(", ")
        ))]
    }

    fn redefine(
        &self,
        next: &Self,
        handle: &Handle,
        at: &At<'_>,
    ) -> Result<Vec<Statement>, &'static str> {
        let mut kept = next
            .values
            .iter()
            .filter(|value| self.values.contains(value));
        if !self.values.iter().all(|value| kept.next() == Some(value)) {
            return Err("values of an enum can be added, but neither dropped nor moved");
        }
        let mut statements = Vec::new();
        for (position, value) in next.values.iter().enumerate() {
            if self.values.contains(value) {
                continue;
            }
            let place = match position.checked_sub(1) {
                Some(before) => format!("after {}", literal(&next.values[before])),
                None => match self.values.first() {
                    Some(first) => format!("before {}", literal(first)),
                    None => String::new(),
                },
            };
            let add = format!("add value {} {place}", literal(value));
            // Nothing in the same transaction could use it.
            statements.push(handle.alter(add.trim_end()).alone(at.address));
        }
        Ok(statements)
    }
}

impl Kind for Enum {
    const NAME: &'static str = "enum";
    const NAMESPACE: &'static str = super::NAMESPACE;
    const WITHIN: Option<Within> = Some(crate::kinds::IN_SCHEMA);

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (at, value) in self.values.iter().enumerate() {
            if self.values[..at].contains(value) {
                problems.push(Problem::new(
                    ["values"],
                    "two equal values",
                    format!("`{value}` is there twice"),
                ));
            }
            problems.extend(
                // An empty text is a value like any other.
                crate::naming::problem(value)
                    .filter(|_| !value.is_empty())
                    .map(|problem| Problem::new(["values"], "impossible value", problem)),
            );
        }
        problems
    }

    like_every_type!();
}
