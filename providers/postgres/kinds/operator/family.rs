//! Families of operators: what classes of one access method have in common.
//!
//! Source: PostgreSQL manual, CREATE OPERATOR FAMILY, ALTER OPERATOR FAMILY; `pg_opfamily`, `pg_amop`,
//! `pg_amproc`.

use model::{Address, Body, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::member::settle_functions;
use super::{MemberFunction, MemberOperator, text_of};
use crate::kinds::attached::{Handle, dress, redress};
use crate::kinds::references::with_method;
use crate::naming::{INDEX_METHODS, in_usual_case, names_in, written};

/// A family of operators, with what belongs to none of its classes alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorFamily {
    /// The access method it is for: `btree`, `hash`, `gist` and others.
    pub using: String,
    /// Its operators that belong to none of its classes, such as those between two types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "plain"))]
    pub operator: Vec<MemberOperator>,
    /// Its functions that belong to none of its classes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "plain"))]
    pub function: Vec<MemberFunction>,
    /// Its owner; left alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Returns how a class or family is named in statements: its name and its access method.
pub(super) fn handle(keyword: &'static str, address: &Address, using: &str) -> Handle {
    Handle {
        keyword,
        name: format!(
            "{} using {}",
            written(address),
            crate::text::quote::ident(using)
        ),
    }
}

/// Returns the statements that give a class or family another schema or another name.
pub(super) fn relocate(
    keyword: &'static str,
    using: &str,
    from: &Address,
    to: &Address,
) -> Option<Vec<Statement>> {
    handle(keyword, from, using).relocate(from, to)
}

impl OperatorFamily {
    /// Makes one without members.
    pub(crate) fn of(using: &str) -> Self {
        Self {
            using: using.to_owned(),
            operator: Vec::new(),
            function: Vec::new(),
            owner: None,
            comment: None,
        }
    }

    /// Brings members into an order of their own.
    pub(crate) fn sort(&mut self) {
        self.operator.sort_by_key(MemberOperator::place);
        self.function.sort_by_key(|one| one.place(None));
    }

    fn members(&self) -> Vec<(String, String)> {
        let operators = self.operator.iter().map(|one| (one.place(), one.written()));
        let functions = self
            .function
            .iter()
            .map(|one| (one.place(None), one.written(None)));
        operators.chain(functions).collect()
    }

    fn add(handle: &Handle, members: &[String], at: &At<'_>) -> Option<Statement> {
        (!members.is_empty()).then(|| {
            let add = format!("add\n  {}", members.join(",\n  "));
            handle.alter(&add).names_in(names_in(at.address))
        })
    }
}

impl Kind for OperatorFamily {
    const NAME: &'static str = "operator_family";
    const WITHIN: Option<Within> = Some(crate::kinds::IN_SCHEMA);

    fn signature(body: &Body) -> Option<String> {
        let using = text_of(body, "using").unwrap_or_default();
        Some(in_usual_case(using, &INDEX_METHODS))
    }

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        self.using = in_usual_case(&self.using, &INDEX_METHODS);
        let mut problems = Vec::new();
        for one in &mut self.operator {
            one.normalize(None);
            if !one.operator.0.name().contains('(') {
                problems.push(
                    Problem::new(
                        ["operator"],
                        "unclear operator",
                        format!("`{}` does not say its types", one.operator.0.name()),
                    )
                    .help("Write them behind its name, as in `app.<(integer, bigint)`."),
                );
            }
            if let Some(family) = &mut one.order_by {
                with_method(family, "btree");
            }
        }
        for one in &mut self.function {
            one.normalize(&self.using, None);
            if one.left.is_none() {
                problems.push(Problem::new(
                    ["function"],
                    "unclear function",
                    "`left` must say what type it is for",
                ));
            }
        }
        self.sort();
        problems
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        settle_functions(&mut self.function, &live.function, None);
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = handle("operator family", at.address, &self.using);
        let mut statements = vec![Statement::new(format!(
            "create operator family {}",
            handle.name
        ))];
        let members: Vec<_> = self.members().into_iter().map(|(_, text)| text).collect();
        statements.extend(Self::add(&handle, &members, at));
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let handle = handle("operator family", at.address, &self.using);
        let (old, new) = (self.members(), next.members());
        let gone: Vec<_> = old
            .iter()
            .filter(|member| !new.contains(member))
            .map(|(place, _)| place.clone())
            .collect();
        let added: Vec<_> = new
            .iter()
            .filter(|member| !old.contains(member))
            .map(|(_, text)| text.clone())
            .collect();
        let mut statements = Vec::new();
        if !gone.is_empty() {
            statements.push(handle.alter(&format!("drop\n  {}", gone.join(",\n  "))));
        }
        statements.extend(Self::add(&handle, &added, at));
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![handle("operator family", at.address, &self.using).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        relocate("operator family", &self.using, at.address, to)
    }
}
