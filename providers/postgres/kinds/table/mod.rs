//! Tables, with their columns and the constraints that are part of them.
//!
//! Indexes and foreign keys are declared inside the block but are objects of their own.
//!
//! Source: PostgreSQL manual, CREATE TABLE, ALTER TABLE; `pg_class`.

mod above;
mod alter;
mod built;
mod column;
mod columns;
mod constraint;
mod constraints;
mod create;
mod from_above;
mod loose;
mod not_null;
mod part_key;
mod partition;
mod place;
mod types;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Edge, Hazard, Object, PLACE, Reference, Statement, Undo};
use provider::{Alter, At, Kind, Nested, Problem, Settling, Swap, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::column::{Column, Generated, Generation, Identity, Owns};
pub(crate) use self::column::{collation_name, normalize_collation};
pub use self::constraint::{Check, Element, Exclusion, PrimaryKey, Unique};
pub(crate) use self::constraint::{NOT_JOINED, default_name, undo};
pub use self::not_null::NotNull;
pub use self::part_key::PartKey;
pub use self::partition::{PartitionBy, PartitionOf, Strategy};
pub(crate) use self::types::{default_storage, goes_by_words, is_built_in, narrows};
pub(crate) use self::words::{CASTS, DOMAIN, MADE};

pub(crate) use self::above::{
    AFTER, ALONG, BEFORE, BELOW, GONE, INDEXES, KEYS, MERGED, SIBLINGS, STORED_BELOW, alike,
    has_moved, texts, texts_value, whole,
};
pub(crate) use self::alter::alter;
pub(crate) use self::alter::carried::{CARRIED, TAKEN, carries, names_beside};
pub(crate) use self::alter::copied::function_names;
pub(crate) use self::built::beside;
pub(crate) use self::columns::plain_column;
use self::constraint::Constraint;
pub(crate) use self::create::create;
pub(crate) use self::loose::{
    ACCESS_METHOD, check_part, default_part, exclude_part, generated_part, loosened, mentions,
    not_null_part,
};
pub(crate) use self::not_null::{
    KEYED_BELOW, NAMED_BELOW, NAMES, SINCE, SINCE_OF_DOMAINS, given_word, is_given, take_names,
    usual_name,
};
pub(crate) use self::place::{take_key_names, take_not_null_names};
use super::attached::{self, Handle};
use super::{GrantsMode, access_method, options, order, tablespace};
use crate::acl::{Class, Privilege};
use crate::naming::schema_of;

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Table {
    /// The query it is made of, plain SQL: it says the columns and the rows, and `column` blocks only add to it.
    /// Where the query changes, or gives other columns, the table is made anew beside the live one and takes its
    /// place; `--rebuild` does that at any time. What the query stands on is found in the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Its columns, in the order in which a new table has them.
    #[schemars(extend("x-block" = "labelled"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub column: Vec<Column>,
    /// Its primary key.
    #[schemars(extend("x-block" = "plain"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_key: Option<PrimaryKey>,
    /// Its unique constraints.
    #[schemars(extend("x-block" = "labelled"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unique: Vec<Unique>,
    /// Its check constraints.
    #[schemars(extend("x-block" = "labelled"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub check: Vec<Check>,
    /// Its exclusion constraints.
    #[schemars(extend("x-block" = "labelled"))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Exclusion>,
    /// Makes it a partitioned table.
    #[schemars(extend("x-block" = "plain"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition_by: Option<PartitionBy>,
    /// Makes it a partition of another table.
    #[schemars(extend("x-block" = "plain"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition_of: Option<PartitionOf>,
    /// The tables whose columns and checks it has, too, and whose rows its own are among, in order.
    #[schemars(extend("x-reference" = ["table", "foreign_table"], "x-one-or-many" = true), with = "Vec<String>")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inherits: Vec<Reference>,
    /// The composite type that says its columns; its `column` blocks only add to that.
    #[schemars(extend("x-reference" = ["composite_type"]), with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<Reference>,
    /// Whether it is not written to the write-ahead log.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unlogged: bool,
    /// Its tablespace; left alone when absent, unless with `--prune`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
    /// How it keeps its rows, where that is not `heap`; left alone when absent, unless with `--prune`. A partitioned
    /// table gives it to new partitions that do not say otherwise, and none when absent. PostgreSQL 17 for these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_method: Option<String>,
    /// Storage parameters, such as `fillfactor` or `autovacuum_enabled`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// The order in which `options` are given, where it is to be another than that of their names. It means
    /// nothing, but the server shows it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options_order: Vec<String>,
    /// What replication knows rows by, where it is neither the primary key nor an index that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replica_identity: Option<ReplicaIdentity>,
    /// Whether its policies decide which rows who may see and write.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub row_security: bool,
    /// Whether they decide it for its owner, too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub force_row_security: bool,
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
    /// Sequences that belong to its columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-derived" = true))]
    pub owns: Vec<Owns>,
}

/// What replication knows rows by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaIdentity {
    /// Everything in them.
    Full,
    /// Nothing: updates and deletes are not published.
    Nothing,
}

