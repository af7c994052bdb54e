//! The keys of indexes.
//!
//! Source: PostgreSQL manual, CREATE INDEX; `pg_index.indoption`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::table::collation_name;
use crate::text::quote::ident;

/// One key of an index.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Key {
    /// A column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// An SQL expression instead of a column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// Its collation, where it is not that of the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Its operator class, with parameters, where it is not the default of the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_class: Option<String>,
    /// Whether large values come first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub descending: bool,
    /// Where nulls come: `first` or `last`; last, or first when descending, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nulls: Option<Nulls>,
    /// How closely `ANALYZE` looks at an expression; the server's choice when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistics: Option<i64>,
}

/// Where nulls come in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Nulls {
    /// Before everything else.
    First,
    /// After everything else.
    Last,
}

impl Key {
    /// Returns it as statements have it.
    pub(super) fn text(&self) -> String {
        let mut sql = match (&self.column, &self.expression) {
            (Some(column), _) => ident(column),
            (None, Some(expression)) => format!("({expression})"),
            (None, None) => String::new(),
        };
        if let Some(collation) = &self.collation {
            sql.push_str(&format!(" collate {}", collation_name(collation)));
        }
        if let Some(class) = &self.operator_class {
            sql.push_str(&format!(" {class}"));
        }
        if self.descending {
            sql.push_str(" desc");
        }
        match self.nulls {
            Some(Nulls::First) => sql.push_str(" nulls first"),
            Some(Nulls::Last) => sql.push_str(" nulls last"),
            None => {}
        }
        sql
    }
}
