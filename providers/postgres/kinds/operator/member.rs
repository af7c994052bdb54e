//! What classes and families of operators consist of: operators with strategy numbers, functions with
//! support numbers.
//!
//! A member belongs to a pair of types. Whether PostgreSQL keeps it with the class it was made with or
//! with the family alone follows from the access method (`amadjustmembers`): what an index cannot be
//! without is kept with the class and goes with it.

use model::Reference;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::references::{called_in, settle_called, with_arguments};
use crate::kinds::routine::{plain_type, plain_types};
use crate::naming::called;

/// An operator of a class or family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberOperator {
    /// What it does for the index: the strategy number of the access method.
    pub strategy: i64,
    /// The operator; of those with its name, the one for the type of the class.
    #[schemars(extend("x-reference" = ["operator"]), with = "String")]
    pub operator: Reference,
    /// The family of operators that sorts its results: it orders rows instead of finding them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["operator_family"]), with = "Option<String>")]
    pub order_by: Option<Reference>,
}

/// A function of a class or family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberFunction {
    /// What it does for the index: the support number of the access method.
    pub number: i64,
    /// The first type it is for; that of the class, or of its arguments, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// The second type it is for; the first one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<String>,
    /// The function, with the types of its arguments.
    #[schemars(extend("x-reference" = ["function"]), with = "String")]
    pub function: Reference,
}

impl MemberOperator {
    /// Returns the types of the operands.
    pub(crate) fn types(&self) -> (String, String) {
        pair(called(self.operator.0.name()).1)
    }

    pub(super) fn normalize(&mut self, of: Option<&str>) {
        if let Some(of) = of
            && !self.operator.0.name().contains('(')
        {
            let mut path = self.operator.0.path().to_vec();
            if let Some(name) = path.last_mut() {
                name.push_str(&format!("({of}, {of})"));
            }
            self.operator.0 = self.operator.0.sibling("operator", path);
        }
    }

    pub(super) fn written(&self) -> String {
        let (_, operands) = called(self.operator.0.name());
        let order = self
            .order_by
            .as_ref()
            .map(|family| format!(" for order by {}", crate::naming::written(&family.0)));
        format!(
            "operator {} {} {operands}{}",
            self.strategy,
            called_in(&self.operator),
            order.unwrap_or_default()
        )
    }

    /// Returns what tells it from other members.
    pub(super) fn place(&self) -> String {
        let (left, right) = self.types();
        format!("operator {} ({left}, {right})", self.strategy)
    }
}

impl MemberFunction {
    /// Returns the types it is for.
    pub(crate) fn types(&self, of: Option<&str>) -> (String, String) {
        let left = self.left.clone().or_else(|| of.map(str::to_owned));
        let left = left.unwrap_or_default();
        let right = self.right.clone().unwrap_or_else(|| left.clone());
        (left, right)
    }

    /// Says what types it is for where that is left open, as `assignProcTypes()` does, and leaves out
    /// what follows.
    pub(super) fn normalize(&mut self, method: &str, of: Option<&str>) {
        for text in self.left.iter_mut().chain(&mut self.right) {
            *text = plain_type(text);
        }
        if self.left.is_none() {
            let (_, arguments) = called(self.function.0.name());
            let inside = arguments.trim_start_matches('(').trim_end_matches(')');
            let types = plain_types(inside);
            let argument = |at: usize| types.get(at).cloned();
            let (left, right) = match (method, self.number) {
                ("btree", 1) => (argument(0), argument(1)),
                ("btree", 3) => (argument(0), argument(2)),
                ("hash", _) => (argument(0), argument(0)),
                _ => (None, None),
            };
            self.left = left.or_else(|| of.map(str::to_owned));
            self.right = self.right.take().or(right);
        }
        if self.right == self.left {
            self.right = None;
        }
        if self.right.is_none() && self.left.as_deref() == of {
            self.left = None;
        }
    }

    pub(super) fn written(&self, of: Option<&str>) -> String {
        format!("{} {}", self.place(of), with_arguments(&self.function))
    }

    /// Returns what tells it from other members.
    pub(super) fn place(&self, of: Option<&str>) -> String {
        let (left, right) = self.types(of);
        format!("function {} ({left}, {right})", self.number)
    }
}

/// Takes over which functions are meant where only their names are given.
pub(super) fn settle_functions(
    declared: &mut [MemberFunction],
    live: &[MemberFunction],
    of: Option<&str>,
) {
    for mine in declared {
        let same = live.iter().find(|one| one.place(of) == mine.place(of));
        if let Some(theirs) = same {
            settle_called(&mut mine.function, &theirs.function);
        }
    }
}

/// Takes the types in brackets apart.
fn pair(operands: &str) -> (String, String) {
    let inside = operands.trim_start_matches('(').trim_end_matches(')');
    let mut types = plain_types(inside).into_iter();
    let first = types.next().unwrap_or_default();
    (first, types.next().unwrap_or_default())
}

/// The support functions that an index of a method cannot be without (`GIST_CONSISTENT_PROC` and so
/// on), for the methods that know such.
fn required(method: &str) -> Option<&'static [i64]> {
    match method {
        "btree" | "hash" => Some(&[1]),
        "gist" => Some(&[1, 2, 5, 6, 7]),
        "gin" => Some(&[2, 3]),
        "spgist" => Some(&[1, 2, 3, 4, 5]),
        _ => None,
    }
}

/// Reports whether PostgreSQL keeps an operator of a class for type `of` with the family alone.
pub(crate) fn is_loose_operator(one: &MemberOperator, method: &str, of: &str) -> bool {
    match method {
        "btree" | "hash" => one.types() != (of.to_owned(), of.to_owned()),
        "gist" | "gin" | "spgist" => true,
        _ => false,
    }
}

/// Reports whether PostgreSQL keeps a function of a class for type `of` with the family alone.
pub(crate) fn is_loose_function(one: &MemberFunction, method: &str, of: &str) -> bool {
    let Some(required) = required(method) else {
        return false;
    };
    let crosses =
        matches!(method, "btree" | "hash") && one.types(Some(of)) != (of.to_owned(), of.to_owned());
    crosses || !required.contains(&one.number)
}