/// Returns the clause that says what replication knows rows by.
pub(crate) fn replica_identity(identity: Option<ReplicaIdentity>) -> &'static str {
    match identity {
        None => "replica identity default",
        Some(ReplicaIdentity::Full) => "replica identity full",
        Some(ReplicaIdentity::Nothing) => "replica identity nothing",
    }
}

/// Whether statements are about a table or a foreign table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// It holds its rows.
    Own,
    /// Its rows lie elsewhere.
    Foreign,
}

impl Form {
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            Self::Own => "table",
            Self::Foreign => "foreign table",
        }
    }
}

impl Table {
    /// Returns the column with a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Column> {
        self.column.iter().find(|column| column.name == name)
    }

    /// Returns all constraints by name.
    pub(crate) fn constraints(&self, table: &str) -> BTreeMap<String, Constraint> {
        self.primary_key
            .iter()
            .map(|key| key.constraint(table))
            .chain(self.unique.iter().map(Unique::constraint))
            .chain(self.check.iter().map(Check::constraint))
            .chain(self.exclude.iter().map(Exclusion::constraint))
            .map(|constraint| (constraint.name.clone(), constraint))
            .collect()
    }

    /// Reports whether it has columns that it need not name: those of another table, of a type or of a query.
    pub(crate) fn has_more_columns(&self) -> bool {
        self.query.is_some() || self.has_columns_from_above()
    }

    /// Reports whether it has columns of another table or of a type.
    pub(crate) fn has_columns_from_above(&self) -> bool {
        self.partition_of.is_some() || !self.inherits.is_empty() || self.of.is_some()
    }

    fn keyed_columns(&self) -> BTreeSet<String> {
        self.primary_key
            .iter()
            .flat_map(|key| key.columns.iter().cloned())
            .collect()
    }
}

