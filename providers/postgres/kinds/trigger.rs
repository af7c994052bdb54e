//! Triggers: functions that run when rows or tables change.
//!
//! A trigger is changed by `create or replace`, which PostgreSQL does not have for constraint triggers:
//! those are made anew.
//!
//! Source: PostgreSQL manual, CREATE TRIGGER, ALTER TABLE (ENABLE TRIGGER); `pg_trigger`.

use std::collections::BTreeSet;

use model::{Address, Edge, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Swap, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::Handle;
use super::companions;
use super::references::called_in;
use crate::naming::{column_part, names_in, written};
use crate::text::quote::{ident, literal};

/// When a trigger fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// Before the change.
    Before,
    /// After the change.
    After,
    /// Instead of the change: rows of a view.
    InsteadOf,
}

impl Timing {
    fn words(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::InsteadOf => "instead of",
        }
    }
}

/// What makes a trigger fire.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Rows come.
    Insert,
    /// Rows go.
    Delete,
    /// Rows change.
    Update,
    /// All rows go at once.
    Truncate,
}

impl Event {
    fn words(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Delete => "delete",
            Self::Update => "update",
            Self::Truncate => "truncate",
        }
    }
}

/// How often a trigger fires.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Once for every row.
    Row,
    /// Once for every statement.
    #[default]
    Statement,
}

impl Level {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// In which sessions a trigger or rule fires.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Firing {
    /// In all but those that replay changes of another server.
    #[default]
    Origin,
    /// In those that replay changes of another server.
    Replica,
    /// In all.
    Always,
    /// In none.
    Disabled,
}

impl Firing {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the words of `ALTER ... TRIGGER` or `RULE` in front of that word.
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Origin => "enable",
            Self::Replica => "enable replica",
            Self::Always => "enable always",
            Self::Disabled => "disable",
        }
    }

    /// Reads a code of the catalog, such as `pg_trigger.tgenabled`.
    pub(crate) fn of(code: &str) -> Self {
        match code {
            "R" => Self::Replica,
            "A" => Self::Always,
            "D" => Self::Disabled,
            _ => Self::Origin,
        }
    }
}

