//! Transforms: how values of a type go into functions of a language, and come out.
//!
//! A transform has no name: it is that of a type for a language.
//!
//! Source: PostgreSQL manual, CREATE TRANSFORM; `pg_transform`.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::comment_on;
use super::foreign::wrapper::settle_function;
use super::references::called_in;
use super::routine::plain_type;
use crate::naming::written;

/// A transform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transform {
    /// The language.
    #[schemars(extend("x-reference" = ["language"]), with = "String")]
    pub language: Reference,
    /// The type, with its schema unless it is one of PostgreSQL.
    #[serde(rename = "type")]
    pub data_type: String,
    /// The function that values go in through: it takes and returns `internal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub from_sql: Option<Reference>,
    /// The function that values come out through: it takes `internal` and returns the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub to_sql: Option<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Transform {
    /// Returns `transform for TYPE language LANGUAGE`.
    fn called(&self) -> String {
        let language = written(&self.language.0);
        format!("transform for {} language {language}", self.data_type)
    }

    fn define(&self, verb: &str) -> Statement {
        let functions = [("from", &self.from_sql), ("to", &self.to_sql)];
        let clauses: Vec<_> = functions
            .into_iter()
            .filter_map(|(way, function)| {
                let name = called_in(function.as_ref()?);
                Some(format!("{way} sql with function {name}(internal)"))
            })
            .collect();
        Statement::new(format!("{verb} {} ({})", self.called(), clauses.join(", ")))
    }
}

impl Kind for Transform {
    const NAME: &'static str = "transform";
    const WITHIN: Option<Within> = Some(Within {
        attribute: "language",
        kinds: &["language"],
        required: true,
        kept: true,
    });
    const NAMED_BY: Option<&'static str> = Some("type");
    const REBUILDABLE: bool = true;

    fn path(parent: Option<&Address>, name: &str) -> Vec<String> {
        let mut path = parent
            .map(|parent| parent.path().to_vec())
            .unwrap_or_default();
        path.push(plain_type(name));
        path
    }

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        self.data_type = plain_type(&self.data_type);
        let mut problems = Vec::new();
        if self.from_sql.is_none() && self.to_sql.is_none() {
            problems.push(Problem::new(
                [],
                "unclear transform",
                "this must have `from_sql`, `to_sql` or both",
            ));
        }
        problems
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        settle_function(&mut self.from_sql, &live.from_sql);
        settle_function(&mut self.to_sql, &live.to_sql);
    }

    fn create(&self, _at: &At<'_>) -> Vec<Statement> {
        let mut statements = vec![self.define("create")];
        if self.comment.is_some() {
            statements.push(comment_on(&self.called(), self.comment.as_deref()));
        }
        statements
    }

    fn alter(&self, next: &Self, _at: &At<'_>) -> Alter {
        let mut statements = Vec::new();
        if (&self.from_sql, &self.to_sql) != (&next.from_sql, &next.to_sql) {
            statements.push(next.define("create or replace"));
        }
        if self.comment != next.comment {
            statements.push(comment_on(&next.called(), next.comment.as_deref()));
        }
        Alter::in_place(statements)
    }

    fn remove(&self, _at: &At<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("drop {}", self.called()))]
    }
}
