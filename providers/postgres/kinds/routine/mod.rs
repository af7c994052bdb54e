//! Functions and procedures.
//!
//! Both are one thing in two forms: a procedure returns nothing and is called, a function is part of an
//! expression. They are told apart from others of the same name by the types of their arguments, which
//! belong to the name: `total(integer, text)`.
//!
//! Source: PostgreSQL manual, CREATE FUNCTION, CREATE PROCEDURE, ALTER ROUTINE; `pg_proc`.

mod argument;
mod create;

use std::collections::BTreeMap;

use model::{Address, Body, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::argument::{Argument, Mode};
pub(crate) use self::argument::{plain_type, plain_types};
use super::attached::{self, Handle, dress, redress};
use super::references::settle_called;
use super::{GrantsMode, companions, order, settings};
use crate::acl::{Class, Privilege};
use crate::naming::{called, in_usual_case};

/// What a function promises about its results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Volatility {
    /// The same arguments always give the same result.
    Immutable,
    /// The same arguments give the same result within one statement.
    Stable,
    /// It may do anything.
    #[default]
    Volatile,
}

/// Whether a function may run in parallel workers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Parallel {
    /// Never: the whole query runs without workers.
    #[default]
    Unsafe,
    /// Only in the leader.
    Restricted,
    /// Anywhere.
    Safe,
}