/// In which sessions a trigger fires on a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnPartition {
    /// The partition.
    #[schemars(extend("x-reference" = ["table", "foreign_table"]), with = "String")]
    pub table: Reference,
    /// In which sessions it fires there. `origin` by default.
    #[serde(default, skip_serializing_if = "Firing::is_default")]
    pub enabled: Firing,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// The table, foreign table or view it is on.
    #[schemars(extend("x-reference" = ["table", "foreign_table", "view"]), with = "String")]
    pub on: Reference,
    /// When it fires.
    pub timing: Timing,
    /// What makes it fire.
    #[schemars(extend("x-one-or-many" = true))]
    pub events: Vec<Event>,
    /// The columns whose updates make it fire; all when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-one-or-many" = true))]
    pub of: Vec<String>,
    /// Whether it fires for every row or for every statement. `statement` by default.
    #[serde(default, skip_serializing_if = "Level::is_default")]
    pub level: Level,
    /// A condition, an SQL expression that may use `old` and `new`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The function it calls.
    #[schemars(extend("x-reference" = ["function"]), with = "String")]
    pub function: Reference,
    /// Texts that the function finds in `tg_argv`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// How the function calls the table of rows as they were before the statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_table: Option<String>,
    /// How the function calls the table of rows as they are after the statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_table: Option<String>,
    /// Whether it is a constraint trigger: its moment can be chosen like that of a constraint.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub constraint: bool,
    /// Whether a constraint trigger can fire at the end of a transaction.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deferrable: bool,
    /// Whether it fires there unless a transaction says otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub initially_deferred: bool,
    /// Another table that a constraint trigger is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["table"]), with = "Option<String>")]
    pub from: Option<Reference>,
    /// In which sessions it fires. `origin` by default.
    #[serde(default, skip_serializing_if = "Firing::is_default")]
    pub enabled: Firing,
    /// Partitions of its table on which it fires in other sessions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-block" = "plain"))]
    pub partition: Vec<OnPartition>,
    /// Extensions that it goes with when they are dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-reference" = ["extension"], "x-one-or-many" = true), with = "Vec<String>")]
    pub depends_on_extensions: Vec<Reference>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Trigger {
    fn define(&self, verb: &str, at: &At<'_>) -> Statement {
        let constraint = if self.constraint { "constraint " } else { "" };
        let of: Vec<_> = self.of.iter().map(|column| ident(column)).collect();
        let events: Vec<_> = self
            .events
            .iter()
            .map(|event| match event {
                Event::Update if !of.is_empty() => format!("update of {}", of.join(", ")),
                event => event.words().to_owned(),
            })
            .collect();
        let mut sql = format!(
            "{verb} {constraint}trigger {} {} {} on {}",
            ident(at.address.name()),
            self.timing.words(),
            events.join(" or "),
            written(&self.on.0)
        );
        if let Some(from) = &self.from {
            sql.push_str(&format!(" from {}", written(&from.0)));
        }
        match (self.deferrable, self.initially_deferred) {
            (_, true) => sql.push_str(" deferrable initially deferred"),
            (true, false) => sql.push_str(" deferrable"),
            (false, false) => {}
        }
        let tables = [("old", &self.old_table), ("new", &self.new_table)];
        let tables: Vec<_> = tables
            .into_iter()
            .filter_map(|(which, name)| Some(format!("{which} table as {}", ident(name.as_ref()?))))
            .collect();
        if !tables.is_empty() {
            sql.push_str(&format!(" referencing {}", tables.join(" ")));
        }
        sql.push_str(match self.level {
            Level::Row => " for each row",
            Level::Statement => " for each statement",
        });
        if let Some(when) = &self.when {
            sql.push_str(&format!(" when ({when})"));
        }
        let arguments: Vec<_> = self.arguments.iter().map(|text| literal(text)).collect();
        sql.push_str(&format!(
            " execute function {}({})",
            called_in(&self.function),
            arguments.join(", ")
        ));
        Statement::new(sql).names_in(names_in(at.address))
    }

    fn enable(&self, at: &At<'_>) -> Statement {
        Statement::new(format!(
            "alter table {} {} trigger {}",
            written(&self.on.0),
            self.enabled.verb(),
            ident(at.address.name())
        ))
    }

    /// Returns the statements that turn what holds on partitions into what is said; elsewhere it is as on
    /// the whole table.
    fn on_partitions(&self, before: &[OnPartition], at: &At<'_>) -> Vec<Statement> {
        let is_said = |one: &&OnPartition| self.partition.iter().any(|own| own.table == one.table);
        let gone = before.iter().filter(|one| !is_said(one));
        let gone = gone.map(|one| (&one.table, self.enabled));
        let said = self.partition.iter().filter(|one| !before.contains(one));
        let said = said.map(|one| (&one.table, one.enabled));
        gone.chain(said)
            .map(|(table, enabled)| {
                Statement::new(format!(
                    "alter table {} {} trigger {}",
                    written(&table.0),
                    enabled.verb(),
                    ident(at.address.name())
                ))
            })
            .collect()
    }

    fn handle(&self, at: &At<'_>) -> Handle {
        Handle {
            keyword: "trigger",
            name: format!("{} on {}", ident(at.address.name()), written(&self.on.0)),
        }
    }

    /// Reports whether anything differs that is part of the definition.
    fn is_redefined(&self, next: &Self) -> bool {
        let plain = |one: &Self| Self {
            enabled: Firing::default(),
            partition: Vec::new(),
            depends_on_extensions: Vec::new(),
            comment: None,
            ..one.clone()
        };
        plain(self) != plain(next)
    }
}

/// Takes over what a name turned out to mean: a text says where something is, not what.
pub(super) fn settle_relation(declared: &mut Reference, live: &Reference) {
    if declared.0.path() == live.0.path() {
        declared.clone_from(live);
    }
}

