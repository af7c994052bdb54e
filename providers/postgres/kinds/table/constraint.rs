//! Constraints that are part of a table: primary key, unique, check, exclusion.
//!
//! Foreign keys are objects of their own, so that tables may point at one another.
//!
//! Source: PostgreSQL manual, CREATE TABLE; `pg_constraint`.

use std::collections::BTreeMap;

use model::{Address, Statement, Undo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::attached::comment_on;
use crate::kinds::marks::Marks;
use crate::kinds::options;
use crate::naming::{with_end, written};
use crate::text::quote::{ident, literal};

/// The primary key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PrimaryKey {
    /// Its name; the table's name with `_pkey` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Columns stored along in its index.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Whether it can be checked at the end of a transaction.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deferrable: bool,
    /// Whether it is checked there unless a transaction says otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub initially_deferred: bool,
    /// Whether the last column, a range, must not overlap. PostgreSQL 18.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub without_overlaps: bool,
    /// Storage parameters of its index.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// The tablespace of its index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
    /// Whether `CLUSTER` orders the rows by its index.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cluster: bool,
    /// Whether replication knows rows by its index.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub replica_identity: bool,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Words about the index behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_comment: Option<String>,
}

/// A unique constraint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Unique {
    /// Its name.
    #[schemars(extend("x-derived" = true))]
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Columns stored along in its index.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Whether nulls are equal to one another. PostgreSQL 15.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nulls_not_distinct: bool,
    /// Whether it can be checked at the end of a transaction.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deferrable: bool,
    /// Whether it is checked there unless a transaction says otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub initially_deferred: bool,
    /// Whether the last column, a range, must not overlap. PostgreSQL 18.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub without_overlaps: bool,
    /// Storage parameters of its index.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// The tablespace of its index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
    /// Whether `CLUSTER` orders the rows by its index.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cluster: bool,
    /// Whether replication knows rows by its index.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub replica_identity: bool,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Words about the index behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_comment: Option<String>,
}

/// A check constraint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Check {
    /// Its name.
    #[schemars(extend("x-derived" = true))]
    pub name: String,
    /// The SQL expression that must not be false.
    pub expression: String,
    /// Whether inheriting tables do not have it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_inherit: bool,
    /// Whether rows that were there before are not checked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_valid: bool,
    /// Whether it is not enforced at all. PostgreSQL 18.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_enforced: bool,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// One element of an exclusion constraint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Element {
    /// A column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// An SQL expression instead of a column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// The operator that must not be true of two rows, such as `=` or `&&`.
    pub with: String,
    /// The operator class, where it is not the default of the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_class: Option<String>,
}

/// An exclusion constraint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Exclusion {
    /// Its name.
    #[schemars(extend("x-derived" = true))]
    pub name: String,
    /// The index method, such as `gist`. `btree` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What must not be true of two rows at once.
    #[schemars(extend("x-block" = "plain"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub element: Vec<Element>,
    /// The rows it applies to, an SQL expression.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Columns stored along in its index.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Whether it can be checked at the end of a transaction.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deferrable: bool,
    /// Whether it is checked there unless a transaction says otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub initially_deferred: bool,
    /// Whether `CLUSTER` orders the rows by its index.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cluster: bool,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Words about the index behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_comment: Option<String>,
    /// The whole definition as PostgreSQL writes it, instead of everything else but the comments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
}

/// One constraint of any sort, by name, as statements have it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Constraint {
    pub(crate) name: String,
    /// What follows `constraint NAME`, without anything that can be altered later.
    pub(crate) body: String,
    pub(crate) comment: Option<String>,
    /// The comment of the index behind it.
    pub(crate) index_comment: Option<String>,
    /// Whether it was declared to leave old rows alone.
    pub(crate) not_valid: bool,
    /// The columns of a key that others may point at.
    pub(crate) is_key: bool,
    /// What the table remembers about its index.
    pub(crate) marks: Marks,
    /// How it is made of an index that is built before, where it can be.
    pub(crate) by_index: Option<ByIndex>,
}

/// A key in two statements.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ByIndex {
    /// What follows `create unique index NAME on TABLE`.
    pub(crate) index: String,
    /// What comes before `using index NAME`.
    pub(crate) sort: &'static str,
    /// What comes after that.
    pub(crate) rest: &'static str,
}

fn names(columns: &[String]) -> String {
    columns
        .iter()
        .map(|column| ident(column))
        .collect::<Vec<_>>()
        .join(", ")
}

fn deferral(deferrable: bool, initially_deferred: bool) -> &'static str {
    match (deferrable, initially_deferred) {
        (_, true) => " deferrable initially deferred",
        (true, false) => " deferrable",
        (false, false) => "",
    }
}

fn include(columns: &[String]) -> String {
    if columns.is_empty() {
        String::new()
    } else {
        format!(" include ({})", names(columns))
    }
}

fn key_columns(columns: &[String], without_overlaps: bool) -> String {
    let suffix = if without_overlaps {
        " without overlaps"
    } else {
        ""
    };
    format!("({}{suffix})", names(columns))
}

fn tablespace(name: Option<&str>) -> String {
    name.map(|name| format!(" using index tablespace {}", ident(name)))
        .unwrap_or_default()
}

fn index_tablespace(name: Option<&str>) -> String {
    name.map(|name| format!(" tablespace {}", ident(name)))
        .unwrap_or_default()
}

