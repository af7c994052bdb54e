//! Classes of operators: how an access method works with a type.
//!
//! A class belongs to a family, which has its name unless the declaration says otherwise and is made
//! and dropped along with it. Members that PostgreSQL keeps with the family are moved there before
//! anything is compared (`complete::families`).
//!
//! Source: PostgreSQL manual, CREATE OPERATOR CLASS, ALTER OPERATOR CLASS; `pg_opclass`.

use model::{Address, Body, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::family::{handle, relocate};
use super::member::settle_functions;
use super::{MemberFunction, MemberOperator, text_of};
use crate::kinds::attached::{dress, redress};
use crate::kinds::references::with_method;
use crate::kinds::routine::plain_type;
use crate::naming::{INDEX_METHODS, in_usual_case, names_in, written};

/// A class of operators: how an access method works with a type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorClass {
    /// The type it is for, with its schema.
    #[serde(rename = "type")]
    pub data_type: String,
    /// The access method it is for: `btree`, `hash`, `gist` and others.
    pub using: String,
    /// Whether indexes take it for the type where nothing says which one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    /// The family it belongs to; one of its own name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["operator_family"]), with = "Option<String>")]
    pub family: Option<Reference>,
    /// Its operators.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "plain"))]
    pub operator: Vec<MemberOperator>,
    /// Its functions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "plain"))]
    pub function: Vec<MemberFunction>,
    /// The type that an index stores, where that is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<String>,
    /// Its owner; left alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

const KEYWORD: &str = "operator class";

impl OperatorClass {
    /// Brings members into an order of their own.
    pub(crate) fn sort(&mut self) {
        let of = self.data_type.clone();
        self.operator.sort_by_key(MemberOperator::place);
        self.function.sort_by_key(|one| one.place(Some(&of)));
    }

    fn define(&self, at: &At<'_>) -> Statement {
        let of = Some(self.data_type.as_str());
        let operators = self.operator.iter().map(MemberOperator::written);
        let functions = self.function.iter().map(|one| one.written(of));
        let mut items: Vec<_> = operators.chain(functions).collect();
        if let Some(storage) = &self.storage {
            items.push(format!("storage {storage}"));
        } else if items.is_empty() {
            // There must be something, and this says nothing.
            items.push(format!("storage {}", self.data_type));
        }
        let default = if self.default { "default " } else { "" };
        let family = self.family.as_ref();
        let family = family.map(|family| format!(" family {}", written(&family.0)));
        let sql = format!(
            "create operator class {} {default}for type {} using {}{} as\n  {}",
            written(at.address),
            self.data_type,
            crate::text::quote::ident(&self.using),
            family.unwrap_or_default(),
            items.join(",\n  ")
        );
        Statement::new(sql).names_in(names_in(at.address))
    }
}

impl Kind for OperatorClass {
    const NAME: &'static str = "operator_class";
    const WITHIN: Option<Within> = Some(crate::kinds::IN_SCHEMA);
    const REBUILDABLE: bool = true;

    fn signature(body: &Body) -> Option<String> {
        let using = text_of(body, "using").unwrap_or_default();
        Some(in_usual_case(using, &INDEX_METHODS))
    }

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        self.using = in_usual_case(&self.using, &INDEX_METHODS);
        self.data_type = plain_type(&self.data_type);
        let of = self.data_type.clone();
        self.storage = self.storage.take().map(|text| plain_type(&text));
        self.storage = self.storage.take().filter(|text| *text != of);
        for one in &mut self.operator {
            one.normalize(Some(&of));
            if let Some(family) = &mut one.order_by {
                with_method(family, "btree");
            }
        }
        for one in &mut self.function {
            one.normalize(&self.using, Some(&of));
        }
        if let Some(family) = &mut self.family {
            with_method(family, &self.using);
        }
        self.sort();
        Vec::new()
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        let of = self.data_type.clone();
        settle_functions(&mut self.function, &live.function, Some(&of));
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = handle(KEYWORD, at.address, &self.using);
        let mut statements = vec![self.define(at)];
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let definition = |one: &Self| Self {
            owner: None,
            comment: None,
            ..one.clone()
        };
        if definition(self) != definition(next) {
            return Alter::replace("the definition of an operator class cannot be altered");
        }
        Alter::in_place(redress(
            &handle(KEYWORD, at.address, &self.using),
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ))
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![handle(KEYWORD, at.address, &self.using).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        relocate(KEYWORD, &self.using, at.address, to)
    }
}