impl Kind for Trigger {
    const NAME: &'static str = "trigger";
    const SWAP: Swap = Swap::Along;
    const WITHIN: Option<Within> = Some(Within {
        attribute: "on",
        kinds: &["table", "foreign_table", "view"],
        required: true,
        kept: true,
    });
    const RENDERED: bool = true;
    const REBUILDABLE: bool = true;

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        self.partition
            .sort_by(|one, other| one.table.0.cmp(&other.table.0));
        self.depends_on_extensions.sort();
        self.events.sort();
        self.events.dedup();
        self.deferrable |= self.initially_deferred;
        let mut problems = Vec::new();
        if self.events.is_empty() {
            problems.push(Problem::new(
                ["events"],
                "trigger without events",
                "`events` must name what makes it fire",
            ));
        }
        if !self.of.is_empty() && !self.events.contains(&Event::Update) {
            problems.push(Problem::new(
                ["of"],
                "columns without updates",
                "only updates are of columns, and `events` has no `update`",
            ));
        }
        if self.timing == Timing::InsteadOf && self.level != Level::Row {
            problems.push(Problem::new(
                ["timing"],
                "unclear trigger",
                "what fires instead of a change must have `level = \"row\"`",
            ));
        }
        if self.constraint && (self.timing != Timing::After || self.level != Level::Row) {
            problems.push(Problem::new(
                ["constraint"],
                "unclear trigger",
                "a constraint trigger must have `timing = \"after\"` and `level = \"row\"`",
            ));
        }
        if !self.constraint && (self.deferrable || self.from.is_some()) {
            let field = if self.deferrable {
                "deferrable"
            } else {
                "from"
            };
            problems.push(Problem::new(
                [field],
                "unclear trigger",
                format!("`{field}` is for constraint triggers: say `constraint = true`"),
            ));
        }
        if self.on.0.kind() == "view" && !self.enabled.is_default() {
            problems.push(Problem::new(
                ["enabled"],
                "unclear trigger",
                "PostgreSQL cannot disable a trigger on a view",
            ));
        }
        problems
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        settle_relation(&mut self.on, &live.on);
        if let (Some(from), Some(live)) = (&mut self.from, &live.from) {
            settle_relation(from, live);
        }
    }

    fn edges(&self, _at: &At<'_>) -> BTreeSet<Edge> {
        self.of
            .iter()
            .map(|column| Edge {
                on: self.on.0.clone(),
                part: Some(column_part(column)),
                by: None,
            })
            .collect()
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let mut statements = vec![self.define("create", at)];
        if !self.enabled.is_default() {
            statements.push(self.enable(at));
        }
        statements.extend(self.on_partitions(&[], at));
        let handle = self.handle(at);
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

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let mut statements = Vec::new();
        let redefined = self.is_redefined(next);
        if redefined {
            if self.on != next.on {
                return Alter::replace("a trigger stays where it is");
            }
            if self.constraint || next.constraint {
                return Alter::replace("the definition of a constraint trigger cannot be altered");
            }
            statements.push(next.define("create or replace", at));
        }
        // What is defined anew is enabled again.
        let enabled = if redefined {
            Firing::default()
        } else {
            self.enabled
        };
        if next.enabled != enabled {
            statements.push(next.enable(at));
        }
        if redefined || next.enabled != self.enabled {
            // Partitions follow the table.
            statements.extend(next.on_partitions(&[], at));
        } else {
            statements.extend(next.on_partitions(&self.partition, at));
        }
        let handle = next.handle(at);
        // What is defined anew goes with none.
        let with = if redefined {
            &[]
        } else {
            self.depends_on_extensions.as_slice()
        };
        statements.extend(companions::change(
            &handle,
            with,
            &next.depends_on_extensions,
        ));
        if next.comment != self.comment {
            statements.push(handle.comment(next.comment.as_deref()));
        }
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![self.handle(at).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        let (from, next) = (at.address.path(), to.path());
        (from[..from.len() - 1] == next[..next.len() - 1])
            .then(|| vec![self.handle(at).rename(to.name())])
    }
}