impl Parallel {
    /// Reads a code of the catalog.
    pub(crate) fn of(code: &str) -> Self {
        match code {
            "s" => Self::Safe,
            "r" => Self::Restricted,
            _ => Self::Unsafe,
        }
    }
}

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What functions and procedures have in common.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Routine {
    /// Its arguments, in order; those that are columns of the result are among them.
    #[schemars(extend("x-block" = "plain"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub argument: Vec<Argument>,
    /// The type of the result, such as `integer` or `setof text`; follows from the arguments that go out
    /// when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns: Option<String>,
    /// The language it is written in.
    pub language: String,
    /// Its text, as the language wants it; the name of the C function for `c` and `internal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The file that a `c` function is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// Its text as SQL that is read when it is made: `return a + b` or `begin atomic ... end`. Instead of
    /// `body`; PostgreSQL 14.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql_body: Option<String>,
    /// What it promises about its results. `volatile` by default.
    #[serde(skip_serializing_if = "is_default")]
    pub volatility: Volatility,
    /// Whether it is null as soon as one argument is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
    /// Whether it runs with the privileges of its owner.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub security_definer: bool,
    /// Whether it tells nothing about its arguments but the result.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub leakproof: bool,
    /// Whether it is a window function.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub window: bool,
    /// Whether it may run in parallel workers. `unsafe` by default.
    #[serde(skip_serializing_if = "is_default")]
    pub parallel: Parallel,
    /// Its estimated cost, a number; 1 for `c` and `internal`, 100 for others, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    /// How many rows it returns, estimated, a number; 1000 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
    /// The function that tells the planner about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub support: Option<Reference>,
    /// Extensions that it goes with when they are dropped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-reference" = ["extension"], "x-one-or-many" = true), with = "Vec<String>")]
    pub depends_on_extensions: Vec<Reference>,
    /// Types that are transformed for its language.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transform: Vec<String>,
    /// Configuration while it runs, by parameter.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// The order in which `settings` are given, where it is to be another than that of their names. It means
    /// nothing, but the server shows it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings_order: Vec<String>,
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

/// Languages that are always there.
const LANGUAGES: [&str; 4] = ["c", "internal", "plpgsql", "sql"];

impl Routine {
    fn normalize(&mut self, is_function: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.language = in_usual_case(&self.language, &LANGUAGES);
        for argument in &mut self.argument {
            argument.normalize();
        }
        settings::normalize(&mut self.settings);
        order::normalize(&mut self.settings_order, &self.settings);
        self.depends_on_extensions.sort();
        let usual = if matches!(self.language.as_str(), "c" | "internal") {
            "1"
        } else {
            "100"
        };
        self.cost = self.cost.take().filter(|cost| cost != usual);
        self.rows = self.rows.take().filter(|rows| rows != "1000");
        self.returns = self.returns.take().map(|text| argument::result(&text));
        if self.returns == self.implied_result() {
            self.returns = None;
        }
        if let Some(text) = &mut self.sql_body {
            let end = text
                .trim_end_matches(|c: char| c == ';' || c.is_whitespace())
                .len();
            text.truncate(end);
        }
        if self.language.is_empty() && self.sql_body.is_some() {
            "sql".clone_into(&mut self.language);
        }
        if self.language.is_empty() {
            problems.push(Problem::new(
                [],
                "missing language",
                "`language` says what the text is written in",
            ));
        }
        if self.body.is_some() == self.sql_body.is_some() {
            problems.push(
                Problem::new(
                    [],
                    "unclear text",
                    "this must have either `body` or `sql_body`",
                )
                .help("Write the text as `body`; `sql_body` is for SQL that is read at once."),
            );
        }
        if is_function && self.returns.is_none() && self.implied_result().is_none() {
            problems.push(Problem::new(
                [],
                "missing result",
                "`returns` says the type of what it returns",
            ));
        }
        problems
    }

    /// Returns the type of the result that follows from the arguments that go out.
    pub(crate) fn implied_result(&self) -> Option<String> {
        if self.argument.iter().any(|one| one.mode == Mode::Table) {
            return Some("table".to_owned());
        }
        let mut out = self.argument.iter().filter(|one| one.mode.goes_out());
        match (out.next(), out.next()) {
            (None, _) => None,
            (Some(one), None) => Some(one.data_type.clone()),
            _ => Some("record".to_owned()),
        }
    }

    /// Says why a routine cannot become another by `create or replace`.
    fn obstacle(&self, next: &Self) -> Option<&'static str> {
        let ins = |one: &Self| -> Vec<Option<String>> {
            let ins = one.argument.iter().filter(|one| one.mode.goes_in());
            ins.map(|one| one.name.clone()).collect()
        };
        let outs = |one: &Self| -> Vec<Argument> {
            let outs = one.argument.iter().filter(|one| one.mode.goes_out());
            outs.cloned().collect()
        };
        if self.returns != next.returns || outs(self) != outs(next) {
            return Some("the type of the result cannot be changed");
        }
        let renamed = ins(self)
            .iter()
            .zip(ins(next))
            .any(|(old, new)| old.is_some() && *old != new);
        if renamed {
            return Some("a named argument cannot get another name");
        }
        let lost = self
            .argument
            .iter()
            .zip(&next.argument)
            .any(|(old, new)| old.default.is_some() && new.default.is_none());
        if lost {
            return Some("the default of an argument cannot be taken away");
        }
        (self.window != next.window).then_some("a function becomes no window function")
    }

    /// Reports whether anything but owner, comment and grants differs.
    fn is_redefined(&self, next: &Self) -> bool {
        let plain = |one: &Self| Self {
            depends_on_extensions: Vec::new(),
            owner: None,
            comment: None,
            grants: None,
            privileges: Vec::new(),
            ..one.clone()
        };
        plain(self) != plain(next)
    }
}

/// Returns the text of an attribute of a block.
fn text_of(block: &model::Block, name: &str) -> Option<String> {
    let mut all = block.body.attributes.iter();
    all.find_map(|one| match &one.value.content {
        model::Content::Text(text) if one.name == name => Some(text.clone()),
        _ => None,
    })
}

/// Returns the types of declared arguments.
pub(crate) fn types_of<'a>(blocks: impl Iterator<Item = &'a model::Block>) -> Vec<String> {
    blocks
        .filter_map(|block| Some(plain_type(&text_of(block, "type")?)))
        .collect()
}

/// Returns the signature that a declaration gives a routine: the types of the arguments that go in.
fn signature(body: &Body) -> String {
    let arguments = body.blocks.iter().filter(|block| block.kind == "argument");
    let ins = arguments
        .filter(|block| !matches!(text_of(block, "mode").as_deref(), Some("out" | "table")));
    types_of(ins).join(", ")
}

