//! Casts from one type to another.
//!
//! A cast has no name and stands in no schema: its two types are what it is called. The label of its
//! block is for references alone.
//!
//! Source: PostgreSQL manual, CREATE CAST; `pg_cast`.

use model::{Body, Content, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::Handle;
use super::references::{settle_called, with_arguments};
use super::routine::{is_default, plain_type};
use crate::naming::written;

/// How a value becomes one of the other type where no function does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Its text is read as a value of the other type.
    Inout,
    /// Its bytes are a value of the other type.
    Binary,
}

/// Where a cast is made without being asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    /// Nowhere.
    #[default]
    Explicit,
    /// Where a value goes into a column.
    Assignment,
    /// Everywhere.
    Implicit,
}

/// A cast: how values of one type become values of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cast {
    /// The type it takes, with its schema.
    pub source: String,
    /// The type it gives, with its schema.
    pub target: String,
    /// The function that does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub function: Option<Reference>,
    /// How it is done without a function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// Where it is made without being asked for. `explicit` by default.
    #[serde(default, skip_serializing_if = "is_default")]
    pub context: Context,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Returns the name of a cast.
pub(crate) fn name(source: &str, target: &str) -> String {
    format!("{source} as {target}")
}

impl Cast {
    fn handle(at: &At<'_>) -> Handle {
        Handle {
            keyword: "cast",
            name: written(at.address),
        }
    }
}

impl Kind for Cast {
    const NAME: &'static str = "cast";
    const WITHIN: Option<Within> = Some(Within {
        attribute: "database",
        kinds: &["database"],
        required: false,
        kept: false,
    });
    const BY_CONTENTS: bool = true;
    const REBUILDABLE: bool = true;

    fn own_name(body: &Body) -> Option<String> {
        let text = |name: &str| {
            let mut all = body.attributes.iter();
            all.find_map(|one| match &one.value.content {
                Content::Text(text) if one.name == name => Some(plain_type(text)),
                _ => None,
            })
        };
        Some(name(&text("source")?, &text("target")?))
    }

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        self.source = plain_type(&self.source);
        self.target = plain_type(&self.target);
        if self.function.is_some() == self.method.is_some() {
            return vec![
                Problem::new(
                    [],
                    "unclear cast",
                    "this must have either `function` or `method`",
                )
                .help(
                    "Name the function, or say `method = \"inout\"` to go by texts or \
                         `method = \"binary\"` where the bytes are the same.",
                ),
            ];
        }
        Vec::new()
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        if let (Some(mine), Some(theirs)) = (&mut self.function, &live.function) {
            settle_called(mine, theirs);
        }
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Self::handle(at);
        let how = match (&self.function, self.method) {
            (Some(function), _) => format!("with function {}", with_arguments(function)),
            (None, Some(Method::Inout)) => "with inout".to_owned(),
            (None, _) => "without function".to_owned(),
        };
        let context = match self.context {
            Context::Explicit => "",
            Context::Assignment => " as assignment",
            Context::Implicit => " as implicit",
        };
        let mut statements = vec![Statement::new(format!(
            "create cast {} {how}{context}",
            handle.name
        ))];
        if self.comment.is_some() {
            statements.push(handle.comment(self.comment.as_deref()));
        }
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let definition = |one: &Self| Self {
            comment: None,
            ..one.clone()
        };
        if definition(self) != definition(next) {
            return Alter::replace("the definition of a cast cannot be altered");
        }
        let mut statements = Vec::new();
        if self.comment != next.comment {
            statements.push(Self::handle(at).comment(next.comment.as_deref()));
        }
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Self::handle(at).drop()]
    }
}
