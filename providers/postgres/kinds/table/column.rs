//! Columns of tables.
//!
//! Source: PostgreSQL manual, CREATE TABLE, ALTER TABLE; `pg_attribute`, `pg_attrdef`.

use std::collections::BTreeMap;

use model::Reference;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::not_null::NotNull;
use crate::kinds::sequence::Numbers;
use crate::text::quote::ident;

/// How an identity column takes its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Generation {
    /// Always from the sequence; a value in an insert is refused.
    Always,
    /// From the sequence unless an insert says otherwise.
    ByDefault,
}

/// An identity column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// How it takes its numbers; `by_default`, which accepts given ones, when absent.
    #[serde(default = "by_default")]
    pub generated: Generation,
    /// The first number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// The step. 1 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub increment: Option<i64>,
    /// The smallest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// How many numbers a session takes at once. 1 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<i64>,
    /// Whether it begins anew at its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cycle: bool,
    /// The name of its sequence, where it is not the one PostgreSQL gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<String>,
    /// Whether its sequence is unlogged, where that is not so of its table as well. PostgreSQL 15.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlogged: Option<bool>,
    /// Words about its sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

fn by_default() -> Generation {
    Generation::ByDefault
}

impl Identity {
    pub(crate) fn numbers(&self) -> Numbers {
        let Self {
            start,
            increment,
            min,
            max,
            cache,
            cycle,
            ..
        } = *self;
        Numbers {
            start,
            increment,
            min,
            max,
            cache,
            cycle,
        }
    }

    pub(crate) fn with_numbers(mut self, numbers: &Numbers) -> Self {
        let Numbers {
            start,
            increment,
            min,
            max,
            cache,
            cycle,
        } = *numbers;
        (
            self.start,
            self.increment,
            self.min,
            self.max,
            self.cache,
            self.cycle,
        ) = (start, increment, min, max, cache, cycle);
        self
    }

    pub(crate) fn words(&self) -> &'static str {
        match self.generated {
            Generation::Always => "always",
            Generation::ByDefault => "by default",
        }
    }
}

/// A column computed from others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Generated {
    /// The SQL expression.
    pub expression: String,
    /// Whether it is computed when read and not stored. PostgreSQL 18.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub virtual_column: bool,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
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
    /// Whether null is refused.
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
    /// Makes it an identity column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-block" = "plain"))]
    pub identity: Option<Identity>,
    /// Makes it a generated column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-block" = "plain"))]
    pub generated: Option<Generated>,
    /// How long values are stored: `plain`, `external`, `extended`, `main`; that of the type when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<String>,
    /// How long values are compressed: `pglz` or `lz4`; the server's choice when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// How closely `ANALYZE` looks at it; the server's choice when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<i64>,
    /// Attribute options, such as `n_distinct`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// An SQL expression that turns old values into new ones when the type changes. Used once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<String>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A sequence that belongs to a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Owns {
    /// The column.
    pub column: String,
    /// The sequence.
    #[schemars(with = "String")]
    pub sequence: Reference,
}

impl Column {
    /// Returns the definition as it stands in `CREATE TABLE` and `ADD COLUMN`.
    pub(crate) fn definition(&self) -> String {
        let mut sql = format!("{} {}", ident(&self.name), self.data_type);
        if let Some(collation) = &self.collation {
            sql.push_str(&format!(" collate {}", collation_name(collation)));
        }
        sql.push_str(&self.constraints());
        sql
    }

    /// Returns what follows the type.
    pub(crate) fn constraints(&self) -> String {
        let mut sql = String::new();
        if let Some(default) = &self.default {
            sql.push_str(&format!(" default {default}"));
        }
        if let Some(generated) = &self.generated {
            let kind = if generated.virtual_column {
                "virtual"
            } else {
                "stored"
            };
            sql.push_str(&format!(
                " generated always as ({}) {kind}",
                generated.expression
            ));
        }
        if let Some(identity) = &self.identity {
            sql.push_str(&identity_clause(identity, &self.data_type));
        }
        // That of an identity column is there in any case.
        let constraint = NotNull::of(self);
        let constraint = constraint.filter(|one| self.identity.is_none() || one.name.is_some());
        sql.extend(constraint.map(|constraint| constraint.clause("")));
        sql
    }
}

/// Returns `generated ... as identity (...)`.
pub(crate) fn identity_clause(identity: &Identity, data_type: &str) -> String {
    let name = identity.sequence.iter();
    let options: Vec<_> = name
        .map(|name| format!("sequence name {}", ident(name)))
        .chain(identity.numbers().definition(number_type(data_type)))
        .collect();
    let options = if options.is_empty() {
        String::new()
    } else {
        format!(" ({})", options.join(" "))
    };
    format!(" generated {} as identity{options}", identity.words())
}

/// Returns the plain name of an integer type.
pub(crate) fn number_type(data_type: &str) -> &'static str {
    match data_type.to_lowercase().as_str() {
        "smallint" | "int2" => "smallint",
        "integer" | "int" | "int4" => "integer",
        _ => "bigint",
    }
}

/// Brings the name of a collation into the form that the server writes.
pub(crate) fn normalize_collation(collation: &mut Option<String>) {
    *collation = collation.take().map(|name| collation_name(&name));
}

/// Writes a collation: a name, or a qualified one, each part exactly as it is called.
pub(crate) fn collation_name(collation: &str) -> String {
    match crate::naming::split(collation) {
        Ok(parts) => parts
            .iter()
            .map(|part| ident(part))
            .collect::<Vec<_>>()
            .join("."),
        Err(_) => ident(collation),
    }
}
