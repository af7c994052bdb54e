//! Views.
//!
//! A view whose columns allow it is changed by `create or replace`: the new query gives at least the
//! old columns, in their order, with their names and types. Otherwise it is made anew.
//!
//! Source: PostgreSQL manual, CREATE VIEW; `pg_get_viewdef()`.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Reference, Statement, Undo};
use provider::{Alter, At, Kind, Nested, Problem, Settling, Swap, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::{self, Handle, comment_on, dress, redress};
use super::table::collation_name;
use super::{GrantsMode, options, order};
use crate::acl::{Class, Privilege};
use crate::naming::names_in;
use crate::text::quote::ident;
use crate::text::statements;

/// Rows that may be written through a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckOption {
    /// Those that this view shows.
    Local,
    /// Those that this view and all views below it show.
    Cascaded,
}

/// What is said of one column of a view.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ViewColumn {
    /// Its name.
    #[schemars(extend("x-derived" = true))]
    pub name: String,
    /// Its type, as the query gives it. Only needed, for all columns in their order, where the view stands on
    /// what stands on it, such as a function that returns its rows: so it can be there first without its
    /// query.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub data_type: Option<String>,
    /// Its collation, together with `type`, where it is not that of the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Its default for inserts through the view, an SQL expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A column that a query gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Its collation, where it is not that of the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
}

/// A view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// The query it shows, plain SQL. What it stands on is found in the text.
    pub query: String,
    /// Whether functions that may leak rows run only on rows it shows. That they may is shown by the server
    /// where it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_barrier: Option<bool>,
    /// Whether it reads with the rights of who reads it, and not of its owner. PostgreSQL 15.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_invoker: Option<bool>,
    /// Which rows may be written through it; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_option: Option<CheckOption>,
    /// The order in which `security_barrier` and `security_invoker` are given, where it is to be another than
    /// that of their names. It means nothing, but the server shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options_order: Vec<String>,
    /// What is said of its columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "labelled"))]
    pub column: Vec<ViewColumn>,
    /// Its owner; left alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether grants are exactly what the files say, or others may add to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// Who may do what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-derived" = true))]
    pub privileges: Vec<Privilege>,
    /// The columns its query gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-derived" = true))]
    pub output: Vec<Output>,
}

/// The query, as edges name the part of a view that can be taken away.
pub(crate) const QUERY: &str = "query";

/// The option that is shown apart from the others.
pub(crate) const CHECK_OPTION: &str = "check_option";

/// Takes semicolons, and what follows them if it says nothing, and white space off the end of a query.
pub(crate) fn trim_query(query: &mut String) {
    if let Some(end) = statements::end(query)
        && !statements::says_something(&query[end..])
    {
        query.truncate(end);
    }
    query.truncate(query.trim_end().len());
}

/// Says what is wrong with a query, as far as can be told without asking PostgreSQL.
pub(crate) fn query_problem(query: &str) -> Option<Problem> {
    if !statements::says_something(query) {
        return Some(Problem::new(["query"], "empty query", "the query is empty"));
    }
    statements::end(query).map(|_| {
        Problem::new(
            ["query"],
            "more than one statement",
            "the query goes on after a semicolon",
        )
        .help("Write one `select`; what else is to be done belongs in other blocks.")
    })
}

impl View {
    fn options(&self) -> BTreeMap<String, String> {
        let mut options = BTreeMap::new();
        for (name, value) in [
            ("security_barrier", self.security_barrier),
            ("security_invoker", self.security_invoker),
        ] {
            options.extend(value.map(|value| (name.to_owned(), value.to_string())));
        }
        if let Some(check) = self.check_option {
            let check = match check {
                CheckOption::Local => "local",
                CheckOption::Cascaded => "cascaded",
            };
            options.insert(CHECK_OPTION.to_owned(), check.to_owned());
        }
        options
    }

    /// Makes what is said of columns that have types what the query gives, and says what is wrong with that.
    fn take_types(&mut self) -> Option<Problem> {
        if self.column.iter().all(|column| column.data_type.is_none()) {
            return None;
        }
        let mut output = Vec::new();
        for column in &mut self.column {
            let Some(data_type) = column.data_type.take() else {
                return Some(Problem::new(
                    ["column", column.name.as_str()],
                    "column without type",
                    "either all columns of a view have a `type`, or none has",
                ));
            };
            output.push(Output {
                name: column.name.clone(),
                data_type,
                collation: column.collation.take(),
            });
        }
        self.output = output;
        None
    }

    /// Returns a query that gives the same columns, and stands on nothing but their types.
    fn without_rows(&self) -> String {
        let columns = self.output.iter().map(|column| {
            let collation = column.collation.as_ref();
            let collation = collation.map(|name| format!(" collate {}", collation_name(name)));
            format!(
                "null::{}{} as {}",
                column.data_type,
                collation.unwrap_or_default(),
                ident(&column.name)
            )
        });
        format!("select {}", columns.collect::<Vec<_>>().join(", "))
    }

