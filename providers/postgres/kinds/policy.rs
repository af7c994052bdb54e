//! Policies: which rows of a table which roles may see and write.
//!
//! A policy counts once its table has `row_security`.
//!
//! Source: PostgreSQL manual, CREATE POLICY, ALTER POLICY; `pg_policy`.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Swap, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::comment_on;
use super::trigger::settle_relation;
use crate::naming::{names_in, written};
use crate::text::quote::ident;

/// Which statements a policy is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// All of them.
    #[default]
    All,
    /// Those that read rows.
    Select,
    /// Those that add rows.
    Insert,
    /// Those that change rows.
    Update,
    /// Those that delete rows.
    Delete,
}

impl Command {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    fn words(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// A policy of a table: which of its rows which roles may see and write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The table it is on.
    #[schemars(extend("x-reference" = ["table"]), with = "String")]
    pub on: Reference,
    /// Whether rows must pass it beside what other policies allow. Otherwise it is one of those of
    /// which one must allow a row.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restrictive: bool,
    /// Which statements it is about. `all` by default.
    #[serde(default, skip_serializing_if = "Command::is_default")]
    pub command: Command,
    /// Whom it is about: a role, a list of roles, or `"public"` for everybody, as when absent.
    #[schemars(extend("x-reference" = ["role"], "x-one-or-many" = true), with = "Vec<String>")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Reference>,
    /// Which rows that are there may be seen, changed and deleted, an SQL expression; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<String>,
    /// Which rows may be written, an SQL expression; as `using` says when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_check: Option<String>,
    /// Words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Policy {
    /// Returns `NAME on TABLE`.
    fn place(&self, at: &At<'_>) -> String {
        format!("{} on {}", ident(at.address.name()), written(&self.on.0))
    }

    fn roles(&self) -> String {
        if self.to.is_empty() {
            return "public".to_owned();
        }
        let roles: Vec<_> = self.to.iter().map(|role| ident(role.0.name())).collect();
        roles.join(", ")
    }

    fn create_statement(&self, at: &At<'_>) -> Statement {
        let mut sql = format!("create policy {}", self.place(at));
        if self.restrictive {
            sql.push_str(" as restrictive");
        }
        if !self.command.is_default() {
            sql.push_str(&format!(" for {}", self.command.words()));
        }
        if !self.to.is_empty() {
            sql.push_str(&format!(" to {}", self.roles()));
        }
        if let Some(using) = &self.using {
            sql.push_str(&format!(" using ({using})"));
        }
        if let Some(check) = &self.with_check {
            sql.push_str(&format!(" with check ({check})"));
        }
        Statement::new(sql).names_in(names_in(at.address))
    }

    fn comment_statement(&self, at: &At<'_>) -> Statement {
        let what = format!("policy {}", self.place(at));
        comment_on(&what, self.comment.as_deref())
    }

    /// Returns why only a new policy can be like the next, as words for what differs.
    fn differences(&self, next: &Self) -> Vec<&'static str> {
        let lost = |old: &Option<String>, new: &Option<String>| old.is_some() && new.is_none();
        let checks = [
            ("a policy stays where it is", self.on != next.on),
            (
                "whether a policy is restrictive cannot be altered",
                self.restrictive != next.restrictive,
            ),
            (
                "the command of a policy cannot be altered",
                self.command != next.command,
            ),
            (
                "an expression of a policy can be altered, but not taken away",
                lost(&self.using, &next.using) || lost(&self.with_check, &next.with_check),
            ),
        ];
        checks
            .into_iter()
            .filter(|(_, differs)| *differs)
            .map(|(words, _)| words)
            .collect()
    }
}

impl Kind for Policy {
    const NAME: &'static str = "policy";
    const WITHIN: Option<Within> = Some(Within {
        attribute: "on",
        kinds: &["table"],
        required: true,
        kept: true,
    });
    const RENDERED: bool = true;
    const REBUILDABLE: bool = true;
    const SWAP: Swap = Swap::Along;

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.to.sort();
        self.to.dedup();
        if self.to.iter().any(|role| role.0.name() == "public") {
            if self.to.len() > 1 {
                problems.push(
                    Problem::new(
                        ["to"],
                        "unclear policy",
                        "`public` is everybody, so the other roles mean nothing",
                    )
                    .help("Name the roles, or only `public`."),
                );
            }
            self.to.clear();
        }
        if self.command == Command::Insert && self.using.is_some() {
            problems.push(
                Problem::new(
                    ["using"],
                    "unclear policy",
                    "`using` is about rows that are there, and an insert sees none",
                )
                .help("Say in `with_check` which rows may be added."),
            );
        }
        if matches!(self.command, Command::Select | Command::Delete) && self.with_check.is_some() {
            problems.push(
                Problem::new(
                    ["with_check"],
                    "unclear policy",
                    format!(
                        "`with_check` is about rows that are written, and a {} writes none",
                        self.command.words()
                    ),
                )
                .help("Say in `using` which rows it is about."),
            );
        }
        problems
    }

    fn settle(&mut self, live: &Self, _with: &Settling<'_>) {
        settle_relation(&mut self.on, &live.on);
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let mut statements = vec![self.create_statement(at)];
        if self.comment.is_some() {
            statements.push(self.comment_statement(at));
        }
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let differences = self.differences(next);
        if !differences.is_empty() {
            return Alter::Replace(differences.into_iter().map(str::to_owned).collect());
        }
        let mut clauses = Vec::new();
        if self.to != next.to {
            clauses.push(format!("to {}", next.roles()));
        }
        if let Some(using) = next.using.as_ref().filter(|_| self.using != next.using) {
            clauses.push(format!("using ({using})"));
        }
        if let Some(check) = next
            .with_check
            .as_ref()
            .filter(|_| self.with_check != next.with_check)
        {
            clauses.push(format!("with check ({check})"));
        }
        let mut statements = Vec::new();
        if !clauses.is_empty() {
            let sql = format!("alter policy {} {}", self.place(at), clauses.join(" "));
            statements.push(Statement::new(sql).names_in(names_in(at.address)));
        }
        if next.comment != self.comment {
            statements.push(next.comment_statement(at));
        }
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Statement::new(format!("drop policy {}", self.place(at)))]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        let (from, next) = (at.address.path(), to.path());
        (from[..from.len() - 1] == next[..next.len() - 1]).then(|| {
            vec![Statement::new(format!(
                "alter policy {} rename to {}",
                self.place(at),
                ident(to.name())
            ))]
        })
    }
}
