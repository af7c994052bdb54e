//! Indexes that are not part of a constraint.
//!
//! Source: PostgreSQL manual, CREATE INDEX, ALTER INDEX; `pg_index`.

mod key;
pub(crate) mod online;
pub(crate) mod part;

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Edge, Hazard, Reference, Statement, Value};
use provider::{Alter, At, Kind, Problem, Settling, Swap, Within, typed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::key::{Key, Nulls};
use self::online::PARTITIONED;
use super::attached::Handle;
use super::marks::{self, Marks};
use super::table::not_null_part;
use super::{companions, options, order, tablespace};
use crate::naming::{column_part, names_in, written};
use crate::text::quote::ident;

/// The note of a declared index of a table that is no partition any more: the live one by itself.
pub(crate) const ALONE: &str = "alone";

/// Why an index of a partitioned table is dropped under a lock.
const DROPPED_AT_ONCE: &str = "PostgreSQL drops no index of a partitioned table concurrently";

/// The mark for replication, as edges name it.
const IDENTITY: &str = "replica identity";

/// An index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The table or materialized view it is on.
    #[schemars(extend("x-reference" = ["table", "materialized_view"]), with = "String")]
    pub table: Reference,
    /// Its columns, in order; the short form of `key` blocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-one-or-many" = true))]
    pub columns: Vec<String>,
    /// Its keys, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "plain"))]
    pub key: Vec<Key>,
    /// Whether two rows may not have the same keys.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// Whether nulls are equal to one another in a unique index. PostgreSQL 15.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nulls_not_distinct: bool,
    /// The method: `btree` by default, `hash`, `gin`, `gist`, `brin` and others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Columns stored along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-one-or-many" = true))]
    pub include: Vec<String>,
    /// The rows it covers, an SQL expression.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Whether partitions have it only where they say so, each with an index that is `part_of` it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only: bool,
    /// The index of a partitioned table above that it is part of, which says everything but its name and
    /// what follows here. Only needed for what differs from what PostgreSQL would make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["index"]), with = "Option<String>")]
    pub part_of: Option<Reference>,
    /// Storage parameters, such as `fillfactor`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// The order in which `options` are given, where it is to be another than that of their names. It means
    /// nothing, but the server shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options_order: Vec<String>,
    /// Its tablespace; left alone when absent, unless with `--prune`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
    /// Whether `CLUSTER` orders the rows by it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cluster: bool,
    /// Whether replication knows rows by it: a unique index of columns that are not null.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replica_identity: bool,
    /// Extensions that it goes with when they are dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-reference" = ["extension"], "x-one-or-many" = true), with = "Vec<String>")]
    pub depends_on_extensions: Vec<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether an attempt to build it concurrently has failed, so that nothing uses it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schemars(extend("x-derived" = true))]
    pub invalid: bool,
}

impl Index {
    /// Returns one of a table that says nothing else.
    pub(crate) fn on(table: Reference) -> Self {
        Self {
            table,
            columns: Vec::new(),
            key: Vec::new(),
            unique: false,
            nulls_not_distinct: false,
            method: None,
            include: Vec::new(),
            condition: None,
            only: false,
            part_of: None,
            options: BTreeMap::new(),
            options_order: Vec::new(),
            tablespace: None,
            cluster: false,
            replica_identity: false,
            depends_on_extensions: Vec::new(),
            comment: None,
            invalid: false,
        }
    }

    fn marks(&self) -> Marks {
        Marks {
            cluster: self.cluster,
            replica_identity: self.replica_identity,
        }
    }

    /// Returns what the mark for replication stands on: that there are no nulls.
    pub(crate) fn identity_edges(&self) -> Vec<Edge> {
        let columns = self.key.iter().filter_map(|key| key.column.as_ref());
        columns
            .filter(|_| self.replica_identity)
            .map(|column| Edge {
                on: self.table.0.clone(),
                part: Some(not_null_part(column)),
                by: Some(IDENTITY.to_owned()),
            })
            .collect()
    }

    /// Reports whether replication can know rows by it.
    fn names_rows(&self) -> bool {
        self.unique && self.condition.is_none() && self.key.iter().all(|key| key.column.is_some())
    }

    fn create_statement(&self, at: &At<'_>) -> Statement {
        let statement = self
            .definition(at.address.name(), false, at)
            .hazard(Hazard::blocks_writes(&self.table.0));
        match self.built_online(at) {
            Some(online) => statement.or_online(online),
            None => statement,
        }
    }