    fn create_statement(&self, at: &At<'_>, verb: &str) -> Statement {
        Statement::new(format!(
            "{verb} view {}{} as\n{}",
            Handle::new("view", at.address).name,
            options::with_order(&self.options(), &self.options_order),
            self.query
        ))
        .names_in(names_in(at.address))
    }

    /// Reports whether `create or replace` can turn this view into the next.
    fn can_become(&self, next: &Self) -> bool {
        !self.output.is_empty()
            && self.output.len() <= next.output.len()
            && self
                .output
                .iter()
                .zip(&next.output)
                .all(|(old, new)| old == new)
    }

    fn column_statements(&self, from: &[ViewColumn], handle: &Handle) -> Vec<Statement> {
        let old: BTreeMap<_, _> = from.iter().map(|column| (&column.name, column)).collect();
        let new: BTreeMap<_, _> = self
            .column
            .iter()
            .map(|column| (&column.name, column))
            .collect();
        let none = ViewColumn::default();
        let mut names: Vec<_> = old.keys().chain(new.keys()).copied().collect();
        names.sort();
        names.dedup();
        let mut statements = Vec::new();
        for name in names {
            let (old, new) = (
                old.get(name).copied().unwrap_or(&none),
                new.get(name).copied().unwrap_or(&none),
            );
            let quoted = ident(name);
            if old.default != new.default {
                let rest = match &new.default {
                    Some(default) => format!("alter column {quoted} set default {default}"),
                    None => format!("alter column {quoted} drop default"),
                };
                statements.push(handle.alter(&rest));
            }
            if old.comment != new.comment {
                let what = format!("column {}.{quoted}", handle.name);
                statements.push(comment_on(&what, new.comment.as_deref()));
            }
        }
        statements
    }
}

impl Kind for View {
    const NAME: &'static str = "view";
    const NAMESPACE: &'static str = super::RELATION;
    const WITHIN: Option<Within> = Some(super::IN_SCHEMA);
    const NESTED: &'static [Nested] = &[
        Nested {
            block: "trigger",
            kind: "trigger",
        },
        Nested {
            block: "rule",
            kind: "rule",
        },
    ];
    const RENDERED: bool = true;
    const REBUILDABLE: bool = true;
    const SWAP: Swap = Swap::Whole;

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        trim_query(&mut self.query);
        problems.extend(query_problem(&self.query));
        if self.security_invoker.is_some() && at.platform.version < 150_000 {
            problems.push(Problem::new(
                ["security_invoker"],
                "the server is too old for this",
                "`security_invoker` needs PostgreSQL 15",
            ));
        }
        let mut ordered = self.options();
        ordered.remove(CHECK_OPTION);
        order::normalize(&mut self.options_order, &ordered);
        problems.extend(self.take_types());
        self.column
            .retain(|column| column.default.is_some() || column.comment.is_some());
        self.column.sort_by(|a, b| a.name.cmp(&b.name));
        problems
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        let options = self.options();
        let theirs = (live.options_order.as_slice(), &live.options());
        order::settle(&mut self.options_order, &options, theirs);
        if self.query == live.query {
            self.output.clone_from(&live.output);
        }
        attached::settle_grants(
            Class::Table,
            &mut self.grants,
            &mut self.privileges,
            (live.owner.as_ref(), &live.privileges),
            with,
        );
    }

    fn loosened(&self, parts: &BTreeSet<String>) -> Self {
        let mut loosened = self.clone();
        if parts.contains(QUERY) && !self.output.is_empty() {
            loosened.query = self.without_rows();
        }
        loosened
    }

    fn give_back(&mut self, with: &Settling<'_>) {
        attached::give_back(
            Class::Table,
            self.owner.as_ref(),
            &mut self.privileges,
            with,
        );
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("view", at.address);
        let mut statements = vec![self.create_statement(at, "create")];
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements.extend(self.column_statements(&[], &handle));
        let (owner, privileges) = (self.owner.as_ref(), &self.privileges);
        statements.extend(attached::grant_new(Class::Table, owner, privileges, at));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let handle = Handle::new("view", at.address);
        let mut statements = Vec::new();
        if self.query != next.query {
            if !self.can_become(next) {
                return Alter::replace(if next.output.is_empty() {
                    "its query changes together with what it stands on"
                } else {
                    "its columns change, and a view can only get new ones at its end"
                });
            }
            statements.push(next.create_statement(at, "create or replace"));
        } else {
            for clause in options::change(&self.options(), &next.options()) {
                statements.push(handle.alter(&clause));
            }
        }
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        statements.extend(next.column_statements(&self.column, &handle));
        statements.extend(attached::regrant(
            Class::Table,
            (self.owner.as_ref(), &self.privileges),
            (next.owner.as_ref(), &next.privileges),
            at,
        ));
        Alter::in_place(statements)
    }

    fn undo(&self, at: &At<'_>) -> Option<Undo> {
        Some(Handle::new("view", at.address).undo("v"))
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new("view", at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Handle::new("view", at.address).relocate(at.address, to)
    }
}