impl Kind for Table {
    const NAME: &'static str = "table";
    const NAMESPACE: &'static str = super::RELATION;
    const TAKES_ALONG: &'static [&'static str] = &["index", "sequence", "identity_sequence"];
    const WITHIN: Option<Within> = Some(super::IN_SCHEMA);
    const NESTED: &'static [Nested] = &[
        Nested {
            block: "index",
            kind: "index",
        },
        Nested {
            block: "foreign_key",
            kind: "foreign_key",
        },
        Nested {
            block: "trigger",
            kind: "trigger",
        },
        Nested {
            block: "policy",
            kind: "policy",
        },
        Nested {
            block: "rule",
            kind: "rule",
        },
        Nested {
            block: "statistics",
            kind: "statistics",
        },
    ];
    const RENDERED: bool = true;
    const SWAP: Swap = Swap::Whole;
    const KEPT: &'static [&'static str] = &["query"];

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        let mut problems = built::normalize(self);
        problems.extend(columns::normalize(self, at));
        problems.extend(self.partition_by.iter().flat_map(PartitionBy::problems));
        problems.extend(self.partition_of.iter().flat_map(PartitionOf::problems));
        self.partition_of.iter_mut().for_each(partition::normalize);
        problems.extend(above::problems(self));
        problems.extend(constraints::normalize(self, at));
        options::normalize(&mut self.options);
        order::normalize(&mut self.options_order, &self.options);
        self.unique.sort_by(|a, b| a.name.cmp(&b.name));
        self.check.sort_by(|a, b| a.name.cmp(&b.name));
        self.exclude.sort_by(|a, b| a.name.cmp(&b.name));
        problems
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        tablespace::settle(&mut self.tablespace, live.tablespace.as_ref(), with);
        // A partitioned table has none where it does not say so.
        if self.partition_by.is_none() {
            access_method::settle(&mut self.access_method, live.access_method.as_ref(), with);
        }
        let theirs = (live.options_order.as_slice(), &live.options);
        order::settle(&mut self.options_order, &self.options, theirs);
        partition::settle(&mut self.partition_of, live.partition_of.as_ref());
        above::settle(self, live, with);
        built::settle(self, live, with.standing.record);
        columns::settle(self, live, with);
        attached::settle_grants(
            Class::Table,
            &mut self.grants,
            &mut self.privileges,
            (live.owner.as_ref(), &live.privileges),
            with,
        );
    }

    fn give_back(&mut self, with: &Settling<'_>) {
        attached::give_back(
            Class::Table,
            self.owner.as_ref(),
            &mut self.privileges,
            with,
        );
    }

    fn edges(&self, at: &At<'_>) -> BTreeSet<Edge> {
        let partitioned = self.partition_of.iter();
        let places = partitioned.map(|partition| Edge {
            by: Some(PLACE.to_owned()),
            ..Edge::to(partition.table.0.clone())
        });
        places.chain([Edge::to(schema_of(at.address))]).collect()
    }

    fn out_of_place(
        &self,
        live: Option<&Self>,
        find: &dyn Fn(&Address) -> Option<Object>,
        at: &At<'_>,
    ) -> Self {
        place::out_of_place(self, live, find, at)
    }

    fn loosened(&self, parts: &BTreeSet<String>) -> Self {
        loosened(self, parts)
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        create(self, at, Form::Own, false, Statement::new)
    }

    fn fill(&self, at: &At<'_>) -> Vec<Statement> {
        create(self, at, Form::Own, true, Statement::new)
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        alter(self, next, at, Form::Own)
    }

    fn companions(&self, at: &At<'_>) -> Vec<Address> {
        built::companions(self, at)
    }

    fn publish(&self, made: &Self, at: &At<'_>, to: &Address) -> Vec<Statement> {
        built::publish(self, made, at, to)
    }

    fn ready(&self, at: &At<'_>) -> Vec<Statement> {
        let name = Handle::new("table", at.address).name;
        let analyze = self.query.as_ref().map(|_| format!("analyze {name}"));
        analyze.map(Statement::new).into_iter().collect()
    }

    fn undo(&self, at: &At<'_>) -> Option<Undo> {
        Some(Handle::new("table", at.address).undo("r"))
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        remove(self, at, Form::Own)
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Handle::new("table", at.address).relocate(at.address, to)
    }
}

/// The note of a live partitioned table: it has partitions where nobody has looked.
pub(crate) const HIDDEN: &str = "hidden_partitions";

/// The note of a declared partition: constraints that become those of the table above, each with the name that it gets.
pub(crate) const JOINED: &str = "joined_constraints";

/// The note of a declared table with a query: columns that its live form has from elsewhere.
pub(crate) const BY_HAND: &str = "by_hand";

/// Returns the statements that drop a table or foreign table.
pub(crate) fn remove(table: &Table, at: &At<'_>, form: Form) -> Vec<Statement> {
    let mut statements = Vec::new();
    // A sequence that belongs to a column would go along, even one that is to stay.
    for owns in &table.owns {
        let sequence = crate::naming::written(&owns.sequence.0);
        statements.push(Statement::new(format!(
            "alter sequence {sequence} owned by none"
        )));
    }
    let mut drop = Handle::new(form.keyword(), at.address).drop();
    let added = texts(at.facts.notes.get(BY_HAND));
    drop.hazards
        .extend(added.iter().map(|column| Hazard::DeletesData {
            what: format!(
                "column {column} of table {}, which its query does not give",
                at.address.qualified_name()
            ),
            rows: at.facts.rows,
        }));
    // Partitions go by themselves, with the rows, unless there are some that nobody has seen.
    let has_rows = table.partition_by.is_none() || at.facts.notes.contains_key(HIDDEN);
    // Its query gives them again.
    let has_rows = has_rows && table.query.is_none();
    statements.push(match form {
        Form::Own if has_rows => drop.hazard(Hazard::DeletesData {
            what: format!("table {}", at.address.qualified_name()),
            rows: at.facts.rows,
        }),
        Form::Own | Form::Foreign => drop,
    });
    statements
}