    /// Returns the statement that makes it under a name.
    pub(crate) fn definition(&self, name: &str, concurrently: bool, at: &At<'_>) -> Statement {
        let keys: Vec<_> = self.key.iter().map(Key::text).collect();
        let unique = if self.unique { "unique " } else { "" };
        let concurrently = if concurrently { "concurrently " } else { "" };
        let only = if self.only { "only " } else { "" };
        let mut sql = format!(
            "create {unique}index {concurrently}{} on {only}{} using {} ({})",
            ident(name),
            written(&self.table.0),
            ident(self.method.as_deref().unwrap_or("btree")),
            keys.join(", ")
        );
        if !self.include.is_empty() {
            let columns: Vec<_> = self.include.iter().map(|column| ident(column)).collect();
            sql.push_str(&format!(" include ({})", columns.join(", ")));
        }
        if self.nulls_not_distinct {
            sql.push_str(" nulls not distinct");
        }
        sql.push_str(&options::with_order(&self.options, &self.options_order));
        if let Some(tablespace) = &self.tablespace {
            sql.push_str(&format!(" tablespace {}", ident(tablespace)));
        }
        if let Some(condition) = &self.condition {
            sql.push_str(&format!(" where {condition}"));
        }
        Statement::new(sql).names_in(names_in(at.address))
    }

    /// Returns the statements that give it everything that is said apart from making it.
    pub(crate) fn dressed(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("index", at.address);
        let mut statements = Vec::new();
        for (number, key) in self.key.iter().enumerate() {
            if let Some(target) = key.statistics {
                let rest = format!("alter column {} set statistics {target}", number + 1);
                statements.push(handle.alter(&rest));
            }
        }
        statements.extend(marks::change(
            &self.table.0,
            at.address.name(),
            Marks::default(),
            self.marks(),
        ));
        statements.extend(companions::change(
            &handle,
            &[],
            &self.depends_on_extensions,
        ));
        if self.comment.is_some() {
            statements.push(handle.comment(self.comment.as_deref()));
        }
        statements
    }

    /// Returns the attributes that only a new index can have, as words for those that differ.
    fn differences(&self, next: &Self) -> Vec<String> {
        let without_statistics = |keys: &[Key]| -> Vec<Key> {
            keys.iter()
                .map(|key| Key {
                    statistics: None,
                    ..key.clone()
                })
                .collect()
        };
        let checks = [
            (
                "the keys of an index",
                without_statistics(&self.key) != without_statistics(&next.key),
            ),
            (
                "what an index is part of",
                self.part_of.is_some() && self.part_of != next.part_of,
            ),
            ("which partitions have an index", self.only != next.only),
            ("the table of an index", self.table != next.table),
            ("uniqueness", self.unique != next.unique),
            (
                "the distinctness of nulls",
                self.nulls_not_distinct != next.nulls_not_distinct,
            ),
            ("the method of an index", self.method != next.method),
            ("included columns", self.include != next.include),
            (
                "the condition of an index",
                self.condition != next.condition,
            ),
        ];
        let broken = self
            .invalid
            .then(|| "an earlier attempt to build it failed".to_owned());
        checks
            .into_iter()
            .filter(|(_, differs)| *differs)
            .map(|(what, _)| format!("{what} cannot be altered"))
            .chain(broken)
            .collect()
    }
}

impl Kind for Index {
    const NAME: &'static str = "index";
    const SWAP: Swap = Swap::Along;
    const NAMESPACE: &'static str = super::RELATION;
    const WITHIN: Option<Within> = Some(Within {
        attribute: "table",
        kinds: &["table", "materialized_view"],
        required: true,
        kept: true,
    });
    const RENDERED: bool = true;
    const FOLLOWS: bool = true;
    const REBUILDABLE: bool = true;

