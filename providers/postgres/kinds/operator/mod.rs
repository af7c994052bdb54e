//! Operators, and the families and classes that say what they mean to an index.
//!
//! An operator is told from others of its name by the types of its operands, which belong to its name:
//! `===(integer, text)`, `@@(none, integer)` for one with a right operand only. Its commutator and its
//! negator are made with it as shells, until they are made themselves, so neither must come first.
//!
//! Source: PostgreSQL manual, CREATE OPERATOR, ALTER OPERATOR; `pg_operator`.

pub mod class;
pub mod family;
mod member;

use model::{Address, Body, Content, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::member::{MemberFunction, MemberOperator};
pub(crate) use self::member::{is_loose_function, is_loose_operator};
use super::attached::{Handle, dress, redress};
use super::references::{called_in, settle_called};
use super::routine::plain_type;
use super::table::texts;
use crate::naming::{called, names_in};
use crate::text::quote::{ident, literal};

/// An operator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// The type of its left operand, with its schema; it has none when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// The type of its right operand, with its schema.
    pub right: String,
    /// The function that does it.
    #[schemars(extend("x-reference" = ["function"]), with = "String")]
    pub function: Reference,
    /// The operator that gives the same with its operands exchanged, with its schema where that is
    /// another; left alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commutator: Option<String>,
    /// The operator that gives the opposite, with its schema where that is another; left alone when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negator: Option<String>,
    /// The function that estimates how many rows satisfy it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub restrict: Option<Reference>,
    /// The function that estimates how many pairs of rows of two tables satisfy it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub join: Option<Reference>,
    /// Whether it can be used for hash joins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hashes: bool,
    /// Whether it can be used for merge joins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub merges: bool,
    /// Its owner; left alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What a live operator notes: its commutator and its negator where nobody has made them, as SQL names them.
pub(crate) const SHELLS: &str = "shells";

/// Returns the statement that drops what was only ever named, unless somebody has made it meanwhile.
/// Otherwise it would stand on its schema and the types of its operands, and nothing shows it.
fn drop_shell(name: &str) -> Statement {
    let text = literal(name);
    Statement::new(format!(
        "\
do $shell$
begin
  if exists (select from pg_operator where oid = to_regoperator({text}) and oprcode = 0) then
    drop operator {name};
  end if;
end
$shell$"
    ))
}

/// Writes the name of another operator as attributes have it: without the schema where that is `own`.
pub(crate) fn relative(schema: &str, mark: &str, own: &str) -> String {
    if schema == own {
        mark.to_owned()
    } else {
        format!("{}.{mark}", ident(schema))
    }
}

/// Returns the schema and the mark of an operator that attributes of one in schema `own` name.
pub(crate) fn resolved(text: &str, own: &str) -> (String, String) {
    let text = text.trim();
    match text.rsplit_once('.') {
        Some((schema, mark)) => {
            let parts = crate::naming::split(schema).unwrap_or_default();
            let schema = parts.into_iter().next_back().unwrap_or_default();
            (schema, mark.to_owned())
        }
        None => (own.to_owned(), text.to_owned()),
    }
}

/// Says what is wrong with the mark that an operator is called by, if anything is.
fn problem(mark: &str) -> Option<String> {
    const MARKS: &str = "+-*/<>=~!@#%^&|`?";
    if mark.is_empty() || !mark.chars().all(|c| MARKS.contains(c)) {
        return Some(format!("an operator is made of the characters {MARKS}"));
    }
    if mark.contains("--") || mark.contains("/*") {
        return Some("`--` and `/*` begin a comment".to_owned());
    }
    if mark == "!=" {
        return Some("PostgreSQL reads `!=` as `<>`; declare that".to_owned());
    }
    if mark == "=>" {
        return Some("`=>` is syntax of PostgreSQL".to_owned());
    }
    let ends_badly = mark.len() > 1 && mark.ends_with(['+', '-']);
    (ends_badly && !mark.contains(['~', '!', '@', '#', '%', '^', '&', '|', '`', '?'])).then(|| {
        "an operator that ends in `+` or `-` must have one of ~ ! @ # % ^ & | ` ? in it".to_owned()
    })
}

fn text_of<'a>(body: &'a Body, name: &str) -> Option<&'a str> {
    let mut all = body.attributes.iter();
    all.find_map(|one| match &one.value.content {
        Content::Text(text) if one.name == name => Some(text.as_str()),
        _ => None,
    })
}

impl Operator {
    fn other(name: &str, text: Option<&String>, at: &At<'_>) -> Option<String> {
        let (schema, mark) = resolved(text?, at.address.part(1));
        Some(format!("{name} = operator({}.{mark})", ident(&schema)))
    }

