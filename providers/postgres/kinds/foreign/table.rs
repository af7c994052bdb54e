//! Foreign tables: tables whose rows lie on a foreign server.
//!
//! What they share with tables, columns and checks, is worked on as a table; their own are the server
//! and options that only its wrapper understands.
//!
//! Source: PostgreSQL manual, CREATE FOREIGN TABLE, ALTER FOREIGN TABLE; `pg_foreign_table`,
//! `pg_attribute.attfdwoptions`.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Edge, Map, Object, Reference, Statement};
use provider::{Alter, At, Kind, Nested, Problem, Settling, Within, encode, keep_secrets, typed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options::{self, Plain, Secrets};
use crate::acl::Privilege;
use crate::kinds::attached::Handle;
use crate::kinds::table::{
    self, Check, Column, Form, Generated, NotNull, Owns, PartitionOf, Table, plain_column,
};
use crate::kinds::{GrantsMode, IN_SCHEMA, RELATION};
use crate::naming::{schema_of, written};
use crate::text::quote::ident;

/// A column of a foreign table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForeignColumn {
    /// Its name.
    #[serde(default)]
    #[schemars(extend("x-derived" = true))]
    pub name: String,
    /// Its type, such as `bigint` or `numeric(10, 2)[]`. A partition inherits it.
    #[serde(rename = "type", default, skip_serializing_if = "String::is_empty")]
    pub data_type: String,
    /// Its collation, where it is not that of the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Whether the data has no null there; not enforced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_null: bool,
    /// The constraint behind `not_null`, where it is not called as PostgreSQL would call it, or there is more to
    /// say about it. PostgreSQL 18.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-block" = "plain"))]
    pub not_null_constraint: Option<NotNull>,
    /// Its default, an SQL expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Makes it a generated column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-block" = "plain"))]
    pub generated: Option<Generated>,
    /// How long values are stored: `plain`, `external`, `extended`, `main`; that of the type when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<String>,
    /// How closely `ANALYZE` looks at it; the server's choice when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<i64>,
    /// Attribute options, such as `n_distinct`.
    #[serde(default, skip_serializing_if = "Plain::is_empty")]
    pub attribute_options: Plain,
    /// Options that the wrapper knows, such as `column_name`.
    #[serde(default, skip_serializing_if = "Plain::is_empty")]
    pub options: Plain,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A foreign table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForeignTable {
    /// The foreign server that has its rows.
    #[schemars(extend("x-reference" = ["foreign_server"]), with = "String")]
    pub server: Reference,
    /// Options that the wrapper knows, such as `table_name` or `filename`.
    #[serde(default, skip_serializing_if = "Plain::is_empty")]
    pub options: Plain,
    /// Options that are secrets. Stored and shown nowhere.
    #[serde(default, skip_serializing_if = "Secrets::is_empty")]
    #[schemars(
        extend("additionalProperties" = {"type": "string", "x-secret": true}),
        with = "Plain"
    )]
    pub secret_options: Secrets,
    /// Its columns, in the order in which a new table has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "labelled"))]
    pub column: Vec<ForeignColumn>,
    /// Its check constraints; not enforced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "labelled"))]
    pub check: Vec<Check>,
    /// Makes it a partition of a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-block" = "plain"))]
    pub partition_of: Option<PartitionOf>,
    /// The tables whose columns and checks it has, too, and whose rows its own are among, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-reference" = ["table", "foreign_table"], "x-one-or-many" = true), with = "Vec<String>")]
    pub inherits: Vec<Reference>,
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
    /// Sequences that belong to its columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-derived" = true))]
    pub owns: Vec<Owns>,
}

impl ForeignColumn {
    fn column(&self) -> Column {
        Column {
            data_type: self.data_type.clone(),
            collation: self.collation.clone(),
            not_null: self.not_null,
            not_null_constraint: self.not_null_constraint.clone(),
            default: self.default.clone(),
            generated: self.generated.clone(),
            storage: self.storage.clone(),
            statistics: self.statistics,
            options: self.attribute_options.clone(),
            comment: self.comment.clone(),
            ..plain_column(&self.name)
        }
    }

    fn of(column: Column, options: Plain) -> Self {
        Self {
            name: column.name,
            data_type: column.data_type,
            collation: column.collation,
            not_null: column.not_null,
            not_null_constraint: column.not_null_constraint,
            default: column.default,
            generated: column.generated,
            storage: column.storage,
            statistics: column.statistics,
            attribute_options: column.options,
            options,
            comment: column.comment,
        }
    }
}

impl ForeignTable {
    /// Returns what it has in common with a table.
    fn table(&self) -> Table {
        Table {
            column: self.column.iter().map(ForeignColumn::column).collect(),
            check: self.check.clone(),
            partition_of: self.partition_of.clone(),
            inherits: self.inherits.clone(),
            owner: self.owner.clone(),
            comment: self.comment.clone(),
            grants: self.grants,
            privileges: self.privileges.clone(),
            owns: self.owns.clone(),
            ..Table::default()
        }
    }

