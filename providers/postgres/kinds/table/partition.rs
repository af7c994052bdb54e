//! Partitioned tables and their partitions.
//!
//! Source: PostgreSQL manual, CREATE TABLE (PARTITION BY, PARTITION OF); `pg_get_partkeydef()`,
//! `pg_class.relpartbound`.

use model::Reference;
use provider::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PartKey;
use crate::kinds::options;
use crate::text::quote::ident;

/// How rows are spread over partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// By ranges of the key.
    Range,
    /// By lists of values.
    List,
    /// By the remainder of a hash.
    Hash,
}

/// The partition key of a partitioned table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PartitionBy {
    /// How rows are spread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// Columns of the key, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// SQL expressions of the key, after the columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expressions: Vec<String>,
    /// The whole key as PostgreSQL writes it, such as `RANGE (day)`, instead of everything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
}

impl PartitionBy {
    /// Returns ` partition by ...`.
    pub(crate) fn clause(&self) -> String {
        if let Some(definition) = &self.definition {
            return format!(" partition by {definition}");
        }
        let strategy = match self.strategy {
            Some(Strategy::Hash) => "hash",
            Some(Strategy::List) => "list",
            Some(Strategy::Range) | None => "range",
        };
        let keys: Vec<_> = self
            .columns
            .iter()
            .map(|column| ident(column))
            .chain(
                self.expressions
                    .iter()
                    .map(|expression| format!("({expression})")),
            )
            .collect();
        format!(" partition by {strategy} ({})", keys.join(", "))
    }

    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.definition.is_none() && self.columns.is_empty() && self.expressions.is_empty() {
            problems.push(Problem::new(
                ["partition_by"],
                "partition key without columns",
                "`columns` or `expressions` must say what the key is",
            ));
        }
        if self.definition.is_none() && self.strategy.is_none() {
            problems.push(Problem::new(
                ["partition_by"],
                "missing attribute",
                "`strategy` must be one of `range`, `list`, `hash`",
            ));
        }
        problems
    }
}

/// What a partition is a partition of, and which rows it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartitionOf {
    /// The partitioned table.
    #[schemars(extend("x-reference" = ["table"]), with = "String")]
    pub table: Reference,
    /// Lower bounds of a range, inclusive: SQL expressions, `minvalue` or `maxvalue`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// Upper bounds of a range, exclusive: SQL expressions, `minvalue` or `maxvalue`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// Values of a list: SQL expressions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// The divisor of a hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modulus: Option<i64>,
    /// The remainder of a hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remainder: Option<i64>,
    /// Whether it takes what no other partition takes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    /// The whole bound as PostgreSQL writes it, such as `FOR VALUES IN ('a')`, instead of the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<String>,
    /// Its keys from the table above, by their names there, where something about them is its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "labelled"))]
    pub key: Vec<PartKey>,
    /// The order of its columns, where it is another than that of the table above. Means something only when
    /// the partition is made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

/// Brings what is said of keys into normal form.
pub(super) fn normalize(partition: &mut PartitionOf) {
    for key in &mut partition.key {
        options::normalize(&mut key.options);
    }
    partition.key.retain(|key| !key.is_usual());
    partition.key.sort_by(|a, b| a.name.cmp(&b.name));
}

/// Takes over the order of columns, which cannot be changed.
pub(crate) fn settle(mine: &mut Option<PartitionOf>, live: Option<&PartitionOf>) {
    if let (Some(mine), Some(live)) = (mine, live) {
        mine.columns.clone_from(&live.columns);
    }
}

impl PartitionOf {
    /// Makes a partition of a table that does not say yet which rows it takes.
    pub(crate) fn of(table: Reference) -> Self {
        Self {
            table,
            from: Vec::new(),
            to: Vec::new(),
            values: Vec::new(),
            modulus: None,
            remainder: None,
            default: false,
            bound: None,
            key: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// Reports whether another is about the same rows of the same table.
    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        let plain = |one: &Self| Self {
            key: Vec::new(),
            columns: Vec::new(),
            ..one.clone()
        };
        plain(self) == plain(other)
    }

    /// Returns `for values ...` or `default`.
    pub(crate) fn bound(&self) -> String {
        if let Some(bound) = &self.bound {
            return bound.clone();
        }
        if self.default {
            return "default".to_owned();
        }
        if let (Some(modulus), Some(remainder)) = (self.modulus, self.remainder) {
            return format!("for values with (modulus {modulus}, remainder {remainder})");
        }
        if self.values.is_empty() {
            return format!(
                "for values from ({}) to ({})",
                self.from.join(", "),
                self.to.join(", ")
            );
        }
        format!("for values in ({})", self.values.join(", "))
    }

    pub(crate) fn problems(&self) -> Vec<Problem> {
        let range = !self.from.is_empty() || !self.to.is_empty();
        let hash = self.modulus.is_some() || self.remainder.is_some();
        let ways = [
            range,
            !self.values.is_empty(),
            hash,
            self.default,
            self.bound.is_some(),
        ];
        let complete = (!range || (!self.from.is_empty() && !self.to.is_empty()))
            && (!hash || (self.modulus.is_some() && self.remainder.is_some()));
        if ways.into_iter().filter(|way| *way).count() == 1 && complete {
            return Vec::new();
        }
        vec![Problem::new(
            ["partition_of"],
            "unclear partition bound",
            "say exactly one of `from` and `to`, `values`, `modulus` and `remainder`, `default`",
        )]
    }
}
