//! Security labels: what a label provider, such as SELinux, knows an object by.
//!
//! Providers are loaded into the server; one that is not loaded cannot be labelled for.
//!
//! Source: PostgreSQL manual, SECURITY LABEL; `pg_seclabel`, `pg_shseclabel`.

use model::{Address, Body, Content, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::trigger::settle_relation;
use crate::naming::{RELATIONS, label_name, written};
use crate::text::quote::{ident, literal};

/// A security label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityLabel {
    /// What has it.
    #[schemars(extend("x-reference" = ["*"]), with = "String")]
    pub on: Reference,
    /// The column that has it, of a table or the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Who understands it, such as `selinux`.
    pub label_provider: String,
    /// The label.
    pub label: String,
}

/// Kinds that can have labels.
const LABELLED: [&str; 20] = [
    "table",
    "foreign_table",
    "view",
    "materialized_view",
    "sequence",
    "function",
    "procedure",
    "aggregate",
    "enum",
    "composite_type",
    "range",
    "domain",
    "schema",
    "language",
    "event_trigger",
    "publication",
    "subscription",
    "role",
    "database",
    "tablespace",
];

/// Returns the word for a kind in `SECURITY LABEL ON`.
fn keyword(kind: &str) -> String {
    match kind {
        "enum" | "composite_type" | "range" => "type".to_owned(),
        kind => kind.replace('_', " "),
    }
}

impl SecurityLabel {
    fn statement(&self, label: Option<&str>) -> Statement {
        let name = written(&self.on.0);
        let on = match &self.column {
            Some(column) => format!("column {name}.{}", ident(column)),
            None => format!("{} {name}", keyword(self.on.0.kind())),
        };
        let label = label.map_or("null".to_owned(), literal);
        Statement::new(format!(
            "security label for {} on {on} is {label}",
            ident(&self.label_provider)
        ))
    }
}

impl Kind for SecurityLabel {
    const NAME: &'static str = "security_label";
    const WITHIN: Option<Within> = Some(Within {
        attribute: "on",
        kinds: &LABELLED,
        required: true,
        kept: true,
    });
    const NAMED_BY: Option<&'static str> = Some("label_provider");
    const REBUILDABLE: bool = true;

    fn path(parent: Option<&Address>, name: &str) -> Vec<String> {
        let mut path = parent
            .map(|parent| parent.path().to_vec())
            .unwrap_or_default();
        path.push(label_name(name, parent.map_or("", Address::kind)));
        path
    }

    fn signature(body: &Body) -> Option<String> {
        let column = body.attributes.iter().find(|one| one.name == "column")?;
        match &column.value.content {
            Content::Text(column) => Some(column.clone()),
            _ => None,
        }
    }

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        let kind = self.on.0.kind();
        if self.column.is_some() && !RELATIONS.contains(&kind) && kind != "composite_type" {
            return vec![Problem::new(
                ["column"],
                "unclear security label",
                format!("a {} has no columns", kind.replace('_', " ")),
            )];
        }
        Vec::new()
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        settle_relation(&mut self.on, &live.on);
    }

    fn create(&self, _at: &At<'_>) -> Vec<Statement> {
        vec![self.statement(Some(&self.label))]
    }

    fn alter(&self, next: &Self, _at: &At<'_>) -> Alter {
        let changed = (self.label != next.label).then(|| next.statement(Some(&next.label)));
        Alter::in_place(changed.into_iter().collect())
    }

    fn remove(&self, _at: &At<'_>) -> Vec<Statement> {
        vec![self.statement(None)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_set_and_removed() {
        let label = |kind: &str, path: &[&str], column: Option<&str>| SecurityLabel {
            on: Reference(Address::new("postgres", kind, path.iter().copied())),
            column: column.map(str::to_owned),
            label_provider: "Se".to_owned(),
            label: "it's secret".to_owned(),
        };
        let set = |label: &SecurityLabel| label.statement(Some(&label.label)).sql;
        assert_eq!(
            set(&label("materialized_view", &["", "s", "M"], None)),
            "security label for \"Se\" on materialized view s.\"M\" is 'it''s secret'"
        );
        assert_eq!(
            set(&label("table", &["", "s", "t"], Some("a b"))),
            "security label for \"Se\" on column s.t.\"a b\" is 'it''s secret'"
        );
        assert_eq!(
            label("enum", &["", "s", "e"], None).statement(None).sql,
            "security label for \"Se\" on type s.e is null"
        );
        assert_eq!(
            label("function", &["", "s", "f(integer)"], None)
                .statement(None)
                .sql,
            "security label for \"Se\" on function s.f(integer) is null"
        );
    }
}
