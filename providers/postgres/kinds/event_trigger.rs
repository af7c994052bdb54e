//! Event triggers: functions that run when objects of the database are made, changed or dropped.
//!
//! PostgreSQL lets superusers make them, and nobody else.
//!
//! Source: PostgreSQL manual, CREATE EVENT TRIGGER, ALTER EVENT TRIGGER; `pg_event_trigger`.

use std::collections::BTreeSet;

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::{Handle, dress, redress};
use super::references::called_in;
use super::trigger::Firing;
use crate::text::quote::literal;

/// What makes an event trigger fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A command is about to begin.
    DdlCommandStart,
    /// A command has ended.
    DdlCommandEnd,
    /// Objects have been dropped.
    SqlDrop,
    /// A table is about to be rewritten.
    TableRewrite,
    /// Somebody has connected. PostgreSQL 17.
    Login,
}

impl Event {
    fn words(self) -> &'static str {
        match self {
            Self::DdlCommandStart => "ddl_command_start",
            Self::DdlCommandEnd => "ddl_command_end",
            Self::SqlDrop => "sql_drop",
            Self::TableRewrite => "table_rewrite",
            Self::Login => "login",
        }
    }

    /// Reads `pg_event_trigger.evtevent`.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let all = [
            Self::DdlCommandStart,
            Self::DdlCommandEnd,
            Self::SqlDrop,
            Self::TableRewrite,
            Self::Login,
        ];
        all.into_iter().find(|event| event.words() == name)
    }
}

/// An event trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventTrigger {
    /// What makes it fire.
    pub event: Event,
    /// The commands it fires for, such as `create table`; all when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-one-or-many" = true))]
    pub tags: Vec<String>,
    /// The function it calls.
    #[schemars(extend("x-reference" = ["function"]), with = "String")]
    pub function: Reference,
    /// In which sessions it fires. `origin` by default.
    #[serde(default, skip_serializing_if = "Firing::is_default")]
    pub enabled: Firing,
    /// Its owner, a superuser; left alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl EventTrigger {
    fn create_statement(&self, handle: &Handle) -> Statement {
        let mut sql = format!(
            "create event trigger {} on {}",
            handle.name,
            self.event.words()
        );
        if !self.tags.is_empty() {
            let tags: Vec<_> = self.tags.iter().map(|tag| literal(tag)).collect();
            sql.push_str(&format!(" when tag in ({})", tags.join(", ")));
        }
        sql.push_str(&format!(
            " execute function {}()",
            called_in(&self.function)
        ));
        Statement::new(sql)
    }
}

impl Kind for EventTrigger {
    const NAME: &'static str = "event_trigger";
    const WITHIN: Option<Within> = Some(Within {
        attribute: "database",
        kinds: &["database"],
        required: false,
        kept: false,
    });
    const REBUILDABLE: bool = true;
    const WATCHES: bool = true;

    fn normalize(&mut self, at: &At<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        // As PostgreSQL keeps them.
        for tag in &mut self.tags {
            *tag = tag.to_uppercase();
        }
        if self.event == Event::Login {
            if at.platform.version < 170_000 {
                problems.push(Problem::new(
                    ["event"],
                    "the server is too old for this",
                    "`login` needs PostgreSQL 17",
                ));
            }
            if !self.tags.is_empty() {
                problems.push(Problem::new(
                    ["tags"],
                    "unclear event trigger",
                    "a login is no command, so there are no tags to choose from",
                ));
            }
        }
        problems
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        let set = |tags: &[String]| -> BTreeSet<String> { tags.iter().cloned().collect() };
        if set(&self.tags) == set(&live.tags) {
            self.tags.clone_from(&live.tags);
        }
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("event trigger", at.address);
        let mut statements = vec![self.create_statement(&handle)];
        if !self.enabled.is_default() {
            statements.push(handle.alter(self.enabled.verb()));
        }
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let definition = |one: &Self| (one.event, one.tags.clone(), one.function.clone());
        if definition(self) != definition(next) {
            return Alter::replace("the definition of an event trigger cannot be altered");
        }
        let handle = Handle::new("event trigger", at.address);
        let mut statements = Vec::new();
        if next.enabled != self.enabled {
            statements.push(handle.alter(next.enabled.verb()));
        }
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new("event trigger", at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        (at.address.part(0) == to.part(0))
            .then(|| vec![Handle::new("event trigger", at.address).rename(to.name())])
    }
}
