//! Publications: which changes of which tables others may follow.
//!
//! Source: PostgreSQL manual, CREATE PUBLICATION, ALTER PUBLICATION; `pg_publication`,
//! `pg_publication_rel`, `pg_publication_namespace`.

use std::collections::{BTreeMap, BTreeSet};

use model::{Address, Edge, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::IN_DATABASE;
use crate::kinds::attached::{Handle, dress, redress};
use crate::naming::{column_part, written};
use crate::text::quote::{ident, literal};

/// The first version with column lists, row filters and whole schemas.
const FILTERS: u32 = 150_000;

/// The first version that publishes generated columns.
const GENERATED: u32 = 180_000;

/// A change that is published.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Rows that come.
    Insert,
    /// Rows that change.
    Update,
    /// Rows that go.
    Delete,
    /// All rows going at once.
    Truncate,
    /// None of these; by itself only.
    Nothing,
}

impl Operation {
    const ALL: [Self; 4] = [Self::Insert, Self::Update, Self::Delete, Self::Truncate];

    fn word(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Truncate => "truncate",
            Self::Nothing => "",
        }
    }
}

/// Which generated columns are published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GeneratedColumns {
    /// None but those that a column list names.
    #[default]
    None,
    /// Those that are stored.
    Stored,
}

impl GeneratedColumns {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Stored => "stored",
        }
    }
}

/// A table of a publication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Its name.
    #[serde(default)]
    #[schemars(extend("x-derived" = true))]
    pub name: String,
    /// The table.
    #[schemars(extend("x-reference" = ["table"]), with = "String")]
    pub of: Reference,
    /// Only these columns. PostgreSQL 15.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-one-or-many" = true))]
    pub columns: Vec<String>,
    /// Only rows for which this SQL expression is true. PostgreSQL 15.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}

impl Published {
    /// Makes a table of a publication.
    #[must_use]
    pub fn new(of: Reference) -> Self {
        Self {
            name: of.0.qualified_name(),
            of,
            columns: Vec::new(),
            filter: None,
        }
    }

    fn clause(&self) -> String {
        let mut sql = format!("table only {}", written(&self.of.0));
        if !self.columns.is_empty() {
            let columns: Vec<_> = self.columns.iter().map(|column| ident(column)).collect();
            sql.push_str(&format!(" ({})", columns.join(", ")));
        }
        if let Some(filter) = &self.filter {
            sql.push_str(&format!(" where ({filter})"));
        }
        sql
    }
}

/// A publication.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Publication {
    /// Whether it is of all tables of the database, present and future.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub all_tables: bool,
    /// Tables it is of, whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-reference" = ["table"], "x-one-or-many" = true), with = "Vec<String>")]
    pub tables: Vec<Reference>,
    /// Tables it is of, some of them only in part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "plain"))]
    pub table: Vec<Published>,
    /// Schemas all of whose tables it is of, present and future. PostgreSQL 15.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-reference" = ["schema"], "x-one-or-many" = true), with = "Vec<String>")]
    pub schemas: Vec<Reference>,
    /// The changes it publishes; all when absent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-one-or-many" = true))]
    pub publish: Vec<Operation>,
    /// Whether changes of partitions are published as those of the table they belong to.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub publish_via_partition_root: bool,
    /// Which generated columns are published. PostgreSQL 18.
    #[serde(skip_serializing_if = "GeneratedColumns::is_default")]
    pub publish_generated_columns: GeneratedColumns,
    /// Its owner; left alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Publication {
    /// Returns the parameters in which it differs from another form.
    fn parameters(&self, from: &Self) -> Vec<String> {
        let mut parameters = Vec::new();
        if self.publish != from.publish {
            let all = &Operation::ALL.to_vec();
            let publish = if self.publish.is_empty() {
                all
            } else {
                &self.publish
            };
            let words: Vec<_> = publish.iter().map(|one| one.word()).collect();
            parameters.push(format!("publish = {}", literal(&words.join(", "))));
        }
        if self.publish_via_partition_root != from.publish_via_partition_root {
            let on = self.publish_via_partition_root;
            parameters.push(format!("publish_via_partition_root = {on}"));
        }
        if self.publish_generated_columns != from.publish_generated_columns {
            let which = self.publish_generated_columns.word();
            parameters.push(format!("publish_generated_columns = {which}"));
        }
        parameters
    }

    fn schema_clauses<'a>(schemas: impl Iterator<Item = &'a Reference>) -> Vec<String> {
        schemas
            .map(|schema| format!("tables in schema {}", ident(schema.0.name())))
            .collect()
    }

    fn by_table(&self) -> BTreeMap<&Address, &Published> {
        self.table.iter().map(|one| (&one.of.0, one)).collect()
    }

    /// Returns what is wrong with it on a server of a version.
    fn problems(&self, version: u32) -> Vec<Problem> {
        let mut problems = Vec::new();
        let parts = !self.table.is_empty() || !self.schemas.is_empty();
        if self.all_tables && parts {
            problems.push(Problem::new(
                ["all_tables"],
                "unclear publication",
                "a publication of all tables names no tables or schemas",
            ));
        }
        let columns = self.table.iter().any(|one| !one.columns.is_empty());
        if columns && !self.schemas.is_empty() {
            problems.push(Problem::new(
                ["schemas"],
                "unclear publication",
                "a publication of schemas has no column lists",
            ));
        }
        if self.publish.contains(&Operation::Nothing) && self.publish.len() > 1 {
            problems.push(Problem::new(
                ["publish"],
                "unclear publication",
                "`nothing` stands by itself",
            ));
        }
        let mut too_old = |attribute: &'static str, needs: u32, what: &str| {
            if version < needs {
                let needs = needs / 10_000;
                problems.push(Problem::new(
                    [attribute],
                    "the server is too old for this",
                    format!("{what} need PostgreSQL {needs}"),
                ));
            }
        };
        if !self.schemas.is_empty() {
            too_old("schemas", FILTERS, "publications of schemas");
        }
        let is_whole = |one: &Published| one.columns.is_empty() && one.filter.is_none();
        if !self.table.iter().all(is_whole) {
            too_old("table", FILTERS, "column lists and row filters");
        }
        if !self.publish_generated_columns.is_default() {
            too_old(
                "publish_generated_columns",
                GENERATED,
                "published generated columns",
            );
        }
        problems
    }
}

