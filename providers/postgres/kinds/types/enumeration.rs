//! Enums.
//!
//! A value that is added goes to its place. PostgreSQL neither drops nor moves values, so that takes a
//! new type: the old one makes room for it, every column moves over by the words of its values, and then
//! the old one goes.
//!
//! Source: PostgreSQL manual, CREATE TYPE, ALTER TYPE; `pg_enum`.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{goes_alone, like_every_type, succeeds};
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
    /// Values that get another word: `{ sad = "blue" }`, from the former to the present one. Rows keep
    /// them. It may be left there when it is done.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub renamed: BTreeMap<String, String>,
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

    /// Returns the values that get another word, and the word: those that are there and are to go, for
    /// others that are not there and are to come.
    fn renames<'a>(&'a self, next: &'a Self) -> Vec<(&'a String, &'a String)> {
        let moves = |old: &String, new: &String| {
            let (here, there) = (&self.values, &next.values);
            here.contains(old) && !there.contains(old) && there.contains(new) && !here.contains(new)
        };
        let all = next.renamed.iter();
        all.filter(|(old, new)| moves(old, new)).collect()
    }

    /// Returns its values once those that get another word have it.
    fn with_renamed(&self, next: &Self) -> Vec<String> {
        let renames = self.renames(next);
        let present = |value: &String| {
            let mut renames = renames.iter();
            let found = renames.find(|(old, _)| *old == value);
            found.map_or(value, |(_, new)| new).clone()
        };
        self.values.iter().map(present).collect()
    }

    /// Reports whether the next form has all values of this one, in the same order.
    fn can_become(&self, next: &Self) -> bool {
        let here = self.with_renamed(next);
        let mut kept = next.values.iter().filter(|value| here.contains(value));
        here.iter().all(|value| kept.next() == Some(value))
    }

    /// What is done is said no more.
    fn settle_rest(&mut self, live: &Self, _with: &provider::Settling<'_>) {
        let renames = live.renames(self).into_iter();
        self.renamed = renames
            .map(|(old, new)| (old.clone(), new.clone()))
            .collect();
    }

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
        if !self.can_become(next) {
            return Err("values of an enum can be added, but neither dropped nor moved");
        }
        let mut statements = Vec::new();
        for (old, new) in self.renames(next) {
            let rename = format!("rename value {} to {}", literal(old), literal(new));
            statements.push(handle.alter(&rename));
        }
        let here = self.with_renamed(next);
        for (position, value) in next.values.iter().enumerate() {
            if here.contains(value) {
                continue;
            }
            let place = match position.checked_sub(1) {
                Some(before) => format!("after {}", literal(&next.values[before])),
                None => match here.first() {
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
    const MAKES_ROOM: bool = true;

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut words = BTreeSet::new();
        for (old, new) in &self.renamed {
            let reason = if self.values.contains(old) {
                format!("`{old}` is still among the values")
            } else if !self.values.contains(new) {
                format!("`{new}` is not among the values")
            } else if !words.insert(new) {
                format!("two values become `{new}`")
            } else {
                continue;
            };
            problems.push(Problem::new(["renamed"], "impossible new word", reason));
        }
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

    succeeds!();

    like_every_type!();
}