    /// Makes a foreign table of a table and the options of its columns.
    pub(crate) fn of(
        table: Table,
        server: Reference,
        (options, secret_options): (Plain, Secrets),
        mut of_columns: BTreeMap<String, Plain>,
    ) -> Self {
        let mut column: Vec<_> = table
            .column
            .into_iter()
            .map(|column| {
                let options = of_columns.remove(&column.name).unwrap_or_default();
                ForeignColumn::of(column, options)
            })
            .collect();
        // Of a partition's columns only those are left that say something.
        let more = of_columns.into_iter().filter(|(_, own)| !own.is_empty());
        column.extend(more.map(|(name, own)| ForeignColumn::of(plain_column(&name), own)));
        Self {
            server,
            options,
            secret_options,
            column,
            check: table.check,
            partition_of: table.partition_of,
            inherits: table.inherits,
            owner: table.owner,
            comment: table.comment,
            grants: table.grants,
            privileges: table.privileges,
            owns: table.owns,
        }
    }

    /// Takes over what was done to it as a table.
    fn take(&mut self, table: Table) {
        let of_columns = std::mem::take(&mut self.column)
            .into_iter()
            .map(|column| (column.name, column.options))
            .collect();
        let own = (
            std::mem::take(&mut self.options),
            std::mem::take(&mut self.secret_options),
        );
        *self = Self::of(table, self.server.clone(), own, of_columns);
    }

    fn options_of(&self, column: &str) -> Option<&Plain> {
        let column = self.column.iter().find(|one| one.name == column)?;
        Some(&column.options)
    }

    /// Returns the statements that turn the options of columns into those of `next`. Columns that are
    /// gone took theirs along.
    fn change_columns(&self, next: &Self, handle: &Handle, at: &At<'_>) -> Vec<Statement> {
        let (none, secrets) = (Plain::new(), Secrets::new());
        let columns: BTreeSet<&str> = next
            .column
            .iter()
            .chain(
                self.column
                    .iter()
                    .filter(|_| next.partition_of.is_some() || !next.inherits.is_empty()),
            )
            .map(|column| column.name.as_str())
            .collect();
        columns
            .into_iter()
            .filter_map(|name| {
                options::change(
                    &format!(
                        "alter foreign table {} alter column {}",
                        handle.name,
                        ident(name)
                    ),
                    (self.options_of(name).unwrap_or(&none), &secrets),
                    (next.options_of(name).unwrap_or(&none), &secrets),
                    at.address,
                )
            })
            .collect()
    }
}

/// Returns what a declared table or foreign table has in common with a table.
pub(crate) fn as_table(object: &Object) -> Table {
    if object.address.kind() == ForeignTable::NAME {
        typed::<ForeignTable>(&object.attributes).table()
    } else {
        typed(&object.attributes)
    }
}

/// Returns the attributes of a table or foreign table that takes over what was done to it as a table.
pub(crate) fn with_table(object: &Object, table: Table) -> Map {
    if object.address.kind() != ForeignTable::NAME {
        return encode(&table);
    }
    let mut foreign: ForeignTable = typed(&object.attributes);
    foreign.take(table);
    let mut attributes = encode(&foreign);
    keep_secrets(&object.attributes, &mut attributes);
    attributes
}

/// Reports whether an address is that of a table or foreign table.
pub(crate) fn is_table(address: &Address) -> bool {
    matches!(address.kind(), Table::NAME | ForeignTable::NAME)
}

impl Kind for ForeignTable {
    const NAME: &'static str = "foreign_table";
    const NAMESPACE: &'static str = RELATION;
    const TAKES_ALONG: &'static [&'static str] = &["index", "sequence", "identity_sequence"];
    const WITHIN: Option<Within> = Some(IN_SCHEMA);
    const NESTED: &'static [Nested] = &[Nested {
        block: "trigger",
        kind: "trigger",
    }];
    const RENDERED: bool = true;
    const REBUILDABLE: bool = true;

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        let mut table = self.table();
        let mut problems = table.normalize(at);
        self.take(table);
        problems.extend(options::problems(&self.options, &self.secret_options));
        problems
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        let mut table = self.table();
        table.settle(&live.table(), with);
        self.take(table);
    }

    fn give_back(&mut self, with: &Settling<'_>) {
        let mut table = self.table();
        table.give_back(with);
        self.take(table);
    }

    fn edges(&self, at: &At<'_>) -> BTreeSet<Edge> {
        [Edge::to(schema_of(at.address))].into()
    }

    fn loosened(&self, parts: &BTreeSet<String>) -> Self {
        let mut loosened = self.clone();
        loosened.take(table::loosened(&self.table(), parts));
        loosened
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new(Form::Foreign.keyword(), at.address);
        let mut statements = table::create(&self.table(), at, Form::Foreign, false, |sql| {
            let sql = format!("{sql} server {}", written(&self.server.0));
            options::with(sql, &self.options, &self.secret_options, at.address)
        });
        let fresh = Self {
            column: Vec::new(),
            ..self.clone()
        };
        statements.extend(fresh.change_columns(self, &handle, at));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        if self.server != next.server {
            return Alter::replace("the server of a foreign table cannot be altered");
        }
        let handle = Handle::new(Form::Foreign.keyword(), at.address);
        let mut altered = table::alter(&self.table(), &next.table(), at, Form::Foreign);
        if let Alter::InPlace { statements, .. } = &mut altered {
            statements.extend(options::change(
                &format!("alter foreign table {}", handle.name),
                (&self.options, &self.secret_options),
                (&next.options, &next.secret_options),
                at.address,
            ));
            statements.extend(self.change_columns(next, &handle, at));
        }
        altered
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        table::remove(&self.table(), at, Form::Foreign)
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Handle::new(Form::Foreign.keyword(), at.address).relocate(at.address, to)
    }
}