/// Returns the name of a routine without its signature.
pub(crate) fn bare_name(address: &Address) -> &str {
    called(address.name()).0
}

macro_rules! routine {
    ($name:ident, $kind:literal, $is_function:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Routine);

        impl Kind for $name {
            const NAME: &'static str = $kind;
            const NAMESPACE: &'static str = "routine";
            const WITHIN: Option<Within> = Some(super::IN_SCHEMA);
            const RENDERED: bool = true;
            const REBUILDABLE: bool = true;

            fn signature(body: &Body) -> Option<String> {
                Some(signature(body))
            }

            fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
                self.0.normalize($is_function)
            }

            fn settle(&mut self, live: &Self, with: &Settling<'_>) {
                let (mine, live) = (&mut self.0, &live.0);
                if mine.owner.is_none() {
                    mine.owner.clone_from(&live.owner);
                }
                let theirs = (live.settings_order.as_slice(), &live.settings);
                order::settle(&mut mine.settings_order, &mine.settings, theirs);
                if let (Some(mine), Some(theirs)) = (&mut mine.support, &live.support) {
                    settle_called(mine, theirs);
                }
                attached::settle_grants(
                    Class::Routine,
                    &mut mine.grants,
                    &mut mine.privileges,
                    (live.owner.as_ref(), &live.privileges),
                    with,
                );
            }

            fn give_back(&mut self, with: &Settling<'_>) {
                let owner = self.0.owner.clone();
                let privileges = &mut self.0.privileges;
                attached::give_back(Class::Routine, owner.as_ref(), privileges, with);
            }

            fn create(&self, at: &At<'_>) -> Vec<Statement> {
                let handle = Handle::new($kind, at.address);
                let mut statements = vec![self.0.define("create", $kind, at)];
                let owner = self.0.owner.as_ref();
                statements.extend(dress(&handle, owner, self.0.comment.as_deref()));
                statements.extend(companions::change(
                    &handle,
                    &[],
                    &self.0.depends_on_extensions,
                ));
                let privileges = &self.0.privileges;
                statements.extend(attached::grant_new(Class::Routine, owner, privileges, at));
                statements
            }

            fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
                let handle = Handle::new($kind, at.address);
                let (old, new) = (&self.0, &next.0);
                let mut statements = Vec::new();
                let redefined = old.is_redefined(new);
                if redefined {
                    if let Some(obstacle) = old.obstacle(new) {
                        return Alter::replace(obstacle);
                    }
                    statements.push(new.define("create or replace", $kind, at));
                }
                statements.extend(redress(
                    &handle,
                    (old.owner.as_ref(), old.comment.as_deref()),
                    (new.owner.as_ref(), new.comment.as_deref()),
                ));
                // What is defined anew goes with none.
                let with = if redefined {
                    &[]
                } else {
                    old.depends_on_extensions.as_slice()
                };
                let next = &new.depends_on_extensions;
                statements.extend(companions::change(&handle, with, next));
                statements.extend(attached::regrant(
                    Class::Routine,
                    (old.owner.as_ref(), &old.privileges),
                    (new.owner.as_ref(), &new.privileges),
                    at,
                ));
                Alter::in_place(statements)
            }

            fn remove(&self, at: &At<'_>) -> Vec<Statement> {
                let handle = Handle::new($kind, at.address);
                // One that a type is made of goes with the type.
                if at.facts.notes.contains_key(provider::GOES_ALONG) {
                    return vec![handle.drop_if_exists()];
                }
                vec![handle.drop()]
            }

            fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
                Handle::new($kind, at.address).relocate(at.address, to)
            }
        }
    };
}

routine!(
    Function,
    "function",
    true,
    "A function: called in expressions, it returns a value, a row or many."
);
routine!(
    Procedure,
    "procedure",
    false,
    "A procedure: called by itself, it may end transactions."
);