    fn define(&self, at: &At<'_>) -> Statement {
        let function = |name: &str, function: Option<&Reference>| {
            Some(format!("{name} = {}", called_in(function?)))
        };
        let flag = |name: &str, flag: bool| flag.then(|| name.to_owned());
        let options = [
            function("function", Some(&self.function)),
            self.left.as_ref().map(|name| format!("leftarg = {name}")),
            Some(format!("rightarg = {}", self.right)),
            Self::other("commutator", self.commutator.as_ref(), at),
            Self::other("negator", self.negator.as_ref(), at),
            function("restrict", self.restrict.as_ref()),
            function("join", self.join.as_ref()),
            flag("hashes", self.hashes),
            flag("merges", self.merges),
        ];
        let options: Vec<_> = options.into_iter().flatten().collect();
        let sql = format!(
            "create operator {}.{} (\n  {}\n)",
            ident(at.address.part(1)),
            called(at.address.name()).0,
            options.join(",\n  ")
        );
        Statement::new(sql).names_in(names_in(at.address))
    }

    /// Returns what `ALTER OPERATOR ... SET` can change, or `None` where it cannot change everything.
    fn settings(&self, next: &Self, at: &At<'_>) -> Option<Vec<String>> {
        let fixed = |one: &Self| (one.left.clone(), one.right.clone(), one.function.clone());
        if fixed(self) != fixed(next) {
            return None;
        }
        let mut settings = Vec::new();
        for (name, old, new) in [
            ("restrict", &self.restrict, &next.restrict),
            ("join", &self.join, &next.join),
        ] {
            if old != new {
                let new = new.as_ref().map_or_else(|| "none".to_owned(), called_in);
                settings.push(format!("{name} = {new}"));
            }
        }
        let before = settings.len();
        for (name, old, new) in [
            ("commutator", &self.commutator, &next.commutator),
            ("negator", &self.negator, &next.negator),
        ] {
            if old != new {
                // What is said can never be said otherwise.
                if old.is_some() {
                    return None;
                }
                settings.extend(Self::other(name, new.as_ref(), at));
            }
        }
        for (name, old, new) in [
            ("hashes", self.hashes, next.hashes),
            ("merges", self.merges, next.merges),
        ] {
            if old && !new {
                return None;
            }
            if new && !old {
                settings.push(name.to_owned());
            }
        }
        let needs_17 = settings.len() > before;
        (!needs_17 || at.platform.version >= 170_000).then_some(settings)
    }
}

impl Kind for Operator {
    const NAME: &'static str = "operator";
    const WITHIN: Option<Within> = Some(super::IN_SCHEMA);
    const REBUILDABLE: bool = true;

    fn signature(body: &Body) -> Option<String> {
        let left = text_of(body, "left").map_or_else(|| "none".to_owned(), plain_type);
        let right = text_of(body, "right").map(plain_type).unwrap_or_default();
        Some(format!("{left}, {right}"))
    }

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        self.left = self.left.take().map(|text| plain_type(&text));
        self.right = plain_type(&self.right);
        let own = at.address.part(1);
        let mut problems = Vec::new();
        for (path, text) in [
            ("commutator", &mut self.commutator),
            ("negator", &mut self.negator),
        ] {
            if let Some(text) = text {
                let (schema, mark) = resolved(text, own);
                let found = problem(&mark);
                problems.extend(found.map(|words| Problem::new([path], "impossible name", words)));
                *text = relative(&schema, &mark, own);
            }
        }
        let found = problem(called(at.address.name()).0);
        problems.extend(found.map(|words| Problem::new([], "impossible name", words)));
        problems
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        settle_called(&mut self.function, &live.function);
        for (mine, theirs) in [
            (&mut self.restrict, &live.restrict),
            (&mut self.join, &live.join),
        ] {
            if let (Some(mine), Some(theirs)) = (mine, theirs) {
                settle_called(mine, theirs);
            }
        }
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("operator", at.address);
        let mut statements = vec![self.define(at)];
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let handle = Handle::new("operator", at.address);
        let Some(settings) = self.settings(next, at) else {
            return Alter::replace("this cannot be altered in an operator");
        };
        let mut statements = Vec::new();
        if !settings.is_empty() {
            statements.push(handle.alter(&format!("set ({})", settings.join(", "))));
        }
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        let mut statements = vec![Handle::new("operator", at.address).drop()];
        let shells = texts(at.facts.notes.get(SHELLS));
        statements.extend(shells.iter().map(|shell| drop_shell(shell)));
        statements
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        // It can be moved, but not called otherwise.
        let is_same = called(at.address.name()).0 == called(to.name()).0;
        let moved = Handle::new("operator", at.address).relocate(at.address, to);
        moved.filter(|_| is_same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_marks_are_told() {
        for mark in ["===", "@-", "<->", "-", "+", "&&"] {
            assert_eq!(problem(mark), None, "{mark}");
        }
        for mark in ["", "a", "=-", "!=", "=>", "@--", "/*"] {
            assert!(problem(mark).is_some(), "{mark}");
        }
    }

    #[test]
    fn other_operators_are_named_from_the_own_schema() {
        assert_eq!(resolved("<=", "app"), ("app".to_owned(), "<=".to_owned()));
        let (schema, mark) = resolved("\"My s\".<=", "app");
        assert_eq!((schema.as_str(), mark.as_str()), ("My s", "<="));
        assert_eq!(relative(&schema, &mark, "app"), "\"My s\".<=");
        assert_eq!(relative("app", &mark, "app"), "<=");
    }
}
