//! Rules: what is done instead of, or beside, a change to a table or view.
//!
//! A rule is changed by `create or replace`, which keeps in which sessions it counts. The rule that
//! makes a view a view is part of that view and none of these.
//!
//! Source: PostgreSQL manual, CREATE RULE, ALTER RULE, ALTER TABLE (ENABLE RULE); `pg_rewrite`.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Swap, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::comment_on;
use super::trigger::{Firing, settle_relation};
use super::view::trim_query;
use crate::naming::{names_in, written};
use crate::text::quote::ident;
use crate::text::statements;

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Rows are added.
    Insert,
    /// Rows are changed.
    Update,
    /// Rows are deleted.
    Delete,
}

impl Event {
    fn words(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The table or view it is on.
    #[schemars(extend("x-reference" = ["table", "view"]), with = "String")]
    pub on: Reference,
    /// What it is about.
    pub event: Event,
    /// A condition, an SQL expression that may use `old` and `new`.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Whether the commands take the place of the statement, and do not only go along with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub instead: bool,
    /// What is done: statements that may use `old` and `new`; nothing when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-one-or-many" = true))]
    pub commands: Vec<String>,
    /// In which sessions it counts. `origin` by default.
    #[serde(default, skip_serializing_if = "Firing::is_default")]
    pub enabled: Firing,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Rule {
    /// What the rule is called that makes a view a view.
    pub(crate) const OF_VIEWS: &'static str = "_RETURN";

    /// Returns `NAME on RELATION`.
    fn place(&self, at: &At<'_>) -> String {
        format!("{} on {}", ident(at.address.name()), written(&self.on.0))
    }

    fn define(&self, verb: &str, at: &At<'_>) -> Statement {
        let mut sql = format!(
            "{verb} rule {} as on {} to {}",
            ident(at.address.name()),
            self.event.words(),
            written(&self.on.0)
        );
        if let Some(condition) = &self.condition {
            sql.push_str(&format!(" where ({condition})"));
        }
        sql.push_str(if self.instead {
            " do instead "
        } else {
            " do also "
        });
        match self.commands.as_slice() {
            [] => sql.push_str("nothing"),
            // A comment at the end of a command would hide the bracket.
            commands => sql.push_str(&format!("(\n{}\n)", commands.join("\n;\n"))),
        }
        Statement::new(sql).names_in(names_in(at.address))
    }

    fn enable(&self, at: &At<'_>) -> Statement {
        Statement::new(format!(
            "alter table {} {} rule {}",
            written(&self.on.0),
            self.enabled.verb(),
            ident(at.address.name())
        ))
    }

    fn comment_statement(&self, at: &At<'_>) -> Statement {
        let what = format!("rule {}", self.place(at));
        comment_on(&what, self.comment.as_deref())
    }

    /// Reports whether anything differs that is part of the definition.
    fn is_redefined(&self, next: &Self) -> bool {
        let plain = |one: &Self| Self {
            enabled: Firing::default(),
            comment: None,
            ..one.clone()
        };
        plain(self) != plain(next)
    }
}

/// Says what is wrong with a command, as far as can be told without asking PostgreSQL.
fn command_problem(at: usize, command: &str) -> Option<Problem> {
    let at = at.to_string();
    let path = ["commands", at.as_str()];
    if !statements::says_something(command) {
        return Some(
            Problem::new(path, "empty command", "a command is empty")
                .help("Leave `commands` out for a rule that does nothing."),
        );
    }
    statements::end(command).map(|_| {
        Problem::new(
            path,
            "more than one statement",
            "a command goes on after a semicolon",
        )
        .help("Write every statement as an item of its own: `commands = [\"...\", \"...\"]`.")
    })
}

impl Kind for Rule {
    const NAME: &'static str = "rule";
    const SWAP: Swap = Swap::Along;
    const WITHIN: Option<Within> = Some(Within {
        attribute: "on",
        kinds: &["table", "view"],
        required: true,
        kept: true,
    });
    const RENDERED: bool = true;
    const REBUILDABLE: bool = true;

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        self.commands.iter_mut().for_each(trim_query);
        let mut problems: Vec<_> = self
            .commands
            .iter()
            .enumerate()
            .filter_map(|(at, command)| command_problem(at, command))
            .collect();
        if self.on.0.kind() == "view" && !self.enabled.is_default() {
            problems.push(Problem::new(
                ["enabled"],
                "unclear rule",
                "PostgreSQL cannot disable a rule on a view",
            ));
        }
        problems
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        settle_relation(&mut self.on, &live.on);
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let mut statements = vec![self.define("create", at)];
        if !self.enabled.is_default() {
            statements.push(self.enable(at));
        }
        if self.comment.is_some() {
            statements.push(self.comment_statement(at));
        }
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        if self.on != next.on {
            return Alter::replace("a rule stays where it is");
        }
        let mut statements = Vec::new();
        if self.is_redefined(next) {
            statements.push(next.define("create or replace", at));
        }
        if next.enabled != self.enabled {
            statements.push(next.enable(at));
        }
        if next.comment != self.comment {
            statements.push(next.comment_statement(at));
        }
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("drop rule {}", self.place(at)))]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        let (from, next) = (at.address.path(), to.path());
        (from[..from.len() - 1] == next[..next.len() - 1]).then(|| {
            vec![Statement::new(format!(
                "alter rule {} rename to {}",
                self.place(at),
                ident(to.name())
            ))]
        })
    }
}
