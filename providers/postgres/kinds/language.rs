//! Languages that functions are written in.
//!
//! Those of PostgreSQL and of extensions are known only for the grants on them.
//!
//! Source: PostgreSQL manual, CREATE LANGUAGE, ALTER LANGUAGE; `pg_language`.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attached::{self, Handle, dress, redress};
use super::foreign::wrapper::settle_function;
use super::references::called_in;
use super::{GrantsMode, IN_DATABASE};
use crate::acl::{Class, Privilege};

/// A language.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Language {
    /// The function that runs its functions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub handler: Option<Reference>,
    /// The function that runs texts of `do`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub inline: Option<Reference>,
    /// The function that checks new functions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub validator: Option<Reference>,
    /// Whether everybody may write functions in it, because they can do no harm.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub trusted: bool,
    /// Its owner; left alone when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["role"]), with = "Option<String>")]
    pub owner: Option<Reference>,
    /// Words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether grants are exactly what the files say, or others may add to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsMode>,
    /// Who may do what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-derived" = true))]
    pub privileges: Vec<Privilege>,
}

impl Language {
    fn define(&self, verb: &str, at: &At<'_>) -> Statement {
        let trusted = if self.trusted { "trusted " } else { "" };
        let mut sql = format!(
            "{verb} {trusted}language {}",
            Handle::new("language", at.address).name
        );
        let functions = [
            ("handler", &self.handler),
            ("inline", &self.inline),
            ("validator", &self.validator),
        ];
        for (word, function) in functions {
            if let Some(function) = function {
                sql.push_str(&format!(" {word} {}", called_in(function)));
            }
        }
        Statement::new(sql)
    }
}

impl Kind for Language {
    const NAME: &'static str = "language";
    const WITHIN: Option<Within> = Some(IN_DATABASE);

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        if self.handler.is_some() {
            return Vec::new();
        }
        vec![
            Problem::new([], "missing attribute", "`handler` is missing").help(
                "Say which function runs its functions. A language that comes as an extension, such \
                 as plpython3u, is declared as an `extension`.",
            ),
        ]
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        settle_function(&mut self.handler, &live.handler);
        settle_function(&mut self.inline, &live.inline);
        settle_function(&mut self.validator, &live.validator);
        attached::settle_grants(
            Class::Language,
            &mut self.grants,
            &mut self.privileges,
            (live.owner.as_ref(), &live.privileges),
            with,
        );
    }

    fn as_given(&mut self) {
        self.privileges.clear();
    }

    fn give_back(&mut self, with: &Settling<'_>) {
        attached::give_back(
            Class::Language,
            self.owner.as_ref(),
            &mut self.privileges,
            with,
        );
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("language", at.address);
        let mut statements = vec![self.define("create", at)];
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements.extend(attached::grant_new(
            Class::Language,
            self.owner.as_ref(),
            &self.privileges,
            at,
        ));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let handle = Handle::new("language", at.address);
        let mut statements = Vec::new();
        let defined = |one: &Self| {
            (
                one.handler.clone(),
                one.inline.clone(),
                one.validator.clone(),
                one.trusted,
            )
        };
        // Nothing can be granted or revoked on one that only superusers use.
        let loses_trust = self.trusted && !next.trusted;
        if loses_trust {
            statements.extend(attached::regrant(
                Class::Language,
                (self.owner.as_ref(), &self.privileges),
                (self.owner.as_ref(), &next.privileges),
                at,
            ));
        }
        if defined(self) != defined(next) {
            statements.push(next.define("create or replace", at));
        }
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        if !loses_trust {
            statements.extend(attached::regrant(
                Class::Language,
                (self.owner.as_ref(), &self.privileges),
                (next.owner.as_ref(), &next.privileges),
                at,
            ));
        }
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new("language", at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Handle::new("language", at.address).renamed(at.address, to)
    }
}
