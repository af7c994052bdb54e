//! Foreign keys, as objects of their own, so that tables may point at one another.
//!
//! Source: PostgreSQL manual, CREATE TABLE (REFERENCES); `pg_constraint`.

use std::collections::BTreeSet;

use model::{Address, Edge, Hazard, Reference, Statement, Value};
use provider::{Alter, At, Kind, Problem, Settling, Swap, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::comment_on;
use super::index::online::{PARTITIONED, PARTS};
use super::table::{NOT_JOINED, undo};
use crate::naming::{column_part, written, written_outer};
use crate::session::EMBEDDED;
use crate::text::quote::ident;

/// The first version in which one of a partitioned table can be left to be validated later.
const LATE_ON_PARTITIONED: u32 = 180_000;

/// What happens to rows that point at a row that changes or goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReferentialAction {
    /// It is refused, at the latest at the end of the transaction.
    #[default]
    NoAction,
    /// It is refused at once.
    Restrict,
    /// They change or go along.
    Cascade,
    /// They point at nothing.
    SetNull,
    /// They point at the default.
    SetDefault,
}

impl ReferentialAction {
    fn words(self) -> &'static str {
        match self {
            Self::NoAction => "no action",
            Self::Restrict => "restrict",
            Self::Cascade => "cascade",
            Self::SetNull => "set null",
            Self::SetDefault => "set default",
        }
    }

    fn is_default(&self) -> bool {
        *self == Self::NoAction
    }
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForeignKey {
    /// The columns that point, in order.
    #[schemars(extend("x-one-or-many" = true))]
    pub columns: Vec<String>,
    /// The table they point at.
    #[schemars(extend("x-reference" = ["table"]), with = "String")]
    pub references: Reference,
    /// The columns they point at; the primary key when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-one-or-many" = true))]
    pub referenced_columns: Vec<String>,
    /// What happens when the row pointed at goes.
    #[serde(default, skip_serializing_if = "ReferentialAction::is_default")]
    pub on_delete: ReferentialAction,
    /// The columns that `set_null` and `set_default` of `on_delete` touch; all when absent.
    /// PostgreSQL 15.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_delete_columns: Vec<String>,
    /// What happens when the key pointed at changes.
    #[serde(default, skip_serializing_if = "ReferentialAction::is_default")]
    pub on_update: ReferentialAction,
    /// Whether either all or none of the columns are null.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub match_full: bool,
    /// Whether it can be checked at the end of a transaction.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deferrable: bool,
    /// Whether it is checked there unless a transaction says otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub initially_deferred: bool,
    /// Whether rows that were there before are not checked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_valid: bool,
    /// Whether the last columns are periods. PostgreSQL 18.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub period: bool,
    /// Whether it is not enforced at all. PostgreSQL 18.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_enforced: bool,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

fn names(columns: &[String], period: bool) -> String {
    let mut names: Vec<_> = columns.iter().map(|column| ident(column)).collect();
    if let Some(last) = names.last_mut().filter(|_| period) {
        *last = format!("period {last}");
    }
    names.join(", ")
}

impl ForeignKey {
    /// Returns the table it lies on.
    #[must_use]
    pub fn table(address: &Address) -> Address {
        let path = address.path();
        address.sibling("table", &path[..path.len() - 1])
    }

    /// Returns what can only be said of a new foreign key.
    fn definition(&self) -> String {
        let mut sql = format!(
            "foreign key ({}) references {}",
            names(&self.columns, self.period),
            written(&self.references.0)
        );
        if !self.referenced_columns.is_empty() {
            sql.push_str(&format!(
                " ({})",
                names(&self.referenced_columns, self.period)
            ));
        }
        if self.match_full {
            sql.push_str(" match full");
        }
        if !self.on_update.is_default() {
            sql.push_str(&format!(" on update {}", self.on_update.words()));
        }
        if !self.on_delete.is_default() {
            sql.push_str(&format!(" on delete {}", self.on_delete.words()));
            if !self.on_delete_columns.is_empty() {
                sql.push_str(&format!(" ({})", names(&self.on_delete_columns, false)));
            }
        }
        if self.not_enforced {
            sql.push_str(" not enforced");
        }
        sql
    }

    fn deferral(&self) -> &'static str {
        match (self.deferrable, self.initially_deferred) {
            (_, true) => "deferrable initially deferred",
            (true, false) => "deferrable initially immediate",
            (false, false) => "not deferrable",
        }
    }

    /// Returns the statement that checks rows which are there already, while others are written.
    fn validation(&self, at: &At<'_>) -> Statement {
        let (table, name) = (written_outer(at.address), ident(at.address.name()));
        Statement::new(format!("alter table {table} validate constraint {name}"))
            .hazard(Hazard::scans(&Self::table(at.address)))
    }

    /// Returns the statements that add it to one partition after the other, where there is such a way: the one above
    /// takes these for its own then, and nobody looks at rows again.
    fn added_by_parts(&self, deferral: &str, at: &At<'_>) -> Option<Vec<Statement>> {
        let Some(Value::List(leaves)) = at.facts.notes.get(PARTS) else {
            return None;
        };
        if at.platform.notes.contains_key(EMBEDDED) {
            return None;
        }
        let name = ident(at.address.name());
        let mut statements = Vec::new();
        for leaf in leaves {
            let Value::Reference(table) = leaf else {
                return None;
            };
            let on = written(table);
            let add = format!(
                "alter table {on} add constraint {name} {}{deferral} not valid",
                self.definition()
            );
            let add = Statement::new(add)
                .hazard(Hazard::blocks_writes(table))
                .hazard(Hazard::blocks_writes(&self.references.0));
            let undo = undo(table, at.address.name(), NOT_JOINED);
            statements.push(add.later().undone_by(undo));
            let validate = format!("alter table {on} validate constraint {name}");
            let validate = Statement::new(validate).hazard(Hazard::scans(table));
            statements.push(validate.apart().patient());
        }
        Some(statements)
    }

    fn comment_statement(&self, at: &At<'_>) -> Statement {
        comment_on(
            &format!(
                "constraint {} on {}",
                ident(at.address.name()),
                written_outer(at.address)
            ),
            self.comment.as_deref(),
        )
    }
}