impl Kind for Publication {
    const NAME: &'static str = "publication";
    const WITHIN: Option<Within> = Some(IN_DATABASE);
    const RENDERED: bool = true;
    const REBUILDABLE: bool = true;

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        let whole = std::mem::take(&mut self.tables).into_iter();
        self.table.extend(whole.map(Published::new));
        for one in &mut self.table {
            one.name = one.of.0.qualified_name();
            one.columns.sort();
            one.columns.dedup();
        }
        self.table.sort_by(|a, b| a.name.cmp(&b.name));
        self.schemas.sort();
        self.schemas.dedup();
        self.publish.sort();
        self.publish.dedup();
        if self.publish == Operation::ALL {
            self.publish.clear();
        }
        let mut problems = self.problems(at.platform.version);
        let named = self.table.len();
        self.table.dedup_by(|a, b| a.of == b.of);
        if self.table.len() < named {
            problems.push(Problem::new(
                ["tables"],
                "unclear publication",
                "the same table is named twice",
            ));
        }
        problems
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
    }

    fn edges(&self, _at: &At<'_>) -> BTreeSet<Edge> {
        self.table
            .iter()
            .flat_map(|one| {
                one.columns.iter().map(|column| Edge {
                    on: one.of.0.clone(),
                    part: Some(column_part(column)),
                    by: None,
                })
            })
            .collect()
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("publication", at.address);
        let mut sql = format!("create publication {}", handle.name);
        let mut parts: Vec<_> = self.table.iter().map(Published::clause).collect();
        parts.extend(Self::schema_clauses(self.schemas.iter()));
        if self.all_tables {
            sql.push_str(" for all tables");
        } else if !parts.is_empty() {
            sql.push_str(&format!(" for {}", parts.join(", ")));
        }
        let parameters = self.parameters(&Self::default());
        if !parameters.is_empty() {
            sql.push_str(&format!(" with ({})", parameters.join(", ")));
        }
        let mut statements = vec![Statement::new(sql)];
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        if self.all_tables != next.all_tables {
            return Alter::replace("a publication cannot become one of all tables, or cease to be");
        }
        let handle = Handle::new("publication", at.address);
        let mut statements = Vec::new();
        let (old, new) = (self.by_table(), next.by_table());
        let differs = |one: &&Published, others: &BTreeMap<&Address, &Published>| {
            others.get(&one.of.0) != Some(one)
        };
        let mut gone: Vec<_> = self
            .table
            .iter()
            .filter(|one| differs(one, &new))
            .map(|one| format!("table only {}", written(&one.of.0)))
            .collect();
        let schemas = |mine: &[Reference], theirs: &[Reference]| {
            Self::schema_clauses(mine.iter().filter(|one| !theirs.contains(one)))
        };
        gone.extend(schemas(&self.schemas, &next.schemas));
        let mut come: Vec<_> = next
            .table
            .iter()
            .filter(|one| differs(one, &old))
            .map(Published::clause)
            .collect();
        come.extend(schemas(&next.schemas, &self.schemas));
        if !gone.is_empty() {
            statements.push(handle.alter(&format!("drop {}", gone.join(", "))));
        }
        let parameters = next.parameters(self);
        if !parameters.is_empty() {
            statements.push(handle.alter(&format!("set ({})", parameters.join(", "))));
        }
        if !come.is_empty() {
            statements.push(handle.alter(&format!("add {}", come.join(", "))));
        }
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new("publication", at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Handle::new("publication", at.address).renamed(at.address, to)
    }
}