impl PrimaryKey {
    pub(crate) fn constraint(&self, table: &str) -> Constraint {
        Constraint {
            name: self.name.clone().unwrap_or_else(|| default_name(table)),
            body: format!(
                "primary key {}{}{}{}{}",
                key_columns(&self.columns, self.without_overlaps),
                include(&self.include),
                options::with(&self.options),
                tablespace(self.tablespace.as_deref()),
                deferral(self.deferrable, self.initially_deferred)
            ),
            comment: self.comment.clone(),
            index_comment: self.index_comment.clone(),
            not_valid: false,
            is_key: true,
            marks: Marks {
                cluster: self.cluster,
                replica_identity: self.replica_identity,
            },
            by_index: (!self.without_overlaps).then(|| ByIndex {
                index: format!(
                    "{}{}{}{}",
                    key_columns(&self.columns, false),
                    include(&self.include),
                    options::with(&self.options),
                    index_tablespace(self.tablespace.as_deref()),
                ),
                sort: "primary key",
                rest: deferral(self.deferrable, self.initially_deferred),
            }),
        }
    }
}

/// Returns what takes a constraint away again that a table got for a while; `left` tells more about one that is left.
pub(crate) fn undo(table: &Address, name: &str, left: &str) -> Undo {
    let on = written(table);
    let when = format!(
        "select 1 from pg_catalog.pg_constraint where conrelid = to_regclass({}) and conname = {}{left}",
        literal(&on),
        literal(name)
    );
    let name = ident(name);
    Undo::new(
        when,
        format!("alter table {on} drop constraint if exists {name}"),
    )
}

/// The end of such an undo for one of a partition that has not become part of one above.
pub(crate) const NOT_JOINED: &str = " and conparentid = 0";

/// Returns the name PostgreSQL gives a primary key.
pub(crate) fn default_name(table: &str) -> String {
    with_end(table, "_pkey")
}

impl Unique {
    pub(crate) fn constraint(&self) -> Constraint {
        let nulls = if self.nulls_not_distinct {
            " nulls not distinct"
        } else {
            ""
        };
        Constraint {
            name: self.name.clone(),
            body: format!(
                "unique{nulls} {}{}{}{}{}",
                key_columns(&self.columns, self.without_overlaps),
                include(&self.include),
                options::with(&self.options),
                tablespace(self.tablespace.as_deref()),
                deferral(self.deferrable, self.initially_deferred)
            ),
            comment: self.comment.clone(),
            index_comment: self.index_comment.clone(),
            not_valid: false,
            is_key: true,
            marks: Marks {
                cluster: self.cluster,
                replica_identity: self.replica_identity,
            },
            by_index: (!self.without_overlaps).then(|| ByIndex {
                index: format!(
                    "{}{}{nulls}{}{}",
                    key_columns(&self.columns, false),
                    include(&self.include),
                    options::with(&self.options),
                    index_tablespace(self.tablespace.as_deref()),
                ),
                sort: "unique",
                rest: deferral(self.deferrable, self.initially_deferred),
            }),
        }
    }
}

impl Check {
    pub(crate) fn constraint(&self) -> Constraint {
        let inherit = if self.no_inherit { " no inherit" } else { "" };
        let enforced = if self.not_enforced {
            " not enforced"
        } else {
            ""
        };
        Constraint {
            name: self.name.clone(),
            body: format!("check ({}){inherit}{enforced}", self.expression),
            comment: self.comment.clone(),
            index_comment: None,
            not_valid: self.not_valid,
            is_key: false,
            marks: Marks::default(),
            by_index: None,
        }
    }
}

impl Exclusion {
    pub(crate) fn constraint(&self) -> Constraint {
        let elements: Vec<_> = self
            .element
            .iter()
            .map(|element| {
                let what = match (&element.column, &element.expression) {
                    (Some(column), _) => ident(column),
                    (None, Some(expression)) => format!("({expression})"),
                    (None, None) => String::new(),
                };
                let class = element
                    .operator_class
                    .as_ref()
                    .map(|class| format!(" {class}"))
                    .unwrap_or_default();
                format!("{what}{class} with {}", element.with)
            })
            .collect();
        let condition = self
            .condition
            .as_ref()
            .map(|condition| format!(" where ({condition})"))
            .unwrap_or_default();
        let body = match &self.definition {
            Some(definition) => definition.clone(),
            None => format!(
                "exclude using {} ({}){}{condition}{}",
                ident(self.method.as_deref().unwrap_or("btree")),
                elements.join(", "),
                include(&self.include),
                deferral(self.deferrable, self.initially_deferred)
            ),
        };
        Constraint {
            name: self.name.clone(),
            body,
            comment: self.comment.clone(),
            index_comment: self.index_comment.clone(),
            not_valid: false,
            is_key: false,
            marks: Marks {
                cluster: self.cluster,
                replica_identity: false,
            },
            by_index: None,
        }
    }
}

impl Constraint {
    /// Returns the clause as it stands in `CREATE TABLE`.
    pub(crate) fn clause(&self) -> String {
        format!("constraint {} {}", ident(&self.name), self.body)
    }

    /// Returns what follows `alter table NAME` to add it.
    pub(crate) fn addition(&self) -> String {
        let valid = if self.not_valid { " not valid" } else { "" };
        format!("add {}{valid}", self.clause())
    }

    /// Returns the statements that turn the comments of a form that stays into its own. `before` is
    /// `None` for a new constraint.
    pub(crate) fn comments(&self, before: Option<&Self>, table: &Address) -> Vec<Statement> {
        let name = ident(&self.name);
        let mut statements = Vec::new();
        if before.and_then(|old| old.comment.as_ref()) != self.comment.as_ref() {
            let what = format!("constraint {name} on {}", written(table));
            statements.push(comment_on(&what, self.comment.as_deref()));
        }
        if before.and_then(|old| old.index_comment.as_ref()) != self.index_comment.as_ref() {
            let what = format!("index {}.{name}", ident(table.part(1)));
            statements.push(comment_on(&what, self.index_comment.as_deref()));
        }
        statements
    }
}