impl Kind for ForeignKey {
    const NAME: &'static str = "foreign_key";
    const WITHIN: Option<Within> = Some(Within {
        attribute: "table",
        kinds: &["table"],
        required: true,
        kept: false,
    });
    const FOLLOWS: bool = true;
    // While only one side has its new type, the two may not compare.
    const FOLLOWS_ROUGHLY: bool = true;
    const REBUILDABLE: bool = true;
    const SWAP: Swap = Swap::Along;

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.columns.is_empty() {
            problems.push(Problem::new(
                ["columns"],
                "constraint without columns",
                "`columns` must name at least one column",
            ));
        }
        if !self.referenced_columns.is_empty()
            && self.referenced_columns.len() != self.columns.len()
        {
            problems.push(Problem::new(
                ["referenced_columns"],
                "columns that do not pair",
                format!(
                    "{} columns point at {}",
                    self.columns.len(),
                    self.referenced_columns.len()
                ),
            ));
        }
        let needs = [
            (!self.on_delete_columns.is_empty(), "on_delete_columns", 15),
            (self.period, "period", 18),
            (self.not_enforced, "not_enforced", 18),
        ];
        for (wanted, field, version) in needs {
            if wanted && at.platform.version < version * 10_000 {
                problems.push(Problem::new(
                    [field],
                    "the server is too old for this",
                    format!("`{field}` needs PostgreSQL {version}"),
                ));
            }
        }
        self.deferrable |= self.initially_deferred;
        problems
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        if !with.standing.declared_unchanged {
            return;
        }
        // Rows that have been checked since need not be left unchecked again.
        let like_live = Self {
            not_valid: live.not_valid,
            comment: live.comment.clone(),
            ..self.clone()
        };
        self.not_valid &= live.not_valid || like_live != *live;
    }

    fn edges(&self, at: &At<'_>) -> BTreeSet<Edge> {
        let table = Self::table(at.address);
        let part = |on: &Address, column: &String| Edge {
            on: on.clone(),
            part: Some(column_part(column)),
            by: None,
        };
        let own = self.columns.iter().map(|column| part(&table, column));
        let other = &self.references.0;
        own.chain(
            self.referenced_columns
                .iter()
                .map(|column| part(other, column)),
        )
        .chain([Edge::to(table.clone())])
        .collect()
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let table = Self::table(at.address);
        let deferral = if self.deferrable {
            format!(" {}", self.deferral())
        } else {
            String::new()
        };
        let add = |not_valid: &str| {
            let sql = format!(
                "alter table {} add constraint {} {}{deferral}{not_valid}",
                written_outer(at.address),
                ident(at.address.name()),
                self.definition()
            );
            Statement::new(sql)
                .hazard(Hazard::blocks_writes(&table))
                .hazard(Hazard::blocks_writes(&self.references.0))
        };
        let not_valid = " not valid";
        let mut statements = vec![if self.not_valid {
            add(not_valid)
        } else if self.not_enforced {
            // There is nothing to check.
            add("")
        } else if at.facts.notes.contains_key(PARTITIONED)
            && at.platform.version < LATE_ON_PARTITIONED
        {
            match self.added_by_parts(&deferral, at) {
                Some(mut online) => {
                    online.push(add("").later());
                    add("").or_online(online)
                }
                None => add("")
                    .no_way("a partition has such a foreign key, or the partitions change as well"),
            }
        } else {
            add("").or_online(vec![add(not_valid), self.validation(at).apart().patient()])
        }];
        if self.comment.is_some() {
            statements.push(self.comment_statement(at));
        }
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        if self.definition() != next.definition() {
            return Alter::replace("the definition of a foreign key cannot be altered");
        }
        let alter = |rest: String| {
            Statement::new(format!("alter table {} {rest}", written_outer(at.address)))
        };
        let name = ident(at.address.name());
        let mut statements = Vec::new();
        if self.deferral() != next.deferral() {
            statements.push(alter(format!(
                "alter constraint {name} {}",
                next.deferral()
            )));
        }
        if !self.not_valid && next.not_valid {
            return Alter::replace("a foreign key that was validated cannot become unchecked");
        }
        if self.not_valid && !next.not_valid {
            let online = vec![self.validation(at).apart().patient()];
            statements.push(self.validation(at).or_online(online));
        }
        if self.comment != next.comment {
            statements.push(next.comment_statement(at));
        }
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        let name = ident(at.address.name());
        vec![Statement::new(format!(
            "alter table {} drop constraint {name}",
            written_outer(at.address)
        ))]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        let (from, next) = (at.address.path(), to.path());
        (from[..from.len() - 1] == next[..next.len() - 1]).then(|| {
            vec![Statement::new(format!(
                "alter table {} rename constraint {} to {}",
                written_outer(at.address),
                ident(at.address.name()),
                ident(to.name())
            ))]
        })
    }
}