    fn path(parent: Option<&Address>, name: &str) -> Vec<String> {
        parent
            .map(|table| {
                vec![
                    table.part(0).to_owned(),
                    table.part(1).to_owned(),
                    name.to_owned(),
                ]
            })
            .unwrap_or_default()
    }

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !self.columns.is_empty() && !self.key.is_empty() {
            problems.push(Problem::new(
                ["columns"],
                "keys are said twice",
                "`columns` is the short form of `key` blocks; use one or the other",
            ));
        }
        let short = std::mem::take(&mut self.columns);
        self.key.extend(short.into_iter().map(|column| Key {
            column: Some(column),
            ..Key::default()
        }));
        if self.part_of.is_some() {
            problems.extend(self.problems_of_part());
        } else if self.key.is_empty() {
            problems.push(Problem::new(
                [],
                "index without keys",
                "`columns` or `key` blocks must say what is indexed",
            ));
        }
        for key in &mut self.key {
            super::table::normalize_collation(&mut key.collation);
            if key.column.is_some() == key.expression.is_some() {
                problems.push(Problem::new(
                    ["key"],
                    "unclear key",
                    "a key has either `column` or `expression`",
                ));
            }
            let default = if key.descending {
                Nulls::First
            } else {
                Nulls::Last
            };
            key.nulls = key.nulls.filter(|nulls| *nulls != default);
        }
        if self.nulls_not_distinct && at.platform.version < 150_000 {
            problems.push(Problem::new(
                ["nulls_not_distinct"],
                "the server is too old for this",
                "`nulls_not_distinct` needs PostgreSQL 15",
            ));
        }
        if self.replica_identity && self.part_of.is_none() && !self.names_rows() {
            problems.push(Problem::new(
                ["replica_identity"],
                "rows without identity",
                "only a unique index of columns, without `where`, tells rows from one another",
            ));
        }
        self.method = self.method.take().filter(|method| method != "btree");
        options::normalize(&mut self.options);
        order::normalize(&mut self.options_order, &self.options);
        self.depends_on_extensions.sort();
        problems
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        // As soon as all partitions have it, it is like any other.
        self.only &= live.only || self.part_of.is_none() || self.part_of != live.part_of;
        let theirs = (live.options_order.as_slice(), &live.options);
        order::settle(&mut self.options_order, &self.options, theirs);
        tablespace::settle(&mut self.tablespace, live.tablespace.as_ref(), with);
    }

    fn edges(&self, _at: &At<'_>) -> BTreeSet<Edge> {
        let columns = self
            .key
            .iter()
            .filter_map(|key| key.column.as_ref())
            .chain(&self.include);
        columns
            .map(|column| Edge {
                on: self.table.0.clone(),
                part: Some(column_part(column)),
                by: None,
            })
            .chain([Edge::to(self.table.0.clone())])
            .chain(self.identity_edges())
            .collect()
    }

    fn loosened(&self, parts: &BTreeSet<String>) -> Self {
        Self {
            replica_identity: self.replica_identity && !parts.contains(IDENTITY),
            ..self.clone()
        }
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("index", at.address);
        let mut statements = match &self.part_of {
            Some(above) => vec![self.take_part(&above.0, at)],
            None => vec![self.create_statement(at)],
        };
        if self.part_of.is_some() {
            let clauses = options::change(&BTreeMap::new(), &self.options);
            statements.extend(clauses.iter().map(|clause| handle.alter(clause)));
            let tablespace = self.tablespace.iter();
            let set = tablespace.map(|name| format!("set tablespace {}", ident(name)));
            statements.extend(set.map(|clause| handle.alter(&clause)));
        }
        statements.extend(self.dressed(at));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        match at.facts.notes.get(ALONE) {
            Some(Value::Map(alone)) if self.part_of.is_some() => {
                typed::<Self>(alone).change(next, at)
            }
            _ => self.change(next, at),
        }
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        let mut statements = marks::before_drop(&self.table.0, at.address.name(), self.marks());
        if self.part_of.is_some() {
            // It goes with the one it is part of, and cannot go alone.
            statements.push(self.rename_part(at));
            return statements;
        }
        let mut drop = Handle::new("index", at.address)
            .drop()
            .hazard(Hazard::blocks_reads(&self.table.0));
        if at.facts.notes.contains_key(PARTITIONED) {
            drop = drop.no_way(DROPPED_AT_ONCE);
        }
        statements.push(match self.dropped_online(at) {
            Some(online) => drop.or_online(online),
            None => drop,
        });
        statements
    }

    fn beside(&self, live: &Self, name: &str, at: &At<'_>) -> Option<Vec<Statement>> {
        self.replaced_online(live, name, at)
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        let same_schema = at.address.path()[..2] == to.path()[..2];
        same_schema.then(|| vec![Handle::new("index", at.address).rename(to.name())])
    }
}

impl Index {
    fn change(&self, next: &Self, at: &At<'_>) -> Alter {
        let handle = Handle::new("index", at.address);
        let joins = match (&self.part_of, &next.part_of) {
            (None, Some(above)) => Some(Statement::new(format!(
                "alter index {} attach partition {}",
                written(&above.0),
                handle.name
            ))),
            _ => None,
        };
        let differences = match joins {
            // It must be equal to that but for what is said here.
            Some(_) => Vec::new(),
            None => self.differences(next),
        };
        if !differences.is_empty() {
            return Alter::Replace(differences);
        }
        let mut statements: Vec<_> = joins.into_iter().collect();
        for (number, (old, new)) in self.key.iter().zip(&next.key).enumerate() {
            if old.statistics != new.statistics {
                let target = new.statistics.unwrap_or(-1);
                let rest = format!("alter column {} set statistics {target}", number + 1);
                statements.push(handle.alter(&rest));
            }
        }
        for clause in options::change_in_order(
            (&self.options, &self.options_order),
            (&next.options, &next.options_order),
        ) {
            statements.push(handle.alter(&clause));
        }
        if let Some(tablespace) = next
            .tablespace
            .as_ref()
            .filter(|_| next.tablespace != self.tablespace)
        {
            if at.facts.notes.contains_key(PARTITIONED) {
                statements.push(self.move_parts(tablespace, at));
            }
            statements.push(handle.alter(&format!("set tablespace {}", ident(tablespace))));
        }
        let name = at.address.name();
        statements.extend(marks::change(
            &self.table.0,
            name,
            self.marks(),
            next.marks(),
        ));
        statements.extend(companions::change(
            &handle,
            &self.depends_on_extensions,
            &next.depends_on_extensions,
        ));
        if next.comment != self.comment {
            statements.push(handle.comment(next.comment.as_deref()));
        }
        Alter::in_place(statements)
    }
}
