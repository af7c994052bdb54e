//! Access methods: how tables or indexes keep their rows.
//!
//! Source: PostgreSQL manual, CREATE ACCESS METHOD; `pg_am`.

use model::{Reference, Statement};
use provider::{Alter, At, Kind, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::Handle;
use super::foreign::wrapper::settle_function;
use super::references::called_in;
use super::{IN_DATABASE, tablespace};
use crate::snapshots::SCHEMA;
use crate::text::quote::{ident, literal};

/// What an access method is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// Indexes.
    Index,
    /// Tables and materialized views.
    Table,
}

/// An access method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessMethod {
    /// What it is for.
    #[serde(rename = "type")]
    pub of: Use,
    /// The function that tells PostgreSQL how it works.
    #[schemars(extend("x-reference" = ["function"]), with = "String")]
    pub handler: Reference,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// How tables keep their rows that do not say it; the catalog leaves it out.
const USUAL: &str = "heap";

/// Why a table is made anew where its access method changes.
pub(crate) const FIXED: &str = "before PostgreSQL 15, the access method of a table is fixed";

/// Settles the access method of an object with rows.
pub(crate) fn settle(declared: &mut Option<String>, live: Option<&String>, with: &Settling<'_>) {
    tablespace::settle_usual(declared, live, USUAL, with);
}

/// Returns how a statement that makes something with rows names its access method.
pub(crate) fn using(method: Option<&String>) -> String {
    let clause = method.map(|method| format!(" using {}", ident(method)));
    clause.unwrap_or_default()
}

/// Returns the statement that gives snapshots of dropped tables the usual access method: they stay when theirs
/// is dropped.
fn leave_to_snapshots(method: &str) -> Statement {
    Statement::new(format!(
        "\
do $snapshots$
declare
  one regclass;
begin
  for one in select c.oid from pg_class c join pg_am m on m.oid = c.relam
      where m.amname = {} and c.relnamespace = to_regnamespace('{SCHEMA}') and c.relkind = 'r' loop
    execute format('alter table %s set access method {USUAL}', one);
  end loop;
end
$snapshots$",
        literal(method)
    ))
}

impl Kind for AccessMethod {
    const NAME: &'static str = "access_method";
    const WITHIN: Option<Within> = Some(IN_DATABASE);

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        let mut handler = Some(self.handler.clone());
        settle_function(&mut handler, &Some(live.handler.clone()));
        if let Some(handler) = handler {
            self.handler = handler;
        }
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("access method", at.address);
        let of = match self.of {
            Use::Index => "index",
            Use::Table => "table",
        };
        let mut statements = vec![Statement::new(format!(
            "create access method {} type {of} handler {}",
            handle.name,
            called_in(&self.handler)
        ))];
        if self.comment.is_some() {
            statements.push(handle.comment(self.comment.as_deref()));
        }
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        if (self.of, &self.handler) != (next.of, &next.handler) {
            return Alter::replace("an access method cannot be altered");
        }
        let mut statements = Vec::new();
        if self.comment != next.comment {
            let handle = Handle::new("access method", at.address);
            statements.push(handle.comment(next.comment.as_deref()));
        }
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        let leave = (self.of == Use::Table && at.platform.version >= 150_000)
            .then(|| leave_to_snapshots(at.address.name()));
        let drop = Handle::new("access method", at.address).drop();
        leave.into_iter().chain([drop]).collect()
    }
}
