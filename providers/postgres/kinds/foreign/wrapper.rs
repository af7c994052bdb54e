//! Foreign data wrappers: how data that lies elsewhere is reached.
//!
//! Source: PostgreSQL manual, CREATE FOREIGN DATA WRAPPER; `pg_foreign_data_wrapper`.

use model::{Address, Reference, Statement};
use provider::{Alter, At, Kind, Problem, Settling, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options::{self, Plain, Secrets};
use crate::acl::{Class, Privilege};
use crate::kinds::attached::{self, Handle, dress, redress};
use crate::kinds::references::called_in;
use crate::kinds::{GrantsMode, IN_DATABASE};

/// A foreign data wrapper.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ForeignDataWrapper {
    /// The function that reaches the data; without it, its foreign tables cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub handler: Option<Reference>,
    /// The function that checks options.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-reference" = ["function"]), with = "Option<String>")]
    pub validator: Option<Reference>,
    /// Options that the validator knows.
    #[serde(skip_serializing_if = "Plain::is_empty")]
    pub options: Plain,
    /// Options that are secrets. Stored and shown nowhere.
    #[serde(skip_serializing_if = "Secrets::is_empty")]
    #[schemars(
        extend("additionalProperties" = {"type": "string", "x-secret": true}),
        with = "Plain"
    )]
    pub secret_options: Secrets,
    /// Its owner, a superuser; left alone when absent.
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

impl ForeignDataWrapper {
    /// Returns the clauses in which its functions differ from those of another form.
    fn functions(&self, from: &Self) -> String {
        let both = [
            ("handler", &self.handler, &from.handler),
            ("validator", &self.validator, &from.validator),
        ];
        both.into_iter()
            .filter(|(_, next, old)| next != old)
            .map(|(word, next, _)| match next {
                Some(function) => format!(" {word} {}", called_in(function)),
                None => format!(" no {word}"),
            })
            .collect()
    }
}

/// Takes over the function that a name turned out to mean: statements say it without arguments.
pub(crate) fn settle_function(declared: &mut Option<Reference>, live: &Option<Reference>) {
    if let (Some(mine), Some(theirs)) = (declared, live)
        && mine.0.part(0) == theirs.0.part(0)
        && called_in(mine) == called_in(theirs)
    {
        mine.clone_from(theirs);
    }
}

impl Kind for ForeignDataWrapper {
    const NAME: &'static str = "foreign_data_wrapper";
    const WITHIN: Option<Within> = Some(IN_DATABASE);
    const REBUILDABLE: bool = true;

    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        options::problems(&self.options, &self.secret_options)
    }

    fn settle(&mut self, live: &Self, with: &Settling<'_>) {
        if self.owner.is_none() {
            self.owner.clone_from(&live.owner);
        }
        settle_function(&mut self.handler, &live.handler);
        settle_function(&mut self.validator, &live.validator);
        attached::settle_grants(
            Class::ForeignDataWrapper,
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
            Class::ForeignDataWrapper,
            self.owner.as_ref(),
            &mut self.privileges,
            with,
        );
    }

    fn create(&self, at: &At<'_>) -> Vec<Statement> {
        let handle = Handle::new("foreign data wrapper", at.address);
        let sql = format!(
            "create foreign data wrapper {}{}",
            handle.name,
            self.functions(&Self::default())
        );
        let mut statements = vec![options::with(
            sql,
            &self.options,
            &self.secret_options,
            at.address,
        )];
        statements.extend(dress(&handle, self.owner.as_ref(), self.comment.as_deref()));
        statements.extend(attached::grant_new(
            Class::ForeignDataWrapper,
            self.owner.as_ref(),
            &self.privileges,
            at,
        ));
        statements
    }

    fn alter(&self, next: &Self, at: &At<'_>) -> Alter {
        let handle = Handle::new("foreign data wrapper", at.address);
        let mut statements = Vec::new();
        let functions = next.functions(self);
        if !functions.is_empty() {
            statements.push(handle.alter(functions.trim_start()));
        }
        statements.extend(options::change(
            &format!("alter foreign data wrapper {}", handle.name),
            (&self.options, &self.secret_options),
            (&next.options, &next.secret_options),
            at.address,
        ));
        statements.extend(redress(
            &handle,
            (self.owner.as_ref(), self.comment.as_deref()),
            (next.owner.as_ref(), next.comment.as_deref()),
        ));
        statements.extend(attached::regrant(
            Class::ForeignDataWrapper,
            (self.owner.as_ref(), &self.privileges),
            (next.owner.as_ref(), &next.privileges),
            at,
        ));
        Alter::in_place(statements)
    }

    fn remove(&self, at: &At<'_>) -> Vec<Statement> {
        vec![Handle::new("foreign data wrapper", at.address).drop()]
    }

    fn rename(&self, at: &At<'_>, to: &Address) -> Option<Vec<Statement>> {
        Handle::new("foreign data wrapper", at.address).renamed(at.address, to)
    }
}
